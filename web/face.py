"""The JSON face: one message up, for programs and for other systems."""

from __future__ import annotations

from flask import Response, jsonify, make_response, request

from web import asked, shown, talk, visitors
from web.asked import Refused
from web.door import blueprint, refusal
from web.visitors import Visitor

JSON_BYTES = 256 * 1024


@blueprint.post("/chat/messages")
def receive() -> Response:
    """One message. Its conversation's id is what lets a caller without our cookie go on with it.

    JSON only: another site's page cannot send that here without asking first, and we never agree.
    """
    request.max_content_length = JSON_BYTES
    who = visitors.visitor()
    try:
        if not request.is_json:
            raise Refused("unsupported_type", 415)
        answer = talk.hear(who, asked.read_json(request.get_data()))
    except Refused as refused:
        return refusal(refused)
    body = {
        "conversation": answer.conversation,
        "speaker": answer.speaker,
        "messages": [shown.as_json(said) for said in answer.said],
        "complaint": shown.complaint_json(answer.complaint),
    }
    response = make_response(jsonify(body), 202 if answer.pending else 200)
    if who.conversation is None:
        visitors.remember(response, _going_on(who, answer.conversation))
    return response


def _going_on(who: Visitor, conversation: str) -> Visitor:
    """Who has been at our page goes on with this conversation; a program only reads it by cookie."""
    from_our_page = not who.new and who.reads is None
    return (visitors.in_conversation if from_our_page else visitors.reading)(who, conversation)
