"""Whose seat a substitute took, and what participants ask of the coordinator.

Until now only the reason of a substitute's first step named the seat, by its number; from there the
rows are filled.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
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
    op.create_table(
        "change_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("officer_id", sa.Integer(), nullable=True),
        sa.Column("full_name", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position", sa.String(length=20), nullable=True),
        sa.Column("needs", sa.String(length=300), nullable=True),
        sa.Column("citizen_number", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decision_reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "kind IN ('substitute', 'data', 'cancel')", name=op.f("ck_change_requests_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'granted', 'declined', 'withdrawn')",
            name=op.f("ck_change_requests_state"),
        ),
        sa.CheckConstraint(
            "position IN ('chair', 'vice_chair', 'secretary', 'treasurer', 'supervisor_chair',"
            " 'supervisor', 'sharia_board', 'manager', 'employee', 'member')",
            name=op.f("ck_change_requests_position"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state = 'open')", name=op.f("ck_change_requests_decision")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_change_requests_decider")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_change_requests_{column}_{table}")
            )
            for column, table in (
                ("batch_id", "batches"),
                ("office_id", "offices"),
                ("officer_id", "officers"),
                ("registration_id", "registrations"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_requests")),
        sa.UniqueConstraint("form", name=op.f("uq_change_requests_form")),
    )
    op.create_index(
        op.f("ix_change_requests_registration_id"), "change_requests", ["registration_id"]
    )
    op.create_index("ix_change_requests_batch_state", "change_requests", ["batch_id", "state"])
    op.create_index(
        "uq_change_requests_open",
        "change_requests",
        ["registration_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


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
    op.drop_table("change_requests")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_registrations_replaces_id"), type_="unique")
        batch_op.drop_constraint(
            batch_op.f("fk_registrations_replaces_id_registrations"), type_="foreignkey"
        )
        batch_op.drop_column("replaces_id")
