"""A whole complaint with Rasa dead: kept, asked for, read back, registered, promised."""

from core import number
from store import complaints, events, facts, messages
from store import promises as promise_rows
from tests.reception.conftest import Customer


def current(db, customer):
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        return row, {field: fact.value for field, fact in facts.current(conn, row.id).items()}


def test_from_the_first_word_to_the_number(db, customer):
    assert customer.says("你好") == ["utter_greet"]
    assert customer.says("你们送来的三十万的货压坏了，损失九万块") == ["utter_ask_wanted"]
    assert customer.says("要你们赔偿") == ["utter_ask_missing"]
    assert customer.says("跳过") == ["utter_ask_phone_unknown"]
    assert customer.says("13800138000") == ["utter_ask_read_back_short"]
    assert customer.answer.complaint is None, "no number before the row"
    assert customer.says("对") == ["utter_registered"]
    row, known = current(db, customer)
    assert row.state == "registered"
    assert number.shown(row.number) in customer.answer.said[0].words
    assert [loss["amount"] for loss in known["loss_claimed"]] == [300000, 90000]
    assert known["wanted"]["kinds"] == ["compensation"]
    assert known["phone"] == "+8613800138000"
    assert row.tier == 2, "a claimed loss of 5,000 yuan or more"


def test_every_promise_has_a_row_with_a_time(db, customer):
    customer.says("冰箱买来三天就坏了，要退货")
    customer.says("跳过")
    customer.says("13800138000")
    customer.says("对")
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        kinds = [promise.kind for promise in promise_rows.of_complaint(conn, row.id)]
    assert sorted(kinds) == sorted(["accept", "callback", "plan", "progress", "resolve", "final"])


def test_several_facts_in_one_sentence_leave_one_question(db, customer):
    replies = customer.says("快递单号SF1234567890123送来就压坏了，我要退款，电话13800138000")
    assert replies == ["utter_ask_read_back_short"]
    _, known = current(db, customer)
    assert known["reference"]["value"] == "SF1234567890123"
    assert known["wanted"]["kinds"] == ["refund"]


def test_a_correction_changes_one_field_and_nothing_else(db, customer):
    customer.says("快递单号SF1234567890123送来就压坏了，我要退款，电话13800138000")
    _, before = current(db, customer)
    assert customer.says("不对，电话是13900139000") == ["utter_corrected", "utter_ask_read_back_again"]
    assert "13900139000" in customer.answer.said[0].words
    _, after = current(db, customer)
    assert after.pop("phone") == "+8613900139000"
    before.pop("phone")
    assert after == before


def test_an_angry_customer_gets_two_ways_and_no_other_question(db, customer):
    assert customer.says("太过分了！！什么破服务，送来就压坏了，气死我了") == ["utter_angry_nobody"]
    assert customer.says("先登记") == ["utter_registered_here"]


def test_the_words_come_back_byte_for_byte(db, customer):
    words = "  送來就壓壞了\u200b <b>RTL\u202e</b> 😀\n第二行\t。"
    customer.says(words)
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        assert messages.of_complaint(conn, row.id)[0].words == words


def test_giving_up_brings_one_soft_offer_and_a_no_is_respected(db, customer):
    customer.says("快递好几天没动静，留言没人理")
    assert customer.says("算了") == ["utter_resigned"]
    assert customer.says("不用了") == ["utter_resigned_no"]
    row, _ = current(db, customer)
    assert (row.kind, row.state) == ("grumble", "closed")
    with db.reading() as conn:
        assert "hidden_dissatisfaction" in complaints.flags(conn, row.id)


def test_a_customer_who_leaves_in_the_middle_is_registered(db, reception, customer, clock):
    customer.says("快递好几天没动静")
    customer.says("算了")
    from datetime import timedelta

    assert reception.register_silent(clock.pass_(minutes=16), timedelta(minutes=15)) == 1
    row, _ = current(db, customer)
    assert row.state == "registered"


def test_danger_comes_first_with_a_page_and_a_number(db, customer):
    replies = ["utter_danger", "utter_registered_here", "utter_ask_phone_unknown"]
    assert customer.says("扶梯夹到孩子的手，流血了") == replies
    row, _ = current(db, customer)
    assert row.tier == 3
    with db.reading() as conn:
        assert events.happened(conn, row.id, "supervisor_paged")


def test_self_harm_stops_the_complaint(db, customer):
    assert customer.says("钱全被你们扣光了，我真的不想活了") == ["utter_self_harm"]
    for words in ("没人管我", "我就站在楼顶", "转人工", "再见"):
        assert customer.says(words) == ["utter_self_harm_stay"], "no form, no queue, no registration"


