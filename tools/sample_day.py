"""A few days of work, played through the house: customers, agents, departments, the office's chores.

What was said and done is data (demo/day.yml). Everything is made by the same acts as in real life, at the
times that the data gives, so that promises are kept, late or renewed by themselves.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from flask import Flask
from PIL import Image, ImageDraw

from core.due import ZONE
from core.follow_up import Answers
from office.chasing import Chaser
from reception import accounts, evidence
from reception.heard import Heard
from reception.house import House
from reception.settling import Finding
from reception.settling import Line as Remedy
from simulator import Caller, Line
from store import complaints, conversations, memos, remedies, users
from tools import places

DAY = places.ROOT / "demo" / "day.yml"
TICK = timedelta(minutes=20)
"""How often the office does its chores while time passes: often enough for promises of minutes."""
SEEN_FOR = timedelta(hours=8)
REST = timedelta(minutes=15)


class Clock:
    """A clock that is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def read(path: Path = DAY) -> dict[str, Any]:
    script: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return script


def moment(script: Mapping[str, Any], at: str = "") -> datetime:
    """The script's now; with `at`, such as "-2 09:12", that time so many days from its day."""
    now = datetime.strptime(script["now"], "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
    if not at:
        return now
    days, time = at.split()
    hour, minute = map(int, time.split(":"))
    return now.replace(hour=hour, minute=minute) + timedelta(days=int(days))


@dataclass
class Act:
    at: datetime
    case: str
    what: Mapping[str, Any]


@dataclass
class Day:
    """Plays the script in a house whose clock it sets. `complaints`: the newest of each case, by name."""

    house: House
    app: Flask
    clock: Clock
    line: Line
    script: Mapping[str, Any] = field(default_factory=read)
    people: dict[str, int] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)

    def play(self) -> None:
        """Everything up to the script's now."""
        acts = sorted(self._acts(), key=lambda act: act.at)
        self.clock.now = acts[0].at - timedelta(hours=1)
        self._hire()
        for n, act in enumerate(acts):
            self._pass_until(act.at)
            self._do(act, f"day:{n}")
        self._pass_until(moment(self.script))

    def _acts(self) -> Iterator[Act]:
        for case in self.script["cases"]:
            for what in case["acts"]:
                yield Act(moment(self.script, what["at"]), case["case"], what)

    def _hire(self) -> None:
        password = self.script["password"]
        with self.house.db.writing() as conn:
            for one in self.script["people"]:
                made = accounts.create(conn, one["login"], one["name"], one["role"], password, self.clock())
                self.people[one["login"]] = made
                if "department" in one:
                    users.change(conn, made, department=one["department"])

    def _pass_until(self, at: datetime) -> None:
        """Time passes, and the office does its chores."""
        chaser, reception = Chaser(self.house.db, self.house.content), self.house.reception
        while self.clock.now < at:
            self.clock.now = min(at, self.clock.now + TICK)
            with self.house.db.writing() as conn:
                for id in self.people.values():
                    users.set_presence(conn, id, users.AVAILABLE, self.clock() + SEEN_FOR)
            chaser.chase(self.clock())
            reception.chase_waiting(self.clock())
            reception.register_silent(self.clock(), REST)

    def _do(self, act: Act, key: str) -> None:
        if "calls" in act.what:
            self._calls(act)
        elif "by" in act.what:
            ACTS[act.what["do"]](self, self.people[act.what["by"]], act)
        elif "says" in act.what:
            self._says(act, key)
        else:
            self.house.reception.ask_human(self.chats[act.case], "asked", key, act.at)

    # ---- Customers

    def _says(self, act: Act, key: str) -> None:
        photos = (evidence.examine(act.what["photo"], drawn()),) if "photo" in act.what else ()
        who = ("cookie", f"day-{act.case}")
        heard = Heard("web", who, act.what["says"], key, act.at, self.chats.get(act.case), photos)
        self.chats[act.case] = self.house.reception.receive(heard).conversation
        self._remember(act.case)

    def _calls(self, act: Act) -> None:
        call = Caller(self.line, number=act.what["number"]).dial()
        for words in act.what["calls"]:
            if not call.ended:
                call.says(words)
        if not call.ended:
            call.hang_up()
        self.chats[act.case] = call.sid
        self._remember(act.case)

    def _remember(self, case: str) -> None:
        with self.house.db.reading() as conn:
            self.complaints[case] = conversations.fetch(conn, self.chats[case]).complaint_id

    def sequence(self, case: str) -> int:
        with self.house.db.reading() as conn:
            return int(complaints.get(conn, self.complaints[case]).sequence)

    # ---- Talking and handling

    def _take(self, who: int, act: Act) -> None:
        self.house.agents.take(who, self.chats[act.case], act.at)

    def _answer(self, who: int, act: Act) -> None:
        key = f"{act.case}:{act.at.isoformat()}"
        self.house.agents.say(who, self.chats[act.case], act.what["words"], key, act.at)

    def _hand_back(self, who: int, act: Act) -> None:
        self.house.agents.hand_back(who, self.chats[act.case], act.what["note"], act.at)

    def _own(self, who: int, act: Act) -> None:
        self.house.handling.own(who, self.complaints[act.case], self.sequence(act.case), act.at)

    def _note(self, who: int, act: Act) -> None:
        self.house.handling.note(who, self.complaints[act.case], act.what["words"], act.at)

    def _progress(self, who: int, act: Act) -> None:
        about = (self.complaints[act.case], act.what["words"], self.sequence(act.case))
        self.house.handling.progress(who, *about, act.at)

    def _rings(self, who: int, act: Act) -> None:
        about = ("phone", act.what["for"], act.what["result"], act.what["words"])
        self.house.attempts.log(who, self.complaints[act.case], *about, act.at)

    # ---- The seven steps

    def on(self, case: str) -> tuple[int, int]:
        """The complaint as it stands now: its id and its sequence."""
        return self.complaints[case], self.sequence(case)

    def _memo(self, who: int, act: Act) -> None:
        asked = {name: act.what[name] for name in ("department", "facts", "ask")}
        with self.house.db.reading() as conn:
            tier = complaints.get(conn, self.complaints[act.case]).tier
        due = self.house.memos.due(tier, act.at)
        self.house.memos.send(who, *self.on(act.case), **asked, due_at=due, at=act.at)

    def newest(self, of: Callable[[Any, int], Sequence[Any]], act: Act) -> int:
        """The id of the newest row of this kind."""
        with self.house.db.reading() as conn:
            return int(of(conn, self.complaints[act.case])[-1].id)

    def _take_memo(self, who: int, act: Act) -> None:
        self.house.memos.take(who, self.newest(memos.of_complaint, act), act.at)

    def _reply(self, who: int, act: Act) -> None:
        self.house.memos.reply(who, self.newest(memos.of_complaint, act), act.what["words"], act.at)

    def _finding(self, who: int, act: Act) -> None:
        named = ("facts", "cause", "cause_words", "level", "responsibility")
        found = Finding(**{name: act.what[name] for name in named})
        self.house.settling.find(who, *self.on(act.case), found, act.at)

    def _offer(self, who: int, act: Act) -> None:
        message = act.what.get("message", "")
        self.house.settling.offer(who, *self.on(act.case), act.what["options"], message, act.at)

    def _answered(self, who: int, act: Act) -> None:
        complaint, sequence = self.on(act.case)
        chosen, words = act.what.get("chosen"), act.what["words"]
        self.house.settling.answer(who, complaint, sequence, act.what["answer"], chosen, words, act.at)

    def _remedy(self, who: int, act: Act) -> None:
        about = Remedy(act.what["kind"], act.what["words"], act.what.get("fen"), act.what.get("visit"))
        self.house.settling.propose(who, *self.on(act.case), about, act.at)

    def _done(self, who: int, act: Act) -> None:
        complaint, sequence = self.on(act.case)
        remedy = self.newest(remedies.of_complaint, act)
        self.house.settling.done(who, complaint, remedy, act.what["proof"], "", sequence, act.at)

    def _go_on(self, who: int, act: Act) -> None:
        self.house.steps.go_on(who, *self.on(act.case), act.what.get("reason", ""), act.at)

    def _follow_up(self, who: int, act: Act) -> None:
        answers = Answers(**{name: act.what[name] for name in ("q1", "q2", "q3", "q4", "q5", "words")})
        self.house.follow_ups.record(who, *self.on(act.case), answers, act.at)

    def _pass_on(self, who: int, act: Act) -> None:
        about = (act.what["departments"], act.what["words"])
        self.house.follow_ups.pass_on(who, *self.on(act.case), *about, act.at)

    def _tell(self, who: int, act: Act) -> None:
        self.house.follow_ups.tell_customer(who, *self.on(act.case), act.what["words"], False, act.at)

    def _close(self, who: int, act: Act) -> None:
        self.house.steps.close(who, *self.on(act.case), act.at)


ACTS = {
    "take": Day._take,
    "answer": Day._answer,
    "hand_back": Day._hand_back,
    "own": Day._own,
    "note": Day._note,
    "progress": Day._progress,
    "rings": Day._rings,
    "memo": Day._memo,
    "take_memo": Day._take_memo,
    "reply": Day._reply,
    "finding": Day._finding,
    "offer": Day._offer,
    "answered": Day._answered,
    "remedy": Day._remedy,
    "done": Day._done,
    "go_on": Day._go_on,
    "follow_up": Day._follow_up,
    "pass_on": Day._pass_on,
    "tell": Day._tell,
    "close": Day._close,
}


def drawn() -> bytes:
    """A photo of something with a crack."""
    picture = Image.new("RGB", (640, 480), (176, 148, 120))
    pen = ImageDraw.Draw(picture)
    for n in range(0, 640, 16):
        pen.line([(n, 0), (n, 480)], fill=(168, 140, 112), width=2)
    pen.line([(90, 130), (210, 205), (330, 190), (470, 300), (560, 330)], fill=(52, 38, 30), width=6)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=85)
    return made.getvalue()
