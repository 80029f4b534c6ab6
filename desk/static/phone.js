// My phone at the desk. On every page: the bar with my calls, and the page of the complaint that rings.
// In the phone's own window (data-place="phone"): the phone itself, Twilio's Device, which answers and talks.
// The pages and the window hear of each other by a channel; what is done with a call is done by the server.
// Loaded after desk.js and with its functions. All words come from the page.
"use strict";

const me = document.currentScript.dataset;
const words = { handset: JSON.parse(me.words) };
const here = me.place === "phone", client = me.kind === "client";
const phones = "BroadcastChannel" in window ? new BroadcastChannel("jiesu-phone") : null;
const HOLDER = "jiesu-phone", POPPED = "jiesu-popped", KEYS = "jiesu-keys";
const SECOND = 1000, LOST = 10 * SECOND, AGAIN = 20 * SECOND, EXPECT = 45 * SECOND, TOLD = 8 * SECOND;
const pause = (time) => new Promise((done) => { setTimeout(done, time); });

// ---- The bar: my calls, as the server knows them

const calls = () => [...document.querySelectorAll("#line-now .call")].map((each) => ({ ...each.dataset, href: each.querySelector("a").getAttribute("href"), says: each.querySelector(".call-what").innerText }));

async function showLine() {
  if (over) return;
  try {
    const answer = await fetch(me.line, { headers: BACKGROUND, cache: "no-store" });
    if (answer.status === 401) return sessionOver();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("line-now");
    if (fresh) replace(byId("line-now"), fresh);
  } catch { link("off", own.lost); }
}

let toldUntil = 0;
function told(text) {
  toldUntil = Date.now() + TOLD;
  byId("phone-says").textContent = text;
  byId("handset").classList.add("bad");
  setTimeout(draw, TOLD);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-line]")) return;
  event.preventDefault();
  const button = form.querySelector("button"), act = new URL(form.action).pathname.split("/").pop();
  if (button.disabled) return;
  button.disabled = true;
  if (act === "resume" || act === "call") command("expect");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
    if (!answer.ok) {
      told((await answer.json().catch(() => ({}))).message || words.handset.failed);
      if (act === "hang-up") command("drop");
    } else if (form.closest("details")) {
      form.closest("details").open = false;
      form.reset();
    }
  } catch { told(words.handset.failed); } finally { button.disabled = false; }
  showLine();
});

/** Told once, also to those who listen to the page instead of looking at it. */
let announced = "";
function announce() {
  const ringing = calls().filter((each) => each.call === "ringing"), now = ringing.map((each) => each.handoff).join(" ");
  if (now && now !== announced) signal(`${words.handset.ringing} ${ringing.map((each) => each.says).join(" ")}`, !client);
  announced = now;
}

// ---- The complaint opens by itself, in one tab, unless words that are not saved yet would be lost

async function pop() {
  const mine = calls(), on = mine.filter((each) => each.call === "talking"), ringing = mine.filter((each) => each.call === "ringing");
  const one = on[0] || (mine.length === 1 && ringing[0]);
  if (here || !one || localStorage.getItem(POPPED) === one.handoff) return;
  if (document.hidden) await pause(SECOND);
  if (navigator.locks) await navigator.locks.request(POPPED, () => openOnce(one));
  else openOnce(one);
}

function openOnce(one) {
  if (localStorage.getItem(POPPED) === one.handoff) return;
  localStorage.setItem(POPPED, one.handoff);
  go(one.href);
}

function go(href) {
  if (location.pathname === href) return;
  if (dirtyFields(byId("main")).length) told(words.handset.unsaved);
  else location.assign(href);
}

// From the phone's window a complaint opens at the desk: in a tab that is there, else in a new one.
document.addEventListener("click", async (event) => {
  const anchor = event.target.closest("a.call-open");
  if (!anchor || !here) return;
  event.preventDefault();
  const href = anchor.getAttribute("href");
  let taken = false;
  const heardOf = ({ data }) => { taken ||= data.opens === href; };
  phones.addEventListener("message", heardOf);
  phones.postMessage({ open: href });
  await pause(400);
  phones.removeEventListener("message", heardOf);
  if (!taken) window.open(href, "jiesu-desk");
});

