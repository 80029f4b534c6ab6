"""`./jiesu demo`: five cases through the doors of the running system, and what the back office received.

The back office is a receiver on loopback, registered beside the system's own under the name `demo` while
this runs. Ends with 1 when a case did not arrive, or arrived without one of its facts.
`./jiesu demo wechat` is tools/demo_wechat.py.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import yaml

import settings as setting
from core import categories, number
from reception.content import Content, load
from reception.slots import said_due
from simulator import Caller, Line
from store import deliveries
from store.db import Database
from tools import demo_wechat, places
from tools.backoffice import BackOffice
from tools.say import Failure, line

CASES = places.ROOT / "demo" / "cases.yml"
NAME = "demo"
ARRIVES_WITHIN = 45.0
PENDING = 202


@dataclass(frozen=True)
class Contact:
    """One time that a customer comes: by which door, what is said, and which facts must arrive."""

    door: str
    says: tuple[str, ...]
    together: tuple[str, ...]
    expect: Mapping[str, Any]

    @property
    def words(self) -> tuple[str, ...]:
        return self.together + self.says


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    contacts: tuple[Contact, ...]


def read_cases(path: Path = CASES) -> list[Case]:
    return [
        Case(
            raw["case"],
            raw["title"],
            tuple(
                Contact(one["door"], tuple(one["says"]), tuple(one.get("together", ())), one["expect"])
                for one in raw["contacts"]
            ),
        )
        for raw in yaml.safe_load(path.read_text("utf-8"))
    ]


def main(arguments: Sequence[str] = ()) -> int:
    try:
        if arguments[:1] == ["wechat"]:
            demo_wechat.main(arguments[1:])
        return run(set(arguments))
    except Failure as failure:
        line(f"\njiesu: {failure}")
    except setting.Wrong as wrong:
        line(f"\njiesu: these settings will not do:\n{wrong}")
    except KeyboardInterrupt:
        line("\njiesu: stopped.")
        return 130
    return 1


def run(wanted: set[str]) -> int:
    """Play the cases (those named, or all) and report. 0 when everything arrived."""
    our = setting.load()
    stage = Stage(our)
    stage.check()
    began = datetime.now(UTC)
    cases = [case for case in read_cases() if not wanted or case.name in wanted]
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with BackOffice(secret) as office, registered(our, office):
        for case in cases:
            line(f"{case.name}  {case.title}")
            for contact in Playing(stage).play(case):
                line(f"   {contact}")
        line("\nWaiting for the back office ...\n")
        await_all(office, cases, began)
        missing = report(office, cases, began, our)
        line(f"{len(office.received)} webhooks, every signature verified; refused: {office.refused}")
    return 1 if missing or office.refused else 0


class Stage:
    """The running system: where it is, and what is needed to call it."""

    def __init__(self, our: setting.Settings) -> None:
        self.url = f"http://127.0.0.1:{our.port}"
        self.public_url = our.public_url
        self._token = our.data_dir / "simulator_token"

    def check(self) -> None:
        """Raise Failure, with what to do, unless the doors are open."""
        try:
            open_ = requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            open_ = False
        if not open_:
            raise Failure(
                f"Jiesu is not running at {self.url}.",
                "start it with ./jiesu run in another terminal, then repeat this.",
            )

    def phone_line(self) -> Line:
        token = os.environ.get("TWILIO_AUTH_TOKEN") or self._token.read_text().strip()
        return Line.over_http(self.url, token, public_url=self.public_url)


@contextmanager
def registered(our: setting.Settings, office: BackOffice) -> Iterator[None]:
    """Our receiver as a destination, for as long as the demo runs."""
    db = Database(our.database_url)
    with db.writing() as conn:
        deliveries.set_destination(conn, NAME, office.url, office.secret, datetime.now(UTC))
    try:
        yield
    finally:
        with db.writing() as conn:
            deliveries.remove_destination(conn, NAME, datetime.now(UTC))
        db.close()


# ---- the customers


class Playing:
    """One case: the same person, however often they come."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._browser = requests.Session()
        self._phone = f"+86139{secrets.randbelow(10**8):08d}"

    def play(self, case: Case) -> Iterator[str]:
        """Yields a line for each contact: how it went."""
        for contact in case.contacts:
            yield self._call(contact) if contact.door == "phone" else self._chat(contact)

    def _call(self, contact: Contact) -> str:
        call = Caller(self._stage.phone_line(), number=self._phone).dial()
        for words in contact.words:
            if call.ended:
                break
            call.says(words)
        if not call.ended:
            call.hang_up()
        faults = f"; faults: {', '.join(call.faults)}" if call.faults else ""
        return f"phone: {call.inputs} turns, {call.seconds:.0f} s on the line{faults}"

    def _chat(self, contact: Contact) -> str:
        started, chat = time.monotonic(), _Chat(self._stage.url, self._browser)
        if contact.together:
            chat.burst(contact.together)
        turns = 0
        for words in contact.says:
            chat.say(words)
            turns += 1
        spent = time.monotonic() - started
        state = f"number {number.shown(chat.number)}" if chat.number else "no number yet"
        return f"chat: {turns + bool(contact.together)} turns in {spent:.1f} s, {state}"


