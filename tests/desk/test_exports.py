"""What leaves the house in files: text stays text, nothing is cut in silence, every taking is an event."""

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import update

from core import events as names
from desk.reports import exports
from desk.reports.charts import COUNT, SHARE, SPAN, TEXT, WHEN, Cell, Column, Table, Teller
from desk.reports.exports import as_csv, as_xlsx, defused
from store import events, facts
from store import schema as t
from tests.fakes.complaints import NOON

SPAN_ARGS = "first=2026-03-01&last=2026-03-07"
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x.example","x")',
    "=cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "　=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "\ufeff=1",
    "\u200b=1",
    "\u202e=1",
    "'=1",
]
ODD = ["a\x00b", "\ud800x", "<script>", '"quoted", "twice"', "{{7*7}}", "二\n行", "𠮷", "_x0041_"]


class Boss:
    """A supervisor, who logs in again after a long time."""

    def __init__(self, at_desk):
        self.at_desk = at_desk

    def get(self, path):
        return self.at_desk("supervisor").get(path)


@pytest.fixture
def boss(at_desk):
    return Boss(at_desk)


@pytest.fixture
def say(house):
    return Teller(house.content)


@pytest.fixture
def told(customer, clock):
    customer.says("送来的沙发扶手裂了，要求退款，电话13800138000")
    clock.pass_(minutes=20)
    customer.house.reception.register_silent(clock(), timedelta(minutes=15))
    clock.pass_(hours=5)
    return customer.complaint


def rows(body):
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def sheets(body):
    return openpyxl.load_workbook(io.BytesIO(body))


def exported(house):
    with house.db.reading() as conn:
        return [row for row in events.after(conn, 0, limit=10_000) if row.name == names.REPORT_EXPORTED]


def table(*texts):
    return Table(
        "x", "x", (Column("=head"), Column("n", COUNT)), tuple((Cell(one), Cell("-5", -5)) for one in texts)
    )


# ---- No formula


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_begins_like_a_formula(text, say):
    head, body, mark = rows(as_csv(table(text), "=mark", say))
    for cell in (head[0], body[0], mark[0]):
        assert not re.match(r"\s*[=+\-@＝＋－＠﹦﹢﹣﹫]|[\t\r\n]", cell), cell
    assert body[1] == "-5"


@pytest.mark.parametrize("text", ["1=1", "a-b", "沙发坏了", "13800138000", ""])
def test_a_harmless_text_is_left_as_it_is(text):
    assert defused(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *ODD])
def test_every_cell_of_a_workbook_is_a_text(text, say):
    sheet = sheets(as_xlsx([table(text)], "=mark", say)).worksheets[0]
    kinds = {
        cell.coordinate: cell.data_type
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    }
    assert set(kinds.values()) <= {"s", "n"}
    assert "f" not in kinds.values()
    assert all(cell.hyperlink is None for line in sheet.iter_rows() for cell in line)


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_carried_whole_or_shown_as_marks(text, say):
    want = text.replace("\x00", "[U+0000]").replace("\ud800", "\ufffd")
    assert rows(as_csv(table(text), "m", say))[1][0] == want
    assert sheets(as_xlsx([table(text)], "m", say)).worksheets[0]["A2"].value == want


def test_a_text_longer_than_a_cell_is_cut_and_says_so(say):
    cell = sheets(as_xlsx([table("长" * 40_000)], "m", say)).worksheets[0]["A2"].value
    assert len(cell) < 32_767
    assert cell.endswith("（后面还有，没有导出）")


def test_values_keep_their_kind(say):
    columns = (
        Column("a", COUNT),
        Column("b", SHARE),
        Column("c", SPAN),
        Column("d", WHEN),
        Column("e", TEXT),
    )
    cells = (Cell("1,234", 1234), Cell("12.5%", 0.125), Cell("1小时", 3600), Cell("x", NOON), Cell("没等到"))
    book = sheets(as_xlsx([Table("x", "x", columns, (cells,))], "m", say)).worksheets[0]
    values = [cell.value for cell in book[2]]
    assert values[:2] == [1234, 0.125]
    assert values[2] == timedelta(hours=1)
    assert values[3].isoformat() == "2026-03-02T12:00:00"  # in Shanghai, as it is read
    assert values[4] == "没等到"
    head, line, _ = rows(as_csv(Table("x", "x", columns, (cells,)), "m", say))
    assert head[2] == "c（秒）"
    assert line == ["1234", "0.125", "3600", "x", "没等到"]


def test_names_of_sheets_fit_and_differ(say):
    odd = Table(
        "x", "a/b*c?[d]:很长很长很长很长很长很长很长很长很长很长很长", (Column("x"),), ((Cell("x"),),)
    )
    names_of = sheets(as_xlsx([odd, odd], "m", say)).sheetnames
    assert len(set(names_of)) == 2
    assert all(len(name) <= 31 for name in names_of)


