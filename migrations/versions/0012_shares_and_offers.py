"""Caps and reserves of seats, offers with a deadline, and an office's patience and quiet hours.

Who waited was confirmed without being asked until now; from here on a free seat is offered.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SETTINGS = (
    ("offer_hours", sa.Integer(), "24"),
    ("near_offer_hours", sa.Integer(), "3"),
    ("quiet_from", sa.Time(), "20:00:00"),
    ("quiet_to", sa.Time(), "07:00:00"),
)


def upgrade():
    op.create_table(
        "seat_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_seat_offers_outcome"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_seat_offers_end_has_outcome")
        ),
        sa.CheckConstraint(
            "(told_at IS NULL) = (answer_by IS NULL)", name=op.f("ck_seat_offers_clock")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_seat_offers_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_seat_offers_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_offers")),
    )
    with op.batch_alter_table("seat_offers", schema=None) as batch_op:
        batch_op.create_index(
            "uq_seat_offers_open",
            ["batch_id", "team"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "seat_shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("facet", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=True),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "facet IN ('district', 'cooperative_type')", name=op.f("ck_seat_shares_facet")
        ),
        sa.CheckConstraint(
            "cap IS NOT NULL OR reserve > 0", name=op.f("ck_seat_shares_says_something")
        ),
        sa.CheckConstraint(
            "cap IS NULL OR cap >= reserve", name=op.f("ck_seat_shares_cap_above_reserve")
        ),
        sa.CheckConstraint("reserve >= 0", name=op.f("ck_seat_shares_reserve_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_seat_shares_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_seat_shares_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_shares")),
        sa.UniqueConstraint(
            "batch_id", "facet", "value", name=op.f("uq_seat_shares_batch_id_facet_value")
        ),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.alter_column("priority", existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reserves_until", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("offices", schema=None) as batch_op:
        for name, type_, value in SETTINGS:
            batch_op.add_column(sa.Column(name, type_, nullable=False, server_default=value))
    with op.batch_alter_table("offices", schema=None) as batch_op:
        for name, type_, _value in SETTINGS:
            batch_op.alter_column(name, existing_type=type_, server_default=None)
        batch_op.create_check_constraint(
            op.f("ck_offices_offer_hours"), "offer_hours BETWEEN 1 AND 168"
        )
        batch_op.create_check_constraint(
            op.f("ck_offices_near_offer_hours"), "near_offer_hours BETWEEN 1 AND offer_hours"
        )


def downgrade():
    with op.batch_alter_table("offices", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_offices_near_offer_hours"), type_="check")
        batch_op.drop_constraint(op.f("ck_offices_offer_hours"), type_="check")
        batch_op.drop_column("quiet_to")
        batch_op.drop_column("quiet_from")
        batch_op.drop_column("near_offer_hours")
        batch_op.drop_column("offer_hours")

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_column("priority")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_column("reserves_until")

    op.drop_table("seat_shares")
    with op.batch_alter_table("seat_offers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seat_offers_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("seat_offers")
