"""What customers send is fetched from WeChat at once, by its media id, checked and sealed."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from core import events as names
from hearing import Ear
from reception import evidence
from simulator.wechat import Account, Fake, over_wsgi
from simulator.wechat.server import CUT, HTML
from store import complaints, events, files, messages, wechat_media
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.hands import GET, Hands, said, turn
from wechat.api import Account as Client
from wechat.api import Api
from wechat.calls import Failed
from wechat.download import Elsewhere, video
from wechat.media import FETCH_LEASE, GONE_AFTER, Media, Unfit, checked, file_id


def photo(size=(60, 40)):
    drawn = io.BytesIO()
    Image.new("RGB", size, "red").save(drawn, "JPEG")
    return drawn.getvalue()


MP4 = b"\x00\x00\x00\x18ftypisom" + b"\x00" * 200


@pytest.fixture
def fake(app, settings, clock):
    account = Account(APP, settings.wechat.app_secret, TOKEN, KEY)
    with Fake(account, over_wsgi(app), clock) as running:
        yield running


@pytest.fixture
def api(settings, fake):
    return Api(Client(APP, settings.wechat.app_secret), fake.url)


@pytest.fixture
def worker(house, api, fake, clock):
    return Hands(house, api, fake, clock)


def kept(house):
    with house.db.reading() as conn:
        return files.of_complaint(conn, 1)


def happened(house):
    with house.db.reading() as conn:
        return [event.data for event in events.of_complaint(conn, 1) if event.name == names.MEDIA_MISSED]


def test_a_photo_is_sealed_as_it_came_and_nothing_but_its_id_is_used(house, fake, worker, settings):
    fake.customer(OPENID).sends_image(photo())
    worker.settles()
    (file,) = kept(house)
    assert (file.kind, file.type, file.size) == ("photo", "image/jpeg", len(photo()))
    assert evidence.original(settings.data_dir, file.id) == photo()
    assert evidence.viewing_copy(settings.data_dir, file.id).startswith(b"\xff\xd8")
    (call,) = fake.made(GET)
    assert sorted(call.query) == ["access_token", "media_id"]


def test_a_photo_alone_opens_a_draft_and_is_answered(house, fake, clock, worker):
    fake.customer(OPENID).sends_image(photo())
    worker.settles()
    clock.pass_(seconds=2)
    assert turn(house, clock) == ["utter_photo_first"]
    with house.db.reading() as conn:
        assert complaints.get(conn, 1).state == "draft"


def test_a_photo_joins_the_words_around_it(house, fake, clock, worker):
    customer = fake.customer(OPENID)
    customer.says("洗衣机漏水，修了两次")
    customer.sends_image(photo())
    customer.says("照片上是地板")
    worker.settles()
    clock.pass_(seconds=2)
    assert "utter_photo_kept" not in turn(house, clock)
    assert [file.complaint_id for file in kept(house)] == [1]
    with house.db.reading() as conn:
        assert all(row.answered for row in messages.of_complaint(conn, 1))


def test_a_second_photo_is_not_answered_in_the_same_words(house, fake, clock, worker):
    for _ in range(2):
        fake.customer(OPENID).sends_image(photo())
        clock.pass_(seconds=2)
        turn(house, clock)
    assert said(house)[-1] == "utter_photo_kept_again"


def test_what_is_gone_at_wechat_is_asked_for_once_more(house, fake, clock, worker):
    fake.customer(OPENID).sends("image", MediaId="nobody-knows", PicUrl="http://10.0.0.1/x")
    fake.customer(OPENID).sends("image", MediaId="nor-this", PicUrl="http://10.0.0.1/x")
    worker.settles()
    assert [row.state for row in worker.rows()] == ["expired", "expired"]
    assert said(house) == ["utter_media_expired"]
    assert [one["missed"] for one in happened(house)] == ["expired", "expired"]
    clock.pass_(seconds=3)
    assert turn_is_empty(house, clock)


def turn_is_empty(house, clock):
    return all(
        house.reception.bursts.answer(id, clock()) is None for id in house.reception.bursts.due(clock())
    )


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"%PDF-1.7 no picture", "refused"),
        (b"\xff\xd8\xff\xe0 broken", "refused"),
        (photo() + bytes(evidence.LARGEST), "too_large"),
    ],
    ids=["a document", "broken", "too large"],
)
def test_what_is_no_photo_is_refused_and_said(house, fake, worker, content, state):
    fake.customer(OPENID).sends_image(content)
    worker.settles()
    assert [row.state for row in worker.rows()] == [state]
    assert said(house) == ["utter_media_refused"]
    assert kept(house) == []


@pytest.mark.parametrize("fault", [-1, 45009, 40164, CUT, HTML])
def test_a_failure_is_tried_again_with_growing_pauses(house, fake, clock, worker, fault):
    fake.fail(GET, fault, times=2)
    fake.customer(OPENID).sends_image(photo())
    worker.tries(1)
    clock.pass_(seconds=1)
    worker.media.work(clock())
    assert len(fake.made(GET)) == 1
    clock.pass_(seconds=1)
    worker.tries(2)
    clock.pass_(seconds=60)
    worker.settles()
    assert len(kept(house)) == 1


def test_after_three_days_it_is_lost_and_the_complaint_says_so(house, fake, clock, worker):
    fake.fail(GET, -1, times=99)
    fake.customer(OPENID).sends_image(photo())
    worker.tries(1)
    clock.pass_(seconds=GONE_AFTER.total_seconds())
    worker.settles()
    assert [one["missed"] for one in happened(house)] == ["lost"]


def test_a_refused_token_is_asked_for_once_more(house, fake, worker, api):
    api.token()
    fake.platform.tokens.revoke()
    fake.customer(OPENID).sends_image(photo())
    worker.settles()
    assert len(kept(house)) == 1


class Killed(BaseException):
    """The process died here."""


@pytest.mark.parametrize("step", ["seal_stream", "keep"])
def test_a_death_in_the_middle_leaves_one_file(house, fake, clock, worker, api, monkeypatch, step):
    fake.customer(OPENID).sends_image(photo())
    with monkeypatch.context() as patched:
        owner = evidence if step == "seal_stream" else files
        works = getattr(owner, step)

        def dies(*given, **named):
            works(*given, **named)
            raise Killed

        patched.setattr(owner, step, dies)
        (row,) = worker.rows()
        with house.db.writing() as conn:
            claimed = wechat_media.claim(conn, row.id, "due", clock(), FETCH_LEASE)
        with pytest.raises(Killed):
            worker.media._fetch(claimed)
    assert kept(house) == []
    after = Hands(house, api, fake, clock)
    after.media.work(clock())
    assert [row.state for row in after.rows()] == ["due"]
    clock.pass_(seconds=FETCH_LEASE.total_seconds())
    after.settles()
    (file,) = kept(house)
    assert file.id == file_id(row.id)
    assert [path.name for path in (house.data_dir / "files").iterdir()] == [file.id]


def test_a_video_is_fetched_from_its_address(house, fake, worker):
    fake.customer(OPENID).sends_video(MP4)
    worker.settles()
    (file,) = kept(house)
    assert (file.kind, file.type) == ("video", "video/mp4")


def test_a_video_elsewhere_is_refused(house, fake, worker, api):
    worker.media = Media(house, lambda _account: api, Ear(), {"vweixinp.tc.qq.com"})
    fake.customer(OPENID).sends_video(MP4)
    worker.settles()
    assert [row.state for row in worker.rows()] == ["refused"]
    assert kept(house) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://vweixinp.tc.qq.com.evil.example/x",
        "http://vweixinp.tc.qq.com@10.0.0.1/x",
        "http://vweixinp.tc.qq.com:8080/x",
        "file:///etc/passwd",
        "http://[::1/x",
        "",
    ],
)
def test_no_other_address_is_fetched(url):
    with pytest.raises(Elsewhere):
        video(url, {"vweixinp.tc.qq.com"}, 100)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1"])
def test_a_known_name_that_leads_inside_is_not_fetched(monkeypatch, address):
    found = [(2, 1, 6, "", (address, 0))]
    monkeypatch.setattr("wechat.download.socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Elsewhere):
        video("http://vweixinp.tc.qq.com/x", {"vweixinp.tc.qq.com"}, 100)


def test_nothing_that_names_a_customer_is_logged(house, fake, worker, caplog):
    fake.fail(GET, -1)
    fake.customer(OPENID).sends("image", MediaId="nobody-knows")
    worker.tries(1)
    assert caplog.text
    assert OPENID not in caplog.text
    assert "nobody-knows" not in caplog.text


def test_a_media_id_in_the_api_is_a_failure_by_its_code(api):
    with pytest.raises(Failed) as caught:
        api.media("nobody-knows", 100)
    assert caught.value.code == 40007


@pytest.mark.parametrize(
    ("content", "kind"),
    [(photo(), "photo"), (b"%PDF-1.7 an invoice %%EOF", "document")],
    ids=["photo", "PDF"],
)
def test_a_file_is_a_photo_or_a_document_by_its_own_bytes(content, kind):
    assert checked("file", content).kind == kind


@pytest.mark.parametrize("kind", ["image", "video", "file"])
def test_a_program_is_none_of_them(kind):
    with pytest.raises((Unfit, evidence.NotAPhoto)):
        checked(kind, b"MZ\x90\x00 a program")
