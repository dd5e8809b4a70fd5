// URL and URLSearchParams: the engine has none.

page.addresses = (() => {
  const PARTS = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#\\]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is;
  const PORTS = { http: "80", https: "443", ws: "80", wss: "443" };

  const clean = (text) => safe.String(text).replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, "").replace(/[\t\n\r]/g, "");
  const escape = (text) => text.replace(/[^\u0021-\u007e]|["<>`{}]/gu, (c) => {
    try {
      return encodeURIComponent(c);
    } catch {
      return "%EF%BF%BD";
    }
  });

  const withoutDots = (path) => {
    const kept = [];
    const parts = path.split("/");
    parts.forEach((part, at) => {
      if (part === "..") {
        if (kept.length > 1) kept.pop();
        if (at === parts.length - 1) kept.push("");
      } else if (part === ".") {
        if (at === parts.length - 1) kept.push("");
      } else kept.push(part);
    });
    return kept.join("/");
  };

  // Parts of an absolute address, or null.
  const parse = (text, base) => {
    text = clean(text);
    let [, scheme, authority, path, query = "", hash = ""] = PARTS.exec(text) || [];
    if (path === undefined) return null;
    if (scheme === undefined) {
      if (base === undefined || base === null) return null;
      const from = typeof base === "object" && base.parts ? base.parts : parse(base);
      if (from === null || from.opaque) return null;
      scheme = from.scheme;
      if (authority === undefined) {
        authority = from.authority;
        if (path === "") {
          path = from.path;
          if (!query) query = from.query;
        } else if (!path.startsWith("/")) {
          path = from.path.slice(0, from.path.lastIndexOf("/") + 1) + path;
        }
      }
    }
    scheme = scheme.toLowerCase();
    if (authority === undefined && !(scheme in PORTS)) return { scheme, opaque: true, authority: "", host: "", port: "", user: "", path, query, hash };
    if (authority === undefined) {
      const [, rest, after] = /^[\\/]*([^/\\]*)([^]*)$/.exec(path);
      authority = rest;
      path = after;
    }
    const at = authority.lastIndexOf("@");
    const user = at < 0 ? "" : authority.slice(0, at);
    const [, host, port = ""] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1)) || [];
    if (host === undefined || (host === "" && scheme in PORTS)) return null;
    return {
      scheme,
      opaque: false,
      authority: (user && user + "@") + host.toLowerCase() + (port && port !== PORTS[scheme] ? ":" + port : ""),
      user,
      host: escape(host.toLowerCase()),
      port: port === PORTS[scheme] ? "" : port,
      path: escape(withoutDots(path.replace(/\\/g, "/") || "/")),
      query: query === "?" ? "" : escape(query),
      hash: hash === "#" ? "" : escape(hash),
    };
  };

  const text = (parts) => parts.scheme + ":" + (parts.opaque ? "" : "//" + parts.authority) + parts.path + parts.query + parts.hash;

  const decode = (value) => {
    try {
      return decodeURIComponent(value.replace(/\+/g, " "));
    } catch {
      return value;
    }
  };
  const encode = (value) => encodeURIComponent(safe.String(value).toWellFormed()).replace(/%20/g, "+").replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

  class URLSearchParams {
    #pairs = [];
    #changed = null;
    constructor(from, changed) {
      if (changed instanceof Changed) this.#changed = changed.run;
      if (from === undefined || from === null) return;
      if (typeof from === "object" && typeof from[Symbol.iterator] === "function") {
        for (const [name, value] of from) this.#pairs.push([safe.String(name), safe.String(value)]);
      } else if (typeof from === "object") {
        for (const name of Object.keys(from)) this.#pairs.push([name, safe.String(from[name])]);
      } else {
        for (const pair of safe.String(from).replace(/^\?/, "").split("&")) {
          if (pair === "") continue;
          const at = pair.indexOf("=");
          this.#pairs.push(at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]);
        }
      }
    }
    #tell() { if (this.#changed) this.#changed(this.toString()); }
    append(name, value) { this.#pairs.push([safe.String(name), safe.String(value)]); this.#tell(); }
    delete(name) { this.#pairs = this.#pairs.filter((pair) => pair[0] !== safe.String(name)); this.#tell(); }
    get(name) { const pair = this.#pairs.find((each) => each[0] === safe.String(name)); return pair ? pair[1] : null; }
    getAll(name) { return this.#pairs.filter((pair) => pair[0] === safe.String(name)).map((pair) => pair[1]); }
    has(name) { return this.#pairs.some((pair) => pair[0] === safe.String(name)); }
    set(name, value) {
      const pair = this.#pairs.find((each) => each[0] === safe.String(name));
      if (pair) pair[1] = safe.String(value);
      else this.#pairs.push([safe.String(name), safe.String(value)]);
      this.#tell();
    }
    sort() { this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)); this.#tell(); }
    forEach(callback, self) { for (const [name, value] of this.#pairs) callback.call(self, value, name, this); }
    keys() { return this.#pairs.map((pair) => pair[0])[Symbol.iterator](); }
    values() { return this.#pairs.map((pair) => pair[1])[Symbol.iterator](); }
    entries() { return this.#pairs.map((pair) => [pair[0], pair[1]])[Symbol.iterator](); }
    [Symbol.iterator]() { return this.entries(); }
    get size() { return this.#pairs.length; }
    toString() { return this.#pairs.map(([name, value]) => encode(name) + "=" + encode(value)).join("&"); }
  }
  class Changed {
    constructor(run) { this.run = run; }
  }

  class URL {
    constructor(address, base) {
      const from = base === undefined ? undefined : parse(base);
      const parts = from === null ? null : parse(address, from === undefined ? undefined : { parts: from });
      if (parts === null) throw new TypeError(`Failed to construct 'URL': Invalid URL`);
      Object.defineProperty(this, "parts", { value: parts });
      const params = new URLSearchParams(parts.query, new Changed((query) => { parts.query = query && "?" + query; }));
      Object.defineProperty(this, "searchParams", { value: params });
    }
    static canParse(address, base) { return parse(address, base) !== null; }
    static createObjectURL(blob) { return page.bodies.keep(blob); }
    static revokeObjectURL() {}
    get href() { return text(this.parts); }
    set href(value) { Object.assign(this.parts, parse(value) || {}); }
    get origin() { return this.parts.opaque ? "null" : this.protocol + "//" + this.host; }
    get protocol() { return this.parts.scheme + ":"; }
    set protocol(value) { this.parts.scheme = safe.String(value).replace(/:.*$/s, ""); }
    get host() { return this.parts.host + (this.parts.port && ":" + this.parts.port); }
    set host(value) { this.hostname = safe.String(value).replace(/:\d+$/, ""); }
    get hostname() { return this.parts.host; }
    set hostname(value) { this.parts.host = this.parts.authority = safe.String(value).toLowerCase(); }
    get port() { return this.parts.port; }
    set port(value) { this.parts.port = safe.String(value); this.parts.authority = this.host; }
    get pathname() { return this.parts.path; }
    set pathname(value) { this.parts.path = "/" + escape(safe.String(value).replace(/^\//, "")); }
    get search() { return this.parts.query; }
    set search(value) { this.parts.query = value ? "?" + escape(safe.String(value).replace(/^\?/, "")) : ""; }
    get hash() { return this.parts.hash; }
    set hash(value) { this.parts.hash = value ? "#" + escape(safe.String(value).replace(/^#/, "")) : ""; }
    get username() { return this.parts.user.split(":")[0]; }
    get password() { return this.parts.user.split(":")[1] || ""; }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  page.global({ URL, URLSearchParams, webkitURL: URL });

  return {
    parse,
    text,
    // An address as the page would ask for it: absolute, or as it stands where it is none.
    resolve(address, base) {
      const parts = parse(address, base || page.whereabouts());
      return parts === null ? safe.String(address) : text(parts);
    },
  };
})();
