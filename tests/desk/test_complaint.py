"""The complaint page, and what is done on it."""

import io
import re

import pytest
from PIL import Image

from reception import evidence
from store import complaints, conversations, events, facts, messages, notes, promises
from tests.desk.conftest import Customer, found
from tests.fakes.complaints import complaint


@pytest.fixture
def page(customer, at_desk):
    """A complaint with a story, open on an agent's desk."""
    customer.says("送来的沙发坏了，订单号202611220001，我要退款，损失三千块，电话13800138000")
    return at_desk()


def text_of(page, customer):
    return page.get(customer.page).get_data(as_text=True)


def part(text, name):
    return text.split(f'id="{name}"')[1].split("</section>")[0]


def row_of(house, customer):
    with house.db.reading() as conn:
        return complaints.get(conn, customer.complaint.id)


def said_in(house, customer):
    with house.db.reading() as conn:
        rows = messages.of_conversation(conn, customer.conversation)
    return [(row.author, row.words) for row in rows]


# ---- What it shows


def test_every_fact_with_its_source(page, customer):
    known = part(text_of(page, customer), "known")
    assert "¥3,000" in known
    assert "退款" in known
    assert "从原话认出" in known
    assert re.search(r'href="#m\d+"', known)


def test_what_not_to_ask_again_and_what_is_missing(page, customer):
    again = part(text_of(page, customer), "no-again")
    known, missing = again.split("<h3>")
    assert "138 0013 8000" in known
    assert "退款" in known
    assert "想要的结果" not in missing
    assert "回电号码" not in missing


def test_the_number_can_be_copied(page, customer):
    assert 'data-copy="+8613800138000"' in text_of(page, customer)


def test_the_customers_words_stand_in_order_with_their_speaker(page, customer):
    customer.says("你们快点")
    log = text_of(page, customer).split('id="log"')[1].split('class="answer"')[0]
    assert log.index("送来的沙发坏了") < log.index("你们快点")
    assert "from-customer" in log
    assert "智能客服" in log


def test_a_replaced_value_is_kept_in_sight(page, customer, house, clock):
    with house.db.writing() as conn:
        id = customer.complaint.id
        facts.learn(conn, id, "phone", "+8613911112222", by="answer", at=clock())
    known = part(text_of(page, customer), "known")
    assert "139 1111 2222" in known
    assert "<s>" in known.split("139 1111 2222")[1]
    assert "138 0013 8000" in known.split("<s>")[1]


def test_the_tier_with_its_rule_and_words(customer, at_desk):
    customer.says("装的热水器漏气，我妈头晕送医院了")
    why = part(at_desk().get(customer.page).get_data(as_text=True), "signals")
    assert "恶性" in why
    assert "因为" in why
    assert "<q>" in why


def test_earlier_complaints_of_the_same_customer(house, clock, at_desk):
    first, again = Customer(house, clock, "same"), Customer(house, clock, "same")
    first.says("送来的沙发坏了")
    clock.pass_(days=2)
    again.turn = 10
    again.says("送来的沙发坏了，还没人管")
    text = part(at_desk().get(again.page).get_data(as_text=True), "earlier")
    assert first.complaint.number in text
    assert "同一件事" in text


def test_a_photo_is_shown_as_a_copy_and_the_original_is_only_a_download(page, customer, house):
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    customer.says("照片", uploads=(evidence.examine("照\u202e片.png", picture.getvalue()),))
    text = text_of(page, customer)
    assert "照片.png" in text or "[U+202E]" in text
    view = found(r'src="(/desk/files/[^"]+)"', text)
    shown = page.get(view)
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    sealed = page.get(f"{view}/original")
    assert sealed.data == picture.getvalue()
    assert sealed.mimetype == "application/octet-stream"
    assert sealed.headers["Content-Disposition"].startswith("attachment")
    assert sealed.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize("id", ["unknown", "../secret_key", "..%2f..%2fsecret_key"])
def test_no_other_file_can_be_had(id, page):
    assert page.get(f"/desk/files/{id}").status_code == 404
    assert page.get(f"/desk/files/{id}/original").status_code == 404


def test_looking_is_written_down_once_in_ten_minutes_and_makes_nothing_stale(page, customer, house, clock):
    before = row_of(house, customer).sequence

    def looks():
        with house.db.reading() as conn:
            return sum(1 for event in events.after(conn, 0) if event.name == "complaint_seen")

    text_of(page, customer)
    text_of(page, customer)
    assert looks() == 1
    clock.pass_(minutes=11)
    text_of(page, customer)
    assert looks() == 2
    assert row_of(house, customer).sequence == before


