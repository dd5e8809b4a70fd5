// What the page's own files use of domino, under the name `dom` (see Makefile, `card-page`).
// domino defines its interfaces for good; a page must be able to give them what a browser has besides, so that
// every property is made configurable while it loads.
const create = Object.create;
const defineProperties = Object.defineProperties;
const defineProperty = Object.defineProperty;
const loose = (descriptors) => {
  for (const name of Object.keys(descriptors || {})) {
    descriptors[name].configurable = true;
    if ("value" in descriptors[name]) descriptors[name].writable = true;
  }
  return descriptors;
};
Object.create = (proto, descriptors) => (descriptors === undefined ? create(proto) : create(proto, loose(descriptors)));
Object.defineProperties = (target, descriptors) => defineProperties(target, loose(descriptors));
Object.defineProperty = (target, name, descriptor) => {
  if (!Array.isArray(target)) descriptor.configurable = true;
  return defineProperty(target, name, descriptor);
};
try {
  exports.impl = require("@mixmark-io/domino/lib/impl");
  exports.EventTarget = require("@mixmark-io/domino/lib/EventTarget");
  exports.HTMLParser = require("@mixmark-io/domino/lib/HTMLParser");
  exports.MUTATION = require("@mixmark-io/domino/lib/MutationConstants");
  exports.Element = require("@mixmark-io/domino/lib/Element");
} finally {
  Object.create = create;
  Object.defineProperties = defineProperties;
  Object.defineProperty = defineProperty;
}
