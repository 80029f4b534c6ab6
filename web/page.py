"""The chat page and its form; both work without a script."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from reception import evidence
from reception.heard import Answer
from web import asked, news, photos, shown, talk, visitors
from web.asked import Asked, Refused
from web.door import blueprint, house, log, refusal, sentence, wants_json
from web.visitors import Visitor

FORM_BYTES = 256 * 1024
"""A form without its photos: 20,000 characters take up to twelve bytes each the way that URLs are written."""
NOTICES = ("empty", "bad_photo", "photo_too_large", "too_many_photos")
NOTHING = news.News(0, (), news.Standing())


@blueprint.get("/")
def page() -> Response:
    """The conversation so far. Looking writes nothing: a conversation begins with its first message."""
    who = visitors.visitor()
    notices = [request.args["notice"]] if request.args.get("notice") in NOTICES else []
    try:
        before = _so_far(who)
    except Exception:  # a page that cannot be kept is still a page, with the hotline on it
        log.exception("the page is shown without the store")
        before = None
    return visitors.remember(draw(who, before, [sentence(code) for code in notices]), who)


def _so_far(who: Visitor) -> news.News | None:
    return news.history(house(), who.conversation) if who.conversation else None


def draw(
    who: Visitor, begun: news.News | None, notices: list[str], text: str = "", status: int = 200
) -> Response:
    """The page; `begun` is None before the first message. `notices` say what went wrong; `text` is what was
    not taken and stays in the field."""
    before = begun or NOTHING
    body = render_template(
        "chat/page.html",
        lines=before.lines,
        cursor=before.cursor,
        begun=begun is not None,
        greeting=house().content.say("utter_open", "web"),
        notices=notices,
        text=text,
        token=visitors.form_token(who),
        types=shown.types(house(), before.standing),
        limits={"text": asked.LONGEST, "files": evidence.MOST, "bytes": evidence.LARGEST},
        **_limit_sentences(),
        **shown.seen(house(), before.standing),
    )
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _limit_sentences() -> dict[str, str]:
    """What our script says by itself, before anything is sent in vain."""
    return {
        "photo_large": sentence("photo_too_large"),
        "photo_many": sentence("too_many_photos"),
        "empty": sentence("empty"),
        "long": sentence("too_long", limit=str(asked.LONGEST)),
    }


@blueprint.post("/chat/send")
def send() -> Response:
    """A message, its photos, a button, or the wish for a person. A script gets JSON, a browser a redirect."""
    photos_too = request.mimetype == "multipart/form-data"
    request.max_content_length = FORM_BYTES + (evidence.MOST * evidence.LARGEST if photos_too else 0)
    request.max_form_memory_size = FORM_BYTES
    who = visitors.visitor()
    readable = photos_too or _is_utf8(request.get_data())
    text = request.form.get("text", "").replace("\r\n", "\n")  # one new line, as it was typed
    try:
        if not visitors.from_our_page(who, request.form.get("id", "")):
            raise Refused("csrf", 403)
        if not readable:
            raise Refused("bad_encoding")
        return _take(who, text)
    except Refused as refused:
        return _not_taken(who, refused, text)


@blueprint.post("/chat/typing")
def typing() -> Response:
    """The customer is writing; the agent who speaks sees it. Nothing of the words is sent."""
    who = visitors.visitor()
    if visitors.from_our_page(who, request.form.get("id", "")):
        talk.types(who, request.form.get("on") == "1")
    return make_response("", 204)


def _is_utf8(body: bytes) -> bool:
    try:
        return bool(unquote_to_bytes(body).decode()) or not body
    except UnicodeDecodeError:
        return False


def _take(who: Visitor, text: str) -> Response:
    """All that is in the form, in order: words with photos, a button's words, the wish for a person."""
    spoken = [asked.checked(words) for words in (text, request.form.get("say", "")) if asked.has_words(words)]
    uploads, problems = photos.sent()
    human = bool(request.form.get("human"))
    if talk.say_reached(who, request.form.get("contact", "")) and not (spoken or uploads or human):
        return _taken(who, None, problems)
    if not (spoken or uploads or human):
        raise Refused(problems[0] if problems else "empty")
    id = asked.checked_id(request.form.get("id", "")[: asked.LONGEST_ID]) or secrets.token_urlsafe(16)
    answer = None
    for number, words in enumerate(spoken or ([""] if uploads else [])):
        with_it = () if number else uploads
        answer = talk.hear(who, Asked(words, _once(id, words, [one.name for one in with_it])), with_it)
        who = visitors.in_conversation(who, answer.conversation)
    if human:
        answer = talk.ask_human(who, id)
        who = visitors.in_conversation(who, answer.conversation)
    return _taken(who, answer, problems)


def _once(id: str, words: str, names: list[str]) -> str:
    """A double click is one message; the same old page sent again with other words is another."""
    digest = hashlib.sha256("\0".join([words, *names]).encode()).hexdigest()
    return f"{id}:{digest[:16]}"


def _taken(who: Visitor, answer: Answer | None, problems: list[str]) -> Response:
    if not wants_json():
        back = url_for("web.page", notice=problems[0] if problems else None, _anchor="end")
        return visitors.remember(redirect(back, 303), who)
    body: dict[str, Any] = {"notices": [sentence(code) for code in problems]}
    if answer is not None and not answer.stored:
        body["said"] = [one.words for one in answer.said]
    after = request.form.get("after", type=int, default=0)
    latest = news.since(house(), who.conversation or "", after)
    if latest is not None:
        body |= shown.news_html(house(), latest) | {"cursor": latest.cursor}
    return visitors.remember(jsonify(body), who)


def _not_taken(who: Visitor, refused: Refused, text: str) -> Response:
    """Say why, and give the words back, so that nothing has to be written twice."""
    if wants_json():
        return refusal(refused)
    try:
        before = _so_far(who)
    except Exception:
        log.exception("the page is shown without the store")
        before = None
    why = sentence(refused.code, **refused.slots)
    return draw(who, before, [why], text, refused.status)
