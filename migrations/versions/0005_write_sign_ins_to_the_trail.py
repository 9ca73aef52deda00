"""Let the trail hold what changes no row: sign-ins, those that failed, sign-outs.

SQLite rebuilds the table for it, so its guards are made again. They are away while it is rebuilt;
nobody else writes then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

CHANGES = "'insert', 'update', 'delete'"
EVENTS = "'sign_in', 'sign_in_failed', 'second_factor', 'second_factor_failed', 'sign_out'"


def upgrade():
    with op.batch_alter_table("audit_entries") as batch_op:
        batch_op.drop_constraint(op.f("ck_audit_entries_action"), type_="check")
        batch_op.alter_column(
            "action", existing_type=sa.String(6), type_=sa.String(20), existing_nullable=False
        )
        batch_op.create_check_constraint(
            op.f("ck_audit_entries_action"), f"action IN ({CHANGES}, {EVENTS})"
        )
    _guard()


def downgrade():
    """What was written stays written, and the table with the room for it: 0002 reads it as it is."""


def _guard():
    if op.get_bind().dialect.name == "postgresql":
        return  # altered in place
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER audit_entries_guard_{verb} BEFORE {verb.upper()} ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'append-only: audit_entries'); END"
        )
