"""A talk on WeChat at the desk: what is left, what became of each line, what is taken back and said again."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest

from core import events as names
from core import quota
from reception.heard import Heard
from store import conversations, events, files, heartbeats, messages, recusals, wechat_refusals, wechat_sends
from store import wechat as rows
from tests.desk.conftest import Customer, found
from tests.web.pictures import photo

APP, OPENID = "wx0000000000000000", "oDeskCustomer"


class OnWeChat(Customer):
    """Writes on WeChat; each message opens five for 48 hours."""

    def __init__(self, house, clock):
        super().__init__(house, clock)
        self.who = ("openid", OPENID)

    def says(self, words, **more):
        self.clock.pass_(seconds=20)
        self.turn += 1
        key = f"{self.who[1]}:{self.turn}"
        heard = Heard("wechat", self.who, words, key, self.clock(), self.conversation, **more)
        answer = self.house.reception.receive(heard)
        self.conversation = answer.conversation
        self.opens(5, timedelta(hours=48), key)
        return answer

    def opens(self, many, lasts, key, by=quota.MESSAGE):
        right = quota.Right(by, many, self.clock() + lasts)
        with self.house.db.writing() as conn:
            rows.open_right(conn, APP, self.who[1], right, key, self.clock())

    def lets_only(self, many):
        with self.house.db.writing() as conn:
            (right,) = rows.rights_of(conn, APP, self.who[1], self.clock())
            rows.set_left(conn, quota.Right(right.by, many, right.until, right.id))


@pytest.fixture
def customer(house, clock):
    return OnWeChat(house, clock)


@pytest.fixture
def page(customer, at_desk, on_duty):
    """An agent who speaks with a customer on WeChat, everything before being out."""
    customer.says("送来的沙发坏了，订单号202611220001，我要退款，损失三千块，电话13800138000")
    customer.asks()
    made = at_desk()
    made.post(f"{customer.page}/take")
    goes_out(customer)
    return made


def text_of(page, customer):
    return page.get(customer.page).get_data(as_text=True)


def reach_of(text):
    return " ".join(text.split('id="reach"')[1].split("</p>")[0].split(">", 1)[1].split())


def fate_of(text, id):
    return text.split(f'id="fate-{id}"')[1].split("</div>")[0]


def say(page, customer, words, key):
    page.post(f"{customer.page}/say", words=words, key=key)
    with customer.house.db.reading() as conn:
        return messages.of_conversation(conn, customer.conversation)[-1].id


def goes_out(customer, state="sent", code=None, kind="text"):
    """What the worker does: reserve everything that waits, send it, settle it."""
    with customer.house.db.writing() as conn:
        row = conversations.fetch(conn, customer.conversation)
        lines = [one.id for one in wechat_sends.unsent(conn, row)]
        conversations.change(conn, row.id, sent_up_to=lines[-1])
        id = wechat_sends.reserve(
            conn, row.id, kind=kind, author="agent", messages=lines, right_id=None, at=customer.clock()
        )
        wechat_sends.settle(conn, id, state, customer.clock(), code)
    return id


# ---- What is left


def test_what_is_left_stands_there_with_its_time(page, customer, clock):
    assert "还可发 5 条" in reach_of(text_of(page, customer))
    customer.lets_only(2)
    said = reach_of(text_of(page, customer))
    assert "还可发 2 条" in said
    assert "这是最后一条" not in said


def test_the_last_one_is_warned_of(page, customer):
    customer.lets_only(1)
    said = reach_of(text_of(page, customer))
    assert "还可发 1 条" in said
    assert "这是最后一条" in said


def test_a_right_of_a_minute_is_told_apart(page, customer):
    customer.opens(3, timedelta(minutes=1), "tap", quota.MENU)
    said = reach_of(text_of(page, customer))
    assert "还可发 8 条" in said
    assert "其中 3 条只到" in said
    customer.clock.pass_(seconds=61)
    assert "还可发 5 条" in reach_of(text_of(page, customer))


def test_after_48_hours_the_page_says_what_happens(page, customer, clock, at_desk):
    clock.pass_(seconds=48 * 3600 + 1)
    said = reach_of(text_of(at_desk(), customer))
    assert "现在一条也发不了" in said
    assert "模板消息" in said


def test_talks_elsewhere_count_nothing(house, clock, at_desk):
    on_web = Customer(house, clock)
    on_web.says("沙发坏了")
    assert 'id="reach"' not in at_desk().get(on_web.page).get_data(as_text=True)


# ---- What became of each line


def test_a_line_waits_and_then_is_out(page, customer, clock):
    id = say(page, customer, "我来办", "k1")
    waiting = fate_of(text_of(page, customer), id)
    assert "待发" in waiting
    assert 9_000 < int(found(r'data-left="(\d+)"', waiting)) <= 10_000
    goes_out(customer)
    assert "已发" in fate_of(text_of(page, customer), id)


@pytest.mark.parametrize(
    ("state", "code", "kind", "told"),
    [
        ("refused", 45047, "text", ["微信没收", "能发的条数用完了"]),
        ("refused", 99999, "text", ["微信没收", "按错误码查"]),
        ("unknown", None, "text", ["没确认送到", "微信没回话"]),
        ("sent", None, "template", ["用模板消息发了"]),
        ("arrived", None, "template", ["用模板消息发了，到了"]),
        ("no_right", None, "template", ["发不出，要打电话"]),
    ],
)
def test_how_it_ended_is_told_in_words(page, customer, state, code, kind, told):
    id = say(page, customer, "我来办", "k1")
    goes_out(customer, state, code, kind)
    said = fate_of(text_of(page, customer), id)
    for words in told:
        assert words in said
    assert ("再发一次" in said) == (state not in ("sent", "arrived"))


def test_what_was_cut_off_half_way_is_not_called_sent(page, customer, clock):
    id = say(page, customer, "我来办", "k1")
    goes_out(customer, wechat_sends.RESERVED)
    assert "正在发" in fate_of(text_of(page, customer), id)
    clock.pass_(seconds=61)
    assert "没确认送到" in fate_of(text_of(page, customer), id)


def test_what_was_overtaken_is_not_called_sent(page, customer, house):
    id = say(page, customer, "我来办", "k1")
    with house.db.writing() as conn:
        conversations.change(conn, customer.conversation, sent_up_to=id)
    assert "后来的话代替了" in fate_of(text_of(page, customer), id)


def test_the_page_hears_of_it_and_nobody_becomes_stale(page, customer, house):
    say(page, customer, "我来办", "k1")
    with house.db.reading() as conn:
        cursor, before = events.last(conn), customer.complaint.sequence
    goes_out(customer)
    assert customer.complaint.sequence == before
    news = page.get(f"/desk/stream?after={cursor}", headers={"Accept": "application/json"}).get_json()
    assert news["change"]["numbers"] == [customer.complaint.number]


# ---- Once more


def again(page, customer, send):
    return page.post(f"{customer.page}/again", send=send)


def said_by_agents(customer):
    with customer.house.db.reading() as conn:
        lines = messages.of_conversation(conn, customer.conversation)
    return [one.words for one in lines if one.author == "agent"]


def test_what_may_not_have_arrived_is_said_again_once(page, customer):
    id = say(page, customer, "我来办", "k1")
    send = goes_out(customer, "unknown")
    for _ in range(2):
        assert again(page, customer, send).status_code == 303
    assert said_by_agents(customer) == ["我来办", "我来办"]
    text = text_of(page, customer)
    assert "再发一次" not in fate_of(text, id)
    assert "待发" in text


def test_what_arrived_is_not_said_again(page, customer):
    say(page, customer, "我来办", "k1")
    send = goes_out(customer)
    answer = again(page, customer, send)
    assert answer.status_code == 409
    assert "不用再发" in answer.get_data(as_text=True)
    assert said_by_agents(customer) == ["我来办"]


def test_a_message_of_another_complaint_is_not_found(page, customer, house, clock):
    say(page, customer, "我来办", "k1")
    send = goes_out(customer, "unknown")
    other = Customer(house, clock)
    other.says("快递丢了")
    assert page.post(f"{other.page}/again", send=send).status_code == 404
    assert page.post(f"{customer.page}/again", send=send + 1000).status_code == 404


# ---- Taken back


def act_of(page, customer):
    undo = text_of(page, customer).split('id="undo"')[1].split('id="reach"')[0]
    return found(r'name="event" value="(\d+)">\s*<button class="quiet"[^>]*>收回刚才那句', undo)


def test_a_line_that_waits_is_taken_back_and_shows_no_fate(page, customer):
    id = say(page, customer, "发错了", "k1")
    assert page.post(f"{customer.page}/undo", event=act_of(page, customer)).status_code == 303
    text = text_of(page, customer)
    assert "<s>发错了</s>" in text
    assert f'id="fate-{id}"' not in text


def test_what_went_out_is_not_taken_back_even_within_the_time(page, customer, clock):
    say(page, customer, "发错了", "k1")
    act = act_of(page, customer)
    clock.pass_(seconds=3)
    goes_out(customer)
    assert "收回刚才那句" not in text_of(page, customer)
    answer = page.post(f"{customer.page}/undo", event=act)
    assert answer.status_code == 409
    assert "已经发到微信" in answer.get_data(as_text=True)
    assert "<s>发错了</s>" not in text_of(page, customer)


def test_a_line_can_be_taken_back_as_long_as_a_later_one_holds_it(page, customer, clock):
    say(page, customer, "第一句", "k1")
    first = act_of(page, customer)
    clock.pass_(seconds=9)
    say(page, customer, "第二句", "k2")
    clock.pass_(seconds=6)
    assert page.post(f"{customer.page}/undo", event=first).status_code == 303
    assert "<s>第一句</s>" in text_of(page, customer)


def undo_of(page, customer):
    return text_of(page, customer).split('id="undo"')[1].split('id="reach"')[0]


def test_what_wechat_puts_off_is_taken_back_as_long_as_it_may_go_out(page, customer, clock, house):
    id = say(page, customer, "发错了", "k1")
    assert 'data-left="' in undo_of(page, customer)
    act = act_of(page, customer)
    clock.pass_(seconds=13)
    before = talk_row(customer).sent_up_to
    goes_out(customer, "later", -1)
    with house.db.writing() as conn:
        conversations.change(conn, customer.conversation, sent_up_to=before)
    clock.pass_(minutes=10)
    assert act_of(page, customer) == act
    assert "data-left" not in undo_of(page, customer)
    assert page.post(f"{customer.page}/undo", event=act).status_code == 303
    with house.db.reading() as conn:
        assert messages.get(conn, id).taken_back_at == clock()
    assert "收回刚才那句" not in undo_of(page, customer)


def test_what_waits_for_the_worker_is_taken_back_until_it_is_reserved(page, customer, clock):
    say(page, customer, "发错了", "k1")
    act = act_of(page, customer)
    clock.pass_(seconds=60)
    assert act_of(page, customer) == act
    goes_out(customer, wechat_sends.RESERVED)
    assert "收回刚才那句" not in undo_of(page, customer)
    answer = page.post(f"{customer.page}/undo", event=act)
    assert answer.status_code == 409
    assert "已经发到微信" in answer.get_data(as_text=True)


def talk_row(customer):
    with customer.house.db.reading() as conn:
        return conversations.fetch(conn, customer.conversation)


# ---- Photos and files


def attach(page, customer, name, content, **more):
    return page.post(f"{customer.page}/say", key="k1", files=(BytesIO(content), name), **more)


def kept(customer):
    """What is kept of agents' files: their names, and the lines that brought them."""
    with customer.house.db.reading() as conn:
        rows = files.of_complaint(conn, customer.complaint.id)
    return [(row.name, row.message_id) for row in rows]


