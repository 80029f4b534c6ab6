"""Twilio's own description of its REST side, for the contract tests: one file of one npm package.

The tarball alone is fetched, from the npm registry that this machine is set up for, and is used only
when its SHA-512 is the one that is pinned in tools/versions.py.
"""

from __future__ import annotations

import base64
import hashlib
import tarfile
import tempfile
from pathlib import Path

from tools import assets, places, shell, stamp, versions
from tools.say import Failure, line, step

MEMBER = "package/src/services/twilio-api/twilio_api_v2010.json"


def bring() -> None:
    """Fetch the description, unless the pinned one is here. Raises Failure, in words."""
    kept = stamp.read(_stamp())
    spec = places.TWILIO_SPEC
    pinned = {"integrity": versions.TWILIO_SPECS_INTEGRITY}
    if spec.exists() and kept == pinned | {"spec": stamp.file_digest(spec)}:
        return
    with step("Twilio's API description, for tests"), tempfile.TemporaryDirectory() as folder:
        content = extract(_fetched(Path(folder)), versions.TWILIO_SPECS_INTEGRITY)
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_bytes(content)
    stamp.write(_stamp(), pinned | {"spec": stamp.file_digest(spec)})


def bring_or_say() -> None:
    """Without it all other tests can run; the contract tests fail, and this says why."""
    try:
        bring()
    except Failure as failure:
        line(f"Twilio's API description could not be fetched; the contract tests will fail:\n{failure}")


def extract(tarball: Path, integrity: str) -> bytes:
    """The description out of the package. Raises Failure unless the package is the pinned one."""
    found = hashlib.sha512(tarball.read_bytes()).digest()
    if f"sha512-{base64.b64encode(found).decode()}" != integrity:
        raise Failure(
            f"{versions.TWILIO_SPECS} is not what was pinned: its SHA-512 differs.",
            "ask whoever runs your npm registry; or correct tools/versions.py, if it was changed on purpose.",
        )
    with tarfile.open(tarball) as package:
        member = package.extractfile(MEMBER)
        if member is None:
            raise Failure(f"{MEMBER} is not in {versions.TWILIO_SPECS}.", "correct MEMBER in tools/specs.py.")
        return member.read()


def _stamp() -> Path:
    return places.TWILIO_SPEC.with_suffix(".stamp")


def _fetched(folder: Path) -> Path:
    npm = assets.find_npm() or assets.bring_npm()
    pack = [*npm, "pack", versions.TWILIO_SPECS, "--ignore-scripts", "--fetch-retries=1"]
    shell.run([*pack, "--pack-destination", folder], "Fetching Twilio's API description")
    return next(folder.glob("*.tgz"))
