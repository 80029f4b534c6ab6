"""Rasa, the action server, or both die in mid-conversation."""

from __future__ import annotations

import pytest

from store import complaints, conversations, handoffs, messages
from tools import stack

STORY = "你们装的吊顶一下雨就漏水"
REST = ("派人来看看，修好它", "上个月15号装的", "13900001234", "对")
FILLER = ("跳过", "跳过", "对", "对")
WISH = "转人工"
READS_WITHIN = 3.0


def finish(chat, words):
    for one in (*words, *FILLER):
        if chat.complaint:
            return
        chat.say(one)


def filed_once(jiesu, chat):
    """One complaint, at home and at the back office, with every sentence once and in order."""
    number = chat.complaint["number"]
    with jiesu.db.reading() as conn:
        row = complaints.by_number(conn, number)
        assert row is not None
        of_customer = complaints.of_customer(conn, row.customer_id)
        replies = messages.replies_said(conn, chat.conversation)
    assert [one.number for one in of_customer] == [number]

    def arrived():
        said = jiesu.office.complaints.get(number, {}).get("words", [])
        return [one["words"] for one in said if one["author"] == "customer"] == chat.said

    jiesu.until(arrived)
    assert chat.complaint["promises"]
    return replies


@pytest.mark.timeout(600)
def test_the_same_message_three_times_is_one_message_with_the_same_answer(installation):
    chat = installation.chat()
    answers = [chat.say(STORY, id="three-times-the-same") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    with installation.db.reading() as conn:
        rows = messages.of_conversation(conn, chat.conversation)
    assert [row.words for row in rows if row.author == "customer"] == [STORY]


@pytest.mark.timeout(600)
def test_office_and_web_die_and_nothing_is_lost(installation):
    chat = installation.chat()
    chat.say(STORY)
    installation.kill("office")
    finish(chat, REST)
    installation.kill("web")
    installation.until(lambda: stack.answers(f"{installation.url}/healthz"))
    filed_once(installation, chat)
    again = chat.say("谢谢")
    assert again


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("dead", "after"),
    [(("actions",), 0), (("actions",), 2), (("rasa",), 1), (("rasa", "actions"), 2)],
    ids=["actions", "actions-late", "rasa", "both"],
)
def test_the_next_answer_comes_in_time_and_the_complaint_is_filed_once(installation, dead, after):
    chat, other = installation.chat(), installation.chat()
    for words in (STORY, *REST[:after]):
        chat.say(words)
    other.say(STORY)
    for name in dead:
        installation.kill(name)
    assert chat.say(REST[after]), "silence"
    assert other.say(WISH), "no person"
    finish(chat, REST[after + 1 :])
    assert max(chat.times) < READS_WITHIN
    assert other.times[-1] < 1.0
    assert chat.complaint, chat.heard
    asked = [name for name in filed_once(installation, chat) if name.startswith("utter_ask_")]
    assert len(asked) == len(set(asked)), "asked twice"
    with installation.db.reading() as conn:
        complaint = conversations.fetch(conn, other.conversation).complaint_id
        assert handoffs.of_complaint(conn, complaint)
