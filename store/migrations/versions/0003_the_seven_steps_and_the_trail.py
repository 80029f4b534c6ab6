"""the seven steps, who looks, the audit trail"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _columns()
    _steps()
    _live()
    _reports()
    _search()


def _columns() -> None:
    with op.batch_alter_table("complaints") as table:
        table.add_column(sa.Column("closed_at", sa.DateTime()))
        table.add_column(sa.Column("outcome", sa.Text()))
        table.add_column(sa.Column("category", sa.Text()))
        table.create_index(table.f("ix_complaints_closed_at"), ["closed_at"])
    with op.batch_alter_table("files") as table:
        table.add_column(sa.Column("user_id", sa.Integer()))
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("taken_back_at", sa.DateTime()))
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("salt", sa.Text()))
        table.create_index("ix_events_name", ["name"])
    with op.batch_alter_table("handoffs") as table:
        table.add_column(sa.Column("sought", sa.Text()))
    with op.batch_alter_table("notes") as table:
        table.add_column(sa.Column("taken_back_at", sa.DateTime()))
    with op.batch_alter_table("signals") as table:
        table.add_column(sa.Column("ended_at", sa.DateTime()))
        table.add_column(sa.Column("ended_by", sa.Integer()))
        table.add_column(sa.Column("ended_why", sa.Text()))
        table.create_foreign_key(op.f("fk_signals_ended_by"), "users", ["ended_by"], ["id"])
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("department", sa.Text()))
        table.add_column(sa.Column("disabled_at", sa.DateTime()))
        table.add_column(sa.Column("subject", sa.Text()))
        table.add_column(sa.Column("second_factor", sa.Text()))
        table.add_column(sa.Column("second_factor_step", sa.Integer()))
        table.add_column(sa.Column("recovery_codes", sa.JSON()))
        table.create_index("uq_users_subject", ["subject"], unique=True)


def _steps() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("done_by", sa.Integer()),
        sa.Column("done_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_actions_complaint_id")),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_actions_done_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_actions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    with op.batch_alter_table("actions") as table:
        table.create_index(table.f("ix_actions_complaint_id"), ["complaint_id"])
        table.create_index("ix_actions_open", ["due_at"], sqlite_where=sa.text("done_at IS NULL"))
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("call_sid", sa.Text()),
        sa.Column("confirmed", sa.Boolean()),
        sa.Column("confirmed_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_attempts_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts") as table:
        table.create_index(table.f("ix_attempts_complaint_id"), ["complaint_id"])
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_feedbacks_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feedbacks_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedbacks")),
    )
    with op.batch_alter_table("feedbacks") as table:
        table.create_index(table.f("ix_feedbacks_complaint_id"), ["complaint_id"])
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("cause_words", sa.Text()),
        sa.Column("level", sa.Text()),
        sa.Column("responsibility", sa.Text()),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_findings_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_findings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    with op.batch_alter_table("findings") as table:
        table.create_index(table.f("ix_findings_complaint_id"), ["complaint_id"])
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("q1", sa.Integer()),
        sa.Column("q2", sa.Integer()),
        sa.Column("q3", sa.Integer()),
        sa.Column("q4", sa.Text()),
        sa.Column("q5", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_follow_ups_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follow_ups_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    with op.batch_alter_table("follow_ups") as table:
        table.create_index(table.f("ix_follow_ups_complaint_id"), ["complaint_id"])
    op.create_table(
        "memos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("taken_by", sa.Integer()),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("reply", sa.Text()),
        sa.Column("replied_by", sa.Integer()),
        sa.Column("replied_at", sa.DateTime()),
        sa.Column("recalled_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_memos_complaint_id")),
        sa.ForeignKeyConstraint(["replied_by"], ["users.id"], name=op.f("fk_memos_replied_by")),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name=op.f("fk_memos_taken_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memos_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memos")),
    )
    with op.batch_alter_table("memos") as table:
        table.create_index(table.f("ix_memos_complaint_id"), ["complaint_id"])
        table.create_index(table.f("ix_memos_department"), ["department"])
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime()),
        sa.Column("answer", sa.Text()),
        sa.Column("chosen", sa.Integer()),
        sa.Column("words", sa.Text()),
        sa.Column("answered_by", sa.Integer()),
        sa.Column("answered_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_plans_answered_by")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_plans_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_plans_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans") as table:
        table.create_index(table.f("ix_plans_complaint_id"), ["complaint_id"])
    op.create_table(
        "recusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("recused_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_recusals_complaint_id")),
        sa.ForeignKeyConstraint(["recused_id"], ["users.id"], name=op.f("fk_recusals_recused_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recusals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
        sa.UniqueConstraint("complaint_id", "recused_id", name=op.f("uq_recusals_complaint_id_recused_id")),
    )
    with op.batch_alter_table("recusals") as table:
        table.create_index(table.f("ix_recusals_recused_id"), ["recused_id"])
    op.create_table(
        "remedies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("appointment", sa.JSON()),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("approvers", sa.JSON(), nullable=False),
        sa.Column("approved_at", sa.DateTime()),
        sa.Column("refused_at", sa.DateTime()),
        sa.Column("refused_by", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("proof", sa.Text()),
        sa.Column("proof_file", sa.Text()),
        sa.Column("done_by", sa.Integer()),
        sa.Column("done_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_remedies_complaint_id")),
        sa.ForeignKeyConstraint(["done_by"], ["users.id"], name=op.f("fk_remedies_done_by")),
        sa.ForeignKeyConstraint(["proof_file"], ["files.id"], name=op.f("fk_remedies_proof_file")),
        sa.ForeignKeyConstraint(["refused_by"], ["users.id"], name=op.f("fk_remedies_refused_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_remedies_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedies")),
    )
    with op.batch_alter_table("remedies") as table:
        table.create_index(table.f("ix_remedies_complaint_id"), ["complaint_id"])
    op.create_table(
        "pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_before", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_pauses_complaint_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_pauses_promise_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pauses_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    with op.batch_alter_table("pauses") as table:
        table.create_index(table.f("ix_pauses_complaint_id"), ["complaint_id"])
        table.create_index(table.f("ix_pauses_promise_id"), ["promise_id"])
        table.create_index("ix_pauses_going", ["until"], sqlite_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("settled_by", sa.Integer()),
        sa.Column("settled_at", sa.DateTime()),
        sa.Column("confirmed", sa.Boolean()),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_withdrawals_complaint_id")
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name=op.f("fk_withdrawals_settled_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_withdrawals_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
    )
    with op.batch_alter_table("withdrawals") as table:
        table.create_index(table.f("ix_withdrawals_complaint_id"), ["complaint_id"])


def _live() -> None:
    op.create_table(
        "typing",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_typing_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "author", name=op.f("pk_typing")),
    )
    op.create_table(
        "viewers",
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("writing_until", sa.DateTime()),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_viewers_complaint_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_viewers_user_id")),
        sa.PrimaryKeyConstraint("complaint_id", "user_id", name=op.f("pk_viewers")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("event_hash", sa.Text(), nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_audit_event_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_event_id")),
        sa.UniqueConstraint("prev", name=op.f("uq_audit_prev")),
    )
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the trail is only added to'); END"
        )


def _reports() -> None:
    """What the figures are found by."""
    op.create_index("ix_conversations_started_at", "conversations", ["started_at"])
    going = sa.text("ended_at IS NULL")
    op.create_index("ix_conversations_going_of", "conversations", ["agent_id"], sqlite_where=going)
    op.create_index(op.f("ix_complaints_opened_at"), "complaints", ["opened_at"])
    op.create_index("ix_promises_due_at", "promises", ["due_at"])
    op.create_index("ix_promises_renews", "promises", ["renews"], sqlite_where=sa.text("renews IS NOT NULL"))
    op.create_index("ix_handoffs_asked_at", "handoffs", ["asked_at"])

    op.create_index("ix_promises_clock", "promises", ["complaint_id", "state", "due_at"])
    op.create_index(
        "ix_promises_places",
        "promises",
        ["kind", "state", "queued_at"],
        sqlite_where=sa.text("queued_at IS NOT NULL AND kept_at IS NULL"),
    )
    spoken = sa.text("agent_id IS NOT NULL")
    op.create_index("ix_conversations_spoken", "conversations", ["agent_id"], sqlite_where=spoken)
    waiting = sa.text("answered IS 0")
    op.create_index("ix_messages_unanswered", "messages", ["at"], sqlite_where=waiting)


def _search() -> None:
    """What complaints are found by, and what is alike."""
    op.execute(
        "UPDATE complaints SET category = (SELECT json_extract(value, '$[0].category') FROM facts "
        "WHERE complaint_id = complaints.id AND field = 'issues' AND replaced_by IS NULL)"
    )
    op.create_index("ix_complaints_category", "complaints", ["category", "opened_at"])
    columns = {name: name for name in ("state", "department", "tier", "channel")} | {"owner": "owner_id"}
    for name, column in columns.items():
        op.create_index(f"ix_complaints_{name}_opened_at", "complaints", [column, "opened_at"])
    for field in ("phone", "subject"):
        op.create_index(f"ix_facts_{field}", "facts", ["value"], sqlite_where=sa.text(f"field = '{field}'"))
    tails = {
        "ix_facts_phone_tail": ("facts", "substr(value, -5, 4)", "field = 'phone'"),
        "ix_facts_reference": ("facts", "json_extract(value, '$.value')", "field = 'reference'"),
        "ix_identities_phone_tail": ("identities", "substr(value, -4)", "kind = 'phone'"),
    }
    for name, (table, part, which) in tails.items():
        op.create_index(name, table, [sa.text(part)], sqlite_where=sa.text(which))
    op.create_index("ix_identities_customer_id", "identities", ["customer_id"])
