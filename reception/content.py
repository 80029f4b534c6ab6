"""Everything the service team may change, read once at start and never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import holidays
from opencc import OpenCC

from core import (
    bursts,
    callflow,
    categories,
    clusters,
    emotion,
    escape,
    flowcheck,
    options,
    promises,
    quota,
    references,
    scenes,
    scripts,
    templates,
    tiers,
    wanted,
)
from core.asking import Asking
from core.content import ContentError, mapping_at, texts_at
from core.learned import NOTHING_LEARNED, Learned
from core.promises import Hours
from core.text import fold
from core.understanding import Vocabulary
from core.work import Work
from reception.company import Company, read_company
from reception.replies import Line, Replies, UnfilledSlot, UnknownReply, Variant, fill, read_replies
from reception.tongues import Tongue
from reception.translated import Written, folders, over
from reception.wording import NeverSaid, NeverSay, Rules
from reception.written_files import read_yaml, text_of, words_of

__all__ = [
    "Content",
    "ContentError",
    "Line",
    "UnfilledSlot",
    "UnknownReply",
    "Words",
    "load",
    "load_rules",
    "load_words",
]


@dataclass(frozen=True)
class Words:
    """What is said, written and shown. `pages` and `labels` are nested mappings of texts, by page and by kind
    of code; `scripts` are what an agent is given to say; `asking` knows what a sentence asks for; `tongues`
    what is said on the phone in other languages, by name; `written` the desk's pages and labels in other
    languages, by code."""

    replies: Replies
    labels: Mapping[str, Any]
    pages: Mapping[str, Any]
    company: Company
    scripts: tuple[scripts.Script, ...]
    asking: Asking
    never_say: NeverSay
    tongues: Mapping[str, Tongue]
    written: Mapping[str, Written]

    def read_in(self, language: str) -> Self:
        """The same with pages and labels in this language, where it is known; what is said stays as it is."""
        own = self.written.get(language)
        return self if own is None else replace(self, pages=own.pages, labels=own.labels)

    def has(self, name: str) -> bool:
        return name in self.replies

    def variant(self, name: str, channel: str) -> Variant:
        """The wording for the ear on the phone, the written one everywhere else. Raises UnknownReply."""
        if name not in self.replies:
            raise UnknownReply(name)
        return self.replies[name]["phone" if channel == "phone" else "chat"]

    def say(self, name: str, channel: str, **slots: str) -> Line:
        """The line, filled. {company} and the registered numbers fill themselves.

        Raises UnfilledSlot when any slot is missing or empty: such a line is never sent."""
        variant = self.variant(name, channel)
        text = fill(name, variant.text, {**self._own_slots(variant.channel), **slots})
        return Line(name, text, variant.buttons, variant.needs)

    def spoken(self, name: str, language: str = "", **slots: str) -> str:
        """The line for the ear, in the language's own words where it has some, "" where it can say none.

        Raises UnfilledSlot and UnknownReply."""
        tongue = self.tongues.get(language)
        own = tongue.line(name, **{**self._own_slots("phone"), **slots}) if tongue is not None else None
        if own is not None:
            return own
        return "" if tongue is not None and tongue.own_script else self.say(name, "phone", **slots).text

    def page(self, path: str, **slots: str) -> str:
        """The words at a dotted path of pages.yml, filled. Raises UnknownReply or UnfilledSlot."""
        return fill(path, _at(self.pages, path), {**self._own_slots("chat"), **slots})

    def label(self, kind: str, code: str) -> str:
        """The name of a code; the code itself when nobody has named it yet."""
        return str(self.labels.get(kind, {}).get(code, code))

    def whisper(self, **facts: str) -> str:
        """What the agent hears before accepting: each part whose facts are all known, in order."""
        said: list[str] = []
        for part in self.labels["whisper"]:
            try:
                said.append(fill("whisper", part, facts))
            except UnfilledSlot:
                continue
        return "".join(said)

    def warn(self, text: str) -> tuple[NeverSaid, ...]:
        """What in an agent's text nobody says to a customer, and why; () for a clean text."""
        return self.never_say.find(text)

    def _own_slots(self, channel: str) -> dict[str, str]:
        heard = channel == "phone"
        numbers = self.company.numbers
        own = {code: number.spoken if heard else number.shown for code, number in numbers.items()}
        tail = numbers["caller_id"].spoken.replace("，", "") if heard else numbers["caller_id"].digits
        name = self.company.spoken if heard else self.company.written
        return {**own, "caller_tail": tail[-4:], "company": name}


