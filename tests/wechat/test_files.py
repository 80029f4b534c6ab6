"""Photos and files from the desk to a customer of the service account: uploaded, sent once, counted."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from reception import evidence, reach
from reception.acting import Refused
from simulator.wechat.server import LATE, LOST
from store import conversations, events, files, messages, promises, wechat_sends
from store import wechat as rows
from tests.wechat.conftest import APP, OPENID

SEND, UPLOAD, TEMPLATE_SEND = "message/custom/send", "media/upload", "message/template/send"
PDF = b"%PDF-1.7\n%%EOF\n"


def picture(kind="JPEG", colour="red"):
    made = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(made, kind)
    return made.getvalue()


class Desk:
    """An agent who has taken over; what was said before is out."""

    def __init__(self, talk):
        self.talk = talk
        talk.says("洗衣机漏水")
        self.user = talk.agent()
        talk.work(seconds=61)
        self.before = len(self.got())

    def sends(self, *given, words="", key="k-1"):
        house = self.talk.house
        sealed = tuple(
            evidence.seal(house.data_dir, evidence.examine_enclosure(name, content))
            for name, content in given
        )
        return house.agents.say(self.user, self.talk.id, words, key, self.talk.clock(), sealed)

    def passes(self, times=4):
        """The ten seconds are over, and what waits goes out."""
        self.talk.work(seconds=13)
        for _ in range(times):
            self.talk.work(seconds=1)

    def got(self):
        """Everything from us on the customer's screen."""
        return [seen for seen in self.talk.fake.seen(OPENID) if not seen.mine]

    def new(self):
        return [(one.kind, one.words) for one in self.got()[self.before :]]

    def left(self):
        with self.talk.house.db.reading() as conn:
            return sum(one.left for one in rows.rights_of(conn, APP, OPENID, self.talk.clock()))

    def fate(self, line):
        talk = self.talk
        with talk.house.db.reading() as conn:
            chat = conversations.fetch(conn, talk.id)
            return reach.fates(conn, talk.house.content, [chat], talk.clock())[line]

    def made(self, path):
        return len(self.talk.fake.made(path))

    def owed(self):
        with self.talk.house.db.reading() as conn:
            return promises.open_of(conn, self.talk.row.complaint_id, "callback") is not None

    def uploads(self):
        return self.talk.fake.platform.media


@pytest.fixture
def desk(talk):
    return Desk(talk)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_photo_is_brought_to_wechat_and_sent_by_one_right(desk, kind):
    left, content = desk.left(), picture(kind)
    line = desk.sends((f"门.{kind.lower()}".replace("jpeg", "jpg"), content))
    desk.passes()
    (photo,) = desk.got()[desk.before :]
    assert photo.kind == "image"
    assert desk.uploads()[photo.media].content == content
    assert desk.left() == left - 1
    assert (desk.made(UPLOAD), desk.fate(line).state) == (1, "sent")
    assert desk.talk.sends()[-1].kind == wechat_sends.MEDIA


def test_nothing_of_the_photo_leaves_before_the_ten_seconds_are_over(desk):
    line = desk.sends(("门.jpg", picture()))
    desk.talk.work(seconds=10)
    assert desk.made(UPLOAD) == 0
    talk = desk.talk
    with talk.house.db.reading() as conn:
        said = [one for one in events.after(conn, 0) if one.data.get("message") == line]
    talk.house.undoing.undo(desk.user, talk.row.complaint_id, said[0].id, talk.clock())
    desk.passes()
    assert (desk.new(), desk.made(UPLOAD)) == ([], 0)


def test_words_go_first_and_each_photo_is_a_message_of_its_own(desk):
    left = desk.left()
    line = desk.sends(("1.jpg", picture()), ("2.png", picture("PNG")), words="就是这两处。")
    desk.passes()
    assert desk.new() == [("text", "就是这两处。"), ("image", ""), ("image", "")]
    types = [desk.uploads()[one.media].type for one in desk.got()[-2:]]
    assert types == ["image/jpeg", "image/png"]
    assert desk.left() == left - 3
    assert desk.fate(line).state == "sent"
    assert desk.talk.work(seconds=60) == 0


def test_who_has_taken_over_is_told_with_the_words_of_a_photo(talk):
    talk.says("转人工")
    before, user = len(talk.fake.seen(OPENID)), talk.agent()
    sealed = evidence.seal(talk.house.data_dir, evidence.examine_enclosure("1.jpg", picture()))
    talk.house.agents.say(user, talk.id, "您看。", "k-1", talk.clock(), (sealed,))
    for _ in range(3):
        talk.work(seconds=13)
    told = talk.fake.seen(OPENID)[before:]
    assert [one.kind for one in told] == ["text", "image"]
    assert told[0].words.startswith("李敏接手了")
    assert told[0].words.endswith("您看。")


