"""A phone call as data: (flow, place, what was heard) gives steps, and the next place.

The machine decides and does nothing. What only the house can do (keep the caller's words, find a
person) it asks for: a `Turn` with an `ask` is answered by another event. `run` plays that exchange.

Promises, each a property test: from every node `0` or a spoken wish for a person rings somebody;
every second miss in a row (silence, wrong key, not understood) does so too, except where a promise is
already stored: there silence ends in a goodbye that repeats it; no path ends otherwise.
"""

from core.call.caller import Wishes
from core.call.parts import (
    ASKED,
    BACK,
    CALLED,
    FREE,
    HOLD,
    PASS,
    RESUMED,
    STORY,
    UNSURE,
    Answered,
    Arrived,
    Ask,
    Event,
    Failed,
    GiveUp,
    Hold,
    Keys,
    Leave,
    Listen,
    Lost,
    Noted,
    Place,
    Rang,
    Record,
    Recorded,
    Resumed,
    Ring,
    Say,
    Seek,
    Silence,
    Sought,
    Step,
    Tell,
    Turn,
    Unreached,
    Words,
)
from core.call.reaching import dial_result
from core.call.running import HouseOfCall, run, step
from core.ringplan import Leg

__all__ = [
    "ASKED",
    "BACK",
    "CALLED",
    "FREE",
    "HOLD",
    "PASS",
    "RESUMED",
    "STORY",
    "UNSURE",
    "Answered",
    "Arrived",
    "Ask",
    "Event",
    "Failed",
    "GiveUp",
    "Hold",
    "HouseOfCall",
    "Keys",
    "Leave",
    "Leg",
    "Listen",
    "Lost",
    "Noted",
    "Place",
    "Rang",
    "Record",
    "Recorded",
    "Resumed",
    "Ring",
    "Say",
    "Seek",
    "Silence",
    "Sought",
    "Step",
    "Tell",
    "Turn",
    "Unreached",
    "Wishes",
    "Words",
    "dial_result",
    "run",
    "step",
]
