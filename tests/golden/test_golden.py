"""Golden conversations: the files of this folder, played through reception and linted.

A file holds the customer's turns, what is heard or which replies answer, and the complaint that must stand
at the end. `known_fault` says why a conversation still goes wrong; the test then insists that it does, so
that whoever mends it takes the mark away.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.golden import lint
from tests.golden.player import Player
from tests.golden.script import CHANNELS, Script, scripts

SCRIPTS = scripts()
SETS = ("flags", "issues", "wanted", "amounts", "paged", "skipped", "declined")


def _param(script: Script):
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=script.known_fault)]
    return pytest.param(script, id=script.file.stem, marks=marks if script.known_fault else [])


@pytest.mark.parametrize("script", [_param(script) for script in SCRIPTS])
def test_conversation(script, reception, content, clock):
    player = Player(reception, clock, script)
    played = player.play()
    faults = [*turn_faults(played), *record_faults(script, player.stored(), played)]
    faults += lint.faults(script, played, content)
    assert not faults, "\n".join([script.title, *transcript(played), *faults])


def turn_faults(played):
    for turn, replies in played.turns:
        what = next(iter(turn.values()))
        said, names = "".join(reply.words for reply in replies), [reply.name for reply in replies]
        if "replies" in turn and names != turn["replies"]:
            yield f"to {what!r} comes {names}, not {turn['replies']}"
        yield from (f"to {what!r} does not hear {w!r}" for w in turn.get("hears", []) if w not in said)
        yield from (f"to {what!r} hears {w!r}" for w in turn.get("not_hears", []) if w in said)
        yield from (f"to {what!r} comes {n}" for n in turn.get("not_replies", []) if n in names)
        if ("customer" in turn or "burst" in turn) and not replies:
            yield f"{what!r} is not answered"


def record_faults(script, stored, played):
    if stored.heard != played.heard:
        yield f"the words were not kept as written: {stored.heard}"
    if stored.unanswered:
        yield f"{stored.unanswered} messages are kept, but not answered"
    for name, expected in script.complaint.items():
        value = stored.values.get(name)
        if name == "promises":
            right = set(expected) <= value
        elif name == "story":
            right = expected in (value or "")
        else:
            right = value == (set(expected) if name in SETS else expected)
        if not right:
            yield f"{name}: {value!r}, not {expected!r}"


def transcript(played):
    for turn, replies in played.turns:
        yield f"  > {str(next(iter(turn.values())))[:80]}"
        yield from (f"  < {reply.name}: {reply.words}" for reply in replies)


def test_there_are_enough_of_each_channel():
    counted = Counter(script.channel for script in SCRIPTS)
    assert len(SCRIPTS) >= 44
    assert min(counted[channel] for channel in CHANNELS) >= 12


def test_titles_tell_them_apart():
    assert max(Counter(script.title for script in SCRIPTS).values()) == 1
