// In the place of @twilio/voice-sdk's bundle: Device and Call as documented, without a network.
// https://twilio.github.io/twilio-voice.js/ — what the phone company does is done by `standIn`.
"use strict";
(() => {
  class Emitter {
    #listeners = {};
    on(name, listener) { (this.#listeners[name] ||= []).push(listener); return this; }
    emit(name, ...about) { for (const listener of [...(this.#listeners[name] || [])]) listener(...about); }
  }
  const later = (act, time = 10) => setTimeout(act, time);

  class Call extends Emitter {
    #status = "pending";
    #muted = false;
    customParameters = new Map();
    digits = [];
    constructor(device, parameters) { super(); this.device = device; this.parameters = parameters; }
    status() { return this.#status; }
    isMuted() { return this.#muted; }
    accept() {
      if (this.#status !== "pending") return;
      this.#status = "connecting";
      navigator.mediaDevices.getUserMedia({ audio: true }).then(() => {
        if (this.#status !== "connecting") return;
        this.#status = "open";
        this.emit("accept", this);
      }, () => {
        this.#close("disconnect");
        this.emit("error", { code: 31401, message: "PermissionDeniedError" });
      });
    }
    reject() { if (this.#status === "pending") this.#close("reject"); }
    ignore() { if (this.#status === "pending") { this.#status = "closed"; this.device.forget(this); } }
    disconnect() { if (["connecting", "open"].includes(this.#status)) this.#close("disconnect"); }
    mute(wanted = true) { if (this.#muted !== wanted) { this.#muted = wanted; this.emit("mute", wanted, this); } }
    sendDigits(digits) {
      if (/[^0-9*#w]/.test(digits)) throw new Error("Illegal character passed into sendDigits");
      this.digits.push(...digits);
    }
    cancelled() { this.#close("cancel"); }
    #close(name) {
      if (this.#status === "closed") return;
      this.#status = "closed";
      this.device.forget(this);
      this.emit(name, this);
    }
  }

  class Device extends Emitter {
    #token;
    calls = [];
    state = "unregistered";
    audio = { incoming: (on) => { this.ownRing = on; } };
    constructor(token, options = {}) {
      super();
      this.options = options;
      this.updateToken(token);
      standIn.device = this;
    }
    get token() { return this.#token; }
    get identity() { return JSON.parse(atob(this.#token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).grants.identity; }
    updateToken(token) {
      if (typeof token !== "string" || token.split(".").length !== 3) throw new Error("Parameter \"token\" must be of type \"string\".");
      this.#token = token;
      standIn.tokens.push(token);
    }
    get isBusy() { return this.calls.some((call) => ["connecting", "open"].includes(call.status())); }
    async register() {
      if (this.state !== "unregistered") throw new Error(`Attempt to register when device is in state "${this.state}".`);
      this.#become("registering");
      if (!standIn.online) return new Promise(() => {});
      await new Promise((done) => { later(done); });
      if (standIn.refuses) { this.#become("unregistered"); this.emit("error", { code: standIn.refuses }); throw new Error("refused"); }
      this.#become("registered");
    }
    async unregister() { this.#become("unregistered"); }
    #become(state) { this.state = state; this.emit(state); }
    drop() { this.#become("unregistered"); }
    forget(call) { this.calls = this.calls.filter((each) => each !== call); }
  }

  window.standIn = {
    device: null, tokens: [], online: true, refuses: 0, call: null,
    /** The phone company rings this browser; false when nobody is registered here, as then it says no-answer. */
    ring(sid) {
      const { device } = this;
      if (!device || device.state !== "registered" || device.isBusy) return false;
      this.call = new Call(device, { CallSid: sid, From: "anonymous" });
      device.calls.push(this.call);
      device.emit("incoming", this.call);
      return true;
    },
    hangUp() { if (this.call) this.call.status() === "pending" ? this.call.cancelled() : this.call.disconnect(); },
    goOffline() { this.online = false; this.device.drop(); },
    comeBack() { this.online = true; this.device.state = "unregistered"; this.device.register(); },
    expiresSoon() { this.device.emit("tokenWillExpire", this.device); },
  };
  window.Twilio = { Device, Call };
})();
