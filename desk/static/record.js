// Two people on one complaint see each other: says that this page is open, and shows who else looks.
"use strict";

{
  const own = document.currentScript.dataset;
  const ALONE = 15000, TOGETHER = 5000;
  const WRITING = 12000;  // longer than two of the others' questions: one that is slow must not miss it
  let wrote = 0, next = 0;

  async function say() {
    const body = new URLSearchParams({ csrf_token: own.csrf });
    if (Date.now() - wrote < WRITING) body.set("writing", "1");
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
    const begins = Date.now() - wrote > WRITING;
    wrote = Date.now();
    if (begins) say();
  });

  // A page that is left says so; one that cannot is forgotten by itself.
  window.addEventListener("pagehide", () => {
    navigator.sendBeacon(own.looking, new URLSearchParams({ csrf_token: own.csrf, gone: "1" }));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) say(); });

  say();
}
