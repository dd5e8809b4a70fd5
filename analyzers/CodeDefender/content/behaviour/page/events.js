// Events, and whatever can have listeners: the window, every node, and what a script makes of EventTarget.

(() => {
  const kept = new WeakMap();
  const listenersOf = (target) => {
    let list = kept.get(target);
    if (list === undefined) kept.set(target, (list = []));
    return list;
  };
  const captures = (options) => (typeof options === "object" && options !== null ? Boolean(options.capture) : Boolean(options));

  class Event {
    constructor(type, options = {}) {
      this.type = safe.String(type);
      this.bubbles = Boolean(options.bubbles);
      this.cancelable = Boolean(options.cancelable);
      this.composed = Boolean(options.composed);
      this.target = this.currentTarget = this.srcElement = null;
      this.eventPhase = 0;
      this.defaultPrevented = false;
      this.timeStamp = page.clock ? page.clock.elapsed() : 0;
      this.isTrusted = false;
      this.stopped = 0;
      this.path = [];
    }
    get returnValue() { return !this.defaultPrevented; }
    set returnValue(value) { if (!value) this.preventDefault(); }
    get cancelBubble() { return this.stopped > 0; }
    set cancelBubble(value) { if (value) this.stopPropagation(); }
    composedPath() { return this.path.slice(); }
    preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
    stopPropagation() { this.stopped = Math.max(this.stopped, 1); }
    stopImmediatePropagation() { this.stopped = 2; }
    initEvent(type, bubbles, cancelable) { Object.assign(this, { type: safe.String(type), bubbles: Boolean(bubbles), cancelable: Boolean(cancelable) }); }
  }
  for (const [name, value] of [["NONE", 0], ["CAPTURING_PHASE", 1], ["AT_TARGET", 2], ["BUBBLING_PHASE", 3]]) {
    Event[name] = Event.prototype[name] = value;
  }

  // A kind of event is a name and what its dictionary may say besides.
  const kind = (name, base, defaults) => {
    const keys = Object.keys(defaults);
    const made = { [name]: class extends base {
      constructor(type, options = {}) {
        super(type, options);
        for (const key of keys) this[key] = key in options ? options[key] : defaults[key];
      }
    } }[name];
    return made;
  };
  const UIEvent = kind("UIEvent", Event, { view: null, detail: 0, which: 0 });
  const modifiers = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };
  const MouseEvent = kind("MouseEvent", UIEvent, { clientX: 0, clientY: 0, screenX: 0, screenY: 0, pageX: 0, pageY: 0, offsetX: 0, offsetY: 0, movementX: 0, movementY: 0, button: 0, buttons: 0, relatedTarget: null, ...modifiers });
  const kinds = {
    Event, UIEvent, MouseEvent,
    CustomEvent: kind("CustomEvent", Event, { detail: null }),
    KeyboardEvent: kind("KeyboardEvent", UIEvent, { key: "", code: "", keyCode: 0, charCode: 0, location: 0, repeat: false, isComposing: false, ...modifiers }),
    InputEvent: kind("InputEvent", UIEvent, { data: null, inputType: "", isComposing: false }),
    FocusEvent: kind("FocusEvent", UIEvent, { relatedTarget: null }),
    PointerEvent: kind("PointerEvent", MouseEvent, { pointerId: 1, pointerType: "mouse", isPrimary: true, pressure: 0 }),
    WheelEvent: kind("WheelEvent", MouseEvent, { deltaX: 0, deltaY: 0, deltaMode: 0 }),
    TouchEvent: kind("TouchEvent", UIEvent, { touches: [], changedTouches: [], targetTouches: [] }),
    SubmitEvent: kind("SubmitEvent", Event, { submitter: null }),
    ClipboardEvent: kind("ClipboardEvent", Event, { clipboardData: null }),
    MessageEvent: kind("MessageEvent", Event, { data: null, origin: "", source: null, ports: [] }),
    StorageEvent: kind("StorageEvent", Event, { key: null, oldValue: null, newValue: null, url: "" }),
    PopStateEvent: kind("PopStateEvent", Event, { state: null }),
    HashChangeEvent: kind("HashChangeEvent", Event, { oldURL: "", newURL: "" }),
    ProgressEvent: kind("ProgressEvent", Event, { lengthComputable: false, loaded: 0, total: 0 }),
    PageTransitionEvent: kind("PageTransitionEvent", Event, { persisted: false }),
    BeforeUnloadEvent: kind("BeforeUnloadEvent", Event, {}),
    ErrorEvent: kind("ErrorEvent", Event, { message: "", filename: "", lineno: 0, colno: 0, error: null }),
    TransitionEvent: kind("TransitionEvent", Event, { propertyName: "", elapsedTime: 0 }),
    AnimationEvent: kind("AnimationEvent", Event, { animationName: "", elapsedTime: 0 }),
    PromiseRejectionEvent: kind("PromiseRejectionEvent", Event, { reason: undefined, promise: null }),
    DragEvent: kind("DragEvent", MouseEvent, { dataTransfer: null }),
  };
  kinds.CustomEvent.prototype.initCustomEvent = function initCustomEvent(type, bubbles, cancelable, detail) {
    this.initEvent(type, bubbles, cancelable);
    this.detail = detail;
  };
  MouseEvent.prototype.initMouseEvent = UIEvent.prototype.initUIEvent = kinds.KeyboardEvent.prototype.initKeyboardEvent = function initUIEvent(type, bubbles, cancelable) {
    this.initEvent(type, bubbles, cancelable);
  };

  const addEventListener = function addEventListener(type, listener, options) {
    if (!listener || (typeof listener !== "function" && typeof listener !== "object")) return;
    const target = this === undefined || this === null ? window : this;
    page.stir();
    const list = listenersOf(target);
    const capture = captures(options);
    type = safe.String(type);
    if (list.some((each) => each.type === type && each.listener === listener && each.capture === capture)) return;
    const once = Boolean(options && options.once);
    list.push({ type, listener, capture, once });
    if (options && options.signal) listenersOf(options.signal).push({ type: "abort", listener: () => safe.apply(removeEventListener, target, [type, listener, options]), capture: false, once: true });
  };
  const removeEventListener = function removeEventListener(type, listener, options) {
    const target = this === undefined || this === null ? window : this;
    const capture = captures(options);
    const list = listenersOf(target);
    const at = list.findIndex((each) => each.type === safe.String(type) && each.listener === listener && each.capture === capture);
    if (at >= 0) list.splice(at, 1);
  };

  const handlerOf = (target, type) => {
    if (target._handlers) return target._handlers[type];
    if (target.nodeType) return undefined;
    const own = target["on" + type];
    return typeof own === "function" ? own : undefined;
  };

  // Runs what listens on one target. `capturing` is null at the target itself.
  const call = (target, event, capturing) => {
    if (!kept.has(target) && !target._handlers && target.nodeType) return;
    event.currentTarget = target;
    const handler = capturing === true ? undefined : handlerOf(target, event.type);
    if (typeof handler === "function") {
      const answer = page.safely(() => safe.apply(handler, target, [event]), "on" + event.type);
      if (answer === false) event.preventDefault();
      if (event.type === "beforeunload" && typeof answer === "string") event.preventDefault();
    }
    const list = kept.get(target);
    if (list === undefined || list.length === 0) return;
    for (const each of list.slice()) {
      if (event.stopped === 2) return;
      if (each.type !== event.type || (capturing !== null && each.capture !== capturing)) continue;
      if (each.once) safe.apply(removeEventListener, target, [each.type, each.listener, each.capture]);
      page.safely(() => {
        if (typeof each.listener === "function") safe.apply(each.listener, target, [event]);
        else if (each.listener && typeof each.listener.handleEvent === "function") each.listener.handleEvent(event);
      }, "listener of " + event.type);
    }
  };

  const pathOf = (target, type) => {
    const path = [];
    for (let node = target.parentNode || target.host; node; node = node.parentNode || node.host) path.push(node);
    const last = path.length ? path[path.length - 1] : target;
    if (last.nodeType === 9 && type !== "load") path.push(last.defaultView || window);
    return path;
  };

  const send = (target, event) => {
    event.target = event.srcElement = target;
    const path = target.nodeType ? pathOf(target, event.type) : [];
    event.path = [target, ...path];
    event.eventPhase = 1;
    for (let at = path.length - 1; at >= 0 && !event.stopped; at--) call(path[at], event, true);
    event.eventPhase = 2;
    if (!event.stopped) call(target, event, null);
    event.eventPhase = 3;
    if (event.bubbles) for (let at = 0; at < path.length && !event.stopped; at++) call(path[at], event, false);
    event.eventPhase = 0;
    event.currentTarget = null;
    return !event.defaultPrevented;
  };

  const dispatchEvent = function dispatchEvent(event) {
    const target = this === undefined || this === null ? window : this;
    const clicked = event.type === "click" && target.nodeType === 1;
    if (clicked) page.forms.beforeClick(target);
    const went = send(target, event);
    if (clicked) page.forms.afterClick(target, went);
    if (event.type === "submit" && event.isTrusted && went) page.forms.submit(target, event.submitter);
    return went;
  };

  class EventTarget {}
  for (const [name, value] of Object.entries({ addEventListener, removeEventListener, dispatchEvent })) {
    Object.defineProperty(EventTarget.prototype, name, { value, writable: true, configurable: true });
    Object.defineProperty(dom.EventTarget.prototype, name, { value, writable: true, configurable: true });
  }
  dom.EventTarget.prototype._dispatchEvent = function (event) { return send(this, new Event(event.type, event)); };

  page.Target = EventTarget;
  page.kinds = kinds;
  // The page's own events, as the browser sends them.
  page.dispatch = (target, type, options = {}, name = "Event") => {
    const event = new kinds[name](type, options);
    event.isTrusted = true;
    return safe.apply(dispatchEvent, target, [event]);
  };
  page.global({ ...kinds, EventTarget, addEventListener, removeEventListener, dispatchEvent, event: undefined });
})();
