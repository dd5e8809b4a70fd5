// Where the page is, and what the script asks of that: a question answered with no is told, so that another page can say yes.

(() => {
  const here = new URL(page.given.url);
  page.whereabouts = () => here.parts && { ...here.parts, parts: here.parts, href: here.href };
  page.origin = () => here.origin;

  page.navigate = (address, how) => {
    const text = safe.String(address);
    if (/^\s*javascript:/i.test(text)) page.evaluate(text.replace(/^\s*javascript:/i, ""));
    else if (!/^#/.test(text)) page.exit(how, text);
  };
  const location = {};
  const parts = { protocol: "protocol", host: "host", hostname: "hostname", port: "port", pathname: "pathname", search: "search" };
  for (const name of Object.keys(parts)) {
    Object.defineProperty(location, name, { enumerable: true, get: () => here[name], set: (value) => {
      const to = new URL(here.href);
      to[name] = value;
      page.navigate(to.href, "navigation");
    } });
  }
  Object.defineProperties(location, {
    href: { enumerable: true, get: () => here.href, set: (value) => page.navigate(value, "navigation") },
    origin: { enumerable: true, get: () => here.origin },
    hash: { enumerable: true, get: () => here.hash, set: (value) => { here.hash = value; page.dispatch(window, "hashchange", {}, "HashChangeEvent"); } },
    ancestorOrigins: { value: [] },
    assign: { value: function assign(address) { page.navigate(address, "navigation"); } },
    replace: { value: function replace(address) { page.navigate(address, "navigation"); } },
    reload: { value: function reload() {} },
    toString: { value: function toString() { return here.href; } },
    [Symbol.toPrimitive]: { value: undefined },
    [Symbol.toStringTag]: { value: "Location" },
  });
  const members = { configurable: false, get: () => location, set: (value) => page.navigate(value, "navigation") };
  Object.defineProperty(window, "location", members);
  Object.defineProperty(page.document, "location", { ...members, configurable: true });
  for (const name of ["URL", "documentURI", "baseURI"]) Object.defineProperty(page.document, name, { configurable: true, get: () => here.href });
  page.document._address = here.href;

  const moved = (state, address) => {
    if (address === undefined || address === null) return;
    const to = page.addresses.parse(safe.String(address), here.href);
    if (to !== null) Object.assign(here.parts, { path: to.path, query: to.query, hash: to.hash });
  };
  page.global({
    history: { length: 4, state: null, scrollRestoration: "auto", back() {}, forward() {}, go() {}, pushState(state, title, address) { this.state = state; moved(state, address); }, replaceState(state, title, address) { this.state = state; moved(state, address); } },
    navigation: undefined,
  });

  // Asked whether the address has this or that in it, and had to say no.
  let questions = 0;
  const asked = (text, wanted, kind) => {
    if (questions > 40 || typeof text !== "string" || text.length < 4 || text.length > 400) return;
    const host = here.host;
    const lower = safe.toLowerCase(text);
    const about = safe.indexOf(host, lower) >= 0 ? "host" : safe.indexOf(safe.toLowerCase(here.href), lower) >= 0 ? "address" : lower === page.given.referrer ? "referrer" : null;
    if (about === null || !page.calledByScript()) return;
    questions++;
    page.record.tell("asked", about, kind, safe.slice(safe.String(wanted), 0, 200));
  };
  const watch = (prototype, name, negative) => {
    const original = prototype[name];
    const wrapped = { [name](wanted, ...more) {
      const answer = safe.apply(original, this, [wanted, ...more]);
      if (negative(answer)) asked(this, wanted instanceof RegExp ? wanted.source : wanted, wanted instanceof RegExp ? "pattern" : "text");
      return answer;
    } }[name];
    Object.defineProperty(prototype, name, { value: wrapped, writable: true, configurable: true });
  };
  watch(String.prototype, "indexOf", (answer) => answer < 0);
  watch(String.prototype, "includes", (answer) => !answer);
  watch(String.prototype, "endsWith", (answer) => !answer);
  watch(String.prototype, "startsWith", (answer) => !answer);
  watch(String.prototype, "match", (answer) => answer === null);
  watch(String.prototype, "search", (answer) => answer < 0);
  const test = RegExp.prototype.test;
  Object.defineProperty(RegExp.prototype, "test", { writable: true, configurable: true, value: function (text) {
    text = typeof text === "string" ? text : safe.String(text);
    const answer = safe.apply(test, this, [text]);
    if (!answer && text.length > 3) asked(text, this.source, "pattern");
    return answer;
  } });
})();
