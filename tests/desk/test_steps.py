"""The page of the seven steps, the department's memos and the follow-up list, form by form."""

import html
import re
from datetime import timedelta

import pytest

from core import complaint as states
from core.due import ZONE
from reception import accounts
from store import complaints, findings, follow_ups, memos, messages, remedies
from store.schema import users as table
from tests.desk.conftest import PASSWORD

STORY = "送来的沙发扶手裂了，要求退款，损失三千块，电话13800138000"
EVIL = '<script>alert(1)</script>\u202e=HYPERLINK("x")'


@pytest.fixture
def everybody(people, house, clock):
    """The accounts of conftest, a handler of the department that the complaint goes to, one of another,
    and somebody for the follow-up."""
    more = {"freight": ("周二货", "handler", "货运部"), "stock": ("吴仓", "handler", "仓储部")}
    with house.db.writing() as conn:
        for login, (name, role, department) in more.items():
            id = accounts.create(conn, login, name, role, PASSWORD, clock())
            conn.execute(table.update().where(table.c.id == id).values(department=department))
            people[login] = id
        people["asks"] = accounts.create(conn, "asks", "孙访", "follow_up", PASSWORD, clock())
    return people


@pytest.fixture
def desk(everybody, at_desk, customer, house):
    """One registered complaint, and browsers of everybody who deals with it."""
    customer.says(STORY)
    for words in ("要退款", "跳过", "对"):
        customer.says(words)
    with house.db.writing() as conn:
        row = customer.complaint
        if row.state == states.DRAFT:
            from reception.registering import register

            register(conn, house.content, row.id, house.clock())
        complaints.change(conn, row.id, department="货运部")
    return Desk(customer, house, at_desk, everybody)


class Desk:
    def __init__(self, customer, house, at_desk, people):
        self.customer, self.house, self.people = customer, house, people
        self.clock = house.clock
        self._at_desk, self._open = at_desk, {}

    def who(self, login):
        return self._open.setdefault(login, self._at_desk(login))

    @property
    def row(self):
        return self.customer.complaint

    @property
    def page(self):
        return f"/desk/complaints/{self.row.number}/steps"

    def see(self, login="agent", path=None):
        return self.who(login).get(path or self.page).get_data(as_text=True)

    def do(self, login, act, **data):
        """Send one form of the page; the answer."""
        self.clock.pass_(seconds=20)
        browser = self.who(login)
        sent = {"sequence": str(self.row.sequence), "csrf_token": browser.token("/desk/"), **data}
        return browser.client.post(f"{self.page}/{act}", data=sent)

    def done(self, login, act, **data):
        answer = self.do(login, act, **data)
        assert answer.status_code == 303, html.unescape(
            re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))
        )
        return answer

    def read(self, look, *more):
        with self.house.db.reading() as conn:
            return look(conn, *more)

    def pass_(self, **time):
        """Time goes by; everybody has to log in again."""
        self.clock.pass_(**time)
        self._open.clear()

    def due(self, **later):
        return f"{(self.clock() + timedelta(**later)).astimezone(ZONE):%Y-%m-%dT%H:%M}"

    # ---- The way, as far as named

    def to_memo(self):
        self.done("agent", "own")
        about = {"cause": "packing", "level": "department", "responsibility": "us"}
        self.done("agent", "finding", facts="没垫东西", cause_words="最上层", **about)
        self.done("agent", "memo", department="货运部", facts="裂了", ask="查装车", due=self.due(hours=20))

    def to_confer(self):
        self.to_memo()
        [memo] = self.read(memos.of_complaint, self.row.id)
        browser = self.who("freight")
        assert browser.post(f"/desk/memos/{memo.id}/reply", words="装车没垫").status_code == 303
        self.done("agent", "on")

    def to_carry(self):
        self.to_confer()
        self.done("agent", "plan", option=["退款", "换新"], by="message", message="退款还是换新，您选。")
        self.done("agent", "answer", answer="accepted", chosen="0", words="退吧")
        self.done("agent", "remedy", kind="refund", amount="380", words="原路退回")
        self.done("agent", "on")

    def to_ask(self):
        self.to_carry()
        [line] = self.read(remedies.of_complaint, self.row.id)
        self.done("agent", "remedy/done", remedy=str(line.id), words="流水 8812")
        self.done("agent", "on")


