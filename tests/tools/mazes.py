"""Small phone applications with the faults that are found in the wild, to walk through. Written for this."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, Response, request

Page = Callable[[Mapping[str, str]], str]
Pages = Mapping[str, str | Page]


def say(words: str) -> str:
    return f"<Say>{words}</Say>"


def ask(words: str, action: str, attributes: str = 'numDigits="1"') -> str:
    return f'<Gather action="{action}" {attributes}>{say(words)}</Gather>'


def application(pages: Pages) -> Flask:
    """Answers each path with a document, or with what a function makes of the form."""
    app = Flask("maze")

    def answer(path: str) -> Response:
        page = pages.get(path)
        if page is None:
            return Response("no such page", 404)
        body = page(request.form) if callable(page) else page
        return Response(f"<Response>{body}</Response>", content_type="text/xml")

    app.add_url_rule("/<path:path>", view_func=answer, methods=["POST"])
    return app


def _tree(form: Mapping[str, str]) -> str:
    """1: extensions, 2: billing; anything else says the menu once more."""
    chosen = {"1": "<Redirect>/extensions</Redirect>", "2": "<Redirect>/billing</Redirect>"}
    return chosen.get(form.get("Digits", ""), "<Redirect>/voice/incoming</Redirect>")


#: Two keys to a person, 0 goes round, and silence is hung up on.
TREE: Pages = {
    "voice/incoming": ask("一二三四五六七八九十一二", "/menu"),  # 3.0 s
    "menu": _tree,
    "extensions": ask("一二三四五六七八", "/dial"),  # 2.0 s
    "billing": say("再见") + "<Hangup/>",
    "dial": lambda form: (
        "<Dial>+15550100</Dial>"
        if form.get("Digits") in ("2", "3")
        else "<Redirect>/voice/incoming</Redirect>"
    ),
}

#: Everything, silence too, leads back to the same question.
ROUND: Pages = {
    "voice/incoming": ask("请按一", "/voice/incoming") + "<Redirect>/voice/incoming</Redirect>",
}


def _fails(form: Mapping[str, str]) -> str:
    raise RuntimeError("a bug")


#: One key works; the other is an error.
BROKEN: Pages = {
    "voice/incoming": ask("human: press zero", "/menu"),
    "menu": lambda form: "<Dial>+15550100</Dial>" if form.get("Digits") == "0" else _fails(form),
}

#: Leads to somebody else's host.
ELSEWHERE: Pages = {
    "voice/incoming": ask("person: press zero", "https://elsewhere.example/menu"),
}


#: A queue with music, reached by any key, and by silence.
QUEUED: Pages = {
    "voice/incoming": ask("客服代表马上就来", "/queue") + "<Redirect>/queue</Redirect>",
    "queue": '<Enqueue waitUrl="/music">support</Enqueue>',
    "music": "<Play>/music.mp3</Play>",
}
