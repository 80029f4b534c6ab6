// The desk by keyboard: a key presses, opens or enters what stands on the page. `?` shows which.
// Keys rest while somebody types or chooses Chinese characters, and can be switched off for good.
"use strict";

const STORE = "jiesu-keys", SEQUENCE = 1200;
const ROWS = "[data-href], .list tbody tr:has(a), main .rows > li:has(a), main .memos > li:has(a)";
//: Where each key does its work; of several, the first that can be seen.
const PLACES = {
  "/": ["#search", "a[data-keys='g c']"],
  n: ["a[data-keys=n]"],
  1: [".presence .is-available"], 2: [".presence .is-busy"], 3: [".presence .is-away"],
  t: ["#answer form[action$='/take'] button", "[data-href]:focus-within form[action$='/take'] button", ".waiting form[action$='/take'] button"],
  r: ["#words"],
  s: ["#sentences .use"],
  u: ["#undo button"],
  b: ["#back-note"],
  o: ["#on-to"],
  c: ["#acts form[action$='/own'] button"],
  p: ["#attempts form[action$='/call'] button", "#attempts a[href^='tel:']"],
  v: ["#try-words"],
  d: ["#progress"],
  m: ["#note"],
  l: ["#tier-reason"],
  w: [".ways a", ".stepper a[aria-current=step]", ".stepper a"],
  h: ["#history > summary"],
};
const given = document.currentScript.dataset;
let begun = "", begunAt = 0;

const on = () => localStorage.getItem(STORE) !== "off";
const typing = (where) => where.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function reach(selectors) {
  for (const selector of selectors) {
    const found = document.querySelector(selector);
    if (!found) continue;
    for (let inner = found.parentElement?.closest("details"); inner; inner = inner.parentElement?.closest("details")) {
      if (!inner.contains(found.closest("summary"))) inner.open = true;
    }
    if (found.checkVisibility()) return found;
  }
  return null;
}

function act(selectors) {
  const found = reach(selectors);
  if (!found) return false;
  found.focus();
  if (found.matches("button, a, summary")) found.click();
  else found.scrollIntoView({ block: "nearest" });
  return true;
}

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility());
  if (!rows.length) return false;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + by))];
  next.querySelector("a")?.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function leave(where) {
  const open = where.closest?.("details[open]");
  if (open && !typing(where)) { open.open = false; open.querySelector("summary").focus(); return; }
  if (typing(where)) { where.blur(); document.getElementById("main").focus({ preventScroll: true }); }
}

// The page of the keys, in a window over this one. Closing returns to where one was.
async function show() {
  if (document.getElementById("keys")) return;
  const answer = await fetch(given.keys, { cache: "no-store" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("keys");
  if (!page) return location.assign(given.keys);
  const dialog = document.createElement("dialog"), close = document.createElement("button");
  close.textContent = given.close;
  close.className = "main";
  close.addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(page, close);
  document.body.append(dialog);
  enableSwitch();
  dialog.showModal();
}

function enableSwitch() {
  const tick = document.getElementById("keys-on");
  if (!tick) return;
  tick.disabled = false;
  tick.checked = on();
  tick.addEventListener("change", () => localStorage.setItem(STORE, tick.checked ? "on" : "off"));
}

function pressed(event) {
  if (event.key === "?") { show(); return true; }
  if (begun && Date.now() - begunAt < SEQUENCE) {
    begun = "";
    return act([`[data-keys='g ${CSS.escape(event.key)}']`]);
  }
  if (event.key === "g") { begun = "g"; begunAt = Date.now(); return true; }
  if (event.key === "j") return step(1);
  if (event.key === "k") return step(-1);
  return Object.hasOwn(PLACES, event.key) && act(PLACES[event.key]);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return leave(event.target);
  if (!on() || typing(event.target)) return;
  if (pressed(event)) event.preventDefault();
});

enableSwitch();
document.getElementById("keys-open").addEventListener("click", (event) => {
  event.preventDefault();
  event.target.closest("details").open = false;
  show();
});

// The menus fold when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".own[open], .pass[open]")) if (!open.contains(event.target)) open.open = false;
});
