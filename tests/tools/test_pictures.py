"""The pictures of every page: which there are, that the sample day plays, and that one can be taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

import settings as setting
import wiring
from app import assemble
from simulator import Line
from store import complaints
from store.schema import follow_ups, memos, plans, promises, remedies
from tools import pictures, places, sample_day

#: Sounds, files, paper, streams, parts of pages, tables to download, and the way in.
NOT_PICTURED = {
    "desk.static", "desk.stream", "desk.play_recording", "desk.view_file", "desk.original_file",
    "desk.phone_line", "desk.record_pdf", "desk.memo_pdf", "desk.week_pdf", "desk.this_week",
    "desk.complaints_csv", "desk.complaints_xlsx", "desk.tables_xlsx", "desk.table_csv",
    "desk.second_factor", "desk.sign_on", "desk.sign_on_done",
}  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> sample_day.Day:
    told = setting.load(
        {
            "JIESU_DATA_DIR": str(tmp_path_factory.mktemp("day")),
            "JIESU_RASA_URL": "http://127.0.0.1:9",
            "TWILIO_AUTH_TOKEN": pictures.TOKEN,
        }
    )
    script = sample_day.read()
    clock = sample_day.Clock(sample_day.moment(script))
    house = wiring.house(told, clock)
    app = assemble(told, house)
    played = sample_day.Day(house, app, clock, Line.over_wsgi(app, told.public_url, pictures.TOKEN), script)
    played.play()
    return played


def test_the_day_goes_through_all_steps_with_late_promises_and_a_queue(day: sample_day.Day) -> None:
    with day.house.db.reading() as conn:
        rows = {case: complaints.get(conn, id) for case, id in day.complaints.items()}
        many = {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (memos, plans, remedies, follow_ups)
        }
        missed = conn.execute(select(func.count()).where(promises.c.state == "missed")).scalar_one()
    assert rows["door"].state == "closed"
    assert rows["sofa"].state == "feeding_back"
    assert rows["sorter"].state == "conferring"
    assert rows["gas"].tier == 3
    assert {"registered", "investigating", "memo_sent", "draft"} <= {row.state for row in rows.values()}
    assert all(many.values()), many
    assert missed > 2


def test_every_page_is_pictured(day: sample_day.Day) -> None:
    """A new page is either among the pictures or said not to be one."""
    match = day.app.url_map.bind("localhost").match
    numbers = dict.fromkeys(day.complaints, "3820471683")
    addresses = {shot.address.format(**numbers).partition("?")[0] for shot in pictures.SHOTS}
    pictured = {match(address)[0] for address in addresses}
    rules = [rule for rule in day.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    pages = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
    assert pages - pictured == NOT_PICTURED


def test_each_name_stands_once() -> None:
    names = [shot.name for shot in pictures.SHOTS]
    assert len(names) == len(set(names))
    assert {page for page in pictures.README.values()} <= set(names)


def test_the_folder_is_not_in_git() -> None:
    assert "/pictures/" in (places.ROOT / ".gitignore").read_text().splitlines()


def test_a_picture_is_taken_and_a_missing_page_is_named(tmp_path: Path) -> None:
    shots = (pictures.Shot("login", "/desk/login", ""), pictures.Shot("gone", "/desk/no-such-page", ""))
    faults = pictures.take(tmp_path, shots)
    made = {file.name for file in tmp_path.glob("*.png")}
    assert made == {f"{shot.name}-{size}.png" for shot in shots for size in pictures.SIZES}
    assert Image.open(tmp_path / "login-phone.png").width == 390
    assert any("gone, light: 404" in fault for fault in faults)
    assert not any(fault.startswith("login") for fault in faults)


def test_a_picture_for_readme_is_small(tmp_path: Path) -> None:
    Image.effect_noise((1366, 2000), 20).convert("RGB").save(tmp_path / "page.png")
    pictures.for_readme(tmp_path / "page.png", tmp_path / "small.png")
    small = Image.open(tmp_path / "small.png")
    assert small.size == (1366, 768)
    assert small.mode == "P"


@pytest.mark.parametrize("name", pictures.README)
def test_the_pictures_of_readme_are_there_and_small(name: str) -> None:
    file = pictures.IMAGES / f"{name}.png"
    assert file.stat().st_size < 200_000
    assert file.name in (places.ROOT / "README.md").read_text()
