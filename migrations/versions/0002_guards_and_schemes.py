"""Guard the append-only tables and bring the assessment instruments.

What was written to the audit trail, an assessment or a registration's history is never changed:
triggers on both databases refuse it. A later step that rebuilds one of these tables on SQLite
must make its triggers again; tests check that they are there after every migration.
"""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDED = ("audit_entries", "health_assessments", "registration_events", "visit_notes")

# Final statuses and limits: Juknis Deputi Bidang Perkoperasian 15/2021, and Perdep 06/2016, whose
# four bands are the same. Half-open: a status from its minimum up to the next one.
BANDS = (
    ("healthy", 80),
    ("fairly_healthy", 66),
    ("under_supervision", 51),
    ("under_special_supervision", 0),
)
SCHEMES = (
    ("juknis-2021", "Juknis Deputi Bidang Perkoperasian 15/2021", datetime.date(2021, 1, 1), True),
    ("perdep-2016", "Perdep 06/Per/Dep.6/IV/2016 (KSP/USP)", datetime.date(2016, 4, 1), False),
)


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME; END $$"
        )
        for table in GUARDED:
            op.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
    else:
        for table in GUARDED:
            for verb in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_guard_{verb} BEFORE {verb.upper()} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
                )
    _bring_schemes()


def _bring_schemes():
    schemes = sa.table(
        "assessment_schemes",
        sa.column("id", sa.Integer),
        sa.column("code", sa.String),
        sa.column("name", sa.String),
        sa.column("valid_from", sa.Date),
        sa.column("is_default", sa.Boolean),
    )
    bands = sa.table(
        "assessment_bands",
        sa.column("scheme_id", sa.Integer),
        sa.column("health_status", sa.String),
        sa.column("minimum", sa.Numeric),
    )
    connection = op.get_bind()
    known = set(connection.scalars(sa.select(schemes.c.code)))
    for code, name, valid_from, is_default in SCHEMES:
        if code in known:  # a downgrade left it, with the assessments that refer to it
            continue
        connection.execute(
            schemes.insert().values(
                code=code, name=name, valid_from=valid_from, is_default=is_default
            )
        )
        scheme_id = connection.scalar(sa.select(schemes.c.id).where(schemes.c.code == code))
        for health_status, minimum in BANDS:
            connection.execute(
                bands.insert().values(
                    scheme_id=scheme_id, health_status=health_status, minimum=minimum
                )
            )


def downgrade():
    # The instruments stay: assessments that were recorded refer to them, and 0001 drops the table.
    if op.get_bind().dialect.name == "postgresql":
        for table in GUARDED:
            op.execute(f"DROP TRIGGER {table}_guard ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        for table in GUARDED:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_guard_{verb}")
