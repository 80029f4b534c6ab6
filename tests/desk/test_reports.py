"""The supervisor's pages: the four figures on top, a table for every chart, a list behind every number."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.roles import REPORTS, ROLES, may
from store import facts, heartbeats, outcomes, promises
from store import schema as t
from tests.desk.conftest import Customer, found

PAGE = "/desk/reports"


class Boss:
    """A supervisor, who logs in again after a long time."""

    def __init__(self, at_desk):
        self.at_desk = at_desk

    def get(self, path):
        return self.at_desk("supervisor").get(path)


@pytest.fixture
def boss(at_desk):
    return Boss(at_desk)


@pytest.fixture
def told(customer, clock):
    """A registered complaint with all its promises; a day later."""
    customer.says("送来的沙发扶手裂了，要求退款，电话13800138000")
    clock.pass_(minutes=20)
    customer.house.reception.register_silent(clock(), timedelta(minutes=15))
    clock.pass_(days=1)
    return customer.complaint


def text(page, path=PAGE):
    answer = page.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def headline(page, code):
    """What stands under one of the four."""
    return found(rf'(?s)aria-labelledby="h-{code}">(.*?)</section>', page)


def test_the_four_figures_stand_on_top_in_their_order(boss):
    page = text(boss)
    assert re.findall(r'id="h-(\w+)"', page) == ["kept", "contacts", "owner", "hidden"]
    assert page.index('id="h-hidden"') < page.index('class="figures"')


def test_an_empty_house_has_figures_of_nothing(boss):
    page = text(boss)
    for code in ("kept", "contacts", "owner", "hidden"):
        assert '<p class="big">—</p>' in headline(page, code)
    assert "NaN" not in page
    assert "None" not in page


def test_missed_promises_are_counted_and_their_list_is_one_click_away(boss, told, house, clock):
    with house.db.reading() as conn:
        due = [row for row in promises.of_complaint(conn, told.id) if row.due_at <= clock()]
    assert due
    page = text(boss)
    card = headline(page, "kept")
    assert f"{len(due)} 个到期，0 个按时" in card
    assert "is-bad" in page
    link = found(r'href="([^"]+what=promises[^"]*)"', card).replace("&amp;", "&")
    listed = text(boss, link)
    assert f"{len(due)} 件" in listed
    assert f"/desk/complaints/{told.number}" in listed
    assert "沙发扶手裂了" in listed


def test_the_time_to_an_owner_counts_who_has_none(boss, told, people, house, clock):
    assert "1 件还没人认领" in headline(text(boss), "owner")
    assert "至少1天" in headline(text(boss), "owner")
    with house.db.reading() as conn:
        sequence = conn.execute(select(t.complaints.c.sequence)).scalar()
    house.handling.own(people["agent"], told.id, sequence, clock())
    card = headline(text(boss), "owner")
    assert "还没人认领" not in card
    assert "1天" in card


def test_contacts_without_a_record_are_only_told_of_when_compared(boss, house, clock):
    assert "没法对账" in headline(text(boss), "contacts")
    with house.db.writing() as conn:
        heartbeats.beat(conn, "sweep", clock())
    assert '<p class="big"><a' in headline(text(boss), "contacts")
    clock.pass_(hours=1)
    late = headline(text(boss), "contacts")
    assert "之后的还不知道" in late


def test_a_hidden_one_is_set_beside_the_explicit_ones(boss, told, house):
    with house.db.writing() as conn:
        conn.execute(update(t.complaints).values(kind="grumble"))
    card = headline(text(boss), "hidden")
    assert "没说出口 1 件" in card
    assert "说出来 0 件" in card


def test_every_chart_has_its_table_and_every_table_its_head(boss, told):
    page = text(boss)
    charts = re.findall(r'data-chart="\w+" data-from="t-(\w+)"', page)
    assert {"kept_by_time", "kept_by_tier", "kept_by_kind", "clocks", "voices", "categories", "moods"} <= set(
        charts
    )
    for code in charts:
        table = found(rf'(?s)id="t-{code}">(.*?)</table>', page)
        assert "data-drawn" in table
        assert 'scope="row"' in table


def test_promises_are_split_by_tier_and_each_number_opens_its_list(boss, told, house, clock):
    with house.db.reading() as conn:
        rows = promises.of_complaint(conn, told.id)
    due = [row for row in rows if row.due_at <= clock()]
    assert due
    assert len(due) < len(rows)
    page = text(boss)
    table = found(r'(?s)id="t-kept_by_tier">(.*?)</table>', page)
    assert re.findall(r'scope="row">([^<]+)<', table) == ["恶性", "严重", "一般"]
    line = table.split('scope="row">一般<')[1]
    numbers = re.findall(r'data-v="(\d+)"(?:>| class)', line.split("</tr>")[0])
    assert numbers[:3] == ["0", str(len(due)), str(len(rows) - len(due))]
    for what, many in (("promises", len(due)), ("running", len(rows) - len(due))):
        link = found(rf'href="([^"]+what={what}[^"]*)"', line).replace("&amp;", "&")
        assert "tier=1" in link
        listed = text(boss, link)
        assert f"{many} 件" in listed
        assert "一般" in found(r"(?s)<h1>(.*?)</h1>", listed)
        assert f"/desk/complaints/{told.number}" in listed


def test_without_the_library_the_tables_stand_alone(boss, told, monkeypatch):
    monkeypatch.setattr("desk.reports.pages.ECHARTS", "vendor/nix.js")
    page = text(boss)
    assert "data-chart" not in page
    assert "charts.js" not in page
    assert 'id="t-clocks"' in page


def test_what_cannot_be_computed_is_said_so(boss):
    page = text(boss)
    for words in ("还算不出来的", "到人工要几步", "问过又问", "号码通不通"):
        assert words in page


def test_what_is_deliberately_not_shown(boss, told, people, house, clock):
    """No ranking of people, no blended score, no bot "containment": no agent's name stands on the page."""
    with house.db.reading() as conn:
        sequence = conn.execute(select(t.complaints.c.sequence)).scalar()
    house.handling.own(people["agent"], told.id, sequence, clock())
    page = text(boss)
    assert "李敏" not in page
    assert "周二" not in page


