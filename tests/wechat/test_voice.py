"""A voice on WeChat becomes words in the turn, or is for a person to hear; never "not understood"."""

from __future__ import annotations

import pytest

from reception import evidence
from simulator.wechat import Account, Fake, over_wsgi
from store import complaints, conversations, events, files, handoffs, messages, promises, users
from tests.fakes.sounds import encoded
from tests.hearing.chat_sounds import AMR_WB, SPEEX, SPEEX_ALIKE, silk
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.hands import Hands, said, turn
from wechat.api import Account as Client
from wechat.api import Api
from wechat.media import HEAR_LEASE, HEAR_TRIES

AMR = encoded("amr", "libopencore_amrnb", 8000)


VOICES = {
    "amr": (AMR, "audio/amr"),
    "amr-wb": (AMR_WB, "audio/amr"),
    "speex": (SPEEX, "audio/speex"),
    "speex without lengths": (SPEEX_ALIKE, "audio/speex"),
    "silk": (silk(), "audio/silk"),
}
LEAK = "洗衣机漏水，要退款"


@pytest.fixture
def fake(app, settings, clock):
    account = Account(APP, settings.wechat.app_secret, TOKEN, KEY)
    with Fake(account, over_wsgi(app), clock) as running:
        yield running


@pytest.fixture
def hands(house, settings, fake, clock):
    """Hands whose ear gives these words."""
    api = Api(Client(APP, settings.wechat.app_secret), fake.url)
    return lambda engine=None: Hands(house, api, fake, clock, engine)


def hears(words):
    return lambda _sound, _language, _hints: words


def customers_words(house):
    with house.db.reading() as conn:
        return [row.words for row in messages.of_complaint(conn, 1) if row.author == "customer"]


def wishes(house):
    with house.db.reading() as conn:
        return [(row.reason, row.outcome) for row in handoffs.of_complaint(conn, 1)]


def somebody_there(house, clock):
    with house.db.writing() as conn:
        id = users.add(
            conn, login="chen", public_name="小陈", role="agent", password_hash="x", phone=None, at=clock()
        )
    house.agents.present(id, "available", clock())
    return id


@pytest.mark.parametrize("name", VOICES)
def test_every_coding_is_sealed_heard_and_playable(house, fake, hands, name, settings):
    sound, type = VOICES[name]
    listening = []
    worker = hands(lambda heard, _language, _hints: listening.append(heard.seconds) or LEAK)
    fake.customer(OPENID).sends_voice(sound)
    worker.settles()
    assert customers_words(house) == ["", LEAK]
    assert listening
    with house.db.reading() as conn:
        (file,) = files.of_complaint(conn, 1)
        assert messages.get(conn, file.message_id).words == LEAK
    assert (file.kind, file.type) == ("voice", type)
    assert evidence.original(settings.data_dir, file.id) == sound
    assert evidence.sound(settings.data_dir, file.id).read_bytes()[:4] == b"RIFF"


def test_the_clearer_voice_is_the_one_that_is_fetched(house, fake, hands, settings):
    fake.customer(OPENID).sends_voice(AMR, clear=SPEEX)
    hands(hears(LEAK)).settles()
    with house.db.reading() as conn:
        assert [file.type for file in files.of_complaint(conn, 1)] == ["audio/speex"]


def test_heard_words_are_answered_as_if_they_were_written(house, fake, clock, hands):
    fake.customer(OPENID).sends_voice(AMR)
    clock.pass_(seconds=2.5)
    assert house.reception.bursts.due(clock()) == []
    hands(hears(LEAK)).settles()
    clock.pass_(seconds=2)
    replies = turn(house, clock)
    assert replies
    assert "utter_voice_kept" not in replies
    with house.db.reading() as conn:
        assert complaints.get(conn, 1).state == "draft"
        assert all(row.answered for row in messages.of_complaint(conn, 1))


def test_a_voice_between_lines_is_one_turn_with_them(house, fake, clock, hands):
    customer = fake.customer(OPENID)
    customer.says("我买的洗衣机")
    clock.pass_(seconds=1)
    customer.sends_voice(AMR)
    clock.pass_(seconds=1)
    customer.says("怎么办")
    hands(hears(LEAK)).settles()
    clock.pass_(seconds=2)
    turn(house, clock)
    with house.db.reading() as conn:
        rows = messages.of_complaint(conn, 1)
    assert {row.answers for row in rows if row.author != "customer"} == {rows[3].id}
    assert house.reception.bursts.due(clock()) == []


def test_without_an_engine_one_sentence_and_a_person_is_sought(house, fake, clock, hands):
    somebody_there(house, clock)
    fake.customer(OPENID).sends_voice(AMR)
    hands().settles()
    clock.pass_(seconds=2)
    assert turn(house, clock) == ["utter_voice_kept"]
    assert wishes(house) == [("voice", None)]


