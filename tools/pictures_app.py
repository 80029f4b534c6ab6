"""The web application as `./jiesu pictures` starts it: its clock goes on from the sample day's end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from flask import Flask

import app as application
from reception.live import Streams
from tools import sample_day

STREAMS = 200
"""One person opens all pages within seconds here; each holds its stream for a while after it was closed."""


def create_app() -> Flask:
    began, started = sample_day.moment(sample_day.read()), time.monotonic()

    def clock() -> datetime:
        return began + timedelta(seconds=time.monotonic() - started)

    made = application.create_app(clock=clock)
    made.extensions["jiesu_streams"] = streams = Streams(STREAMS, per_reader=STREAMS)
    streams.end_on_stop()
    return made
