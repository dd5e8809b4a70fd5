// The record: what the page saw, in strings only, kept out of the script's reach.
// The script may replace any method of any prototype; what is used here was taken before it ran.

const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const safe = {
  apply: Reflect.apply,
  charCodeAt: uncurry(String.prototype.charCodeAt),
  indexOf: uncurry(String.prototype.indexOf),
  lineNumber: uncurry(Object.getOwnPropertyDescriptor(Function.prototype, "lineNumber").get),
  slice: uncurry(String.prototype.slice),
  sourceOf: uncurry(Function.prototype.toString),
  String,
  toLowerCase: uncurry(String.prototype.toLowerCase),
  wellFormed: uncurry(String.prototype.toWellFormed),
};

const LONGEST_FIELD = 16384;
const MOST_ENTRIES = 3000;
const LARGEST_RECORD = 2000000;

page.record = (() => {
  let chunk = "";
  let entries = 0;
  let size = 0;

  // A field too long to keep is kept in front, and the rest as a sum that differs when the rest does.
  const shortened = (text) => {
    if (text.length <= LONGEST_FIELD) return text;
    let sum = 0;
    const end = text.length < 1000000 ? text.length : 1000000;
    for (let at = LONGEST_FIELD; at < end; at++) sum = (sum * 31 + safe.charCodeAt(text, at)) | 0;
    return safe.slice(text, 0, LONGEST_FIELD) + "…" + text.length + "/" + sum;
  };

  return {
    // One entry: how many fields it has, then each with its length before it.
    tell(...fields) {
      if (entries >= MOST_ENTRIES || size >= LARGEST_RECORD) return;
      entries++;
      let entry = fields.length + ";";
      for (let at = 0; at < fields.length; at++) {
        const text = safe.wellFormed(shortened(safe.String(fields[at])));
        entry += text.length + ":" + text;
      }
      size += entry.length;
      chunk += entry;
    },
    // What was told since the last call, as one flat string: the binding knows no others.
    take() {
      const taken = chunk;
      chunk = "";
      return safe.wellFormed(taken);
    },
  };
})();

// The page's own program starts at this line; whatever has a smaller line number is the script's.
page.isOurs = (fn) => {
  try {
    return safe.lineNumber(fn) > FIRST_LINE;
  } catch {
    return false;
  }
};

// `line:column` of the innermost frame of the script, for the analyst who looks there.
page.place = () => {
  const stack = new Error().stack;
  if (typeof stack !== "string") return "";
  let at = 0;
  for (let frames = 0; frames < 40; frames++) {
    at = safe.indexOf(stack, "<input>:", at);
    if (at < 0) return "";
    at += 8;
    let end = at;
    while (end < stack.length && safe.slice(stack, end, end + 1) !== ")" && safe.slice(stack, end, end + 1) !== "\n") end++;
    const place = safe.slice(stack, at, end);
    const colon = safe.indexOf(place, ":", 0);
    if (+safe.slice(place, 0, colon) < FIRST_LINE) return place;
  }
  return "";
};

// That the script waits for something: told once. One that does not is done when it has run.
page.stir = () => {
  if (page.visiting || page.stirred) return;
  page.stirred = true;
  page.record.tell("stirs");
};

// Whether the script itself called the function of ours that called the one that asks.
page.calledByScript = () => {
  const stack = new Error().stack;
  if (typeof stack !== "string") return false;
  let at = 0;
  for (let frame = 0; frame < 4; frame++) {
    at = safe.indexOf(stack, "<input>:", at) + 8;
    if (at < 8) return false;
  }
  return +safe.slice(stack, at, safe.indexOf(stack, ":", at)) < FIRST_LINE;
};

// The script's code, run so that what it throws ends here.
page.safely = (run, where) => {
  try {
    return run();
  } catch (error) {
    let text = "an error that cannot be read";
    try {
      text = safe.slice(safe.String(error && error.message !== undefined ? error.message : error), 0, 200);
    } catch {
      // An error whose text throws: the script's own affair.
    }
    page.record.tell("error", where, text);
    return undefined;
  }
};
