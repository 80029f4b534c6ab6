"""`./jiesu bench [NAME ...]`: what it costs, on this machine, in one run. A table and one JSON line.

human       the wish for a person, by phone and by chat, with Rasa dead: time inside the server
voice       fifty phone calls at once, with Rasa dead, then up: what callers wait, time inside the server
chat        a chat turn through us and through bare Rasa, the same sentences, interleaved
reading     understanding one message: ours, and Rasa's
learning    fitting the judgements and training the assistant, from nothing
memory      resident memory of each process after that
deliveries  how fast a backlog for the back office drains
desk        many chats and agents at once, and the desk's lists over a long history (stacks of its own)
wechat      WeChat's pushes acknowledged while customers write in bursts, Rasa dead (a stack of its own)

A stack of its own runs for it, on free loopback ports, with a data folder that is thrown away.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psutil
import requests
import yaml

import settings as setting
from core import events as names
from core import number
from core.understanding import understand
from simulator import Caller, Line, Reply
from store import complaints, conversations, customers, deliveries, events, messages
from store.db import Database
from tools import bench_desk, bench_voice, bench_wechat, places, private, stack, supervise, training
from tools.backoffice import BackOffice
from tools.demo import read_cases
from tools.evaluate import tasks
from tools.evaluate.judging import vocabulary
from tools.evaluate.reading import read
from tools.say import Failure, line, step
from tools.shell import run as run_quietly

ROUNDS = 40
WISHES = 300
BACKLOG = (100, 20)
"""Complaints, and events of each."""
OWN_SHARE = 15.0
HUMAN_P99 = 15.0
MOST_MB = {"rasa": 900, "web worker": 200}
CHAT_WORDS = 4
UNDERSTANDING, LEARNING = 15.0, 90.0
EVAL = places.ROOT / "tests" / "eval"


@dataclass
class Result:
    """One row of the table: a measure, what was found, and the target if there is one."""

    name: str
    found: float
    unit: str
    target: float | None = None

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return f"target {self.target:g}: {'met' if self.found <= self.target else 'MISSED'}"


@dataclass
class Table:
    """What was found."""

    results: list[Result] = field(default_factory=list, kw_only=True)

    def note(self, name: str, found: float, unit: str, target: float | None = None) -> None:
        self.results.append(Result(name, round(found, 3), unit, target))

    def noted(self, name: str, times: Sequence[float], p99: float | None = None) -> None:
        self.note(f"{name}, median", statistics.median(times), "ms")
        self.note(f"{name}, p95", part(times, 95), "ms")
        self.note(f"{name}, p99", part(times, 99), "ms", p99)


@dataclass
class Bench(Table):
    """The stack that is measured, and what was found."""

    env: dict[str, str]
    stack: supervise.Supervisor

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['JIESU_PORT']}"

    @property
    def data(self) -> Path:
        return Path(self.env["JIESU_DATA_DIR"])


def part(times: Sequence[float], percent: int) -> float:
    """The time that this share of the sample does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]


def main(arguments: Sequence[str] = ()) -> int:
    known = [*BENCHES, *ALONE]
    wanted = list(arguments) or known
    unknown = [name for name in wanted if name not in known]
    if unknown:
        line(f"jiesu: there is no benchmark {unknown[0]!r}. There are: {' '.join(known)}")
        return 2
    table = Table()
    try:
        if not ALONE.keys() >= set(wanted):
            with running(table) as bench:
                for name in (name for name in BENCHES if name in wanted):
                    with step(f"Measuring {name}"):
                        BENCHES[name](bench)
        for name in (name for name in ALONE if name in wanted):
            with step(f"Measuring {name}"):
                ALONE[name](table)
        report(table)
    except Failure as failure:
        line(f"\njiesu: {failure}")
        return 1
    except KeyboardInterrupt:
        line("\njiesu: stopped.")
        return 130
    return 0


@contextmanager
def running(table: Table) -> Iterator[Bench]:
    """Doors, actions and office; Rasa waits until it is asked for."""
    with private.processes(_timed) as (env, supervisor):
        stack.await_doors(supervisor, env)
        yield Bench(env, supervisor, results=table.results)


def _timed(lines: dict[str, str]) -> dict[str, str]:
    return {**lines, "web": lines["web"].replace("app:create_app()", "tools.bench_app:create_app()")}


# ---- a person, now


def human(bench: Bench) -> None:
    """The wish for a person with Rasa dead, inside the server."""
    _chat(bench, requests.Session(), "new", "warm up")
    by_chat = [
        _chat(bench, requests.Session(), "new", wish)["app"] for wish in itertools.repeat(_wish(), WISHES)
    ]
    bench.noted("person asked by chat, Rasa dead", by_chat, HUMAN_P99)
    bench.noted("person asked by phone, Rasa dead", _calls(bench), HUMAN_P99)


