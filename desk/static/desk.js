// Keeps the desk live: one stream for all tabs, polling when there is none, presence, sound, drafts.
// Without this script everything works, by reloading. All words come from the page.
"use strict";

const own = document.currentScript.dataset;
const BACKGROUND = { "X-Desk": "background" };
const BEAT = 15000, QUIET = 45000, POLL = 4000, REFRESH = 30000, SPACING = 2000, FULL = 30000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("jiesu-desk") : null;
let cursor = Number(own.cursor), lastSign = Date.now(), used = true, over = false, seenWaiting = waitingNow(), seenVisits = visitsNow(), refreshing = null, again = false;

const byId = (id) => document.getElementById(id);

// What answers a form has the form's address, where nothing can be asked for: it takes that of its page.
if (own.here) history.replaceState(null, "", own.here);

// ---- What changed is asked for again and put in place, part by part

// A list of all complaints changes with each of them: it is asked for again at most every two seconds.
let refreshed = 0, soon = 0;
function refreshSoon() {
  const wait = refreshed + SPACING - Date.now();
  if (wait <= 0) return refresh();
  soon ||= setTimeout(() => { soon = 0; refresh(); }, wait);
}

async function refresh() {
  if (over || !document.querySelector("main [data-part]")) return;
  if (refreshing) { again = true; return refreshing; }
  refreshed = Date.now();
  refreshing = fetch(location.pathname + location.search, { headers: BACKGROUND, cache: "no-store" })
    .then(async (answer) => {
      if (answer.status === 401) return sessionOver();
      if (answer.ok) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
    })
    .catch(() => {})
    .finally(() => { refreshing = null; if (again) { again = false; refresh(); } });
  return refreshing;
}

function place(page) {
  placeMessages(page);
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) replace(part, fresh);
  }
  for (const part of page.querySelectorAll("[data-part]")) {
    if (!byId(part.id) && page.getElementById(part.id).matches("section")) document.querySelector(".column:last-child")?.append(part);
  }
  enhance();
  noticeWaiting();
}

// A list that is pointed at, or gone through by keyboard, holds still a little: nobody presses what moved there.
const HOLD = 3000, heldSince = new Map();
function held(part) {
  const since = heldSince.get(part.id);
  if (!part.matches("[data-hold]:is(:hover, :focus-within)") || Date.now() - since >= HOLD) { heldSince.delete(part.id); return false; }
  if (!since) { heldSince.set(part.id, Date.now()); setTimeout(refresh, HOLD); }
  return true;
}

function replace(part, fresh) {
  if (part.outerHTML === fresh.outerHTML || sameButTokens(part, fresh) || held(part) || playing(part)) return;
  if (refused(part, fresh)) return;
  const typed = dirtyFields(part);
  if (typed.length && part.dataset.state === fresh.dataset.state) return;
  const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = new Map([...part.querySelectorAll("details")].map((each) => [each.querySelector("summary").textContent, each.open]));
  const scroll = part.querySelector("ol")?.scrollTop;
  for (const row of fresh.querySelectorAll("li[data-href]")) if (!byId(row.id)) row.classList.add("fresh");
  part.replaceWith(fresh);
  for (const each of fresh.querySelectorAll("details")) each.open = open.get(each.querySelector("summary").textContent) ?? each.open;
  for (const old of typed) { const field = byId(old.id); if (field && field.type === "checkbox") field.checked = old.checked; else if (field && field.type !== "file") field.value = old.value; }
  if (scroll && fresh.querySelector("ol")) fresh.querySelector("ol").scrollTop = scroll;
  if (focus) byId(focus)?.focus({ preventScroll: true });
}

// Where a form was refused, what was typed is the page's own text, which the page asked for anew does not have.
function refused(part, fresh) {
  const fields = own.here ? [...part.querySelectorAll("textarea[id]")] : [];
  return fields.some((field) => field.value.trim() && field.value !== fresh.querySelector(`#${CSS.escape(field.id)}`)?.value);
}

