"""Which role may do what. Whatever is not listed here is refused."""

from __future__ import annotations

READ = "read"
QUEUE = "queue"
PHONE = "phone"
TALK = "talk"
HANDLE = "handle"
EDIT = "edit"
ANSWER_MEMO = "answer_memo"
APPROVE = "approve"
FOLLOW_UP = "follow_up"
CLOSE = "close"
REOPEN = "reopen"
HEAR = "hear"
HEAR_OWN = "hear_own"
LOWER = "lower"
PRESENT = "present"
SEARCH = "search"
FILE = "file"
REPORTS = "reports"
EXPORT = "export"
AUDIT = "audit"
ACCOUNTS = "accounts"
ADMIN_AGENT = "admin_agent"

_WORK = frozenset({READ, QUEUE, PHONE, TALK, HANDLE, EDIT, HEAR_OWN, PRESENT, SEARCH, FILE})
_LEAD = _WORK | {LOWER, HEAR, APPROVE, CLOSE, REOPEN, REPORTS, EXPORT}

#: READ: complaints, those that the role may see, in the way that it may (core/sight.py). QUEUE: the first
#: page, on which everybody waits. PHONE: numbers in full.
#: TALK: take over and answer. HANDLE: own, note, raise, and the steps of a complaint that is one's own.
#: EDIT: correct what is known. ANSWER_MEMO: take and answer a work memo to one's department.
#: APPROVE: a remedy beyond the proposer's limit. FOLLOW_UP: ask the customer afterwards. CLOSE, REOPEN.
#: LOWER: lower a tier. HEAR_OWN: listen to recordings of complaints that are one's own. HEAR: to all.
#: PRESENT: be counted as available. SEARCH: past complaints. FILE: write down what a customer said.
#: REPORTS, EXPORT: figures and tables.
#: AUDIT: the trail of who saw and did what. ACCOUNTS: the people of the desk.
ROLES: dict[str, frozenset[str]] = {
    "agent": _WORK,
    "handler": frozenset({READ, PHONE, HEAR_OWN, ANSWER_MEMO, FILE}),
    "supervisor": _LEAD,
    "follow_up": frozenset({READ, PHONE, HEAR_OWN, HEAR, FOLLOW_UP, CLOSE, SEARCH, FILE}),
    "auditor": frozenset({READ, SEARCH, AUDIT}),
    "admin": frozenset({ACCOUNTS}),
    # A house of one: a supervisor who also keeps the accounts. The first login has this role.
    ADMIN_AGENT: _LEAD | {ACCOUNTS},
}

CHOSEN = "chosen"
SUPERVISORS = "supervisors"
EVERYBODY = "everybody"
RULES = (CHOSEN, SUPERVISORS, EVERYBODY)
LEADERS = frozenset({"supervisor", "auditor", "admin", ADMIN_AGENT})


def needs_second_factor(role: str, rule: str) -> bool:
    """Whether somebody of this role must have a second factor under the rule CHOSEN (nobody must),
    SUPERVISORS (whoever leads, checks or keeps accounts) or EVERYBODY."""
    return rule == EVERYBODY or (rule == SUPERVISORS and role in LEADERS)


def may(role: str, permission: str) -> bool:
    """Whether somebody of this role may; an unknown role may nothing."""
    return permission in ROLES.get(role, frozenset())
