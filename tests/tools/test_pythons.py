import stat
import sys
from pathlib import Path

from tools import pythons


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def python(path: Path, version: str) -> Path:
    return program(path, f"echo {version} {path}")


def shim(path: Path) -> Path:
    """What pyenv leaves on PATH for a version that is installed but not enabled."""
    return program(path, "echo 'pyenv: python3.10: command not found' >&2; exit 127")


def test_a_python_on_path_is_taken(tmp_path: Path) -> None:
    good = python(tmp_path / "bin" / "python3.10", "3 10")
    assert pythons.find((3, 10), {"PATH": str(good.parent), "HOME": str(tmp_path)}) == good


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = shim(tmp_path / "shims" / "python3.10")
    good = python(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python", "3 10")
    env = {"PATH": str(broken.parent), "PYENV_ROOT": str(tmp_path / "pyenv"), "HOME": str(tmp_path)}
    assert pythons.find((3, 10), env) == good


def test_pyenv_in_the_home_folder_is_found_without_its_variable(tmp_path: Path) -> None:
    good = python(tmp_path / ".pyenv" / "versions" / "3.10.2" / "bin" / "python", "3 10")
    assert pythons.find((3, 10), {"PATH": "", "HOME": str(tmp_path)}) == good


def test_a_name_with_another_version_behind_it_is_refused(tmp_path: Path) -> None:
    wrong = python(tmp_path / "bin" / "python3.10", "3 12")
    assert pythons.find((3, 10), {"PATH": str(wrong.parent), "HOME": str(tmp_path)}) is None


def test_this_python_is_recognised() -> None:
    found = pythons.interpreter(Path(sys.executable), sys.version_info[:2])
    assert found is not None