def test_a_photo_is_said_counted_down_and_shown(page, customer):
    answer = attach(page, customer, "门.png", photo("PNG"))
    assert answer.status_code == 303
    ((name, line),) = kept(customer)
    text = text_of(page, customer)
    assert name == "门.png"
    assert "待发" in fate_of(text, line)
    assert "发给客户的照片" in text
    assert "收回刚才那句" in text
    goes_out(customer)
    assert "已发" in fate_of(text_of(page, customer), line)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("门.png", b"<html>", "这个文件发不了"),
        ("门.png", b"\xff\xd8\xff nothing", "这个文件发不了"),
        ("单.pdf", photo("PNG"), "这个文件发不了"),
        ("大.png", b"\x89PNG" + bytes(10 * 1024 * 1024), "这个文件太大"),
    ],
    ids=["page", "damaged", "another name", "large"],
)
def test_a_file_that_lies_or_is_too_large_is_refused_and_nothing_is_said(page, customer, name, content, told):
    answer = attach(page, customer, name, content, words="请看")
    assert answer.status_code == 400
    assert told in answer.get_data(as_text=True)
    assert (said_by_agents(customer), kept(customer)) == ([], [])


def test_the_form_says_how_files_go(page, customer):
    text = text_of(page, customer)
    assert "每张 JPG、PNG、GIF 照片另算一条" in text
    assert "微信里发不了文件" not in text


