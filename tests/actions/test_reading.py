"""What a turn tells, from the question it answers: facts, replies, next question."""

from dataclasses import replace

import pytest

from actions import book, reading
from actions.reading import hear
from actions.turn import Reference, Turn


@pytest.fixture(scope="module")
def lists():
    return book.opened()


def turn(words, intent, asked=None, known=(), **more):
    return Turn(words=words, intent=intent, asked=asked, known=frozenset(known), **more)


def reference(words, said, kind, value):
    start = words.index(said)
    return Reference(kind, value, said, start, start + len(said))


def test_the_first_words_are_the_story(lists):
    heard = hear(turn("热水器装上就漏水", "complain"), lists)
    assert heard.facts == {"story": "热水器装上就漏水"}
    assert heard.question == "wanted"


def test_story_and_wish_in_one_sentence_are_both_answers(lists):
    heard = hear(turn("热水器装上就漏水，我要退货", "complain", category="quality"), lists)
    assert heard.facts["wanted"]["kinds"] == ["refund"]
    assert heard.question == "missing"


def test_a_known_fact_is_not_asked(lists):
    heard = hear(turn("退货", "wanted", "wanted", {"story", "missing", "phone"}, category="damage"), lists)
    assert heard.question == "read_back"


def test_a_waybill_said_early_answers_the_missing_question(lists):
    words = "碎了一箱，运单7730988123456，退货"
    waybill = reference(words, "7730988123456", "waybill", "7730988123456")
    heard = hear(turn(words, "complain", references=(waybill,), category="damage"), lists)
    assert heard.question == "phone"
    assert heard.facts["missing"] is None


def test_what_reception_has_from_this_message_is_an_answer(lists):
    heard = hear(turn("我要退货", "wanted", "wanted", {"story", "wanted"}, category="damage"), lists)
    assert heard.question == "missing"
    assert heard.said == ()


@pytest.mark.parametrize("asked", ["wanted", "missing", "phone"])
def test_every_question_can_be_skipped(lists, asked):
    heard = hear(turn("不知道", "skip", asked, {"story"}, category="damage"), lists)
    assert heard.said == ("utter_skipped",)
    assert heard.question not in (asked, None)
    assert asked not in heard.facts


def test_a_side_question_resumes_the_same_question(lists):
    heard = hear(turn("几点上班", "ask_hours", "missing", {"story", "wanted"}, category="damage"), lists)
    assert heard == reading.Heard(question="missing")


def test_a_side_question_does_not_use_up_a_question(lists):
    asked = turn("几点上班", "ask_hours", "wanted", {"story"}, counts={"wanted": 2})
    assert hear(asked, lists).question == "wanted"


def test_a_correction_changes_only_what_it_names(lists):
    words = "不对，电话是13911112222"
    phone = reference(words, "13911112222", "phone", "+8613911112222")
    known = {"story", "wanted", "phone"}
    heard = hear(turn(words, "correct", "missing", known, references=(phone,), category="damage"), lists)
    assert set(heard.facts) == {"phone"}
    assert heard.said == ("utter_corrected",)
    assert heard.question == "missing"


def test_the_wish_that_is_denied_is_not_the_new_one(lists):
    known = {"story", "wanted", "missing", "phone"}
    heard = hear(turn("不是退货，我要换货", "correct", "read_back", known, counts={"read_back": 1}), lists)
    assert heard.facts["wanted"]["kinds"] == ["exchange"]
    assert heard.question == "read_back"


def test_a_correction_in_free_words_stands_beside_the_story(lists):
    known = {"story", "wanted", "missing", "phone"}
    heard = hear(turn("不是洗衣机，是那台烘干机", "correct", "read_back", known), lists)
    assert heard.facts == {"correction": "不是洗衣机，是那台烘干机"}


def test_a_wrong_read_back_asks_what_to_change(lists):
    known = {"story", "wanted", "missing", "phone"}
    assert hear(turn("不对", "deny", "read_back", known), lists).question == "correction"


def test_words_after_what_to_change_are_the_correction(lists):
    known = {"story", "wanted", "missing", "phone"}
    heard = hear(turn("城东那家店", "inform", "read_back", known, counts={"read_back": 1}), lists)
    assert heard.facts == {"correction": "城东那家店"}
    assert (heard.said, heard.question) == (("utter_corrected",), "read_back")


def test_after_the_second_wrong_read_back_it_is_registered(lists):
    known = {"story", "wanted", "missing", "phone"}
    words = turn("应该是城东那家店", "inform", "correction", known, counts={"read_back": 2})
    heard = hear(words, lists)
    assert heard.question is None
    assert not heard.done


