// What shops have in their pages besides: jQuery when it is asked for, and the globals of shop systems.

(() => {
  const put = (name, value) => Object.defineProperty(window, name, { value, writable: true, configurable: true, enumerable: true });
  const lazily = (names, make) => {
    for (const name of names) {
      Object.defineProperty(window, name, { configurable: true, enumerable: true, get: () => { make(); return window[name]; }, set: (value) => put(name, value) });
    }
  };
  const system = page.given.shop;

  // The jQuery of the page, with what older ones had and skimmers still use.
  const jQueryLoaded = () => {
    for (const name of ["jQuery", "$"]) delete window[name];
    const visiting = page.visiting;
    page.visiting = true;
    loadJQuery.call(window);
    page.visiting = visiting;
    const jQuery = window.jQuery;
    put("jQuery", jQuery);
    put("$", jQuery);
    jQuery.browser = { chrome: true, webkit: true, version: "142" };
    Object.assign(jQuery.fn, {
      live(type, handler) { return this.on(type, handler); },
      die(type, handler) { return this.off(type, handler); },
      size() { return this.length; },
      andSelf() { return this.addBack(); },
    });
    if (system === "magento1") put("$", prototypeById);
  };
  lazily(system === "magento1" ? ["jQuery"] : ["jQuery", "$"], jQueryLoaded);
  if (system === "magento1") put("$j", undefined);

  // Prototype, as far as Magento 1 uses it.
  const prototypeById = (element) => (typeof element === "string" ? document.getElementById(element) : element);
  const extras = {
    observe(type, handler) { this.addEventListener(type, handler); return this; },
    stopObserving(type, handler) { this.removeEventListener(type, handler); return this; },
    select(selector) { return Array.from(this.querySelectorAll(selector)); },
    up(selector) { return selector ? this.parentNode.closest(selector) : this.parentNode; },
    down(selector) { return this.querySelector(selector || "*"); },
    getValue() { return this.value; },
    setValue(value) { this.value = value; },
    serialize(asHash) { return asHash === true ? Object.fromEntries(page.forms.entries(this)) : serialized(this); },
    hasClassName(name) { return this.classList.contains(name); },
    addClassName(name) { this.classList.add(name); return this; },
    removeClassName(name) { this.classList.remove(name); return this; },
    update(html) { this.innerHTML = html; return this; },
    insert(html) { this.insertAdjacentHTML("beforeend", typeof html === "object" ? html.bottom || html.top || "" : html); return this; },
    show() { this.style.display = ""; return this; },
    hide() { this.style.display = "none"; return this; },
    visible: () => true,
    readAttribute(name) { return this.getAttribute(name); },
  };
  const serialized = (form) => page.forms.entries(form).map(([name, value]) => encodeURIComponent(name) + "=" + encodeURIComponent(value)).join("&");
  const magento1 = () => {
    page.give(dom.Element.prototype, extras);
    if (system === "magento1") put("$", prototypeById);
    put("$$", (selector) => Array.from(document.querySelectorAll(selector)));
    put("$F", (element) => (prototypeById(element) || {}).value);
    put("Prototype", { Version: "1.7", Browser: { WebKit: true } });
    const { Element } = window;
    const PrototypeElement = function (tag, attributes = {}) {
      const element = document.createElement(tag);
      for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name]);
      return element;
    };
    PrototypeElement.prototype = Element.prototype;
    put("Element", PrototypeElement);
    put("Form", { serialize: (form) => serialized(prototypeById(form)), getElements: (form) => page.forms.controls(prototypeById(form)), Element: { getValue: (field) => prototypeById(field).value } });
    Object.assign(window.Event, { observe: (target, type, handler) => prototypeById(target).addEventListener(type, handler), stop: (event) => { event.preventDefault(); event.stopPropagation(); }, element: (event) => event.target });
    document.observe = (type, handler) => document.addEventListener(type === "dom:loaded" ? "DOMContentLoaded" : type, handler);
    put("Ajax", { Request: function (url, options = {}) {
      const request = new XMLHttpRequest();
      request.open(options.method || "post", url, true);
      request.onreadystatechange = () => { if (request.readyState === 4 && options.onSuccess) options.onSuccess(request); };
      const { parameters } = options;
      request.send(typeof parameters === "object" ? new URLSearchParams(parameters).toString() : parameters || options.postBody);
    } });
    put("Class", { create: (...parts) => { const made = function (...values) { if (this.initialize) this.initialize(...values); }; Object.assign(made.prototype, ...parts.filter((part) => typeof part === "object")); return made; } });
    const Payment = function () {};
    Payment.prototype = { save() {}, validate: () => true, switchMethod() {}, init() {}, currentMethod: "ccsave", form: "co-payment-form" };
    const Review = function () {};
    Review.prototype = { save() {}, nextStep() {} };
    put("Payment", Payment);
    put("Review", Review);
    for (const step of ["billing", "shipping", "shippingMethod"]) put(step, { save() {}, nextStep() {}, form: "co-" + step + "-form" });
    put("payment", new Payment());
    put("review", new Review());
    put("checkout", { setLoadWaiting() {}, gotoSection() {}, setStepResponse() {}, loadWaiting: false, accordion: { currentSection: "opc-payment" } });
    put("Mage", { Cookies: { get: () => null, set() {} } });
    put("Validation", function () { return { validate: () => true }; });
    put("VarienForm", function () { return { validator: { validate: () => true }, submit() {} }; });
  };
  const requireJs = (names, callback) => {
    const found = [].concat(names).map((name) => (/jquery/i.test(name) ? window.jQuery : new Proxy(function () {}, { get: (target, member) => (member in target ? target[member] : () => new Proxy({}, {})) })));
    page.clock.later(() => { if (typeof callback === "function") callback(...found); }, 1);
    return found[0];
  };
  const SYSTEMS = {
    magento1,
    magento2() {
      put("require", Object.assign(requireJs, { config() {}, undef() {} }));
      put("requirejs", window.require);
      put("checkoutConfig", { payment: { ccform: { availableTypes: { cc: ["VI", "MC"] } } }, quoteData: { entity_id: 41, grand_total: "84.00" }, storeCode: "default", isCustomerLoggedIn: false });
      put("BASE_URL", page.origin() + "/");
    },
    woocommerce() {
      put("wc_checkout_params", { ajax_url: "/wp-admin/admin-ajax.php", wc_ajax_url: "/?wc-ajax=%%endpoint%%", is_checkout: "1", checkout_url: "/?wc-ajax=checkout" });
      put("woocommerce_params", { ajax_url: "/wp-admin/admin-ajax.php" });
      put("wp", { hooks: { addAction() {}, addFilter() {} } });
    },
    shopify() {
      put("Shopify", { shop: "birchlane.myshopify.com", Checkout: { step: "payment_method", page: "show" }, locale: "en", currency: { active: "USD" }, theme: { name: "Dawn" } });
    },
    prestashop() {
      put("prestashop", { on() {}, emit() {}, page: { page_name: "checkout" }, urls: { base_url: page.origin() + "/" } });
    },
    opencart() {},
    generic() {
      put("dataLayer", []);
    },
  };
  if (SYSTEMS[system]) SYSTEMS[system]();
})();
