"""The chat door itself: its blueprint, what it knows of the house, and its sentences for what went wrong."""

from __future__ import annotations

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, request, url_for

from reception import evidence
from reception.house import House
from reception.hub import Hub
from reception.live import Streams
from web.asked import Refused

log = logging.getLogger("jiesu.web")
blueprint = Blueprint(
    "web", __name__, template_folder="templates", static_folder="static", static_url_path="/chat/static"
)


def house() -> House:
    found: House = current_app.extensions["jiesu"]
    return found


def hub() -> Hub:
    found: Hub = current_app.extensions["jiesu_hub"]
    return found


def streams() -> Streams:
    found: Streams = current_app.extensions["jiesu_streams"]
    return found


@blueprint.app_context_processor
def for_templates() -> dict[str, Any]:
    return {"asset": asset}


def asset(name: str) -> str:
    """The address of one of our own static files; it changes with the file, so that browsers may keep it."""
    return url_for("web.static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]


def sentence(code: str, **slots: str) -> str:
    """The sentence of labels.yml, under `errors`, with its limits and the hotline filled in."""
    content = house().content
    limits = {
        "photo_too_large": f"{evidence.LARGEST // (1024 * 1024)} MB",
        "too_many_photos": str(evidence.MOST),
    }
    known = {"hotline": content.company.numbers["hotline"].shown, "limit": limits.get(code, ""), **slots}
    text = content.label("errors", code)
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def refusal(refused: Refused) -> Response:
    """Why not, as JSON: a code for programs and a sentence for people."""
    told = {"error": refused.code, "message": sentence(refused.code, **refused.slots)}
    return make_response(jsonify(told), refused.status)


def wants_json() -> bool:
    """Whether a program asks; a browser's own navigation always prefers HTML."""
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"