class _Chat:
    """One conversation over POST /chat/messages."""

    def __init__(self, url: str, browser: requests.Session) -> None:
        self._url = f"{url}/chat/messages"
        self._browser = browser
        self._conversation = "new"  # a name nobody gave out: a new conversation of the same person
        self.number = ""

    def say(self, words: str) -> None:
        """Send one message and take the answer; a pending one is asked for again under the same id."""
        body = {"conversation": self._conversation, "text": words, "id": uuid.uuid4().hex}
        for _ in range(10):
            answer = self._browser.post(self._url, json=body, timeout=15)
            if answer.status_code != PENDING:
                break
            time.sleep(0.3)
        if answer.status_code != 200:
            raise Failure(f"The chat answered {answer.status_code}.", "look into web.log in the data folder.")
        told = answer.json()
        self._conversation = told["conversation"]
        self.number = (told.get("complaint") or {}).get("number", self.number)

    def burst(self, messages: Sequence[str]) -> None:
        """Several messages before anybody can answer."""
        self.say(messages[0])
        threads = []
        for words in messages[1:]:
            threads.append(threading.Thread(target=self.say, args=(words,)))
            threads[-1].start()
            time.sleep(0.15)
        for thread in threads:
            thread.join()


# ---- what arrived


def received(office: BackOffice, contact: Contact, began: datetime) -> dict[str, Any] | None:
    """The complaint that this contact made, as the back office holds it now."""
    for complaint in list(office.complaints.values()):
        said = [one["words"] for one in complaint["words"] if one["author"] == "customer"]
        if said[:1] == [contact.words[0]] and datetime.fromisoformat(complaint["opened_at"]) >= began:
            return complaint
    return None


def missing_facts(complaint: dict[str, Any] | None, contact: Contact) -> list[str]:
    """What should have arrived and did not; empty when all is there."""
    if complaint is None:
        return ["it did not arrive"]
    said = [one["words"] for one in complaint["words"] if one["author"] == "customer"]
    gone = [
        f"words once: {words}" for words in contact.words if said.count(words) != contact.words.count(words)
    ]
    return gone + [fault for name, want in contact.expect.items() for fault in FACTS[name](complaint, want)]


def _tier(complaint: dict[str, Any], want: int) -> list[str]:
    level = complaint["tier"]["level"]
    return [] if level == want else [f"tier {want}, not {level}"]


def _listed(name: str, found: Sequence[Any], want: Sequence[Any]) -> list[str]:
    return [f"{name} {one}" for one in want if one not in found]


