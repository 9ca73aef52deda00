"""Whose seat a substitute took.

Until now only the reason of the first step said it, with the number; from there the rows are filled.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0012"
branch_labels = None
depends_on = None

REPLACES = "Menggantikan nomor "


def upgrade():
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_replaces_id_registrations"),
            "registrations",
            ["replaces_id"],
            ["id"],
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_registrations_replaces_id"), ["replaces_id"]
        )
    _fill()


def _fill():
    """By the number that the substitute's first step names, within its office."""
    op.execute(
        sa.text(
            "UPDATE registrations SET replaces_id = ("
            " SELECT MIN(old.id) FROM registrations old"
            " JOIN registration_events e ON e.registration_id = registrations.id"
            " WHERE old.office_id = registrations.office_id AND old.batch_id = registrations.batch_id"
            " AND old.state = 'replaced' AND e.action = 'confirm'"
            " AND e.reason = :words || old.number)"
        ).bindparams(words=REPLACES)
    )


def downgrade():
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_registrations_replaces_id"), type_="unique")
        batch_op.drop_constraint(
            batch_op.f("fk_registrations_replaces_id_registrations"), type_="foreignkey"
        )
        batch_op.drop_column("replaces_id")