@pytest.mark.parametrize("what", ["promises", "clock", "wishes", "explicit", "category", "tiers", "named"])
def test_every_list_opens_empty_or_not(boss, told, what):
    path = f"{PAGE}/list?what={what}&first=2026-03-01&last=2026-03-07"
    assert "<h1>" in text(boss, path)


@pytest.mark.parametrize(
    "path",
    [
        f"{PAGE}/list?what=nix&first=2026-03-01&last=2026-03-07",
        f"{PAGE}/list?what=promises",
        f"{PAGE}/list?what=promises&first=2026-03-07&last=2026-03-01",
        f"{PAGE}/week/2026-W60",
        f"{PAGE}/week/nix",
    ],
)
def test_what_is_no_list_and_no_week_is_not_found(boss, path):
    if path.endswith("what=promises"):
        assert boss.get(path).status_code == 200  # the usual period
    else:
        assert boss.get(path).status_code == 404


@pytest.mark.parametrize(
    "span",
    [
        "first=2026-03-07&last=2026-03-01",
        "first=x&last=y",
        "first=2026-03-01",
        "first=0001-01-01&last=0001-01-02",
    ],
)
def test_a_wrong_span_is_said_in_words_and_the_usual_one_shown(boss, span):
    answer = boss.get(f"{PAGE}?{span}")
    assert answer.status_code == 422
    assert "最多 366 天" in answer.get_data(as_text=True)


def test_a_span_is_kept_in_every_link(boss, told):
    page = text(boss, f"{PAGE}?first=2026-03-01&last=2026-03-04")
    links = re.findall(r'href="(/desk/reports/(?:list|table)[^"]+)"', page)
    assert links
    assert all("first=2026-03-01" in link and "last=2026-03-04" in link for link in links)