def shown(page, words):
    return words in html.unescape(page)


def test_all_seven_steps_by_their_forms(desk):
    assert 'aria-current="step"' in desk.see()
    desk.to_ask()
    assert desk.row.state == states.FOLLOWING_UP
    assert shown(desk.see("asks", "/desk/follow-ups"), desk.row.number)
    desk.done("asks", "answers", q1="4", q2="4", q3="5", q5="yes")
    desk.done("asks", "pass-on", department="货运部", words="客户认可")
    desk.done("asks", "tell", by="message", words="装车的都重新教过了。")
    desk.done("asks", "close")
    assert (desk.row.state, desk.row.outcome) == (states.CLOSED, "confirmed")
    page = desk.see("supervisor")
    for words in ("没垫东西", "装车没垫", "退吧", "流水 8812", "客户认可", "装车的都重新教过了。"):
        assert shown(page, words), words
    said = [row.words for row in desk.read(messages.of_complaint, desk.row.id)]
    assert "退款还是换新，您选。" in said
    assert "装车的都重新教过了。" in said


def test_what_is_missing_stands_on_the_page_and_the_button_does_not(desk):
    desk.to_confer()
    page = desk.see()
    assert shown(page, "客户同意，有记录")
    assert not shown(page, "开始落实")
    desk.done("agent", "plan", option=["退款", "换新"], by="phone")
    desk.done("agent", "answer", answer="accepted", chosen="1", words="换吧")
    desk.done("agent", "remedy", kind="exchange", words="周五送到")
    assert shown(desk.see(), "开始落实")


def test_a_refused_form_keeps_everything_that_was_typed(desk):
    desk.to_confer()
    answer = desk.do("agent", "plan", option=["只有一种", ""], by="message", message="我们给您退款。")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert shown(page, "至少写两种办法")
    assert shown(page, "只有一种")
    assert shown(page, "我们给您退款。")
    assert not desk.read(findings.plans_of, desk.row.id)


def test_a_stale_form_changes_nothing_and_is_shown_again(desk):
    desk.done("agent", "own")
    answer = desk.do("agent", "finding", sequence="1", facts="查到一半")
    assert answer.status_code == 409
    assert shown(answer.get_data(as_text=True), "查到一半")
    assert not desk.read(findings.findings_of, desk.row.id)


def test_the_same_form_twice_does_it_once(desk):
    desk.done("agent", "own")
    sequence = str(desk.row.sequence)
    desk.done("agent", "finding", facts="查过", sequence=sequence)
    assert desk.do("agent", "finding", facts="查过", sequence=sequence).status_code == 409
    assert len(desk.read(findings.findings_of, desk.row.id)) == 1


