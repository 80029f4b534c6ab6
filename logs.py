"""The log: what happened, never who said what.

Our own lines (loggers named `jiesu…`) are written in full, and hold ids and counts only. Of everybody
else's lines only the fixed text is kept, without the values in it; of an error its kind and its place,
without its message. So no library, present or future, can put a customer's words or number here.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

OURS = "jiesu"
Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Discreet(logging.Formatter):
    """`time level logger text`, where a foreign text keeps its placeholders."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.getMessage() if _known(record) else str(record.msg).partition(":")[0]
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


def _known(record: logging.LogRecord) -> bool:
    """Whether the values in this line may be shown: ours, and the web server's unless about a request."""
    family = record.name.partition(".")[0]
    about_request = "request" in str(record.msg).lower()
    return family == OURS or (family == "gunicorn" and not about_request)


def _one_line(text: str) -> str:
    """No value can forge a second line."""
    return text.replace("\r", " ").replace("\n", " ")


class _NoAccessLines(logging.Filter):
    """Drops the development server's request lines: they hold addresses and query strings."""

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