def test_a_photo_that_may_not_have_arrived_is_sent_again_once(page, customer):
    attach(page, customer, "门.png", photo("PNG"), words="您看。")
    send = goes_out(customer, "refused", 40009)
    ((_, line),) = kept(customer)
    said = fate_of(text_of(page, customer), line)
    assert "这个文件太大" in said
    assert "再发一次" in said
    for _ in range(2):
        assert again(page, customer, send).status_code == 303
    assert said_by_agents(customer) == ["您看。", "您看。"]
    (_, first), (_, second) = kept(customer)
    assert first == line != second


def test_of_a_line_in_pieces_only_what_is_missing_is_sent_again(page, customer):
    attach(page, customer, "门.png", photo("PNG"), words="您看。")
    ((_, line),) = kept(customer)
    with customer.house.db.writing() as conn:
        (file,) = files.of_messages(conn, [line])
        about = {"author": "agent", "messages": [line], "right_id": None, "at": customer.clock()}
        words = wechat_sends.reserve(conn, customer.conversation, kind="text", **about)
        wechat_sends.settle(conn, words, "sent", customer.clock())
        lost = wechat_sends.reserve(conn, customer.conversation, kind="media", file_id=file.id, **about)
        wechat_sends.settle(conn, lost, "unknown", customer.clock())
        conversations.change(conn, customer.conversation, sent_up_to=line)
    assert again(page, customer, lost).status_code == 303
    assert said_by_agents(customer) == ["您看。", ""]
    assert len(kept(customer)) == 2


