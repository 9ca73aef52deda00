"""Keep one official result per cooperative, instrument and fiscal year.

A year has one first result; whatever follows corrects it, each row at most once and within the year,
so that one counts. Until now a workbook with position dates could bring a second first, and a
correction could be of another year. All stay as they were signed, and what counted goes on counting:
of several results of a year the later position, or of two the later row. The corrections are noted
anew, year by year, in the rows and in the trail, for which the guard steps aside.

A year whose only results were corrected into another year has none that counts. So that it stays so
and the year can still get its result, they correct each other in a ring; a single one, itself.
"""

from collections import defaultdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "health_assessments"
OF_A_YEAR = ["cooperative_id", "scheme_id", "fiscal_year"]
INDEX = "uq_health_assessments_first_of_year"
RESULT = "uq_health_assessments_id_cooperative_id_scheme_id_fiscal_year"
CORRECTED = "fk_health_assessments_replaces_id_health_assessments"
VERBS = ("update", "delete")
FIRST = sa.text("replaces_id IS NULL")
REASON = "Satu hasil per tahun buku: posisi terakhir yang berlaku (pembaruan aplikasi)"

results = sa.table(
    TABLE,
    sa.column("id", sa.Integer),
    sa.column("office_id", sa.Integer),
    sa.column("cooperative_id", sa.Integer),
    sa.column("scheme_id", sa.Integer),
    sa.column("fiscal_year", sa.Integer),
    sa.column("position_on", sa.Date),
    sa.column("replaces_id", sa.Integer),
    sa.column("replacement_reason", sa.String),
)
entries = sa.table(
    "audit_entries",
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("actor", sa.String),
    sa.column("office_id", sa.Integer),
    sa.column("action", sa.String),
    sa.column("object_type", sa.String),
    sa.column("object_id", sa.Integer),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
    sa.column("reason", sa.String),
)


def upgrade():
    _let_change()
    _note(_find_changes())
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_unique_constraint(RESULT, ["id", *OF_A_YEAR])
        batch_op.drop_constraint(CORRECTED, type_="foreignkey")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_foreign_key(
            CORRECTED, TABLE, ["replaces_id", *OF_A_YEAR], ["id", *OF_A_YEAR]
        )
    op.create_index(
        INDEX, TABLE, OF_A_YEAR, unique=True, sqlite_where=FIRST, postgresql_where=FIRST
    )
    _guard()


def downgrade():
    """What was noted as a correction stays one: it is in the trail."""
    _let_change()
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(CORRECTED, type_="foreignkey")
        batch_op.drop_constraint(RESULT, type_="unique")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_foreign_key(CORRECTED, TABLE, ["replaces_id"], ["id"])
    _guard()


def _find_changes():
    """Pairs of a result and the id of the one that it corrects from now on, None as a first."""
    rows = op.get_bind().execute(sa.select(results).order_by(results.c.id)).all()
    by_id = {row.id: row for row in rows}
    correction_of = {row.replaces_id: row for row in rows if row.replaces_id is not None}
    lines = defaultdict(list)  # year -> the first and the last of each row of corrections within it
    for row in rows:
        if _is_of_one_year(by_id.get(row.replaces_id), row):
            continue
        last = row
        while _is_of_one_year(correction_of.get(last.id), last):
            last = correction_of[last.id]
        lines[_year(row)].append((row, last))

    changes = []
    for in_year in lines.values():
        in_year.sort(key=lambda line: (line[1].id not in correction_of, *_position(line[1])))
        _, last = in_year[-1]
        corrected = last.id if last.id in correction_of else None  # none of the year counts
        for row, its_last in in_year:
            if row.replaces_id != corrected:
                changes.append((row, corrected))
            corrected = its_last.id
    return changes


def _is_of_one_year(row, other):
    return row is not None and _year(row) == _year(other)


def _position(row):
    return row.position_on, row.id


def _year(row):
    return row.cooperative_id, row.scheme_id, row.fiscal_year


def _note(changes):
    changed = [row.id for row, _ in changes]  # each is corrected once: let go before taking hold
    op.execute(results.update().where(results.c.id.in_(changed)).values(replaces_id=None))
    for row, corrected in changes:
        noted = {"replaces_id": corrected}
        if row.replacement_reason is None:
            noted["replacement_reason"] = REASON
        op.execute(results.update().where(results.c.id == row.id).values(noted))
        op.execute(
            entries.insert().values(
                at=datetime.now(UTC),
                actor="sistem",
                office_id=row.office_id,
                action="update",
                object_type=TABLE,
                object_id=row.id,
                before={name: getattr(row, name) for name in noted},
                after=noted,
                reason=REASON,
            )
        )


def _let_change():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_guard")
    else:
        for verb in VERBS:
            op.execute(f"DROP TRIGGER {TABLE}_guard_{verb}")


def _guard():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER {TABLE}_guard")
    else:
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {TABLE}_guard_{verb} BEFORE {verb.upper()} ON {TABLE}"
                f" BEGIN SELECT RAISE(ABORT, 'append-only: {TABLE}'); END"
            )