def test_lines_before_and_after_a_photo_keep_their_order(desk):
    for number, words in enumerate(("一。", "二。", "三。")):
        given = (("1.jpg", picture()),) if number == 1 else ()
        desk.sends(*given, words=words, key=f"k-{number}")
    desk.passes(6)
    assert desk.new() == [("text", "一。\n\n二。"), ("image", ""), ("text", "三。")]


def test_a_photo_without_words_follows_the_words_before_it(desk):
    desk.sends(words="一。", key="k-1")
    desk.sends(("1.jpg", picture()), key="k-2")
    desk.passes()
    assert desk.new() == [("text", "一。"), ("image", "")]


def test_a_line_of_which_a_piece_has_gone_is_not_taken_back(desk):
    talk, line = desk.talk, desk.sends(("1.jpg", picture()), words="您看。")
    talk.fake.fail(UPLOAD, -1)
    desk.passes(1)
    assert desk.new() == [("text", "您看。")]
    assert desk.fate(line).state == "later"
    with talk.house.db.reading() as conn:
        (said,) = [one for one in events.after(conn, 0) if one.data.get("message") == line]
    with pytest.raises(Refused, match="gone_out"):
        talk.house.undoing.undo(desk.user, talk.row.complaint_id, said.id, talk.clock())
    talk.work(minutes=1)
    assert desk.new() == [("text", "您看。"), ("image", "")]


@pytest.mark.parametrize(
    ("name", "content"),
    [("单据.pdf", PDF), ("门.webp", picture("WEBP")), ("门.bmp", picture("BMP"))],
    ids=["pdf", "webp", "bmp"],
)
def test_what_a_service_account_does_not_carry_is_led_to(desk, name, content):
    left = desk.left()
    line = desk.sends((name, content), words="维修单给您。")
    desk.passes()
    ((kind, told),) = desk.new()
    words, _, link = told.partition("\n\n")
    assert (kind, words) == ("text", "维修单给您。")
    address = link.rpartition("：")[2]
    talk = desk.talk
    token = address.rpartition("/")[2]
    assert talk.house.case_links.read(token, talk.clock(), lambda _: 0) == talk.row.complaint_id
    assert (desk.left(), desk.made(UPLOAD), desk.fate(line).state) == (left - 1, 0, "sent")


def test_a_photo_goes_and_the_pdf_beside_it_is_led_to(desk):
    desk.sends(("1.jpg", picture()), ("单据.pdf", PDF))
    desk.passes()
    (kind, told), photo = desk.new()
    assert (kind, photo) == ("text", ("image", ""))
    assert "/c/" in told


# ---- What fails


@pytest.mark.parametrize("how", [-1, 40001, 40164, 45009, LATE, LOST])
def test_an_upload_is_repeated_and_uses_no_right(desk, how, monkeypatch):
    monkeypatch.setattr("wechat.calls.UPLOAD_SECONDS", 0.3)
    left = desk.left()
    line = desk.sends(("门.jpg", picture()))
    desk.talk.fake.fail(UPLOAD, how, times=2)
    desk.passes(1)
    assert desk.left() == left
    assert desk.fate(line).state == "later"
    desk.talk.fake.well()
    for _ in range(3):
        desk.talk.work(minutes=10)
    assert desk.new() == [("image", "")]
    assert desk.left() == left - 1
    assert desk.talk.states()[-1] == "sent"


@pytest.mark.parametrize("code", [40004, 40005, 40006, 40009, 99999])
def test_a_file_that_wechat_does_not_take_ends_its_line_and_somebody_calls(desk, code):
    left = desk.left()
    line = desk.sends(("1.jpg", picture()), ("2.jpg", picture(colour="blue")), words="就是这里。")
    desk.talk.fake.fail(UPLOAD, code)
    desk.passes()
    assert desk.new() == [("text", "就是这里。")]
    assert desk.left() == left - 1
    fate = desk.fate(line)
    assert fate.state == "refused"
    assert fate.why in ("kind", "size", "other")
    assert desk.owed()
    assert desk.made(UPLOAD) == 1


def test_a_photo_that_wechat_holds_no_more_is_brought_there_once_more(desk):
    line = desk.sends(("门.jpg", picture()))
    desk.talk.fake.fail(SEND, -1)
    desk.passes(0)
    assert desk.made(UPLOAD) == 1
    desk.uploads().clear()
    desk.talk.work(minutes=1)
    assert desk.new() == [("image", "")]
    assert (desk.made(UPLOAD), desk.fate(line).state) == (2, "sent")


