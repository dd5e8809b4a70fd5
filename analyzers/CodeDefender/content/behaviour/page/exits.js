// The ways out: each is told, none leads anywhere. Answers are what a server says that has nothing to say.

page.exits = 0;
page.exit = (how, address, body) => {
  const url = page.addresses.resolve(address);
  if (/^(?:about|javascript|mailto|tel|chrome-extension):/i.test(url)) return url;
  if (/^(?:data|blob):/i.test(url)) return url;
  // The page's own request to its own host: what others hook is seen where it goes on.
  if (page.ownRequest && page.addresses.parse(url).host === page.whereabouts().host) return url;
  page.record.tell("exit", how, url, body === undefined ? "" : body, page.place());
  if (++page.exits === page.given.enough) page.visit.leave();
  return url;
};

page.bodies = (() => {
  const blobs = new Map();

  // What a body would be on the wire, as text.
  const text = (body) => {
    if (body === undefined || body === null) return "";
    if (typeof body !== "object" && typeof body !== "function") return safe.String(body);
    if (body instanceof FormData) return body.entriesText();
    if (body instanceof Blob) return body.content;
    if (body instanceof ArrayBuffer) return bytes(new Uint8Array(body));
    if (ArrayBuffer.isView(body)) return bytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
    if (body.documentElement) return body.documentElement.outerHTML;
    return safe.String(body);
  };
  const bytes = (array) => {
    let made = "";
    const end = Math.min(array.length, 200000);
    for (let at = 0; at < end; at++) made += String.fromCharCode(array[at]);
    return made;
  };

  class Blob {
    constructor(parts = [], { type = "" } = {}) {
      Object.defineProperty(this, "content", { value: Array.from(parts, text).join("") });
      this.type = safe.String(type);
    }
    get size() { return this.content.length; }
    slice(from, to, type) { return new Blob([this.content.slice(from, to)], { type }); }
    text() { return Promise.resolve(this.content); }
    arrayBuffer() { return Promise.resolve(new TextEncoder().encode(this.content).buffer); }
    stream() { return {}; }
  }
  class File extends Blob {
    constructor(parts, name, options) { super(parts, options); this.name = safe.String(name); this.lastModified = page.given.now; }
  }
  class FormData {
    #pairs = [];
    constructor(form) {
      if (form) this.#pairs = page.forms.entries(form);
    }
    append(name, value) { this.#pairs.push([safe.String(name), typeof value === "object" ? value : safe.String(value)]); }
    set(name, value) { this.delete(name); this.append(name, value); }
    delete(name) { this.#pairs = this.#pairs.filter((pair) => pair[0] !== safe.String(name)); }
    get(name) { const pair = this.#pairs.find((each) => each[0] === safe.String(name)); return pair ? pair[1] : null; }
    getAll(name) { return this.#pairs.filter((pair) => pair[0] === safe.String(name)).map((pair) => pair[1]); }
    has(name) { return this.#pairs.some((pair) => pair[0] === safe.String(name)); }
    forEach(callback, self) { for (const [name, value] of this.#pairs) callback.call(self, value, name, this); }
    keys() { return this.#pairs.map((pair) => pair[0])[Symbol.iterator](); }
    values() { return this.#pairs.map((pair) => pair[1])[Symbol.iterator](); }
    entries() { return this.#pairs.map((pair) => [pair[0], pair[1]])[Symbol.iterator](); }
    [Symbol.iterator]() { return this.entries(); }
    entriesText() { return this.#pairs.map(([name, value]) => name + "=" + text(value)).join("&"); }
  }
  class FileReader {
    #read(result) {
      this.readyState = 2;
      this.result = result;
      page.clock.later(() => {
        for (const name of ["onload", "onloadend"]) if (typeof this[name] === "function") this[name]({ target: this, type: name.slice(2) });
      }, 5);
    }
    addEventListener(type, listener) { this["on" + type] = listener; }
    readAsText(blob) { this.#read(blob.content); }
    readAsBinaryString(blob) { this.#read(blob.content); }
    readAsDataURL(blob) { this.#read("data:" + blob.type + ";base64," + btoa(unescape(encodeURIComponent(blob.content)))); }
    readAsArrayBuffer(blob) { this.#read(new TextEncoder().encode(blob.content).buffer); }
  }
  page.global({ Blob, File, FormData, FileReader });
  return {
    text,
    keep(blob) {
      const url = "blob:" + page.origin() + "/" + (blobs.size + 1);
      blobs.set(url, blob instanceof Blob ? blob.content : "");
      return url;
    },
    // The text behind a data: or blob: address, or null.
    held(url) {
      if (blobs.has(url)) return blobs.get(url);
      const [, coded, data] = /^data:[^,]*?(;base64)?,([^]*)$/i.exec(url) || [];
      if (data === undefined) return null;
      try {
        return coded ? atob(decodeURIComponent(data)) : decodeURIComponent(data);
      } catch {
        return data;
      }
    },
  };
})();

(() => {
  class Headers {
    #pairs = new Map();
    constructor(from) {
      if (!from) return;
      if (typeof from[Symbol.iterator] === "function") for (const [name, value] of from) this.append(name, value);
      else for (const name of Object.keys(from)) this.append(name, from[name]);
    }
    append(name, value) { this.#pairs.set(safe.String(name).toLowerCase(), safe.String(value)); }
    set(name, value) { this.append(name, value); }
    get(name) { const value = this.#pairs.get(safe.String(name).toLowerCase()); return value === undefined ? null : value; }
    has(name) { return this.#pairs.has(safe.String(name).toLowerCase()); }
    delete(name) { this.#pairs.delete(safe.String(name).toLowerCase()); }
    forEach(callback, self) { this.#pairs.forEach((value, name) => callback.call(self, value, name, this)); }
    keys() { return this.#pairs.keys(); }
    values() { return this.#pairs.values(); }
    entries() { return this.#pairs.entries(); }
    [Symbol.iterator]() { return this.entries(); }
  }
  const headersText = (headers) => {
    let made = "";
    new Headers(headers).forEach((value, name) => { made += name + ": " + value + "\n"; });
    return made;
  };

  class Request {
    constructor(input, options = {}) {
      const from = typeof input === "object" && input instanceof Request ? input : null;
      this.url = page.addresses.resolve(from ? from.url : input);
      this.method = safe.String(options.method || (from && from.method) || "GET").toUpperCase();
      this.headers = new Headers(options.headers || (from && from.headers) || undefined);
      this.credentials = options.credentials || "same-origin";
      this.mode = options.mode || "cors";
      Object.defineProperty(this, "sent", { value: options.body === undefined ? from && from.sent : options.body });
    }
    clone() { return new Request(this); }
    text() { return Promise.resolve(page.bodies.text(this.sent)); }
  }
  class Response {
    #body;
    constructor(body = "", { status = 200, statusText = "OK", headers } = {}) {
      this.#body = page.bodies.text(body);
      Object.assign(this, { status, statusText, ok: status >= 200 && status < 300, headers: new Headers(headers), url: "", type: "basic", redirected: false, bodyUsed: false, body: null });
    }
    text() { return Promise.resolve(this.#body); }
    json() { return new Promise((resolve) => resolve(JSON.parse(this.#body || "{}"))); }
    blob() { return Promise.resolve(new Blob([this.#body])); }
    arrayBuffer() { return Promise.resolve(new TextEncoder().encode(this.#body).buffer); }
    formData() { return Promise.resolve(new FormData()); }
    clone() { return new Response(this.#body, this); }
  }

  function fetch(input, options) {
    return new Promise((resolve, reject) => {
      const request = new Request(input, options || {});
      const url = page.exit("fetch", request.url, headersText(request.headers) + page.bodies.text(request.sent));
      const held = page.bodies.held(url);
      page.clock.later(() => resolve(new Response(held === null ? "" : held, {})), 30);
      if (options && options.signal && options.signal.aborted) reject(new DOMException("aborted", "AbortError"));
    });
  }

  const XHR_EVENTS = ["readystatechange", "loadstart", "progress", "load", "loadend", "error", "abort", "timeout"];
  class XMLHttpRequest extends page.Target {
    #sent = { method: "GET", url: "", headers: "", async: true };
    constructor() {
      super();
      Object.assign(this, { readyState: 0, status: 0, statusText: "", responseText: "", response: "", responseXML: null, responseType: "", responseURL: "", timeout: 0, withCredentials: false, upload: new page.Target() });
      for (const name of XHR_EVENTS) this["on" + name] = null;
    }
    open(method, url, async = true) {
      this.#sent = { method: safe.String(method), url: page.addresses.resolve(url), headers: "", async };
      this.#become(1);
    }
    setRequestHeader(name, value) { this.#sent.headers += name + ": " + value + "\n"; }
    overrideMimeType() {}
    getAllResponseHeaders() { return this.readyState < 2 ? "" : "content-type: text/plain\r\n"; }
    getResponseHeader(name) { return /content-type/i.test(name) && this.readyState > 1 ? "text/plain" : null; }
    abort() {}
    send(body) {
      const url = page.exit("xhr", this.#sent.url, this.#sent.headers + page.bodies.text(body));
      const held = page.bodies.held(url);
      const answer = () => {
        Object.assign(this, { status: 200, statusText: "OK", responseURL: url, responseText: held || "", response: this.responseType === "json" ? {} : held || "" });
        this.#become(2);
        this.#become(3);
        this.#become(4);
        page.dispatch(this, "load");
        page.dispatch(this, "loadend");
      };
      if (this.#sent.async) page.clock.later(answer, 30);
      else answer();
    }
    #become(state) {
      this.readyState = state;
      page.dispatch(this, "readystatechange");
    }
  }
  for (const [name, value] of [["UNSENT", 0], ["OPENED", 1], ["HEADERS_RECEIVED", 2], ["LOADING", 3], ["DONE", 4]]) {
    XMLHttpRequest[name] = XMLHttpRequest.prototype[name] = value;
  }

  class WebSocket extends page.Target {
    constructor(url, protocols) {
      super();
      this.url = page.exit("websocket", url, protocols === undefined ? "" : safe.String(protocols));
      Object.assign(this, { readyState: 0, bufferedAmount: 0, protocol: "", extensions: "", binaryType: "blob", onopen: null, onmessage: null, onclose: null, onerror: null });
      page.clock.later(() => {
        this.readyState = 1;
        page.dispatch(this, "open");
      }, 20);
    }
    send(data) { page.exit("websocket", this.url, page.bodies.text(data)); }
    close() {
      this.readyState = 3;
      page.clock.later(() => page.dispatch(this, "close"), 1);
    }
  }
  for (const [name, value] of [["CONNECTING", 0], ["OPEN", 1], ["CLOSING", 2], ["CLOSED", 3]]) {
    WebSocket[name] = WebSocket.prototype[name] = value;
  }
  class EventSource extends page.Target {
    constructor(url) { super(); this.url = page.exit("event source", url); this.readyState = 1; }
    close() {}
  }
  class Worker extends page.Target {
    constructor(url) { super(); page.exit("worker", url); }
    postMessage() {}
    terminate() {}
  }
  // Data channels leave too: the other side is named by the servers that help to reach it, and by the description.
  class RTCPeerConnection extends page.Target {
    #servers = "";
    constructor(options) {
      super();
      const servers = (options && options.iceServers) || [];
      this.#servers = Array.from(servers, (server) => [].concat(server.urls || server.url || []).join(" ")).join(" ");
      this.iceGatheringState = "complete";
      this.signalingState = "stable";
      this.connectionState = "connected";
      this.localDescription = null;
    }
    #address() {
      const [, host] = /(?:\bstuns?|\bturns?):([^\s:?]+)/.exec(this.#servers) || [];
      const [, peer] = /(?:c=IN IP4 |candidate:[^\n]*? )(\d+\.\d+\.\d+\.\d+)/.exec(this.remote || "") || [];
      return "https://" + (peer && peer !== "0.0.0.0" ? peer : host || "peer.invalid") + "/";
    }
    createDataChannel(label) {
      const channel = new page.Target();
      Object.assign(channel, { label: safe.String(label), readyState: "open", bufferedAmount: 0, close: () => {} });
      channel.send = (data) => { page.exit("webrtc", this.#address(), page.bodies.text(data)); };
      page.clock.later(() => page.dispatch(channel, "open"), 40);
      return channel;
    }
    createOffer() { return Promise.resolve({ type: "offer", sdp: "v=0\r\n" }); }
    createAnswer() { return Promise.resolve({ type: "answer", sdp: "v=0\r\n" }); }
    setLocalDescription(description) { this.localDescription = description; return Promise.resolve(); }
    setRemoteDescription(description) { this.remote = safe.String(description && description.sdp); return Promise.resolve(); }
    addIceCandidate(candidate) { this.remote = (this.remote || "") + safe.String(candidate && candidate.candidate); return Promise.resolve(); }
    addTransceiver() {}
    close() {}
  }

  page.global({
    Headers, Request, Response, fetch, XMLHttpRequest, WebSocket, EventSource, Worker, SharedWorker: Worker,
    RTCPeerConnection, webkitRTCPeerConnection: RTCPeerConnection,
    RTCSessionDescription: function RTCSessionDescription(from) { return from; },
    RTCIceCandidate: function RTCIceCandidate(from) { return from; },
    importScripts: undefined,
    open: function open(address) {
      if (address) page.exit("window", address);
      return { closed: false, close() {}, focus() {}, postMessage() {}, document, location: { href: safe.String(address) } };
    },
  });
  page.sendBeacon = (url, body) => {
    page.exit("beacon", url, page.bodies.text(body));
    return true;
  };
})();