const tokens = /name="(csrf_token|key)" value="[^"]*"|data-(left|until)="[\d.]*"|<span class="left"[^>]*>[^<]*|data-cursor="\d+"| hidden=""|<b data-since="[^"]*">[^<]*/g;
const sameButTokens = (a, b) => a.outerHTML.replace(tokens, "") === b.outerHTML.replace(tokens, "");

// A recording that is being heard goes on; its part is put in place at the next look.
const playing = (part) => [...part.querySelectorAll("audio")].some((sound) => !sound.paused);

function dirtyFields(part) {
  return [...part.querySelectorAll("textarea, select, input:not([type=hidden], [type=radio])")].filter(dirty);
}

function dirty(field) {
  if (field.matches("select")) return [...field.options].some((option, at) => option.selected !== (option.defaultSelected || (!field.querySelector("[selected]") && at === 0)));
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

// Lines come, change (a photo is fetched, a line is taken back) and go (a voice has become words).
function placeMessages(page) {
  const log = byId("log"), fresh = page.getElementById("log");
  if (!log || !fresh) return;
  const high = log.scrollHeight, low = high - log.scrollTop - log.clientHeight < 80;
  const lines = [...fresh.querySelectorAll(".message")], steady = steadied(log, lines);
  removeGone(log, lines);
  for (const line of lines) placeLine(log, line);
  if (!low) steady();
  else if (log.scrollHeight !== high) log.scrollTop = log.scrollHeight;
}

function placeLine(log, line) {
  const here = byId(line.id);
  if (here && bare(here) === bare(line)) return;
  if (here) return keepingFocus(here, () => here.replaceWith(line), line);
  log.querySelector(".empty")?.remove();
  line.classList.add("fresh");
  log.append(line);
}

// A line apart from its fate, which is a part of its own.
function bare(line) {
  const copy = line.cloneNode(true);
  copy.classList.remove("fresh");
  copy.querySelector(".fate")?.replaceWith("fate");
  return copy.outerHTML;
}

// A page that was asked for earlier knows nothing of what came since: that stays.
function removeGone(log, lines) {
  const kept = new Set(lines.map((line) => line.id)), numbers = lines.map(numberOf);
  const within = (line) => numberOf(line) >= Math.min(...numbers) && numberOf(line) <= Math.max(...numbers);
  const gone = [...log.querySelectorAll(".message")].filter((line) => !kept.has(line.id) && within(line));
  for (const line of gone) keepingFocus(line, () => line.remove(), log);
}
const numberOf = (line) => Number(line.id.slice(1));

// Focus within a line goes to the same link or button where the line is put in place, else to the log.
function keepingFocus(line, act, place) {
  const focus = line.contains(document.activeElement) ? document.activeElement.outerHTML : "";
  act();
  const same = [...place.querySelectorAll("a, button")].find((each) => each.outerHTML === focus) || byId("log");
  if (focus) same.focus({ preventScroll: true });
}

// What is being read stays where it is, whatever changes above it.
function steadied(log, lines) {
  const kept = new Set(lines.map((line) => line.id)), edge = log.getBoundingClientRect().top;
  const read = [...log.querySelectorAll(".message")].find((line) => kept.has(line.id) && line.getBoundingClientRect().bottom > edge);
  const before = read?.getBoundingClientRect().top;
  return () => { if (read) log.scrollTop += byId(read.id).getBoundingClientRect().top - before; };
}

// ---- The stream, held by one tab; the others hear of it from that tab

function heard(change) {
  lastSign = Date.now();
  link("on", own.live);
  if (!change || change.cursor <= cursor) return;
  cursor = change.cursor;
  if (own.number === "phone") return;
  if (own.number && change.numbers.includes(own.number)) refresh();
  if (!own.number && (change.numbers.length || change.alarm)) refreshSoon();
  if (own.number && change.heard.includes(own.number)) signal(own.message, false);
  if (!byId("live") && change.asked) signal(own.new, true);
  if (!byId("live") && change.reminded?.includes(Number(own.me))) signal(own.visit, true);
}

function tell(change) { heard(change); channel?.postMessage(change || null); }

// What changed without an event: who looks, who writes.
function stirred(numbers) { if (own.number && numbers.includes(own.number)) refresh(); }
function tellStirred(numbers) { stirred(numbers); channel?.postMessage({ stirred: numbers }); }

// How my own calls stand; phone.js listens.
let line = null;
function tellLine(now, aloud = true) {
  if (now === line) return;
  line = now;
  document.dispatchEvent(new CustomEvent("desk:line"));
  if (aloud) channel?.postMessage({ line: now });
}

let holds = false;

function listen() {
  let source = null, retry = 0;
  holds = true;
  const open = () => {
    source = new EventSource(`${own.stream}?after=${cursor}`);
    source.addEventListener("beat", () => { retry = 0; tell(null); });
    source.addEventListener("change", (event) => tell(JSON.parse(event.data)));
    source.addEventListener("line", (event) => tellLine(JSON.parse(event.data)));
    source.addEventListener("stir", (event) => tellStirred(JSON.parse(event.data).numbers));
    source.addEventListener("full", () => { source.close(); without(FULL); });
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) without(Math.min(FULL, 2000 * 2 ** retry++)); };
  };
  // Refused, or given to another page of ours: polling goes on, which says at once if nobody answers at all.
  const without = (wait) => { link("polls", own.polls); poll(); setTimeout(open, wait); };
  open();
}

