"""The Flask application: every door, wired to one house. `flask run` alone works."""

from __future__ import annotations

import gc
import logging
import socket
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix

import logs
import wiring
from api.views import blueprint as api
from core.content import ContentError
from desk.views import blueprint as desk
from ivr.views import blueprint as ivr
from reception.house import Clock, House
from reception.hub import LOOK_AGAIN_WITH_BELL, Hub
from reception.live import NoRoom, Streams, room_for
from settings import ROOT, Settings, Wrong, load
from store import heartbeats
from store.db import Unfit
from web.door import sentence, wants_json
from web.shown import clock as clock_words
from web.shown import plain
from web.views import blueprint as web
from wechat.views import blueprint as wechat

BODY_BYTES = 256 * 1024
"""Of any request, unless its view says otherwise."""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SENTENCES = {
    403: "not_allowed",
    404: "unknown_page",
    405: "bad_method",
    413: "too_large",
    415: "unsupported_type",
    429: "too_often",
}
"""What is said for an HTTP error: a code of labels.yml, under `errors`; for others of 4xx, that it is
incomplete. Everything else is our own fault."""
TURN_OF_A_THREAD = 0.0005
"""Seconds for which a thread keeps the interpreter while others wait. A request touches the store some sixty
times and lets go each time; by Python's own 5 ms a few busy threads made it wait for seconds (measured with
550 open streams: `./jiesu bench desk`)."""
PROBED_EVERY = timedelta(seconds=2)
GUNICORN_GIVES_UP = 3
SILENT_AFTER = timedelta(minutes=2)

log = logging.getLogger("jiesu.app")


def create_app(settings: Settings | None = None, clock: Clock = wiring.now) -> Flask:
    """The application. Ends the process, in plain words, when settings, content or database will not do."""
    try:
        settings = settings or load()
        logs.set_up(settings.log_level)
        room_for(settings.streams)
        house = wiring.house(settings, clock)
        app = assemble(settings, house)
    except Wrong as wrong:
        end(f"these settings will not do (docs/running.md):\n{wrong}")
    except ContentError as error:
        end(f"the words in content/ cannot be used: {error}")
    except (Unfit, NoRoom) as error:
        end(str(error))
    # What stands now stays for good. The collector need not look through it again and again: each such
    # pass kept one caller in a few hundred waiting (https://docs.python.org/3/library/gc.html#gc.freeze).
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN_OF_A_THREAD)
    return app


def end(why: str) -> NoReturn:
    """Say why and end. The code tells gunicorn that another try would end the same way."""
    sys.stderr.write(f"jiesu: {why}\n")
    sys.stderr.flush()
    raise SystemExit(GUNICORN_GIVES_UP)


def assemble(settings: Settings, house: House) -> Flask:
    """The application around a house that stands."""
    app = Flask("jiesu", root_path=str(ROOT), static_folder=str(ROOT / "static"))
    configure(app, settings)
    app.extensions["jiesu"] = house
    app.extensions["jiesu_settings"] = settings
    app.extensions["jiesu_streams"] = streams = Streams(settings.streams)
    app.extensions["jiesu_hub"] = hub(house, streams)
    streams.end_on_stop()
    app.extensions["jiesu_wechat"] = wiring.wechat(settings, house.content)
    app.extensions["jiesu_kf"] = wiring.kf_envelope(settings)
    for door in (web, ivr, desk, api, wechat):
        app.register_blueprint(door)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.register_error_handler(Exception, went_wrong)
    app.before_request(begin)
    app.after_request(seal)
    app.context_processor(lambda: for_templates(house))
    app.add_template_filter(plain)
    app.add_template_filter(clock_words, "clock")
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    return app


def hub(house: House, streams: Streams) -> Hub:
    """What wakes the streams of this process; with a bell, at once also when another process has written."""
    if house.bell is None:
        return Hub(house.db, house.clock, lambda: streams.ended)
    house.bell.listen(house.db.ring)
    return Hub(house.db, house.clock, lambda: streams.ended, LOOK_AGAIN_WITH_BELL)