def test_the_weekly_report_lists_what_was_missed_and_what_fits_nowhere(boss, told, house, clock):
    with house.db.writing() as conn:
        facts.learn(conn, told.id, "issues", [{"category": "other"}], by="agent", at=clock())
    page = text(boss, f"{PAGE}/week/2026-W10")
    missed = found(r'(?s)aria-labelledby="missed-h">(.*?)</section>', page)
    other = found(r'(?s)aria-labelledby="other-h">(.*?)</section>', page)
    assert told.number in missed.replace(" ", "")
    assert told.number in other.replace(" ", "")
    assert "2026-03-02 到 2026-03-08" in page


def test_the_weeks_lead_to_each_other_and_not_into_the_future(boss):
    page = text(boss, f"{PAGE}/week/2026-W09")
    assert "2026-W08" in page
    assert "2026-W10" in page
    assert "2026-W11" not in text(boss, f"{PAGE}/week/2026-W10")
    assert boss.get(f"{PAGE}/week").headers["Location"].endswith("2026-W09")


@pytest.mark.parametrize("role", ["agent", "auditor", "admin"])
def test_only_who_may_sees_figures(at_desk, role):
    assert not may(role, REPORTS)
    for path in (PAGE, f"{PAGE}/list?what=promises", f"{PAGE}/week/2026-W10"):
        assert at_desk(role).get(path).status_code == 403
    assert {role for role in ROLES if may(role, REPORTS)} == {"supervisor", "admin_agent"}


def test_a_list_is_titled_by_what_it_was_narrowed_to(boss, told):
    page = text(boss, f"{PAGE}/list?what=clock&code=plan&tier=1")
    assert "给出办法、一般：1 件" in page
    strange = text(boss, f"{PAGE}/list?what=clock&code=nix&tier=9")
    assert found(r"<title>([^<·]*) ·", strange) == "一件件看"


def test_who_is_recused_does_not_find_it_in_a_list(boss, told, people, house, clock):
    row = {
        "complaint_id": told.id,
        "recused_id": people["supervisor"],
        "reason": "x",
        "user_id": people["agent"],
    }
    with house.db.writing() as conn:
        conn.execute(t.recusals.insert().values(**row, at=clock()))
    page = text(boss, f"{PAGE}/list?what=explicit")
    assert told.number not in page.replace(" ", "")


def test_text_of_customers_stands_as_text(boss, customer):
    customer.says("<script>alert(1)</script>沙发坏了")
    page = text(boss, f"{PAGE}/list?what=explicit") + text(boss)
    assert "<script>alert" not in page


def test_a_cluster_is_listed_and_opens_its_complaints(boss, house, clock):
    for n in range(3):
        one = Customer(house, clock, f"cookie-{n}")
        one.says("沙发坏了")
        complaint = one.complaint.id
        with house.db.writing() as conn:
            facts.learn(conn, complaint, "subject", "<b>城东</b>&网点", by="agent", at=clock())
    clock.pass_(minutes=1)
    page = text(boss)
    clusters = found(r'(?s)id="t-clusters">(.*?)</table>', page)
    assert "&lt;b&gt;城东&lt;/b&gt;&amp;网点" in clusters
    link = found(r'href="([^"]+what=named[^"]*)"', clusters).replace("&amp;", "&")
    assert text(boss, link).count("/desk/complaints/") >= 3


def test_no_style_and_no_script_in_line(boss, told):
    page = text(boss)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page)


def test_outcomes_are_told_by_their_names(boss, told, house, clock):
    with house.db.writing() as conn:
        row = {"state": "closed", "closed_at": clock(), "outcome": "unreachable", "reopened": 1}
        conn.execute(update(t.complaints).values(**row))
        assert outcomes.closings(conn, clock() - timedelta(days=2), clock() + timedelta(days=1)) == (1, 1, 1)
    page = text(boss, f"{PAGE}/list?what=closed&code=unreachable")
    assert "联系不上" in page
