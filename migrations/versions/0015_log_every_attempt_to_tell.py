"""Log every attempt to tell somebody, tell by a WhatsApp gateway, and set when the silent are reminded.

A message says since when it may be tried (`try_at`), what it is about and which thing it belongs to.
Until now the lease of a sender was also the moment of the next attempt.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OUTCOMES = "'accepted', 'deferred', 'refused', 'over', 'given_up', 'opened', 'put_back'"
CHANNELS = "'email', 'gateway', 'whatsapp'"
OF_A_REGISTRATION = (
    "batch.cancelled",
    "batch.moved",
    "batch.reminder",
    "registration.cancelled",
    "registration.confirmed",
    "registration.promoted",
    "registration.replaced",
    "registration.waitlisted",
    "seat.offer_over",
)
IS_OPEN = sa.text("sent_at IS NULL AND given_up_at IS NULL")
REMINDERS = (("remind_after_days", "3,7"), ("remind_before_days", "1"))


def upgrade():
    with op.batch_alter_table("outbox_messages") as batch_op:
        batch_op.add_column(sa.Column("try_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("topic", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("thing", sa.String(length=60), nullable=True))
    op.execute("UPDATE outbox_messages SET try_at = COALESCE(claimed_until, due_at)")
    _say_what_they_are_about()
    with op.batch_alter_table("outbox_messages") as batch_op:
        batch_op.alter_column("try_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_constraint(op.f("ck_outbox_messages_channel"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbox_messages_channel"), f"channel IN ({CHANNELS})"
        )
        batch_op.drop_index("ix_outbox_messages_due")
        batch_op.create_index(
            "ix_outbox_messages_due",
            ["channel", "due_at", "id"],
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        )
        batch_op.create_index("ix_outbox_messages_recipient", ["recipient", "sent_at"])
        batch_op.create_index(op.f("ix_outbox_messages_topic"), ["topic"])
        batch_op.create_index(op.f("ix_outbox_messages_thing"), ["thing"])
    op.create_table(
        "outbox_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("provider_id", sa.String(length=160), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_outbox_attempts_outcome")),
        sa.CheckConstraint(f"channel IN ({CHANNELS})", name=op.f("ck_outbox_attempts_channel")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox_messages.id"],
            name=op.f("fk_outbox_attempts_message_id_outbox_messages"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_attempts")),
    )
    op.create_index(op.f("ix_outbox_attempts_message_id"), "outbox_attempts", ["message_id"])
    _guard()
    with op.batch_alter_table("offices") as batch_op:
        for name, days in REMINDERS:
            batch_op.add_column(
                sa.Column(name, sa.String(length=40), nullable=False, server_default=days)
            )
    with op.batch_alter_table("offices") as batch_op:
        for name, _days in REMINDERS:
            batch_op.alter_column(name, existing_type=sa.String(length=40), server_default=None)


def _say_what_they_are_about():
    connection = op.get_bind()
    messages = sa.table(
        "outbox_messages",
        sa.column("id", sa.Integer),
        sa.column("kind", sa.String),
        sa.column("dedupe_key", sa.String),
        sa.column("topic", sa.String),
        sa.column("thing", sa.String),
    )
    for table, kinds in (
        ("invitations", ("invitation.sent",)),
        ("registrations", OF_A_REGISTRATION),
    ):
        owners = sa.table(table, sa.column("id", sa.Integer), sa.column("batch_id", sa.Integer))
        batches = dict(connection.execute(sa.select(owners.c.id, owners.c.batch_id)).all())
        found = sa.select(messages.c.id, messages.c.kind, messages.c.dedupe_key)
        for row in connection.execute(found.where(messages.c.kind.in_(kinds))).all():
            ident = row.dedupe_key.removeprefix(f"{row.kind}:").partition(":")[0]
            batch_id = batches.get(int(ident)) if ident.isdigit() else None
            if batch_id is None:
                continue
            about = {"topic": f"batch:{batch_id}"}
            if row.kind == "invitation.sent":
                about["thing"] = row.dedupe_key
            connection.execute(sa.update(messages).where(messages.c.id == row.id).values(**about))


def _guard():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER outbox_attempts_guard BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON outbox_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER outbox_attempts_guard_{verb} BEFORE {verb.upper()} ON outbox_attempts"
            " BEGIN SELECT RAISE(ABORT, 'append-only: outbox_attempts'); END"
        )


def downgrade():
    with op.batch_alter_table("offices") as batch_op:
        for name, _days in reversed(REMINDERS):
            batch_op.drop_column(name)
    op.drop_table("outbox_attempts")
    op.execute("UPDATE outbox_messages SET channel = 'whatsapp' WHERE channel = 'gateway'")
    with op.batch_alter_table("outbox_messages") as batch_op:
        batch_op.drop_index(op.f("ix_outbox_messages_thing"))
        batch_op.drop_index(op.f("ix_outbox_messages_topic"))
        batch_op.drop_index("ix_outbox_messages_recipient")
        batch_op.drop_index("ix_outbox_messages_due")
        batch_op.create_index("ix_outbox_messages_due", ["channel", "sent_at", "due_at"])
        batch_op.drop_constraint(op.f("ck_outbox_messages_channel"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_outbox_messages_channel"), "channel IN ('email', 'whatsapp')"
        )
        batch_op.drop_column("thing")
        batch_op.drop_column("topic")
        batch_op.drop_column("try_at")