def test_a_sentence_with_the_agents_own_name_is_ready(page, customer):
    assert re.search(r'data-use="[^"]*李敏', text_of(page, customer))


# ---- Talking


def test_take_over_answer_and_hand_back(page, customer, house):
    customer.asks()
    assert page.post(f"{customer.page}/take").status_code == 303
    assert customer.says("你好").said == ()
    page.post(f"{customer.page}/say", words="您好，我在查装车记录。", key="k1")
    assert ("agent", "您好，我在查装车记录。") in said_in(house, customer)
    page.post(f"{customer.page}/hand-back", note="客户等退款到账")
    with house.db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).speaker == "assistant"
        assert [note.words for note in notes.of_complaint(conn, customer.complaint.id)] == ["客户等退款到账"]
    assert customer.says("那退款呢").said != ()


def test_the_same_form_sent_twice_says_it_once(page, customer, house):
    page.post(f"{customer.page}/take")
    for _ in range(2):
        page.post(f"{customer.page}/say", words="我在查。", key="same")
    assert said_in(house, customer).count(("agent", "我在查。")) == 1


def test_nobody_answers_before_taking_over(page, customer, house):
    answer = page.post(f"{customer.page}/say", words="我在查。", key="k")
    assert answer.status_code == 409
    assert "先点接手" in answer.get_data(as_text=True)
    assert "我在查。" in answer.get_data(as_text=True)
    assert ("agent", "我在查。") not in said_in(house, customer)


def test_of_two_agents_one_wins_and_the_other_is_told_who(page, customer, at_desk):
    other = at_desk("agent2")
    assert page.post(f"{customer.page}/take").status_code == 303
    answer = other.post(f"{customer.page}/take")
    assert answer.status_code == 409
    assert "李敏已经接了" in answer.get_data(as_text=True)


def test_a_word_that_nobody_should_say_needs_a_second_click(page, customer, house):
    page.post(f"{customer.page}/take")
    words = "您冷静一下，我们马上处理"
    warned = page.post(f"{customer.page}/say", words=words, key="k")
    text = warned.get_data(as_text=True)
    assert warned.status_code == 422
    assert "“马上”" in text
    assert words in text
    assert ("agent", words) not in said_in(house, customer)
    anyway = found(r'name="anyway" value="([^"]+)"', text)
    other = page.post(f"{customer.page}/say", words="我们尽快处理", key="k", anyway=anyway)
    assert other.status_code == 422
    assert page.post(f"{customer.page}/say", words=words, key="k", anyway=anyway).status_code == 303
    assert ("agent", words) in said_in(house, customer)


@pytest.mark.parametrize("anyway", ["", "照样", "\ud800", "0" * 16])
def test_a_second_click_that_is_none_sends_nothing(anyway, page, customer, house):
    page.post(f"{customer.page}/take")
    answer = page.post(
        f"{customer.page}/say", words="我们马上处理", key="k", anyway=anyway.encode("utf-8", "replace")
    )
    assert answer.status_code == 422
    assert ("agent", "我们马上处理") not in said_in(house, customer)


@pytest.mark.parametrize(("words", "said"), [("", "没有字"), ("  \n ", "没有字"), ("长" * 2001, "2000")])
def test_an_answer_must_fit(words, said, page, customer):
    page.post(f"{customer.page}/take")
    answer = page.post(f"{customer.page}/say", words=words, key="k")
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_a_flood_is_refused(page, customer):
    assert page.post(f"{customer.page}/note", words="长" * 100_000).status_code == 413


# ---- Handling


def test_own_note_raise_and_resolve(page, customer, house, people):
    page.post(f"{customer.page}/own", sequence=row_of(house, customer).sequence)
    assert row_of(house, customer).owner_id == people["agent"]
    page.post(f"{customer.page}/note", words="仓库说周三到货")
    page.post(f"{customer.page}/tier", level=2, reason="第三次来", sequence=row_of(house, customer).sequence)
    assert row_of(house, customer).tier == 2
    text = text_of(page, customer)
    assert "仓库说周三到货" in text
    assert "第三次来" in part(text, "signals")
    assert "李敏" in part(text, "signals")


def test_solved_on_contact_goes_to_the_follow_up_and_is_not_closed(page, customer, house):
    customer.asks()
    page.post(f"{customer.page}/take")
    sequence = row_of(house, customer).sequence
    assert page.post(f"{customer.page}/resolve", words="当面补发了", sequence=sequence).status_code == 303
    assert row_of(house, customer).state == "following_up"


def test_nobody_resolves_what_another_owns(page, customer, house, at_desk):
    page.post(f"{customer.page}/own", sequence=row_of(house, customer).sequence)
    sequence = row_of(house, customer).sequence
    answer = at_desk("agent2").post(f"{customer.page}/resolve", words="好了", sequence=sequence)
    assert answer.status_code == 409
    assert row_of(house, customer).state != "following_up"


