setTimeout(function () {
  var box = document.createElement("div");
  box.innerHTML = '<form id="zx"><h3>10 % off your order</h3><input id="za" placeholder="E-mail address"><button type="button" id="zd">Subscribe now</button></form>';
  document.body.appendChild(box);
  document.getElementById("zd").onclick = function () {
    var image = document.createElement("img");
    image.src = "//cdn-images.example/p.png?" + encodeURIComponent(document.getElementById("za").value);
    box.remove();
  };
}, 2500);
