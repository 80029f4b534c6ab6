"""The first page: who waits, what is next, what goes wrong."""

import re
from datetime import timedelta
from typing import Any

import pytest

from core import events as names
from desk.queue import item, takeable
from desk.shown import Show
from store import (
    conversations,
    deliveries,
    events,
    handoffs,
    messages,
    overview,
    promises,
    record,
    recordings,
    users,
)
from tests.desk.conftest import Customer
from tests.fakes.complaints import complaint, destination

URGENT = "装的热水器漏气，我妈头晕送医院了"


def shown(page):
    return page.get("/desk/").get_data(as_text=True)


def test_whoever_waits_stands_on_top_the_gravest_first(house, clock, on_duty, at_desk):
    calm, grave = Customer(house, clock, "one"), Customer(house, clock, "two")
    calm.says("送来的沙发坏了")
    calm.asks()
    grave.says(URGENT)
    text = shown(at_desk())
    waiting = text.split('id="waiting-h"')[1].split('id="open"')[0]
    assert waiting.index(grave.complaint.number) < waiting.index(calm.complaint.number)
    assert calm.complaint.number not in text.split('id="open"')[1]


def test_the_line_tells_what_and_wants_and_why_and_how_long(house, clock, on_duty, customer, at_desk):
    customer.says("送来的沙发坏了，我要退款")
    customer.asks()
    clock.pass_(minutes=3, seconds=7)
    text = shown(at_desk())
    for words in ("送来的沙发坏了，我要退款", "要退款", "客户要人工", "3:07", "一般", "网页"):
        assert words in text


def test_the_tier_is_a_word_and_a_shape(house, clock, at_desk):
    Customer(house, clock, "two").says(URGENT)
    assert re.search(r'class="tier tier-3"><i aria-hidden="true">▲</i>恶性', shown(at_desk()))


def test_a_phone_call_can_be_opened_but_not_taken_over_in_writing(house, clock, at_desk):
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        conn.exec_driver_sql("UPDATE conversations SET channel = 'phone' WHERE id = 'chat-1'")
        asked = handoffs.ask(conn, conversation_id="chat-1", complaint_id=id, reason="asked", at=clock())
        number = record.whole(conn, id)["number"]
    page = at_desk()
    assert "已等" in shown(page)
    assert f"/desk/complaints/{number}/take" not in shown(page)
    with house.db.writing() as conn:
        handoffs.change(conn, asked, offered_at=clock())
    assert "电话在响" in shown(page)
    assert page.get(f"/desk/complaints/{number}").status_code == 200


def test_a_late_promise_is_late_in_words_and_colour(house, clock, at_desk):
    with house.db.writing() as conn:
        id = complaint(conn, 1, at=clock())
        due = clock() + timedelta(hours=1)
        promises.make(conn, id, kind="callback", made_at=clock(), due_at=due, calendar="office")
    assert "还有 1 小时" in shown(at_desk()) or "还有 60 分钟" in shown(at_desk())
    clock.pass_(hours=1, minutes=12)
    text = shown(at_desk())
    assert "clock-late" in text
    assert "过了 12 分钟" in text
    assert "有 1 个承诺过了时间" in text


def test_what_is_mine_stands_apart(house, clock, at_desk, people):
    with house.db.writing() as conn:
        one, _ = complaint(conn, 1), complaint(conn, 2)
    with house.db.reading() as conn:
        row = record.whole(conn, one)
    house.handling.own(people["agent"], one, row["sequence"], clock())
    assert row["number"] in shown(at_desk()).split('id="mine"')[1].split('id="open"')[0]
    assert 'id="mine"' not in shown(at_desk("agent2"))


