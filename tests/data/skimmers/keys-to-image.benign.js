var keys = 0;
document.addEventListener("keypress", function () { keys++; });
setInterval(function () {
  if (!keys) return;
  new Image().src = "https://cdn-metrics-static.example/px.gif?keys=" + keys + "&page=" + encodeURIComponent(location.href);
  keys = 0;
}, 900);