def test_a_threat_to_sue_raises_the_tier_and_promises_a_call(db, reception, clock):
    caller = Customer(reception, clock, "phone", "+8613900139000")
    assert caller.says("你们送错货，我要告你们！") == ["utter_authority", "utter_registered"]
    with db.reading() as conn:
        row = complaints.of_customer(conn, 1)[0]
        due = promise_rows.open_of(conn, row.id, "callback").due_at
        reasons = [signal.rule for signal in complaints.signals_of(conn, row.id) if signal.kind == "tier"]
    assert row.tier == 2
    assert reasons
    assert due > clock()


def test_two_misses_bring_a_person(customer):
    assert customer.says("asdf") == ["utter_missed_once"]
    assert customer.says("😀😀") == ["utter_nobody"]


def test_an_empty_message_is_answered_and_kept(db, customer):
    assert customer.says("") == ["utter_empty"]
    assert customer.says("。。。") == ["utter_nobody"], "the second miss brings a person"


def test_a_wish_for_a_refund_is_no_grievance_about_a_refund(db, customer):
    customer.says("洗衣機買來三天就壞了，我要退款")
    _, known = current(db, customer)
    assert [issue["category"] for issue in known["issues"]] == ["quality"]


def test_what_is_added_after_the_number_reaches_the_complaint(db, customer):
    customer.says("洗衣机买来三天就坏了，我要退款，电话13800138000")
    customer.says("跳过")
    customer.says("对")
    assert customer.says("再催一下") == ["utter_added"]
    assert customer.says("快点给我个信") == ["utter_added_again"]


def test_taking_it_back_needs_a_yes(db, with_rasa, rasa, clock):
    customer = Customer(with_rasa, clock)
    customer.says("洗衣机买来三天就坏了")
    rasa.reply = ["utter_ask_withdraw"]
    assert customer.says("我不投诉了") == ["utter_ask_withdraw"]
    assert customer.says("撤掉") == ["utter_withdrawn"]
    row, _ = current(db, customer)
    assert row.state == "withdrawn"


def test_the_same_matter_again_is_recognised(db, reception, clock):
    first = Customer(reception, clock, name="cookie-7")
    first.says("吊顶装完就漏水")
    clock.pass_(days=2)
    again = Customer(reception, clock, name="cookie-7")
    assert "utter_repeat" in again.says("吊顶又漏水了，没人来修")
    with db.reading() as conn:
        newest, oldest = complaints.of_customer(conn, 1)
        assert [link.number for link in complaints.linked(conn, newest.id)] == [oldest.number]


def test_status_needs_both_parts_and_says_the_same_for_wrong_and_unknown(db, reception, clock):
    owner = Customer(reception, clock, name="cookie-1")
    owner.says("冰箱坏了要退货，电话13800138000")
    owner.says("跳过")
    owner.says("对")
    written = owner.answer.complaint.number
    stranger = Customer(reception, clock, name="cookie-2")
    assert stranger.says("查进度") == ["utter_status_ask"]
    wrong = stranger.says(f"{written} 1111")
    unknown = stranger.says(f"{number.make(10_000_001)} 8000")
    assert wrong == unknown == ["utter_no_match"]
    assert stranger.says(f"{written} 8000") == ["utter_status_no_owner"]


def test_the_sixth_try_at_a_status_brings_a_person(reception, clock):
    stranger = Customer(reception, clock)
    stranger.says("查进度")
    answers = [stranger.says(f"{number.make(20_000_000)} {n}000") for n in range(1, 7)]
    assert answers[:5] == [["utter_no_match"]] * 5
    assert answers[5] == ["utter_nobody"]


def told_when(db, customer):
    return current(db, customer)[1]["happened"]


def test_an_appointment_does_not_replace_when_it_happened(db, customer):
    customer.says("前天送来的沙发，扶手裂了，要求换新的，订单号A20260225007，电话13900010001")
    day = told_when(db, customer)["value"]
    customer.says("对")
    customer.says("换新的吧，明天我在家")
    customer.says("今天下午三点来也行")
    assert told_when(db, customer) == {"words": "前天", "value": day}


def test_a_day_ahead_never_replaces_a_day_that_was(db, customer):
    customer.says("前天送来的沙发，扶手裂了，要求换新的，订单号A20260225007，电话13900010001")
    customer.says("对，明天我在家")
    customer.says("不对，改成后天，后天我在家")
    assert told_when(db, customer)["words"] == "前天"


def test_a_correction_replaces_when_it_happened(db, customer):
    customer.says("前天送来的沙发，扶手裂了，要求换新的，订单号A20260225007，电话13900010001")
    customer.says("不对，是昨天送来的")
    assert told_when(db, customer)["words"] == "昨天"


def test_wishes_of_two_messages_are_told_apart(db, customer):
    customer.says("前天送来的沙发，扶手裂了，要求退款，电话13900010001")
    customer.says("还要你们道歉")
    words = current(db, customer)[1]["wanted"]["words"]
    assert "；" in words
    assert " " not in words
