"""What goes out next where every message counts."""

from datetime import UTC, datetime, timedelta

from core.conversation import AGENT, ASSISTANT, SYSTEM, WAITING
from core.outgoing import HOLD, HOLD_MOST, JOINED, JOINED_WAITS, Line, Pass, Send, Wait, plan
from core.quota import MESSAGE, Right

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
RIGHT = Right(MESSAGE, 5, AT + timedelta(hours=48), 7)


def line(id, author, words, *, at=AT, reply=None, taken_back=False):
    return Line(id, author, words, at, reply, taken_back)


def decide(lines, *, speaker=ASSISTANT, burst=False, rights=(RIGHT,), now=AT):
    return plan(lines, speaker, burst, rights, now)


def test_bubbles_of_one_turn_are_one_message():
    decided = decide([line(1, ASSISTANT, "记下了。"), line(2, ASSISTANT, "您要什么结果？")])
    assert decided == Send("记下了。\n\n您要什么结果？", (1, 2), ASSISTANT, RIGHT)


def test_nothing_of_the_assistants_goes_out_under_an_agent():
    assert decide([line(1, ASSISTANT, "您要什么结果？")], speaker=AGENT) == Pass((1,))


def test_an_answer_that_the_customer_overtook_is_dropped():
    assert decide([line(1, ASSISTANT, "您要什么结果？")], burst=True) == Pass((1,))


def test_a_notice_goes_out_whatever_the_customer_writes_meanwhile():
    decided = decide(
        [line(1, SYSTEM, "正在找人工。", reply="utter_finding_human")], speaker=WAITING, burst=True
    )
    assert isinstance(decided, Send)


def test_an_agents_line_rests_while_it_can_be_taken_back():
    lines = [line(1, AGENT, "您好")]
    assert decide(lines, speaker=AGENT) == Wait(AT + HOLD)
    assert decide(lines, speaker=AGENT, now=AT + HOLD) == Send("您好", (1,), AGENT, RIGHT)


def test_short_lines_of_an_agent_are_joined_but_not_for_ever():
    lines = [line(n, AGENT, str(n), at=AT + n * timedelta(seconds=8)) for n in range(5)]
    assert decide(lines[:2], speaker=AGENT, now=AT + timedelta(seconds=9)) == Wait(AT + timedelta(seconds=18))
    decided = decide(lines, speaker=AGENT, now=AT + HOLD_MOST)
    assert isinstance(decided, Send)
    assert decided.words == "0\n\n1\n\n2\n\n3\n\n4"


def test_what_was_taken_back_is_not_sent():
    taken = line(1, AGENT, "发错了", taken_back=True)
    assert decide([taken], speaker=AGENT) == Pass((1,))
    later = line(2, AGENT, "您好")
    assert decide([taken, later], speaker=AGENT, now=AT + HOLD) == Send("您好", (1, 2), AGENT, RIGHT)


def test_who_joined_is_told_with_that_persons_first_line():
    joined = line(1, SYSTEM, "李敏接手了。", reply=JOINED)
    assert decide([joined], speaker=AGENT) == Wait(AT + JOINED_WAITS)
    assert isinstance(decide([joined], speaker=AGENT, now=AT + JOINED_WAITS), Send)
    both = [joined, line(2, AGENT, "我来办", at=AT + timedelta(seconds=5))]
    decided = decide(both, speaker=AGENT, now=AT + timedelta(seconds=15))
    assert decided == Send("李敏接手了。\n\n我来办", (1, 2), AGENT, RIGHT)


def test_without_a_right_it_is_for_another_way():
    decided = decide([line(1, SYSTEM, "查过了")], rights=())
    assert decided == Send("查过了", (1,), "system", None)


def test_with_two_left_only_the_search_for_a_person_is_told():
    two = (Right(MESSAGE, 2, AT + timedelta(hours=1)),)
    assert decide([line(1, ASSISTANT, "您要什么结果？")], rights=two).right is None
    decided = decide([line(1, ASSISTANT, "正在找人工。", reply="utter_finding_human")], rights=two)
    assert decided.right == two[0]
