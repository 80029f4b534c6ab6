"""What each verb of a document does to a call.

Documented defaults; the end of a document is the end of the call; after a Dial with `action` nothing
more of it runs. https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator import queueing, ringing, taping
from simulator.document import Verb
from simulator.sound import spoken_seconds

if TYPE_CHECKING:
    from simulator.call import Call

MOST_DOCUMENTS = 100  # in a row without the caller doing anything
MOST_STEPS = 5000  # verbs, likewise
FOREVER = 1000  # times that a sentence or sound is repeated which is to be repeated for ever


class Stop(Exception):
    """The call is over; says who ended it."""


def play(call: Call) -> None:
    """Run verbs until the caller has to act. Raises Stop when the call ends."""
    fetched = call.webhooks
    for _ in range(MOST_STEPS):
        if call.ended:
            return
        if call.webhooks - fetched > MOST_DOCUMENTS and call.queue is None:
            break
        if call.order:
            _obey(call)
        elif queueing.is_due(call):
            _went(queueing.connect(call))
        elif call.waiting is not None:
            return
        elif call.verbs:
            VERBS.get(call.verbs[0].name, _unknown)(call, call.verbs.pop(0))
        elif call.queue is not None:
            _went(queueing.wait(call))
        else:
            call.faults.append("the document ended and with it the call, without a goodbye")
            raise Stop("document")
    call.faults.append("a loop without the caller")
    raise Stop("loop")


def _obey(call: Call) -> None:
    """What REST has ordered: the new document takes the place of everything."""
    order, call.order, call.waiting, call.queue = call.order, "", None, None
    if order == call.END:
        raise Stop("rest")
    call.follow(order, {})


def _went(who: str) -> None:
    """Somebody hung up, or nobody did."""
    if who:
        raise Stop(who)


# ---- what is heard


def sound(call: Call, verb: Verb) -> None:
    """Say, Play and Pause."""
    if verb.name == "Pause":
        call.quiet(verb.number("length", 1))
        return
    loop = int(verb.number("loop", 1)) or FOREVER
    if verb.name == "Say":
        call.heard.append(verb.text)
        call.last.append(verb.text)
        call.spoken += spoken_seconds(verb.text) * loop
        call.sounds(spoken_seconds(verb.text) * loop)
    elif verb.get("digits"):
        call.sounds(0.5 * len(verb.get("digits")))
    else:
        call.sounds(call.track(verb.text) * loop)


def _gather(call: Call, verb: Verb) -> None:
    call.before_prompt = (call.seconds, call.spoken, call.silence)
    for inner in verb.inside:
        sound(call, inner)
    call.prompt_seconds = call.seconds - call.before_prompt[0]
    call.waiting = verb


def _record(call: Call, verb: Verb) -> None:
    call.before_prompt, call.prompt_seconds = (call.seconds, call.spoken, call.silence), 0.0
    call.waiting = verb
    taping.begins(call, verb)


# ---- where it goes


def _redirect(call: Call, verb: Verb) -> None:
    call.follow(verb.text or call.url, {}, verb.get("method", "POST"))


def _hang_up(call: Call, verb: Verb) -> None:
    raise Stop("machine")


def _leave(call: Call, verb: Verb) -> None:
    """Leave the queue that this document entertains; elsewhere it is as if nothing stood there."""
    if call.queue is None:
        call.faults.append("Leave outside of a queue")
        return
    queueing.leave(call, "leave")


def _refer(call: Call, verb: Verb) -> None:
    """Hand the call back to a SIP line: whoever that is, it is no longer ours."""
    call.connects.append(f"Refer {' '.join(child.text for child in verb.inside)}".strip())
    if verb.get("action"):
        told = {"ReferCallStatus": "completed", "ReferSipResponseCode": "202"}
        call.follow(verb.get("action"), told, verb.get("method", "POST"))


def _connect(call: Call, verb: Verb) -> None:
    """Streams and the like are noted; what they would do is somebody else's program."""
    call.connects.append(f"{verb.name} {' '.join(child.name for child in verb.inside)}".strip())
    if verb.name == "Connect" and verb.get("action"):
        call.follow(verb.get("action"), {}, verb.get("method", "POST"))


def _dial(call: Call, verb: Verb) -> None:
    outcome = ringing.ring(call, verb)
    if outcome is None:
        return
    if call.order:
        return _taken_out(call, verb, outcome)
    call.dial_results.append(outcome.params["DialCallStatus"])
    told = dict(outcome.params)
    if outcome.gone:
        told["CallStatus"] = "completed"
    if outcome.tape is not None and call.caller.tapes_first:
        taping.report(call, verb, outcome.tape)
    if verb.get("action"):
        call.follow(verb.get("action"), told, verb.get("method", "POST"))
    if outcome.tape is not None and not call.caller.tapes_first:
        taping.report(call, verb, outcome.tape)
    _went("caller" if outcome.gone else "")


def _taken_out(call: Call, verb: Verb, outcome: ringing.Outcome) -> None:
    """REST has sent the call elsewhere: the action is requested all the same, and its answer not played.
    https://www.twilio.com/en-us/changelog/changes-to-dial-behavior-for-enhanced-programmable-sip-feature-accounts
    """
    if verb.get("action") and call.order != call.END:
        call.request(verb.get("action"), {**call.about(), **outcome.params}, verb.get("method", "POST"))


def _unknown(call: Call, verb: Verb) -> None:
    call.faults.append(f"the simulator does not know {verb.name}")


VERBS: dict[str, Callable[[Call, Verb], None]] = {
    "Say": sound,
    "Play": sound,
    "Pause": sound,
    "Gather": _gather,
    "Record": _record,
    "Redirect": _redirect,
    "Dial": _dial,
    "Enqueue": queueing.enqueue,
    "Leave": _leave,
    "Hangup": _hang_up,
    "Reject": _hang_up,
    "Refer": _refer,
    "Connect": _connect,
    "Start": _connect,
    "Stop": _connect,
}
