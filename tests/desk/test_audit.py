"""The trail as the auditor reads it, and the complaint as the auditor sees it."""

from datetime import timedelta

import pytest

from core.audit import LOOKED
from desk.people import audit
from desk.story import masked
from office.trail import Trail
from store import complaints, events, users
from store.schema import recusals
from tests.desk.conftest import PASSWORD

SAID = "王小明的沙发送来就坏了，打我电话13800138000"


@pytest.fixture
def known(customer):
    customer.says(SAID)
    return customer


def page(reader, **given):
    return reader.get("/desk/audit", query_string=given).get_data(as_text=True)


def kept(house, name):
    with house.db.reading() as conn:
        return [event for event in events.after(conn, 0, limit=1000) if event.name == name]


def lines(text):
    return text.count("<tr><td>")


def test_who_looked_is_there_with_the_number_and_the_name(at_desk, known):
    at_desk("agent").get(known.page)
    shown = page(at_desk("auditor"), what="seen")
    assert lines(shown) == 1
    assert "李敏" in shown
    assert f'href="{known.page}"' in shown


def test_every_kind_has_its_filter_and_its_name(at_desk, house):
    shown = page(at_desk("auditor"))
    for kind, names in LOOKED.items():
        assert f'<option value="{kind}">{house.content.label("trails", kind)}</option>' in shown
        assert house.content.label("trails", kind) != kind
        assert all(house.content.label("events", name) != name for name in names)


def test_a_refusal_is_there_with_what_was_wanted(at_desk, known, house):
    at_desk("agent").get("/desk/people")
    with house.db.writing() as conn:
        complaints.change(conn, known.complaint.id, state="closed")
    at_desk("agent2").get(known.page)
    shown = page(at_desk("auditor"), what="refused")
    assert lines(shown) == 2
    assert "<td>/desk/people</td>" in shown
    assert "周二" in shown
    assert f'href="{known.page}"' in shown


@pytest.mark.parametrize("role", ["agent", "supervisor", "admin", "admin_agent"])
def test_the_trail_is_for_the_auditor(role, at_desk):
    assert at_desk(role).get("/desk/audit").status_code == 403


@pytest.fixture
def history(house, people, clock, known):
    """Two people on three days, one complaint among others."""
    with house.db.writing() as conn:
        for day in range(3):
            at = clock() + timedelta(days=day)
            for who in ("agent", "agent2"):
                events.append(conn, "complaint_seen", at, user_id=people[who], complaint=known.complaint.id)
            events.append(conn, "recording_played", at, user_id=people["agent"], complaint=999999)
    clock.pass_(days=3)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, 9),
        ({"what": "seen"}, 6),
        ({"what": "heard"}, 3),
        ({"who": "agent"}, 6),
        ({"who": "agent2", "what": "heard"}, 0),
        ({"start": "2026-03-03"}, 6),
        ({"end": "2026-03-02"}, 3),
        ({"start": "2026-03-03", "end": "2026-03-03", "who": "agent2"}, 1),
        ({"number": "its"}, 6),
    ],
)
def test_the_filters_narrow(given, found, at_desk, people, history, known):
    reader = at_desk("auditor")
    own = {"who": str(people[given["who"]])} if "who" in given else {}
    own |= {"number": known.complaint.number} if "number" in given else {}
    shown = page(reader, **{**given, **own})
    logins = 0 if given.get("what") or "number" in given or "who" in given or "end" in given else 1
    assert lines(shown) == found + logins


@pytest.mark.parametrize(
    "given",
    [
        {"number": "12"},
        {"number": "' OR 1=1"},
        {"who": "x"},
        {"who": "9" * 30},
        {"start": "gestern"},
        {"end": "2026-13-40"},
        {"what": "everything"},
        {"before": "-1"},
    ],
)
def test_a_condition_that_makes_no_sense_is_told(given, at_desk, known):
    answer = at_desk("auditor").get("/desk/audit", query_string=given)
    assert answer.status_code == 422
    assert "条件看不懂" in answer.get_data(as_text=True)


def test_a_number_that_is_not_there_is_told(at_desk):
    answer = at_desk("auditor").get("/desk/audit?number=0000000000")
    assert answer.status_code == 422
    assert "没有这个编号" in answer.get_data(as_text=True)


def test_older_ones_are_a_page_further_and_none_is_lost(at_desk, house, people, clock):
    with house.db.writing() as conn:
        for n in range(2 * audit.SHOWN + 7):
            name = ("complaint_seen", "recording_played")[n % 2]
            events.append(conn, name, clock(), user_id=people["agent"], complaint=1, n=n)
    reader, where, pages = at_desk("auditor"), "/desk/audit?who=" + str(people["agent"]), []
    while where:
        shown = reader.get(where).get_data(as_text=True)
        pages.append(lines(shown))
        found = shown.partition('rel="next"')[0].rpartition('href="')[2]
        where = found.partition('"')[0].replace("&amp;", "&") if 'rel="next"' in shown else ""
    assert pages == [audit.SHOWN, audit.SHOWN, 7]


def test_a_search_that_found_a_complaint_is_in_its_trail(at_desk, house, people, clock, known):
    with house.db.writing() as conn:
        told = {"by": "phone", "complaints": [known.complaint.id, 999999]}
        events.append(conn, "complaints_searched", clock(), user_id=people["agent"], **told)
        events.append(
            conn, "complaints_searched", clock(), user_id=people["agent"], by="tail", complaints=[7]
        )
    shown = page(at_desk("auditor"), number=known.complaint.number)
    assert lines(shown) == 1
    assert "按电话" in shown
    assert "找到 2 件" in shown


