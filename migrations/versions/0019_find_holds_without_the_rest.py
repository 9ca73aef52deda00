"""An index of the invitations that hold seats: who registers reads them under the lock."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitations_holds",
            ["batch_id"],
            unique=False,
            sqlite_where=sa.text("held_seats > 0"),
            postgresql_where=sa.text("held_seats > 0"),
        )


def downgrade():
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_invitations_holds",
            sqlite_where=sa.text("held_seats > 0"),
            postgresql_where=sa.text("held_seats > 0"),
        )
