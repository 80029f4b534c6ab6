"""Talking from the desk: second thoughts, handing on, files, what was told already, what to say next."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image

from store import conversations, files, handoffs, messages, typing, users
from tests.desk.conftest import found

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def page(customer, at_desk, on_duty):
    """An agent who speaks with a customer who told a story and asked for a person."""
    customer.says("送来的沙发坏了，订单号202611220001，我要退款，损失三千块，电话13800138000")
    customer.asks()
    made = at_desk()
    made.post(f"{customer.page}/take")
    return made


def text_of(page, customer):
    return page.get(customer.page).get_data(as_text=True)


def part(text, name):
    return text.split(f'id="{name}"')[1].split("</p>")[0]


def said_in(house, customer):
    with house.db.reading() as conn:
        return [(row.author, row.words) for row in messages.of_conversation(conn, customer.conversation)]


def act_of(page, customer, name):
    """The event that the button of this name would undo."""
    undo = text_of(page, customer).split('id="undo"')[1].split('id="answer"')[0]
    return found(rf'name="event" value="(\d+)">\s*<button class="quiet"[^>]*>{name}', undo)


def picture(kind="PNG"):
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, kind)
    return made.getvalue()


# ---- Second thoughts


def test_a_line_is_taken_back_and_marked(page, customer, house):
    page.post(f"{customer.page}/say", words="这句说错了", key="k1")
    act = act_of(page, customer, "收回刚才那句")
    assert page.post(f"{customer.page}/undo", event=act).status_code == 303
    text = text_of(page, customer)
    assert "<s>这句说错了</s>" in text
    assert "收回了，客户看不到这句话" in text
    assert page.post(f"{customer.page}/undo", event=act).status_code == 303, "a double click is harmless"


def test_after_ten_seconds_nothing_is_offered_and_nothing_is_undone(page, customer, clock, house):
    page.post(f"{customer.page}/say", words="我来办", key="k1")
    act = act_of(page, customer, "收回刚才那句")
    clock.pass_(seconds=13)
    assert "收回刚才那句" not in text_of(page, customer)
    answer = page.post(f"{customer.page}/undo", event=act)
    assert answer.status_code == 409
    assert "撤不回来了" in answer.get_data(as_text=True)
    assert ("agent", "我来办") in said_in(house, customer)


def test_a_take_over_is_undone(page, customer, house):
    act = act_of(page, customer, "撤销接手")
    page.post(f"{customer.page}/undo", event=act)
    with house.db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).speaker == "waiting"
    assert "接手对话" in text_of(page, customer)


def test_nobody_undoes_what_a_colleague_did(page, customer, at_desk, house):
    page.post(f"{customer.page}/say", words="我来办", key="k1")
    act = act_of(page, customer, "收回刚才那句")
    other = at_desk("agent2")
    assert "收回刚才那句" not in text_of(other, customer)
    assert other.post(f"{customer.page}/undo", event=act).status_code == 409
    assert "<s>" not in text_of(page, customer).split('id="log"')[1].split('id="undo"')[0]


@pytest.mark.parametrize("event", ["", "x", "-1", "９"])
def test_no_act_at_all_is_refused(event, page, customer):
    assert page.post(f"{customer.page}/undo", event=event).status_code == 400


def test_an_unknown_act_is_told(page, customer):
    assert page.post(f"{customer.page}/undo", event="999999").status_code == 409


# ---- Handing on


def present(house, people, who, clock):
    with house.db.writing() as conn:
        users.set_presence(conn, people[who], users.AVAILABLE, clock() + timedelta(hours=1))


def test_a_talk_is_handed_on_to_a_named_colleague(page, customer, people, house, clock, at_desk):
    present(house, people, "agent2", clock)
    present(house, people, "supervisor", clock)
    choices = text_of(page, customer).split('id="on-to"')[1].split("</select>")[0]
    assert f'value="user:{people["agent2"]}">周二' in choices
    assert 'value="role:supervisor">主管' in choices
    assert "李敏" not in choices
    about = {"to": f"user:{people['agent2']}", "note": "要经理批"}
    assert page.post(f"{customer.page}/hand-on", **about).status_code == 303
    text = text_of(at_desk("agent2"), customer)
    assert "转给周二" in text
    assert "要经理批" in text
    with house.db.reading() as conn:
        assert handoffs.open_of(conn, customer.conversation).reason == "passed"


def test_a_talk_is_handed_on_to_nobody_when_nobody_is_there(page, customer, house):
    answer = page.post(f"{customer.page}/hand-on", to="role:supervisor", note="写好的交代")
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "现在不在" in text
    assert "写好的交代" in text
    with house.db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).speaker == "agent"


# ---- Files


def test_a_file_goes_to_the_customer_and_stays_his(page, customer, house):
    data = {"files": (io.BytesIO(PDF), "维修单.pdf"), "words": "维修单在这里", "key": "k1"}
    assert page.post(f"{customer.page}/say", **data).status_code == 303
    with house.db.reading() as conn:
        (file,) = [one for one in files.of_complaint(conn, customer.complaint.id)]
    assert (file.kind, file.type, file.name) == ("document", "application/pdf", "维修单.pdf")
    link = found(r'class="document" href="([^"]+)"', text_of(page, customer))
    assert page.get(link).data == PDF


def test_a_picture_without_words(page, customer, house):
    data = {"files": (io.BytesIO(picture()), "样品.png"), "words": "", "key": "k1"}
    assert page.post(f"{customer.page}/say", **data).status_code == 303
    assert ("agent", "") in said_in(house, customer)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"MZ\x90\x00 not a picture", "照片.png", "只能发照片和 PDF"),
        (PDF, "照片.jpg", "只能发照片和 PDF"),
        (picture(), "合同.pdf", "只能发照片和 PDF"),
        (picture(), "setup.exe", "只能发照片和 PDF"),
        (b"%PDF-1.7 cut short", "单据.pdf", "只能发照片和 PDF"),
        (b"", "空.png", "只能发照片和 PDF"),
        (b"\x00" * (10 * 1024 * 1024 + 1), "大.png", "最大 10 MB"),
    ],
    ids=[
        "no picture",
        "a PDF named jpg",
        "a picture named pdf",
        "named exe",
        "cut short",
        "empty",
        "too large",
    ],
)
def test_a_file_that_lies_or_is_too_large_is_refused_in_words(content, name, told, page, customer, house):
    data = {"files": (io.BytesIO(content), name), "words": "看附件", "key": "k1"}
    answer = page.post(f"{customer.page}/say", **data)
    assert answer.status_code == 400
    assert told in answer.get_data(as_text=True)
    assert ("agent", "看附件") not in said_in(house, customer)


def test_no_more_than_three_files(page, customer, house):
    many = [(io.BytesIO(picture()), f"{n}.png") for n in range(4)]
    answer = page.post(f"{customer.page}/say", files=many, words="看", key="k")
    assert answer.status_code == 400
    assert "最多发三个" in answer.get_data(as_text=True)


# ---- What was told already


def test_a_question_for_what_was_told_shows_the_answer_first(page, customer, house):
    words = "请问您的电话是多少？"
    asked = page.post(f"{customer.page}/say", words=words, key="k1")
    text = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert "客户已经说过“电话”" in text
    assert "138 0013 8000" in text
    assert words in text
    assert ("agent", words) not in said_in(house, customer)
    anyway = found(r'name="anyway" value="([^"]+)"', text)
    assert page.post(f"{customer.page}/say", words=words, key="k1", anyway=anyway).status_code == 303
    assert ("agent", words) in said_in(house, customer)


def test_reading_a_value_back_is_no_question(page, customer, house):
    words = "我打尾号8000的电话给您，可以吗？"
    assert page.post(f"{customer.page}/say", words=words, key="k1").status_code == 303


def test_what_is_not_known_is_asked_without_a_warning(page, customer):
    assert page.post(f"{customer.page}/say", words="请问怎么称呼您？", key="k1").status_code == 303


def test_a_notice_of_progress_is_checked_too(page, customer):
    sequence = customer.complaint.sequence
    answer = page.post(f"{customer.page}/progress", words="订单号再发一下好吗", sequence=sequence)
    assert answer.status_code == 422
    assert "客户已经说过“单号、型号”" in answer.get_data(as_text=True)


# ---- The next right sentence


def test_the_first_sentence_is_the_houses_own_and_goes_once_it_was_said(page, customer):
    first = re.compile(r'class="first-line">.*?data-use="([^"]+)"', re.S)
    own = found(first, text_of(page, customer))
    assert "我是接诉示范公司的李敏" in own
    page.post(f"{customer.page}/say", words=own, key="k1")
    assert "我是接诉示范公司的李敏" not in found(first, text_of(page, customer))


def test_where_people_are_in_danger_the_script_leads_and_greets_last(customer, at_desk, on_duty):
    customer.says("你们装的燃气灶一直有煤气味，家里有孩子，头很晕")
    assert customer.complaint.tier == 3
    made = at_desk()
    made.post(f"{customer.page}/take")
    guide = text_of(made, customer).split('id="sentences"')[1].split('class="canned"')[0]
    ready = re.findall(r'data-use="([^"]+)"', guide)
    assert "人安全吗" in ready[0]
    assert "我是接诉示范公司的李敏" in ready[-1]
    assert not [line for line in ready if "你们装的" in line]


def test_the_agent_names_the_matter_and_never_repeats_the_customers_sentence(page, customer):
    ready = re.findall(r'data-use="([^"]+)"', text_of(page, customer))
    assert [line for line in ready if re.search("来办[^，]{2,20}这件事", line)]
    assert not [line for line in ready if "送来的沙发坏了" in line]


def test_a_matter_without_a_name_is_what_the_customer_told(customer, at_desk, on_duty):
    customer.says("我要投诉")
    customer.asks()
    made = at_desk()
    made.post(f"{customer.page}/take")
    assert "来办您说的这件事" in text_of(made, customer)


def test_a_press_on_the_button_for_a_person_is_told_as_that(page, customer):
    text = text_of(page, customer)
    assert "点了“要人工”" in text
    assert "没有写字" not in text


def test_a_missing_detail_has_its_own_name(customer, at_desk):
    customer.says("送来的沙发压坏了，我要退款")
    again = text_of(at_desk(), customer).split('id="no-again"')[1].split("</section>")[0]
    assert "运单号" in again
    assert "缺的那一样" not in again


def test_why_it_stands_on_its_tier_is_told_in_words(customer, at_desk):
    customer.says("一批货压坏了，损失三十万元，要你们赔")
    why = text_of(at_desk(), customer).split('id="signals"')[1].split("</section>")[0]
    assert "说的损失大" in why
    assert "claimed_loss" not in why
    assert "三十万元" in why
    assert "<q>300000</q>" not in why


def test_what_not_to_say_and_canned_lines_stand_there(page, customer):
    guide = text_of(page, customer).split('id="sentences"')[1]
    assert "别说" in guide
    assert "常用的话" in guide
    assert "在的，您说，我看着。" in guide


def test_a_line_with_an_open_slot_is_not_offered(page, customer):
    assert not re.search(r'data-use="[^"]*\{', text_of(page, customer))


# ---- Typing


def test_the_customer_is_seen_to_write_and_the_agent_too(page, customer, house, clock, app):
    assert page.post(f"{customer.page}/typing", on="1").status_code == 204
    assert "客户正在写" not in part(text_of(page, customer), "typing")
    with house.db.writing() as conn:
        assert typing.now(conn, customer.conversation, "agent", clock())
        typing.begin(conn, customer.conversation, "customer", clock() + timedelta(seconds=6))
    assert "客户正在写" in part(text_of(page, customer), "typing")
    clock.pass_(seconds=7)
    assert "客户正在写" not in part(text_of(page, customer), "typing")
    page.post(f"{customer.page}/typing", on="0")


def test_only_who_speaks_is_seen_to_write(page, customer, at_desk, house, clock):
    assert at_desk("agent2").post(f"{customer.page}/typing", on="1").status_code == 204
    with house.db.reading() as conn:
        assert not typing.now(conn, customer.conversation, "agent", clock())
