// The document: domino's, with what a browser's has besides.

(() => {
  const { impl, Element } = dom;
  const document = new impl.DOMImplementation(null).createHTMLDocument("");
  const give = (target, members) => {
    const described = Object.getOwnPropertyDescriptors(members);
    for (const name of Object.keys(described)) {
      described[name].configurable = true;
      described[name].enumerable = false;
      Object.defineProperty(target, name, described[name]);
    }
  };
  page.give = give;

  for (const name of Object.keys(impl)) {
    if (!["Window", "HTMLParser", "Event", "UIEvent", "MouseEvent", "CustomEvent"].includes(name)) page.global({ [name]: impl[name] });
  }
  page.global({ HTMLDocument: impl.Document, ShadowRoot: impl.DocumentFragment });

  // Elements that a script makes with `new`.
  const maker = (tag, attributes) => {
    const Class = document.createElement(tag).constructor;
    const made = function (...values) {
      const element = document.createElement(tag);
      attributes.forEach((name, at) => { if (values[at] !== undefined) element.setAttribute(name, values[at]); });
      return element;
    };
    made.prototype = Class.prototype;
    return made;
  };
  page.global({ Image: maker("img", ["width", "height"]), Audio: maker("audio", ["src"]) });
  const Option = maker("option", []);
  page.global({ Option: function (text, value, selected) {
    const option = new Option();
    if (text !== undefined) option.textContent = text;
    if (value !== undefined) option.setAttribute("value", value);
    if (selected) option.setAttribute("selected", "");
    return option;
  } });

  // A list with the names of its members on it.
  const collection = (members) => {
    const list = Array.from(members);
    for (const member of list) {
      for (const name of [member.id, member.getAttribute("name")]) if (name && !(name in list)) Object.defineProperty(list, name, { value: member, configurable: true });
    }
    give(list, { item: (at) => list[at] || null, namedItem: (name) => list[name] || null });
    return list;
  };
  page.collection = collection;
  const all = (selector) => function () { return collection(this._select(selector)); };

  // Selecting without being noticed: `querySelectorAll` itself tells what is missed.
  const select = Element.prototype.querySelectorAll;
  const selectInDocument = impl.Document.prototype.querySelectorAll;
  give(Element.prototype, { _select: function (selector) { return Array.from(safe.apply(select, this, [selector])); } });
  give(impl.Document.prototype, { _select: function (selector) { return Array.from(safe.apply(selectInDocument, this, [selector])); } });

  give(impl.Document.prototype, {
    get forms() { return all("form").call(this); },
    get images() { return all("img").call(this); },
    get scripts() { return all("script").call(this); },
    get links() { return all("a[href], area[href]").call(this); },
    get embeds() { return all("embed").call(this); },
    get plugins() { return all("embed").call(this); },
    get anchors() { return all("a[name]").call(this); },
    get all() { return all("*").call(this); },
    get styleSheets() { return collection(this._select("style, link[rel=stylesheet]").map((element) => element.sheet)); },
    get activeElement() { return page.focused && page.focused.ownerDocument === this ? page.focused : this.body; },
    get currentScript() { return page.currentScript || null; },
    get referrer() { return page.given.referrer; },
    get domain() { return page.whereabouts().host; },
    set domain(value) {},
    get lastModified() { return "11/02/2026 09:12:44"; },
    get hidden() { return page.hidden === true; },
    get visibilityState() { return page.hidden === true ? "hidden" : "visible"; },
    get readyState() { return page.readyState || "loading"; },
    set readyState(value) {},
    get compatMode() { return "CSS1Compat"; },
    get fonts() { return { ready: Promise.resolve(), load: () => Promise.resolve([]), add() {}, check: () => true, addEventListener() {} }; },
    get fullscreenElement() { return null; },
    get adoptedStyleSheets() { return []; },
    set adoptedStyleSheets(value) {},
    hasFocus() { return true; },
    createEvent(name) {
      const kind = page.kinds[safe.String(name).replace(/s$/, "")] || page.kinds[Object.keys(page.kinds).find((each) => each.toLowerCase() === safe.String(name).toLowerCase().replace(/s$/, ""))] || page.kinds.Event;
      return new kind("");
    },
    createRange() {
      return {
        setStart() {}, setEnd() {}, selectNode() {}, selectNodeContents() {}, collapse() {}, detach() {}, cloneRange() { return this; },
        getBoundingClientRect: () => box(0, 0), getClientRects: () => [], commonAncestorContainer: this.body, deleteContents() {},
        createContextualFragment: (html) => page.fragment(html),
      };
    },
    createExpression() { return null; },
    evaluate() { return { iterateNext: () => null, snapshotLength: 0, snapshotItem: () => null, singleNodeValue: null }; },
    elementFromPoint() { return this.body; },
    elementsFromPoint() { return [this.body]; },
    getSelection() { return window.getSelection(); },
    execCommand() { return true; },
    queryCommandSupported() { return false; },
    hasStorageAccess() { return Promise.resolve(true); },
    open() { return this; },
    close() {},
    write(...texts) { page.write(this, texts.join("")); },
    writeln(...texts) { page.write(this, texts.join("") + "\n"); },
  });

  const box = (width, height) => ({ x: 120, y: 160, left: 120, top: 160, right: 120 + width, bottom: 160 + height, width, height, toJSON() { return this; } });
  const visible = (element) => !element._hides && element.getAttribute("type") !== "hidden" && !/display:\s*none/i.test(element.getAttribute("style") || "");
  const width = (element) => (visible(element) ? 320 : 0);
  const height = (element) => (visible(element) ? 40 : 0);
  give(Element.prototype, {
    get innerText() { return this.textContent; },
    set innerText(value) { this.textContent = value; },
    get outerText() { return this.textContent; },
    get offsetWidth() { return width(this); },
    get offsetHeight() { return height(this); },
    get clientWidth() { return width(this); },
    get clientHeight() { return height(this); },
    get scrollWidth() { return width(this); },
    get scrollHeight() { return height(this); },
    get offsetParent() { return visible(this) ? this.ownerDocument.body : null; },
    offsetTop: 160, offsetLeft: 120, clientTop: 0, clientLeft: 0, scrollTop: 0, scrollLeft: 0,
    getBoundingClientRect() { return box(width(this), height(this)); },
    getClientRects() { return visible(this) ? [box(width(this), height(this))] : []; },
    checkVisibility() { return visible(this); },
    scrollIntoView() {}, scrollTo() {}, scrollBy() {}, setPointerCapture() {}, releasePointerCapture() {}, requestFullscreen() { return Promise.resolve(); },
    animate() { return { cancel() {}, play() {}, pause() {}, finished: Promise.resolve(), addEventListener() {} }; },
    getAnimations() { return []; },
    getAttributeNames() { return Array.from(this.attributes, (attribute) => attribute.name); },
    toggleAttribute(name, force) {
      const set = force === undefined ? !this.hasAttribute(name) : force;
      if (set) this.setAttribute(name, "");
      else this.removeAttribute(name);
      return set;
    },
    webkitMatchesSelector(selector) { return this.matches(selector); },
    msMatchesSelector(selector) { return this.matches(selector); },
    attachShadow() {
      const root = this.ownerDocument.createDocumentFragment();
      Object.defineProperty(root, "host", { value: this });
      give(root, {
        get innerHTML() { return Array.from(root.childNodes, (node) => node.outerHTML || node.data || "").join(""); },
        set innerHTML(html) { root.replaceChildren(page.fragment(html)); },
        _select: (selector) => Array.from(root.querySelectorAll(selector)),
        mode: "open",
        getElementById: (id) => root.querySelector("#" + id),
        adoptedStyleSheets: [],
      });
      page.shadows.push(root);
      Object.defineProperty(this, "shadowRoot", { value: root, configurable: true });
      return root;
    },
    get shadowRoot() { return null; },
    get isConnected() { return Boolean(this.rooted); },
    get dataset() {
      const element = this;
      const attribute = (name) => "data-" + safe.String(name).replace(/[A-Z]/g, (c) => "-" + c.toLowerCase());
      return new Proxy({}, {
        get: (_, name) => (typeof name === "string" && element.hasAttribute(attribute(name)) ? element.getAttribute(attribute(name)) : undefined),
        set: (_, name, value) => { element.setAttribute(attribute(name), value); return true; },
        has: (_, name) => typeof name === "string" && element.hasAttribute(attribute(name)),
        deleteProperty: (_, name) => { element.removeAttribute(attribute(name)); return true; },
        ownKeys: () => Array.from(element.attributes, (each) => each.name).filter((name) => name.startsWith("data-")).map((name) => name.slice(5).replace(/-([a-z])/g, (_, c) => c.toUpperCase())),
        getOwnPropertyDescriptor: (_, name) => ({ value: element.getAttribute(attribute(name)), enumerable: true, configurable: true, writable: true }),
      });
    },
    insertAdjacentHTML(where, html) { page.insert(this, safe.String(where).toLowerCase(), page.fragment(html)); },
    insertAdjacentElement(where, element) { page.insert(this, safe.String(where).toLowerCase(), element); return element; },
    insertAdjacentText(where, text) { page.insert(this, safe.String(where).toLowerCase(), this.ownerDocument.createTextNode(text)); },
    replaceChildren(...nodes) {
      while (this.firstChild) this.removeChild(this.firstChild);
      this.append(...nodes);
    },
  });
  const parents = [Element.prototype, impl.Document.prototype, impl.DocumentFragment.prototype];
  const asNode = (value) => (value && value.nodeType ? value : document.createTextNode(safe.String(value)));
  for (const parent of parents) {
    give(parent, {
      append(...nodes) { for (const node of nodes) this.appendChild(asNode(node)); },
      prepend(...nodes) { const first = this.firstChild; for (const node of nodes) this.insertBefore(asNode(node), first); },
      moveBefore(node, before) { return this.insertBefore(node, before); },
    });
  }
  give(impl.DocumentFragment.prototype, { replaceChildren: Element.prototype.replaceChildren });
  give(impl.Node.prototype, {
    getRootNode() { let node = this; while (node.parentNode) node = node.parentNode; return node; },
  });
  for (const list of [impl.NodeList.prototype, document.getElementsByTagName("a").constructor.prototype]) {
    give(list, {
      forEach: Array.prototype.forEach, [Symbol.iterator]: Array.prototype[Symbol.iterator],
      keys: Array.prototype.keys, values: Array.prototype.values, entries: Array.prototype.entries,
      namedItem(name) { return Array.prototype.find.call(this, (each) => each.id === name || each.getAttribute("name") === name) || null; },
    });
    Object.defineProperty(list, Symbol.iterator, { value: Array.prototype[Symbol.iterator], configurable: true, writable: true });
  }

  const insert = {
    beforebegin: (element, node) => element.parentNode && element.parentNode.insertBefore(node, element),
    afterbegin: (element, node) => element.insertBefore(node, element.firstChild),
    beforeend: (element, node) => element.appendChild(node),
    afterend: (element, node) => element.parentNode && element.parentNode.insertBefore(node, element.nextSibling),
  };
  page.insert = (element, where, node) => { if (insert[where]) insert[where](element, node); };
  page.shadows = [];
  page.newDocument = (title) => {
    const made = safe.apply(createHTMLDocument, document.implementation, [title === undefined ? "" : safe.String(title)]);
    page.watch(made);
    return made;
  };
  // Parsed markup whose scripts do not run, as the browser has it for innerHTML.
  page.fragment = (html, context) => {
    const holder = (context || document).createElement("template");
    holder.innerHTML = safe.String(html);
    for (const script of Array.from(holder.content.querySelectorAll("script"))) page.inert.add(script);
    const fragment = document.createDocumentFragment();
    while (holder.content.firstChild) fragment.appendChild(holder.content.firstChild);
    return fragment;
  };
  const { createHTMLDocument } = impl.DOMImplementation.prototype;
  page.give(impl.DOMImplementation.prototype, { createHTMLDocument: (title) => page.newDocument(title), createDocument: () => page.newDocument(""), hasFeature: () => true });
  page.inert = new WeakSet();
  const innerHTML = Object.getOwnPropertyDescriptor(impl.HTMLElement.prototype, "innerHTML");
  Object.defineProperty(impl.HTMLElement.prototype, "innerHTML", {
    configurable: true,
    get: innerHTML.get,
    set(html) {
      if (this.localName === "template") {
        innerHTML.set.call(this, html);
        return;
      }
      const fragment = page.fragment(html === null ? "" : html);
      while (this.firstChild) this.removeChild(this.firstChild);
      this.appendChild(fragment);
    },
  });

  page.document = document;
  page.global({ document, customElements: { define() {}, get: () => undefined, whenDefined: () => new Promise(() => {}), upgrade() {} } });
  Object.defineProperty(document, "defaultView", { value: window, configurable: true });
})();
