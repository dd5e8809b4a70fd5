// The browser around the page: an ordinary one, on an ordinary desk, with nobody looking over its shoulder.

(() => {
  const AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
  const plugin = (name) => ({ name, filename: "internal-pdf-viewer", description: "Portable Document Format", length: 1 });
  const plugins = ["PDF Viewer", "Chrome PDF Viewer", "Chromium PDF Viewer", "Microsoft Edge PDF Viewer", "WebKit built-in PDF"].map(plugin);
  class Navigator {}
  const navigator = Object.assign(new Navigator(), {
    userAgent: AGENT, appVersion: AGENT.slice(8), appName: "Netscape", appCodeName: "Mozilla", product: "Gecko", productSub: "20030107",
    vendor: "Google Inc.", vendorSub: "", platform: "Win32", language: "en-US", languages: ["en-US", "en"], onLine: true, cookieEnabled: true,
    doNotTrack: null, webdriver: false, hardwareConcurrency: 8, deviceMemory: 8, maxTouchPoints: 0, pdfViewerEnabled: true, plugins, mimeTypes: [{ type: "application/pdf" }],
    connection: { effectiveType: "4g", rtt: 50, downlink: 10, saveData: false, addEventListener() {} },
    geolocation: { getCurrentPosition() {}, watchPosition() {} }, permissions: { query: () => Promise.resolve({ state: "prompt", addEventListener() {} }) },
    serviceWorker: { register: (url) => { page.exit("worker", url); return Promise.resolve({ active: null, addEventListener() {} }); }, ready: new Promise(() => {}), addEventListener() {}, getRegistrations: () => Promise.resolve([]) },
    mediaDevices: { enumerateDevices: () => Promise.resolve([]), getUserMedia: () => Promise.reject(new Error("NotAllowedError")) },
    clipboard: { writeText: () => Promise.resolve(), readText: () => Promise.resolve("") },
    userAgentData: { mobile: false, platform: "Windows", brands: [{ brand: "Google Chrome", version: "142" }, { brand: "Chromium", version: "142" }], getHighEntropyValues: () => Promise.resolve({ platform: "Windows", platformVersion: "15.0.0" }) },
    sendBeacon: function sendBeacon(url, body) { return page.sendBeacon(url, body); },
    javaEnabled: () => false, vibrate: () => true, getBattery: () => Promise.resolve({ level: 0.8, charging: true, addEventListener() {} }), registerProtocolHandler() {},
  });
  const screen = { width: 1920, height: 1080, availWidth: 1920, availHeight: 1040, availTop: 0, availLeft: 0, colorDepth: 24, pixelDepth: 24, orientation: { type: "landscape-primary", angle: 0, addEventListener() {} } };

  // A console nobody has opened: it looks at nothing that it is given.
  const console = {};
  for (const name of ["log", "info", "warn", "error", "debug", "trace", "table", "dir", "dirxml", "group", "groupCollapsed", "groupEnd", "time", "timeEnd", "timeLog", "timeStamp", "count", "countReset", "assert", "clear", "profile", "profileEnd", "context"]) {
    console[name] = { [name]() {} }[name];
  }
  console.memory = { usedJSHeapSize: 21000000, totalJSHeapSize: 32000000, jsHeapSizeLimit: 4294705152 };

  const encoder = (text) => {
    const bytes = [];
    for (const c of unescape(encodeURIComponent(safe.String(text).toWellFormed()))) bytes.push(c.charCodeAt(0));
    return Uint8Array.from(bytes);
  };
  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return encoder(text); }
    encodeInto(text, into) { const bytes = encoder(text); into.set(bytes.subarray(0, into.length)); return { read: text.length, written: bytes.length }; }
  }
  class TextDecoder {
    get encoding() { return "utf-8"; }
    decode(bytes) {
      const text = page.bodies.text(bytes === undefined ? "" : bytes);
      try {
        return decodeURIComponent(escape(text));
      } catch {
        return text;
      }
    }
  }

  // Encryption as far as the test needs it: what comes out differs where what goes in differs.
  const bytesOf = (data) => (data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const stirred = (data, salt) => {
    const bytes = Uint8Array.from(bytesOf(data));
    let before = salt;
    for (let at = 0; at < bytes.length; at++) before = bytes[at] = (bytes[at] ^ (before * 31 + 17)) & 255;
    return bytes.buffer;
  };
  const digest = (data) => {
    const sums = new Uint32Array(8).fill(2166136261);
    bytesOf(data).forEach((byte, at) => { for (let n = 0; n < 8; n++) sums[n] = Math.imul(sums[n] ^ (byte + n * at), 16777619 + 2 * n); });
    return sums.buffer;
  };
  const key = { type: "public", extractable: true, algorithm: { name: "RSA-OAEP" }, usages: ["encrypt"] };
  const subtle = {
    encrypt: (_, __, data) => Promise.resolve(stirred(data, 7)), decrypt: (_, __, data) => Promise.resolve(bytesOf(data).buffer),
    digest: (_, data) => Promise.resolve(digest(data)), sign: (_, __, data) => Promise.resolve(digest(data)), verify: () => Promise.resolve(true),
    generateKey: () => Promise.resolve({ ...key, publicKey: key, privateKey: key }), importKey: () => Promise.resolve(key), exportKey: () => Promise.resolve({ kty: "RSA", n: "AQAB", e: "AQAB" }),
    deriveKey: () => Promise.resolve(key), deriveBits: () => Promise.resolve(new ArrayBuffer(32)), wrapKey: () => Promise.resolve(new ArrayBuffer(32)), unwrapKey: () => Promise.resolve(key),
  };
  const crypto = {
    subtle,
    getRandomValues(array) { for (let at = 0; at < array.length; at++) array[at] = Math.floor(page.clock.random() * 4294967296); return array; },
    randomUUID: () => "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => Math.floor(page.clock.random() * 16).toString(16)),
  };

  const context = new Proxy({}, {
    get: (_, name) => {
      if (name === "canvas") return undefined;
      if (name === "measureText") return () => ({ width: 80 });
      if (name === "getImageData") return () => ({ data: new Uint8ClampedArray(64), width: 4, height: 4 });
      if (name === "getParameter" || name === "getExtension") return () => null;
      if (name === "getSupportedExtensions") return () => [];
      return () => ({ addColorStop() {} });
    },
    set: () => true,
  });
  page.give(dom.impl.HTMLCanvasElement.prototype, {
    getContext: () => context, toDataURL: () => "data:image/png;base64,iVBORw0KGgo=", toBlob: (callback) => callback(new Blob(["png"])),
  });
  for (const name of ["HTMLVideoElement", "HTMLAudioElement", "HTMLMediaElement"]) {
    if (dom.impl[name]) page.give(dom.impl[name].prototype, { play: () => Promise.resolve(), pause() {}, load() {}, canPlayType: () => "maybe", paused: true, currentTime: 0, duration: 0, muted: false, volume: 1 });
  }

  class MessageChannel {
    constructor() {
      const port = () => Object.assign(new page.Target(), { onmessage: null, start() {}, close() {} });
      this.port1 = port();
      this.port2 = port();
      this.port1.postMessage = (data) => { page.clock.later(() => page.dispatch(this.port2, "message", { data }, "MessageEvent"), 0); };
      this.port2.postMessage = (data) => { page.clock.later(() => page.dispatch(this.port1, "message", { data }, "MessageEvent"), 0); };
    }
  }
  class AbortController {
    constructor() { this.signal = Object.assign(new page.Target(), { aborted: false, onabort: null, throwIfAborted() {} }); }
    abort() { this.signal.aborted = true; page.dispatch(this.signal, "abort"); }
  }
  class DOMParser {
    parseFromString(text) {
      const made = page.newDocument("");
      made.body.innerHTML = safe.String(text);
      return made;
    }
  }
  class XMLSerializer { serializeToString(node) { return node.outerHTML || node.documentElement.outerHTML; } }
  const media = (query) => ({ matches: /min-width|hover|light|no-preference/.test(query), media: safe.String(query), onchange: null, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} });
  const computed = (element) => new Proxy({}, { get: (_, name) => {
    if (name === "getPropertyValue") return (property) => (element.style ? element.style.getPropertyValue(property) : "");
    if (name === "display") return /display:\s*none/i.test(element.getAttribute ? element.getAttribute("style") || "" : "") ? "none" : "block";
    if (name === "visibility") return "visible";
    if (name === "opacity") return "1";
    return typeof name === "string" && element.style ? element.style[name] || "" : undefined;
  } });
  // JSON text of whatever a script hands over, without a word if it cannot be.
  page.json = (value) => {
    try {
      return JSON.stringify(value) || "";
    } catch {
      return "";
    }
  };

  class Node2D { constructor(...values) { this.values = values; } }
  page.global({
    navigator, clientInformation: navigator, Navigator, screen, console, crypto, Crypto: function Crypto() {}, TextEncoder, TextDecoder, MessageChannel, AbortController, AbortSignal: { timeout: () => new AbortController().signal, any: () => new AbortController().signal },
    DOMParser, XMLSerializer, BroadcastChannel: class BroadcastChannel extends page.Target { postMessage() {} close() {} },
    innerWidth: 1903, innerHeight: 969, outerWidth: 1920, outerHeight: 1056, screenX: 0, screenY: 0, screenLeft: 0, screenTop: 0,
    pageXOffset: 0, pageYOffset: 0, scrollX: 0, scrollY: 0, devicePixelRatio: 1, isSecureContext: true, crossOriginIsolated: false, origin: undefined,
    name: "", closed: false, length: 0, status: "", opener: null, frameElement: null, external: {}, event: undefined,
    chrome: { runtime: undefined, app: { isInstalled: false }, csi() {}, loadTimes: () => ({}) }, trustedTypes: undefined,
    matchMedia: media, getComputedStyle: computed, alert() {}, confirm: () => true, prompt: () => null, print() {}, focus() {}, blur() {}, close() {}, stop() {}, find: () => false,
    scroll() {}, scrollTo() {}, scrollBy() {}, moveTo() {}, resizeTo() {}, getSelection: () => ({ toString: () => "", rangeCount: 0, removeAllRanges() {}, addRange() {}, getRangeAt: () => document.createRange() }),
    postMessage: (data, origin) => { page.clock.later(() => page.dispatch(window, "message", { data, origin: page.origin(), source: window }, "MessageEvent"), 1); },
    structuredClone: (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value))),
    reportError() {}, CSS: { supports: () => true, escape: (text) => safe.String(text).replace(/[^\w-]/g, "\\$&") },
    Notification: Object.assign(function Notification() {}, { permission: "default", requestPermission: () => Promise.resolve("default") }),
    AudioContext: undefined, SpeechSynthesisUtterance: Node2D, DOMRect: Node2D, DOMPoint: Node2D,
    visualViewport: { width: 1903, height: 969, scale: 1, offsetLeft: 0, offsetTop: 0, pageLeft: 0, pageTop: 0, addEventListener() {}, removeEventListener() {} },
    frames: window, self: window, parent: window, top: window, window,
    Intl: {
      DateTimeFormat: function DateTimeFormat() { return { format: (date) => safe.String(date), formatToParts: () => [], resolvedOptions: () => ({ timeZone: "America/New_York", locale: "en-US" }) }; },
      NumberFormat: function NumberFormat() { return { format: (value) => safe.String(value), formatToParts: () => [], resolvedOptions: () => ({ locale: "en-US" }) }; },
      Collator: function Collator() { return { compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0) }; },
      PluralRules: function PluralRules() { return { select: () => "other" }; },
    },
  });

  // Its own functions read as the browser's do.
  const sourceOf = Function.prototype.toString;
  const toString = function toString() {
    if (typeof this === "function" && page.isOurs(this)) return "function " + (this.name || "") + "() { [native code] }";
    return safe.apply(sourceOf, this, []);
  };
  Object.defineProperty(Function.prototype, "toString", { value: toString, writable: true, configurable: true });
  for (const name of ["fileName", "lineNumber", "columnNumber"]) delete Function.prototype[name];
  Object.defineProperty(window, Symbol.toStringTag, { value: "Window", configurable: true });
  for (const name of ["HTMLDocument"]) Object.defineProperty(page.document, Symbol.toStringTag, { value: name, configurable: true });
  for (const name of Object.keys(dom.impl)) {
    const { prototype } = dom.impl[name];
    if (prototype && !Object.hasOwn(prototype, Symbol.toStringTag)) Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  }
})();