@pytest.mark.parametrize("intent", ["affirm", "thanks", "choose_register", "skip"])
def test_a_confirmed_read_back_registers(lists, intent):
    heard = hear(turn("对", intent, "read_back", {"story", "wanted", "missing", "phone"}), lists)
    assert heard.facts == {"read_back": True}
    assert (heard.question, heard.done) == (None, False)


def test_this_number_will_do(lists):
    heard = hear(turn("可以打", "affirm", "phone", {"story", "wanted", "missing"}), lists)
    assert heard.facts == {"phone_confirmed": True}
    assert heard.question == "read_back"


def test_a_number_of_the_wrong_length_is_asked_again(lists):
    heard = hear(turn("0912345678", "inform", "phone", {"story", "wanted", "missing"}), lists)
    assert heard.said == ("utter_phone_bad",)
    assert heard.question == "phone"


def test_more_of_the_story_is_no_answer_but_heard(lists):
    heard = hear(turn("上回反映的也没人答复", "complain", "wanted", {"story"}, counts={"wanted": 1}), lists)
    assert heard.said == ("utter_listening",)
    assert heard.question == "wanted"
    assert heard.facts == {}


def test_asked_twice_the_words_are_taken_as_they_are(lists):
    heard = hear(turn("你们心里有数", "grumble", "wanted", {"story"}, counts={"wanted": 2}), lists)
    assert heard.facts["wanted"] == {"kinds": ["other"], "words": "你们心里有数"}


def test_a_waybill_needs_digits(lists):
    known = {"story", "wanted"}
    heard = hear(turn("就是那个蓝色的箱子", "inform", "missing", known, category="damage"), lists)
    assert "missing" not in heard.facts


def test_a_product_is_answered_in_words(lists):
    known = {"story", "wanted"}
    heard = hear(turn("海尔的双开门冰箱", "inform", "missing", known, category="quality"), lists)
    assert heard.facts == {"missing": "海尔的双开门冰箱"}


def test_an_angry_customer_chooses_and_nothing_else_is_asked(lists):
    told = turn("太过分了，柜子全是划痕", "complain", mood=2)
    assert hear(told, lists).question == "choice"
    chosen = replace(
        told, words="先登记", intent="choose_register", asked="choice", known=frozenset({"story"})
    )
    assert hear(chosen, lists).facts == {"choice": True}
    assert hear(chosen, lists).question is None


def test_a_grave_matter_stops_the_questions(lists):
    assert hear(turn("电热毯冒烟烧到人了", "complain", tier=3), lists).question is None


@pytest.mark.parametrize("intent", ["deny", "skip", "resigned"])
def test_a_no_to_the_soft_offer_is_respected(lists, intent):
    heard = hear(turn("不用了", intent, "resigned", {"story"}), lists)
    assert heard == reading.Heard(said=("utter_resigned_no",), done=True)


def test_a_yes_to_the_soft_offer_goes_on(lists):
    assert hear(turn("那你记吧", "affirm", "resigned", {"story"}), lists).question == "wanted"


def test_after_registration_more_is_added_and_nothing_asked(lists):
    known = {"registered", "story"}
    assert hear(turn("还有一箱也碎了", "complain", None, known), lists).said == ("utter_added",)
    assert hear(turn("好的", "affirm", None, known), lists).said == ("utter_thanks",)
    assert hear(turn("好的", "affirm", None, known), lists).done


def test_a_complaints_number_asks_how_it_stands(lists):
    number = Reference("complaint_number", "3820471683", "3820471683", 0, 10)
    assert hear(turn("3820471683", "inform", references=(number,)), lists).said == ("utter_status",)


def test_the_mark_before_a_command_is_not_kept(lists):
    heard = hear(turn("·/inform 热水器漏水了没人管", "complain", "story"), lists)
    assert heard.facts["story"] == "/inform 热水器漏水了没人管"


@pytest.mark.parametrize(
    ("words", "asked", "category", "taken"),
    [
        ("烟箱里头给人换了条码对不上", "story", None, True),
        ("嗯哼", "story", None, False),
        ("这个怎么说呢就是那样", None, "other", False),
        ("烟箱里头给人换了条码对不上", None, "wrong_item", True),
        ("三五四六七八", "wanted", None, True),
        ("0912345678", "phone", None, True),
    ],
)
def test_words_not_understood_are_taken_where_free_words_were_asked(lists, words, asked, category, taken):
    assert reading.answers(turn(words, "nlu_fallback", asked, category=category), lists) is taken