async function poll() {
  if (over || Date.now() - lastSign < QUIET && byId("link").classList.contains("on")) return;
  try {
    const answer = await fetch(`${own.stream}?after=${cursor}`, { headers: { ...BACKGROUND, Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401) return sessionOver();
    if (!answer.ok) return link("off", own.lost);
    const news = await answer.json();
    if (news.change) (holds ? tell : heard)(news.change);
    tellLine(news.line, holds);
    link("polls", own.polls);
  } catch { link("off", own.lost); }
}

function link(state, words) {
  const sign = byId("link");
  if (sign.className === `link ${state}`) return;
  sign.className = `link ${state}`;
  sign.lastElementChild.textContent = words;
}

// ---- Presence: ends by itself when this page is gone

async function beat() {
  if (over) return;
  const body = new URLSearchParams({ csrf_token: own.csrf, used: used || talking() ? "1" : "0" });
  used = false;
  try {
    const answer = await fetch(own.beat, { method: "POST", body, headers: BACKGROUND });
    if (answer.status === 401 || answer.status === 400) return sessionOver();
    if (!answer.ok) return;
    const { presence } = await answer.json();
    showPresence(presence);
  } catch { link("off", own.lost); }
}

function showPresence(presence) {
  for (const button of document.querySelectorAll(".presence button")) button.setAttribute("aria-pressed", String(button.value === presence));
  document.dispatchEvent(new CustomEvent("desk:presence", { detail: presence }));
}

// Somebody who talks is here, and leaving the page would end the talk (the phone's window says so itself).
const talking = () => document.documentElement.dataset.talking === "yes";

function sessionOver() {
  if (over) return;
  over = true;
  link("off", own.over);
  signal(own.over, true);
  if (!talking() && !dirtyFields(document.body).some((field) => !field.dataset.draft)) location.assign(own.login);
}

// ---- Ringing: title, sound, a sentence for screen readers

const title = document.title;
let sound = localStorage.getItem("jiesu-sound") === "on", audio = null;

function waitingNow() { return (document.getElementById("live")?.dataset.waiting || "").split(" ").filter(Boolean); }
function visitsNow() { return (document.getElementById("live")?.dataset.visits || "").split(" ").filter(Boolean); }

function noticeWaiting() {
  const now = waitingNow();
  if (!byId("live")) return;
  const visits = visitsNow();
  if (visits.some((id) => !seenVisits.includes(id))) signal(own.visit, true);
  if (now.some((id) => !seenWaiting.includes(id))) signal(own.new, true);
  seenWaiting = now;
  seenVisits = visits;
  document.title = now.length ? `(${now.length}) ${title}` : title;
}

function signal(words, loud) {
  const ring = byId("ring");
  ring.textContent = "";
  setTimeout(() => { ring.textContent = words; }, 50);
  if (document.hidden) document.title = `● ${words}`;
  if (sound && loud) chime();
}

function chime() {
  audio ||= new AudioContext();
  [0, 0.22].forEach((wait, step) => {
    const tone = audio.createOscillator(), level = audio.createGain(), at = audio.currentTime + wait;
    tone.frequency.value = step ? 880 : 660;
    level.gain.setValueAtTime(0.0001, at);
    level.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    tone.connect(level).connect(audio.destination);
    tone.start(at); tone.stop(at + 0.32);
  });
}

function soundButton() {
  const button = byId("sound");
  const show = () => { button.setAttribute("aria-pressed", String(sound)); button.textContent = sound ? own.soundOff : own.soundOn; };
  button.hidden = false;
  button.addEventListener("click", () => { sound = !sound; localStorage.setItem("jiesu-sound", sound ? "on" : "off"); show(); if (sound) chime(); });
  show();
}

// ---- Small things on the page

function enhance() {
  for (const button of document.querySelectorAll(".copy, .use")) button.hidden = button.matches(".use") && !byId("words");
  countDown();
  const field = document.querySelector("[data-draft]");
  if (field && !field.value) field.value = sessionStorage.getItem(`draft-${field.dataset.draft}`) || "";
  else if (field && dirty(field)) sessionStorage.setItem(`draft-${field.dataset.draft}`, field.value);  // typed before this ran
}

// What can be undone says for how long; the time is the server's, counted on from when it was told.
function countDown() {
  for (const form of document.querySelectorAll("[data-left]")) {
    form.dataset.until ||= performance.now() + Number(form.dataset.left);
    const left = Math.ceil((form.dataset.until - performance.now()) / 1000);
    if (left <= 0 && "stays" in form.dataset) { form.removeAttribute("data-left"); form.querySelector(".left").textContent = ""; continue; }
    if (left <= 0 && form.matches("form")) { form.remove(); continue; }
    if (left <= 0) { form.remove(); soon ||= setTimeout(() => { soon = 0; refresh(); }, 1000); continue; }
    form.querySelector(".left").textContent = left;
  }
}

function tick() {
  countDown();
  for (const each of document.querySelectorAll("[data-since]")) {
    const all = Math.max(0, Math.floor((Date.now() - Date.parse(each.dataset.since)) / 1000));
    const two = (n) => String(n).padStart(2, "0"), hours = Math.floor(all / 3600);
    each.textContent = hours ? `${hours}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}` : `${Math.floor(all / 60)}:${two(all % 60)}`;
  }
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest(".copy"), use = event.target.closest(".use");
  if (copy) {
    const before = copy.textContent;
    try { await navigator.clipboard.writeText(copy.dataset.copy); copy.textContent = own.copied; } catch { getSelection().selectAllChildren(copy.previousElementSibling); }
    setTimeout(() => { copy.textContent = before; }, 1500);
  }
  if (use) {
    const field = byId("words");
    field.value = field.value ? `${field.value}\n${use.dataset.use}` : use.dataset.use;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
});

document.addEventListener("input", (event) => {
  used = true;
  const field = event.target.closest("[data-draft]");
  if (field) sessionStorage.setItem(`draft-${field.dataset.draft}`, field.value);
});

// Enter sends, Shift+Enter makes a line; while a Chinese input method is choosing, Enter is its own.
document.addEventListener("keydown", (event) => {
  used = true;
  const form = event.target.closest("form[data-live]");
  if (form && event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && event.target.matches("textarea")) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("pointerdown", () => { used = true; });

// An answer, and a second thought, are sent without leaving the page; whatever is not a plain yes is shown as
// the server shows it.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-live], form[data-quick]")) {
    for (const field of form.querySelectorAll("[data-draft]")) sessionStorage.removeItem(`draft-${field.dataset.draft}`);
    return;
  }
  event.preventDefault();
  const button = form.querySelector("button.main") || form.querySelector("button"), words = form.elements.words?.value || "";
  if (button.disabled) return;
  if (form.matches("[data-live]") && !form.elements.words.value.trim() && !form.elements.files?.files.length) return form.elements.words.focus();
  const body = bodyOf(form, event.submitter);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (form.matches("[data-live]") && page.getElementById("warned")) return warn(form, page.getElementById("warned").content);
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) {
      if (new URL(answer.url).pathname !== location.pathname && answer.ok) return location.assign(answer.url);
      if (!page.getElementById("main")) return link("off", own.lost);  // none of our pages: it may work again
      byId("main").replaceWith(page.getElementById("main"));
      document.body.className = page.body.className;
      byId("main").querySelector("[autofocus]")?.focus();
      return;
    }
    if (form.matches("[data-live]")) sent(form, page, words);
    const again = form.dataset.words;
    place(page);
    byId("log").scrollTop = byId("log").scrollHeight;
    if (again && byId("words") && !byId("words").value) fill(again);
    byId("words")?.focus();
  } catch { link("off", own.lost); } finally { button.disabled = false; }
});

