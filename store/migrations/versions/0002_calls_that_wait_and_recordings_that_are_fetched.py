"""calls that wait, recordings that are fetched"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("promises") as table:
        table.add_column(sa.Column("queued_at", sa.DateTime()))
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("line_out_until", sa.DateTime()))
    with op.batch_alter_table("calls") as table:
        for name in ("language", "resume", "agent_leg", "moving_to"):
            table.add_column(sa.Column(name, sa.Text()))
    _recordings()


def _recordings() -> None:
    with op.batch_alter_table("recordings") as table:
        table.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="message"))
        table.add_column(sa.Column("file_id", sa.Text()))
        table.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        for name in ("due_at", "fetched_at", "deleted_at", "heard_at"):
            table.add_column(sa.Column(name, sa.DateTime()))
        table.add_column(sa.Column("words", sa.Text()))
        table.create_foreign_key(op.f("fk_recordings_file_id"), "files", ["file_id"], ["id"])
        table.create_index("ix_recordings_due", ["due_at"])
    # What the provider still keeps is fetched now.
    op.execute("UPDATE recordings SET due_at = at WHERE status IN ('recorded', 'completed')")
