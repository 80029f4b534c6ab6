"""A queue at the phone company: the caller hears its wait URL until somebody takes the call, or leaves.

https://www.twilio.com/docs/voice/twiml/enqueue
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.document import Verb
from simulator.phones import PICKS_UP, Phone

if TYPE_CHECKING:
    from simulator.call import Call

MUSIC_SECONDS = 20.0  # of the phone company's own, when no wait URL is given


@dataclass
class Queue:
    """A caller's place: since when, who will take it, and where the call went on before."""

    name: str
    verb: Verb
    phone: Phone
    since: float
    url: str
    rest: list[Verb] = field(default_factory=list)
    waited_until: float = -1.0

    def told(self, call: Call) -> dict[str, str]:
        waited = str(int(call.seconds - self.since))
        place = {"QueueSid": "QU" + "0" * 32, "QueuePosition": "1", "CurrentQueueSize": "1"}
        return place | {"QueueTime": waited, "AvgQueueTime": waited}


def enqueue(call: Call, verb: Verb) -> None:
    """Join; somebody who is free takes the call at once."""
    name = f"queue:{verb.text or verb.get('workflowSid')}"
    call.reaches([name])
    call.queue = Queue(name, verb, call.caller.phone(name), call.seconds, call.url, call.verbs)
    call.verbs = []


def is_due(call: Call) -> bool:
    queue = call.queue
    if queue is None or queue.phone.does != PICKS_UP:
        return False
    return call.seconds - queue.since >= queue.phone.after


def wait(call: Call) -> str:
    """The wait URL, once more. Returns "caller" when their patience is at its end, "loop" when it takes no
    time at all."""
    queue = call.queue
    if queue is None:
        return ""
    if call.seconds - queue.since >= call.caller.patience:
        return "caller"
    if call.seconds == queue.waited_until:
        call.faults.append("a queue whose wait URL is silent and takes no time")
        return "loop"
    queue.waited_until = call.seconds
    if not queue.verb.get("waitUrl"):
        call.sounds(MUSIC_SECONDS)
        return ""
    call.follow(queue.verb.get("waitUrl"), queue.told(call), queue.verb.get("waitUrlMethod", "POST"))
    return ""


def connect(call: Call) -> str:
    """Somebody takes the call. Returns who hung up, when that was the caller."""
    queue = call.queue
    if queue is None:
        return ""
    call.waiting = None
    call.bridged.append(queue.name)
    if queue.phone.during is not None:
        queue.phone.during(call)
    if call.order:
        return ""
    call.passes(queue.phone.talk)
    leave(call, "bridged")
    return "caller" if queue.phone.caller_ends else ""


def leave(call: Call, result: str) -> None:
    """Out of the queue: its action is asked, or what stood after the Enqueue runs."""
    queue, call.queue = call.queue, None
    if queue is None:
        return
    told = queue.told(call) | {"QueueResult": result}
    call.url, call.verbs = queue.url, queue.rest
    if queue.verb.get("action"):
        call.follow(queue.verb.get("action"), told, queue.verb.get("method", "POST"))