# ---- What nobody could read, and how WeChat stands

HOSTILE = "<script>alert(1)</script>\u202e{{ 7 * 7 }}"


@pytest.fixture
def unread(house, clock):
    with house.db.writing() as conn:
        rows.keep_unreadable(conn, "k", HOSTILE, "unknown event", clock())
        (row,) = rows.unread(conn)
    return row.id


def test_what_could_not_be_read_is_shown_as_text_and_done_with(unread, at_desk, house, people):
    page = at_desk()
    text = page.get("/desk/").get_data(as_text=True)
    assert "有 1 条微信读不懂" in text
    assert "没见过的通知" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]{{ 7 * 7 }}" in text
    for _ in range(2):
        assert page.post(f"/desk/unreadable/{unread}/seen").status_code == 303
    assert "微信读不懂" not in page.get("/desk/").get_data(as_text=True)
    with house.db.reading() as conn:
        seen = [row for row in events.after(conn, 0) if row.name == names.UNREADABLE_SEEN]
    assert [(row.user_id, row.data["unreadable"]) for row in seen] == [(people["agent"], unread)]


def test_the_auditor_finds_who_looked(unread, at_desk):
    at_desk().post(f"/desk/unreadable/{unread}/seen")
    assert "看过读不懂的来信" in at_desk("auditor").get("/desk/audit?what=unreadable").get_data(as_text=True)


