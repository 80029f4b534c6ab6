"""The REST API. Every answer is JSON; every refusal is a problem document (RFC 9457)."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response, current_app, request

from core import number as numbers
from reception.house import House
from store import complaints, record, users

blueprint = Blueprint("api", __name__)

DESCRIPTION = Path(__file__).with_name("openapi.yml")
MOST = 100
USUAL = 50
LARGEST_CURSOR = 2**62


class Refused(Exception):
    """Not done: an HTTP status and a code of labels.yml `errors`; `what` names what was wrong."""

    def __init__(self, status: int, code: str, what: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.what = status, code, what


def house() -> House:
    found: House = current_app.extensions["jiesu"]
    return found


def answer(content: Any, status: int = 200, kind: str = "application/json") -> Response:
    """JSON that no cache keeps: it holds a customer's words."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(Refused)
def problem(refused: Refused) -> Response:
    detail = house().content.label("errors", refused.code).replace("{what}", refused.what)
    told = {"type": "about:blank", "status": refused.status, "code": refused.code, "detail": detail}
    response = answer(told, refused.status, "application/problem+json")
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def token_needed(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only for holders of a token. We know its SHA-256 only, and look that up, so nothing is compared in
    a time that depends on the token."""

    @functools.wraps(view)
    def guarded(**arguments: Any) -> Response:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        digest = hashlib.sha256(token.strip().encode()).hexdigest()
        with house().db.reading() as conn:
            known = kind.lower() == "bearer" and users.token_name(conn, digest) is not None
        if not known:
            raise Refused(401, "needs_token")
        return view(**arguments)

    return guarded


@blueprint.get("/api/v1/complaints")
@token_needed
def listed() -> Response:
    """Registered complaints in the order of their registration, after a cursor."""
    after = _whole_number("after", 0, LARGEST_CURSOR)
    limit = _whole_number("limit", USUAL, MOST, least=1)
    with house().db.reading() as conn:
        rows = complaints.registered(conn, after, limit + 1)
        whole = [record.whole(conn, row.complaint_id) for row in rows[:limit]]
    cursor = rows[:limit][-1].cursor if rows else after
    return answer({"complaints": whole, "after": cursor, "more": len(rows) > limit})


@blueprint.get("/api/v1/complaints/<number>")
@token_needed
def one(number: str) -> Response:
    """One registered complaint. A draft is none yet."""
    with house().db.reading() as conn:
        row = complaints.by_number(conn, number) if numbers.valid(number) else None
        if row is None or row.registered_at is None:
            raise Refused(404, "unknown_complaint")
        return answer(record.whole(conn, row.id))


@blueprint.get("/api/openapi.json")
def description() -> Response:
    """What this API is, for people and programs."""
    return answer(_description())


@functools.cache
def _description() -> Any:
    return yaml.safe_load(DESCRIPTION.read_text("utf-8"))


def _whole_number(name: str, usual: int, most: int, least: int = 0) -> int:
    raw = request.args.get(name)
    if raw is None:
        return usual
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and least <= int(raw) <= most):
        raise Refused(400, "bad_request", name)
    return int(raw)