FACTS: dict[str, Callable[[dict[str, Any], Any], list[str]]] = {
    "tier": _tier,
    "issues": lambda c, want: _listed("issue", [one["category"] for one in c["issues"]], want),
    "amounts": lambda c, want: _listed("amount", [one["amount"] for one in c["loss_claimed"]], want),
    "wanted": lambda c, want: _listed("wanted", (c["wanted"] or {}).get("kinds", []), want),
    "flags": lambda c, want: _listed("flag", [one["flag"] for one in c["flags"]], want),
    "promises": lambda c, want: _listed("promise", [one["kind"] for one in c["promises"]], want),
    "phone": lambda c, want: [] if bool(c["customer"]["phone"]) == want else ["phone"],
    "handoff": lambda c, want: [] if bool(c["handoffs"]) == want else ["handoff"],
    "repeat": lambda c, want: _listed("link", [one["link"] for one in c["links"]], ["repeat"]),
}


def await_all(office: BackOffice, cases: Sequence[Case], began: datetime) -> None:
    """Until every fact of every case is there, or time is up."""
    contacts = [contact for case in cases for contact in case.contacts]
    until = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < until:
        if not any(missing_facts(received(office, contact, began), contact) for contact in contacts):
            return
        time.sleep(0.5)


def report(office: BackOffice, cases: Sequence[Case], began: datetime, our: setting.Settings) -> int:
    """Print every complaint as the back office holds it; returns how many lack something."""
    content = load(places.ROOT / "content", today=began.date())
    failed = 0
    for case in cases:
        for contact in case.contacts:
            complaint = received(office, contact, began)
            missing = missing_facts(complaint, contact)
            failed += bool(missing)
            line(f"==== {case.name}  {case.title}")
            if complaint is not None:
                line(shown(complaint, content))
            line("     " + ("MISSING: " + "; ".join(missing) if missing else "complete") + "\n")
    return failed


def shown(complaint: dict[str, Any], content: Content) -> str:
    """One complaint as a block of lines; every name comes from content/."""
    label = content.label
    named = [
        categories.by_code(one["category"], content.vocabulary.categories) for one in complaint["issues"]
    ]
    tier, mood = complaint["tier"], complaint["mood"]
    because = f" ({tier['rule']}: {', '.join(tier['words'])})" if tier["rule"] else ""
    rows = {
        "number": number.shown(complaint["number"]),
        "channel": label("channels", complaint["channel"]),
        "state": label("states", complaint["state"]),
        "tier": f"{tier['level']} {label('tiers', str(tier['level']))}{because}",
        "flags": _join(
            f"{label('flags', one['flag'])} ({', '.join(one['words'])})" for one in complaint["flags"]
        ),
        "mood": f"{label('moods', mood['mood'])} {_join(mood['words'])}".strip(),
        "issues": _join(category.name for category in named),
        "department": complaint["department"] or "",
        "loss_claimed": _join(f"{one['amount']:,} ({one['words']})" for one in complaint["loss_claimed"]),
        "wanted": _join(label("wanted", kind) for kind in (complaint["wanted"] or {}).get("kinds", [])),
        "reference": (complaint["reference"] or {}).get("value", ""),
        "phone": complaint["customer"]["phone"] or "",
        "links": _join(f"{number.shown(one['number'])} ({one['link']})" for one in complaint["links"]),
        "promises": _join(
            _promise(one, content) for one in complaint["promises"] if one["state"] in ("open", "missed")
        ),
    }
    lines = [f"     {label('fields', name):<6}  {value}" for name, value in rows.items() if value]
    said = [f"     > {one['words']}" for one in complaint["words"] if one["author"] == "customer"]
    return "\n".join(lines + said)


def _promise(promise: dict[str, Any], content: Content) -> str:
    due = said_due(content, datetime.fromisoformat(promise["due_at"]), datetime.now(UTC), "web")
    return f"{content.label('promise_kinds', promise['kind'])} {due}"


def _join(parts: Any) -> str:
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
