"""Past-tense events: the spine that the live views, the deliveries and the reports read by cursor."""

from __future__ import annotations

MESSAGE_HEARD = "message_heard"
MESSAGE_SAID = "message_said"
COMPLAINT_OPENED = "complaint_opened"
COMPLAINT_REGISTERED = "complaint_registered"
FACT_LEARNED = "fact_learned"
TIER_RAISED = "tier_raised"
TIER_SET = "tier_set"
MOOD_CHANGED = "mood_changed"
HUMAN_ASKED = "human_asked"
AGENT_ACCEPTED = "agent_accepted"
AGENT_DECLINED = "agent_declined"
CALL_HELD = "call_held"
CALL_RESUMED = "call_resumed"
CALL_PASSED = "call_passed"
HANDED_BACK = "handed_back"
PROMISE_MADE = "promise_made"
PROMISE_WARNED = "promise_warned"
PROMISE_KEPT = "promise_kept"
PROMISE_MISSED = "promise_missed"
PROMISE_RENEWED = "promise_renewed"
CUSTOMER_TOLD = "customer_told"
NOTE_ADDED = "note_added"
STATE_MOVED = "state_moved"
FILE_RECEIVED = "file_received"
SUPERVISOR_PAGED = "supervisor_paged"
CALL_STARTED = "call_started"
CALL_ENDED = "call_ended"
DELIVERY_DIED = "delivery_died"
DELIVERY_SETTLED = "delivery_settled"
COMPLAINT_SEEN = "complaint_seen"
RECORDING_PLAYED = "recording_played"
LOGGED_IN = "logged_in"

#: What the back office hears of, and under which type. The payload is always the whole complaint.
OUTWARD = {
    COMPLAINT_REGISTERED: "complaint.registered",
    MESSAGE_HEARD: "complaint.updated",
    FACT_LEARNED: "complaint.updated",
    TIER_RAISED: "complaint.updated",
    TIER_SET: "complaint.updated",
    AGENT_ACCEPTED: "complaint.updated",
    STATE_MOVED: "complaint.updated",
    PROMISE_MADE: "complaint.updated",
    PROMISE_KEPT: "complaint.updated",
    PROMISE_MISSED: "complaint.updated",
    PROMISE_RENEWED: "complaint.updated",
    FILE_RECEIVED: "complaint.updated",
}
