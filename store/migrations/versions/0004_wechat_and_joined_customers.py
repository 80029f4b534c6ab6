"""WeChat: rights, sends and media; customers joined on proof"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "kf_cursors",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("bells", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_kf_cursors")),
    )
    op.create_table(
        "wechat_rights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("scene", sa.Text()),
        sa.Column("acted_at", sa.DateTime(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_rights")),
        sa.UniqueConstraint("key", name=op.f("uq_wechat_rights_key")),
    )
    with op.batch_alter_table("wechat_rights") as table:
        table.create_index("ix_wechat_rights_of", ["openid", "account", "until"])
        table.create_index("ix_wechat_rights_acted", ["openid", "account", "acted_at"])
        table.create_index(
            "ix_wechat_rights_scene", ["openid", "account"], sqlite_where=sa.text("scene IS NOT NULL")
        )

    op.create_table(
        "joins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("undone_by", sa.Integer()),
        sa.Column("undone_at", sa.DateTime()),
        sa.Column("undone_why", sa.Text()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_joins_customer_id")),
        sa.ForeignKeyConstraint(["other_id"], ["customers.id"], name=op.f("fk_joins_other_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_joins_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joins")),
    )
    with op.batch_alter_table("joins") as table:
        table.create_index(table.f("ix_joins_customer_id"), ["customer_id"])
        table.create_index(table.f("ix_joins_other_id"), ["other_id"])
        table.create_index(
            "uq_joins_in_force",
            ["customer_id", "other_id"],
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
        )

    op.create_table(
        "case_link_ends",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_case_link_ends_complaint_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_link_ends_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link_ends")),
    )
    with op.batch_alter_table("case_link_ends") as table:
        table.create_index(table.f("ix_case_link_ends_complaint_id"), ["complaint_id"])

    op.create_table(
        "wechat_refusals",
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "door", "reason", name=op.f("pk_wechat_refusals")),
    )

    op.create_table(
        "unreadable",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("settled_by", sa.Integer()),
        sa.Column("settled_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["settled_by"], ["users.id"], name=op.f("fk_unreadable_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreadable")),
        sa.UniqueConstraint("key", name=op.f("uq_unreadable_key")),
    )
    with op.batch_alter_table("unreadable") as table:
        table.create_index("ix_unreadable_unseen", ["id"], sqlite_where=sa.text("settled_at IS NULL"))

    op.create_table(
        "wechat_sends",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("right_id", sa.Integer()),
        sa.Column("file_id", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer()),
        sa.Column("provider_id", sa.Text()),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_wechat_sends_conversation_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_wechat_sends_file_id")),
        sa.ForeignKeyConstraint(["right_id"], ["wechat_rights.id"], name=op.f("fk_wechat_sends_right_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_sends")),
    )
    with op.batch_alter_table("wechat_sends") as table:
        table.create_index(table.f("ix_wechat_sends_conversation_id"), ["conversation_id"])
        table.create_index(table.f("ix_wechat_sends_state"), ["state"])
        table.create_index(table.f("ix_wechat_sends_at"), ["at"])
        table.create_index("ix_wechat_sends_code", ["code"], sqlite_where=sa.text("code IS NOT NULL"))
        table.create_index(table.f("ix_wechat_sends_provider_id"), ["provider_id"])

    op.create_table(
        "wechat_media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer()),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("file_id", sa.Text()),
        sa.Column("heard_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_wechat_media_complaint_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_wechat_media_file_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_wechat_media_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_media")),
        sa.UniqueConstraint("message_id", name=op.f("uq_wechat_media_message_id")),
    )
    with op.batch_alter_table("wechat_media") as table:
        table.create_index(table.f("ix_wechat_media_complaint_id"), ["complaint_id"])
        table.create_index(table.f("ix_wechat_media_due_at"), ["due_at"])
        table.create_index(table.f("ix_wechat_media_file_id"), ["file_id"])

    op.create_table(
        "wechat_uploads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_wechat_uploads_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_uploads")),
    )
    with op.batch_alter_table("wechat_uploads") as table:
        table.create_index(table.f("ix_wechat_uploads_file_id"), ["file_id"])

    still = sa.text("done_at IS NULL AND refused_at IS NULL")
    op.create_index("ix_remedies_open", "remedies", ["id"], sqlite_where=still)

    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("sent_up_to", sa.Integer()))
        table.add_column(sa.Column("turn_at", sa.DateTime()))
        table.create_index(table.f("ix_conversations_turn_at"), ["turn_at"])
        table.create_index("ix_conversations_of_customer", ["customer_id", "channel"])

    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("typed", sa.Text()))
