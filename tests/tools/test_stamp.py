from pathlib import Path

from tools import stamp


def test_a_digest_knows_names_and_contents_and_no_order(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    first = stamp.digest([one, two], tmp_path)
    assert stamp.digest([two, one, one], tmp_path) == first
    one.write_text("b")
    two.write_text("a")
    assert stamp.digest([one, two], tmp_path) != first


def test_a_stamp_is_read_back(tmp_path: Path) -> None:
    stamp.write(tmp_path / "deep" / "stamp", {"lock": "x", "groups": ["app"]})
    assert stamp.read(tmp_path / "deep" / "stamp") == {"lock": "x", "groups": ["app"]}


def test_a_missing_or_broken_stamp_says_nothing(tmp_path: Path) -> None:
    assert stamp.read(tmp_path / "none") == {}
    (tmp_path / "half").write_text('{"lock": ')
    assert stamp.read(tmp_path / "half") == {}
    (tmp_path / "list").write_text("[]")
    assert stamp.read(tmp_path / "list") == {}