def test_words_that_nobody_says_are_sent_only_when_asked_twice(desk):
    desk.to_confer()
    form = {"option": ["退款", "换新"], "by": "message", "message": "我们保证尽快退款"}
    answer = desk.do("agent", "plan", **form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert shown(page, "尽快")
    assert not desk.read(findings.plans_of, desk.row.id)
    anyway = re.search(r'name="anyway" value="([0-9a-f]+)"', page)[1]
    assert desk.do("agent", "plan", **{**form, "message": "保证", "anyway": anyway}).status_code == 409
    desk.done("agent", "plan", **form, anyway=anyway)
    assert len(desk.read(findings.plans_of, desk.row.id)) == 1


def test_a_memo_goes_by_default_where_somebody_reads_it_and_says_to_whom_it_went(desk):
    desk.done("agent", "own")

    def chosen():
        chooser = re.search(r'<select id="memo-department".*?</select>', desk.see(), re.S)[0]
        return re.findall(r'value="([^"]*)" selected', chooser), html.unescape(chooser)

    before, names = chosen()
    assert before == ["货运部"]
    assert re.search(r"质量部[^<]*还没有账号", names)
    assert not re.search(r"货运部[^<]*还没有账号", names)
    with desk.house.db.writing() as conn:
        complaints.change(conn, desk.row.id, department="投诉管理部")
    assert chosen()[0] == []
    memo = {"facts": "裂了", "ask": "查装车", "due": desk.due(hours=20)}
    assert desk.do("agent", "memo", department="", **memo).status_code == 409
    desk.done("agent", "memo", department="货运部", **memo)
    assert shown(desk.see(), "发给货运部了。")
    desk.done("agent", "memo", department="质量部", **memo)
    assert shown(desk.see(), "这个部门还没有账号，打电话告诉他们。")


def test_what_was_done_is_shown_where_the_complaint_then_stands(desk):
    def place(login, act, **data):
        return desk.done(login, act, **data).location.partition("#")[2]

    assert place("agent", "own") == "step-investigating"
    assert place("agent", "withdraw", words="我不投诉了") == "withdrawal"
    assert place("supervisor", "withdrawal", confirmed="yes") == "over"
    assert place("supervisor", "reopen", reason="客户又来了") == "step-investigating"


def test_who_speaks_with_the_customer_is_named_to_whoever_wants_to_tell_them(desk):
    desk.to_ask()
    desk.done("asks", "answers", q1="4", q2="4", q3="5", q5="yes")
    desk.customer.asks()
    browser = desk.who("agent")
    assert browser.post(f"/desk/complaints/{desk.row.number}/take").status_code == 303
    answer = desk.do("asks", "tell", by="message", words="装车的都重新教过了。")
    assert answer.status_code == 409
    assert shown(answer.get_data(as_text=True), "李敏还在跟客户说话")


def test_a_memo_is_seen_and_answered_by_its_department_alone(desk):
    desk.to_memo()
    [memo] = desk.read(memos.of_complaint, desk.row.id)
    path = f"/desk/memos/{memo.id}"
    assert shown(desk.see("freight", "/desk/memos"), "查装车")
    page = desk.see("freight", path)
    assert shown(page, "送来的沙发扶手裂了")
    assert not shown(desk.see("stock", "/desk/memos"), "查装车")
    assert desk.who("stock").get(path).status_code == 404
    assert desk.who("stock").post(f"{path}/reply", words="不归我").status_code == 404
    assert desk.who("agent").post(f"{path}/reply", words="替它回").status_code == 403
    assert desk.who("freight").post(f"{path}/take").status_code == 303
    assert desk.who("freight").post(f"{path}/reply", words="").status_code == 409
    assert desk.who("freight").post(f"{path}/reply", words="装车没垫").status_code == 303
    again = desk.who("freight").post(f"{path}/reply", words="改一下")
    assert (again.status_code, shown(again.get_data(as_text=True), "改一下")) == (409, True)
    assert desk.read(memos.get, memo.id).reply == "装车没垫"


def test_a_late_memo_is_red_and_an_untaken_one_is_told(desk):
    desk.to_memo()
    desk.pass_(hours=11)
    assert shown(desk.see(), "时间过半还没人接")
    desk.pass_(hours=11)
    assert shown(desk.see(), "过了时间没回")


def test_wrong_roles_are_refused(desk):
    desk.to_ask()
    for login, act in (
        ("freight", "finding"),
        ("freight", "on"),
        ("agent", "close"),
        ("agent", "answers"),
        ("supervisor", "answers"),
        ("agent", "remedy/approve"),
        ("agent", "reopen"),
        ("asks", "on"),
    ):
        assert desk.do(login, act).status_code == 403, (login, act)
    assert desk.who("auditor").get(desk.page).status_code == 404
    assert desk.who("agent").get("/desk/follow-ups").status_code == 403
    assert desk.who("agent").get("/desk/memos").status_code == 403
    assert desk.row.state == states.FOLLOWING_UP


def test_who_may_not_act_sees_what_was_recorded_and_no_form(desk):
    desk.to_carry()
    page = desk.see("freight")
    assert shown(page, "装车没垫")
    assert "steps/remedy" not in page
    assert "steps/on" not in page


def test_money_beyond_the_limit_waits_for_a_supervisor(desk):
    desk.to_confer()
    desk.done("agent", "plan", option=["退款", "换新"], by="phone")
    desk.done("agent", "answer", answer="accepted", chosen="0", words="退吧")
    assert shown(
        desk.do("agent", "remedy", kind="refund", amount="三千", words="退").get_data(as_text=True),
        "写成数字",
    )
    desk.done("agent", "remedy", kind="refund", amount="3000.50", words="原路退回")
    [line] = desk.read(remedies.of_complaint, desk.row.id)
    assert (line.amount, line.approved_at) == (300_050, None)
    assert desk.do("agent", "on").status_code == 409
    assert shown(desk.see("supervisor"), "3,000.50")
    desk.done("supervisor", "remedy/approve", remedy=str(line.id))
    desk.done("agent", "on")
    assert desk.row.state == states.CARRYING_OUT


def test_a_visit_has_a_day_a_window_a_person_and_a_place(desk):
    desk.to_confer()
    visit = {"visit_day": "2026-03-05", "visit_from": "09:00", "visit_to": "11:00", "visit_person": "刘师傅"}
    line = {"kind": "repair", "words": "上门修"}
    assert desk.do("agent", "remedy", **line, **visit).status_code == 409
    desk.done("agent", "remedy", **line, **visit, visit_place="和平路1号")
    assert shown(desk.see(), "2026-03-05 09:00到11:00，刘师傅，和平路1号")


def test_not_solved_reopens_and_the_owner_is_a_supervisor(desk):
    desk.to_ask()
    desk.done("asks", "answers", q3="1", q5="no", words="还是裂的")
    assert (desk.row.state, desk.row.reopened, desk.row.tier) == (states.INVESTIGATING, 1, 2)
    assert desk.row.owner_id in (desk.people["supervisor"], desk.people["admin_agent"])
    assert shown(desk.see("supervisor"), "重开 1 次")


def test_an_empty_follow_up_is_no_follow_up(desk):
    desk.to_ask()
    answer = desk.do("asks", "answers", q1="", q2="", q3="", q4="", q5="", words="")
    assert (answer.status_code, desk.row.state) == (409, states.FOLLOWING_UP)
    assert desk.do("asks", "answers", q1="6").status_code == 409
    assert not desk.read(follow_ups.of_complaint, desk.row.id)


def test_a_withdrawal_waits_for_a_second_person(desk):
    desk.done("agent", "own")
    desk.done("agent", "withdraw", words="我不投诉了")
    assert shown(desk.see("supervisor"), "我不投诉了")
    desk.done("supervisor", "withdrawal", confirmed="yes")
    assert desk.row.state == states.WITHDRAWN
    desk.done("supervisor", "reopen", reason="客户又来了")
    assert desk.row.state == states.INVESTIGATING


def test_a_pause_is_told_to_the_customer_and_shown(desk):
    desk.done("agent", "own")
    until = desk.due(days=1)
    told = {"kind": "plan", "reason": "customer_to_answer", "until": until, "by": "message"}
    desk.done("agent", "pause", **told, words="等您选好办法，我们接着办。")
    assert desk.read(messages.of_complaint, desk.row.id)[-1].words == "等您选好办法，我们接着办。"
    assert shown(desk.see(), "等客户回话")
    assert desk.do("agent", "pause", **told, words="再等等").status_code == 409


def test_hostile_text_stays_text(desk):
    desk.done("agent", "own")
    desk.done("agent", "finding", facts=EVIL, cause_words=EVIL)
    desk.done("agent", "memo", department="货运部", facts=EVIL, ask=EVIL, due=desk.due(hours=9))
    [memo] = desk.read(memos.of_complaint, desk.row.id)
    for login, path in (
        ("agent", desk.page),
        ("freight", f"/desk/memos/{memo.id}"),
        ("freight", "/desk/memos"),
    ):
        page = desk.see(login, path)
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "act", ["on", "skip", "back", "finding", "memo", "plan", "answer", "remedy", "pause"]
)
def test_an_empty_form_is_told_and_changes_nothing(desk, act):
    desk.done("agent", "own")
    before = desk.row.sequence
    assert desk.do("agent", act).status_code == 409
    assert desk.row.sequence == before


def test_a_second_look_that_finds_it_not_mended_reopens(desk):
    desk.to_ask()
    desk.done("asks", "answers", q3="5", q5="unsure")
    desk.done("asks", "pass-on", department="货运部", words="x")
    desk.done("asks", "tell", by="phone", words="说过了")
    desk.done("asks", "close")
    [look] = desk.read(follow_ups.open_looks, desk.row.id)
    assert shown(desk.see("asks", "/desk/follow-ups"), "再看一次毛病改了没有")
    answer = desk.who("asks").post(f"/desk/follow-ups/looks/{look.id}", mended="no", words="门店还在漏")
    assert answer.status_code == 303
    assert desk.row.state == states.INVESTIGATING
