"""Note in the trail the lists that leave as files, and hold a place for each that is being made.

SQLite rebuilds the trail's table for its new action, so its guards are made again, as in 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHANGES = "'insert', 'update', 'delete'"
EVENTS = (
    "'sign_in', 'sign_in_failed', 'second_factor', 'second_factor_failed', 'sign_out', 'export'"
)


def upgrade():
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("filters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_running", "exports", ["finished_at", "started_at"])
    with op.batch_alter_table("audit_entries") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_entries_action"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_audit_entries_action"), f"action IN ({CHANGES}, {EVENTS})"
        )
    _guard()


def downgrade():
    """The trail keeps what was written and the room for it, as 0005 leaves it."""
    op.drop_table("exports")


def _guard():
    if op.get_bind().dialect.name == "postgresql":
        return  # altered in place
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER audit_entries_guard_{verb} BEFORE {verb.upper()} ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'append-only: audit_entries'); END"
        )
