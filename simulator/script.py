"""Whole calls written as YAML, so that a service lead can write them.

call: a quiet caller
caller: "+8613800138000"        # or withheld
agents: {client:agent1: accepts after 3}
at: "02:30"                     # the time of day; what it means for who is on duty is the player's business
gives_up_ringing: 5             # hangs up so many seconds into a ring
before: [{steps: [...]}]        # earlier calls of the same person, each written like this one
meanwhile: {caller: "+86...", steps: [...]}    # somebody else, whose steps go on between these
steps:
- hears: [...]                  # each must be in what was said since the caller last acted
- says: "..."                   # or {words: "...", confidence: 0.1}
- presses: "0"
- both: {presses: "0", says: "..."}     # at the same moment
- silent: 2
- hangs_up: true
ends: machine                   # machine, caller, or nothing while the line is still up
talks_to: [client:agent1]
then: {...}                     # what must be stored; checked by whoever plays the call
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from simulator import phones
from simulator.call import Call, Caller
from simulator.line import Line

USUAL = "+8613800138000"
WITHHELD = "anonymous"
STEPS = ("hears", "hears_not", "says", "presses", "both", "silent", "hangs_up", "whispers")
PARTS = {
    "call",
    "caller",
    "agents",
    "on_duty",
    "steps",
    "ends",
    "talks_to",
    "then",
    "repeat",
    "lose",
    "first_wins",
    "at",
    "on_call",
    "gives_up_ringing",
    "before",
    "later",
    "meanwhile",
}


class Wrong(AssertionError):
    """The call did not go as written; the text shows where, and everything heard."""


@dataclass(frozen=True)
class Script:
    """One written call."""

    data: Mapping[str, Any]

    def __post_init__(self) -> None:
        unknown = set(self.data) - PARTS
        if unknown:
            raise ValueError(f"{self.name}: unknown part {sorted(unknown)[0]}")

    @property
    def name(self) -> str:
        return str(self.data.get("call", "a call"))

    @property
    def on_duty(self) -> list[str]:
        """Phones of those on duty; unless written otherwise, everybody who has one in this call."""
        return list(self.data.get("on_duty", self.data.get("agents", {})))

    @property
    def before(self) -> list[Script]:
        """Earlier calls of the same person."""
        mine = {"call": f"{self.name}, before", "caller": self.data.get("caller", USUAL)}
        return [Script({**mine, **one}) for one in self.data.get("before", ())]

    @property
    def meanwhile(self) -> Script | None:
        """Somebody else who calls at the same time."""
        other = self.data.get("meanwhile")
        return Script({"call": f"{self.name}, meanwhile", **other}) if other else None

    def caller(self, line: Line) -> Caller:
        number = str(self.data.get("caller", USUAL))
        line.repeat = int(self.data.get("repeat", 1))
        line.lose = {line.requests + int(one) for one in self.data.get("lose", ())}
        return Caller(
            line,
            number=WITHHELD if number == "withheld" else number,
            agents={where: phones.read(does) for where, does in self.data.get("agents", {}).items()},
            first_wins=str(self.data.get("first_wins", "accept")),
            hangs_up_while_ringing=self.data.get("gives_up_ringing"),
        )

    def play(self, line: Line) -> Call:
        """Ring, do every step, compare. Raises Wrong."""
        return self.play_together(line)[0][1]

    def play_together(self, line: Line) -> list[tuple[Script, Call]]:
        """This call and whoever calls meanwhile, step by step in turn. Raises Wrong."""
        scripts = [self, self.meanwhile] if self.meanwhile else [self]
        calls = [(script, script.caller(line).dial()) for script in scripts]
        for _ in zip_longest(*(script.steps(call) for script, call in calls)):
            pass
        for script, call in calls:
            script._compare(call)
        return calls

    def steps(self, call: Call) -> Iterator[None]:
        """The steps of this call, each done when it is asked for."""
        for number, step in enumerate(self.data.get("steps", ()), 1):
            self._step(call, number, step)
            yield

    def _step(self, call: Call, number: int, step: Mapping[str, Any]) -> None:
        for kind, value in step.items():
            if kind not in STEPS:
                raise ValueError(f"{self.name}, step {number}: unknown step {kind}")
            try:
                self._do(call, kind, value)
            except AssertionError as wrong:
                raise Wrong(f"{self.name}, step {number} ({kind}): {wrong}\n{_told(call)}") from None

    def _do(self, call: Call, kind: str, value: Any) -> None:
        if kind == "hears":
            said = "".join(call.last)
            missing = [words for words in _several(value) if words not in said]
            assert not missing, f"not heard: {missing}"
        elif kind == "hears_not":
            heard = [words for words in _several(value) if words in "".join(call.last)]
            assert not heard, f"heard: {heard}"
        elif kind == "whispers":
            missing = [words for words in _several(value) if words not in "".join(call.whispers)]
            assert not missing, f"not whispered: {missing}"
        elif kind == "says":
            given = value if isinstance(value, dict) else {"words": value}
            call.says(str(given["words"]), float(given.get("confidence", 0.9)))
        elif kind == "presses":
            call.press(str(value))
        elif kind == "both":
            call.acts(keys=str(value["presses"]), words=str(value["says"]))
        elif kind == "silent":
            call.silent(int(value))
        else:
            call.hang_up()

    def _compare(self, call: Call) -> None:
        ends, talks = str(self.data.get("ends") or ""), list(self.data.get("talks_to", ()))
        problems = list(call.faults) + [f"answered differently: {url}" for url in call.differences]
        if "ends" in self.data and call.ended != ends:
            problems.append(f"ended by {call.ended or 'nobody yet'}, not {ends or 'nobody yet'}")
        if call.bridged != talks:
            problems.append(f"talked to {call.bridged}, not {talks}")
        if problems:
            raise Wrong(f"{self.name}: {'; '.join(problems)}\n{_told(call)}")


def _several(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _told(call: Call) -> str:
    heard = "\n".join(f"  {words}" for words in call.heard)
    return f"heard so far:\n{heard}\nthe line is {'listening' if call.listening else call.ended or 'busy'}"