@dataclass(frozen=True)
class WeChat:
    """What WeChat's customers are written in: options by number, and the template message. `scenes`: which
    fact a scanned code is, by its beginning; `unsupported`: WeChat's own words for what it holds back;
    `video_hosts`: where videos are fetched from; `enclosed`: what leads to a file that WeChat does not
    carry."""

    options: options.Options
    template: templates.Template
    scenes: scenes.Table
    unsupported: Sequence[str]
    video_hosts: Sequence[str]
    enclosed: str


@dataclass(frozen=True)
class Content(Words):
    """The words, and what core decides by. `calls`: calls.yml as written; `flow`: what core reads of it.
    `grants`: what WeChat lets us send; `burst`: when short messages there are one turn; `wechat`: the rest of
    wechat.yml; `clusters`: how many alike are no chance."""

    vocabulary: Vocabulary
    promises: promises.Table
    hours: Hours
    flow: callflow.Flow
    calls: Mapping[str, Any]
    work: Work
    grants: Mapping[str, quota.Grant]
    burst: bursts.Pace
    wechat: WeChat
    clusters: clusters.Rules

    def read_in(self, language: str) -> Self:
        """Root causes too are named in this language."""
        own = super().read_in(language)
        named = {**own.work.causes, **own.labels.get("causes", {})}
        return own if own is self else replace(own, work=replace(own.work, causes=named))

    @property
    def escape(self) -> escape.Wishes:
        return self.vocabulary.wishes_for_human

    @property
    def emotions(self) -> emotion.EmotionCues:
        return self.vocabulary.emotions

    @property
    def tiers(self) -> tiers.Rules:
        return self.vocabulary.rules

    @property
    def categories(self) -> Sequence[categories.Category]:
        return self.vocabulary.categories

    @property
    def wanted(self) -> wanted.Wishes:
        return self.vocabulary.wanted

    @property
    def references(self) -> references.Labels:
        return self.vocabulary.labels


def load(folder: Path, *, today: date, learned: Learned = NOTHING_LEARNED) -> Content:
    """All content files of a folder, with the holidays of last, this and the next two years, and the
    judgements that were learnt, if there are any yet.

    Raises ContentError naming the file and the place in it."""
    calls = read_yaml(folder / "calls.yml")
    wechat = mapping_at(read_yaml(folder / "wechat.yml"), "wechat.yml")
    vocabulary = Vocabulary.from_lists(lambda name: read_yaml(folder / name), OpenCC("t2s").convert, learned)
    words, flow = load_words(folder), _read_flow(calls, vocabulary)
    _check_said(words, flow)
    return Content(
        **vars(words),
        vocabulary=vocabulary,
        promises=promises.Table.from_mapping(read_yaml(folder / "promises.yml")),
        hours=_read_hours(folder, today),
        flow=flow,
        calls=calls,
        work=Work.from_lists(
            lambda name: read_yaml(folder / name), [one.department for one in vocabulary.categories]
        ),
        grants=quota.grants_from(wechat.get("grants"), "wechat.yml: grants"),
        burst=bursts.Pace.from_mapping(wechat.get("burst"), "wechat.yml: burst"),
        wechat=_read_wechat(wechat),
        clusters=clusters.Rules.from_mapping(read_yaml(folder / "clusters.yml")),
    )


def _read_wechat(told: Mapping[str, Any]) -> WeChat:
    return WeChat(
        options=options.Options.from_mapping(told.get("options"), "wechat.yml: options"),
        template=templates.Template.from_mapping(told.get("template"), "wechat.yml: template"),
        scenes=scenes.table_from(told.get("scenes"), "wechat.yml: scenes"),
        unsupported=texts_at(told.get("unsupported"), "wechat.yml: unsupported"),
        video_hosts=texts_at(told.get("video_hosts"), "wechat.yml: video_hosts"),
        enclosed=_read_enclosed(told.get("enclosed")),
    )


def _read_enclosed(told: object) -> str:
    if not isinstance(told, str) or told.count("{url}") != 1:
        raise ContentError("wechat.yml: enclosed", "write one sentence with {url}")
    return told


def _read_hours(folder: Path, today: date) -> Hours:
    years = range(today.year - 1, today.year + 3)
    known = holidays.country_holidays("CN", years=years)
    worked = frozenset(day for day in known.weekend_workdays if day.year in years)
    return Hours.from_mapping(read_yaml(folder / "hours.yml"), frozenset(known), worked)