def test_a_stale_save_shows_what_changed_and_keeps_what_was_typed(page, customer, house):
    old = row_of(house, customer).sequence
    customer.says("我还要赔礼")
    answer = page.post(f"{customer.page}/tier", level=2, reason="家里有老人", sequence=old)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "家里有老人" in text
    assert "客户说话" in text
    assert row_of(house, customer).tier == 1
    fresh = found(r'name="sequence" value="(\d+)"', text)
    assert page.post(f"{customer.page}/tier", level=2, reason="家里有老人", sequence=fresh).status_code == 303
    assert row_of(house, customer).tier == 2


def test_only_who_may_lower_lowers_a_tier(page, customer, house, at_desk):
    with house.db.writing() as conn:
        complaints.change(conn, customer.complaint.id, tier=2)
    about = {"level": 1, "reason": "看错了"}
    sequence = row_of(house, customer).sequence
    assert page.post(f"{customer.page}/tier", sequence=sequence, **about).status_code == 403
    lead = at_desk("supervisor")
    assert lead.post(f"{customer.page}/tier", sequence=sequence, **about).status_code == 303
    assert row_of(house, customer).tier == 1


def test_open_promises_come_first_and_settled_ones_are_folded(page, customer, house, clock):
    customer.says("电话13800138000，要退款")
    customer.says("对")
    with house.db.writing() as conn:
        for kind in ("accept", "callback"):
            promises.keep(conn, customer.complaint.id, kind, clock(), made_by=None)
    shown = part(text_of(page, customer), "promises")
    running, folded = shown.split("<details", 1)
    assert 'class="clock clock-kept' not in running
    assert folded.count("clock-kept") == 2
    assert "做到的和不用了的 2 个" in folded
    assert shown.count(house.content.label("calendars", "office")) == 1


def open_promises(house, customer):
    with house.db.reading() as conn:
        rows = promises.of_complaint(conn, customer.complaint.id)
    return {row.kind: row.due_at for row in rows if row.state == "open"}


def test_progress_is_told_in_the_conversation_and_the_next_is_promised(page, customer, house, clock, at_desk):
    page.post(f"{customer.page}/take")
    page.post(f"{customer.page}/hand-back")
    before = open_promises(house, customer)["progress"]
    clock.pass_(days=1)
    page = at_desk()
    about = {"words": "仓库查到了，周三给您补发。", "sequence": row_of(house, customer).sequence}
    assert "告诉客户进展" in part(text_of(page, customer), "acts")
    assert page.post(f"{customer.page}/progress", **about).status_code == 303
    assert ("agent", about["words"]) in said_in(house, customer)
    assert open_promises(house, customer)["progress"] > before
    assert page.post(f"{customer.page}/progress", **about).status_code == 409, "the same form once more"
    assert said_in(house, customer).count(("agent", about["words"])) == 1


def test_progress_is_worded_as_carefully_as_an_answer(page, customer, house):
    page.post(f"{customer.page}/take")
    about = {"words": "您冷静一下，我们马上处理", "sequence": row_of(house, customer).sequence}
    warned = page.post(f"{customer.page}/progress", **about)
    assert warned.status_code == 422
    text = warned.get_data(as_text=True)
    assert f'action="{customer.page}/progress"' in text
    kept = found(r'name="sequence" value="(\d+)"', text)
    anyway = found(r'name="anyway" value="([^"]+)"', text)
    about["sequence"] = kept
    assert page.post(f"{customer.page}/progress", **about, anyway=anyway).status_code == 303
    assert ("agent", about["words"]) in said_in(house, customer)


def test_who_only_called_is_told_by_phone(house, clock, at_desk):
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        conversations.change(conn, "chat-1", channel="phone")
        row = complaints.get(conn, id)
    page, path = at_desk(), f"/desk/complaints/{row.number}"
    assert "告诉客户进展" not in page.get(path).get_data(as_text=True)
    answer = page.post(f"{path}/progress", words="周三补发", sequence=row.sequence)
    assert answer.status_code == 409
    assert "打电话告诉客户" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "bad", [{"level": "9"}, {"level": "x"}, {"sequence": "-1"}, {"sequence": ""}, {"reason": " "}]
)
def test_nonsense_is_told_and_changes_nothing(bad, page, customer, house):
    good = {"level": 2, "reason": "为什么", "sequence": row_of(house, customer).sequence}
    answer = page.post(f"{customer.page}/tier", **{**good, **bad})
    assert answer.status_code in (400, 409)
    assert row_of(house, customer).tier == 1
