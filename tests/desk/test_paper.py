"""What is printed: read back from the PDF as a reader would."""

import hashlib
import io
import json
import subprocess
import sys
import time
from datetime import timedelta

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from core.events import SHEET_PRINTED
from desk.sheets import paper, press
from desk.sheets.blocks import sign
from store import messages
from store.schema import events
from tests.fakes.complaints import NOON

STORY = "灯罩送来就是碎的，包装一层泡沫都没有"


def read(content):
    return PdfReader(io.BytesIO(content))


def text_of(content):
    """What is on the sheet, without the blanks and line ends that setting it brought."""
    return "".join("".join(page.extract_text().split()) for page in read(content).pages)


def sheet(*blocks, title="单子"):
    about = {"lang": "zh", "region": "cn", "company": "公司", "number": "", "state": ""}
    return {**about, "title": title, "pages": "{page}/{pages}", "foot": "", "blocks": list(blocks)}


def prose(words):
    return {"kind": "prose", "heading": "", "words": words, "note": ""}


def prints(house):
    with house.db.reading() as conn:
        return conn.execute(select(events).where(events.c.name == SHEET_PRINTED)).all()


@pytest.fixture
def address(customer):
    customer.says(STORY)
    return f"{customer.page}/record.pdf"


def test_the_record_holds_the_number_the_words_and_who_printed_it(address, customer, at_desk):
    answer = at_desk("supervisor").get(address)
    found = text_of(answer.data)
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert STORY in found
    assert customer.complaint.number in found
    assert "王主管打印" in found
    assert "第1页，共" in found


def test_paper_speaks_the_houses_language_whatever_the_page_is_read_in(address, at_desk):
    browser = at_desk()
    browser.client.set_cookie("jiesu_language", "en")
    assert browser.get(address).status_code == 200
    assert "客户投诉记录表" in text_of(browser.get(address).data)
    assert "Queue" in browser.get("/desk/").get_data(as_text=True)


def test_it_can_be_read_aloud_and_brings_its_fonts(address, at_desk):
    made = read(at_desk().get(address).data)
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (an object of pypdf)
    assert root["/StructTreeRoot"]
    assert str(root["/Lang"]).lower() == "zh-cn"
    assert made.metadata.title == "客户投诉记录表"
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()
        for page in made.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("NotoSansSC" in font["/BaseFont"] for font in fonts)
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_a_print_is_kept_with_its_digest_and_makes_no_save_stale(address, customer, at_desk, house, people):
    before = customer.complaint.sequence
    content = at_desk().get(address).data
    kept = prints(house)
    assert [(row.user_id, row.data["sheet"]) for row in kept] == [(people["agent"], "record")]
    assert kept[0].data["sha256"] == hashlib.sha256(content).hexdigest()
    assert kept[0].data["complaint"] == customer.complaint.id
    assert customer.complaint.sequence == before


@pytest.mark.parametrize(("role", "status"), [("admin", 403), ("auditor", 404)])
def test_who_may_not_see_it_whole_gets_no_paper(role, status, address, at_desk, house):
    assert at_desk(role).get(address).status_code == status
    assert prints(house) == []


def test_an_unknown_number_is_not_found(at_desk):
    assert at_desk().get("/desk/complaints/1234567890/record.pdf").status_code == 404


def test_without_its_fonts_it_says_what_to_do(address, at_desk, house, tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "FONTS", tmp_path)
    answer = at_desk().get(address)
    assert answer.status_code == 503
    assert "./jiesu run" in answer.get_data(as_text=True)
    assert prints(house) == []


def test_what_takes_too_long_is_ended(address, at_desk, house, monkeypatch):
    monkeypatch.setattr(paper, "SECONDS", 0.001)
    began = time.monotonic()
    answer = at_desk().get(address)
    assert answer.status_code == 503
    assert "太长" in answer.get_data(as_text=True)
    assert time.monotonic() - began < 5
    assert prints(house) == []


def test_while_the_presses_are_busy_one_is_asked_to_wait(address, at_desk, monkeypatch):
    monkeypatch.setattr(paper, "SECONDS", 0.05)
    with paper.PRESSES, paper.PRESSES:
        answer = at_desk().get(address)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "过一会儿" in answer.get_data(as_text=True)


def test_a_failing_press_tells_the_log_nothing_of_the_sheet():
    with pytest.raises(RuntimeError) as failed:
        paper.pdf(sheet(prose("secret words"), {"kind": "unknown"}), NOON)
    assert "secret" not in str(failed.value)
    assert "TypstError" in str(failed.value)


