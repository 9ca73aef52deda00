"""Keep the former result of a follow-up that was opened again with its row.

It stood in the trail alone, which no erasure reaches. What the trail holds from before stays there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("follow_ups", sa.Column("former_result", sa.String(500), nullable=True))


def downgrade():
    op.drop_column("follow_ups", "former_result")
