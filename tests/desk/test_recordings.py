"""Recordings on the desk: the player, who may press it, and that it is known who did."""

import json
import re

import pytest

from core.events import RECORDING_PLAYED
from reception import accounts, evidence
from store import (
    complaints,
    conversations,
    customers,
    events,
    files,
    handoffs,
    messages,
    record,
    recordings,
    wechat_media,
)
from tests.desk.conftest import PASSWORD
from tests.fakes.sounds import tone, wav

SOUND = wav(tone(1))
FILE = "A" * 22


class Tape:
    """A complaint by phone with one recording, fetched and sealed."""

    def __init__(self, house, clock):
        self.house, self.clock = house, clock
        with house.db.writing() as conn:
            customer = customers.known_as(conn, "phone", "+8613800138000", clock())
            about = {"channel": "phone", "customer_id": customer, "at": clock()}
            conversations.start(conn, id="CA1", sender="s", **about)
            self.id = complaints.open_draft(
                conn, draw=house.reception.ids.number, conversation_id="CA1", **about
            )
            conversations.change(conn, "CA1", complaint_id=self.id)
            self.number = complaints.get(conn, self.id).number
        self.page = f"/desk/complaints/{self.number}"
        self.sound = f"/desk/recordings/{FILE}"

    def keep(self, kind="message", words=None, status="completed", sealed=True):
        with self.house.db.writing() as conn:
            about = {"status": status, "seconds": 42, "at": self.clock(), "kind": kind}
            recordings.keep(conn, sid="RE1", call_sid="CA1", complaint_id=self.id, **about)
            if not sealed:
                return
            size, digest = evidence.seal_stream(self.house.data_dir, FILE, [SOUND], 10**6)
            files.keep(
                conn,
                id=FILE,
                complaint_id=self.id,
                conversation_id="CA1",
                message_id=None,
                kind="voice",
                name="message.wav",
                type="audio/wav",
                size=size,
                sha256=digest,
                at=self.clock(),
            )
            recordings.fetched(conn, "RE1", FILE, kind, self.clock())
            recordings.heard(conn, "RE1", words, self.clock())

    def owned_by(self, user):
        with self.house.db.writing() as conn:
            complaints.change(conn, self.id, owner_id=user)

    def listenings(self):
        with self.house.db.reading() as conn:
            return [
                (event.user_id, event.data["recording"])
                for event in events.after(conn, 0)
                if event.name == RECORDING_PLAYED
            ]


@pytest.fixture
def tape(house, clock):
    return Tape(house, clock)


def shown(browser, tape):
    text = browser.get(tape.page).get_data(as_text=True)
    return text.split('id="evidence"')[1].split("</section>")[0]


def test_the_player_loads_nothing_by_itself_and_says_what_it_plays(tape, at_desk):
    tape.keep()
    text = shown(at_desk("supervisor"), tape)
    player = re.search(r"<audio[^>]*>", text)[0]
    assert f'src="{tape.sound}"' in player
    assert 'preload="none"' in player
    assert "controls" in player
    assert "来电人留言" in text
    assert "42秒" in text
    assert "没有机器听写" in text


def test_words_are_shown_as_heard_by_a_machine(tape, at_desk):
    tape.keep(words="货坏了\u202e<b>")
    text = shown(at_desk("supervisor"), tape)
    assert "货坏了[U+202E]&lt;b&gt;" in text
    assert "机器听写，可能有错" in text


def test_a_talk_shows_who_said_what(tape, at_desk):
    tape.keep(kind="talk", words=json.dumps(["我要退款", "马上办"]))
    text = shown(at_desk("supervisor"), tape)
    assert "通话" in text
    assert text.index("客户") < text.index("我要退款") < text.index("人工</b>") < text.index("马上办")


def test_a_message_from_a_recording_says_so_where_it_stands(tape, at_desk, house, clock):
    tape.keep(words="货坏了")
    with house.db.writing() as conn:
        row = conversations.fetch(conn, "CA1")
        about = {"conversation": row, "complaint_id": tape.id, "key": "recording:RE1", "at": clock()}
        files.attach(conn, FILE, messages.hear(conn, words="货坏了", **about))
    log = at_desk("supervisor").get(tape.page).get_data(as_text=True)
    said = log.split('id="log"')[1].split("</article>")[0]
    assert "机器听写，可能有错" in said
    assert f'href="#rec-{FILE}"' in said
    assert "<img" not in said


