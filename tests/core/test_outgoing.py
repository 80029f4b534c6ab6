"""What goes out next where every message counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.conversation import AGENT, ASSISTANT, SYSTEM, WAITING
from core.outgoing import (
    AGAIN,
    AGAIN_MOST,
    GIVES_UP,
    HOLD,
    HOLD_MOST,
    JOINED,
    JOINED_WAITS,
    NOTHING_ELSE,
    PERSON,
    WITHDRAWN_MOST,
    Line,
    Otherwise,
    Pass,
    Send,
    Template,
    Unsendable,
    Wait,
    again_at,
    pieces,
    plan,
)
from core.quota import MESSAGE, Right
from core.undo import in_time

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
RIGHT = Right(MESSAGE, 5, AT + timedelta(hours=48), 7)
TEMPLATE = Otherwise(template=True)
SECOND = timedelta(seconds=1)


def line(id, author, words, *, at=AT, **more):
    return Line(id, author, words, at, **more)


def decide(lines, *, speaker=ASSISTANT, burst=False, rights=(RIGHT,), now=AT, otherwise=NOTHING_ELSE):
    return plan(lines, speaker, burst, rights, now, otherwise)


def send(words, lines, author, *, options=(), must=False):
    return Send(words, options, lines, author, RIGHT, must)


def left(count):
    return (Right(MESSAGE, count, AT + timedelta(hours=1)),)


def test_bubbles_of_one_turn_are_one_message():
    decided = decide([line(1, ASSISTANT, "记下了。"), line(2, ASSISTANT, "您要什么结果？")])
    assert decided == send("记下了。\n\n您要什么结果？", (1, 2), ASSISTANT)


def test_the_options_of_one_message_are_counted_through():
    lines = [
        line(1, ASSISTANT, "好。", buttons=("转人工",)),
        line(2, ASSISTANT, "行吗？", buttons=("行", "转人工")),
    ]
    assert decide(lines).options == ("转人工", "行")


def test_nothing_of_the_assistants_goes_out_under_an_agent():
    assert decide([line(1, ASSISTANT, "您要什么结果？")], speaker=AGENT) == Pass((1,))


def test_an_answer_waits_while_the_customer_writes_on():
    question = line(1, ASSISTANT, "您要什么结果？", answers=10)
    decided = decide([question], burst=True)
    assert isinstance(decided, Wait)
    assert AT < decided.until < AT + SECOND
    assert isinstance(decide([question], burst=True, now=AT + WITHDRAWN_MOST), Send)


def test_an_overtaken_question_is_withdrawn():
    lines = [line(1, ASSISTANT, "您要什么结果？", answers=10), line(2, ASSISTANT, "登记好了。", answers=11)]
    assert decide(lines) == send("登记好了。", (2,), ASSISTANT)


def test_an_overtaken_number_is_told_with_the_next_answer():
    told = line(1, ASSISTANT, "登记好了，编号3820 4716 83。", answers=10, states=True)
    decided = decide([told, line(2, ASSISTANT, "照片收到了。", answers=11)])
    assert decided == send("登记好了，编号3820 4716 83。\n\n照片收到了。", (1, 2), ASSISTANT)


def test_a_notice_goes_out_whatever_the_customer_writes_meanwhile():
    decided = decide([line(1, SYSTEM, "查过了。", reply="utter_delay")], speaker=WAITING, burst=True)
    assert decided == send("查过了。", (1,), SYSTEM, must=True)


def test_an_agents_line_rests_while_it_can_be_taken_back():
    lines = [line(1, AGENT, "您好")]
    assert decide(lines, speaker=AGENT) == Wait(AT + HOLD)
    assert decide(lines, speaker=AGENT, now=AT + HOLD) == send("您好", (1,), AGENT, must=True)
    assert not in_time(AT, AT + HOLD + timedelta(microseconds=1))


def test_short_lines_of_an_agent_are_joined_but_not_for_ever():
    lines = [line(n, AGENT, str(n), at=AT + n * timedelta(seconds=8)) for n in range(5)]
    assert decide(lines[:2], speaker=AGENT, now=AT + 9 * SECOND) == Wait(AT + 8 * SECOND + HOLD)
    decided = decide(lines, speaker=AGENT, now=AT + HOLD_MOST)
    assert isinstance(decided, Send)
    assert decided.words == "0\n\n1\n\n2\n\n3\n\n4"


def test_what_was_taken_back_is_not_sent():
    taken = line(1, AGENT, "发错了", taken_back=True)
    assert decide([taken], speaker=AGENT) == Pass((1,))
    later = line(2, AGENT, "您好")
    assert decide([taken, later], speaker=AGENT, now=AT + HOLD) == send("您好", (2,), AGENT, must=True)


def test_who_joined_is_told_with_that_persons_first_line():
    joined = line(1, SYSTEM, "李敏接手了。", reply=JOINED)
    assert decide([joined], speaker=AGENT) == Wait(AT + JOINED_WAITS)
    assert isinstance(decide([joined], speaker=AGENT, now=AT + JOINED_WAITS), Send)
    both = [joined, line(2, AGENT, "我来办", at=AT + 5 * SECOND)]
    decided = decide(both, speaker=AGENT, now=AT + 5 * SECOND + HOLD)
    assert decided == send("李敏接手了。\n\n我来办", (1, 2), AGENT, must=True)


def test_what_one_message_does_not_hold_is_left_for_the_next():
    lines = [line(n, AGENT, "字" * 300) for n in range(3)]
    decided = decide(lines, speaker=AGENT, now=AT + HOLD)
    assert isinstance(decided, Send)
    assert decided.lines == (0, 1)
    assert len(decided.words.encode()) <= 2048


def test_a_line_that_no_message_holds_goes_out_in_pieces():
    words = "字" * 400 + "。" + "词" * 400 + "。"
    long = line(1, AGENT, words)
    first = decide([long], now=AT + HOLD)
    assert first == Send("字" * 400 + "。", (), (1,), AGENT, RIGHT, must=True, more=True)
    rest = decide([replace(long, begun=1)], now=AT + HOLD)
    assert rest == Send("词" * 400 + "。", (), (1,), AGENT, RIGHT, must=True)


def test_a_long_line_without_rights_for_all_of_it_goes_another_way():
    long = [line(1, AGENT, "字" * 700)]
    assert isinstance(decide(long, now=AT + HOLD, rights=left(2)), Send)
    last = {"now": AT + HOLD, "rights": left(1)}
    assert decide(long, **last, otherwise=TEMPLATE) == Template((1,), AGENT, PERSON)
    assert decide(long, **last) == Unsendable((1,), AGENT, must=True, kept=False)


@pytest.mark.parametrize("words", ["字" * 2000, "字。" * 1000, "a" * 5000, "好\n" * 1000])
def test_pieces_fit_and_lose_nothing(words):
    parts = pieces(words, 2048)
    assert all(0 < len(part.encode()) <= 2048 for part in parts)
    assert "".join("".join(parts).split()) == "".join(words.split())


def test_the_numbered_options_count_in_what_one_message_holds():
    buttons = tuple(f"{n}" + "选" * 12 for n in range(9))
    lines = [line(1, ASSISTANT, "字" * 300), line(2, ASSISTANT, "字" * 300, buttons=buttons)]
    assert decide(lines).lines == (1,)
    (last,) = lines[1:]
    assert decide([last]).options == buttons


def test_without_a_right_a_notice_goes_by_template_or_a_person_calls():
    notice = [line(1, SYSTEM, "要晚一天", reply="utter_delay")]
    assert decide(notice, rights=(), otherwise=TEMPLATE) == Template((1,), SYSTEM, "utter_delay")
    assert decide(notice, rights=()) == Unsendable((1,), SYSTEM, must=True, kept=False)


def test_a_persons_words_go_by_template_once_they_cannot_be_taken_back():
    lines = [line(1, SYSTEM, "要晚一天", reply="utter_delay"), line(2, AGENT, "我来办")]
    assert decide(lines, rights=(), otherwise=TEMPLATE) == Wait(AT + HOLD)
    assert decide(lines, rights=(), otherwise=TEMPLATE, now=AT + HOLD) == Template((1, 2), AGENT, PERSON)


def test_template_messages_keep_their_distance():
    soon = Otherwise(template=True, template_from=AT + SECOND)
    notice = [line(1, SYSTEM, "要晚一天", reply="utter_delay")]
    assert decide(notice, rights=(), otherwise=soon) == Wait(AT + SECOND)
    assert isinstance(decide(notice, rights=(), otherwise=soon, now=AT + SECOND), Template)


def test_nobody_is_called_for_an_answer_of_the_assistants_or_a_change_of_speaker():
    question = [line(1, ASSISTANT, "您要什么结果？")]
    assert decide(question, rights=(), otherwise=TEMPLATE) == Unsendable(
        (1,), ASSISTANT, must=False, kept=False
    )
    joined = [line(1, SYSTEM, "李敏接手了。", reply=JOINED)]
    decided = decide(joined, rights=(), speaker=AGENT, otherwise=TEMPLATE, now=AT + JOINED_WAITS)
    assert decided == Unsendable((1,), SYSTEM, must=False, kept=False)


def test_a_number_that_the_assistant_states_goes_another_way_without_a_right():
    told = [line(1, ASSISTANT, "登记好了。", reply="utter_registered", states=True, binds=True)]
    other = decide(told, rights=(), otherwise=TEMPLATE)
    assert other == Template((1,), ASSISTANT, "utter_registered")
    assert decide(told, rights=()) == Unsendable((1,), ASSISTANT, must=True, kept=False)
    assert decide(told).must


def test_only_what_must_be_known_takes_the_last_message():
    joined = line(1, SYSTEM, "李敏接手了。", reply=JOINED)
    late = {"speaker": AGENT, "now": AT + JOINED_WAITS}
    assert isinstance(decide([joined], rights=left(1), **late), Unsendable)
    assert isinstance(decide([joined], rights=left(2), **late), Send)
    again = line(1, SYSTEM, "请再发一次。", reply="utter_media_expired")
    assert decide([again], rights=left(1), otherwise=TEMPLATE) == Template(
        (1,), SYSTEM, "utter_media_expired"
    )
    back = line(1, SYSTEM, "我接着记。", reply="utter_handed_back")
    both = [back, line(2, ASSISTANT, "您要什么结果？")]
    assert decide(both, rights=left(1)) == Unsendable((1, 2), SYSTEM, must=False, kept=True)
    delay = line(1, SYSTEM, "要晚一天", reply="utter_delay")
    assert isinstance(decide([delay], rights=left(1)), Send)


def test_with_two_left_only_the_search_for_a_person_is_told():
    question = [line(1, ASSISTANT, "您要什么结果？")]
    assert decide(question, rights=left(2)) == Unsendable((1,), ASSISTANT, must=False, kept=True)
    search = [line(1, ASSISTANT, "正在找人工。", reply="utter_finding_human")]
    assert isinstance(decide(search, rights=left(2)), Send)
    assert decide(search, rights=left(1)) == Unsendable((1,), ASSISTANT, must=False, kept=False)
    person = [line(1, AGENT, "您好")]
    assert isinstance(decide(person, rights=left(1), speaker=AGENT, now=AT + HOLD), Send)


def test_what_was_put_off_is_tried_ever_more_rarely_for_an_hour():
    tried = [AT]
    while (again := again_at(tried)) is not None:
        assert AGAIN <= again - tried[-1] <= AGAIN_MOST
        tried.append(again)
    assert tried[1] - tried[0] == AGAIN
    assert GIVES_UP <= tried[-1] - tried[0] <= GIVES_UP + AGAIN_MOST
    assert len(tried) < 15


# ---- Files


def test_words_go_first_and_then_each_file_by_a_right_of_its_own():
    given = line(1, AGENT, "您看。", files=("a", "b"))
    at = AT + HOLD
    parts = [decide([replace(given, begun=begun)], speaker=AGENT, now=at) for begun in range(3)]
    assert [(one.words, one.file, one.more) for one in parts] == [
        ("您看。", "", True),
        ("", "a", True),
        ("", "b", False),
    ]


def test_files_rest_like_words_and_are_not_begun_without_rights_for_all():
    given = line(1, AGENT, "", files=("a", "b"))
    assert decide([given], speaker=AGENT) == Wait(AT + HOLD)
    assert isinstance(decide([given], speaker=AGENT, now=AT + HOLD, rights=left(1)), Unsendable)
    assert decide([given], speaker=AGENT, now=AT + HOLD, rights=left(2)).file == "a"
    told = decide([given], speaker=AGENT, now=AT + HOLD, rights=(), otherwise=TEMPLATE)
    assert told == Template((1,), AGENT, PERSON)


@pytest.mark.parametrize(("words", "lines"), [("二。", (1, 2)), ("", (1,))])
def test_a_line_with_files_ends_its_message(words, lines):
    given = [line(1, AGENT, "一。"), line(2, AGENT, words, files=("a",)), line(3, AGENT, "三。")]
    decided = decide(given, speaker=AGENT, now=AT + HOLD)
    assert (decided.lines, decided.more) == (lines, len(lines) == 2)


def test_files_of_a_line_that_was_taken_back_do_not_go():
    assert decide([line(1, AGENT, "", files=("a",), taken_back=True)], speaker=AGENT) == Pass((1,))
