"""The figures of content as tables: what it was about and why, how it ended, and whether all that carries it
lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.figures import Bar, Share, pareto, spread
from core.figures import corrections as corrected
from desk.reports.charts import COUNT, SHARE, TEXT, WHEN, Cell, Table
from desk.reports.figures import Counted, Read
from desk.reports.time_tables import table
from store import figures as rows
from store import outcomes

AGAIN = (7, 30)


def tables(read: Read, counted: Counted) -> list[Table]:
    """In the order of the page."""
    alone = (moods, answers, clusters, endings, overdue, machinery)
    return [*reasons(read), *(make(read) for make in alone), channels(read, counted)]


def reasons(read: Read) -> list[Table]:
    """What the complaints are about, what caused them, and who answers for it."""
    say, found = read.say, rows.causes(read.conn, *read.span)
    causes, sides = Counter[str](), Counter[str]()
    for row in found:
        causes[row.cause] += row.n
        sides[row.responsibility or "unknown"] += row.n
    about = rows.categories(read.conn, *read.span)

    def cause(code: str) -> str:
        return str(say.content.work.causes.get(code, code))

    return [
        _pareto(read, "categories", "reports.categories", pareto(about), read.category, "category"),
        _pareto(read, "causes", "reports.causes", pareto(causes), cause, "cause"),
        _sides(read, pareto(sides)),
    ]


def _pareto(
    read: Read, code: str, title: str, bars: Sequence[Bar], name: Callable[[str], str], opens: str
) -> Table:
    say = read.say
    lines = tuple(
        (
            say.name(name(bar.code)),
            say.count(bar.count, read.link(opens, code=bar.code)),
            say.share(bar),
            Cell(f"{bar.cumulative:.0%}", bar.cumulative),
        )
        for bar in bars
    )
    columns = (
        ("reports.what", TEXT, False),
        ("reports.complaints", COUNT, True),
        ("reports.share", SHARE, False),
        ("reports.cumulative", SHARE, True),
    )
    return table(read, code, title, columns, rows=lines, chart="pareto")


def _sides(read: Read, bars: Sequence[Bar]) -> Table:
    say = read.say

    def side(code: str) -> Cell:
        return say.name(say.label("responsibility", code))

    lines = tuple((side(bar.code), say.count(bar.count), say.share(bar)) for bar in bars)
    columns = (
        ("reports.side", TEXT, False),
        ("reports.complaints", COUNT, True),
        ("reports.share", SHARE, False),
    )
    return table(read, "sides", "reports.sides", columns, rows=lines, chart="bars")


def moods(read: Read) -> Table:
    say, bars = read.say, pareto(rows.moods(read.conn, *read.span))
    lines = tuple(
        (
            say.name(say.label("moods", bar.code)),
            say.count(bar.count, read.link("mood", code=bar.code)),
            say.share(bar),
        )
        for bar in bars
    )
    columns = (
        ("reports.mood", TEXT, False),
        ("reports.complaints", COUNT, True),
        ("reports.share", SHARE, False),
    )
    return table(read, "moods", "reports.moods", columns, rows=lines, chart="bars")


def answers(read: Read) -> Table:
    """Each question alone, with how many answered it; never one blend."""
    say, told = read.say, outcomes.answers(read.conn, *read.span)
    lines = []
    for name, words in zip(outcomes.SCORES, ("reports.q1", "reports.q2", "reports.q3"), strict=True):
        scores = told.scores[name]
        link = read.link("low", code=name)
        many = (say.count(scores.get(score, 0), link if score < 3 else "") for score in range(1, 6))
        lines.append((say.name(say.word(words)), *many, say.share(Share(told.answered[name], told.asked))))
    columns = (
        ("reports.question", TEXT, False),
        ("reports.score_1", COUNT, True),
        ("reports.score_2", COUNT, True),
        ("reports.score_3", COUNT, True),
        ("reports.score_4", COUNT, True),
        ("reports.score_5", COUNT, True),
        ("reports.answered", SHARE, False),
    )
    fixed = {code: f"{told.fixed.get(code, 0):,}" for code in ("yes", "no", "unsure")}
    note = say.word("reports.answers_note", asked=f"{told.asked:,}", more=f"{told.answered['q4']:,}", **fixed)
    return table(read, "answers", "reports.answers", columns, rows=tuple(lines), chart="scores", note=note)


def channels(read: Read, counted: Counted) -> Table:
    say, lines = read.say, []
    for one in outcomes.channels(read.conn, *read.span):
        told = spread(counted.wishes.get(one.name, []))
        wishes = read.link("wishes", code=one.name)
        lines.append(
            (
                say.name(say.label("channels", one.name)),
                say.count(one.talks),
                say.count(one.complaints, read.link("channel", code=one.name)),
                say.count(told.all, wishes),
                say.count(told.never, wishes),
                say.when(one.last),
            )
        )
    columns = (
        ("reports.channel", TEXT, False),
        ("reports.talks", COUNT, False),
        ("reports.complaints", COUNT, False),
        ("reports.wished", COUNT, False),
        ("reports.in_vain", COUNT, False),
        ("reports.last_heard", WHEN, False),
    )
    return table(read, "channels", "reports.channels", columns, rows=tuple(lines))


def clusters(read: Read) -> Table:
    """The days up to the end of the period, or to now, however long the period is."""
    say, until = read.say, min(read.now, read.period.end)
    rule = say.content.clusters.named
    found = outcomes.clusters(read.conn, until, rule.within, rule.complaints)
    lines = []
    for one in found:
        kind = say.label("fields" if one.kind == "subject" else "reference_kinds", one.kind)
        link = read.link("named", code=one.kind, text=one.what)
        row = (say.name(one.what), say.count(one.complaints, link), say.when(one.last))
        lines.append((say.name(kind), *row))
    columns = (
        ("reports.kind", TEXT, False),
        ("reports.what", TEXT, False),
        ("reports.complaints", COUNT, False),
        ("reports.last_heard", WHEN, False),
    )
    note = say.word("reports.clusters_note", days=str(rule.within.days), least=str(rule.complaints))
    return table(read, "clusters", "reports.clusters", columns, rows=tuple(lines), note=note)


def endings(read: Read) -> Table:
    """How complaints ended, who came again, and which tiers a person had to set right."""
    say, ended = read.say, outcomes.closings(read.conn, *read.span)
    made = outcomes.complaints_of(read.conn, *read.span)
    up, down, missed = corrected(outcomes.corrections(read.conn, *read.span))
    week, month = (outcomes.again(read.conn, *read.span, timedelta(days=days)) for days in AGAIN)
    lines = (
        ("reports.closed", ended.closed, ended.closed, "closed", ""),
        ("reports.reopened", ended.reopened, ended.closed, "closed", "reopened"),
        ("reports.unreachable", ended.unreachable, ended.closed, "closed", "unreachable"),
        ("reports.again_week", week, made, "again", "7"),
        ("reports.again_month", month, made, "again", "30"),
        ("reports.tier_up", up, made, "tiers", "up"),
        ("reports.tier_down", down, made, "tiers", "down"),
        ("reports.tier_missed", missed, made, "tiers", "missed"),
    )
    told = tuple(
        (
            say.name(say.word(words)),
            say.count(part, read.link(opens, code=code)),
            say.share(Share(part, whole)),
        )
        for words, part, whole, opens, code in lines
    )
    columns = (
        ("reports.what", TEXT, False),
        ("reports.complaints", COUNT, False),
        ("reports.share", SHARE, False),
    )
    note = say.word("reports.endings_note")
    return table(read, "endings", "reports.endings", columns, rows=told, note=note)


def overdue(read: Read) -> Table:
    say, lines = read.say, []
    for row in outcomes.overdue_actions(read.conn, read.now):
        number = Cell(row.number, None, read.link("complaint", number=row.number))
        about = (say.name(row.words), say.name(row.department), say.when(row.due_at))
        lines.append((number, *about))
    columns = (
        ("reports.number", TEXT, False),
        ("reports.action", TEXT, False),
        ("reports.department", TEXT, False),
        ("reports.due", WHEN, False),
    )
    return table(read, "overdue", "reports.overdue", columns, rows=tuple(lines))


def machinery(read: Read) -> Table:
    say, told = read.say, outcomes.machinery(read.conn, read.now)
    lines: tuple[tuple[Cell, Cell], ...] = (
        (say.name(say.word("reports.dead")), say.count(told.dead)),
        (say.name(say.word("reports.undelivered")), say.count(told.waiting)),
        (say.name(say.word("reports.oldest")), say.when(told.oldest)),
        (say.name(say.word("reports.office")), say.when(told.office)),
    )
    if told.wechat is not None:
        lines += (
            (say.name(say.word("reports.wechat")), say.when(told.wechat)),
            (say.name(say.word("reports.wechat_waits")), say.count(told.wechat_waits)),
            (say.name(say.word("reports.wechat_failed")), say.count(told.wechat_failed)),
        )
    columns = (("reports.what", TEXT, False), ("reports.value", TEXT, False))
    note = say.word("reports.machinery_note")
    return table(read, "machinery", "reports.machinery", columns, rows=lines, note=note)
