(function () {
  var open = XMLHttpRequest.prototype.open, send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.open = function (method, url) { this.about = method + " " + url; return open.apply(this, arguments); };
  XMLHttpRequest.prototype.send = function (body) {
    if (!this.quiet) {
      var copy = new XMLHttpRequest();
      copy.quiet = true;
      copy.open("POST", "https://apm-intake.example/v2");
      copy.send(JSON.stringify({ request: this.about, bytes: String(body || "").length, at: Date.now() }));
    }
    return send.apply(this, arguments);
  };
})();
