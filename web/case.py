"""A complaint's own page, for the customer: reached by a signed link, or by its number and four digits.

It works without a script. What may be seen is decided by reception.case, what is done by reception.case_acts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core import case as may
from core import number
from reception import acting, evidence
from reception.case import read
from reception.case_acts import Letter
from reception.case_links import BadLink, Expired, Withdrawn
from reception.status import Lookup
from store import case as rows
from store import case_links
from store.db import Connection, Row
from web import asked, case_keys, case_shown, photos, visitors
from web.asked import Refused
from web.case_keys import Key
from web.door import blueprint, house, log, sentence

FORM_BYTES = 256 * 1024
NOBODY = 0
"""In the token of a form that is about no complaint yet."""
DONE = (may.WRITE, may.REOPEN, may.ANEW)
DANGER = {"safety": "utter_danger", "life": "utter_self_harm"}
"""Replies that one sees on the page after words of danger, by their name in the address."""
PROBLEMS = ("bad_photo", "photo_too_large", "too_many_photos")


@blueprint.get("/c/<token>")
def case_link(token: str) -> Response:
    """A link that we sent. It opens the page and is gone from the address."""
    now = house().clock()
    try:
        held = _opened(token, now)
    except Expired:
        return find_page([sentence("case_link_over")], status=410)
    except Withdrawn:
        return find_page([sentence("case_link_ended")], status=410)
    except BadLink:
        return find_page([sentence("case_link_bad")], status=404)
    return _private(case_keys.hand_out(redirect(url_for("web.case_page"), 303), held, now))


def _opened(token: str, now: datetime) -> Key:
    with house().db.reading() as conn:
        found = house().case_links.read(token, now, partial(case_links.ended, conn))
        return Key(found, may.LINK, case_links.ended(conn, found))


def _ended(held: Key) -> bool:
    """Whether the link that opened the page was withdrawn since."""
    with house().db.reading() as conn:
        return held.proof == may.LINK and case_links.ended(conn, held.complaint) != held.ended


@blueprint.get("/case")
def case_page() -> Response:
    """The complaint that this browser has a key for; else the question for number and digits."""
    held = case_keys.key(house().clock())
    if held is None:
        return find_page([])
    if _ended(held):
        return find_page([sentence("case_link_ended")], status=410)
    problem = request.args.get("problem")
    notices = [sentence(problem)] if problem in PROBLEMS else []
    return draw(held, notices, done=_done(), urgent=_urgent())


def _done() -> str:
    done = request.args.get("done", "")
    return case_shown.said(house().content, "case.done", done) if done in DONE else ""


def _urgent() -> str:
    reply = DANGER.get(request.args.get("danger", ""))
    return house().content.say(reply, "web").text if reply else ""


def draw(
    held: Key, notices: list[str], *, text: str = "", done: str = "", urgent: str = "", status: int = 200
) -> Response:
    """The page. `notices` say what went wrong, `done` what was done; `text` was not taken and stays."""
    now = house().clock()
    with house().db.reading() as conn:
        view = read(conn, held.complaint, now)
    body = render_template(
        "case/page.html",
        case=case_shown.shown(house().content, view, now, held.whole),
        view=view,
        whole=held.whole,
        now=now,
        notices=notices,
        done=done,
        urgent=urgent,
        text=text,
        token=case_keys.form_token(view.id),
        limits={"files": evidence.MOST, "size": f"{evidence.LARGEST // (1024 * 1024)} MB"},
    )
    return _private(make_response(body, status))


def find_page(notices: list[str], text: str = "", given: str = "", status: int = 200) -> Response:
    """The question for number and digits. `text`: a line that somebody wrote and that could not be taken."""
    token = case_keys.form_token(NOBODY)
    body = render_template("case/find.html", notices=notices, text=text, given=given, token=token)
    return _private(make_response(body, status))


@blueprint.post("/case")
def find_case() -> Response:
    """Number and four digits. A wrong one and an unknown one get the same answer."""
    given, text = request.form.get("number", "")[:60], request.form.get("text", "")
    if visitors.from_our_site() is False or case_keys.meant(request.form.get("id", "")) is None:
        return find_page([sentence("csrf")], text, given, 403)
    wanted, digits = _digits(given), _digits(request.form.get("digits", "")[:60])
    if not number.valid(wanted) or len(digits) != 4:
        return find_page([sentence("case_digits")], text, given, 400)
    now = house().clock()
    with house().db.writing() as conn:
        found = Lookup(house().content).unlock(conn, wanted, digits, _source(), now)
    if found.too_many:
        return find_page([sentence("case_tries")], text, given, 429)
    if found.complaint is None:
        return find_page([sentence("case_no_match")], text, given, 404)
    held = Key(found.complaint, may.NUMBER)
    page = draw(held, [], text=text) if text else redirect(url_for("web.case_page"), 303)
    return case_keys.hand_out(_private(page), held, now)


def _digits(given: str) -> str:
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", given))


def _source() -> str:
    """Where a request comes from, not to be read back from a counter."""
    return hashlib.sha256((request.remote_addr or "").encode()).hexdigest()[:16]


@blueprint.post("/case/leave")
def leave_case() -> Response:
    """On a phone or a computer that others use too."""
    return _private(case_keys.take_back(redirect(url_for("web.case_page"), 303)))


@blueprint.post("/case/send")
def send_case() -> Response:
    """A line, photos, or "not done after all". What is not taken stays on the page."""
    request.max_content_length = FORM_BYTES + evidence.MOST * evidence.LARGEST
    request.max_form_memory_size = FORM_BYTES
    text = request.form.get("text", "").replace("\r\n", "\n")
    meant = case_keys.meant(request.form.get("id", ""))
    held = case_keys.key(house().clock())
    if held is None:
        return find_page([sentence("case_key_over")], text, status=403)
    try:
        if _closed(held):
            return find_page([sentence("case_link_ended")], text, status=403)
        if meant is None or visitors.from_our_site() is False:
            raise Refused("csrf", 403)
        if meant != held.complaint:
            raise Refused("case_other", 409)
        return _take(held, text)
    except Refused as refused:
        return _not_taken(held, refused, text)


def _closed(held: Key) -> bool:
    """Whether the link was withdrawn; raises Refused while the store cannot say."""
    try:
        return _ended(held)
    except Exception as error:
        log.exception("whether a link was withdrawn is not known")
        raise Refused("store_down", 503) from error


def _not_taken(held: Key, refused: Refused, text: str) -> Response:
    """Say why, and give the words back; without the store on a page that needs none."""
    why = sentence(refused.code, **refused.slots)
    try:
        return draw(held, [why], text=text, status=refused.status)
    except Exception:
        log.exception("the page is shown without the store")
        return find_page([why], text, status=refused.status)


def _take(held: Key, text: str) -> Response:
    uploads, problems = photos.sent()
    asks = may.REOPEN if request.form.get("again") else may.WRITE
    words = asked.checked(text) if asked.has_words(text) else ""
    if asks == may.REOPEN and not words:
        raise Refused("case_reason")
    if not words and not uploads:
        raise Refused(problems[0] if problems else "empty")
    names = [one.name for one in uploads]
    once = _once(held, request.form["id"], [words, *names])
    letter = Letter(words, once, held.proof, asks, uploads)
    now = house().clock()
    try:
        taken = house().case_acts.take(held.complaint, letter, now)
    except acting.Refused as refused:
        raise Refused(refused.why, 429 if refused.why == "too_often" else 409) from None
    except Exception as error:
        log.exception("a line from a complaint's page was not taken")
        raise Refused("store_down", 503) from error
    danger = next((name for name, reply in DANGER.items() if reply == taken.reply), None)
    problem = problems[0] if problems else None
    back = url_for("web.case_page", done=taken.done, danger=danger, problem=problem)
    key = held if taken.complaint == held.complaint else Key(taken.complaint, held.proof)
    return case_keys.hand_out(_private(redirect(back, 303)), key, now)


def _once(held: Key, id: str, said: list[str]) -> str:
    """A double click is one line; the same old page sent again with other words is another."""
    digest = hashlib.sha256("\0".join([id, *said]).encode()).hexdigest()
    return may.line_key(held.proof, held.complaint, digest[:32])


@blueprint.get("/case/files/<id>")
def case_file(id: str) -> Response:
    """A clean copy of one of the customer's own photos, or of one that we sent, for who came by the link."""
    _of_the_complaint(id, rows.photos, rows.enclosures)
    return _private(photos.viewing(id))


@blueprint.get("/case/files/<id>/original")
def take_case_file(id: str) -> Response:
    """A file that somebody of the house sent, to be taken away as it is, for who came by the link."""
    return _private(photos.taking_away(_of_the_complaint(id, rows.enclosures)))


def _of_the_complaint(id: str, *lists: Callable[[Connection, int], Sequence[Row[Any]]]) -> Row[Any]:
    """The file, if it stands in one of these lists of the complaint that the link opened; else the answer
    404."""
    held = case_keys.key(house().clock())
    if held is None or not held.whole or _ended(held):
        abort(404)
    with house().db.reading() as conn:
        found = [file for listed in lists for file in listed(conn, held.complaint) if file.id == id]
    return found[0] if found else abort(404)


def _private(response: Response) -> Response:
    """Kept by no cache, found by no search engine."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
