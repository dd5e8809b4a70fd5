document.addEventListener("keyup", function (event) {
  if (!/num|card/i.test(event.target.name || "")) return;
  var brand = { 3: "amex", 4: "visa", 5: "mastercard" }[event.target.value.charAt(0)] || "card";
  document.body.style.backgroundImage = "url(https://theme-cdn.example/bg/" + brand + ".png)";
});
