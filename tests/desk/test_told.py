"""Every refusal has words at each of the desk's doors, in every language the desk is shown in."""

import ast
from pathlib import Path

import pytest

from desk import forms
from desk.work import steps

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("reception", "desk")


def codes():
    """What `reception.acting.Refused` is raised with, in all modules that import it."""
    found = set()
    for path in (path for house in HOUSES for path in (ROOT / house).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        own = path == ROOT / "reception" / "acting.py"
        if own or any(
            node.module == "reception.acting" and "Refused" in [name.name for name in node.names]
            for node in imports
        ):
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            named = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Refused"]
            said = [inner for node in named if node.args for inner in ast.walk(node.args[0])]
            found |= {
                inner.value
                for inner in said
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
            }
    return sorted(found)


def test_the_codes_are_found():
    assert {"taken", "memo_taken", "by_phone", "bad_yuan", "recused"} <= set(codes())


@pytest.mark.parametrize("told", [forms.TOLD, {**forms.TOLD, **steps.TOLD}], ids=["complaint", "steps"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_refusal_has_words(told, language, house):
    words = house.content.read_in(language).labels["errors"]
    assert not [code for code in codes() if told.get(code, code) not in words]