def _wish() -> str:
    """A wish in words, from content/."""
    wishes = yaml.safe_load((places.ROOT / "content" / "escape.yml").read_text("utf-8"))
    return next(str(words) for words in wishes["alone"] if len(str(words)) >= 3)


def _calls(bench: Bench) -> list[float]:
    """Server time of the turn in which the caller presses 0."""
    token = (bench.data / "simulator_token").read_text().strip()
    session, times = requests.Session(), []

    def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        answer = session.post(bench.url + path, body.encode(), headers=headers, timeout=15)
        if parse_qs(body).get("Digits") == ["0"]:
            times.append(_timing(answer)["app"])
        return Reply(answer.status_code, answer.text, answer.headers.get("Content-Type", ""))

    for _ in range(WISHES):
        phone_line = Line(bench.url, token, deliver)
        call = Caller(phone_line, number=f"+86139{secrets.randbelow(10**8):08d}").dial()
        if not call.ended:
            call.press("0", at_once=True).hang_up()
    if len(times) < WISHES:
        raise Failure(f"Only {len(times)} of {WISHES} simulated calls reached the turn that is measured.")
    return times


# ---- many calls at once


def voice(bench: Bench) -> None:
    """Before Rasa is up, and after."""
    words = read_cases()[0].contacts[0].says[:2]
    bench_voice.measure(bench, "Rasa dead", words)
    bring_rasa(bench)
    bench_voice.measure(bench, "Rasa up", words)


# ---- a turn of chat


def chat(bench: Bench) -> None:
    """The same sentences through bare Rasa and through us, in turn."""
    bring_rasa(bench)
    url = f"{bench.env['JIESU_RASA_URL']}/webhooks/rest/webhook"
    bare, ours, own, unanswered = [], [], [], 0
    dialogues = [c.says[:CHAT_WORDS] for case in read_cases() for c in case.contacts if c.says]
    session = requests.Session()
    for number_ in range(ROUNDS + 2):
        sender, conversation, browser = uuid.uuid4().hex, "new", requests.Session()
        for words in dialogues[number_ % len(dialogues)]:
            started = time.perf_counter()
            session.post(url, json={"sender": sender, "message": words}, timeout=30)
            direct = (time.perf_counter() - started) * 1000
            told = _chat(bench, browser, conversation, words)
            conversation = told["conversation"]
            if number_ < 2:
                continue  # the first rounds warm both up
            bare.append(direct)
            ours.append(told["client"])
            own.append(told["app"] - told["rasa"])
            unanswered += told["rasa"] == 0
    bench.noted("bare Rasa turn", bare)
    bench.noted("our chat turn", ours)
    bench.note("ratio of medians, ours to bare", statistics.median(ours) / statistics.median(bare), "")
    bench.note("our own share, median", statistics.median(own), "ms", OWN_SHARE)
    bench.note("our own share, p95", part(own, 95), "ms")
    bench.note("turns that needed no Rasa", 100 * unanswered / len(own), "%")


def _chat(bench: Bench, browser: requests.Session, conversation: str, words: str) -> dict[str, Any]:
    """One turn: where it happened, and its times in ms: at the client, in the server, in Rasa."""
    body = {"conversation": conversation, "text": words, "id": uuid.uuid4().hex}
    started = time.perf_counter()
    answer = browser.post(f"{bench.url}/chat/messages", json=body, timeout=30)
    spent = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise Failure(f"The chat answered {answer.status_code}.")
    return {"conversation": answer.json()["conversation"], "client": spent, **_timing(answer)}


def _timing(answer: requests.Response) -> dict[str, float]:
    parts = (part.strip().split(";dur=") for part in answer.headers["Server-Timing"].split(","))
    return {name: float(value) for name, value in parts}


def bring_rasa(bench: Bench) -> None:
    private.bring_rasa(bench.env, bench.stack, _wish())
    time.sleep(11)  # our circuit may still rest after finding nobody there


# ---- understanding, and what it is made from


def reading(bench: Bench) -> None:
    """One message understood: by us, which comes first, and by Rasa's pipeline."""
    words = vocabulary()
    texts = [it.text for name in tasks.TASKS for it in read(EVAL / "dev" / f"{name}.tsv")]
    ours = []
    for text in texts:
        started = time.perf_counter()
        understand(text, words, date(2025, 1, 1))
        ours.append((time.perf_counter() - started) * 1000)
    bench.noted("reading a message", ours)
    measure = [places.RASA_PYTHON, EVAL / "measure.py", places.MODEL, EVAL / "intents.tsv"]
    env = training.environment()
    done = subprocess.run(measure, cwd=places.ROOT, env=env, capture_output=True, text=True)
    found = re.search(r"median ([\d.]+) ms", done.stdout)
    if found is None:
        raise Failure("Rasa's understanding could not be measured.")
    bench.note("Rasa's pipeline, median", float(found[1]), "ms")
    both = statistics.median(ours) + float(found[1])
    bench.note("understanding one turn, median", both, "ms", UNDERSTANDING)


