"""The log: what happened, never who said what.

Our own lines (loggers named `jiesu…`) are written in full: fixed texts with ids, counts and codes in them,
and of what is attached to a line only the keys of `SHOWN`. Of everybody else's lines neither the text nor
the values are written, only who spoke and at which line of its source; of an error its kind and its place,
without its message. So a library, present or future, cannot put a customer's words or number here. What the
web server says of its own processes and address is let through, by how it begins.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from types import TracebackType

OURS = "jiesu"
SHOWN = ("why", "reply", "needs")
"""Attached values that are codes: why something was not done, the name of a reply, what it lacks."""
SERVERS = {
    "gunicorn": re.compile(
        r"Starting gunicorn|Listening at|Using worker|Booting worker|Worker exiting|Worker \(pid"
        r"|Handling signal|Shutting down|Server is ready|Connection in use|Can't connect to|Retrying in"
    ),
    "werkzeug": re.compile(
        r"(?:\x1b\[[0-9;]*m)?(?:WARNING: This is a development| \* Running on|Press CTRL)"
    ),
}
"""How the servers' lines about themselves begin; lines about a request begin otherwise."""
Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """`time level logger text`, with the place in place of a foreign text."""

    def format(self, record: logging.LogRecord) -> str:
        text = _text(record)
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {_one_line(text)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def formatException(self, ei: Failure) -> str:
        """Kind and place of the error and of what caused it, without any message or value."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            lines.append(f"  {type(error).__name__}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"    {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def _text(record: logging.LogRecord) -> str:
    family = record.name.partition(".")[0]
    if family == OURS:
        return " ".join([record.getMessage(), *_attached(record)])
    about_itself = SERVERS.get(family)
    if about_itself is not None and about_itself.match(str(record.msg)):
        return record.getMessage()
    return f"(a line of its own, {record.module}:{record.lineno})"


def _attached(record: logging.LogRecord) -> list[str]:
    """`key=value` for the keys of SHOWN; a list is written with commas."""
    found = {key: getattr(record, key) for key in SHOWN if hasattr(record, key)}
    written = {
        key: ",".join(map(str, value)) if isinstance(value, list) else value for key, value in found.items()
    }
    return [f"{key}={value}" for key, value in written.items()]


def _one_line(text: str) -> str:
    """No value can forge a second line."""
    return text.replace("\r", " ").replace("\n", " ")


class _NoAccessLines(logging.Filter):
    """Drops the development server's request lines: they say nothing that ours do not."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.args


def set_up(level: str) -> None:
    """One handler, to stderr, for this whole process. Repeating it changes nothing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet())
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    for logger in (root, logging.getLogger("gunicorn.error")):
        logger.handlers[:] = [handler]
    logging.getLogger(OURS).setLevel(level)
    logging.captureWarnings(True)
    development = logging.getLogger("werkzeug")
    development.setLevel(logging.INFO)
    if not development.filters:
        development.addFilter(_NoAccessLines())
