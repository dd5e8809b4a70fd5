/*! shop-slider v2.4.0 | MIT | a row of pictures that turns */
(function (root) {
  "use strict";
  function Slider(element, options) {
    this.element = element;
    this.options = options || {};
    this.at = 0;
    this.slides = Array.prototype.slice.call(element.children);
    this.show(0);
  }
  Slider.prototype.show = function (number) {
    var many = this.slides.length;
    if (!many) {
      return;
    }
    this.at = (number + many) % many;
    for (var n = 0; n < many; n += 1) {
      this.slides[n].style.display = n === this.at ? "block" : "none";
    }
    if (typeof this.options.onShow === "function") {
      this.options.onShow(this.at);
    }
  };
  Slider.prototype.next = function () {
    this.show(this.at + 1);
  };
  Slider.prototype.previous = function () {
    this.show(this.at - 1);
  };
  Slider.prototype.play = function () {
    var slider = this;
    this.stop();
    this.timer = setInterval(function () {
      slider.next();
    }, this.options.interval || 5000);
  };
  Slider.prototype.stop = function () {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
  };
  root.ShopSlider = Slider;
  document.addEventListener("DOMContentLoaded", function () {
    var found = document.querySelectorAll("[data-shop-slider]");
    for (var n = 0; n < found.length; n += 1) {
      new Slider(found[n]).play();
    }
  });
})(window);