async function openHere(href) {
  if (here) return;
  if (document.hidden) await pause(150);  // the tab in sight goes first
  navigator.locks.request(`${POPPED}-click`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    phones.postMessage({ opens: href });
    go(href);
    await pause(SECOND);
  });
}

// ---- How the phone is, drawn on every page from what its window tells

let handset = { on: false, says: "", bad: false, ringing: false, talking: false, muted: false };

function draw() {
  if (Date.now() < toldUntil) return;
  const says = byId("phone-says");
  if (says.textContent !== handset.says) says.textContent = handset.says;
  byId("handset").classList.toggle("bad", handset.bad);
  if (!client) return;
  byId("phone-answer").hidden = byId("phone-decline").hidden = !handset.ringing;
  byId("phone-mute").hidden = !handset.talking;
  byId("phone-mute").setAttribute("aria-pressed", String(handset.muted));
  byId("phone-mute").textContent = handset.muted ? words.handset.unmute : words.handset.mute;
  if (byId("phone-open")) byId("phone-open").hidden = handset.on;
}

function command(name) {
  if (here) acts[name]();
  else phones?.postMessage({ do: name });
}

/** Whether some window is the phone: it holds a lock for as long as it lives. */
async function lookForPhone() {
  if (!navigator.locks) handset = { says: words.handset.insecure, bad: true };
  else if ((await navigator.locks.query()).held.some((each) => each.name === HOLDER)) return;
  else handset = { on: false, says: words.handset.closed, bad: me.is === "available" };
  draw();
}

const byKey = { F2: "#phone-answer", F4: "#phone-decline", F8: "#phone-mute", F9: "#line-now [data-key=F9]" };
document.addEventListener("keydown", (event) => {
  const button = byKey[event.key] && document.querySelector(byKey[event.key]);
  if (!button || button.hidden || event.ctrlKey || event.altKey || event.metaKey || localStorage.getItem(KEYS) === "off") return;
  event.preventDefault();
  button.click();
});

phones?.addEventListener("message", ({ data }) => {
  if (data.open) return openHere(data.open);
  if (here) return phone.heard(data);
  if (data.bell && navigator.userActivation?.hasBeenActive) navigator.locks.request("jiesu-bell", { ifAvailable: true }, async (lock) => { if (lock) { chime(); await pause(SECOND); } });
  if (data.became) showPresence(data.became);
  if (data.handset) { handset = data.handset; draw(); }
});

// ---- The phone itself

const acts = {
  answer: () => phone.answer("1"),
  decline: () => phone.answer("2"),
  mute: () => phone.mute(),
  drop: () => phone.drop(),
  expect: () => { phone.expecting = Date.now() + EXPECT; },
};

