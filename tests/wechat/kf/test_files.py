"""Photos and files from the desk to a customer on Kf: both go out themselves."""

from __future__ import annotations

import pytest

from reception import evidence
from simulator.wechat.kf import POOL
from store import conversations, files, messages, wechat_sends
from tests.wechat.kf.conftest import ACCOUNT, USER
from tests.wechat.test_files import PDF, picture


def sends(desk, talk, name, content, words=""):
    """An agent's line with this file; the ten seconds are over."""
    sealed = evidence.seal(desk.house.data_dir, evidence.examine_enclosure(name, content))
    with desk.house.db.writing() as conn:
        row, now = conversations.fetch(conn, talk), desk.clock()
        place = {"conversation_id": talk, "complaint_id": row.complaint_id}
        line = messages.say(conn, **place, author="agent", words=words, at=now)
        files.keep(conn, **vars(sealed), **place, message_id=line, at=now)
        messages.mark_answered(conn, [one.id for one in messages.pending(conn, talk)])
        conversations.change(conn, talk, turn_at=None)
    desk.clock.pass_(seconds=40)


def shown(desk):
    return [(one.kind, one.words) for one in desk.kf.session(ACCOUNT, USER).seen]


def rows(desk, talk):
    with desk.house.db.reading() as conn:
        return list(wechat_sends.of_conversation(conn, talk))


@pytest.mark.parametrize(
    ("name", "content", "seen"),
    [
        ("门.jpg", picture(), ("image", "")),
        ("门.png", picture("PNG"), ("image", "")),
        ("门.gif", picture("GIF"), ("file", "门.gif")),
        ("维修单.pdf", PDF, ("file", "维修单.pdf")),
    ],
    ids=["jpg", "png", "gif", "pdf"],
)
def test_a_picture_goes_as_one_and_anything_else_as_a_file_under_its_name(
    desk, talk, sender, name, content, seen
):
    sends(desk, talk, name, content, "给您。")
    assert [sender.work(desk.clock()) for _ in range(3)] == [1, 1, 0]
    assert shown(desk) == [("text", "给您。"), seen]
    media = desk.kf.session(ACCOUNT, USER).seen[-1].media
    assert desk.kf.fake.platform.media[media].content == content
    assert desk.rights() == {"message": 3}


def test_a_session_that_is_not_ours_is_taken_back_for_a_file_too(desk, talk, sender):
    desk.kf.session(ACCOUNT, USER).state = POOL
    sends(desk, talk, "维修单.pdf", PDF)
    assert sender.work(desk.clock()) == 1
    assert shown(desk) == [("file", "维修单.pdf")]
    assert len(desk.kf.fake.made("media/upload")) == 1


def test_a_file_that_did_not_arrive_is_believed_and_somebody_calls(desk, talk, sender):
    desk.kf.session(ACCOUNT, USER).refuses = True
    sends(desk, talk, "维修单.pdf", PDF)
    sender.work(desk.clock())
    desk.pull()
    (row,) = rows(desk, talk)
    assert (row.kind, row.state, row.code) == (wechat_sends.MEDIA, wechat_sends.REFUSED, 10)
    with desk.house.db.reading() as conn:
        assert conn.exec_driver_sql("select kind from promises").scalars().all() == ["callback"]


def test_an_upload_that_fails_is_repeated_and_uses_no_right(desk, talk, sender):
    sends(desk, talk, "维修单.pdf", PDF)
    desk.kf.fake.fail("media/upload", -1)
    assert sender.work(desk.clock()) == 0
    assert desk.rights() == {"message": 5}
    desk.clock.pass_(seconds=31)
    assert sender.work(desk.clock()) == 1
    assert desk.rights() == {"message": 4}


def test_what_wecom_holds_no_more_is_brought_there_once_more(desk, talk, sender):
    sends(desk, talk, "维修单.pdf", PDF)
    desk.kf.fake.fail("kf/send_msg", 40007)
    assert sender.work(desk.clock()) == 1
    assert len(desk.kf.fake.made("media/upload")) == 2
    assert [row.state for row in rows(desk, talk)] == ["sent"]
