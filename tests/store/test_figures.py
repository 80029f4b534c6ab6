"""What is counted, on a few rows that are counted by hand; and that counting stays quick as rows grow."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from core import events as names
from core.figures import DONE, NEVER, WAITING, Kept, Share, Voices, Wait, spread, within
from store import complaints, events, facts, figure_exports, figure_lists, figures, outcomes, users
from store import schema as t
from tests.fakes import complaints as fake
from tests.fakes.complaints import NOON

START, END = NOON - timedelta(hours=12), NOON + timedelta(hours=12)
NOW = NOON + timedelta(hours=10)
MONTH = timedelta(days=30)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def db(tmp_path):
    return fake.database(tmp_path)


@pytest.fixture
def conn(db):
    with db.writing() as made:
        yield made


@pytest.fixture
def boss(conn):
    return person(conn, "boss", "supervisor")


def person(conn, login, role="agent"):
    about = {"login": login, "public_name": login, "role": role, "password_hash": "x", "phone": None}
    return users.get(conn, users.add(conn, at=NOON, **about))


def promise(conn, complaint, kind="callback", due=60, kept=None, state=None, renews=None, missed=None):
    """A promise made at noon; times in minutes after it."""
    at = {
        name: NOON + value * MINUTE if value is not None else None
        for name, value in {"due_at": due, "kept_at": kept, "missed_at": missed}.items()
    }
    row = {
        "complaint_id": complaint,
        "kind": kind,
        "made_at": NOON,
        "calendar": "office",
        "provisional": False,
        "state": state or ("kept" if kept is not None else "open"),
        "renews": renews,
        **at,
    }
    return conn.execute(t.promises.insert().values(**row)).inserted_primary_key[0]


def wish(conn, complaint, asked=0, spoke=None, ended=None, reason="asked", outcome=None):
    """A wish for a person; times in seconds after noon."""
    at = {
        name: NOON + timedelta(seconds=value) if value is not None else None
        for name, value in {"asked_at": asked, "first_word_at": spoke, "ended_at": ended}.items()
    }
    chat = conn.execute(
        select(t.conversations.c.id).where(t.conversations.c.complaint_id == complaint)
    ).scalar()
    row = {
        "conversation_id": chat,
        "complaint_id": complaint,
        "reason": reason,
        "tried": [],
        "outcome": outcome,
    }
    conn.execute(t.handoffs.insert().values(**row, **at))


def kept(conn):
    return sum((one.kept for one in figures.promises_due(conn, START, END, NOW)), Kept())


def of_tier(conn, start=START, end=END, now=NOW):
    """Kept, missed and running promises of each tier."""
    due = figures.promises_due(conn, start, end, now)
    run = figures.promises_running(conn, end, now)
    kept = {level: sum((one.kept for one in due if one.tier == level), Kept()) for level in (1, 2, 3)}
    return {n: (one.on_time, one.late + one.broken, run.get(n, 0)) for n, one in kept.items()}


# ---- Promises by tier


def test_promises_kept_missed_and_running_by_tier(conn):
    one, two, three = (fake.complaint(conn, n, tier=n) for n in (1, 2, 3))
    promise(conn, one, kept=60)
    promise(conn, two, kept=61)
    promise(conn, two)
    promise(conn, three, due=601)
    assert of_tier(conn) == {1: (1, 0, 0), 2: (0, 2, 0), 3: (0, 0, 1)}


def test_what_was_kept_before_its_time_is_not_running(conn):
    promise(conn, fake.complaint(conn, 1), due=700, kept=30)
    assert of_tier(conn)[1] == (0, 0, 0)


def test_what_is_over_has_no_running_promise(conn):
    closed, withdrawn = fake.complaint(conn, 1), fake.complaint(conn, 2)
    for id, change in (
        (closed, {"closed_at": NOW - timedelta(hours=1)}),
        (withdrawn, {"state": "withdrawn"}),
    ):
        promise(conn, id, due=700)
        complaints.change(conn, id, **change)
    assert of_tier(conn)[1] == (0, 0, 0)


def test_one_that_was_put_off_counts_once_as_missed(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, due=700, renews=promise(conn, one, due=60, state="renewed"))
    assert of_tier(conn)[1] == (0, 1, 0)


def test_a_period_that_is_over_shows_what_ran_at_its_end(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, due=700, kept=650)
    week = timedelta(days=7)
    assert of_tier(conn, now=NOON + timedelta(minutes=640))[1] == (0, 0, 1)
    assert of_tier(conn, START - week, START, NOW + week)[1] == (0, 0, 0), "not made yet"
    assert of_tier(conn, END, END + week, NOW + week)[1] == (0, 0, 0), "kept by then"


@pytest.mark.parametrize(("what", "place"), [("kept", 0), ("promises", 1), ("running", 2)])
def test_each_number_of_a_tier_opens_the_list_of_what_it_counts(conn, boss, what, place):
    for n, level in ((1, 1), (2, 2), (3, 2)):
        id = fake.complaint(conn, n, tier=level)
        promise(conn, id, kept=60)
        promise(conn, id, kept=70)
        promise(conn, id)
        promise(conn, id, due=601)
    for level, counts in of_tier(conn).items():
        assert listed(conn, boss, what, level=level).total == counts[place]


# ---- Promises kept


def test_kept_in_time_late_or_not_at_all(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, kept=60)
    promise(conn, one, kept=61, state="missed_then_kept")
    promise(conn, one, state="missed", missed=60)
    promise(conn, one)  # due and not kept, though the office has not looked yet
    assert kept(conn) == Kept(on_time=1, late=1, broken=2)


def test_what_is_not_due_yet_does_not_count(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, due=599)
    promise(conn, one, due=601)
    assert kept(conn).due == 1


def test_a_new_time_heals_nothing_and_counts_once(conn):
    """Due at 60, put off to 120, put off to 180, kept at 150: one promise, late."""
    one = fake.complaint(conn, 1)
    first = promise(conn, one, due=60, kept=150, state="kept")
    second = promise(conn, one, due=120, kept=150, state="kept", renews=first)
    promise(conn, one, due=180, kept=150, renews=second)
    assert kept(conn) == Kept(late=1)


def test_an_earlier_time_takes_the_place_of_the_first(conn):
    """Due at 240, made sooner to 60 when the tier rose; kept at 100: late. The other kept at 50: in time."""
    one, two = fake.complaint(conn, 1), fake.complaint(conn, 2)
    promise(conn, one, due=60, kept=100, renews=promise(conn, one, due=240, state="replaced"))
    promise(conn, two, due=60, kept=50, renews=promise(conn, two, due=240, state="replaced"))
    assert kept(conn) == Kept(on_time=1, late=1)


def test_a_time_made_sooner_after_it_was_put_off_is_still_the_same_promise(conn):
    one = fake.complaint(conn, 1)
    first = promise(conn, one, due=60, state="renewed")
    second = promise(conn, one, due=240, state="replaced", renews=first)
    promise(conn, one, due=120, kept=110, renews=second)
    assert kept(conn) == Kept(broken=1)


def test_what_fell_away_counts_only_when_it_was_missed_before(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, state="cancelled")
    promise(conn, one, state="cancelled", missed=60)
    assert kept(conn) == Kept(broken=1)


def test_promises_by_kind_and_local_day(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, "plan", due=30, kept=20)
    late_evening = 11 * 60 + 30  # 23:30 in Shanghai
    promise(conn, one, "plan", due=late_evening, kept=1)
    found = figures.promises_due(conn, START, END, END)
    assert {(one.kind, one.day): one.kept.due for one in found} == {("plan", date(2026, 3, 2)): 2}
    promise(conn, one, "plan", due=12 * 60 + 1)
    later = figures.promises_due(conn, START, END + timedelta(days=1), END + timedelta(days=1))
    assert {one.day for one in later} == {date(2026, 3, 2), date(2026, 3, 3)}


@pytest.mark.parametrize("seed", range(20))
def test_chains_of_promises_agree_with_walking_them(conn, seed):
    """Random chains of putting off and making sooner, counted again by following each to its beginning."""
    chance, rows = random.Random(seed), {}
    one = fake.complaint(conn, 1)
    for _ in range(30):
        follows = chance.choice([None, *rows])
        state = chance.choice(
            ["open", "renewed", "replaced", "kept", "missed", "missed_then_kept", "cancelled"]
        )
        kept_at = chance.choice([None, 10, 60, 300]) if state not in ("replaced", "cancelled") else None
        due = chance.choice([30, 90, 200])
        id = promise(conn, one, due=due, kept=kept_at, state=state, renews=follows)
        rows[id] = (follows, state, due, kept_at)

    def first(id):
        before = rows[id][0]
        return before is None or (rows[before][1] == "replaced" and first(before))

    expected = Kept()
    for id, (_, state, due, kept_at) in rows.items():
        if first(id) and state not in ("replaced", "cancelled"):
            how = "broken" if kept_at is None else "on_time" if kept_at <= due else "late"
            expected += Kept(**{how: 1})
    assert kept(conn) == expected


# ---- Clocks


def clocks(conn, kind):
    return [
        wait
        for (of, _), some in figures.clock_waits(conn, START, END, NOW).items()
        if of == kind
        for wait in some
    ]


def test_the_owner_is_the_first_who_took_it(conn):
    """Taken after 10 minutes, handed to another after 50: ten."""
    one, boss = fake.complaint(conn, 1), person(conn, "a")
    promise(conn, one, "accept", kept=10)
    complaints.change(conn, one, owner_id=boss.id, taken_at=NOON + 50 * MINUTE)
    assert clocks(conn, "accept") == [Wait(600, DONE)]


def test_who_has_no_owner_waits_until_now_and_in_vain_when_it_is_over(conn):
    waiting, over = fake.complaint(conn, 1), fake.complaint(conn, 2)
    promise(conn, waiting, "accept")
    promise(conn, over, "accept", state="missed")
    complaints.change(conn, over, state="withdrawn", closed_at=NOON + 30 * MINUTE)
    told = spread(clocks(conn, "accept"))
    assert (told.waiting, told.never) == (1, 1)
    assert sorted((one.end, one.seconds) for one in clocks(conn, "accept")) == [
        (NEVER, 1800),
        (WAITING, 36000),
    ]


def test_grumbles_and_drafts_have_no_clocks(conn):
    draft, grumble = fake.complaint(conn, 1, registered=False), fake.complaint(conn, 2)
    complaints.change(conn, grumble, kind="grumble")
    for one in (draft, grumble):
        promise(conn, one, "accept")
    assert clocks(conn, "accept") == []


def test_the_first_contact_is_a_persons_first_word_or_the_kept_call(conn):
    spoken, called = fake.complaint(conn, 1), fake.complaint(conn, 2)
    promise(conn, spoken, kept=120)
    wish(conn, spoken, asked=60, spoke=180)
    promise(conn, called, kept=40)
    assert sorted(one.seconds for one in clocks(conn, "callback")) == [180, 2400]


def test_a_clock_that_does_not_apply_is_not_waited_for(conn):
    one = fake.complaint(conn, 1)
    promise(conn, one, "plan", state="cancelled")
    assert clocks(conn, "plan") == []
    assert clocks(conn, "resolve") == []


def test_clocks_by_tier(conn):
    grave = fake.complaint(conn, 1, tier=3)
    promise(conn, grave, "plan", kept=3)
    assert figures.clock_waits(conn, START, END, NOW) == {("plan", 3): [Wait(180, DONE)]}


# ---- A person


def test_of_all_who_wished_for_a_person(conn):
    ids = [fake.complaint(conn, n) for n in range(1, 7)]
    wish(conn, ids[0], spoke=10, ended=600)
    wish(conn, ids[1], spoke=40, ended=600)
    wish(conn, ids[2], ended=5, outcome="customer_left")
    wish(conn, ids[3])
    wish(conn, ids[4], spoke=1, reason="taken", ended=600)  # came unasked
    wish(conn, ids[5], spoke=1, reason="passed", ended=600)  # a colleague went on
    waits = figures.human_waits(conn, START, END, NOW)["web"]
    assert sorted((one.end, one.seconds) for one in waits) == [
        (DONE, 10),
        (DONE, 40),
        (NEVER, 5),
        (WAITING, 36000),
    ]
    assert within(waits, 15) == Share(1, 4)


# ---- Hidden and explicit


def test_hidden_explicit_and_left(conn):
    plain, resigned, grumble, fobbed, _draft = (
        fake.complaint(conn, n, registered=n != 5) for n in range(1, 6)
    )
    about = {"kind": "flag", "level": 1, "rule": "words", "words": [], "by": "rule", "at": NOON}
    complaints.signal(conn, resigned, code="hidden_dissatisfaction", **about)
    complaints.signal(conn, resigned, code="hidden_dissatisfaction", **about)
    complaints.change(conn, grumble, kind="grumble")
    complaints.change(conn, fobbed, outcome="hidden_dissatisfaction")
    wish(conn, plain, ended=5, outcome="customer_left")
    wish(conn, plain, asked=10, ended=15, outcome="customer_left")
    wish(conn, resigned, spoke=3, ended=15, outcome="customer_left")
    assert figures.voices(conn, START, END) == {date(2026, 3, 2): Voices(hidden=3, explicit=1, abandoned=1)}


# ---- What about, and why


def test_categories_with_what_nobody_recognised(conn):
    ids = [fake.complaint(conn, n) for n in range(1, 5)]
    facts.learn(conn, ids[0], "issues", [{"category": "damage"}], by="rule", at=NOON)
    both = [{"category": "damage"}, {"category": "attitude"}]
    facts.learn(conn, ids[1], "issues", both, by="rule", at=NOON)
    facts.learn(conn, ids[2], "issues", [], by="rule", at=NOON)
    assert figures.categories(conn, START, END) == {"damage": 2, "attitude": 1, "other": 2}


def test_a_corrected_category_counts_as_it_is_now(conn):
    one = fake.complaint(conn, 1)
    facts.learn(conn, one, "issues", [{"category": "damage"}], by="rule", at=NOON)
    facts.learn(conn, one, "issues", [{"category": "loss"}], by="agent", at=NOON)
    assert figures.categories(conn, START, END) == {"loss": 1}


def finding(conn, complaint, cause, side="us"):
    who = users.by_login(conn, "finder") or person(conn, "finder")
    row = {"complaint_id": complaint, "facts": "x", "cause": cause, "responsibility": side, "user_id": who.id}
    conn.execute(t.findings.insert().values(**row, at=NOON))


def test_of_several_findings_the_last_that_names_a_cause_holds(conn):
    one, two = fake.complaint(conn, 1), fake.complaint(conn, 2)
    finding(conn, one, "packing")
    finding(conn, one, "system", "third")
    finding(conn, one, None)
    finding(conn, two, "system", "third")
    assert figures.causes(conn, START, END) == [("system", "third", 2)]


# ---- How it ended


def test_closed_reopened_unreachable_without_grumbles(conn):
    ids = [fake.complaint(conn, n) for n in range(1, 6)]
    for one in ids[:4]:
        complaints.change(conn, one, state="closed", closed_at=NOON, outcome="confirmed")
    complaints.change(conn, ids[1], reopened=1)
    complaints.change(conn, ids[2], outcome="unreachable")
    complaints.change(conn, ids[3], kind="grumble")
    assert outcomes.closings(conn, START, END) == (3, 1, 1)


def test_came_again_within_so_many_days(conn):
    old = fake.complaint(conn, 1, at=NOON - timedelta(days=10))
    new = fake.complaint(conn, 2)
    complaints.link(conn, new, old, "repeat")
    complaints.link(conn, new, old, "related")
    assert outcomes.again(conn, START, END, timedelta(days=7)) == 0
    assert outcomes.again(conn, START, END, timedelta(days=30)) == 1


def test_five_answers_each_alone(conn):
    one, who = fake.complaint(conn, 1), person(conn, "asker")
    given = [(5, 4, 1, "", "no"), (5, None, 2, "还有", "yes"), (None, None, None, None, None)]
    for q1, q2, q3, q4, q5 in given:
        row = {"q1": q1, "q2": q2, "q3": q3, "q4": q4, "q5": q5, "words": "", "outcome": "x"}
        conn.execute(t.follow_ups.insert().values(complaint_id=one, user_id=who.id, at=NOON, **row))
    told = outcomes.answers(conn, START, END)
    assert told.asked == 3
    assert told.answered == {"q1": 2, "q2": 1, "q3": 2, "q4": 1, "q5": 2}
    assert told.scores == {"q1": {5: 2}, "q2": {4: 1}, "q3": {1: 1, 2: 1}}
    assert told.fixed == {"no": 1, "yes": 1}


def tier(conn, complaint, level, rule="person"):
    complaints.signal(
        conn, complaint, kind="tier", code=str(level), level=level, rule=rule, words=[], by="x", at=NOON
    )


def test_only_what_a_person_changed_is_a_correction(conn):
    one, two = fake.complaint(conn, 1), fake.complaint(conn, 2)
    tier(conn, one, 2, "money")
    tier(conn, one, 3)
    tier(conn, one, 3)
    tier(conn, one, 1)
    tier(conn, two, 3, "safety")
    assert outcomes.corrections(conn, START, END) == [(2, 3), (3, 1)]


def test_contacts_are_compared_or_not(conn):
    assert outcomes.contacts(conn, START, END) == (0, None)


def test_what_three_complaints_of_thirty_days_name(conn):
    ids = [fake.complaint(conn, n) for n in range(1, 8)]
    for one in ids[:3]:
        facts.learn(conn, one, "subject", "城东网点", by="agent", at=NOON)
    for one in ids[3:6]:
        facts.learn(conn, one, "reference", {"kind": "product", "value": "XK-1"}, by="rule", at=NOON)
    facts.learn(conn, ids[6], "reference", {"kind": "waybill", "value": "XK-1"}, by="rule", at=NOON)
    found = {(one.kind, one.what): one.complaints for one in outcomes.clusters(conn, NOW, MONTH, 3)}
    assert found == {("subject", "城东网点"): 3, ("product", "XK-1"): 3}
    assert outcomes.clusters(conn, NOW + timedelta(days=31), MONTH, 3) == []


# ---- Lists


def listed(conn, boss, what, code="", level=0, text=""):
    wanted = figure_lists.Wanted(START, END, NOW, boss, MONTH, code, level, text)
    return figure_lists.entries(conn, what, wanted, 50)


def test_every_number_opens_exactly_what_it_counts(conn, boss):
    ids = [fake.complaint(conn, n) for n in range(1, 5)]
    promise(conn, ids[0], kept=99)
    promise(conn, ids[1], kept=1)
    promise(conn, ids[2], "accept", kept=1)
    wish(conn, ids[3], ended=5, outcome="customer_left")
    facts.learn(conn, ids[0], "issues", [{"category": "loss"}], by="rule", at=NOON)
    finding(conn, ids[1], "system")
    assert [(one.complaint, one.code, one.seconds) for one in listed(conn, boss, "promises").entries] == [
        (ids[0], "callback", 39 * 60)
    ]
    assert listed(conn, boss, "promises", "plan").total == 0
    assert [one.complaint for one in listed(conn, boss, "clock", "accept").entries] == [ids[2]]
    assert listed(conn, boss, "clock", "accept", level=3).total == 0
    assert [one.code for one in listed(conn, boss, "wishes", "web").entries] == ["never"]
    assert listed(conn, boss, "wishes", "phone").total == 0
    assert [one.complaint for one in listed(conn, boss, "left").entries] == [ids[3]]
    assert listed(conn, boss, "category", "loss").total == 1
    assert listed(conn, boss, "category", "other").total == 3
    assert [one.complaint for one in listed(conn, boss, "cause", "system").entries] == [ids[1]]
    assert listed(conn, boss, "explicit").total == 4


def test_every_list_can_be_asked_for(conn, boss):
    fake.complaint(conn, 1)
    for what in figure_lists.LISTS:
        assert listed(conn, boss, what).total >= 0
    with pytest.raises(KeyError):
        listed(conn, boss, "nix")


def test_who_is_recused_finds_nothing_in_any_list(conn, boss):
    one = fake.complaint(conn, 1)
    assert listed(conn, boss, "explicit").total == 1
    row = {"complaint_id": one, "recused_id": boss.id, "reason": "x", "user_id": boss.id, "at": NOON}
    conn.execute(t.recusals.insert().values(**row))
    assert listed(conn, boss, "explicit").total == 0
    assert figure_exports.many(conn, START, END, boss) == 0
    assert list(figure_exports.exported(conn, START, END, boss)) == []


# ---- Bursts


def test_a_burst_counts_customers_not_complaints(conn):
    for n in range(1, 5):
        one = fake.complaint(conn, n)
        facts.learn(conn, one, "issues", [{"category": "damage"}], by="rule", at=NOON)
    again = fake.complaint(conn, 5)
    same = complaints.get(conn, 1).customer_id
    complaints.change(conn, again, customer_id=same)
    facts.learn(conn, again, "issues", [{"category": "damage"}], by="rule", at=NOON)
    assert figures.bursts(conn, NOON - timedelta(hours=1), NOON, 5) == []
    assert figures.bursts(conn, NOON - timedelta(hours=1), NOON, 4) == [("damage", 4, again)]


def test_what_nobody_recognised_is_not_alike(conn):
    for n in range(1, 9):
        fake.complaint(conn, n)
    assert figures.bursts(conn, NOON - timedelta(hours=1), NOON, 5) == []


# ---- Exports


def test_a_complaint_leaves_with_its_steps(conn, boss):
    one = fake.complaint(conn, 1)
    fake.complaint(conn, 2, registered=False)
    events.append(conn, names.STATE_MOVED, NOON, complaint_id=one, to="investigating", reason="")
    finding(conn, one, "system")
    facts.learn(conn, one, "core_issue", {"text": "坏了"}, by="rule", at=NOON)
    found = list(figure_exports.exported(conn, START, END, boss))
    assert len(found) == figure_exports.many(conn, START, END, boss) == 1
    assert [move.data["to"] for move in found[0].moves] == ["investigating"]
    assert [row.cause for row in found[0].findings] == ["system"]
    assert found[0].facts == {"core_issue": {"text": "坏了"}}


# ---- Quick


def test_a_period_is_found_by_an_index(conn):
    """No figure walks over all promises or complaints ever stored to find those of a period."""
    plans = []

    @event.listens_for(conn, "before_cursor_execute")
    def explain(_conn, cursor, statement, parameters, _context, _many):
        if statement.startswith(("SELECT", "WITH")):
            inner = cursor.connection.cursor()
            inner.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in inner.fetchall())

    figures.promises_due(conn, START, END, NOW)
    figures.promises_running(conn, END, NOW)
    figures.human_waits(conn, START, END, NOW)
    figures.voices(conn, START, END)
    figures.categories(conn, START, END)
    assert any("ix_promises_due_at" in plan for plan in plans)
    walked = [
        plan for plan in plans if plan.startswith(("SCAN promises", "SCAN complaints", "SCAN handoffs"))
    ]
    assert walked == []
