"""Train the assistant if its inputs changed, and seal the model. One training at a time per checkout."""

from __future__ import annotations

import fcntl
import subprocess
import sys

from tools import places, training


def main() -> int:
    """Exit code 0 when there is a model made from the inputs as they are now."""
    places.MODEL.parent.mkdir(exist_ok=True)
    with (places.MODEL.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not training.needed():
            return 0
        made_from = training.inputs_digest()
        done = subprocess.run(training.command(), cwd=places.ROOT, env=training.environment())
        if done.returncode == 0:
            training.seal(made_from)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