def test_dead_letters_and_pages_are_on_the_first_page(house, clock, at_desk):
    with house.db.writing() as conn:
        destination(conn)
        id = complaint(conn, 1, at=clock())
        row: Any = deliveries.claim(conn, deliveries.ready(conn, 1, clock(), 5)[0], clock())
        deliveries.mark_dead(conn, row, "HTTP 400", "refused", clock())
        events.append(conn, names.SUPERVISOR_PAGED, clock(), complaint_id=id, reason="safety")
    page = at_desk()
    assert "有 1 条送不出去" in shown(page)
    assert "HTTP 400" in shown(page)
    assert "叫过主管 1 次" in shown(page)
    assert page.post(f"/desk/dead/{row.id}/elsewhere", reason="").status_code == 400
    assert page.post(f"/desk/dead/{row.id}/elsewhere", reason="打电话说过了").status_code == 303
    assert "送不出去" not in shown(page)


def test_a_dead_letter_can_be_sent_again(house, clock, at_desk):
    with house.db.writing() as conn:
        destination(conn)
        complaint(conn, 1, at=clock())
        row: Any = deliveries.claim(conn, deliveries.ready(conn, 1, clock(), 5)[0], clock())
        deliveries.mark_dead(conn, row, "HTTP 400", "refused", clock())
    assert at_desk().post(f"/desk/dead/{row.id}/replay").status_code == 303
    with house.db.reading() as conn:
        assert deliveries.backlog(conn).waiting == 1


def test_presence_ends_by_itself_and_is_kept_by_the_open_page(house, clock, at_desk):
    page = at_desk()
    token = page.token("/desk/")

    def here():
        with house.db.reading() as conn:
            return [row.login for row in users.available(conn, clock())]

    page.post("/desk/presence", presence="available")
    assert here() == ["agent"]
    clock.pass_(seconds=40)
    answer = page.client.post("/desk/beat", data={"csrf_token": token}, headers={"X-Desk": "background"})
    assert answer.json == {"presence": "available"}
    clock.pass_(seconds=40)
    assert here() == ["agent"]
    clock.pass_(seconds=10)
    assert here() == []


def test_who_is_away_is_told_so_and_is_busy_once_they_talk(house, clock, at_desk, customer):
    page = at_desk()
    assert "您现在是离开，来电不会找您。" in shown(page)
    page.post("/desk/presence", presence="available")
    assert "您现在是离开" not in shown(page)
    page.post("/desk/presence", presence="away")
    customer.says("沙发破了")
    customer.asks()
    assert page.post(f"/desk/complaints/{customer.complaint.number}/take").status_code == 303
    assert page.post("/desk/beat").json == {"presence": "busy"}
    assert "您现在是离开" not in shown(page)


@pytest.mark.parametrize("presence", ["", "king", "available\n"])
def test_an_unknown_presence_is_refused(presence, at_desk):
    assert at_desk().post("/desk/presence", presence=presence).status_code == 400


def test_without_a_script_the_page_keeps_presence_and_renews_itself(house, clock, at_desk):
    page = at_desk()
    assert '<noscript><meta http-equiv="refresh" content="20;url=/desk/?auto=1">' in shown(page)
    page.post("/desk/presence", presence="busy")
    clock.pass_(seconds=40)
    page.get("/desk/?auto=1")
    clock.pass_(seconds=40)
    assert 'value="busy" class="is-busy" aria-pressed="true"' in shown(page)


def test_only_a_running_conversation_in_writing_without_a_person_can_be_taken(house, clock):
    nobody: frozenset[int] = frozenset()
    with house.db.writing() as conn:
        complaint(conn, 1)
        assert takeable(conversations.fetch(conn, "chat-1"), nobody) == "chat-1"
        conversations.change(conn, "chat-1", speaker="agent")
        assert takeable(conversations.fetch(conn, "chat-1"), nobody) == ""
        conversations.change(conn, "chat-1", speaker="waiting", ended_at=clock())
        assert takeable(conversations.fetch(conn, "chat-1"), nobody) == ""
    assert takeable(None, nobody) == ""


def test_a_complaint_without_a_word_of_its_own_still_has_a_line(house, clock):
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        line = overview.lines(conn, [id], [])[id]
        seen = item(line, Show(house.content, clock()), {}, 1, frozenset())
    assert (seen.what, seen.category, seen.wants, seen.owner) == ("", "", "", "")


