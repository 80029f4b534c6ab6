// A customer's phone: shows what the stand-in for WeChat has on this customer's screen, and acts as the customer.
"use strict";

const LOOK_EVERY = 700;
const LARGEST = 10 * 1024 * 1024;
const words = JSON.parse(document.getElementById("words").textContent);
const log = document.getElementById("log");
const input = document.getElementById("words-in");
const state = document.getElementById("state");
const follow = document.getElementById("follow");

let shown = 0;
let follows = true;
let looking = 0;

function someone() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "o" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function openid() {
  let name = localStorage.getItem("openid");
  if (!name) {
    name = someone();
    localStorage.setItem("openid", name);
  }
  return name;
}

function made(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

function link(address, text) {
  const anchor = made("a", "", text);
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

// Addresses in a text can be opened, as in WeChat; everything else stays text.
function linked(text) {
  const bubble = made("div", "bubble");
  for (const part of text.split(/(https?:\/\/[\x21-\x7e]+)/)) {
    bubble.append(/^https?:\/\//.test(part) ? link(part, part) : part);
  }
  return bubble;
}

function who(one) {
  if (one.mine) return words.mine;
  return { template: words.template, notice: words.notice }[one.kind] || words.theirs;
}

function inside(one) {
  if (one.kind === "image") {
    const bubble = made("div", "bubble picture");
    const image = made("img");
    image.alt = one.mine ? words.sent_photo : words.got_photo;
    image.addEventListener("load", toEnd);
    image.src = "/page/media?id=" + encodeURIComponent(one.media);
    bubble.append(image);
    return bubble;
  }
  const bubble = linked(one.words || words.sent_other);
  if (one.kind === "template" && /^https?:\/\//.test(one.url)) {
    const open = link(one.url, words.template_link);
    open.className = "open";
    bubble.append(open);
  }
  return bubble;
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function show(one) {
  const kind = one.mine ? "mine" : ["template", "notice"].includes(one.kind) ? one.kind : "theirs";
  const item = made("div", "line " + kind);
  const by = made("p", "by", who(one));
  const at = new Date(one.at);
  const time = made("time", "", at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = one.at;
  by.append(time);
  item.append(by, inside(one));
  log.append(item);
}

function tell(told) {
  for (const one of told.seen) show(one);
  if (told.seen.length) toEnd();
  shown += told.seen.length;
  const line = told.typing ? words.typing : "";
  if (state.textContent !== line) state.textContent = line;
  document.getElementById("quota").textContent = words.quota.replace("{count}", told.left);
  follows = told.follows;
  document.getElementById("unfollowed").hidden = follows;
  follow.textContent = follows ? words.unfollow : words.follow;
}

async function look() {
  clearTimeout(looking);
  const mine = openid();
  try {
    const query = new URLSearchParams({ openid: mine, after: String(shown) });
    const answer = await fetch("/page/seen?" + query);
    const told = await answer.json();
    if (mine === openid() && told.after === shown) tell(told);
  } catch {
    state.textContent = words.offline;
  }
  clearTimeout(looking);
  looking = setTimeout(look, LOOK_EVERY);
}

async function act(path, body) {
  const address = "/page/" + path + "?" + new URLSearchParams({ openid: openid() });
  const posted = body instanceof Blob ? body : JSON.stringify(body || {});
  const done = fetch(address, { method: "POST", body: posted }).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
  });
  setTimeout(look, 60);
  try {
    await done;
    return true;
  } catch {
    state.textContent = words.offline;
    return false;
  } finally {
    look();
  }
}

async function send() {
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  input.focus();
  if (!(await act("says", { words: text })) && !input.value) input.value = text;
}

document.getElementById("write").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});

document.getElementById("photo").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  if (file.size > LARGEST) state.textContent = words.too_large;
  else await act("photo", file);
});

for (const button of document.querySelectorAll("nav button")) {
  button.addEventListener("click", () => act("taps", { key: button.dataset.key }));
}

follow.addEventListener("click", () => act(follows ? "leaves" : "follows"));

document.getElementById("another").addEventListener("click", () => {
  localStorage.setItem("openid", someone());
  log.replaceChildren();
  shown = 0;
  look();
  input.focus();
});

look();
