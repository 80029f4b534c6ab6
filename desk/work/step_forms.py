"""Reading the forms of the seven steps. What is wrong is refused in words, with everything typed kept."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request

from core.due import ZONE
from core.follow_up import CAUSE_ANSWERS, MARKS, Answers
from core.remedy import read_yuan
from desk.door import LONGEST_TEXT
from reception.acting import Refused

LOCAL = "%Y-%m-%dT%H:%M"


def text(name: str) -> str:
    """What was typed. Raises Refused for nothing, or for more than fits."""
    words = optional(name)
    if not words:
        raise Refused("empty")
    return words


def optional(name: str) -> str:
    words = request.form.get(name, "").replace("\r\n", "\n").strip()
    if len(words) > LONGEST_TEXT:
        raise Refused("too_long")
    return words


def chosen(name: str) -> int | None:
    """A small whole number, or None when nothing was chosen."""
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None


def moment(name: str) -> datetime:
    """A day and time of day in China. Raises Refused."""
    try:
        return _local(request.form.get(name, "")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("bad_time") from None


def _local(typed: str) -> datetime:
    """Raises ValueError."""
    return datetime.strptime(typed, LOCAL).replace(tzinfo=ZONE)


def local(at: datetime) -> str:
    """A moment as the field for a day and time of day wants it."""
    return f"{at.astimezone(ZONE):{LOCAL}}"


def amount() -> int | None:
    """The amount in fen, None for an empty field. Raises Refused for one that is none."""
    typed = request.form.get("amount", "").strip()
    fen = read_yuan(typed) if typed else None
    if typed and fen is None:
        raise Refused("bad_yuan")
    return fen


def appointment() -> dict[str, str] | None:
    """Day, window, who comes and where, when a day was given. Raises Refused when the rest is missing."""
    day = request.form.get("visit_day", "").strip()
    if not day:
        return None
    window = [request.form.get(name, "").strip() for name in ("visit_from", "visit_to")]
    try:
        first, last = (_local(f"{day}T{clock}") for clock in window)
    except ValueError:
        raise Refused("bad_time") from None
    if first >= last:
        raise Refused("bad_time")
    about = {"person": text("visit_person"), "place": text("visit_place")}
    return {"day": day, "from": window[0], "to": window[1], **about}


def answers() -> Answers:
    """The five answers as they were ticked and typed. Raises Refused for a mark that does not exist."""
    marks = [chosen(name) for name in ("q1", "q2", "q3")]
    cause = request.form.get("q5", "")
    if any(mark is not None and mark not in MARKS for mark in marks) or cause not in ("", *CAUSE_ANSWERS):
        raise Refused("bad_request")
    q1, q2, q3 = marks
    return Answers(q1, q2, q3, optional("q4"), cause, optional("words"))
