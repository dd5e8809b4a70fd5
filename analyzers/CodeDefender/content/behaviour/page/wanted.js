// What the script looks for and does not find: told, and in the next run made, so that the page is the one it waits for.

(() => {
  const { impl, Element } = dom;
  let questions = 0;
  const seen = new Set();
  const missed = (selector) => {
    if (page.visiting || questions > 80) return;
    const text = safe.slice(safe.String(selector), 0, 200);
    if (seen.has(text)) return;
    seen.add(text);
    questions++;
    page.record.tell("wanted", text);
  };
  const escaped = (name) => safe.String(name).replace(/["\\]/g, "\\$&");
  const watch = (prototype, name, selector, empty) => {
    const original = prototype[name];
    const wrapped = { [name](wanted) {
      const found = safe.apply(original, this, [wanted]);
      if (empty(found)) missed(selector(wanted));
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
  const HOLDER = /form|payment|method|checkout|container|wrap|content|block|section|area|list|fieldset|table|body|box|div|panel|step/i;

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
    if (!made) made = attributes.has("name") || attributes.has("placeholder") ? "input" : BUTTON.test(words) && !HOLDER.test(words.replace(BUTTON, "")) ? "button" : FIELD.test(words) && !HOLDER.test(words) ? "input" : "div";
    if (/^(?:html|head|body|script|link|meta|style|iframe|base)$/.test(made)) return null;
    const element = document.createElement(made);
    for (const [name, value] of attributes) if (!/^on|^src|^href/i.test(name)) element.setAttribute(name, value);
    if (classes.length) element.className = classes.join(" ");
    if (made === "button" && !attributes.has("type")) element.setAttribute("type", "button");
    if (made === "select") for (let at = 1; at <= 12; at++) element.appendChild(new Option(("0" + at).slice(-2), safe.String(at)));
    return { element, words };
  };
  const CARD = '<input type="text" name="card_number" autocomplete="cc-number"><input type="text" name="card_exp" autocomplete="cc-exp"><input type="text" name="card_cvv" autocomplete="cc-csc">';

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
          if (outer !== null) (outer.localName === "form" ? document.body : holder).appendChild(outer);
        }, "page");
      }
    }
  };
})();