// What speaks against the words stands with them, the talk in sight; once they are changed, it is only read.
function warn(form, found) {
  const box = document.createElement("div"), field = form.querySelector("textarea");
  form.querySelector(".warned")?.remove();
  box.className = "warned";
  field.after(box);
  box.append(document.importNode(found, true));
  box.querySelector(".change").addEventListener("click", () => { box.remove(); field.focus(); });
  field.addEventListener("input", () => box.querySelector("[name=anyway]")?.remove(), { once: true });
  byId("log").scrollTop = byId("log").scrollHeight;
  field.focus();
}

// Files go only where there are some: a form without them stays small.
function bodyOf(form, submitter) {
  const data = new FormData(form, submitter), files = [...data.values()].some((value) => value instanceof File && value.size);
  if (files) return data;
  return new URLSearchParams([...data].filter(([, value]) => !(value instanceof File)));
}

// What was typed while the line was on its way is the beginning of the next one.
function sent(form, page, words) {
  const field = form.querySelector("textarea"), typed = field.value;
  const rest = typed.startsWith(words) ? typed.slice(words.length).trimStart() : typed;
  form.reset();
  form.querySelector(".warned")?.remove();
  field.defaultValue = "";
  field.value = rest;
  if (rest) sessionStorage.setItem(`draft-${field.dataset.draft}`, rest);
  else sessionStorage.removeItem(`draft-${field.dataset.draft}`);
  showFiles(form.querySelector("[type=file]"));
  form.elements.key.value = page.querySelector("form[data-live] [name=key]")?.value || "";
  typedAt = 0;
}

