// What a page loads as soon as an address stands in it: images, scripts, frames, styles. Scripts in the text run.

(() => {
  const { impl, Element, MUTATION } = dom;
  const ran = new WeakSet();
  const asked = new WeakMap();

  const HOW = { img: "image", script: "script", iframe: "frame", frame: "frame", embed: "embed", object: "embed", audio: "media", video: "media", source: "media", track: "media", link: "link", input: "image", image: "image", use: "image", body: "image", table: "image", td: "image" };
  const FETCHED = { src: true, data: true, srcset: true, poster: true, background: true };

  const ask = (element, address, how) => {
    let before = asked.get(element);
    if (before === undefined) asked.set(element, (before = new Set()));
    if (before.has(address)) return;
    before.add(address);
    const url = page.exit(how, address);
    const broken = how === "image" && !/[./:]/.test(safe.String(address));
    if (how === "image" || how === "media") page.clock.later(() => page.dispatch(element, broken ? "error" : "load"), 5);
  };

  // An address in a style, wherever the style stands.
  page.style = (text) => {
    const urls = /url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]*))\s*\)|@import\s+["']([^"']+)["']/gi;
    for (const [, double, single, bare, imported] of safe.String(text).matchAll(urls)) {
      const address = double || single || bare || imported;
      if (address && !/^data:/i.test(address)) page.exit("style", address);
    }
  };

  const RELS = /stylesheet|icon|preload|prefetch|preconnect|modulepreload|prerender/i;
  const attributeChanged = (element, name, value) => {
    const tag = element.localName;
    if (name === "style") page.style(value);
    else if (tag === "a" && name === "ping") page.exit("ping", value);
    else if (tag === "link" && (name === "href" || name === "rel")) {
      const href = element.getAttribute("href");
      if (href && RELS.test(element.getAttribute("rel") || "")) ask(element, href, "link");
    } else if ((tag === "image" || tag === "use") && /href$/.test(name)) ask(element, value, "image");
    else if (tag === "meta" && name === "content") refresh(element);
    else if (FETCHED[name] && HOW[tag] && !(tag === "script" && name !== "src")) {
      if (tag === "script" && page.inert.has(element)) return;
      if (tag === "script" || tag === "iframe") {
        if (element.rooted) load(element);
        else if (value && !/^(?:data|blob|javascript|about):/i.test(value)) ask(element, value, HOW[tag]);
      } else if (name === "srcset") for (const part of value.split(",")) ask(element, part.trim().split(/\s+/)[0], HOW[tag]);
      else if (value) ask(element, value, HOW[tag]);
    }
  };
  const refresh = (element) => {
    if (!/^refresh$/i.test(element.getAttribute("http-equiv") || "")) return;
    const [, address] = /url\s*=\s*['"]?([^'"]+)/i.exec(element.getAttribute("content") || "") || [];
    if (address) page.navigate(address, "navigation");
  };

  // Attributes tell us of their change; those that hold code become handlers.
  const handlers = Element.prototype._attributeChangeHandlers;
  for (const name of ["src", "data", "srcset", "poster", "background", "style", "href", "xlink:href", "rel", "ping", "content"]) {
    const before = handlers[name];
    handlers[name] = (element, attribute, old, value) => {
      if (before) before(element, attribute, old, value);
      if (value !== null && value !== undefined) attributeChanged(element, attribute, safe.String(value));
    };
  }
  const compiled = (element, attribute, old, value) => {
    let run = null;
    element[attribute] = value === null || value === undefined ? null : function (event) {
      if (run === null) run = page.safely(() => new Function("event", value), attribute) || (() => {});
      return safe.apply(run, this, [event]);
    };
  };
  for (const name of Object.keys(impl)) {
    const prototype = impl[name].prototype;
    const own = prototype && Object.getOwnPropertyDescriptor(prototype, "_attributeChangeHandlers");
    if (!own) continue;
    for (const attribute of Object.keys(own.value)) if (/^on/.test(attribute)) own.value[attribute] = compiled;
  }

  const SCRIPT = /^(?:|text\/javascript|application\/javascript|text\/ecmascript|module|application\/x-javascript|text\/jscript)$/i;
  const runScript = (element) => {
    if (ran.has(element) || page.inert.has(element) || !SCRIPT.test(element.getAttribute("type") || "")) return;
    const source = element.getAttribute("src");
    if (source) {
      ran.add(element);
      const held = page.bodies.held(source);
      if (held !== null) runText(element, held);
      else ask(element, source, "script");
      page.clock.later(() => page.dispatch(element, "load"), 20);
    } else if (element.textContent) {
      ran.add(element);
      runText(element, element.textContent);
    }
  };
  const runText = (element, text) => {
    const before = page.currentScript;
    page.currentScript = element;
    page.evaluate(text);
    page.currentScript = before;
  };

  const load = (element) => {
    if (element.localName === "script") runScript(element);
    else if (element.localName === "iframe" || element.localName === "frame") loadFrame(element);
    else if (element.localName === "style") page.style(element.textContent);
    else if (element.localName === "meta") refresh(element);
    else if (element.localName === "form" || element.closest("form")) page.forms.name(element.localName === "form" ? element : element.closest("form"));
  };

  // Frames: a document of their own for those that the page fills itself, and a window to talk to.
  const frames = new WeakMap();
  const frameOf = (element) => {
    let frame = frames.get(element);
    if (frame !== undefined) return frame;
    const inside = page.newDocument("");
    const address = () => page.addresses.resolve(element.getAttribute("src") || "about:blank");
    frame = Object.create(window);
    Object.defineProperty(inside, "defaultView", { value: frame, configurable: true });
    Object.defineProperty(inside, "readyState", { value: "complete", configurable: true });
    for (const [name, value] of Object.entries({
      document: inside, window: frame, self: frame, parent: window, top: window, frameElement: element, length: 0,
      location: { get href() { return address(); }, set href(to) { page.exit("frame", to); }, replace(to) { page.exit("frame", to); }, toString: address },
      postMessage(message) {
        const to = address();
        if (/^https?:/i.test(to)) page.exit("message", to, typeof message === "object" ? page.json(message) : message);
      },
      addEventListener() {}, removeEventListener() {}, close() {}, focus() {},
    })) Object.defineProperty(frame, name, { value, configurable: true, writable: true });
    page.frames.push(inside);
    frames.set(element, frame);
    return frame;
  };
  page.frames = [];
  const loadFrame = (element) => {
    const source = element.getAttribute("src");
    const own = element.getAttribute("srcdoc");
    if (own !== null) page.write(frameOf(element).document, own);
    else if (source && /^javascript:/i.test(source)) page.evaluate(source.slice(11));
    else if (source && /^(?:data|blob):/i.test(source)) page.write(frameOf(element).document, page.bodies.held(source) || "");
    else if (source && !/^about:/i.test(source)) ask(element, source, "frame");
    page.clock.later(() => page.dispatch(element, "load"), 20);
  };
  page.give(impl.HTMLIFrameElement.prototype, {
    get contentWindow() { return this.rooted ? frameOf(this) : null; },
    get contentDocument() { return this.rooted && !/^https?:/i.test(this.getAttribute("src") || "") ? frameOf(this).document : null; },
    get srcdoc() { return this.getAttribute("srcdoc") || ""; },
    set srcdoc(value) { this.setAttribute("srcdoc", value); if (this.rooted) page.write(frameOf(this).document, safe.String(value)); },
  });

  // Everybody who observes, and the loading of what is put in.
  const observers = new Set();
  class MutationObserver {
    #callback;
    #targets = [];
    #records = [];
    constructor(callback) { this.#callback = callback; }
    observe(target, options = {}) { page.stir(); this.#targets.push([target, options]); observers.add(this); }
    disconnect() { this.#targets = []; observers.delete(this); }
    takeRecords() { const taken = this.#records; this.#records = []; return taken; }
    static notice(record) {
      for (const observer of observers) {
        const wanted = observer.#targets.some(([target, options]) =>
          (target === record.target || (options.subtree && target.contains && target.contains(record.target))) && (record.type === "childList" ? options.childList : record.type === "attributes" ? options.attributes || options.attributeFilter : options.characterData));
        if (!wanted || observer.#records.length > 500) continue;
        observer.#records.push(record);
        if (observer.#records.length === 1) {
          Promise.resolve().then(() => page.safely(() => {
            const records = observer.takeRecords();
            if (records.length) safe.apply(observer.#callback, observer, [records, observer]);
          }, "mutation observer"));
        }
      }
    }
  }
  const quiet = (members) => ({ addedNodes: [], removedNodes: [], attributeName: null, oldValue: null, previousSibling: null, nextSibling: null, ...members });
  const changed = (event) => {
    if (event.type === MUTATION.INSERT) {
      const node = event.node || event.target;
      if (node.nodeType === 1) {
        load(node);
        if (node.firstChild) for (const each of node._select("script, iframe, style, meta, form, link")) load(each);
      } else if (node.parentNode && node.parentNode.localName === "script") runScript(node.parentNode);
      else if (node.parentNode && node.parentNode.localName === "style") page.style(node.data);
    }
    if (observers.size === 0) return;
    if (event.type === MUTATION.INSERT) MutationObserver.notice(quiet({ type: "childList", target: event.node.parentNode || event.target, addedNodes: [event.node] }));
    else if (event.type === MUTATION.REMOVE) MutationObserver.notice(quiet({ type: "childList", target: event.target, removedNodes: [event.node] }));
    else if (event.type === MUTATION.ATTR) MutationObserver.notice(quiet({ type: "attributes", target: event.target, attributeName: event.attr.name }));
    else if (event.type === MUTATION.VALUE) MutationObserver.notice(quiet({ type: "characterData", target: event.target }));
  };
  page.watch = (document) => document._setMutationHandler(changed);

  class Observer {
    #callback;
    constructor(callback) { this.#callback = callback; }
    observe(target) {
      const box = target && target.getBoundingClientRect ? target.getBoundingClientRect() : {};
      page.clock.later(() => this.#callback([{ target, isIntersecting: true, intersectionRatio: 1, boundingClientRect: box, contentRect: box, getEntries: () => [] }], this), 10);
    }
    unobserve() {}
    disconnect() {}
    takeRecords() { return []; }
  }
  class PerformanceObserver {
    observe() {}
    disconnect() {}
    takeRecords() { return []; }
    static supportedEntryTypes = [];
  }
  page.global({ MutationObserver, WebKitMutationObserver: MutationObserver, IntersectionObserver: class IntersectionObserver extends Observer {}, ResizeObserver: class ResizeObserver extends Observer {}, PerformanceObserver, ReportingObserver: PerformanceObserver });

  // Sheets of styles that a script writes rule by rule.
  page.give(Element.prototype, {
    get sheet() {
      if (this.localName !== "style" && this.localName !== "link") return undefined;
      const rules = [];
      return { cssRules: rules, rules, href: this.getAttribute("href"), ownerNode: this, disabled: false, insertRule(text) { page.style(text); rules.push({ cssText: safe.String(text) }); return 0; }, addRule(selector, text) { page.style(text); return -1; }, deleteRule() {} };
    },
  });
  page.global({
    CSSStyleSheet: class CSSStyleSheet { insertRule(text) { page.style(text); return 0; } replaceSync(text) { page.style(text); } replace(text) { page.style(text); return Promise.resolve(this); } get cssRules() { return []; } },
    FontFace: class FontFace { constructor(family, source) { page.style(source); } load() { return Promise.resolve(this); } },
  });

  // document.write: into the body, and there scripts do run.
  page.write = (document, html) => {
    const holder = page.document.createElement("template");
    holder.innerHTML = html;
    const body = document.body || document.documentElement;
    while (holder.content.firstChild) body.appendChild(holder.content.firstChild);
  };
  page.watch(page.document);
})();