def test_a_recording_is_listed(house, clock, at_desk):
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        about: dict[str, Any] = {"status": "completed", "seconds": 42, "at": clock()}
        recordings.keep(conn, sid="RE1", call_sid="CA1", complaint_id=id, **about)
        number = record.whole(conn, id)["number"]
    text = at_desk().get(f"/desk/complaints/{number}").get_data(as_text=True)
    assert "42秒" in text
    assert "录好了" in text


def test_who_speaks_and_has_gone_can_be_relieved_and_who_is_here_cannot(house, clock, customer, at_desk):
    customer.says("送来的沙发坏了")
    one, other = at_desk("agent"), at_desk("agent2")
    one.post(f"{customer.page}/take")
    take = f'action="{customer.page}/take"'
    clock.pass_(seconds=40)
    assert one.post("/desk/beat").status_code == 200, "the page is open, if only to be away"
    clock.pass_(minutes=2, seconds=40)
    assert take not in shown(other)
    assert take not in other.get(customer.page).get_data(as_text=True)
    clock.pass_(seconds=10)
    assert take in shown(other)
    assert take in other.get(customer.page).get_data(as_text=True)
    assert take not in shown(one)
    assert other.post(f"{customer.page}/take").status_code == 303
    other.post(f"{customer.page}/say", words="您好，我接着帮您查。", key="k")
    with house.db.reading() as conn:
        rows = messages.of_conversation(conn, customer.conversation)
    assert ("agent", "您好，我接着帮您查。") in [(row.author, row.words) for row in rows]
    assert one.post(f"{customer.page}/say", words="在吗", key="k2").status_code == 409


# ---- Narrowed


def numbers(text, part="lists"):
    return re.findall(r'id="(?:mine|open)-(\d{10})"', text.split(f'id="{part}"')[1])


@pytest.fixture
def four(house, clock, people):
    """Complaints by what makes them different: mine, late, grave, by phone."""
    with house.db.writing() as conn:
        ids = {name: complaint(conn, place, at=clock()) for place, name in enumerate(FOUR, 1)}
        conn.exec_driver_sql(f"UPDATE complaints SET tier = 3 WHERE id = {ids['grave']}")
        conn.exec_driver_sql(f"UPDATE complaints SET channel = 'phone' WHERE id = {ids['phone']}")
        promises.make(
            conn,
            ids["late"],
            kind="plan",
            made_at=clock(),
            due_at=clock() + timedelta(hours=1),
            calendar="duty",
        )
        whole = {name: record.whole(conn, id) for name, id in ids.items()}
    house.handling.own(people["agent"], ids["mine"], whole["mine"]["sequence"], clock())
    clock.pass_(hours=1, minutes=1)
    return {name: one["number"] for name, one in whole.items()}


FOUR = ("mine", "late", "grave", "phone")


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", FOUR),
        ("mine=1", ("mine",)),
        ("late=1", ("late",)),
        ("tier=3", ("grave",)),
        ("channel=phone", ("phone",)),
        ("tier=3&channel=phone", ()),
        ("tier=9&mine=yes&channel=fax&late=%00", FOUR),
    ],
)
def test_the_list_can_be_narrowed(query, seen, four, at_desk):
    text = at_desk().get(f"/desk/?{query}").get_data(as_text=True)
    assert sorted(numbers(text)) == sorted(four[name] for name in seen)
    assert ("没有合这些条件的" in text) == (seen == ())


def test_a_choice_is_dropped_by_the_link_that_took_it(four, at_desk):
    text = at_desk().get("/desk/?tier=3&late=1").get_data(as_text=True)
    assert re.search(r'href="/desk/\?late=1" aria-current="true">', text)
    assert re.search(r'href="/desk/\?tier=3" aria-current="true">', text)
    assert 'href="/desk/?late=1&amp;tier=2"' in text or 'href="/desk/?tier=2&amp;late=1"' in text
    assert '<noscript><meta http-equiv="refresh" content="20;url=/desk/?auto=1&amp;tier=3&amp;late=1">' in (
        text.replace("late=1&amp;tier=3", "tier=3&amp;late=1")
    )


