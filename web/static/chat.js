// The chat page, live. Without this file the page works as a plain form; with it nothing has to be reloaded.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const say = $("words").dataset;
  const form = $("composer"), field = $("text"), picker = $("photos"), log = $("log");
  const FIRST_WAIT = 2000, LONGEST_WAIT = 30000, POLL = 4000, DEAF = 45000, TRY_STREAM = 30000, PATIENCE = 15000, PATIENCE_PHOTO = 180000, TYPING = 3000;
  const title = document.title;
  let cursor = Number(say.cursor), photos = [], source = null, polling = 0, heard = Date.now(), busy = false, typed = 0;
  document.documentElement.classList.add("scripted");

  // ---- What is kept in this browser: the draft, and words that have not arrived yet.
  const kept = {
    get(name, otherwise) { try { return JSON.parse(localStorage.getItem("jiesu." + name)) ?? otherwise; } catch { return otherwise; } },
    set(name, value) { try { localStorage.setItem("jiesu." + name, JSON.stringify(value)); } catch { /* private mode */ } },
  };
  const unsent = new Map();
  const keepUnsent = () => kept.set("unsent", [...unsent.values()].filter((m) => m.text && !m.files.length).map(({ id, text }) => ({ id, text })));
  if (!field.value) field.value = kept.get("draft", "");
  field.addEventListener("input", () => kept.set("draft", field.value));

  // ---- Showing
  const nearEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight });
  const connection = (text) => { if ($("connection").textContent !== text) $("connection").textContent = text; };
  const notice = (sentences) => {
    $("notices").replaceChildren(...sentences.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  };
  const put = (id, html) => { const old = $(id); if (old.dataset.html !== html) { old.dataset.html = html; old.innerHTML = html; } };

  // The pieces come from our own templates, which escape every word; they are never made here out of text.
  function show(news) {
    const follow = nearEnd();
    const pieces = document.createElement("template");
    pieces.innerHTML = news.lines || "";
    for (const line of pieces.content.querySelectorAll(".line.retracted")) {
      if ($(line.id) && !$(line.id).classList.contains("retracted")) $(line.id).replaceWith(line);
    }
    const fresh = [...pieces.content.querySelectorAll(".line")].filter((line) => !$(line.id));
    if (fresh.length) document.querySelectorAll(".line .quick").forEach((old) => old.remove());
    for (const line of fresh) {
      if (line.classList.contains("customer")) settle(line);
      log.insertBefore(line, log.querySelector(".pending"));
    }
    put("standing", news.status ?? "");
    put("card", news.card ?? "");
    $("types").textContent = news.types ?? "";
    say.speaker = news.speaker ?? say.speaker;
    offerCopy();
    if (news.cursor > cursor) cursor = news.cursor;
    if (fresh.some((line) => !line.classList.contains("customer"))) {
      if (!busy) connection("");
      if (document.hidden) document.title = "● " + say.new + " · " + title;
    }
    if (follow && fresh.length) toEnd();
  }

  // Our own words came back through the stream: the bubble that stood for them has done its work.
  function settle(line) {
    const words = line.querySelector(".words")?.textContent ?? "";
    for (const waiting of unsent.values()) {
      if (waiting.sending && waiting.text === words) { waiting.settled = true; waiting.bubble.remove(); return; }
    }
  }

  function bubble(text) {
    const made = document.createElement("article");
    made.className = "line customer pending";
    made.append(...["by", "words", "state-of"].map((name) => Object.assign(document.createElement("p"), { className: name })));
    const [by, words, state] = made.children;
    by.textContent = say.you; words.textContent = text; words.dir = "auto"; state.textContent = say.sending;
    return made;
  }

  // ---- Sending: one id per message, however often it is tried.
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

  function queue(text, files = [], id = newId()) {
    const message = { id, text, files, bubble: bubble(text || say.photoSending), wait: FIRST_WAIT, sending: false, timer: 0 };
    unsent.set(id, message);
    keepUnsent();
    log.append(message.bubble);
    toEnd();
    deliver(message);
  }

  // One at a time and in order, so that a story arrives as it was told.
  function deliver(message) {
    if (busy || unsent.values().next().value !== message) return;
    clearTimeout(message.timer);
    busy = message.sending = true;
    message.bubble.classList.remove("failed");
    message.bubble.querySelector(".state-of").replaceChildren(say.sending);
    const slow = setTimeout(() => connection(say.thinking), 700);
    post(message, (answer, status) => {
      clearTimeout(slow);
      busy = message.sending = false;
      connection("");
      if (status === 200) return arrived(message, answer);
      if (status >= 400 && status < 500) return refused(message, answer);
      failed(message, status);
    });
  }

  function post(message, done) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ id: message.id, after: cursor, text: message.text })) body.append(name, value);
    if (message.human) body.append("human", "1");
    for (const file of message.files) body.append("photos", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", say.send);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = message.files.length ? PATIENCE_PHOTO : PATIENCE;
    if (message.files.length) request.upload.onprogress = (step) => {
      $("progress").hidden = step.loaded >= step.total;
      $("progress").value = step.loaded / step.total;
    };
    request.onloadend = () => {
      $("progress").hidden = true;
      let answer = null;
      try { answer = JSON.parse(request.responseText); } catch { /* not ours: a proxy's page */ }
      done(answer ?? {}, answer ? request.status : 0);
    };
    request.send(body);
  }

  function forget(message) {
    unsent.delete(message.id);
    message.bubble.remove();
    keepUnsent();
    const next = unsent.values().next().value;
    if (next) deliver(next);
  }

  function arrived(message, answer) {
    notice(answer.notices ?? []);
    forget(message);
    if (answer.said) connection(answer.said.join(" "));
    if (answer.lines !== undefined) show(answer);
    say.begun = "1";
    if (!source && !polling) listen();
  }

  // It will never be taken as it is: say why and give the words back.
  function refused(message, answer) {
    notice([answer.message ?? say.down]);
    if (message.text && !message.button) {
      field.value = [message.text, field.value].filter(Boolean).join("\n");
      kept.set("draft", field.value);
    }
    forget(message);
  }

  function failed(message, status) {
    message.bubble.classList.add("failed");
    const again = Object.assign(document.createElement("button"), { type: "button", className: "resend", textContent: say.resend });
    again.onclick = () => { deliver(message); field.focus(); };
    message.bubble.querySelector(".state-of").replaceChildren(say.notSent + " ", again);
    connection(status >= 500 ? say.down : say.offline);
    toEnd();
    message.timer = setTimeout(() => deliver(message), message.wait);
    message.wait = Math.min(message.wait * 2, LONGEST_WAIT);
  }

  // ---- What the customer does
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const by = event.submitter;
    if (by?.name === "say") return press(by.value, {});
    if (by?.name === "contact") return contacted(by);
    if (by?.name === "human") return press(by.textContent.trim(), { human: true });
    const text = field.value;
    if (!text.trim() && !photos.length) { notice([say.empty]); return field.focus(); }
    if ([...text].length > Number(say.mostText)) { notice([say.long]); return field.focus(); }
    notice([]);
    field.value = "";
    kept.set("draft", "");
    queue(text, photos);
    choose([]);
    field.focus();
  });

  // Whether a call reached me is not a message: it is told and the question goes away.
  async function contacted(button) {
    button.disabled = true;
    const body = new FormData();
    for (const [name, value] of Object.entries({ id: form.elements.id.value, after: cursor, contact: button.value })) body.append(name, value);
    try {
      const answer = await fetch(say.send, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.json());
      look();
      field.focus({ preventScroll: true });
    } catch { button.disabled = false; connection(say.down); }
  }

  // The agent who speaks sees that I write; the words stay here until they are sent.
  field.addEventListener("input", () => {
    if (say.speaker !== "agent" || Date.now() - typed < TYPING) return;
    typed = field.value ? Date.now() : 0;
    const body = new URLSearchParams({ id: form.elements.id.value, on: field.value ? "1" : "0" });
    fetch(say.typing, { method: "POST", body }).catch(() => {});
  });

  function press(words, { human = false }) {
    const message = { id: newId(), text: human ? "" : words, human, button: true, files: [], bubble: bubble(words), wait: FIRST_WAIT, sending: false, timer: 0 };
    unsent.set(message.id, message);
    log.append(message.bubble);
    toEnd();
    deliver(message);
    field.focus({ preventScroll: true });
  }

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const sends = event.ctrlKey || event.metaKey || (!event.shiftKey && matchMedia("(pointer: fine)").matches);
    if (sends) { event.preventDefault(); form.requestSubmit(); }
  });

  picker.addEventListener("change", () => { choose([...photos, ...picker.files]); picker.value = ""; field.focus(); });

  function choose(files) {
    const fit = files.filter((file) => file.size <= Number(say.mostBytes));
    const problems = fit.length < files.length ? [say.photoLarge] : [];
    if (fit.length > Number(say.mostFiles)) problems.push(say.photoMany);
    if (problems.length) notice(problems);
    photos = fit.slice(0, Number(say.mostFiles));
    $("chosen").replaceChildren(...photos.map((file) => {
      const entry = document.createElement("li");
      const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      drop.setAttribute("aria-label", say.remove + " " + file.name);
      drop.onclick = () => { choose(photos.filter((one) => one !== file)); field.focus(); };
      entry.append(file.name, drop);
      return entry;
    }));
  }

  function offerCopy() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = !navigator.clipboard;
      button.onclick = () => navigator.clipboard.writeText(button.dataset.copy).then(() => connection(say.copied));
    }
  }

  // ---- Listening: a stream; when there is none, a look every few seconds.
  function listen() {
    source?.close();
    source = new EventSource(say.events + "?after=" + cursor);
    const alive = () => { heard = Date.now(); stopPolling(); };
    source.addEventListener("open", () => { alive(); if (!busy) connection(""); });
    source.addEventListener("beat", alive);
    source.addEventListener("news", (event) => { alive(); show({ ...JSON.parse(event.data), cursor: Number(event.lastEventId) }); });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) poll();
      else if (!busy) connection(say.reconnecting);
    });
  }

  function poll() {
    source?.close();
    source = null;
    setTimeout(() => { if (polling) listen(); }, TRY_STREAM);
    if (polling) return;
    polling = setInterval(look, POLL);
    look();
  }

  function stopPolling() { clearInterval(polling); polling = 0; }

  async function look() {
    try {
      const answer = await fetch(say.events + "?html=1&after=" + cursor, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const news = await answer.json();
      show({ ...news.html, cursor: news.cursor });
      if (!busy) connection("");
    } catch { if (!busy) connection(say.reconnecting); }
  }

  setInterval(() => { if (source && Date.now() - heard > DEAF) { heard = Date.now(); poll(); } }, 5000);
  addEventListener("online", () => { for (const message of unsent.values()) { deliver(message); break; } });
  addEventListener("offline", () => connection(say.offline));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = title; });
  addEventListener("pageshow", (event) => { if (event.persisted && say.begun) look(); });

  for (const { id, text } of kept.get("unsent", [])) queue(text, [], id);
  field.setAttribute("aria-describedby", "text-hint");
  offerCopy();
  if (say.begun) listen();  // before the first message there is nothing to hear
  toEnd();
})();
