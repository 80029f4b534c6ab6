"""Steps of a call as TwiML: one pure view, and the only place that builds it.

The SDK escapes XML, but passes control characters and misspelt attributes through (measured with
twilio 9.13), so what is said is stripped here, and the caller simulator lints what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from core.call import Hold, Leave, Leg, Listen, Record, Ring, Say, Step
from ivr.engine import Engine

WHISPER_SECONDS = 4
HOLD_THEN = 1
FALLBACK_RING, FALLBACK_RECORD, FALLBACK_SILENCE = 20, 120, 5
"""Seconds, in the document that speaks while we are down."""
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u007f-\u009f]")
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


@dataclass(frozen=True)
class Addresses:
    """Where the engine goes on: absolute, ASCII, with connection overrides as the fragment."""

    turn: str
    rang: str
    recorded: str
    recording: str
    whisper: Callable[[Leg], str]
    leg: Callable[[Leg], str]
    music: str | None = None
    caller_id: str | None = None
    trunk: str | None = None
    talks: str | None = None
    partial: str | None = None


Speaks = Callable[[Say], str]


def speakable(words: str) -> str:
    """The words without characters that XML forbids or a voice cannot say, or that turn a line around."""
    return UNSEEN.sub("", UNSPEAKABLE.sub("", words))


def render(steps: Sequence[Step], speaks: Speaks, engine: Engine, to: Addresses) -> str:
    """The document for these steps. After listening or recording stands a Redirect to the same turn,
    for engines that fall through instead of reporting an empty result."""
    response = VoiceResponse()
    for step in steps:
        _add(response, step, speaks, engine, to)
    if steps and isinstance(steps[-1], (Listen, Record)):
        response.redirect(to.turn, method="POST")
    return str(response)


def render_nothing() -> str:
    """An empty document: in a whisper it bridges the call, elsewhere it ends it."""
    return str(VoiceResponse())


def render_whisper(words: str, engine: Engine, action: str) -> str:
    """What an agent hears on picking up. Silence hangs up: a whisper that just ends would bridge
    voicemail to the caller (https://www.twilio.com/docs/voice/twiml/client#attributes-url)."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=WHISPER_SECONDS, action=action, method="POST")
    _speak(gather, words, engine)
    response.append(gather)
    response.hangup()
    return str(response)


def render_goodbye(words: str, engine: Engine) -> str:
    """A sentence, then the line is hung up; for agents' legs."""
    response = VoiceResponse()
    if words:
        _speak(response, words, engine)
    response.hangup()
    return str(response)


def render_redirect(to: str) -> str:
    """Go on at this address, with nothing said."""
    response = VoiceResponse()
    response.redirect(to, method="POST")
    return str(response)


def render_patience(words: str, engine: Engine, again: str) -> str:
    """The answer is not ready: a sound, a second, then the same turn once more."""
    response = VoiceResponse()
    _speak(response, words, engine)
    response.pause(length=1)
    response.redirect(again, method="POST")
    return str(response)


def render_fallback(
    said: tuple[str, str],
    phones: Sequence[str],
    engine: Engine,
    recording: str | None = None,
    caller_id: str | None = None,
) -> str:
    """The document that stands on another host for the time when we are down; it is fetched by GET.

    Its Dial has no `action`, so what follows runs after a talk as well, and its words must fit that. Its
    Record has none either: whoever goes on after the message is led through the same document again, to
    the people first. `recording`: our address to report the message to, for when we are up again.
    """
    response = VoiceResponse()
    _speak(response, said[0], engine)
    dial = Dial(timeout=FALLBACK_RING, caller_id=caller_id)
    for address in phones:
        kind, _, name = address.partition(":")
        if kind in ("sip", "sips"):
            dial.sip(address)
        else:
            dial.number(name)
    response.append(dial)
    _speak(response, said[1], engine)
    response.record(
        method="GET",
        max_length=FALLBACK_RECORD,
        timeout=FALLBACK_SILENCE,
        play_beep=True,
        recording_status_callback=recording,
        recording_status_callback_method="POST" if recording else None,
        recording_status_callback_event="completed absent" if recording else None,
    )
    return str(response)


def _add(response: VoiceResponse, step: Step, speaks: Speaks, engine: Engine, to: Addresses) -> None:
    if isinstance(step, Say):
        _speak(response, speaks(step), engine)
    elif isinstance(step, Listen):
        response.append(_gather(step, speaks, engine, to))
    elif isinstance(step, Ring):
        response.append(_dial(step, to))
    elif isinstance(step, Record):
        _record(response, step, to)
    elif isinstance(step, Hold):
        _hold(response, step, to)
    elif isinstance(step, Leave):
        response.hangup()


def _speak(verb: VoiceResponse | Gather, words: str, engine: Engine) -> None:
    language = engine.language
    if speakable(words).strip():
        verb.say(speakable(words), language=language.say, voice=language.voice)


def _hold(verb: VoiceResponse | Gather, hold: Hold, to: Addresses) -> None:
    if to.music:
        verb.play(to.music)
    else:
        verb.pause(length=hold.seconds)


def _gather(listen: Listen, speaks: Speaks, engine: Engine, to: Addresses) -> Gather:
    """Prompts stand inside, or early keys are lost. `actionOnEmptyResult` reports silence as well.
    https://www.twilio.com/docs/voice/twiml/gather"""
    held = any(isinstance(part, Hold) for part in listen.prompt)
    patience = engine.digits if listen.mode == "digits" else engine.free
    keys: dict[str, Any] = {"finish_on_key": "#"} if listen.mode == "digits" else {"num_digits": 1}
    if engine.model:
        keys["speech_model"] = engine.model
    if to.partial:
        keys |= {"partial_result_callback": to.partial, "partial_result_callback_method": "POST"}
    gather = Gather(
        input="dtmf speech",
        action=to.turn,
        method="POST",
        timeout=HOLD_THEN if held else patience.timeout,
        speech_timeout=patience.speech_timeout,
        language=engine.language.listen,
        hints=",".join(engine.language.hints[listen.mode]),
        profanity_filter=False,
        action_on_empty_result=True,
        **keys,
    )
    for part in listen.prompt:
        if isinstance(part, Say):
            _speak(gather, speaks(part), engine)
        else:
            _hold(gather, part, to)
    return gather


def _dial(ring: Ring, to: Addresses) -> Dial:
    """All phones at once; each hears its whisper before it is bridged, and reports how it ended.
    https://www.twilio.com/docs/voice/twiml/dial"""
    talks = to.talks if ring.recorded else None
    dial = Dial(
        action=to.rang,
        method="POST",
        timeout=ring.seconds,
        answer_on_bridge=True,
        time_limit=ring.longest,
        caller_id=to.caller_id,
        record="record-from-answer-dual" if talks else None,
        recording_status_callback=talks,
        recording_status_callback_method="POST" if talks else None,
        recording_status_callback_event="completed absent" if talks else None,
    )
    for leg in ring.legs:
        _noun(dial, leg, to)
    return dial


def _noun(dial: Dial, leg: Leg, to: Addresses) -> None:
    """One phone. Its own status tells which of several lines failed.
    https://www.twilio.com/docs/voice/twiml/number#attributes"""
    ends = {
        "url": to.whisper(leg),
        "method": "POST",
        "status_callback": to.leg(leg),
        "status_callback_method": "POST",
        "status_callback_event": "completed",
    }
    kind, _, name = leg.address.partition(":")
    if kind == "client":
        dial.client(name, **ends)
    elif kind in ("sip", "sips"):
        dial.sip(leg.address, **ends)
    else:
        dial.number(name, byoc=to.trunk, **ends)


def _record(response: VoiceResponse, record: Record, to: Addresses) -> None:
    """https://www.twilio.com/docs/voice/twiml/record"""
    response.record(
        action=to.recorded,
        method="POST",
        max_length=record.seconds,
        timeout=record.silence,
        play_beep=True,
        recording_status_callback=to.recording,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