const phone = {
  device: null, call: null, key: "", presence: me.is, expecting: 0, holds: false, fell: false, lostSince: 0, problem: "", ending: "", wasJoined: false, starting: false, registering: false, notBefore: 0,

  /** One window is the phone. Another one waits until that is closed. */
  async start() {
    if (!window.isSecureContext || !navigator.mediaDevices || !navigator.locks) return this.fails(words.handset.insecure);
    if (!window.Twilio?.Device) return this.fails(words.handset.unsupported);
    const held = (await navigator.locks.query()).held.some((each) => each.name === HOLDER);
    if (held) this.fails(words.handset.elsewhere);
    navigator.locks.request(HOLDER, () => { this.holds = true; this.begin(); return new Promise(() => {}); });
  },

  async begin() {
    if (this.device || this.starting) return;
    this.starting = true;
    await this.make();
    this.starting = false;
  },

  async make() {
    this.problem = "";
    this.show(words.handset.connecting);
    try {
      (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks().forEach((track) => track.stop());
    } catch (refusal) {
      return this.fails(refusal.name === "NotFoundError" ? words.handset.no_microphone : words.handset.microphone);
    }
    const token = await this.token();
    if (!token) { setTimeout(() => this.begin(), AGAIN); return; }
    this.device = new Twilio.Device(token, { logLevel: 5, closeProtection: true, tokenRefreshMs: 120 * SECOND, codecPreferences: ["opus", "pcmu"] });
    this.device.audio?.incoming(false);
    this.device.on("registered", () => this.registered());
    this.device.on("unregistered", () => this.unregistered());
    this.device.on("tokenWillExpire", () => this.renew());
    this.device.on("error", (error) => this.wrong(error));
    this.device.on("incoming", (call) => this.rings(call));
    this.settle();
  },

  /** A fresh token, or none: then why not is said. */
  async token() {
    try {
      const body = new URLSearchParams({ csrf_token: own.csrf });
      const answer = await fetch(me.token, { method: "POST", body, headers: { ...BACKGROUND, Accept: "application/json" } });
      if (answer.status === 401) { sessionOver(); return ""; }
      const said = await answer.json();
      if (answer.ok) return said.token;
      this.fails(said.message);
    } catch { this.fails(words.handset.lost); }
    return "";
  },

  async renew() {
    const token = await this.token();
    if (!token) return setTimeout(() => this.renew(), AGAIN);
    this.problem = "";
    this.device.updateToken(token);
    this.settle();
  },

  /** Registered while the window is open: whose phone rings is the server's decision (the one on call, the
   *  busy after the free). What the bar says follows from how things stand. */
  settle() {
    if (this.device?.state === "unregistered" && !this.registering && Date.now() >= this.notBefore) {
      this.registering = true;
      this.device.register().catch(() => {});
    }
    if (this.presence === "available" && this.problem === words.handset.back) this.problem = "";
    this.show();
  },

  /** Tried again after a while: a line that is refused at once must not be asked without end. */
  unregistered() {
    this.registering = false;
    this.notBefore = Math.max(this.notBefore, Date.now() + 2 * SECOND);
    this.show();
  },

  registered() {
    this.registering = false;
    this.lostSince = 0;
    this.problem = this.fell ? words.handset.back : "";
    this.fell = false;
    this.settle();
  },

  /** Not reachable for ten seconds: off duty, so that nobody is sent to a phone that does not ring. */
  watch() {
    if (!this.device || this.call || this.device.state === "registered") { this.lostSince = 0; return; }
    this.settle();
    this.lostSince ||= Date.now();
    if (this.fell || Date.now() - this.lostSince < LOST) return;
    this.fell = true;
    this.problem ||= words.handset.lost;
    this.show();
    if (this.presence !== "away") this.setPresence("away");
  },

  async setPresence(presence) {
    const body = new URLSearchParams({ csrf_token: own.csrf, presence });
    await fetch(me.presence, { method: "POST", body, redirect: "manual" }).catch(() => {});
    showPresence(presence);
    phones.postMessage({ became: presence });
  },

  /** Codes: https://www.twilio.com/docs/voice/sdks/error-codes */
  wrong({ code }) {
    if (code === 31401 || code === 31402) { this.problem = words.handset.microphone; this.call?.reject(); }
    else if (code === 20104 || code === 31205) this.renew();
    else if (String(code).startsWith("201") || code >= 31200 && code < 31300) { this.problem = words.handset.refused.replace("{code}", code); this.notBefore = Date.now() + AGAIN; setTimeout(() => this.renew(), AGAIN); }
    this.show();
  },

  fails(why) { this.problem = why; this.show(); },

  // ---- One call

  rings(call) {
    if (this.call) return call.ignore();
    this.call = call;
    this.key = this.ending = "";
    call.on("accept", () => { this.press(call); this.show(); });
    for (const end of ["cancel", "disconnect", "reject"]) call.on(end, () => this.ended(call));
    for (const change of ["mute", "reconnecting", "reconnected"]) call.on(change, () => this.show(change === "reconnecting" ? words.handset.unsteady : ""));
    call.on("error", (error) => this.wrong(error));
    showLine();
    if (Date.now() < this.expecting) this.answer("1");
    else this.bell(call);
    this.show();
  },

  async bell(call) {
    while (this.call === call && !this.key) {
      if (navigator.userActivation?.hasBeenActive) chime();
      else phones.postMessage({ bell: true });  // a window that was never touched may not make a sound
      await pause(2.5 * SECOND);
    }
  },

  /** Pick up, then press 1 or 2 into the whisper, as at any other phone. */
  answer(key) {
    if (!this.call || this.key) return;
    this.key = key;
    this.expecting = 0;
    this.call.accept();
    this.show();
  },

  /** The key may come before the whisper listens, so it is pressed until it has been heard. */
  async press(call) {
    document.documentElement.dataset.talking = "yes";
    for (let times = 0; times < 8; times++) {
      await pause(times ? 1.5 * SECOND : 0.6 * SECOND);
      if (this.call !== call || this.joined(call)) return;
      call.sendDigits(this.key);
      await showLine();
    }
    if (this.call === call && this.key === "2") call.disconnect();
  },

  joined: (call) => calls().some((each) => each.call === "talking" && each.leg === call.parameters.CallSid),

  mute() { if (this.call?.status() === "open") this.call.mute(!this.call.isMuted()); },
  drop() { this.call?.disconnect(); },

  ended(call) {
    if (this.call !== call) return;
    this.ending = this.key === "1" && !this.wasJoined ? words.handset.missed : "";
    if (this.ending) setTimeout(() => { this.ending = ""; this.show(); }, TOLD);
    this.call = null;
    this.wasJoined = false;
    delete document.documentElement.dataset.talking;
    if (over) return location.assign(own.login);
    showLine();
    this.settle();
  },

  // ---- What the bar says

  says() {
    const { call, device } = this;
    if (call && !this.key) return [words.handset.ringing, false];
    if (call && this.key === "2") return [words.handset.declining, false];
    if (call && !this.joined(call)) return [words.handset.joining, false];
    if (call) return [call.isMuted() ? words.handset.muted : words.handset.talking, call.isMuted()];
    if (this.problem) return [this.problem, true];
    if (this.ending) return [this.ending, true];
    if (device?.state !== "registered") return [words.handset.connecting, false];
    return [this.presence === "away" ? words.handset.off : words.handset.ready, false];
  },

  show(now = "") {
    const [says, bad] = now ? [now, false] : this.says();
    const { call } = this;
    this.wasJoined ||= Boolean(call) && this.joined(call);
    const talking = Boolean(call) && this.key === "1" && this.joined(call);
    handset = { on: true, says, bad, ringing: Boolean(call) && !this.key, talking, muted: Boolean(call?.isMuted()) };
    if (this.holds) phones?.postMessage({ handset });
    byId("phone-retry").hidden = !this.holds || !this.problem || Boolean(this.device);
    draw();
  },

  heard(data) {
    if (!this.holds) return;
    if (data.hello) this.show();
    if (data.presence) { this.presence = data.presence; this.settle(); }
    if (data.do) acts[data.do]();
  },
};

function startPhone() {
  document.addEventListener("desk:presence", ({ detail }) => { phone.presence = detail; phone.settle(); });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.presence")) return;
    event.preventDefault();
    phone.setPresence(event.submitter.value);
  });
  byId("phone-retry").addEventListener("click", () => phone.begin());
  const keys = byId("phone-keys");
  keys.checked = localStorage.getItem(KEYS) !== "off";
  keys.addEventListener("change", () => localStorage.setItem(KEYS, keys.checked ? "on" : "off"));
  setInterval(() => phone.watch(), SECOND);
  phone.start();
}

document.addEventListener("desk:line", showLine);
new MutationObserver(() => { announce(); pop(); tick(); if (here) phone.settle(); }).observe(byId("line"), { childList: true });
announce();
pop();
if (client) {
  for (const name of ["answer", "decline", "mute"]) byId(`phone-${name}`).addEventListener("click", () => command(name));
  byId("phone-open")?.addEventListener("click", (event) => {
    const its = window.open("", HOLDER, "popup,width=440,height=760");
    if (!its) return;
    event.preventDefault();
    if (its.location.href === "about:blank") its.location = event.currentTarget.href;
    its.focus();
  });
  if (me.why) { handset = { on: false, says: words.handset.not_set, bad: false }; draw(); }
  else if (!here) {
    lookForPhone();
    setInterval(lookForPhone, 3 * SECOND);
    phones?.postMessage({ hello: true });
    phones?.postMessage({ presence: me.is });
    document.addEventListener("desk:presence", ({ detail }) => { me.is = detail; });
  } else startPhone();
}