def test_an_endless_conversation_is_cut_and_says_so(address, customer, house, at_desk):
    with house.db.writing() as conn:
        for n in range(80):
            messages.say(
                conn,
                conversation_id=customer.conversation,
                complaint_id=customer.complaint.id,
                author="system",
                words=f"{n}" + "长" * 1990,
                at=NOON,
            )
    began = time.monotonic()
    content = at_desk().get(address).data
    assert time.monotonic() - began < 10
    assert len(read(content).pages) < 100
    assert "句没有印，系统里有" in text_of(content)[-200:]


def test_markup_is_shown_as_it_was_written():
    words = '#panic("x") #sys.inputs $x^2$ *b* _i_ `raw` = h - l @ref <tag> \\ // c #import "a.typ"'
    assert "".join(words.split()) in text_of(paper.pdf(sheet(prose(words), title=words), NOON))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("😡", "[U+1F621]"),
        ("\x00\x07", "[U+0000][U+0007]"),
        ("\ud800", "[U+D800]"),
    ],
)
def test_what_cannot_be_set_stands_as_its_code(written, shown):
    assert paper.fit(written) == shown


@pytest.mark.parametrize("sign", ["x", "！", "，", "\u00a0", "…", "A1-", "（", "𠂇"])
def test_an_endless_word_stays_on_the_page(sign):
    """Beyond the margins the page is white."""
    inputs = {"sheet": json.dumps(paper.printable(sheet(prose(sign * 600))))}
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(paper.FONTS)])
    set_ = typst.Compiler(press.TEMPLATE, font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)
    page = Image.open(io.BytesIO(set_.compile(format="png", ppi=72))).convert("L")
    margin = page.crop((page.width - 46, 0, page.width, page.height))
    text = page.crop((48, 60, page.width - 48, page.height))
    assert margin.getextrema()[0] > 250
    assert text.getextrema()[0] < 150


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=30))
def test_whatever_anybody_writes_can_be_printed(texts):
    blocks = [prose(text) for text in texts]
    lines = [{"who": text, "at": text, "customer": True, "words": text, "note": text} for text in texts]
    made = paper.pdf(sheet(*blocks, {"kind": "talk", "heading": "", "lines": lines}, sign(*texts)), NOON)
    assert made.startswith(b"%PDF-")


def test_the_press_uses_no_font_but_those_of_the_folder(tmp_path):
    order = {"fonts": str(tmp_path), "at": "2026-03-02T04:00:00+00:00", "sheet": sheet(prose("字"))}
    done = subprocess.run(
        [sys.executable, "-m", "desk.sheets.press"],
        input=json.dumps(order).encode(),
        capture_output=True,
        cwd=paper.ROOT,
        check=True,
    )
    assert [page["/Resources"].get("/Font") for page in read(done.stdout).pages] == [None]


# ---- The work memo and the week


@pytest.fixture
def memo(customer, house, people, clock):
    """A work memo about a complaint that tells a telephone number."""
    customer.says(f"{STORY}，电话13800138000")
    customer.says("对")
    clock.pass_(minutes=20)
    house.reception.register_silent(clock(), timedelta(minutes=15))
    row = customer.complaint
    house.handling.own(people["agent"], row.id, row.sequence, clock())
    asked = {"department": "货运部", "facts": "灯罩送到时已碎", "ask": "请查装车照片"}
    due = clock() + timedelta(days=2)
    sequence = customer.complaint.sequence
    return house.memos.send(people["agent"], row.id, sequence, **asked, due_at=due, at=clock())


def test_a_memo_carries_facts_ask_and_the_customers_words_but_no_number_to_ring(memo, at_desk, house):
    found = text_of(at_desk().get(f"/desk/memos/{memo}.pdf").data)
    for words in ("工作联系单", "货运部", "灯罩送到时已碎", "请查装车照片", STORY, "李敏"):
        assert words in found
    assert "13800138000" not in found
    assert "138****8000" in found
    assert [row.data["sheet"] for row in prints(house)] == ["memo"]


def test_a_memo_that_is_none_is_not_found(at_desk, people):
    assert at_desk().get("/desk/memos/99.pdf").status_code == 404


def test_the_record_tells_of_the_work(memo, customer, at_desk):
    found = text_of(at_desk().get(f"{customer.page}/record.pdf").data)
    assert "请查装车照片" in found
    assert "对话全文" in found


def test_the_week_holds_the_figures_of_the_page(memo, at_desk):
    answer = at_desk("supervisor").get("/desk/reports/week/2026-W10.pdf")
    assert answer.status_code == 200
    found = text_of(answer.data)
    assert "投诉周报" in found
    assert "2026-W10" in found


@pytest.mark.parametrize("week", ["2026-W99", "week", "2026-W10.pdf"])
def test_a_week_that_is_none_is_not_found(week, at_desk):
    assert at_desk("supervisor").get(f"/desk/reports/week/{week}.pdf").status_code == 404


def test_figures_are_for_those_who_may_read_them(at_desk):
    assert at_desk("agent").get("/desk/reports/week/2026-W10.pdf").status_code == 403