@pytest.mark.parametrize(
    ("status", "words"),
    [("recorded", "还没取到"), ("absent", "没录上"), ("completed", "还没取到")],
)
def test_what_is_not_here_has_no_player(tape, at_desk, status, words):
    tape.keep(status=status, sealed=False)
    text = shown(at_desk("supervisor"), tape)
    assert "<audio" not in text
    assert words in text


def test_the_sound_comes_as_it_was_sealed_and_cannot_be_taken_for_a_page(tape, at_desk):
    tape.keep()
    answer = at_desk("supervisor").get(tape.sound)
    assert (answer.status_code, answer.data) == (200, SOUND)
    assert answer.mimetype == "audio/wav"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_seeking_asks_for_a_part(tape, at_desk, asked, first, last):
    tape.keep()
    answer = at_desk("supervisor").get(tape.sound, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.data == SOUND[first : None if last is None else last + 1]
    assert answer.headers["Content-Range"].endswith(f"/{len(SOUND)}")


def test_a_part_that_is_not_there(tape, at_desk):
    tape.keep()
    assert at_desk("supervisor").get(tape.sound, headers={"Range": "bytes=9999999-"}).status_code == 416


@pytest.mark.parametrize(("role", "may"), [("supervisor", True), ("admin_agent", True), ("agent", False)])
def test_who_may_hear_what_is_nobody_s_yet(role, may, tape, at_desk):
    tape.keep()
    at = at_desk(role)
    assert at.get(tape.sound).status_code == (200 if may else 403)
    assert ("<audio" in shown(at, tape)) is may
    assert len(tape.listenings()) == int(may)


def test_who_asks_afterwards_hears_it_once_it_is_their_turn(tape, at_desk, house, clock, people):
    tape.keep()
    with house.db.writing() as conn:
        accounts.create(conn, "follow_up", "回访", "follow_up", PASSWORD, clock())
    at = at_desk("follow_up")
    assert at.get(tape.sound).status_code == 404
    with house.db.writing() as conn:
        complaints.change(conn, tape.id, state="following_up")
    assert at.get(tape.sound).status_code == 200


def test_an_auditor_hears_nothing(tape, at_desk):
    tape.keep()
    assert at_desk("auditor").get(tape.sound).status_code == 403
    assert tape.listenings() == []


def test_an_administrator_hears_nothing(tape, at_desk):
    tape.keep()
    assert at_desk("admin").get(tape.sound).status_code == 403


def test_an_agent_hears_what_is_theirs_and_no_other(tape, at_desk, people):
    tape.keep()
    one, other = at_desk("agent"), at_desk("agent2")
    assert "认领后才能听" in shown(one, tape)
    tape.owned_by(people["agent"])
    assert one.get(tape.sound).status_code == 200
    assert other.get(tape.sound).status_code == 403
    assert tape.listenings() == [(people["agent"], "RE1")]


def test_an_agent_hears_their_own_talk_though_another_owns_the_complaint(tape, at_desk, people, house, clock):
    tape.keep(kind="talk")
    with house.db.writing() as conn:
        wish = handoffs.ask(conn, conversation_id="CA1", complaint_id=tape.id, reason="asked", at=clock())
        handoffs.change(conn, wish, agent_id=people["agent"], accepted_at=clock())
    tape.owned_by(people["agent2"])
    assert at_desk("agent").get(tape.sound).status_code == 200


def test_every_listening_is_in_the_trail_once_and_makes_nobody_s_save_stale(tape, at_desk, people, clock):
    tape.keep()
    page = at_desk("supervisor")
    with tape.house.db.reading() as conn:
        before = complaints.get(conn, tape.id).sequence
    for part in ("bytes=0-99", "bytes=100-199", "bytes=200-"):
        page.get(tape.sound, headers={"Range": part})
    assert tape.listenings() == [(people["supervisor"], "RE1")]
    clock.pass_(minutes=2)
    page.get(tape.sound)
    assert len(tape.listenings()) == 2
    with tape.house.db.reading() as conn:
        assert complaints.get(conn, tape.id).sequence == before


def test_what_cannot_be_noted_is_not_played(tape, at_desk, monkeypatch, app):
    tape.keep()
    page = at_desk("supervisor")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def refuses(_db):
        raise OSError

    monkeypatch.setattr(type(tape.house.db), "writing", refuses)
    answer = page.get(tape.sound)
    assert answer.status_code >= 500
    assert b"RIFF" not in answer.data


def test_the_photo_s_ways_do_not_lead_to_a_recording(tape, at_desk, people):
    tape.keep()
    for path in (f"/desk/files/{FILE}", f"/desk/files/{FILE}/original"):
        assert at_desk("agent").get(path).status_code == 404


@pytest.mark.parametrize("id", ["unknown", "B" * 22, "..%2f..%2fsecret_key"])
def test_no_other_file_can_be_heard(id, tape, at_desk):
    tape.keep()
    assert at_desk("supervisor").get(f"/desk/recordings/{id}").status_code == 404


def test_a_row_whose_file_is_gone_is_not_found_and_not_a_listening(tape, at_desk):
    tape.keep()
    evidence.whereabouts(tape.house.data_dir, FILE).unlink()
    assert at_desk("supervisor").get(tape.sound).status_code == 404
    assert tape.listenings() == []


def test_the_record_holds_it_beside_the_photos(tape, house):
    tape.keep()
    with house.db.reading() as conn:
        (shown,) = record.whole(conn, tape.id)["evidence"]
    assert (shown["kind"], shown["file"]) == ("voice", FILE)


@pytest.fixture
def voice(tape):
    """A voice on WeChat that was fetched; `heard`: its words."""

    def keep(heard="", playable=True):
        with tape.house.db.writing() as conn:
            talk = conversations.fetch(conn, "CA1")
            about = {"conversation": talk, "complaint_id": tape.id, "at": tape.clock()}
            sent = messages.hear(conn, key="m1", words="", **about)
            said = messages.hear(conn, key="voice:1", words=heard, **about) if heard else sent
            wechat_media.expect(conn, sent, tape.id, "wx1", "media-1", "voice", tape.clock())
            size, digest = evidence.seal_stream(tape.house.data_dir, FILE, [b"#!AMR as it came"], 100)
            sealed = {"size": size, "sha256": digest, "at": tape.clock(), "conversation_id": "CA1"}
            named = {"kind": "voice", "name": "wechat.amr", "type": "audio/amr"}
            files.keep(conn, id=FILE, complaint_id=tape.id, message_id=said, **named, **sealed)
            state = wechat_media.HEARD if heard else wechat_media.UNHEARD
            wechat_media.change(conn, 1, state=state, file_id=FILE, due_at=None)
        if playable:
            evidence.keep_sound(tape.house.data_dir, FILE, wav(tone(2, 16000), 16000))

    return keep


def test_a_voice_on_wechat_is_played_from_its_copy_and_that_is_kept(tape, voice, at_desk):
    voice()
    page = at_desk("supervisor")
    text = shown(page, tape)
    assert "微信语音" in text
    assert "2秒" in text
    assert "没有机器听写" in text
    answer = page.get(tape.sound)
    assert (answer.mimetype, answer.data[:4]) == ("audio/wav", b"RIFF")
    assert [name for _user, name in tape.listenings()] == ["wechat:1"]


def test_a_voice_that_no_browser_plays_is_taken_away_as_it_came(tape, voice, at_desk):
    voice(playable=False)
    page = at_desk("supervisor")
    assert "<audio" not in shown(page, tape)
    answer = page.get(tape.sound)
    assert (answer.mimetype, answer.data) == ("application/octet-stream", b"#!AMR as it came")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_voice_and_its_words_stand_once_in_the_talk(tape, voice, at_desk):
    voice("洗衣机漏水")
    text = at_desk("supervisor").get(tape.page).get_data(as_text=True)
    log = text.split('id="log"')[1].split("</article>")
    assert len(log) == 2
    assert "洗衣机漏水" in log[0]
    assert "机器听写" in log[0]
    assert "洗衣机漏水" in shown(at_desk("supervisor"), tape)


def test_a_voice_is_not_everybody_s(tape, voice, at_desk):
    voice()
    assert at_desk("auditor").get(tape.sound).status_code in (403, 404)
