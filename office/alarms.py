"""What the office tells people at once."""

from __future__ import annotations

from reception.alarms import KEYS, raise_alarm, raised

__all__ = ["KEYS", "raise_alarm", "raised"]

DELIVERY_REFUSED = "delivery_refused"
DELIVERY_DEAD = "delivery_dead"
DELIVERY_LATE = "delivery_late"
DESTINATION_OFF = "destination_off"
PROMISE_MISSED = "promise_missed"
PROMISE_LATE = "promise_late"
PROMISE_UNTOLD = "promise_untold"
PROMISE_ESCALATED = "promise_escalated"
CLOCK_JUMPED = "clock_jumped"
CLUSTER = "cluster"
RECORDING_UNFETCHED = "recording_unfetched"
RECORDING_LOST = "recording_lost"
RECORDING_TOO_LARGE = "recording_too_large"
TRAIL_LATE = "trail_late"
MEMO_UNTAKEN = "memo_untaken"
MEMO_LATE = "memo_late"
APPOINTMENT_SOON = "appointment_soon"