def test_a_supervisor_sees_how_wechat_stands(page, customer, at_desk, house, clock, unread):
    say(page, customer, "我来办", "k1")
    goes_out(customer, "refused", 40164)
    say(page, customer, "还在吗", "k2")
    with house.db.writing() as conn:
        heartbeats.beat(conn, "wechat", clock())
    lead = at_desk("supervisor")
    text = lead.get("/desk/wechat").get_data(as_text=True)
    assert "IP 白名单" in text
    assert "40164" in text
    assert customer.complaint.number in text
    assert OPENID not in text
    assert "没有动静" not in text
    assert re.search(r"还没发的</dt><dd>1 ", text)
    clock.pass_(seconds=121)
    assert "没有动静" in lead.get("/desk/wechat").get_data(as_text=True)
    machinery = lead.get("/desk/reports").get_data(as_text=True)
    assert "近一天没发到的微信" in machinery


def test_where_wechat_was_never_set_up_nothing_is_red(at_desk):
    lead = at_desk("supervisor")
    text = lead.get("/desk/wechat").get_data(as_text=True)
    assert "没接微信" in text
    assert "没有动静" not in text
    assert re.search(r'href="/desk/reports"[^>]*aria-current="true"', text)
    assert "回报表" in text


def test_agents_do_not_open_it(at_desk):
    assert at_desk().get("/desk/wechat").status_code == 403


def test_a_recused_supervisor_sees_no_number(page, customer, at_desk, house, people, clock):
    with house.db.writing() as conn:
        recusals.add(
            conn,
            customer.complaint.id,
            people["supervisor"],
            user_id=people["agent"],
            reason="认识",
            at=clock(),
        )
    text = at_desk("supervisor").get("/desk/wechat").get_data(as_text=True)
    assert customer.complaint.number not in text


def test_wechat_has_its_name_everywhere(page, customer, at_desk):
    lead = at_desk("supervisor")
    assert "微信" in lead.get("/desk/?channel=wechat").get_data(as_text=True).split('id="lists"')[1]
    assert customer.complaint.number in lead.get("/desk/?channel=wechat").get_data(as_text=True)
    assert customer.complaint.number not in lead.get("/desk/?channel=phone").get_data(as_text=True)


def test_the_self_check_shows_what_was_turned_away_and_tells_the_doors_apart(
    page, customer, at_desk, house, clock
):
    say(page, customer, "我来办", "k1")
    goes_out(customer, "refused", 40164)
    hour = clock().replace(minute=0, second=0, microsecond=0)
    old = {(hour - timedelta(hours=25), "service", "account"): 3}
    with house.db.writing() as conn:
        wechat_refusals.add(conn, {**old, (hour, "service", "signature"): 7, (hour, "kf", "broken"): 2})
    text = at_desk("supervisor").get("/desk/wechat").get_data(as_text=True)
    card = text.split('id="refused"')[1].split("</section>")[0]
    assert re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(\d+)</td>", card) == [
        ("服务号", house.content.label("wechat_refusals", "signature"), "7"),
        ("微信客服", house.content.label("wechat_refusals", "broken"), "2"),
    ]
    day = text.split('id="day"')[1].split("</section>")[0]
    assert "<h3>服务号</h3>" in day
    assert "微信客服" not in day
