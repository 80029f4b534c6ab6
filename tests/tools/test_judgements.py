"""When the learned judgements are fitted again: in a copy of the checkout, with the wire to fitting cut."""

import shutil
from pathlib import Path

import pytest

from core.understanding import Vocabulary
from reception.written_files import read_yaml
from tools import judgements, places, stamp
from tools.say import Failure

REAL = places.ROOT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own code and cue lists, and a few sentences."""
    for folder in ("core", "bot", "content"):
        shutil.copytree(REAL / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tools").mkdir()
    shutil.copy(REAL / "tools" / "fit.py", tmp_path / "tools" / "fit.py")
    for name in ("data/labelled/mood.tsv", "data/nlu/answers.yml"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(REAL / name, tmp_path / name)
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "LEARNED", tmp_path / "models" / "learned.json")
    monkeypatch.setattr(judgements, "_digest", lambda: stamp.digest(judgements.inputs(tmp_path), tmp_path))
    return tmp_path


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fitting writes an empty file; what was run is listed."""
    ran: list[str] = []

    def run(command: list[object], *_: object, **__: object) -> None:
        ran.append(" ".join(map(str, command[1:3])))
        places.LEARNED.write_text("{}")

    monkeypatch.setattr(judgements, "run", run)
    return ran


def names(root: Path) -> set[str]:
    return {file.relative_to(root).as_posix() for file in judgements.inputs(root)}


def test_inputs_are_sentences_cue_lists_and_the_code_that_reads_them(root: Path) -> None:
    assert {
        *(
            "tools/fit.py",
            "bot/vocabulary.py",
            "bot/files.py",
            "data/labelled/mood.tsv",
            "data/nlu/answers.yml",
        ),
        *("core/learned.py", "core/understanding.py", "core/escape.py", "core/text.py", "core/cues.py"),
        *("content/escape.yml", "content/tiers.yml", "content/wanted.yml", "content/categories.yml"),
    } <= names(root)
    assert not names(root) & {
        "content/replies.yml",
        "content/hours.yml",
        "core/promises.py",
        "core/call/running.py",
    }


def test_every_cue_list_that_the_reader_reads_is_an_input(root: Path) -> None:
    asked = []

    def read(name: str) -> object:
        asked.append(f"content/{name}")
        return read_yaml(REAL / "content" / name)

    Vocabulary.from_lists(read, str)
    assert set(asked) == {name for name in names(root) if name.startswith("content/")}


def test_they_are_fitted_once(root: Path, fitted: list[str]) -> None:
    assert judgements.needed()
    judgements.bring()
    judgements.bring()
    assert fitted == ["-m tools.fit"]
    assert not judgements.needed()


@pytest.mark.parametrize(
    "name",
    [
        "data/labelled/mood.tsv",
        "data/nlu/answers.yml",
        "content/escape.yml",
        "core/understanding.py",
        "core/text.py",
        "bot/vocabulary.py",
        "tools/fit.py",
    ],
)
def test_they_are_fitted_again_when_an_input_changed(name: str, root: Path, fitted: list[str]) -> None:
    judgements.bring()
    with (root / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert judgements.needed()
    judgements.bring()
    assert len(fitted) == 2


def test_a_new_labelled_file_is_noticed_and_one_that_went(root: Path, fitted: list[str]) -> None:
    judgements.bring()
    new = root / "data" / "labelled" / "urgent.tsv"
    new.write_text("text\tlabel\n")
    assert judgements.needed()
    new.unlink()
    assert not judgements.needed()


@pytest.mark.parametrize("name", ["content/replies.yml", "content/hours.yml", "core/promises.py"])
def test_what_plays_no_part_fits_nothing_again(name: str, root: Path, fitted: list[str]) -> None:
    judgements.bring()
    (root / name).write_text("# another\n")
    assert not judgements.needed()


def test_a_lost_file_or_stamp_is_made_again(root: Path, fitted: list[str]) -> None:
    judgements.bring()
    places.LEARNED.unlink()
    assert judgements.needed()
    judgements.bring()
    places.LEARNED.with_name("learned.inputs.json").write_text("half")
    assert judgements.needed()


def test_what_goes_wrong_leaves_no_stamp(
    root: Path, fitted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Failure("Learning failed.")

    monkeypatch.setattr(judgements, "run", fails)
    with pytest.raises(Failure):
        judgements.bring()
    assert judgements.needed()


def test_a_change_while_fitting_is_fitted_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        places.LEARNED.write_text("{}")
        (root / "data/labelled/mood.tsv").write_text("text\tlabel\n")

    monkeypatch.setattr(judgements, "run", run)
    judgements.bring()
    assert judgements.needed()
