// Two people on one complaint see each other: says that this page is open, and shows who else looks.
"use strict";

{
  const own = document.currentScript.dataset;
  const ALONE = 15000, TOGETHER = 5000, WRITING = 5000;
  let wrote = 0, told = 0, next = 0;

  async function say() {
    const body = new URLSearchParams({ csrf_token: own.csrf });
    if (Date.now() - wrote < WRITING) body.set("writing", "1");
    told = Date.now();
    try {
      const answer = await fetch(own.looking, { method: "POST", body, headers: { "X-Desk": "background" } });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("others"));
    } catch { /* the page itself says when the line is down */ }
    clearTimeout(next);
    next = setTimeout(say, document.getElementById("others")?.hidden === false ? TOGETHER : ALONE);
  }

  function show(fresh) {
    const here = document.getElementById("others");
    if (!fresh || !here || (here.textContent === fresh.textContent && here.hidden === fresh.hidden)) return;
    here.textContent = fresh.textContent;
    here.hidden = fresh.hidden;
  }

  document.addEventListener("input", (event) => {
    if (!event.target.closest("#main")) return;
    wrote = Date.now();
    if (wrote - told > WRITING) say();
  });

  // A page that is left says so; one that cannot is forgotten by itself.
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(own.looking, new URLSearchParams({ csrf_token: own.csrf, gone: "1" }));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) say(); });

  say();
}
