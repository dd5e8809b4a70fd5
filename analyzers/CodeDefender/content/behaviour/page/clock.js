// Time and chance, the same in every run: nothing happens but what the visitor and the timers do.

page.clock = (() => {
  const NativeDate = Date;
  const started = page.given.now;
  let elapsed = 0;
  let asked = 0;
  let serial = 0;
  let timers = [];

  // A loop that waits for the clock would wait for ever: asking often enough moves it.
  const now = () => {
    if (++asked % 500 === 0) elapsed += 50;
    return started + elapsed;
  };

  function FakeDate(...values) {
    if (!new.target) return new NativeDate(now()).toString();
    const date = values.length ? new NativeDate(...values) : new NativeDate(now());
    if (new.target !== FakeDate) Object.setPrototypeOf(date, new.target.prototype);
    return date;
  }
  Object.defineProperty(FakeDate, "name", { value: "Date" });
  Object.defineProperty(FakeDate, "length", { value: 7 });
  FakeDate.now = () => now();
  FakeDate.parse = NativeDate.parse;
  FakeDate.UTC = NativeDate.UTC;
  FakeDate.prototype = NativeDate.prototype;
  NativeDate.prototype.constructor = FakeDate;

  let state = page.given.seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
  Math.random = random;

  const later = (callback, delay, values, every) => {
    if (typeof callback !== "function") {
      const code = safe.String(callback);
      callback = () => page.evaluate(code);
      values = [];
    }
    delay = Math.max(every === null ? 0 : 4, Number(delay) || 0);
    serial++;
    if (timers.length < 2000) {
      timers.push({ id: serial, due: elapsed + delay, callback, values, every: every === null ? null : delay, runs: 0 });
    }
    return serial;
  };

  const forget = (id) => {
    timers = timers.filter((timer) => timer.id !== id);
  };

  const next = () => {
    let first = null;
    for (const timer of timers) if (first === null || timer.due < first.due) first = timer;
    return first;
  };

  const run = (timer) => {
    elapsed = Math.max(elapsed, timer.due);
    if (timer.every === null) forget(timer.id);
    else timer.due = elapsed + timer.every;
    timer.runs++;
    page.safely(() => safe.apply(timer.callback, window, timer.values), "timer");
  };

  page.global({
    Date: FakeDate,
    setTimeout: function setTimeout(callback, delay, ...values) { page.stir(); return later(callback, delay, values, null); },
    setInterval: function setInterval(callback, delay, ...values) { page.stir(); return later(callback, delay, values, true); },
    clearTimeout: function clearTimeout(id) { forget(id); },
    clearInterval: function clearInterval(id) { forget(id); },
    setImmediate: undefined,
    requestAnimationFrame: function requestAnimationFrame(callback) { return later(callback, 16, [elapsed + 16], null); },
    cancelAnimationFrame: function cancelAnimationFrame(id) { forget(id); },
    requestIdleCallback: function requestIdleCallback(callback) {
      return later(callback, 50, [{ didTimeout: false, timeRemaining: () => 40 }], null);
    },
    cancelIdleCallback: function cancelIdleCallback(id) { forget(id); },
    queueMicrotask: function queueMicrotask(callback) { Promise.resolve().then(callback); },
    performance: {
      now: () => elapsed,
      timeOrigin: started,
      timing: { navigationStart: started - 900, domContentLoadedEventEnd: started, loadEventEnd: started, responseEnd: started - 600, domLoading: started - 500, domInteractive: started - 100, fetchStart: started - 890, requestStart: started - 700, responseStart: started - 650, connectStart: started - 800, connectEnd: started - 750, domainLookupStart: started - 880, domainLookupEnd: started - 860, domComplete: started, loadEventStart: started, unloadEventStart: 0, unloadEventEnd: 0, redirectStart: 0, redirectEnd: 0, secureConnectionStart: started - 780, domContentLoadedEventStart: started },
      navigation: { type: 0, redirectCount: 0 },
      memory: { usedJSHeapSize: 21000000, totalJSHeapSize: 32000000, jsHeapSizeLimit: 4294705152 },
      mark: () => ({}), measure: () => ({}), clearMarks: () => {}, clearMeasures: () => {},
      getEntries: () => [], getEntriesByType: () => [], getEntriesByName: () => [],
      addEventListener: () => {}, removeEventListener: () => {},
      setResourceTimingBufferSize: () => {},
      toJSON: () => ({ timeOrigin: started }),
    },
  });

  return {
    random,
    later: (callback, delay) => later(callback, delay, [], null),
    elapsed: () => elapsed,
    // Queues steps that let `span` milliseconds pass; an interval fires at most `most` times in it.
    pass(span, most) {
      const end = elapsed + span;
      const runs = new Map();
      // A timer that starts the next one would fill the whole span: it, too, has its turns.
      const before = serial;
      let chained = 0;
      const step = () => {
        const timer = next();
        const fired = timer === null ? 0 : timer.id > before ? Math.max(++chained - 4, runs.get(timer.id) || 0) : runs.get(timer.id) || 0;
        if (timer === null || timer.due > end || runs.size > 400) {
          elapsed = Math.max(elapsed, end);
          return;
        }
        if ((timer.every !== null || timer.id > before) && fired >= most) {
          timer.due = end + (timer.every || 50);
        } else {
          runs.set(timer.id, fired + 1);
          run(timer);
        }
        page.visit.urgent(step);
      };
      page.visit.urgent(step);
    },
    // Queues steps that jump from one timer to the next, however far ahead it is.
    jump(most) {
      let jumps = 0;
      const step = () => {
        const timer = next();
        if (timer === null || jumps++ >= most) return;
        if (timer.runs > 3) timer.due = elapsed + 365 * 86400000;
        else run(timer);
        page.visit.urgent(step);
      };
      page.visit.urgent(step);
    },
  };
})();
