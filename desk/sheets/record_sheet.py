"""The complaint record on paper (content, process, result, satisfaction)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desk.sheets.blocks import Block, Maker, field, form, sign
from desk.shown import number, phone

CLAIM = ("story", "core_issue", "issues", "happened", "reference", "subject", "loss_claimed", "wanted")
"""What the customer told, in the order in which one reads it; the rest of the facts follow."""
ELSEWHERE = frozenset({"name", "phone", "contact_choice", "read_back", "phone_confirmed", "unsure"})
MOST_WORDS = 120_000
"""Characters of the conversation on one sheet, about sixty pages."""


def record_sheet(make: Maker, whole: Mapping[str, Any], work: Sequence[Block]) -> dict[str, Any]:
    """The sheet of a whole record, with the blocks of the work on it. Without the house's own notes: it may
    leave the house."""
    blocks = [
        _basics(make, whole),
        _claim(make, whole["facts"]),
        _promises(make, whole["promises"]),
        _handoffs(make, whole["handoffs"]),
        *work,
        _links(make, whole["links"]),
        _evidence(make, whole["evidence"]),
        _talk(make, whole["words"]),
        sign(*make.words("paper.sign_owner", "paper.sign_supervisor", "paper.sign_date")),
    ]
    state = make.word("paper.state", state=make.label("states", whole["state"]), tier=_tier(make, whole))
    return make.sheet(make.word("paper.record"), blocks, number(whole["number"]), state)


def _tier(make: Maker, whole: Mapping[str, Any]) -> str:
    return make.label("tiers", whole["tier"]["level"])


def _basics(make: Maker, whole: Mapping[str, Any]) -> Block:
    customer, owner = whole["customer"], whole["owner"] or {}
    tel = phone(customer["phone"], make.full) if customer["phone"] else ""
    name = make.named
    return form(
        make.word("paper.basics"),
        [
            field(name("opened_at"), make.at(whole["opened_at"])),
            field(name("registered_at"), make.at(whole["registered_at"])),
            field(name("channel"), make.label("channels", whole["channel"])),
            field(name("source"), make.label("sources", whole["source"])),
            field(name("name"), customer["name"] or ""),
            field(name("phone"), tel, make.label("fact_by", customer["phone_by"])),
            field(name("contact_choice"), make.label("contact_choices", customer["contact_choice"])),
            field(name("mood"), make.label("moods", whole["mood"]["mood"])),
            field(name("tier"), _tier(make, whole), make.joined(whole["tier"]["words"])),
            field(name("flags"), make.joined(make.label("flags", flag["flag"]) for flag in whole["flags"])),
            field(name("owner"), owner.get("name") or "", make.at(owner.get("taken_at"))),
            field(name("department"), make.label("departments", whole["department"])),
        ],
    )


def _claim(make: Maker, facts: Mapping[str, Any]) -> Block:
    """What the customer told, each with how we know it. What nobody has told yet stands there empty."""
    more = [name for name in facts if name not in CLAIM and name not in ELSEWHERE]
    return form(make.word("paper.claim"), [_fact(make, name, facts.get(name)) for name in (*CLAIM, *more)])


def _fact(make: Maker, name: str, fact: Mapping[str, Any] | None) -> dict[str, Any]:
    if fact is None:
        return field(make.named(name), "", wide=True)
    value = make.joined(make.show.fact(name, fact["value"]))
    note = make.word("paper.source", by=make.by_whom(fact["by"]), at=make.at(fact["at"]))
    return field(make.named(name), value, note, wide=True)


def _promises(make: Maker, promises: list[dict[str, Any]]) -> Block:
    return make.rows(
        make.named("promises"),
        make.words(
            "paper.promise_kind",
            "paper.promise_made",
            "paper.promise_due",
            "paper.promise_state",
            "paper.promise_kept",
        ),
        (2, 3, 3, 2, 3),
        [
            (
                make.label("promise_kinds", promise["kind"]),
                make.at(promise["made_at"]),
                make.at(promise["due_at"]),
                make.label("promise_states", promise["state"]),
                make.at(promise["kept_at"]),
            )
            for promise in promises
        ],
    )


def _handoffs(make: Maker, handoffs: list[dict[str, Any]]) -> Block:
    return make.rows(
        make.word("desk.handoffs"),
        make.words(
            "paper.handoff_asked",
            "paper.handoff_reason",
            "paper.handoff_agent",
            "paper.handoff_spoke",
            "paper.handoff_outcome",
        ),
        (3, 3, 2, 3, 2),
        [
            (
                make.at(asked["asked_at"]),
                make.label("handoff_reasons", asked["reason"]),
                asked["agent"] or "",
                make.at(asked["human_first_word_at"]),
                make.label("handoff_outcomes", asked["outcome"]),
            )
            for asked in handoffs
        ],
    )


def _links(make: Maker, links: list[dict[str, Any]]) -> Block:
    return make.rows(
        make.named("links"),
        [make.named("number"), make.word("paper.link"), make.named("state"), make.named("opened_at")],
        (3, 2, 2, 3),
        [
            (
                number(link["number"]),
                make.label("links", link["link"]),
                make.label("states", link["state"]),
                make.at(link["opened_at"]),
            )
            for link in links
        ],
    )


def _evidence(make: Maker, files: list[dict[str, Any]]) -> Block:
    """The files, each with the seal that shows that it is still the one that came."""
    return make.rows(
        make.named("evidence"),
        [*make.words("paper.file_name", "paper.file_at", "paper.file_size"), "SHA-256"],
        (4, 3, 2, 6),
        [
            (
                file["name"] or file["file"],
                make.at(file["received_at"]),
                make.word("paper.kilobytes", n=f"{-(-file['size'] // 1024):,}"),
                file["sha256"],
            )
            for file in files
        ],
    )


def _talk(make: Maker, words: list[dict[str, Any]]) -> Block:
    """The conversation, word for word, from its beginning, as far as MOST_WORDS go."""
    lines: list[dict[str, Any]] = []
    left = MOST_WORDS
    for said in words:
        left -= len(said["words"])
        if left < 0:
            lines.append(_left_out(make, len(words) - len(lines)))
            break
        lines.append(_line(make, said))
    return {"kind": "talk", "heading": make.word("paper.talk"), "lines": lines} if lines else {}


def _line(make: Maker, said: Mapping[str, Any]) -> dict[str, Any]:
    author = said["author"]
    who = said["name"] or make.label("authors", author)
    return {
        "who": who,
        "at": make.at(said["at"]),
        "customer": author == "customer",
        "words": said["words"],
        "note": make.label("line_sources", said["source"]) if said["source"] else "",
    }


def _left_out(make: Maker, n: int) -> dict[str, Any]:
    words = make.word("paper.words_left", n=str(n))
    return {"who": "", "at": "", "customer": False, "words": words, "note": ""}
