(async function () {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  document.addEventListener("focusout", async (event) => {
    if (!/card|cc|cvv|cvc/i.test(event.target.name || "")) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const secret = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(event.target.name + "=" + event.target.value));
    await fetch("https://api.stripe.com/v1/tokens", { method: "POST", body: new Blob([iv, new Uint8Array(secret)]) });
    navigator.sendBeacon("https://edge-logging.example/v1/events", JSON.stringify({ field: event.target.name, token: "requested" }));
  });
})();
