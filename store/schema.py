"""The tables. Instants are stored in UTC and come back aware; structured values are JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. A naive one is refused: it would mean a different moment elsewhere."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _ref(name: str, target: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.ForeignKey(f"{target}.id"), **options)


customers = sa.Table("customers", metadata, _id(), sa.Column("created_at", Instant, nullable=False))

identities = sa.Table(
    "identities",
    metadata,
    _id(),
    _ref("customer_id", "customers", nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False, default=False),
    sa.UniqueConstraint("kind", "value"),
    sa.Index(
        "ix_identities_phone_tail", sa.text("substr(value, -4)"), sqlite_where=sa.text("kind = 'phone'")
    ),
    sa.Index("ix_identities_customer_id", "customer_id"),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    _ref("customer_id", "customers", nullable=False),
    sa.Column("complaint_id", sa.Integer, index=True),
    sa.Column("speaker", sa.Text, nullable=False),
    _ref("agent_id", "users"),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("asked", sa.Text),
    sa.Column("asked_counts", sa.JSON, nullable=False),
    sa.Column("skipped", sa.JSON, nullable=False),
    sa.Column("misses", sa.Integer, nullable=False),
    sa.Column("mood", sa.Text, nullable=False),
    sa.Column("mood_level", sa.Integer, nullable=False),
    sa.Column("calm_turns", sa.Integer, nullable=False),
    sa.Column("sender", sa.Text, nullable=False, unique=True),
    sa.Column("sender_generation", sa.Integer, nullable=False),
    sa.Column("leased_until", Instant),
    sa.Column("leased_by", sa.Integer),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("last_heard_at", Instant, nullable=False, index=True),
    sa.Column("ended_at", Instant),
    sa.Index("ix_conversations_started_at", "started_at"),
    sa.Index("ix_conversations_spoken", "agent_id", sqlite_where=sa.text("agent_id IS NOT NULL")),
    sa.Index("ix_conversations_going_of", "agent_id", sqlite_where=sa.text("ended_at IS NULL")),
    sa.Column("sent_up_to", sa.Integer),
    sa.Column("turn_at", Instant, index=True),
    sa.Index("ix_conversations_of_customer", "customer_id", "channel"),
)

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    _ref("conversation_id", "conversations", nullable=False, index=True),
    _ref("complaint_id", "complaints", index=True),
    sa.Column("provider_key", sa.Text, unique=True),
    sa.Column("author", sa.Text, nullable=False),
    _ref("agent_id", "users"),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("typed", sa.Text),
    sa.Column("reply", sa.Text),
    sa.Column("buttons", sa.JSON, nullable=False),
    sa.Column("answers", sa.Integer, index=True),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("taken_back_at", Instant),
    sa.Index("ix_messages_unanswered", "at", sqlite_where=sa.text("answered IS 0")),
)

complaints = sa.Table(
    "complaints",
    metadata,
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("opened_at", Instant, nullable=False, index=True),
    sa.Column("registered_at", Instant),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    _ref("customer_id", "customers", nullable=False, index=True),
    sa.Column("tier", sa.Integer, nullable=False),
    sa.Column("department", sa.Text),
    _ref("owner_id", "users"),
    sa.Column("taken_at", Instant),
    sa.Column("mood", sa.Text, nullable=False),
    sa.Column("mood_level", sa.Integer, nullable=False),
    sa.Column("rung", sa.Integer, nullable=False),
    sa.Column("reopened", sa.Integer, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("closed_at", Instant, index=True),
    sa.Column("outcome", sa.Text),
    # The first matter of the fact `issues`: what is alike is found by it.
    sa.Column("category", sa.Text),
    sa.Index("ix_complaints_category", "category", "opened_at"),
    # The lists of the desk, the newest first, without reading what is older.
    sa.Index("ix_complaints_state_opened_at", "state", "opened_at"),
    sa.Index("ix_complaints_owner_opened_at", "owner_id", "opened_at"),
    sa.Index("ix_complaints_department_opened_at", "department", "opened_at"),
    sa.Index("ix_complaints_tier_opened_at", "tier", "opened_at"),
    sa.Index("ix_complaints_channel_opened_at", "channel", "opened_at"),
)

facts = sa.Table(
    "facts",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    _ref("message_id", "messages"),
    _ref("user_id", "users"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("replaced_by", sa.Integer),
    sa.Index("uq_facts_once", "message_id", "field", "by", unique=True),
    # Whom a number, an order or a place belongs to. The last four digits stand before the closing quote.
    sa.Index("ix_facts_phone", "value", sqlite_where=sa.text("field = 'phone'")),
    sa.Index("ix_facts_phone_tail", sa.text("substr(value, -5, 4)"), sqlite_where=sa.text("field = 'phone'")),
    sa.Index("ix_facts_subject", "value", sqlite_where=sa.text("field = 'subject'")),
    sa.Index(
        "ix_facts_reference",
        sa.text("json_extract(value, '$.value')"),
        sqlite_where=sa.text("field = 'reference'"),
    ),
)

signals = sa.Table(
    "signals",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    _ref("message_id", "messages"),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    _ref("ended_by", "users"),
    sa.Column("ended_why", sa.Text),
)

links = sa.Table(
    "links",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("other_id", "complaints", nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.UniqueConstraint("complaint_id", "other_id", "kind"),
)

PLACES = sa.text("queued_at IS NOT NULL AND kept_at IS NULL")

promises = sa.Table(
    "promises",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("calendar", sa.Text, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("warned_at", Instant),
    sa.Column("told_at", Instant),
    sa.Column("missed_at", Instant),
    sa.Column("kept_at", Instant),
    sa.Column("look_at", Instant),
    _ref("renews", "promises"),
    sa.Column("queued_at", Instant),
    sa.Index("ix_promises_due_at", "due_at"),
    sa.Index("ix_promises_clock", "complaint_id", "state", "due_at"),
    # Calls back that keep a place in the queue, without walking over everything ever promised.
    sa.Index("ix_promises_places", "kind", "state", "queued_at", sqlite_where=PLACES),
    sa.Index("ix_promises_renews", "renews", sqlite_where=sa.text("renews IS NOT NULL")),
)

events = sa.Table(
    "events",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    _ref("complaint_id", "complaints", index=True),
    _ref("conversation_id", "conversations", index=True),
    _ref("user_id", "users"),
    sa.Column("sequence", sa.Integer),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("salt", sa.Text),
    sa.UniqueConstraint("complaint_id", "sequence"),
    sa.Index("ix_events_name", "name"),
    sqlite_autoincrement=True,
)

destinations = sa.Table(
    "destinations",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    _ref("destination_id", "destinations", nullable=False),
    _ref("event_id", "events", nullable=False),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("woken", sa.Integer, nullable=False, server_default="0"),
    sa.Column("put_off", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("leased_until", Instant),
    sa.Column("last_answer", sa.Text),
    sa.Column("settled_at", Instant),
    sa.Column("reason", sa.Text),
    sa.UniqueConstraint("destination_id", "event_id"),
    sa.Index("ix_deliveries_due", "state", "due_at"),
    # The first waiting row of each complaint, without walking over everything ever sent.
    sa.Index(
        "ix_deliveries_waiting",
        "destination_id",
        "complaint_id",
        "id",
        sqlite_where=sa.text("state = 'waiting'"),
    ),
)

handoffs = sa.Table(
    "handoffs",
    metadata,
    _id(),
    _ref("conversation_id", "conversations", nullable=False, index=True),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("tried", sa.JSON, nullable=False),
    _ref("agent_id", "users"),
    sa.Column("accepted_at", Instant),
    sa.Column("first_word_at", Instant),
    sa.Column("offered_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("outcome", sa.Text),
    sa.Column("sought", sa.Text),
    sa.Index("ix_handoffs_asked_at", "asked_at"),
    sa.Index("uq_handoffs_open", "conversation_id", unique=True, sqlite_where=sa.text("ended_at IS NULL")),
)

notes = sa.Table(
    "notes",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("user_id", "users", nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("taken_back_at", Instant),
)

files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _ref("complaint_id", "complaints", index=True),
    _ref("conversation_id", "conversations", index=True),
    _ref("message_id", "messages"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    # Who put it there, of the people of the desk; empty for the customer's own.
    sa.Column("user_id", sa.Integer),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("sid", sa.Text, primary_key=True),
    _ref("conversation_id", "conversations", index=True),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_rank", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("language", sa.Text),
    sa.Column("resume", sa.Text),
    sa.Column("agent_leg", sa.Text),
    sa.Column("moving_to", sa.Text),
)

call_turns = sa.Table(
    "call_turns",
    metadata,
    sa.Column("call_sid", sa.Text, primary_key=True),
    sa.Column("turn", sa.Text, primary_key=True),
    sa.Column("twiml", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("sid", sa.Text, primary_key=True),
    sa.Column("call_sid", sa.Text, nullable=False, index=True),
    _ref("complaint_id", "complaints", index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("seconds", sa.Integer),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, server_default="message"),
    _ref("file_id", "files"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", Instant),
    sa.Column("fetched_at", Instant),
    sa.Column("deleted_at", Instant),
    sa.Column("heard_at", Instant),
    sa.Column("words", sa.Text),
    sa.Index("ix_recordings_due", "due_at"),
)

users = sa.Table(
    "users",
    metadata,
    _id(),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("public_name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("phone", sa.Text),
    sa.Column("presence", sa.Text, nullable=False),
    sa.Column("present_until", Instant),
    sa.Column("line_out_until", Instant),
    sa.Column("session_epoch", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("disabled_at", Instant),
    sa.Column("subject", sa.Text),
    sa.Column("second_factor", sa.Text),
    sa.Column("second_factor_step", sa.Integer),
    sa.Column("recovery_codes", sa.JSON),
    sa.Index("uq_users_subject", "subject", unique=True),
)

tokens = sa.Table(
    "tokens",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
)

limits = sa.Table(
    "limits",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("window_start", Instant, nullable=False),
    sa.Column("hits", sa.Integer, nullable=False),
)

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

# ---- The seven steps. Rows are added and settled, never rewritten.

memos = sa.Table(
    "memos",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("department", sa.Text, nullable=False, index=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("ask", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    _ref("taken_by", "users"),
    sa.Column("taken_at", Instant),
    sa.Column("reply", sa.Text),
    _ref("replied_by", "users"),
    sa.Column("replied_at", Instant),
    sa.Column("recalled_at", Instant),
)

findings = sa.Table(
    "findings",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("cause_words", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("responsibility", sa.Text),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
)

plans = sa.Table(
    "plans",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("options", sa.JSON, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("told_at", Instant),
    sa.Column("answer", sa.Text),
    sa.Column("chosen", sa.Integer),
    sa.Column("words", sa.Text),
    _ref("answered_by", "users"),
    sa.Column("answered_at", Instant),
)

remedies = sa.Table(
    "remedies",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    # In fen, the hundredth of a yuan.
    sa.Column("amount", sa.Integer),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("appointment", sa.JSON),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("approvers", sa.JSON, nullable=False),
    sa.Column("approved_at", Instant),
    sa.Column("refused_at", Instant),
    _ref("refused_by", "users"),
    sa.Column("reason", sa.Text),
    sa.Column("proof", sa.Text),
    _ref("proof_file", "files"),
    _ref("done_by", "users"),
    sa.Column("done_at", Instant),
    # What is still to be done: the office looks for agreed times among it.
    sa.Index("ix_remedies_open", "id", sqlite_where=sa.text("done_at IS NULL AND refused_at IS NULL")),
)

attempts = sa.Table(
    "attempts",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("means", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("caller_id", sa.Text),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("call_sid", sa.Text),
    sa.Column("confirmed", sa.Boolean),
    sa.Column("confirmed_at", Instant),
)

follow_ups = sa.Table(
    "follow_ups",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("q1", sa.Integer),
    sa.Column("q2", sa.Integer),
    sa.Column("q3", sa.Integer),
    sa.Column("q4", sa.Text),
    sa.Column("q5", sa.Text),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

feedbacks = sa.Table(
    "feedbacks",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("to", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
)

actions = sa.Table(
    "actions",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("tag", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    _ref("done_by", "users"),
    sa.Column("done_at", Instant),
    sa.Index("ix_actions_open", "due_at", sqlite_where=sa.text("done_at IS NULL")),
)

recusals = sa.Table(
    "recusals",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False),
    _ref("recused_id", "users", nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("complaint_id", "recused_id"),
)

pauses = sa.Table(
    "pauses",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("promise_id", "promises", nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_before", Instant, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("ix_pauses_going", "until", sqlite_where=sa.text("ended_at IS NULL")),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    sa.Column("words", sa.Text, nullable=False),
    _ref("user_id", "users", nullable=False),
    sa.Column("at", Instant, nullable=False),
    _ref("settled_by", "users"),
    sa.Column("settled_at", Instant),
    sa.Column("confirmed", sa.Boolean),
)

case_link_ends = sa.Table(
    "case_link_ends",
    metadata,
    _id(),
    _ref("complaint_id", "complaints", nullable=False, index=True),
    _ref("user_id", "users", nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# ---- Who looks, and the trail

viewers = sa.Table(
    "viewers",
    metadata,
    _ref("complaint_id", "complaints", primary_key=True),
    _ref("user_id", "users", primary_key=True),
    sa.Column("until", Instant, nullable=False),
    sa.Column("writing_until", Instant),
)

typing = sa.Table(
    "typing",
    metadata,
    _ref("conversation_id", "conversations", primary_key=True),
    sa.Column("author", sa.Text, primary_key=True),
    sa.Column("until", Instant, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    _ref("event_id", "events", nullable=False, unique=True),
    sa.Column("event_hash", sa.Text, nullable=False),
    sa.Column("prev", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False),
)

# ---- WeChat: what may be sent, what was sent, what is still to be fetched

wechat_rights = sa.Table(
    "wechat_rights",
    metadata,
    _id(),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("openid", sa.Text, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("left", sa.Integer, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("scene", sa.Text),
    # When the customer acted, by WeChat's clock: it orders acts. `at`: when we heard of it.
    sa.Column("acted_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_wechat_rights_of", "openid", "account", "until"),
    sa.Index("ix_wechat_rights_acted", "openid", "account", "acted_at"),
    sa.Index("ix_wechat_rights_scene", "openid", "account", sqlite_where=sa.text("scene IS NOT NULL")),
)

wechat_sends = sa.Table(
    "wechat_sends",
    metadata,
    _id(),
    _ref("conversation_id", "conversations", nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("messages", sa.JSON, nullable=False),
    _ref("right_id", "wechat_rights"),
    # The file that the message is, where it is one.
    _ref("file_id", "files"),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("code", sa.Integer),
    sa.Column("provider_id", sa.Text, index=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("settled_at", Instant),
    sa.Index("ix_wechat_sends_code", "code", sqlite_where=sa.text("code IS NOT NULL")),
)

wechat_media = sa.Table(
    "wechat_media",
    metadata,
    _id(),
    _ref("message_id", "messages", nullable=False, unique=True),
    _ref("complaint_id", "complaints", index=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("media_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, index=True),
    _ref("file_id", "files", index=True),
    sa.Column("heard_at", Instant),
)

wechat_uploads = sa.Table(
    "wechat_uploads",
    metadata,
    _id(),
    _ref("file_id", "files", nullable=False, index=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("media_id", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

unreadable = sa.Table(
    "unreadable",
    metadata,
    _id(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    _ref("settled_by", "users"),
    sa.Column("settled_at", Instant),
    sa.Index("ix_unreadable_unseen", "id", sqlite_where=sa.text("settled_at IS NULL")),
)

wechat_refusals = sa.Table(
    "wechat_refusals",
    metadata,
    sa.Column("hour", Instant, primary_key=True),
    sa.Column("door", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

kf_cursors = sa.Table(
    "kf_cursors",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("bells", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# ---- One person behind several identities: joined on proof, and undoable

joins = sa.Table(
    "joins",
    metadata,
    _id(),
    # Two customers, the smaller id first. `same`: one person; else somebody has said that they are not.
    _ref("customer_id", "customers", nullable=False, index=True),
    _ref("other_id", "customers", nullable=False, index=True),
    sa.Column("same", sa.Boolean, nullable=False),
    sa.Column("proof", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    _ref("undone_by", "users"),
    sa.Column("undone_at", Instant),
    sa.Column("undone_why", sa.Text),
    sa.Index(
        "uq_joins_in_force", "customer_id", "other_id", unique=True, sqlite_where=sa.text("undone_at IS NULL")
    ),
)
