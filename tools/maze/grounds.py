"""What is walked: our own door in this process, or any TwiML application over HTTP."""

from __future__ import annotations

import dataclasses
import itertools
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn, Protocol, cast

from flask import Flask

import wiring
from core.callflow import Flow
from ivr.views import blueprint
from reception.house import House
from reception.lines import Lines
from reception.telephone import Telephone
from reception.written_files import read_yaml
from settings import load
from simulator import Call, Caller, Line, Phone, accepts, rings_out
from store import calls, handoffs, users

TOKEN = "the-walkers-own-token-0123456789"  # never leaves this process
PUBLIC = "https://maze.example"
NOBODY_LISTENS = "http://127.0.0.1:9"
NOON = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)  # a Wednesday; noon in China
WITHHELD = "anonymous"
EVERYBODY = ("client:one", "client:two")
TALK = 20.0


@dataclass(frozen=True)
class Scene:
    """How the other side behaves. staffed: somebody is on duty, so that a wish must ring; None: unknown.
    holds: whoever answers first puts the caller on hold."""

    name: str
    phones: Mapping[str, Phone]
    staffed: bool | None = True
    withheld: bool = False
    stored: bool = True
    holds: bool = False


ACCEPTS = Scene("a person answers", {"*": accepts(2.0, talk=TALK)})
RINGS_OUT = Scene("nobody picks up", {"*": rings_out()})
OURS = (
    ACCEPTS,
    RINGS_OUT,
    Scene("put on hold", {}, holds=True),
    Scene("nobody on duty", {}, staffed=False),
    Scene("nobody on duty, number withheld", {}, staffed=False, withheld=True),
    Scene("nothing can be stored", {}, staffed=False, stored=False),
)
STRANGERS = (dataclasses.replace(ACCEPTS, staffed=None), dataclasses.replace(RINGS_OUT, staffed=None))


@dataclass
class Diverting:
    """Of all that a phone company can be asked, the one thing that a walk needs."""

    call: Call

    def send(self, _sid: str, url: str) -> None:
        self.call.divert(url)


class Ground(Protocol):
    """A hotline to walk. flow: ours, when the states are ours and can be named."""

    scenes: tuple[Scene, ...]

    @property
    def name(self) -> str: ...

    @property
    def flow(self) -> Flow | None: ...

    def caller(self, scene: Scene) -> Caller:
        """Somebody who has never called before."""
        ...

    def stood(self, call: Call, scene: Scene) -> set[str]:
        """Where the call is known to have stood last, besides the nodes it listened at."""
        ...


@dataclass
class Stranger:
    """Any TwiML application over HTTP; the walk stays on its host. Without a token nothing is signed."""

    url: str
    token: str = ""
    incoming: str = "/voice/incoming"
    public_url: str = ""
    method: str = "POST"
    flow: Flow | None = None
    scenes: tuple[Scene, ...] = STRANGERS
    line: Line | None = None
    count: Iterator[int] = field(default_factory=itertools.count)

    @property
    def name(self) -> str:
        return f"{self.url}{self.incoming}"

    def caller(self, scene: Scene) -> Caller:
        line = self.line or Line.over_http(self.url, self.token, self.public_url)
        self.line = line
        number = f"+86139{next(self.count):08d}"
        status = "/voice/status" if self.flow is not None else ""
        return Caller(
            line,
            number=number,
            agents=scene.phones,
            incoming=self.incoming,
            status=status,
            method=self.method,
        )

    def stood(self, call: Call, scene: Scene) -> set[str]:
        return set()


def our_flow() -> Flow:
    """The flow of `content/calls.yml`."""
    return Flow.from_mapping(read_yaml(wiring.CONTENT / "calls.yml"))


@dataclass
class OurDoor:
    """Our own door in this process, over WSGI: Rasa dead, agents on duty as the scene says, nothing kept."""

    house: House
    line: Line
    agents: tuple[int, ...]
    flow: Flow
    name: str = "our own door"
    scenes: tuple[Scene, ...] = OURS
    count: Iterator[int] = field(default_factory=itertools.count)

    def caller(self, scene: Scene) -> Caller:
        number = WITHHELD if scene.withheld else f"+86138{next(self.count):08d}"
        self._staff(scene)
        music = {"music.wav": float(self.flow.wait_seconds)}
        holds = {"*": accepts(2.0, talk=TALK, during=self._hold)} if scene.holds else scene.phones
        return Caller(self.line, number=number, agents=holds, absolute=True, tracks=music)

    def _hold(self, call: Call) -> None:
        """As the desk does it, and only once in a call."""
        with self.house.db.reading() as conn:
            row = handoffs.open_of(conn, call.sid)
        if row is not None and row.agent_id is not None and len(call.bridged) == 1:
            telephone = cast(Telephone, Diverting(call))
            Lines(self.house.db, self.house.content, telephone).hold(row.agent_id, call.sid, NOON)

    def _staff(self, scene: Scene) -> None:
        vars(self.house.db).pop("writing", None)
        presence = users.AVAILABLE if scene.staffed else users.AWAY
        with self.house.db.writing() as conn:
            for id in self.agents:
                users.set_presence(conn, id, presence, NOON + timedelta(hours=8))
        if not scene.stored:
            vars(self.house.db)["writing"] = _full

    def stood(self, call: Call, scene: Scene) -> set[str]:
        """By its own row; where nothing could be stored, by the farewell that was heard."""
        if not scene.stored:
            return {name for name, words in self._farewells.items() if set(words) & set(call.last)}
        with self.house.db.reading() as conn:
            row = calls.get(conn, call.sid)
        return {row.node} if row is not None and row.node in self.flow.nodes else set()

    @property
    def _farewells(self) -> dict[str, list[str]]:
        """What the nodes say that end a call, where nothing needs to be filled in."""
        content = self.house.content
        leaving = [node for node in self.flow.nodes.values() if node.kind == "leave"]
        replies = {node.name: [reply for line in node.say for reply in line.replies] for node in leaving}
        return {name: [content.say(one, "phone").text for one in said[-1:]] for name, said in replies.items()}


@contextmanager
def our_door() -> Iterator[OurDoor]:
    """Our own door, with a data folder that is thrown away."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="jiesu-maze-", dir=memory) as folder:
        house, app = _door(Path(folder))
        try:
            with house.db.writing() as conn:
                agents = tuple(_agent(conn, address) for address in EVERYBODY)
            line = Line.over_wsgi(app, PUBLIC, TOKEN)
            yield OurDoor(house, line, agents, house.content.flow)
        finally:
            house.db.close()


def _full() -> NoReturn:
    raise OSError("the disk is full, for this scene")


def _door(folder: Path) -> tuple[House, Flask]:
    environment = {
        "JIESU_DATA_DIR": str(folder),
        "JIESU_PUBLIC_URL": PUBLIC,
        "JIESU_RASA_URL": NOBODY_LISTENS,
        "TWILIO_AUTH_TOKEN": TOKEN,
    }
    settings = load(environment)
    house = wiring.house(settings, lambda: NOON)
    app = Flask("maze")
    app.config.update(JIESU_PUBLIC_URL=settings.public_url, TWILIO_AUTH_TOKEN=settings.twilio.auth_token)
    app.extensions["jiesu"] = house
    app.register_blueprint(blueprint)
    return house, app


def _agent(conn: object, address: str) -> int:
    return users.add(
        conn,  # type: ignore[arg-type]
        login=address,
        public_name=address,
        role="agent",
        password_hash="-",
        at=NOON,
        phone=address,
    )