def test_no_choice_hides_somebody_who_waits(house, clock, on_duty, customer, at_desk):
    customer.says("送来的沙发坏了")
    customer.asks()
    text = at_desk().get("/desk/?tier=3&channel=phone").get_data(as_text=True)
    assert "送来的沙发坏了" in text.split('id="waiting-h"')[1].split('id="lists"')[0]


def test_after_tier_comes_the_promise_that_is_due_first(house, clock, at_desk):
    with house.db.writing() as conn:
        ids = [complaint(conn, place, at=clock()) for place in (1, 2, 3)]
        for id, hours in zip(ids, (5, 2, 9), strict=True):
            due = clock() + timedelta(hours=hours)
            promises.make(conn, id, kind="plan", made_at=clock(), due_at=due, calendar="duty")
        conn.exec_driver_sql(f"UPDATE complaints SET tier = 2 WHERE id = {ids[2]}")
        by_id = {id: record.whole(conn, id)["number"] for id in ids}
    assert numbers(shown(at_desk())) == [by_id[ids[2]], by_id[ids[1]], by_id[ids[0]]]


def test_who_is_here_is_shown_and_who_is_gone_is_not(house, clock, at_desk, people):
    with house.db.writing() as conn:
        users.set_presence(conn, people["agent2"], "busy", clock() + timedelta(seconds=45))
        users.set_presence(conn, people["supervisor"], "away", clock() + timedelta(seconds=45))
    page = at_desk()
    here = shown(page).split('class="here-now"')[1].split("</p>")[0]
    assert "周二" in here
    assert "王主管" not in here
    clock.pass_(seconds=46)
    assert "没有坐席在线" in shown(page).split('class="here-now"')[1].split("</p>")[0]


# ---- Whom a wish seeks


def waits(text):
    return text.split('id="waiting-h"')[1].split('id="open"')[0]


@pytest.fixture
def handed_on(house, clock, on_duty, people, at_desk):
    """Somebody who waits for anybody, then one whom 李敏 hands on; to whom, the test says."""

    def made(to):
        with house.db.writing() as conn:
            users.set_presence(conn, people["agent2"], users.AVAILABLE, clock() + timedelta(hours=1))
            users.set_presence(conn, people["supervisor"], users.AVAILABLE, clock() + timedelta(hours=1))
        anybody, theirs = Customer(house, clock, "one"), Customer(house, clock, "two")
        for one in (anybody, theirs):
            one.says("送来的沙发坏了")
            one.asks()
        page = at_desk()
        page.post(f"{theirs.page}/take")
        page.post(f"{theirs.page}/hand-on", to=to.format(**people), note="")
        return anybody.complaint.number, theirs.complaint.number

    return made


def test_whom_it_was_handed_on_to_is_told_to_all_and_is_first_with_them(handed_on, at_desk):
    anybody, theirs = handed_on("user:{agent2}")
    own = waits(shown(at_desk("agent2")))
    assert "转给您的" in own
    assert own.index(theirs) < own.index(anybody)
    others = waits(shown(at_desk("supervisor")))
    assert "转给周二" in others
    assert "转给您的" not in others
    assert others.index(anybody) < others.index(theirs)


def test_a_group_is_sought_by_its_name(handed_on, at_desk):
    anybody, theirs = handed_on("role:supervisor")
    lead = waits(shown(at_desk("supervisor")))
    assert "转给您的" in lead
    assert lead.index(theirs) < lead.index(anybody)
    assert "转给主管" in waits(shown(at_desk("agent2")))


def test_what_is_gravest_stays_on_top_of_what_was_handed_on(handed_on, house, clock, at_desk):
    handed_on("user:{agent2}")
    grave = Customer(house, clock, "three")
    grave.says(URGENT)
    text = waits(shown(at_desk("agent2")))
    assert text.index(grave.complaint.number) < text.index("转给您的")


def test_the_place_that_a_customer_is_told_is_not_changed_by_whom_one_seeks(handed_on, house):
    anybody, theirs = handed_on("user:{agent2}")
    with house.db.reading() as conn:
        order = [row.number for row in handoffs.waiting(conn)]
    assert order == [anybody, theirs]
