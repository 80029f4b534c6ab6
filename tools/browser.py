"""Chromium for the browser tests: the machine's, else installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools import places, shell
from tools.say import Failure, step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-cjk")


def find(env: Mapping[str, str] = os.environ) -> Path | None:
    """A Chromium that answers, or None."""
    for candidate in candidates(env):
        try:
            if subprocess.run([candidate, "--version"], capture_output=True, timeout=60).returncode == 0:
                return candidate
        except (OSError, subprocess.TimeoutExpired):
            continue
    return None


def candidates(env: Mapping[str, str]) -> Iterator[Path]:
    """JIESU_CHROMIUM, what is on PATH, Playwright's own."""
    for name in (env.get("JIESU_CHROMIUM"), *NAMES):
        found = shutil.which(name, path=env.get("PATH")) if name else None
        if found:
            yield Path(found)
    home = Path(env.get("HOME", "/"))
    for cache in (".cache/ms-playwright", "Library/Caches/ms-playwright"):
        yield from sorted((home / cache).glob("chromium-*/chrome-*/chrome"), reverse=True)
        yield from sorted((home / cache).glob("chromium-*/chrome-*/Chromium.app/Contents/MacOS/Chromium"))


def bring() -> Path:
    """Find Chromium or install it; the browser tests are never skipped, so without it this fails."""
    found = find()
    if found:
        return found
    with step("Chromium for the browser tests"):
        if shutil.which("apt-get") and os.geteuid() == 0:
            shell.from_debian(PACKAGES, "Installing Chromium", ADVICE)
        else:
            command = [str(places.PYTHON), "-m", "playwright", "install", "chromium"]
            shell.run(command, "Installing Chromium", advice=ADVICE)
    found = find()
    if not found:
        raise Failure("The browser tests need Chromium, and none was found or installed.", ADVICE)
    return found


ADVICE = "install Chromium (Debian: apt-get install chromium fonts-noto-cjk), or set JIESU_CHROMIUM to yours."
