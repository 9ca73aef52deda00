"""Calendar feeds, and which account a trainer signs in with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ALIVE = (  # name, which, columns
    ("whole", "kind IN ('person', 'office')", ["user_id", "office_id", "kind"]),
    ("batch", "kind = 'batch'", ["user_id", "batch_id"]),
    ("venue", "kind = 'venue'", ["user_id", "venue_id"]),
)


def upgrade():
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('person', 'office', 'batch', 'venue')", name=op.f("ck_calendar_feeds_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'batch') = (batch_id IS NOT NULL)", name=op.f("ck_calendar_feeds_batch")
        ),
        sa.CheckConstraint(
            "(kind = 'venue') = (venue_id IS NOT NULL)", name=op.f("ck_calendar_feeds_venue")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_calendar_feeds_office_id_offices")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_calendar_feeds_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"], ["venues.id"], name=op.f("fk_calendar_feeds_venue_id_venues")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        for column in ("office_id", "user_id", "batch_id", "venue_id"):
            batch_op.create_index(op.f(f"ix_calendar_feeds_{column}"), [column], unique=False)
        for name, which, columns in ALIVE:
            living = sa.text(f"revoked_at IS NULL AND {which}")
            batch_op.create_index(
                f"uq_calendar_feeds_{name}",
                columns,
                unique=True,
                sqlite_where=living,
                postgresql_where=living,
            )
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_trainers_user_id_users"), "users", ["user_id"], ["id"])
        batch_op.create_index(op.f("ix_trainers_user_id"), ["user_id"], unique=False)
        batch_op.create_unique_constraint(
            op.f("uq_trainers_office_id_user_id"), ["office_id", "user_id"]
        )


def downgrade():
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_trainers_office_id_user_id"), type_="unique")
        batch_op.drop_index(op.f("ix_trainers_user_id"))
        batch_op.drop_constraint(op.f("fk_trainers_user_id_users"), type_="foreignkey")
        batch_op.drop_column("user_id")
    op.drop_table("calendar_feeds")
