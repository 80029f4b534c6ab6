"""What no reply of a recorded conversation may do, whatever its file expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from reception.content import Content
from reception.replies import SLOT, Variant
from reception.wording import QUESTION, sentences
from tests.golden.player import Played, Reply
from tests.golden.script import Script

APOLOGY = re.compile(r"对不起|抱歉|不好意思|过意不去|致歉")
MOST_QUESTIONS = 5
MOST_APOLOGIES = 2

# The questions of the form. The choice of two ways stands instead of the form, and counts like one.
QUESTIONS = (
    "utter_ask_story",
    "utter_ask_wanted",
    "utter_ask_missing",
    "utter_ask_keys",
    "utter_ask_phone",
    "utter_ask_read_back",
    "utter_angry",
    "utter_phone_bad",
)

# Replies that may be said again word for word, and why.
SAID_AGAIN = {
    "utter_no_match": "a wrong and an unknown number are answered alike, or numbers could be found by trying",
    "utter_status_no_owner": "the same question about progress has the same true answer",
    "utter_status": "the same question about progress has the same true answer",
    "utter_waiting_kept": "who writes on in the queue is answered each time; it takes turns with another",
    "utter_finding_human_again": "as above: the two take turns for as long as the wait lasts",
    "utter_added": "what is added after the number is confirmed each time; it takes turns with another",
    "utter_added_again": "as above",
    "utter_missed_once": "after an understood turn a miss is the first again and says how to reach a person",
}

# Short fixed sentences that may be said again in any reply, and why.
SENTENCES_AGAIN = {
    "对不对？": "on the phone the shortest question that tells how to answer a read-back",
    "真人同事我这边在叫。": "in danger of life, that a person is being called stays in sight",
    "我在叫真人。": "the same for the ear",
}


def faults(script: Script, played: Played, content: Content) -> list[str]:
    """Every rule that a reply breaks, in words for whoever reads the failing test."""
    rules = (_never_said, _unfilled, _apologies, _empathy_twice, _questions_at_once, _many_questions)
    found = [fault for rule in rules for fault in rule(script, played, content)]
    return found + list(_said_twice(script, played, content))


def _variant(script: Script, reply: Reply, content: Content) -> Variant:
    return content.variant(reply.name, script.channel)


def _own(reply: Reply, variant: Variant) -> str:
    """Our own words of a reply: what stands in its slots was said by the customer or read from a row."""
    return SLOT.sub("", variant.text)


def _never_said(script: Script, played: Played, content: Content) -> Iterator[str]:
    theirs = "\n".join(played.heard)
    for reply in played.replies:
        own = _own(reply, _variant(script, reply, content))
        for found in content.never_say.find(reply.words):
            quoted = found.words in theirs and not content.never_say.find(own)
            if not quoted:
                yield f"{reply.name} says {found.words}: {found.why}"
        for word in script.never:
            if word in reply.words:
                yield f"{reply.name} says {word}, which this conversation must not hear: {reply.words}"


def _unfilled(script: Script, played: Played, content: Content) -> Iterator[str]:
    theirs = "\n".join(played.heard)
    for reply in played.replies:
        for found in SLOT.finditer(reply.words):
            if found[0] not in theirs:
                yield f"{reply.name} has an unfilled {found[0]}"


def _apologies(script: Script, played: Played, content: Content) -> Iterator[str]:
    for conversation in played.conversations:
        said = [reply for reply in played.replies if reply.conversation == conversation]
        turns = list(dict.fromkeys(reply.moment for reply in said if reply.name != "utter_open"))
        sorry = [reply for reply in said if APOLOGY.search(_own(reply, _variant(script, reply, content)))]
        early = [reply for reply in sorry if reply.moment in turns[:2]]
        if len(early) > 1:
            yield f"{len(early)} apologies in the first two turns: {[reply.words for reply in early]}"
        if len(sorry) > MOST_APOLOGIES:
            yield f"{len(sorry)} apologies in one conversation: {[reply.words for reply in sorry]}"


def _empathy_twice(script: Script, played: Played, content: Content) -> Iterator[str]:
    for one, two in pairwise(played.replies):
        felt = [_variant(script, reply, content).empathy for reply in (one, two)]
        if all(felt) and one.conversation == two.conversation:
            yield f"two lines of empathy in a row: {one.words} / {two.words}"


def _questions_at_once(script: Script, played: Played, content: Content) -> Iterator[str]:
    for _, together in groupby(played.replies, key=lambda reply: reply.moment):
        said = [(reply, _variant(script, reply, content)) for reply in together]
        asked = [reply.words for reply, variant in said for _ in QUESTION.findall(_own(reply, variant))]
        asked += [reply.words for reply, variant in said if "{ask}" in variant.text]
        if len(asked) > 1:
            yield f"more than one question at once: {asked}"


def _many_questions(script: Script, played: Played, content: Content) -> Iterator[str]:
    for conversation in played.conversations:
        asked = [
            reply.name
            for reply in played.replies
            if reply.conversation == conversation and reply.name.startswith(QUESTIONS)
        ]
        if len(asked) > MOST_QUESTIONS:
            yield f"{len(asked)} questions, {MOST_QUESTIONS} is the most: {asked}"


def _said_twice(script: Script, played: Played, content: Content) -> Iterator[str]:
    seen: dict[tuple[str, str], Reply] = {}
    for reply in played.replies:
        if reply.name in SAID_AGAIN:
            continue
        for sentence in set(sentences(reply.words)) - set(SENTENCES_AGAIN):
            before = seen.setdefault((reply.conversation, sentence), reply)
            if before is not reply:
                yield f"said twice, by {before.name} and {reply.name}: {sentence}"
