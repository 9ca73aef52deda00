"""Open programmes to who was not invited, keep what they ask for, say why a citizen number is asked.

Until now the pages said "for the report to the fund" wherever a number was asked for; those courses
keep that reason.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

POSITIONS = (
    "'chair', 'vice_chair', 'secretary', 'treasurer', 'supervisor_chair', 'supervisor',"
    " 'sharia_board', 'manager', 'employee', 'member'"
)
REASON = "Untuk laporan sumber dana."


def upgrade():
    _make_applications()
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("open_registration", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("open_to", sa.String(length=240), nullable=True))
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.alter_column("open_registration", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("citizen_number_reason", sa.String(length=240), nullable=True)
        )
    courses = sa.table(
        "courses",
        sa.column("needs_citizen_number", sa.Boolean),
        sa.column("citizen_number_reason", sa.String),
    )
    op.execute(
        courses.update().where(courses.c.needs_citizen_number).values(citizen_number_reason=REASON)
    )
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_courses_citizen_number_reason"),
            "NOT needs_citizen_number OR citizen_number_reason IS NOT NULL",
        )


def _make_applications():
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("team", sa.String(length=36), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("cooperative_name", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("cooperative_number", sa.String(length=20), nullable=True),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("needs", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'declined', 'withdrawn')",
            name=op.f("ck_applications_state"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_applications_decided")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (cooperative_id IS NOT NULL)",
            name=op.f("ck_applications_found"),
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR reason IS NOT NULL",
            name=op.f("ck_applications_declined_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_applications_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_applications_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_applications_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_applications_office_id_number")),
        sa.UniqueConstraint("team", name=op.f("uq_applications_team")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_applications_token_hash")),
    )
    with op.batch_alter_table("applications", schema=None) as batch_op:
        batch_op.create_index("ix_applications_batch_state", ["batch_id", "state"])
        batch_op.create_index(batch_op.f("ix_applications_cooperative_id"), ["cooperative_id"])
    op.create_table(
        "application_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position", sa.String(length=20), nullable=False),
        sa.Column("citizen_number", sa.LargeBinary(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            f"position IN ({POSITIONS})", name=op.f("ck_application_people_position")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_people_application_id_applications"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_application_people_registration_id_registrations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_people")),
    )
    with op.batch_alter_table("application_people", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_application_people_application_id"), ["application_id"]
        )
        batch_op.create_index(
            batch_op.f("ix_application_people_registration_id"), ["registration_id"]
        )


def downgrade():
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_courses_citizen_number_reason"), type_="check")
        batch_op.drop_column("citizen_number_reason")
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_column("open_to")
        batch_op.drop_column("open_registration")
    op.drop_table("application_people")
    op.drop_table("applications")
