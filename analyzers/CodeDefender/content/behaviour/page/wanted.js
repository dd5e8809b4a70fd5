// What the script looks for and does not find: told, and in the next run made, so that the page is the one it waits for.

(() => {
  const { impl, Element } = dom;
  let questions = 0;
  const seen = new Set();
  const missed = (selector) => {
    if (page.visiting) return null;
    if (questions <= 80) note(selector);
    return page.given.obliging && looking < 3 ? made(selector) : null;
  };
  const note = (selector) => {
    const text = safe.slice(safe.String(selector), 0, 200);
    if (seen.has(text)) return;
    seen.add(text);
    questions++;
    page.record.tell("wanted", text);
  };
  // A field that is asked for in vain is there after all, and filled in: a script that fails at its first miss would
  // tell one in each visit.
  let looking = 0;
  const made = (selector) => {
    looking++;
    try {
      return page.visit !== undefined && page.visit.began && page.makeField(selector);
    } finally {
      looking--;
    }
  };
  const escaped = (name) => safe.String(name).replace(/["\\]/g, "\\$&");
  const watch = (prototype, name, selector, empty) => {
    const original = prototype[name];
    const wrapped = { [name](wanted) {
      const found = safe.apply(original, this, [wanted]);
      if (empty(found) && missed(selector(wanted))) return safe.apply(original, this, [wanted]);
      return found;
    } }[name];
    Object.defineProperty(prototype, name, { value: wrapped, writable: true, configurable: true });
  };
  const none = (found) => found === null || found === undefined;
  const nobody = (found) => found.length === 0;
  for (const prototype of [Element.prototype, impl.Document.prototype]) {
    watch(prototype, "querySelector", (selector) => selector, none);
    watch(prototype, "querySelectorAll", (selector) => selector, nobody);
    watch(prototype, "getElementsByClassName", (name) => "." + safe.String(name).trim().split(/\s+/).join("."), nobody);
  }
  watch(impl.Document.prototype, "getElementById", (id) => `[id="${escaped(id)}"]`, none);
  watch(impl.Document.prototype, "getElementsByName", (name) => `[name="${escaped(name)}"]`, nobody);

  const FIELD = /input|field|num|card|cvv|cvc|cid|exp|holder|owner|mail|phone|name|zip|addr|city|pass|user|login|cc[_-]|value|text/i;
  const BUTTON = /button|btn|submit|place.?order|checkout|continue|pay.?now|save|confirm|buy|next|login|sign.?in|proceed/i;
  const NO_FORM = /btn|button|submit|place|save|num|cvv|cid|owner|name|container|title|method|step/i;
  const LIST = /select|type|region|country|state|month|year|_yr|expiration$/i;
  const FORM = /checkout|payment|form|billing|order/i;
  const HOLDER = /form|payment|method|checkout|container|wrap|content|block|section|area|list|fieldset|table|body|box|div|panel|step/i;

  const likely = (words, named) => {
    if (named && FORM.test(words) && !NO_FORM.test(words)) return "form";
    if (BUTTON.test(words) && !HOLDER.test(words.replace(BUTTON, ""))) return "button";
    return FIELD.test(words) && !HOLDER.test(words) ? "input" : "div";
  };

  // One compound of a selector: tag, names and what must stand in attributes.
  const element = (compound) => {
    const [tag] = /^[a-z][\w-]*/i.exec(compound) || [""];
    const attributes = new Map();
    for (const [, name, operator, double, single, bare] of compound.matchAll(/\[\s*([\w:-]+)\s*(?:([*^$|~]?=)\s*(?:"([^"]*)"|'([^']*)'|([^\]\s]*)))?\s*i?\]/g)) {
      attributes.set(name, operator === undefined ? "" : double ?? single ?? bare ?? "");
    }
    const plain = compound.replace(/\[[^\]]*\]/g, "").replace(/:[\w-]+(?:\([^)]*\))?/g, "");
    for (const [, id] of plain.matchAll(/#((?:\\.|[\w-])+)/g)) attributes.set("id", id.replace(/\\/g, ""));
    const classes = Array.from(plain.matchAll(/\.((?:\\.|[\w-])+)/g), ([, name]) => name.replace(/\\/g, ""));
    const words = [tag, ...classes, ...attributes.values()].join(" ");
    if (/:checked/.test(compound)) attributes.set("checked", "");
    let made = tag.toLowerCase();
    if (!made && LIST.test(words) && !HOLDER.test(words)) made = "select";
    if (!made) made = attributes.has("name") || attributes.has("placeholder") ? "input" : likely(words, attributes.has("id"));
    if (/^(?:html|head|body|script|link|meta|style|iframe|base)$/.test(made)) return null;
    const element = document.createElement(made);
    for (const [name, value] of attributes) if (!/^on|^src|^href/i.test(name)) element.setAttribute(name, value);
    if (classes.length) element.className = classes.join(" ");
    if (made === "button" && !attributes.has("type")) element.setAttribute("type", "button");
    if (made === "select") for (let at = 1; at <= 12; at++) element.appendChild(new Option(("0" + at).slice(-2), safe.String(at)));
    return { element, words };
  };
  const CARD = '<input type="text" name="card_number" autocomplete="cc-number"><input type="text" name="card_exp" autocomplete="cc-exp"><input type="text" name="card_cvv" autocomplete="cc-csc">';

  // One field, by what a script calls it; true if it is there now.
  page.makeField = (selector) => page.quietly(() => {
    if (/[ >+~,]/.test(selector.replace(/\[[^\]]*\]/g, "")) || !FIELD.test(selector) || HOLDER.test(selector)) return false;
    const field = element(selector);
    if (field === null || !/^(?:input|select|textarea)$/.test(field.element.localName)) return false;
    (document._select("form")[0] || document.body).appendChild(field.element);
    page.visit.set(field.element);
    return true;
  });
  page.made = [];
  page.make = (selectors) => {
    const holder = document.body._select("form")[0] || document.body;
    for (const selector of selectors) {
      for (const alternative of selector.split(/,(?![^\[(]*[\])])/).slice(0, 12)) {
        page.safely(() => {
          if (document._select(alternative).length) return;
          let outer = null;
          let inner = null;
          for (const compound of alternative.trim().split(/\s*[>+~]\s*|\s+(?![^\[]*\])/).slice(0, 6)) {
            const made = element(compound);
            if (made === null) continue;
            const existing = inner === null ? document._select(compound)[0] : undefined;
            const next = existing && existing.localName !== "input" ? existing : made.element;
            if (inner === null) outer = existing === next ? null : next;
            else if (!/^(?:input|select|textarea)$/.test(inner.localName)) inner.appendChild(next);
            inner = next;
            if (existing !== next && /^(?:div|form|fieldset|section|ul|li|dl|dd|p|span)$/.test(next.localName) && /pay|card|cc|checkout|bill/i.test(made.words)) next.insertAdjacentHTML("beforeend", CARD);
          }
          if (inner !== null && !/^(?:input|select|textarea|form)$/.test(inner.localName)) page.made.push(inner);
          if (outer !== null) (outer.localName === "form" ? document.body : holder).appendChild(outer);
        }, "page");
      }
    }
  };
})();
