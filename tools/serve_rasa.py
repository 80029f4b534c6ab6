"""Start Rasa, private, on the checked model. The Procfile's `rasa`, also at every restart."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tools import places, training


def endpoints() -> Path:
    """endpoints.yml with the action server's port of this installation."""
    ours = places.ROOT / "endpoints.yml"
    port = places.actions_port()
    if port == 5055:
        return ours
    moved = places.data_dir() / "run" / "endpoints.yml"
    moved.parent.mkdir(parents=True, exist_ok=True)
    moved.write_text(re.sub(r"(127\.0\.0\.1|localhost):5055", rf"\1:{port}", ours.read_text()))
    return moved


def main() -> int:
    """Replace this process by Rasa's; refuse, in words, a model that is not the trained one."""
    problem = training.problem()
    if problem:
        print(f"Rasa is not started: {problem}. What to do: delete models/ and start again.", file=sys.stderr)
        return 1
    rasa = str(places.VENV_RASA / "bin" / "rasa")
    where = ["-i", "127.0.0.1", "-p", str(places.rasa_port())]
    files = ["--model", str(places.MODEL), "--endpoints", str(endpoints())]
    os.chdir(places.ROOT)
    os.execve(rasa, [rasa, "run", *where, *files], training.environment())


if __name__ == "__main__":
    sys.exit(main())
