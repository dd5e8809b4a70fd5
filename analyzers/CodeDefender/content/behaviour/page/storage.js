// What the browser keeps for the site, from one visit to the next.

(() => {
  const store = (name) => {
    const kept = new Map(Object.entries((page.given.storage && page.given.storage[name]) || {}));
    const methods = {
      getItem(key) { key = safe.String(key); return kept.has(key) ? kept.get(key) : null; },
      setItem(key, value) { put(safe.String(key), safe.String(value)); },
      removeItem(key) { kept.delete(safe.String(key)); page.record.tell("drop", name, key); },
      clear() { kept.clear(); page.record.tell("clear", name); },
      key(at) { return Array.from(kept.keys())[at] ?? null; },
    };
    const put = (key, value) => {
      kept.set(key, value);
      page.record.tell("keep", name, key, value);
    };
    return new Proxy(methods, {
      get: (_, key) => (key === "length" ? kept.size : typeof key === "string" && !(key in methods) ? (kept.has(key) ? kept.get(key) : undefined) : methods[key]),
      set: (_, key, value) => { put(safe.String(key), safe.String(value)); return true; },
      has: (_, key) => key in methods || kept.has(key),
      deleteProperty: (_, key) => { kept.delete(safe.String(key)); return true; },
      ownKeys: () => Array.from(kept.keys()),
      getOwnPropertyDescriptor: (_, key) => (kept.has(key) ? { value: kept.get(key), enumerable: true, configurable: true, writable: true } : undefined),
    });
  };
  page.global({ localStorage: store("localStorage"), sessionStorage: store("sessionStorage") });

  const cookies = new Map(Object.entries((page.given.storage && page.given.storage.cookie) || {}));
  Object.defineProperty(page.document, "cookie", {
    configurable: true,
    get: () => Array.from(cookies, ([name, value]) => name + "=" + value).join("; "),
    set(text) {
      const [, name, value] = /^\s*([^=;]*)=([^;]*)/.exec(safe.String(text)) || [];
      if (name === undefined) return;
      if (/max-age=(?:0|-)|expires=[^;]*(?:19\d\d|200\d|201\d)/i.test(text)) cookies.delete(name.trim());
      else {
        cookies.set(name.trim(), value.trim());
        page.record.tell("keep", "cookie", name.trim(), value.trim());
      }
    },
  });
  const request = (result) => {
    const made = { result, onsuccess: null, onerror: null, onupgradeneeded: null, addEventListener(type, listener) { this["on" + type] = listener; } };
    page.clock.later(() => {
      for (const name of ["onupgradeneeded", "onsuccess"]) if (typeof made[name] === "function") page.safely(() => made[name]({ target: made, type: name.slice(2) }), "database");
    }, 5);
    return made;
  };
  const table = { put: (value) => { page.record.tell("keep", "indexedDB", "", page.json(value)); return request(); }, add: (value) => { page.record.tell("keep", "indexedDB", "", page.json(value)); return request(); }, get: () => request(undefined), getAll: () => request([]), delete: () => request(), clear: () => request(), createIndex() {}, index: () => table, count: () => request(0), openCursor: () => request(null) };
  const database = { objectStoreNames: { contains: () => false, length: 0 }, createObjectStore: () => table, transaction: () => ({ objectStore: () => table, addEventListener() {} }), close() {} };
  page.global({ indexedDB: { open: () => request(database), deleteDatabase: () => request() }, caches: { open: () => Promise.resolve({ put() {}, match: () => Promise.resolve() }), match: () => Promise.resolve() } });
})();
