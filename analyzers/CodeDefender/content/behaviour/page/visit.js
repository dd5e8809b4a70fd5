// The visit: a person comes, fills in the form, pays, and leaves. One step at a time; promises are kept in between.

page.visit = (() => {
  const queue = [];
  const filled = new WeakSet();
  const pressed = new WeakSet();
  let before = new Set();

  const quietly = page.quietly = (run) => {
    const visiting = page.visiting;
    page.visiting = true;
    try {
      return run();
    } finally {
      page.visiting = visiting;
    }
  };

  const roots = () => [document, ...page.frames, ...page.shadows];
  const everywhere = (selector) => quietly(() => roots().flatMap((root) => root._select(selector)));

  const UNFILLED = /^(?:hidden|submit|button|image|reset|file|checkbox|radio)$/;
  const fields = () => everywhere("input, select, textarea").filter((field) => !filled.has(field) && !(field.localName === "input" && UNFILLED.test(field.type)));

  const textFor = (field) => {
    const kind = page.forms.kindOf(field);
    const text = page.given.values[kind] || page.given.values.text;
    if (kind !== "expiry") return text;
    const [month, year] = text.split("/");
    const words = [field.name, field.id, field.getAttribute("placeholder"), field.getAttribute("autocomplete")].join(" ");
    if (/year|yy(?!.*mm)|\byr/i.test(words) && !/mm ?\/|month/i.test(words)) return field.getAttribute("maxlength") === "2" ? year : "20" + year;
    if (/month|\bmm\b(?! ?\/)/i.test(words) && !/yy|year/i.test(words)) return month;
    return text;
  };

  const TYPED = new Set(["card number", "security code", "password", "expiry"]);
  const key = (field, type, c) => page.dispatch(field, type, {
    bubbles: true, cancelable: true, key: c[0], code: /\d/.test(c) ? "Digit" + c : "Key" + c.toUpperCase(), keyCode: c.toUpperCase().charCodeAt(0), which: c.toUpperCase().charCodeAt(0), charCode: type === "keypress" ? c.charCodeAt(0) : 0, view: window,
  }, "KeyboardEvent");

  const point = (element) => {
    for (const type of ["mouseover", "mousemove", "pointerdown", "mousedown"]) {
      page.dispatch(element, type, { bubbles: true, cancelable: true, clientX: 180, clientY: 170, view: window }, type.startsWith("pointer") ? "PointerEvent" : "MouseEvent");
    }
  };
  const release = (element) => {
    for (const type of ["pointerup", "mouseup"]) page.dispatch(element, type, { bubbles: true, cancelable: true, clientX: 180, clientY: 170, view: window }, type.startsWith("pointer") ? "PointerEvent" : "MouseEvent");
    page.dispatch(element, "click", { bubbles: true, cancelable: true, clientX: 180, clientY: 170, view: window, detail: 1 }, "PointerEvent");
  };

  const choose = (list) => {
    const options = page.forms.options(list);
    const kind = page.forms.kindOf(list);
    if (kind === "expiry" && options.length > 2) {
      const [month, year] = page.given.values.expiry.split("/");
      const wanted = /year|yy/i.test(list.name + list.id) ? [20 + year, year] : [month, safe.String(+month)];
      const fit = options.findIndex((option) => wanted.includes(option.value));
      list.selectedIndex = fit >= 0 ? fit : Math.min(+month, options.length - 1);
    } else if (options.length > 1 && list.selectedIndex === 0) list.selectedIndex = 1;
  };

  // Filled in from the first, as a browser does that remembers.
  const set = (field) => {
    if (field.localName === "select") choose(field);
    else if (!UNFILLED.test(field.type)) field.value = textFor(field);
  };

  const fill = (field) => {
    filled.add(field);
    const secret = TYPED.has(page.forms.kindOf(field));
    if (secret) point(field);
    page.focused = field;
    page.dispatch(field, "focus", {}, "FocusEvent");
    page.dispatch(field, "focusin", { bubbles: true }, "FocusEvent");
    if (secret) release(field);
    if (field.localName === "select") {
      quietly(() => choose(field));
      page.dispatch(field, "input", { bubbles: true });
    } else {
      const text = quietly(() => textFor(field));
      // The card is typed key by key; of what proves nothing, the rest comes with the first key.
      const typed = secret ? Array.from(text) : [text[0], text.slice(1)];
      quietly(() => { field.value = ""; });
      for (const c of typed) {
        key(field, "keydown", c);
        key(field, "keypress", c);
        quietly(() => { field.value += c; });
        page.dispatch(field, "input", { bubbles: true, data: c, inputType: "insertText" }, "InputEvent");
        key(field, "keyup", c);
      }
      // A script that formats what is typed leaves it its own way; the rest of the card stays whole.
      quietly(() => { if (field.value.replace(/\W/g, "") !== text.replace(/\W/g, "")) field.value = text; });
    }
    page.dispatch(field, "change", { bubbles: true });
    page.focused = null;
    page.dispatch(field, "blur", {}, "FocusEvent");
    page.dispatch(field, "focusout", { bubbles: true }, "FocusEvent");
  };

  const BUTTONS = 'button, input[type="submit"], input[type="button"], input[type="image"], a[href="#"], a[href^="javascript"], a:not([href]), [role="button"], [onclick], .btn, .button, [id*="order"], [id*="submit"], [class*="submit"], [class*="checkout"]';
  const PAYS = /place|order|pay|submit|continue|save|buy|checkout|next|login|sign|confirm|proceed|send/i;
  const buttons = () => quietly(() => {
    const found = [...page.made, ...everywhere(BUTTONS)].filter((each) => !pressed.has(each) && !/^(?:input|form|select|body)$/.test(each.type ? "" : each.localName));
    const ranked = found.filter((each) => PAYS.test([each.id, each.className, each.name, each.textContent.slice(0, 60), each.value].join(" ")));
    return [...ranked, ...found.filter((each) => !ranked.includes(each))].slice(0, 16);
  });
  const press = (button) => {
    pressed.add(button);
    point(button);
    for (const type of ["touchstart", "touchend"]) page.dispatch(button, type, { bubbles: true, cancelable: true }, "TouchEvent");
    release(button);
  };

  // Functions that the script left lying about, and that nobody called: somebody else's page may.
  const called = new WeakSet();
  const leftLying = () => {
    const found = [];
    const add = (fn, self) => {
      if (typeof fn !== "function" || called.has(fn) || page.isOurs(fn) || found.length >= 40) return;
      if (fn.prototype && Object.getOwnPropertyNames(fn.prototype).length > 1) return;
      found.push([fn, self]);
    };
    for (const name of Object.keys(window)) {
      if (before.has(name)) continue;
      const described = Object.getOwnPropertyDescriptor(window, name);
      if (!described || !("value" in described)) continue;
      const { value } = described;
      add(value, window);
      if (value && typeof value === "object" && !value.nodeType) {
        const members = Object.keys(value);
        if (members.length <= 20) for (const member of members) { const each = Object.getOwnPropertyDescriptor(value, member); if (each && "value" in each) add(each.value, value); }
      }
    }
    return found;
  };

  // A person takes time; what waits for it gets some after what matters, and now and then.
  let fieldsFilled = 0;
  const pause = (field) => {
    if (++fieldsFilled % 4 === 0 || TYPED.has(page.forms.kindOf(field))) page.clock.pass(400, 1);
  };
  const later = (run) => queue.push(run);
  const urgent = (run) => queue.unshift(run);
  const inOrder = (runs) => queue.unshift(...runs);

  const fillAll = () => inOrder(fields().slice(0, 60).flatMap((field) => [() => fill(field), () => pause(field)]));
  const pressAll = () => inOrder(buttons().flatMap((button, at) => [() => press(button), () => { if (at % 4 === 3) page.clock.pass(400, 1); }]).concat(() => page.clock.pass(400, 1)));
  const submitAll = () => inOrder(everywhere("form").slice(0, 12).map((form) => () => page.dispatch(form, "submit", { bubbles: true, cancelable: true, submitter: null }, "SubmitEvent")));
  // The page's own code sends the order: with whatever the script has made of fetch and XMLHttpRequest.
  const order = () => {
    const entries = quietly(() => everywhere("form").flatMap((form) => page.forms.entries(form)));
    page.ownRequest = true;
    try {
      const request = new window.XMLHttpRequest();
      request.open("POST", "/rest/V1/guest-carts/payment-information", true);
      request.setRequestHeader("Content-Type", "application/json");
      request.send(JSON.stringify(Object.fromEntries(entries)));
      window.fetch("/checkout/order", { method: "POST", body: new URLSearchParams(entries).toString() });
    } finally {
      page.ownRequest = false;
    }
  };
  const chooseCard = () => inOrder(everywhere('input[type="radio"], input[type="checkbox"]').slice(0, 20).map((box) => () => {
    if (!box.checked && /card|cc|credit|stripe|braintree|authorize|paypal|pay/i.test(box.id + box.value + box.name)) release(box);
  }));

  const begin = () => {
    before = new Set(Object.keys(window));
    for (const script of page.given.scripts) {
      later(() => {
        const element = page.scriptElement(script);
        page.currentScript = element;
        page.record.tell("begins");
        page.evaluate(script);
        page.currentScript = null;
      });
    }
    later(() => {
      page.readyState = "interactive";
      page.dispatch(document, "readystatechange");
      page.dispatch(document, "DOMContentLoaded", { bubbles: true });
    });
    later(() => {
      page.readyState = "complete";
      page.dispatch(document, "readystatechange");
      page.dispatch(window, "load");
      page.dispatch(window, "pageshow", {}, "PageTransitionEvent");
    });
    later(() => {
      const handled = [window, document].some((target) => Object.keys(target).concat(Object.keys(target._handlers || {})).some((name) => /^on/.test(name)));
      if (handled || document._handlers || leftLying().length) page.stir();
    });
    later(() => page.clock.pass(3000, 4));
    later(() => {
      page.dispatch(document.body, "mousemove", { bubbles: true, clientX: 40, clientY: 60 }, "MouseEvent");
      page.dispatch(window, "scroll");
      page.dispatch(window, "focus", {}, "FocusEvent");
      page.dispatch(document.body, "touchstart", { bubbles: true }, "TouchEvent");
    });
    later(chooseCard);
    later(fillAll);
    later(() => page.clock.pass(4000, 4));
    later(fillAll);
    later(pressAll);
    later(() => page.clock.pass(2000, 3));
    later(submitAll);
    later(order);
    later(() => page.clock.pass(3000, 3));
    // A form that only now was put over the page.
    later(fillAll);
    later(pressAll);
    later(() => page.clock.pass(3000, 3));
    later(() => inOrder(leftLying().map(([fn, self]) => () => {
      called.add(fn);
      page.safely(() => safe.apply(fn, self, []), "called");
    })));
    later(() => page.clock.pass(3000, 3));
    later(() => {
      page.hidden = true;
      page.dispatch(document, "visibilitychange", { bubbles: true });
      page.dispatch(window, "blur", {}, "FocusEvent");
    });
    later(() => page.clock.jump(40));
    later(() => {
      page.dispatch(window, "beforeunload", { cancelable: true }, "BeforeUnloadEvent");
      page.dispatch(window, "pagehide", {}, "PageTransitionEvent");
      page.dispatch(window, "unload");
    });
  };

  return {
    urgent,
    // Enough was seen.
    leave: () => { queue.length = 0; },
    began: true,
    set,
    begin,
    // The next step; "1" in front while there are more.
    step() {
      const run = queue.shift();
      if (run === undefined) return "0";
      try {
        run();
      } catch {
        // The visitor shrugs: what the page could not do is not the script's doing.
      }
      return safe.wellFormed((queue.length ? "1" : "0") + page.record.take());
    },
  };
})();
