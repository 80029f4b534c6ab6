"""The import contracts, without the packages that do not exist yet (import-linter refuses their names)."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from tools import places

LISTS = ("source_modules", "forbidden_modules")


def existing(rules: ConfigParser, root: Path) -> ConfigParser:
    """Drop absent packages of ours, and contracts that then say nothing."""
    ours = rules["importlinter"]["root_packages"].split()
    absent = {name for name in ours if not (root / name / "__init__.py").exists()}
    _keep(rules, "importlinter", "root_packages", absent)
    for section in rules.sections():
        lists = [key for key in LISTS if key in rules[section]]
        if not all([_keep(rules, section, key, absent) for key in lists]):
            rules.remove_section(section)
    return rules


def _keep(rules: ConfigParser, section: str, key: str, absent: set[str]) -> bool:
    kept = [name for name in rules[section][key].split() if name not in absent]
    rules[section][key] = "\n" + "\n".join(kept)
    return bool(kept)


def write() -> Path:
    """The rules as they apply now, in a file for lint-imports."""
    rules = ConfigParser()
    rules.read(places.ROOT / ".importlinter")
    path = places.TOOLS / "importlinter.ini"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        existing(rules, places.ROOT).write(file)
    return path