def test_how_much_is_in_the_chain_is_said(at_desk, house, settings, known):
    reader = at_desk("auditor")
    assert "还没封存过" in page(reader)
    Trail(house, settings.audit_heads).work(house.clock())
    assert "链上有" in page(reader)


def test_an_auditor_who_is_recused_finds_nothing_of_it(at_desk, house, people, known, clock):
    at_desk("agent").get(known.page)
    with house.db.writing() as conn:
        about = {"complaint_id": known.complaint.id, "reason": "x", "user_id": 1, "at": clock()}
        conn.execute(recusals.insert().values(recused_id=people["auditor"], **about))
    reader = at_desk("auditor")
    assert known.complaint.number not in page(reader)
    assert reader.get(f"/desk/audit?number={known.complaint.number}").status_code == 422
    assert reader.get(known.page).status_code == 404


# ---- The complaint, masked


def test_the_auditor_sees_who_did_what_and_no_word_of_the_customer(at_desk, known, people, house):
    at_desk().post(f"{known.page}/take")
    at_desk().post(f"{known.page}/note", page=known.page, words="客户王小明很急")
    shown = at_desk("auditor").get(known.page).get_data(as_text=True)
    for secret in ("王小明", "沙发", "13800138000", "138 0013 8000", "很急"):
        assert secret not in shown
    assert f"{len(SAID)} 个字" in shown
    assert "138****8000" in shown
    assert "李敏" in shown
    assert "人工接手" in shown


def test_every_other_page_of_the_complaint_is_closed_to_the_auditor(app, at_desk, known, people, house):
    """Only the page that knows how to mask lets somebody in who sees masked."""
    reader = at_desk("auditor")
    for rule in app.url_map.iter_rules():
        if (
            "number" not in rule.arguments
            or not rule.endpoint.startswith("desk.")
            or "GET" not in rule.methods
        ):
            continue
        answer = reader.get(rule.rule.replace("<number>", known.complaint.number))
        if rule.endpoint != "desk.complaint":
            assert answer.status_code in (403, 404), rule
        assert "沙发" not in answer.get_data(as_text=True)


def test_the_list_of_complaints_shows_the_auditor_no_words(at_desk, known):
    shown = at_desk("auditor").get("/desk/complaints").get_data(as_text=True)
    assert "沙发" not in shown
    assert "王小明" not in shown


def reveal(reader, known, reason="投诉人说号码被人看过"):
    return reader.post(f"{known.page}/reveal", page=known.page, reason=reason)


def test_the_number_in_full_needs_a_reason_lasts_a_while_and_is_written(at_desk, known, people, house, clock):
    reader = at_desk("auditor")
    assert reveal(reader, known).status_code == 303
    assert "138 0013 8000" in reader.get(known.page).get_data(as_text=True)
    assert "沙发" not in reader.get(known.page).get_data(as_text=True)
    (event,) = kept(house, "revealed")
    assert event.user_id == people["auditor"]
    assert event.data == {"complaint": known.complaint.id, "reason": "投诉人说号码被人看过"}
    assert "投诉人说号码被人看过" in page(reader, what="revealed")
    clock.pass_(seconds=masked.SHOWN_FOR.total_seconds() + 1)
    assert "138 0013 8000" not in reader.get(known.page).get_data(as_text=True)


def test_a_reason_is_for_one_complaint_and_one_browser(at_desk, known, browser):
    reader = at_desk("auditor")
    reveal(reader, known)
    other = browser()
    other.log_in("auditor", PASSWORD)
    assert "138 0013 8000" not in other.get(known.page).get_data(as_text=True)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_without_a_reason_nothing_is_shown(reason, at_desk, known, house):
    reader = at_desk("auditor")
    assert reveal(reader, known, reason).status_code == 400
    assert not kept(house, "revealed")
    assert "138 0013 8000" not in reader.get(known.page).get_data(as_text=True)


def test_a_reason_is_not_carried_over_to_the_next_person(at_desk, known, people, house, clock):
    with house.db.writing() as conn:
        row = users.get(conn, people["agent2"])
        users.change(conn, row.id, role="auditor")
    reader = at_desk("auditor")
    reveal(reader, known)
    reader.log_in("agent2")
    assert "138 0013 8000" not in reader.get(known.page).get_data(as_text=True)


def test_a_refusal_that_cannot_be_kept_is_a_refusal_all_the_same(at_desk, house, monkeypatch, caplog):
    from store.db import SQLAlchemyError

    reader = at_desk("agent")

    def refuse(_self):
        raise SQLAlchemyError("locked")

    monkeypatch.setattr(type(house.db), "writing", refuse)
    assert reader.get("/desk/audit").status_code == 403
    assert "a refusal could not be kept" in caplog.text


def test_hammering_a_closed_door_is_one_entry_a_minute(at_desk, house, clock):
    reader = at_desk("agent")
    for _ in range(5):
        reader.get("/desk/audit")
    assert len(kept(house, "access_refused")) == 1
    clock.pass_(seconds=61)
    reader.get("/desk/audit")
    assert len(kept(house, "access_refused")) == 2
