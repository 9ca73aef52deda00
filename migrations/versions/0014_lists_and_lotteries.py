"""Keep what was chosen and drawn for a batch, and the questions that an office asks often.

Lists and lotteries only grow: triggers refuse every change (see 0002). Choices of before have no
list; their batch keeps its basis.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GUARDED = (
    "lotteries",
    "lottery_entries",
    "lottery_outcomes",
    "selected_cooperatives",
    "selections",
)


def upgrade():
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_segments_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("office_id", "name_key", name=op.f("uq_segments_office_id_name_key")),
    )
    op.create_table(
        "lotteries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("strata", sa.String(length=20), nullable=False),
        sa.Column("winners", sa.JSON(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("list_hash", sa.String(length=64), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("element_source", sa.String(length=200), nullable=False),
        sa.Column("locked_by_id", sa.Integer(), nullable=True),
        sa.Column("locked_by_name", sa.String(length=120), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "strata IN ('none', 'district', 'cooperative_type')", name=op.f("ck_lotteries_strata")
        ),
        sa.CheckConstraint("eligible > 0", name=op.f("ck_lotteries_eligible_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_lotteries_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_lotteries_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lotteries")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_lotteries_batch_id_number")),
    )
    with op.batch_alter_table("lotteries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lotteries_office_id"), ["office_id"], unique=False)

    op.create_table(
        "lottery_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lottery_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(length=24), nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("health_status", sa.String(length=26), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("position_on", sa.Date(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "health_status IN ('healthy', 'fairly_healthy', 'under_supervision', 'under_special_supervision')",
            name=op.f("ck_lottery_entries_health_status"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["health_assessments.id"],
            name=op.f("fk_lottery_entries_assessment_id_health_assessments"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_lottery_entries_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_lottery_entries_lottery_id_lotteries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_entries")),
        sa.UniqueConstraint(
            "lottery_id",
            "cooperative_id",
            name=op.f("uq_lottery_entries_lottery_id_cooperative_id"),
        ),
        sa.UniqueConstraint(
            "lottery_id", "identifier", name=op.f("uq_lottery_entries_lottery_id_identifier")
        ),
    )
    with op.batch_alter_table("lottery_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lottery_entries_assessment_id"), ["assessment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_lottery_entries_cooperative_id"), ["cooperative_id"], unique=False
        )

    op.create_table(
        "lottery_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("lottery_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("element", sa.String(length=200), nullable=True),
        sa.Column("witnesses", sa.String(length=300), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'drawn') = (seed IS NOT NULL)", name=op.f("ck_lottery_outcomes_seed_of_draw")
        ),
        sa.CheckConstraint(
            "(kind = 'withdrawn') = (reason IS NOT NULL)",
            name=op.f("ck_lottery_outcomes_reason_of_end"),
        ),
        sa.CheckConstraint("kind IN ('drawn', 'withdrawn')", name=op.f("ck_lottery_outcomes_kind")),
        sa.CheckConstraint(
            "(seed IS NULL) = (element IS NULL)", name=op.f("ck_lottery_outcomes_element_of_draw")
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_lottery_outcomes_lottery_id_lotteries")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_lottery_outcomes_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_outcomes")),
        sa.UniqueConstraint("lottery_id", name=op.f("uq_lottery_outcomes_lottery_id")),
    )
    op.create_table(
        "selections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("lottery_id", sa.Integer(), nullable=True),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("derived_basis", sa.String(length=20), nullable=False),
        sa.Column("basis_reason", sa.String(length=300), nullable=True),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(basis = 'lottery') = (lottery_id IS NOT NULL)",
            name=op.f("ck_selections_lottery_drawn"),
        ),
        sa.CheckConstraint(
            "basis IN ('lottery', 'baseline_score', 'older_score', 'mixed')",
            name=op.f("ck_selections_basis"),
        ),
        sa.CheckConstraint(
            "derived_basis IN ('lottery', 'baseline_score', 'older_score', 'mixed')",
            name=op.f("ck_selections_derived_basis"),
        ),
        sa.CheckConstraint(
            "(basis = derived_basis) = (basis_reason IS NULL)",
            name=op.f("ck_selections_basis_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_selections_batch_id_batches")
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_selections_lottery_id_lotteries")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["offices.id"], name=op.f("fk_selections_office_id_offices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
        sa.UniqueConstraint("lottery_id", name=op.f("uq_selections_lottery_id")),
    )
    with op.batch_alter_table("selections", schema=None) as batch_op:
        batch_op.create_index("ix_selections_batch_id", ["batch_id"], unique=False)

    op.create_table(
        "selected_cooperatives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(length=80), nullable=False),
        sa.Column("health_status", sa.String(length=26), nullable=True),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("position_on", sa.Date(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "health_status IN ('healthy', 'fairly_healthy', 'under_supervision', 'under_special_supervision')",
            name=op.f("ck_selected_cooperatives_health_status"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["health_assessments.id"],
            name=op.f("fk_selected_cooperatives_assessment_id_health_assessments"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"],
            ["cooperatives.id"],
            name=op.f("fk_selected_cooperatives_cooperative_id_cooperatives"),
        ),
        sa.ForeignKeyConstraint(
            ["selection_id"],
            ["selections.id"],
            name=op.f("fk_selected_cooperatives_selection_id_selections"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selected_cooperatives")),
        sa.UniqueConstraint(
            "selection_id",
            "cooperative_id",
            name=op.f("uq_selected_cooperatives_selection_id_cooperative_id"),
        ),
    )
    with op.batch_alter_table("selected_cooperatives", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_selected_cooperatives_assessment_id"), ["assessment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_selected_cooperatives_cooperative_id"), ["cooperative_id"], unique=False
        )

    _guard()


def _guard():
    for table in GUARDED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_guard_{verb} BEFORE {verb.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )


def downgrade():
    """The lists are lost with their tables, and their guards with them."""
    for table in (
        "selected_cooperatives",
        "selections",
        "lottery_outcomes",
        "lottery_entries",
        "lotteries",
        "segments",
    ):
        op.drop_table(table)