def configure(app: Flask, settings: Settings) -> None:
    app.secret_key = settings.secret_key
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(
        JIESU_PUBLIC_URL=settings.public_url,
        JIESU_SECURE=settings.secure,
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME="jiesu_desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        TWILIO_AUTH_TOKEN=settings.twilio.auth_token,
        TWILIO_CALLER_ID=settings.twilio.caller_id,
        TWILIO_BYOC_TRUNK_SID=settings.twilio.byoc_trunk,
        JIESU_RECORD_TALKS=settings.record_talks,
        JIESU_SIMULATOR_TOKEN=settings.simulator_token,
        JIESU_HOLD_MUSIC_URL=settings.hold_music_url,
    )


def for_templates(house: House) -> dict[str, Any]:
    """Words for every page: `words.chat.send`; with slots, `page_words("chat.input_hint", limit="9")`."""
    content = house.content
    return {
        "words": content.pages,
        "page_words": content.page,
        "labels": content.labels,
        "company": content.company,
    }


# ---- Every request


def begin() -> None:
    g.began = time.monotonic()


def seal(response: Response) -> Response:
    """The headers that every answer carries, and its line in the log: which rule, never which words.

    A view that needs more than 'self' for a directive says so in `g.policy`; only that page gets it.
    """
    policy = {name: f"{value} {g.get('policy', {}).get(name, '')}".strip() for name, value in POLICY.items()}
    sealed = "; ".join(f"{name} {value}" for name, value in policy.items())
    for name, value in {**HEADERS, "Content-Security-Policy": sealed}.items():
        response.headers.setdefault(name, value)
    took = (time.monotonic() - g.get("began", time.monotonic())) * 1000
    rule = request.url_rule.rule if request.url_rule else "-"
    log.info("%s %s %s %.0fms", request.method, rule, response.status_code, took)
    return response


def went_wrong(error: Exception) -> Response:
    """One sentence, for people or for programs; nothing about our insides and nothing that was sent to us."""
    if not isinstance(error, HTTPException):
        log.error("an error nobody expected", exc_info=error)
        error = InternalServerError()
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()  # type: ignore[return-value]
    code = SENTENCES.get(error.code or 500, "server" if (error.code or 500) >= 500 else "bad_json")
    text = sentence(code)
    if for_program():
        return make_response(jsonify(error=code, message=text), error.code)
    return make_response(render_template("chat/error.html", text=text, status=error.code), error.code)


def for_program() -> bool:
    return (
        wants_json()
        or request.is_json
        or request.path.startswith(("/api/", "/chat/messages", "/chat/events"))
    )


# ---- Is it well?


def healthz() -> Response:
    return jsonify(ok=True)


def readyz() -> Response:
    """Each dependency, and the rung of the ladder in force. 200 as long as the database answers.
    However often it is asked, it looks only every two seconds."""
    house: House = current_app.extensions["jiesu"]
    now = house.clock()
    seen = current_app.extensions.get("jiesu_ready")
    if seen is None or abs(now - seen[0]) >= PROBED_EVERY:
        seen = current_app.extensions["jiesu_ready"] = (now, look(house))
    told = seen[1]
    return make_response(jsonify(told), 200 if told["ok"] else 503)


def look(house: House) -> dict[str, Any]:
    settings: Settings = current_app.extensions["jiesu_settings"]
    working = ("office", "wechat") if settings.wechat.on or settings.kf.on else ("office",)
    database, workers = look_at_store(house, working)
    assistant = "resting" if house.reception.assistant.resting else "asked"
    return {
        "ok": database == "ok",
        "rung": 3 if database != "ok" else 1 if assistant == "resting" else 0,
        "database": database,
        "assistant": assistant,
        "actions": "ok" if answers(settings.actions_port) else "down",
        "model": "ok" if (ROOT / "models" / "jiesu.tar.gz").exists() else "missing",
        "wechat": "off",
        **workers,
        "streams": {"open": current_app.extensions["jiesu_streams"].open, "most": settings.streams},
        "phone": "on" if settings.twilio.on else "off",
    }


def look_at_store(house: House, workers: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Whether the database answers, and whether each worker was seen lately. Reads only: anybody may ask."""
    try:
        with house.db.reading() as conn:
            seen = {name: heartbeats.last(conn, name) for name in workers}
    except Exception as error:
        log.error("the database refuses", exc_info=error)
        return "down", dict.fromkeys(workers, "unknown")
    now = house.clock()
    fresh = {name for name, at in seen.items() if at is not None and now - at <= SILENT_AFTER}
    return "ok", {name: "ok" if name in fresh else "silent" for name in workers}


def answers(port: int) -> bool:
    """Whether somebody listens on this port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False