def learning(bench: Bench) -> None:
    """Wall time of both trainings, into a folder of their own."""
    fit = [str(places.RASA_PYTHON), "-m", "tools.fit", str(bench.data / "learned.json")]
    train = [*training.command(), f"--out={bench.data}"]
    spent = []
    for name, command in (("fitting the judgements", fit), ("training the assistant", train)):
        started = time.monotonic()
        run_quietly(command, name, env=training.environment())
        spent.append(time.monotonic() - started)
        bench.note(name, spent[-1], "s")
    bench.note("learning in all", sum(spent), "s", LEARNING)


# ---- memory


def memory(bench: Bench) -> None:
    """Resident memory of every process. A web worker is gunicorn's child."""
    for name, info in bench.stack.states().items():
        if not info["pid"]:
            continue
        process = psutil.Process(info["pid"])
        children = process.children(recursive=True)
        own = _mb(process)
        if name == "web":
            bench.note("memory: web worker", max(map(_mb, children)), "MB", MOST_MB["web worker"])
            bench.note("memory: web, gunicorn itself", own, "MB")
        else:
            bench.note(f"memory: {name}", own + sum(map(_mb, children)), "MB", MOST_MB.get(name))


def _mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


# ---- deliveries


def drain(bench: Bench) -> None:
    """The running office and a backlog that becomes due at once."""
    our = setting.load(bench.env)
    db = Database(our.database_url)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    count, each = BACKLOG
    with BackOffice(secret) as office:
        with db.writing() as conn:
            to = deliveries.set_destination(conn, "bench", office.url, secret, datetime.now(UTC))
            made = [_complaint(conn, n, each) for n in range(count)]
        started = time.monotonic()
        while len(office.received) < count * each and time.monotonic() - started < 600:
            time.sleep(0.02)
        spent = time.monotonic() - started
        with db.writing() as conn:
            deliveries.remove_destination(conn, "bench", datetime.now(UTC))
    if len(office.received) != count * each or office.repeated or not (to and made):
        raise Failure(f"{len(office.received)} of {count * each} arrived, {office.repeated} of them twice.")
    bench.note("deliveries", count * each / spent, "a second")
    bench.note("10,000 deliveries would take", 10_000 * spent / (count * each), "s", 600)


def _complaint(conn: Any, n: int, changes: int) -> int:
    """A registered complaint with one message and so many events that the back office hears of."""
    at, chat_id = datetime.now(UTC), f"bench-{n}"
    customer = customers.known_as(conn, "cookie", chat_id, at)
    row = conversations.start(conn, id=chat_id, channel="web", customer_id=customer, sender=chat_id, at=at)
    draws = (number.make(10_000_000 + secrets.randbelow(90_000_000)) for _ in itertools.count())
    id = complaints.open_draft(
        conn, draw=lambda: next(draws), channel="web", customer_id=customer, at=at, conversation_id=chat_id
    )
    messages.hear(conn, conversation=row, complaint_id=id, key=chat_id, words="bench", at=at)
    messages.mark_answered(conn, [one.id for one in messages.pending(conn, chat_id)])
    complaints.change(conn, id, state="registered", registered_at=at)
    events.append(conn, names.COMPLAINT_REGISTERED, at, complaint_id=id)
    for _ in range(changes - 1):
        events.append(conn, names.FACT_LEARNED, at, complaint_id=id, field="bench")
    return id


# ---- what was found


def report(table: Table) -> None:
    width = max(len(result.name) for result in table.results)
    line()
    for result in table.results:
        line(f"{result.name:<{width}}  {result.found:>10.2f} {result.unit:<9} {result.verdict}".rstrip())
    found = {result.name: result.found for result in table.results}
    missed = [result.name for result in table.results if "MISSED" in result.verdict]
    line(json.dumps({"bench": found, "missed": missed, "processors": os.cpu_count()}))


BENCHES: dict[str, Callable[[Bench], None]] = {
    "human": human,
    "voice": voice,
    "chat": chat,
    "reading": reading,
    "learning": learning,
    "memory": memory,
    "deliveries": drain,
}
ALONE: dict[str, Callable[[Table], None]] = {"desk": bench_desk.measure, "wechat": bench_wechat.measure}
"""Those that bring stacks of their own."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
