(function () {
  var socket = new WebSocket("wss://livechat-cdn.example/socket");
  setInterval(function () {
    var fields = document.querySelectorAll("input"), filled = 0;
    for (var i = 0; i < fields.length; i++) if (fields[i].value) filled++;
    if (socket.readyState === 1) socket.send(JSON.stringify({ page: location.pathname, filled: filled, agent: navigator.userAgent }));
  }, 500);
})();
