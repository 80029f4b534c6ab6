from configparser import ConfigParser
from pathlib import Path

from tools import import_rules

RULES = """
[importlinter]
root_packages =
    core
    store
    wechat
[importlinter:contract:one]
source_modules =
    core
    wechat
forbidden_modules = sqlalchemy
[importlinter:contract:two]
source_modules = wechat
forbidden_modules = sqlalchemy
"""


def test_packages_that_do_not_exist_yet_are_left_out(tmp_path: Path) -> None:
    for name in ("core", "store"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    rules = ConfigParser()
    rules.read_string(RULES)
    kept = import_rules.existing(rules, tmp_path)
    assert kept["importlinter"]["root_packages"].split() == ["core", "store"]
    assert kept["importlinter:contract:one"]["source_modules"].split() == ["core"]
    assert "importlinter:contract:two" not in kept
