"""Which role may do what. Whatever is not listed here is refused."""

from __future__ import annotations

READ = "read"
PHONE = "phone"
TALK = "talk"
HANDLE = "handle"
HEAR = "hear"
HEAR_OWN = "hear_own"
LOWER = "lower"
PRESENT = "present"
ACCOUNTS = "accounts"
ADMIN_AGENT = "admin_agent"

_WORK = frozenset({READ, PHONE, TALK, HANDLE, HEAR_OWN, PRESENT})

#: READ: complaints with the customer's words. PHONE: numbers in full. TALK: take over and answer.
#: HANDLE: own, note, raise, resolve. LOWER: lower a tier.
#: HEAR_OWN: listen to recordings of complaints that are one's own. HEAR: to all.
#: PRESENT: be counted as available. ACCOUNTS: the people of the desk.
ROLES: dict[str, frozenset[str]] = {
    "agent": _WORK,
    "supervisor": _WORK | {LOWER, HEAR},
    "follow_up": frozenset({READ, PHONE, HEAR_OWN, HEAR}),
    "auditor": frozenset({READ}),
    "admin": frozenset({ACCOUNTS}),
    # A house of one: a supervisor who also keeps the accounts. The first login has this role.
    ADMIN_AGENT: _WORK | {LOWER, HEAR, ACCOUNTS},
}


def may(role: str, permission: str) -> bool:
    """Whether somebody of this role may; an unknown role may nothing."""
    return permission in ROLES.get(role, frozenset())