# ---- Who took it


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("table.csv?table=clocks&", "clocks"),
        ("tables.xlsx?", "figures"),
        ("complaints.csv?", "complaints"),
        ("complaints.xlsx?", "complaints"),
    ],
)
def test_every_taking_is_an_event_and_stands_in_the_file(path, what, boss, told, people, house):
    answer = boss.get(f"/desk/reports/{path}{SPAN_ARGS}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    (row,) = exported(house)
    assert row.user_id == people["supervisor"]
    assert (row.data["what"], row.data["first"], row.data["last"]) == (what, "2026-03-01", "2026-03-07")
    if "csv" in path:
        mark = rows(answer.data)[-1][0]
        assert "王主管" in mark
        assert "2026-03-02 17:20" in mark
    else:
        for sheet in sheets(answer.data).worksheets:
            texts = [cell.value for line in sheet.iter_rows() for cell in line]
            assert any("王主管" in str(one) for one in texts), sheet.title
            assert "王主管" in sheet.oddFooter.left.text


def test_a_name_cannot_break_the_file_it_marks(boss, told, people, house):
    with house.db.writing() as conn:
        conn.execute(update(t.users).where(t.users.c.id == people["supervisor"]).values(public_name='=&"A&P'))
    answer = boss.get(f"/desk/reports/tables.xlsx?{SPAN_ARGS}")
    footer = sheets(answer.data).worksheets[0].oddFooter
    assert '=&&"A&&P' in footer.left.text or '=&"A&P' in footer.left.text
    body = boss.get(f"/desk/reports/table.csv?table=clocks&{SPAN_ARGS}").data
    assert rows(body)[-1][0].startswith("'=")


# ---- What is in it


def test_a_complaint_leaves_with_content_process_result_and_satisfaction(boss, told, house, people, clock):
    with house.db.writing() as conn:
        facts.learn(conn, told.id, "core_issue", {"text": "=沙发扶手裂了"}, by="agent", at=clock())
        about = {"complaint_id": told.id, "user_id": people["supervisor"], "at": clock()}
        asked = {"q1": 5, "q2": 4, "q3": 2, "q4": "", "q5": "no", "words": "", "outcome": "reopened"}
        conn.execute(t.follow_ups.insert().values(**about, **asked))
        todo = {"kind": "correction", "tag": "improvement", "words": "换纸箱", "department": "货运部"}
        conn.execute(t.actions.insert().values(**about, **todo, due_at=clock()))
        finding = {"facts": "x", "cause": "packing", "responsibility": "third"}
        conn.execute(t.findings.insert().values(**about, **finding))
        events.append(conn, names.STATE_MOVED, clock(), complaint_id=told.id, to="investigating", reason="")
    head, line, _ = rows(boss.get(f"/desk/reports/complaints.csv?{SPAN_ARGS}").data)
    one = dict(zip(head, line, strict=True))
    assert one["编号"].replace(" ", "") == told.number
    assert one["一句话说清"] == "'=沙发扶手裂了"
    assert "调查中" in one["经过"]
    assert one["查出来的原因"] == house.content.work.causes["packing"]
    assert one["责任在谁"] == "外单位"
    assert (one["办得快不快"], one["结果认不认"], one["毛病改了没有"]) == ("5", "2", "没改")
    assert "换纸箱" in one["要改的"]
    assert "改进" in one["要改的"]


def test_no_phone_number_leaves(boss, told):
    body = boss.get(f"/desk/reports/complaints.csv?{SPAN_ARGS}").data.decode()
    story = rows(body.encode())
    assert "138001380" not in "".join(cell for line in story for cell in line if "电话" not in cell)


def test_too_many_are_refused_in_words(boss, told, monkeypatch, house):
    monkeypatch.setattr(exports, "MOST", 0)
    answer = boss.get(f"/desk/reports/complaints.csv?{SPAN_ARGS}")
    assert answer.status_code == 422
    assert "缩短时间" in answer.get_data(as_text=True)
    assert exported(house) == []


@pytest.mark.parametrize("path", ["table.csv?table=nix", "table.csv", "complaints.csv?first=x&last=y"])
def test_what_is_not_there_is_not_found_and_no_event(path, boss, house):
    assert boss.get(f"/desk/reports/{path}").status_code == 404
    assert exported(house) == []


@pytest.mark.parametrize("role", ["agent", "auditor", "admin"])
def test_only_who_may_takes_anything(role, at_desk, house):
    for path in ("table.csv?table=clocks", "tables.xlsx", "complaints.csv", "complaints.xlsx"):
        assert at_desk(role).get(f"/desk/reports/{path}").status_code == 403
    assert exported(house) == []
