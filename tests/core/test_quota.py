"""What may still be sent on WeChat."""

from datetime import UTC, datetime, timedelta

from core import quota
from core.quota import ASSISTANT, FOLLOW, MENU, MESSAGE, Grant, Right

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
GRANTS = {
    MESSAGE: Grant(5, timedelta(hours=48)),
    MENU: Grant(3, timedelta(minutes=1)),
    FOLLOW: Grant(3, timedelta(minutes=1)),
}


def test_a_message_opens_five_for_two_days():
    right = quota.opened(MESSAGE, AT, GRANTS)
    assert quota.left([right], AT + timedelta(hours=47, minutes=59)) == 5
    assert quota.left([right], AT + timedelta(hours=48)) == 0


def test_what_ends_first_is_used_first():
    message, tap = quota.opened(MESSAGE, AT, GRANTS), quota.opened(MENU, AT, GRANTS)
    assert quota.to_use([message, tap], "agent", AT) == tap
    assert quota.to_use([message, tap], "agent", AT + timedelta(minutes=1)) == message


def test_the_last_message_is_a_persons():
    last = [Right(MESSAGE, 1, AT + timedelta(hours=1))]
    assert quota.to_use(last, ASSISTANT, AT) is None
    assert quota.to_use(last, ASSISTANT, AT, handoff=True) is None
    assert quota.to_use(last, "agent", AT) == last[0]


def test_a_notice_leaves_the_last_message_unless_it_must_be_known():
    last = [Right(MESSAGE, 1, AT + timedelta(hours=1))]
    assert quota.to_use(last, "system", AT) is None
    assert quota.to_use(last, "system", AT, must=True) == last[0]


def test_several_messages_need_a_right_for_each():
    three = [Right(MESSAGE, 2, AT + timedelta(hours=1), 1), Right(MENU, 1, AT + timedelta(minutes=1), 2)]
    assert quota.to_use(three, "agent", AT, many=3) == three[1]
    assert quota.to_use(three, "agent", AT, many=4) is None


def test_with_two_left_the_assistant_says_only_that_a_person_comes():
    two = [Right(MESSAGE, 2, AT + timedelta(hours=1))]
    assert quota.to_use(two, ASSISTANT, AT) is None
    assert quota.to_use(two, ASSISTANT, AT, handoff=True) == two[0]


def test_a_used_right_has_one_less_and_a_shut_one_none():
    right = quota.opened(FOLLOW, AT, GRANTS)
    assert quota.used(right).left == 2
    assert quota.left([quota.shut(right)], AT) == 0


def test_who_acted_when_is_believed_within_bounds():
    heard, within = AT, timedelta(hours=1)
    late = AT - timedelta(minutes=59)
    assert quota.acted_at(late, heard, within) == late
    assert quota.acted_at(AT - timedelta(minutes=61), heard, within) == heard
    assert quota.acted_at(AT + timedelta(seconds=1), heard, within) == heard


def test_a_right_begins_with_the_act_and_is_half_over_at_most():
    half = AT - timedelta(seconds=30)
    assert quota.begins(MENU, AT - timedelta(seconds=10), AT, GRANTS) == AT - timedelta(seconds=10)
    assert quota.begins(MENU, AT - timedelta(minutes=5), AT, GRANTS) == half
    assert quota.begins(MESSAGE, AT - timedelta(minutes=5), AT, GRANTS) == AT - timedelta(minutes=5)
