"""Past-tense events: the spine that the live views, the deliveries and the reports read by cursor."""

from __future__ import annotations

MESSAGE_HEARD = "message_heard"
MESSAGE_SAID = "message_said"
COMPLAINT_OPENED = "complaint_opened"
COMPLAINT_REGISTERED = "complaint_registered"
FACT_LEARNED = "fact_learned"
FACT_CORRECTED = "fact_corrected"
TIER_RAISED = "tier_raised"
TIER_SET = "tier_set"
MOOD_CHANGED = "mood_changed"
MOOD_SET = "mood_set"
FLAG_SET = "flag_set"
FLAG_ENDED = "flag_ended"
DEPARTMENT_SET = "department_set"
PERSON_RECUSED = "person_recused"
RECUSAL_LIFTED = "recusal_lifted"
COMPLAINT_FILED = "complaint_filed"
COMPLAINTS_SEARCHED = "complaints_searched"
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
SHEET_PRINTED = "sheet_printed"
REPORT_EXPORTED = "report_exported"
LOGGED_IN = "logged_in"
HANDED_ON = "handed_on"
MESSAGE_TAKEN_BACK = "message_taken_back"
ACT_UNDONE = "act_undone"
PROMISE_REOPENED = "promise_reopened"
ATTEMPT_MADE = "attempt_made"
ATTEMPT_ENDED = "attempt_ended"
ATTEMPT_CONFIRMED = "attempt_confirmed"
MEMO_SENT = "memo_sent"
MEMO_TAKEN = "memo_taken"
MEMO_ANSWERED = "memo_answered"
MEMO_RECALLED = "memo_recalled"
FINDING_RECORDED = "finding_recorded"
PLAN_OFFERED = "plan_offered"
PLAN_ANSWERED = "plan_answered"
REMEDY_PROPOSED = "remedy_proposed"
REMEDY_APPROVED = "remedy_approved"
REMEDY_REFUSED = "remedy_refused"
REMEDY_DONE = "remedy_done"
APPOINTMENT_MISSED = "appointment_missed"
FOLLOW_UP_RECORDED = "follow_up_recorded"
FEEDBACK_GIVEN = "feedback_given"
ACTION_SET = "action_set"
ACTION_DONE = "action_done"
WITHDRAWAL_ASKED = "withdrawal_asked"
WITHDRAWAL_REFUSED = "withdrawal_refused"
COMPLAINT_REOPENED = "complaint_reopened"
COMPLAINT_SPLIT = "complaint_split"
PROMISE_CANCELLED = "promise_cancelled"
COMPLAINT_OWNED = "complaint_owned"
PROMISE_PAUSED = "promise_paused"
PROMISE_RESUMED = "promise_resumed"
LOGIN_FAILED = "login_failed"
LOGGED_OUT = "logged_out"
ACCESS_REFUSED = "access_refused"
REVEALED = "revealed"
ORIGINAL_TAKEN = "original_taken"
ACCOUNT_ADDED = "account_added"
ACCOUNT_CHANGED = "account_changed"
ACCOUNT_DISABLED = "account_disabled"
ACCOUNT_ENABLED = "account_enabled"
PASSWORD_RESET = "password_reset"
PASSWORD_CHANGED = "password_changed"
SESSIONS_ENDED = "sessions_ended"
SECOND_FACTOR_SET = "second_factor_set"
SECOND_FACTOR_REMOVED = "second_factor_removed"
RECOVERY_CODE_USED = "recovery_code_used"
CUSTOMERS_JOINED = "customers_joined"
CUSTOMERS_PARTED = "customers_parted"
CUSTOMERS_TOLD_APART = "customers_told_apart"
WECHAT_SENT = "wechat_sent"
UNREADABLE_SEEN = "unreadable_seen"
WECHAT_TRANSFERRED = "wechat_transferred"
WECHAT_TRANSFER_ENDED = "wechat_transfer_ended"
MEDIA_MISSED = "media_missed"
APPOINTMENT_SOON = "appointment_soon"
COMPLAINTS_LINKED = "complaints_linked"
COMPLAINTS_UNLINKED = "complaints_unlinked"
CASE_LINKS_ENDED = "case_links_ended"

#: What the back office hears of, and under which type. The payload is always the whole complaint.
OUTWARD = {
    COMPLAINT_REGISTERED: "complaint.registered",
    MESSAGE_HEARD: "complaint.updated",
    MESSAGE_TAKEN_BACK: "complaint.updated",
    ACT_UNDONE: "complaint.updated",
    PROMISE_REOPENED: "complaint.updated",
    ATTEMPT_MADE: "complaint.updated",
    ATTEMPT_ENDED: "complaint.updated",
    ATTEMPT_CONFIRMED: "complaint.updated",
    FACT_LEARNED: "complaint.updated",
    FACT_CORRECTED: "complaint.updated",
    MOOD_SET: "complaint.updated",
    FLAG_SET: "complaint.updated",
    FLAG_ENDED: "complaint.updated",
    DEPARTMENT_SET: "complaint.updated",
    TIER_RAISED: "complaint.updated",
    TIER_SET: "complaint.updated",
    AGENT_ACCEPTED: "complaint.updated",
    STATE_MOVED: "complaint.updated",
    PROMISE_MADE: "complaint.updated",
    PROMISE_KEPT: "complaint.updated",
    PROMISE_MISSED: "complaint.updated",
    PROMISE_RENEWED: "complaint.updated",
    FILE_RECEIVED: "complaint.updated",
    MEDIA_MISSED: "complaint.updated",
    MEMO_SENT: "complaint.updated",
    MEMO_ANSWERED: "complaint.updated",
    FINDING_RECORDED: "complaint.updated",
    PLAN_OFFERED: "complaint.updated",
    PLAN_ANSWERED: "complaint.updated",
    REMEDY_PROPOSED: "complaint.updated",
    REMEDY_APPROVED: "complaint.updated",
    REMEDY_REFUSED: "complaint.updated",
    REMEDY_DONE: "complaint.updated",
    FOLLOW_UP_RECORDED: "complaint.updated",
    FEEDBACK_GIVEN: "complaint.updated",
    COMPLAINT_REOPENED: "complaint.updated",
    PROMISE_PAUSED: "complaint.updated",
    PROMISE_RESUMED: "complaint.updated",
    COMPLAINTS_LINKED: "complaint.updated",
    COMPLAINTS_UNLINKED: "complaint.updated",
}
