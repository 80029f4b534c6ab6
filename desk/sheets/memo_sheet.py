"""The work memo on paper: facts, what is asked, by when, with the customer's own words, since a summary
loses what the department needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desk.sheets.blocks import Maker, field, form, sign
from desk.shown import number, phone

WORDS_WITH_IT = 1_500
"""Characters of the customer's own words that go with the memo."""
TELEPHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)")


def memo_sheet(make: Maker, memo: Any, whole: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet of a memo; with its reply once there is one. No name and no number of the customer: the
    department needs the matter, and whoever it is about must not ring the customer."""
    sender = make.people.get(memo.user_id, "")
    taken = make.people.get(memo.taken_by or 0, "") if memo.taken_at else ""
    blocks = [
        form(
            "",
            [
                field(make.word("paper.memo_department"), memo.department),
                field(make.word("paper.memo_due"), make.at(memo.due_at)),
                field(make.word("paper.memo_from"), sender, make.at(memo.sent_at)),
                field(make.word("paper.memo_taken"), taken, make.at(memo.taken_at)),
                field(make.named("tier"), make.label("tiers", whole["tier"]["level"])),
                field(make.named("issues"), make.joined(make.show.fact("issues", whole["issues"]))),
                field(make.word("paper.memo_facts"), memo.facts, wide=True),
                field(make.word("paper.memo_ask"), memo.ask, wide=True),
                field(make.word("paper.memo_said"), _said(whole), wide=True),
            ],
        ),
        _reply(make, memo),
        sign(*make.words("paper.sign_handler", "paper.sign_department", "paper.sign_date")),
    ]
    state = make.label("memo_stages", "recalled") if memo.recalled_at else ""
    return make.sheet(make.word("paper.memo"), blocks, number(whole["number"]), state)


def _reply(make: Maker, memo: Any) -> dict[str, Any]:
    """The department's answer, or room to write one."""
    heading = make.word("paper.memo_reply")
    if memo.reply is None:
        return {"kind": "space", "heading": heading}
    by = make.word("paper.source", by=make.people.get(memo.replied_by, ""), at=make.at(memo.replied_at))
    return {"kind": "prose", "heading": heading, "words": memo.reply, "note": by}


def _said(whole: Mapping[str, Any]) -> str:
    """What the customer said, from the beginning, so that facts do not bend in the retelling; telephone
    numbers only by their ends."""
    words = [line["words"] for line in whole["words"] if line["author"] == "customer" and line["words"]]
    said = TELEPHONE.sub(lambda found: phone(re.sub(r"\D", "", found[0]), full=False), "\n".join(words))
    return said if len(said) <= WORDS_WITH_IT else said[: WORDS_WITH_IT - 1] + "…"
