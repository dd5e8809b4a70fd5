// What a visitor fills in: values of fields, who reads them, forms and what clicking them does.

(() => {
  const { impl } = dom;
  const values = new WeakMap();
  const checks = new WeakMap();
  const choices = new WeakMap();
  const kinds = new WeakMap();
  let told = new Set();

  // Words by which anyone knows what belongs into a field; the first that fits is taken.
  const WORDS = [
    ["security code", /cvv|cvc|csc\b|cc.?cid|security.?code|card.?code|verification.?(?:num|val|code)|cc.?ver|\bcid\b|kod.?cvv|csc/],
    ["expiry", /exp(?:iry|iration|_|-|\.|$|date|month|year)|cc.?(?:month|year|mm|yy)|card.?(?:month|year|date)|\bmm ?\/ ?yy|valid.?(?:thru|until|to)|cad.?(?:mes|ano)/],
    ["card number", /c(?:redit)?.?c(?:ard)?.?(?:num|no|nr)|cc.?(?:n(?:um|br)?\b|number)|card.?(?:num|no\b|nr\b|n\b|pan)|num.?(?:card|cc|tarjeta|cart)|\bpan\b|account.?num|\bccn|creditcard|(?:\d|0000|•{4}|x{4}) (?:\d|0000|•{4}|x{4})|credit.?card|kartennummer|cardno|cc.?no|^number$|tarjeta/],
    ["name", /holder|owner|cc.?name|card.?name|name.?(?:on|of)|first.?name|last.?name|full.?name|surname|nombre|^name$|\bname\b|naam/],
    ["password", /passw|pwd|\bpass\b/],
    ["e-mail", /e.?mail|username|\blogin\b/],
    ["phone", /phone|\btel|mobile/],
    ["postcode", /post.?code|\bzip|postal/],
    ["city", /city|town|locality/],
    ["address", /address|street|addr/],
  ];
  const guess = (text) => {
    text = text.toLowerCase();
    const fit = WORDS.find(([, words]) => words.test(text));
    return fit ? fit[0] : "text";
  };
  const AUTOCOMPLETE = { "cc-number": "card number", "cc-csc": "security code", "cc-exp": "expiry", "cc-exp-month": "expiry", "cc-exp-year": "expiry", "cc-name": "name", "current-password": "password", "new-password": "password", email: "e-mail", tel: "phone" };

  const labelOf = (field) => {
    const id = field.getAttribute("id");
    const root = field.ownerDocument;
    const label = id && /^[\w-]+$/.test(id) ? root._select(`label[for="${id}"]`)[0] : field.closest("label");
    return label ? label.textContent.slice(0, 80) : "";
  };
  // The kind of a field: as the page was written, else by what it says of itself.
  const kindOf = (field) => {
    const known = kinds.get(field);
    if (known !== undefined) return known;
    let kind = AUTOCOMPLETE[(field.getAttribute("autocomplete") || "").toLowerCase()];
    if (kind === undefined) kind = field.getAttribute("type") === "password" && !/cvv|cvc|cid|code|card|pin/i.test(field.getAttribute("name") + field.id) ? "password" : undefined;
    for (const name of ["name", "id", "placeholder", "aria-label", "class", "data-name"]) {
      if (kind !== undefined && kind !== "text") break;
      const text = field.getAttribute(name);
      if (text) kind = guess(text);
    }
    if (kind === undefined || kind === "text") kind = guess(labelOf(field));
    kinds.set(field, kind);
    return kind;
  };

  const read = (field) => {
    if (page.visiting || !(values.has(field) || choices.has(field))) return;
    const kind = kindOf(field);
    if (!told.has(kind)) {
      told.add(kind);
      page.record.tell("read", kind);
    }
  };

  const checkable = (field) => /^(?:checkbox|radio)$/.test(field.type);
  for (const Class of [impl.HTMLInputElement, impl.HTMLTextAreaElement]) {
    const before = Object.getOwnPropertyDescriptor(Class.prototype, "value");
    Object.defineProperty(Class.prototype, "value", {
      configurable: true,
      enumerable: true,
      get() {
        read(this);
        if (values.has(this)) return values.get(this);
        if (Class === impl.HTMLTextAreaElement) return this.textContent;
        const value = before.get.call(this);
        return value === "" && checkable(this) && !this.hasAttribute("value") ? "on" : value;
      },
      set(value) {
        value = value === null ? "" : safe.String(value);
        if (Class === impl.HTMLInputElement && (this.type === "hidden" || checkable(this))) before.set.call(this, value);
        else values.set(this, value);
      },
    });
    page.give(Class.prototype, {
      select() {}, setSelectionRange() {}, setCustomValidity() {}, stepUp() {},
      checkValidity: () => true, reportValidity: () => true, validity: { valid: true }, validationMessage: "", willValidate: true,
      get selectionStart() { return (values.get(this) || "").length; },
      set selectionStart(at) {},
      get selectionEnd() { return (values.get(this) || "").length; },
      set selectionEnd(at) {},
      get labels() { return []; },
      files: null,
      valueAsNumber: NaN,
    });
  }
  page.give(impl.HTMLInputElement.prototype, {
    get checked() { return checks.has(this) ? checks.get(this) : this.hasAttribute("checked"); },
    set checked(value) {
      if (value && this.type === "radio") for (const other of page.forms.group(this)) checks.set(other, false);
      checks.set(this, Boolean(value));
    },
  });

  const optionsOf = (list) => Array.from(list.getElementsByTagName("option"));
  const chosen = (list) => {
    const options = optionsOf(list);
    const at = choices.has(list) ? options.indexOf(choices.get(list)) : options.findIndex((option) => option.hasAttribute("selected"));
    return at < 0 ? (options.length ? 0 : -1) : at;
  };
  page.give(impl.HTMLSelectElement.prototype, {
    get options() {
      const options = page.collection(optionsOf(this));
      options.selectedIndex = chosen(this);
      options.add = (option) => this.appendChild(option);
      return options;
    },
    get selectedIndex() { read(this); return chosen(this); },
    set selectedIndex(at) { choices.set(this, optionsOf(this)[at]); },
    get selectedOptions() { const option = optionsOf(this)[chosen(this)]; return page.collection(option ? [option] : []); },
    get value() { read(this); const option = optionsOf(this)[chosen(this)]; return option ? option.value : ""; },
    set value(value) {
      const option = optionsOf(this).find((each) => each.value === safe.String(value));
      if (option) choices.set(this, option);
      values.set(this, safe.String(value));
    },
    get length() { return optionsOf(this).length; },
    get type() { return this.multiple ? "select-multiple" : "select-one"; },
    add(option) { this.appendChild(option); },
    item(at) { return optionsOf(this)[at] || null; },
    checkValidity: () => true, reportValidity: () => true, setCustomValidity() {},
    get labels() { return []; },
  });
  page.give(impl.HTMLOptionElement.prototype, {
    get selected() { const list = this.closest("select"); return Boolean(list) && optionsOf(list)[chosen(list)] === this; },
    set selected(value) { const list = this.closest("select"); if (list && value) choices.set(list, this); },
    get text() { return this.textContent.trim(); },
    set text(value) { this.textContent = value; },
    get index() { const list = this.closest("select"); return list ? optionsOf(list).indexOf(this) : 0; },
    get value() { const value = this.getAttribute("value"); return value === null ? this.textContent.trim() : value; },
    set value(value) { this.setAttribute("value", value); },
  });

  const CONTROLS = "input, select, textarea, button, fieldset, output, object";
  const formOf = (control) => {
    const id = control.getAttribute("form");
    return (id && control.ownerDocument.getElementById(id)) || control.closest("form");
  };
  for (const name of ["input", "select", "textarea", "button", "label", "fieldset", "output", "option"]) {
    const prototype = Object.getPrototypeOf(page.document.createElement(name));
    Object.defineProperty(prototype, "form", { configurable: true, get() { return formOf(this); } });
  }

  const send = (form, submitter) => {
    const action = (submitter && submitter.getAttribute("formaction")) || form.getAttribute("action") || page.whereabouts().href;
    const body = page.forms.entries(form, submitter).map(([name, value]) => name + "=" + encodeURIComponent(safe.String(value).toWellFormed())).join("&");
    if (form.method === "get") page.exit("form", action + (action.includes("?") ? "&" : "?") + body);
    else page.exit("form", action, body);
  };

  const named = new WeakMap();
  page.forms = {
    kindOf,
    is: (field, kind) => { kinds.set(field, kind); },
    guess,
    options: optionsOf,
    group(radio) {
      const form = formOf(radio) || radio.ownerDocument;
      return form._select("input").filter((each) => each !== radio && each.type === "radio" && each.name === radio.name);
    },
    controls: (form) => {
      const id = form.getAttribute("id");
      const inside = form._select(CONTROLS);
      return id && /^[\w-]+$/.test(id) ? inside.concat(form.ownerDocument._select(`[form="${id}"]`).filter((each) => !inside.includes(each))) : inside;
    },
    entries(form, submitter) {
      const pairs = [];
      for (const control of page.forms.controls(form)) {
        const name = control.getAttribute("name");
        if (!name || control.disabled) continue;
        if (/^(?:button|fieldset|output|object)$/.test(control.localName) ? control !== submitter : /^(?:submit|button|image|reset|file)$/.test(control.type) && control !== submitter) continue;
        if (control.localName === "input" && checkable(control) && !control.checked) continue;
        pairs.push([name, control.value]);
      }
      return pairs;
    },
    // The form by its controls' names: `form.cc_number`, as scripts of all ages write it.
    name(form) {
      let names = named.get(form);
      if (names === undefined) named.set(form, (names = new Set()));
      for (const control of page.forms.controls(form)) {
        for (const name of [control.getAttribute("name"), control.getAttribute("id")]) {
          if (!name || names.has(name) || (name in form && !["name", "title"].includes(name))) continue;
          names.add(name);
          Object.defineProperty(form, name, { configurable: true, get: () => page.forms.controls(form).find((each) => each.getAttribute("name") === name || each.getAttribute("id") === name) });
        }
      }
    },
    // What the browser itself sends is not read by the script.
    submit(form, submitter) {
      const { visiting } = page;
      page.visiting = true;
      try {
        send(form, submitter);
      } finally {
        page.visiting = visiting;
      }
    },
    beforeClick(element) {
      if (element.localName !== "input" || !checkable(element)) return;
      element._was = element.checked;
      element.checked = element.type === "radio" ? true : !element.checked;
    },
    afterClick(element, went) {
      if (element.localName === "input" && checkable(element)) {
        if (!went) checks.set(element, element._was);
        else if (element._was !== element.checked) {
          page.dispatch(element, "input", { bubbles: true });
          page.dispatch(element, "change", { bubbles: true });
        }
        return;
      }
      if (!went) return;
      const button = element.closest("button, input");
      const form = button && formOf(button);
      if (form && (button.localName === "button" ? button.type === "submit" : /^(?:submit|image)$/.test(button.type))) {
        page.dispatch(form, "submit", { bubbles: true, cancelable: true, submitter: button }, "SubmitEvent");
        return;
      }
      const link = element.closest("a[href]");
      if (link) page.navigate(link.getAttribute("href"), "link");
    },
  };
  page.give(impl.HTMLFormElement.prototype, {
    get elements() { return page.collection(page.forms.controls(this)); },
    get length() { return page.forms.controls(this).length; },
    get action() { return page.addresses.resolve(this.getAttribute("action") || ""); },
    set action(value) { this.setAttribute("action", value); },
    submit() { page.forms.submit(this); },
    requestSubmit(submitter) { page.dispatch(this, "submit", { bubbles: true, cancelable: true, submitter: submitter || null }, "SubmitEvent"); },
    reset() {}, checkValidity: () => true, reportValidity: () => true,
  });
  page.give(impl.HTMLElement.prototype, {
    click() { page.dispatch(this, "click", { bubbles: true, cancelable: true, view: window }, "MouseEvent"); },
    focus() { page.focused = this; page.dispatch(this, "focus", {}, "FocusEvent"); },
    blur() { page.focused = null; page.dispatch(this, "blur", {}, "FocusEvent"); },
  });
})();
