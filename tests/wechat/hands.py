"""The worker's hands for media, moved by a test."""

from __future__ import annotations

import time

from hearing import Ear
from store import messages, wechat_media
from wechat.media import Media

GET = "media/get"


class Hands:
    """Fetches and hears when a test says so; `engine`: what hears."""

    def __init__(self, house, api, fake, clock, engine=None):
        self.house, self.clock, self.fake = house, clock, fake
        host = fake.url.removeprefix("http://")
        self.media = Media(house, lambda _account: api, Ear(engine), {host})

    def rows(self):
        with self.house.db.reading() as conn:
            ids = [row.id for row in messages.of_complaint(conn, 1)]
            return list(wechat_media.of_messages(conn, ids))

    def works(self, *, until):
        """Work until no hand is busy and this is so."""
        ends = time.monotonic() + 10
        while not until():
            assert time.monotonic() < ends, [(row.kind, row.state, row.attempts) for row in self.rows()]
            self.media.work(self.clock())
            time.sleep(0.02)

    def settles(self):
        self.works(until=lambda: all(row.due_at is None for row in self.rows()))

    def tries(self, calls):
        self.works(until=lambda: len(self.fake.made(GET)) == calls and self.idle())

    def idle(self):
        return not any(lane._under_way for lane in self.media._lanes.values())


def said(house):
    """The names of what was said in the first complaint."""
    with house.db.reading() as conn:
        return [row.reply for row in messages.of_complaint(conn, 1) if row.author != "customer"]


def turn(house, clock):
    """Answer the one turn that is over by now."""
    (conversation,) = house.reception.bursts.due(clock())
    house.reception.bursts.answer(conversation, clock())
    return said(house)
