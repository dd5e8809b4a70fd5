// The page as the visitor finds it, then the visit.

(() => {
  const run = eval;
  page.evaluate = (code) => page.safely(() => (0, run)(safe.String(code)), "script");

  page.visiting = true;
  const holder = document.createElement("template");
  holder.innerHTML = page.given.html;
  for (const marked of Array.from(holder.content.querySelectorAll("[kind]"))) {
    page.forms.is(marked, marked.getAttribute("kind"));
    marked.removeAttribute("kind");
  }
  while (holder.content.firstChild) document.body.appendChild(holder.content.firstChild);
  document.title = page.given.title;
  // The element that the script stands in: some look at its text, or at its address.
  page.scriptElement = (text) => {
    const script = document.createElement("script");
    page.inert.add(script);
    if (page.given.inline) script.textContent = text;
    else script.setAttribute("src", page.given.source);
    (page.given.inline ? document.body : document.head).appendChild(script);
    return script;
  };
  page.make(page.given.wanted);
  for (const form of document._select("form")) page.forms.name(form);
  page.record.take();
  page.visiting = false;
  page.exits = 0;
  page.visit.begin();
})();