def _read_flow(calls: Any, vocabulary: Vocabulary) -> callflow.Flow:
    flow = callflow.Flow.from_mapping(calls if isinstance(calls, dict) else {})
    wrong = flowcheck.faults(flow)
    if wrong:
        raise ContentError("calls.yml", "; ".join(wrong))
    ears = replace(
        flow.ears,
        elder=vocabulary.remarks["elder"],
        unrecorded=vocabulary.remarks["no_recording"],
        complaint=vocabulary.remarks["complaint"],
        insult=vocabulary.emotions.insult,
        read=lambda text: fold(text, vocabulary.simplify),
    )
    return replace(flow, ears=ears)


def _check_said(words: Words, flow: callflow.Flow) -> None:
    """What the flow says exists, and the opening offers a person early and ends in time."""
    unknown = sorted(name for name in flowcheck.replies(flow) if not words.has(name))
    if unknown:
        raise ContentError("calls.yml", f"replies.yml has no reply {unknown[0]}; write it there")
    reply = flow.nodes["open"].say[0].replies[0] if flow.nodes["open"].say else ""
    if not reply:
        raise ContentError("calls.yml: nodes: open", "the call begins in silence; say something")
    wrong = flowcheck.opening(flow, words.spoken(reply), flow.ears.offers)
    if wrong:
        raise ContentError(f"replies.yml: {reply} (phone)", "; ".join(wrong))


def load_words(folder: Path) -> Words:
    """The words alone. Raises ContentError naming the file and the place in it."""
    replies = read_replies("replies.yml", read_yaml(folder / "replies.yml"))
    written = _read_written(folder)
    return Words(
        replies=replies,
        labels=written.labels,
        pages=written.pages,
        company=read_company(read_yaml(folder / "company.yml")),
        scripts=_read_scripts(folder / "scripts", written.labels),
        asking=Asking.from_mapping(read_yaml(folder / "asking.yml")),
        never_say=NeverSay.from_list(read_yaml(folder / "never_say.yml")),
        tongues=_read_tongues(folder, {name: pair["phone"].text for name, pair in replies.items()}),
        written={code: _read_over(written, inner) for code, inner in folders(folder).items()},
    )


def _read_written(folder: Path) -> Written:
    return Written(words_of(folder, "pages.yml"), words_of(folder, "labels.yml"))


def _read_over(base: Written, folder: Path) -> Written:
    own = _read_written(folder)
    pages = over(f"{folder.name}/pages.yml", base.pages, own.pages)
    return Written(pages, over(f"{folder.name}/labels.yml", base.labels, own.labels))


def _read_scripts(folder: Path, labels: Mapping[str, Any]) -> tuple[scripts.Script, ...]:
    """The scripts, in the order of their file names."""
    kinds = {scripts.MOOD: "moods", scripts.TIER: "tiers", scripts.STATE: "states"}
    kinds |= {scripts.MISSING: "questions", scripts.CHANNEL: "channels"}
    values = {condition: _by_name(labels.get(kind, {})) for condition, kind in kinds.items()}
    names = scripts.Names(
        _by_name(labels.get("script_conditions", {})), values, _by_name(labels.get("script_parts", {}))
    )
    files = sorted(folder.glob("*.md"))
    return tuple(scripts.read(file.stem, text_of(file), names) for file in files)


def _by_name(labels: Mapping[str, str]) -> dict[str, str]:
    """Codes by their names; of two codes with one name the first counts."""
    return {name: code for code, name in reversed(list(labels.items()))}


def _read_tongues(folder: Path, phone: Mapping[str, str]) -> Mapping[str, Tongue]:
    files = sorted((folder / "voices").glob("*.yml"))
    return {file.stem: Tongue.from_mapping(file.stem, read_yaml(file), phone) for file in files}


def load_rules(folder: Path) -> Rules:
    """The wording rules of a folder. Raises ContentError."""
    company = read_company(read_yaml(folder / "company.yml"))
    files = ("never_say.yml", "wording.yml", "samples.yml")
    never, wording, samples = (read_yaml(folder / name) for name in files)
    numbers = [form for number in company.numbers.values() for form in (number.shown, number.spoken)]
    return Rules.from_mapping(never, wording, samples, numbers, OpenCC("t2s").convert)


def _at(words: Mapping[str, Any], path: str) -> str:
    found: Any = words
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            raise UnknownReply(path)
        found = found[key]
    return str(found)
