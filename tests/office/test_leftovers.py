"""Files without a row: removed after a month, and never one that a row tells of."""

import io
import os
from datetime import timedelta

import pytest
from PIL import Image

import settings
import wiring
from office.leftovers import Leftovers
from office.loop import Clocks, Loop
from reception import evidence
from store import files, users
from tests.fakes.clock import Clock
from tests.fakes.complaints import NOON, complaint


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"}
    made = wiring.house(settings.load(env), clock)
    yield made
    made.db.close()


@pytest.fixture
def folder(house):
    made = house.data_dir / evidence.FOLDER
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def agent(house):
    with house.db.writing() as conn:
        complaint(conn, 1)
        return users.add(
            conn, login="li", public_name="李", role="agent", password_hash="", at=NOON, phone=None
        )


def photo(colour="red"):
    made = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(made, "PNG")
    return evidence.examine("photo.png", made.getvalue())


ANY_KEPT = files.any_kept


@pytest.fixture(autouse=True)
def of_this_database(monkeypatch):
    """These files lie beside their own database, which knows of others."""
    monkeypatch.setattr(files, "any_kept", lambda _conn: True)


def test_a_database_that_knows_of_no_file_removes_none(house, folder, monkeypatch):
    monkeypatch.setattr(files, "any_kept", ANY_KEPT)
    path = folder / ("a" * 22)
    path.write_bytes(b"x")
    aged(path, 31)
    assert Leftovers(house).look(NOON) == 0
    assert path.exists()


def aged(path, days, since=NOON):
    """As if written so many days before noon."""
    then = (since - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


def left(folder):
    return {one.name for one in folder.iterdir()}


def test_the_second_of_two_like_uploads_goes_after_a_month(house, agent, folder):
    sealed = [evidence.seal(house.data_dir, photo()) for _ in range(2)]
    for one in sealed:
        house.handling.evidence(agent, 1, [one], NOON)
    assert left(folder) == {one.id for one in sealed}, "both lie on the disk"
    for path in folder.iterdir():
        aged(path, 29)
    assert Leftovers(house).look(NOON) == 0
    for path in folder.iterdir():
        aged(path, 31)
    assert Leftovers(house).look(NOON) == 1
    assert left(folder) == {sealed[0].id}
    assert evidence.original(house.data_dir, sealed[0].id) == photo().content


def test_copies_stay_with_their_file_and_go_without_it(house, agent, folder):
    kept, lost = (evidence.seal(house.data_dir, photo(colour)) for colour in ("red", "blue"))
    house.handling.evidence(agent, 1, [kept], NOON)
    for one in (kept, lost):
        evidence.viewing_copy(house.data_dir, one.id)
        evidence.keep_sound(house.data_dir, one.id, b"RIFF")
    for path in folder.iterdir():
        aged(path, 31)
    assert Leftovers(house).look(NOON) == 3
    assert left(folder) == {kept.id, f"{kept.id}.view.jpg", f"{kept.id}.wav"}


def test_drafts_of_killed_processes_go_and_what_is_not_ours_stays(house, folder):
    drafts = [".0123456789abcdef", f".{'a' * 22}", f".{'a' * 22}.wav", f".{'b' * 22}.aside"]
    theirs = ["README", "lost+found", "short", f"{'c' * 22}.txt", ".gitkeep"]
    for name in (*drafts, *theirs):
        (folder / name).write_bytes(b"x")
        aged(folder / name, 31)
    assert Leftovers(house).look(NOON) == len(drafts)
    assert left(folder) == set(theirs)


def test_a_row_that_came_after_the_folder_was_read_keeps_its_file(house, agent, folder, monkeypatch):
    """Between the first question and the second, somebody commits."""
    sealed = evidence.seal(house.data_dir, photo())
    aged(folder / sealed.id, 31)
    ask, asked = files.known, []

    def known(conn, ids):
        found = ask(conn, ids)
        if not asked:
            house.handling.evidence(agent, 1, [sealed], NOON)
        asked.append(found)
        return found

    monkeypatch.setattr(files, "known", known)
    assert Leftovers(house).look(NOON) == 0
    assert asked == [frozenset(), frozenset({sealed.id})]
    assert left(folder) == {sealed.id}


def test_what_is_written_anew_before_it_is_removed_stays(house, folder):
    path = folder / ("a" * 22)
    path.write_bytes(b"new")
    aged(path, 1)
    assert evidence.discard(house.data_dir, path.name, (NOON - timedelta(days=1)).timestamp()) is False
    assert path.read_bytes() == b"new"
    assert evidence.discard(house.data_dir, "b" * 22, NOON.timestamp()) is False


def test_a_large_folder_is_gone_through_bit_by_bit(house, folder, monkeypatch):
    monkeypatch.setattr("office.leftovers.AT_ONCE", 2)
    for n in range(5):
        (folder / f"{n:022}").write_bytes(b"x")
        aged(folder / f"{n:022}", 31)
    chore = Leftovers(house)
    assert [chore.look(NOON) for _ in range(4)] == [2, 2, 1, 0]
    assert left(folder) == set()


def test_without_a_folder_there_is_nothing_to_do(house):
    assert Leftovers(house).look(NOON) == 0


class Idle:
    def work(self, _seconds):
        return 0


def test_a_clock_that_jumped_removes_nothing(house, folder, clock):
    path = folder / ("a" * 22)
    path.write_bytes(b"x")
    aged(path, 1, since=clock())
    steady = [0.0]
    loop = Loop(house, Idle(), Clocks(clock, lambda: steady[0]))
    loop.tick()
    clock.pass_(days=40)
    steady[0] += 61
    loop.tick()
    assert path.exists(), "forty days by the wall clock, a minute by the other"
    steady[0] += 1000
    clock.pass_(seconds=1000)
    loop.tick()
    assert not path.exists()