function fill(words) {
  const field = byId("words");
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---- The customer sees that somebody writes

const TYPING = 3000;
let typedAt = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-typing]");
  if (!form || !event.target.matches("textarea") || Date.now() - typedAt < TYPING) return;
  typedAt = event.target.value ? Date.now() : 0;
  const body = new URLSearchParams({ csrf_token: own.csrf, on: event.target.value ? "1" : "0" });
  fetch(form.dataset.typing, { method: "POST", body, headers: BACKGROUND }).catch(() => {});
});

// ---- Files that go with an answer are named before they are sent

function showFiles(picker) {
  const hint = picker && byId(picker.getAttribute("aria-describedby"));
  if (!hint) return;
  hint.dataset.says ||= hint.textContent;
  hint.textContent = [...picker.files].map((file) => file.name).join(" · ") || hint.dataset.says;
}
document.addEventListener("change", (event) => { if (event.target.matches("[type=file].picked")) showFiles(event.target); });

document.addEventListener("visibilitychange", () => { if (!document.hidden) { document.title = title; noticeWaiting(); refresh(); } });
channel?.addEventListener("message", ({ data }) => {
  if (data?.hello) { if (holds && byId("link").classList.contains("on")) channel.postMessage(null); }
  else if (data && "line" in data) tellLine(data.line, false);
  else if (data && "stirred" in data) stirred(data.stirred);
  else heard(data);
});
channel?.postMessage({ hello: true });

soundButton();
enhance();
noticeWaiting();
tick();
beat();
if (byId("log")) byId("log").scrollTop = byId("log").scrollHeight;
setInterval(tick, 1000);
setInterval(beat, BEAT);
setInterval(poll, POLL);
setInterval(refresh, REFRESH);
if (navigator.locks && channel) navigator.locks.request("jiesu-desk-stream", () => new Promise(() => listen()));
else listen();
