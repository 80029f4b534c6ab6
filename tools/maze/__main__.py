"""`./jiesu maze`: how far a caller is from a person, at every state of a phone application.

Without --url our own door is walked in this process, with a data folder that is thrown away: Rasa dead,
agents on duty or not. With --url any TwiML application over HTTP; the walk stays on that host. Exit code
1 when a limit is broken, each said in words. A table, and one line of JSON last.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.maze import picture, report
from tools.maze.grounds import Ground, Stranger, our_door, our_flow
from tools.maze.inputs import Inputs, inputs
from tools.maze.measure import Found, measure
from tools.maze.walk import Walker, state_of
from tools.say import Failure, line, step

DEPTH = 8


def main(arguments: Sequence[str]) -> int:
    options = _options().parse_args(arguments)
    try:
        with _ground(options) as ground:
            found = walk(ground, options.depth)
        _write(options, found)
    except Failure as failure:
        line(f"jiesu: {failure}")
        return 1
    for one in report.text(found):
        line(one)
    line(json.dumps(report.summary(found), ensure_ascii=False))
    return 1 if found.broken else 0


def walk(ground: Ground, depth: int = DEPTH, given: Inputs | None = None) -> Found:
    """Every scene of this ground, walked with these inputs (all, unless given) and measured."""
    given, walks = given or inputs(), []
    for scene in ground.scenes:
        with step(f"Walking: {scene.name}"):
            walks.append(Walker(ground, scene, given, depth).go())
    return measure(ground, walks, given)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./jiesu maze", description=__doc__.split("\n")[0])
    parser.add_argument("--url", help="another application, for example http://127.0.0.1:8000")
    parser.add_argument("--token", default="", help="signs the requests; for ours: DATA/simulator_token")
    parser.add_argument("--incoming", default="/voice/incoming", help="where a call arrives")
    parser.add_argument("--public-url", default="", help="what the application calls itself, if not --url")
    parser.add_argument("--method", default="POST", choices=("POST", "GET"), help="of the first request")
    parser.add_argument("--depth", type=_depth, default=DEPTH, help="inputs in a row (default 8)")
    parser.add_argument("--json", type=Path, help="write everything that was found into this file")
    parser.add_argument("--svg", type=Path, help="draw the states into this file")
    return parser


def _depth(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 20):
        raise argparse.ArgumentTypeError("a whole number from 1 to 20")
    return int(text)


def _ground(options: argparse.Namespace) -> Any:
    """Our own door, or the application at --url. Raises Failure when nothing answers there."""
    if not options.url:
        logging.disable(logging.CRITICAL)  # scenes in which the house fails are wanted here
        return our_door()
    if urlsplit(options.url).scheme not in ("http", "https") or not urlsplit(options.url).hostname:
        raise Failure(f"{options.url!r} is not an address.", "write it like http://127.0.0.1:8000")
    found = Stranger(
        url=options.url,
        token=options.token,
        incoming=options.incoming,
        public_url=options.public_url,
        method=options.method,
    )
    return nullcontext(known(found))


def known(ground: Stranger) -> Stranger:
    """The same, with our own flow when the door answers like ours. Raises Failure when nothing answers."""
    call = ground.caller(ground.scenes[0]).dial()
    if not call.listening and any("connection failed" in fault for fault in call.faults):
        raise Failure(f"Nothing answers at {ground.url}.", "start it, or check the address.")
    flow = our_flow()
    if state_of(call, flow)[1]:
        ground.flow = flow
    if call.listening:
        call.hang_up()
    return ground


def _write(options: argparse.Namespace, found: Found) -> None:
    if options.json:
        text = json.dumps(report.whole(found), ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.svg:
        options.svg.write_text(picture.svg(found), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