def test_it_is_brought_there_again_only_once(desk):
    line = desk.sends(("门.jpg", picture()))
    desk.talk.fake.fail(SEND, 40007, times=9)
    desk.passes()
    assert (desk.made(UPLOAD), desk.made(SEND)) == (2, 1 + 1 + 2)
    fate = desk.fate(line)
    assert (fate.state, fate.why) == ("refused", "media")
    assert desk.owed()


def test_what_is_with_wechat_is_used_again_for_as_long_as_it_lasts(desk):
    desk.sends(("门.jpg", picture()))
    desk.talk.fake.fail(SEND, -1, times=3)
    desk.passes(0)
    for _ in range(4):
        desk.talk.work(minutes=5)
    assert desk.new() == [("image", "")]
    assert desk.made(UPLOAD) == 1


def test_a_send_that_may_have_arrived_is_not_repeated_and_the_rest_goes_on(desk, monkeypatch):
    monkeypatch.setattr("wechat.calls.SECONDS", 0.3)
    line = desk.sends(("1.jpg", picture()), ("2.jpg", picture(colour="blue")))
    desk.talk.fake.fail(SEND, LATE)
    desk.passes()
    assert desk.talk.states()[-2:] == ["unknown", "sent"]
    assert len(desk.new()) == 2
    assert desk.fate(line).state == "unknown", "what may be lost is not hidden by what came after it"


def test_a_photo_without_a_right_is_told_of_by_template(desk):
    talk = desk.talk
    line = desk.sends(("门.jpg", picture()))
    talk.fake.fail(SEND, 45047)
    desk.passes()
    talk.fake.settle()
    assert talk.sends()[-1].kind == "template"
    assert [one.kind for one in desk.got()[desk.before :]] == ["template"]
    assert desk.fate(line).state == "arrived"


def test_without_a_template_somebody_calls(desk):
    talk = desk.talk
    talk.sender._reserving = type(talk.sender._reserving)(talk.house, APP, False, "openid")
    talk.clock.pass_(seconds=timedelta(hours=49).total_seconds())
    line = desk.sends(("门.jpg", picture()))
    desk.passes()
    assert desk.fate(line).state == "no_right"
    assert desk.owed()
    assert desk.made(UPLOAD) == 0


def test_words_and_photo_are_not_begun_without_rights_for_both(desk):
    with desk.talk.house.db.writing() as conn:
        (right,) = rows.rights_of(conn, APP, OPENID, desk.talk.clock())
        rows.set_left(conn, type(right)(right.by, 1, right.until, right.id))
    desk.sends(("门.jpg", picture()), words="您看。")
    desk.passes()
    assert [kind for kind, _ in desk.new()] == ["template"]
    assert desk.left() == 1


def test_the_speaker_is_read_again_after_the_upload(desk, monkeypatch):
    line = desk.sends(("门.jpg", picture()))
    api = desk.talk.sender.api
    upload = api.upload

    def slow(*about):
        with desk.talk.house.db.writing() as conn:
            messages.take_back(conn, line, desk.talk.clock())
        return upload(*about)

    monkeypatch.setattr(api, "upload", slow)
    desk.passes()
    assert desk.new() == []


def test_what_a_crash_left_is_not_repeated(desk):
    line = desk.sends(("门.jpg", picture()))
    talk = desk.talk
    talk.clock.pass_(seconds=13)
    reserving = talk.sender._reserving
    talk.sender._enclosing.upload(reserving.next(talk.id, talk.clock()).do.file, talk.clock())
    reserving.next(talk.id, talk.clock())
    assert talk.sender.recover(talk.clock()) == 1
    desk.passes()
    assert desk.new() == []
    assert desk.fate(line).state == "unknown"


def test_no_name_of_a_photo_and_no_openid_leave_with_it(desk, caplog):
    caplog.set_level("DEBUG", "jiesu")
    desk.sends(("张三身份证.jpg", picture()))
    desk.talk.fake.fail(UPLOAD, 40009)
    desk.passes()
    (call,) = desk.talk.fake.made(UPLOAD)
    assert "张三".encode() not in call.raw
    assert OPENID not in caplog.text
    assert "张三" not in caplog.text


def test_a_file_that_is_gone_from_our_disk_is_told(desk):
    line = desk.sends(("门.jpg", picture()))
    with desk.talk.house.db.reading() as conn:
        (row,) = files.of_messages(conn, [line])
    (desk.talk.house.data_dir / evidence.FOLDER / row.id).unlink()
    desk.passes()
    assert desk.fate(line).state == "refused"
    assert desk.owed()