def test_with_nobody_there_a_call_is_owed_and_nothing_more_is_said(house, fake, clock, hands):
    fake.customer(OPENID).sends_voice(AMR)
    hands().settles()
    clock.pass_(seconds=2)
    assert turn(house, clock) == ["utter_voice_kept"]
    with house.db.reading() as conn:
        assert [(row.kind, row.state) for row in promises.of_complaint(conn, 1)] == [("callback", "open")]


@pytest.mark.parametrize("engine", [None, hears(""), hears("   ")], ids=["none", "no words", "blanks"])
def test_it_is_never_said_twice_that_nothing_was_understood(house, fake, clock, hands, engine):
    for _ in range(3):
        fake.customer(OPENID).sends_voice(AMR)
        hands(engine).settles()
        clock.pass_(seconds=2)
        turn(house, clock)
    assert said(house) == ["utter_voice_kept", "utter_voice_kept_again", "utter_voice_kept_again"]


def test_words_with_an_unheard_voice_are_answered_and_a_person_listens(house, fake, clock, hands):
    somebody_there(house, clock)
    customer = fake.customer(OPENID)
    customer.says("洗衣机漏水")
    customer.sends_voice(AMR)
    hands().settles()
    clock.pass_(seconds=2)
    replies = turn(house, clock)
    assert replies[0] == "utter_voice_kept"
    assert len(replies) > 1
    assert wishes(house) == [("voice", None)]


def test_a_slow_ear_keeps_nobody_waiting_and_its_words_are_answered_later(house, fake, clock, hands):
    fake.customer(OPENID).sends_voice(AMR)
    clock.pass_(seconds=11)
    assert house.reception.bursts.due(clock()) == []
    clock.pass_(seconds=1)
    assert turn(house, clock) == ["utter_voice_kept"]
    hands(hears(LEAK)).settles()
    clock.pass_(seconds=2)
    assert len(turn(house, clock)) > 1
    assert customers_words(house) == ["", LEAK]


def test_a_wish_for_a_person_does_not_wait_for_a_voice(house, fake, clock, hands):
    customer = fake.customer(OPENID)
    customer.sends_voice(AMR)
    customer.says("转人工")
    assert house.reception.bursts.due(clock()) != []


def test_danger_in_a_voice_reaches_the_supervisor(house, fake, clock, hands):
    fake.customer(OPENID).sends_voice(AMR)
    hands(hears("插座漏电，孩子被电伤了")).settles()
    turn(house, clock)
    with house.db.reading() as conn:
        assert complaints.get(conn, 1).tier > 1
        assert events.happened(conn, 1, "supervisor_paged")


@pytest.mark.parametrize("sound", [b"#!AMR\n", b"\x02#!SILK_V3\xff\x7f", b"nobody knows this"])
def test_a_voice_that_cannot_be_read_is_kept_for_a_person(house, fake, clock, hands, sound, settings):
    fake.customer(OPENID).sends_voice(sound)
    hands(hears("invented")).settles()
    clock.pass_(seconds=2)
    assert turn(house, clock) == ["utter_voice_kept"]
    with house.db.reading() as conn:
        (file,) = files.of_complaint(conn, 1)
    assert evidence.original(settings.data_dir, file.id) == sound


def test_while_a_person_speaks_heard_words_reach_that_person(house, fake, clock, hands):
    id = somebody_there(house, clock)
    fake.customer(OPENID).says("转人工")
    turn(house, clock)
    with house.db.reading() as conn:
        (wish,) = handoffs.of_complaint(conn, 1)
    house.agents.take(id, wish.conversation_id, clock())
    before = said(house)
    fake.customer(OPENID).sends_voice(AMR)
    hands(hears(LEAK)).settles()
    clock.pass_(seconds=2)
    turn(house, clock)
    assert said(house) == before
    assert LEAK in customers_words(house)
    with house.db.reading() as conn:
        assert conversations.fetch(conn, wish.conversation_id).speaker == "agent"


def test_a_sound_on_which_the_process_dies_is_for_a_person(house, fake, clock, hands):
    deaths = []

    def dies(*_):
        deaths.append(1)
        raise SystemExit

    fake.customer(OPENID).sends_voice(AMR)
    worker = hands(dies)
    for tries in range(1, HEAR_TRIES + 1):
        worker.works(until=lambda tries=tries: len(deaths) == tries and worker.idle())
        clock.pass_(seconds=HEAR_LEASE.total_seconds())
    worker.settles()
    assert len(deaths) == HEAR_TRIES
    assert [row.state for row in worker.rows()] == ["unheard"]
