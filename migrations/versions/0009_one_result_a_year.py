"""Keep one official result per cooperative, instrument and fiscal year.

A year has one first result; whatever follows corrects it, each row at most once, so that one counts.
Until now a workbook with position dates could bring a second first. Both stay as they were signed,
and the one that counted goes on counting: the later position, or of two the later row. It is noted
as the correction of the other, in the row and in the trail, for which the guard steps aside.

Where the first result was corrected into another year and its own year then got another one, no
order can be told: the upgrade stops, changes nothing and names the rows.
"""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "health_assessments"
INDEX = "uq_health_assessments_first_of_year"
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
    corrections = _find_corrections()
    if corrections:
        _let_change()
        for row, replaced in corrections:
            _note(row, replaced)
        _guard()
    op.create_index(
        INDEX,
        TABLE,
        ["cooperative_id", "scheme_id", "fiscal_year"],
        unique=True,
        sqlite_where=FIRST,
        postgresql_where=FIRST,
    )


def downgrade():
    """What was noted as a correction stays one: it is in the trail."""
    op.drop_index(INDEX, TABLE)


def _find_corrections():
    """(a second first of its year, the result that it now corrects)"""
    rows = op.get_bind().execute(sa.select(results)).all()
    follows = {row.replaces_id: row for row in rows}
    firsts = defaultdict(list)
    for row in rows:
        if row.replaces_id is None:
            firsts[_year(row)].append(row)

    def last_of(row):
        while row.id in follows:
            row = follows[row.id]
        return row

    found, strayed = [], []
    for year, in_year in firsts.items():
        chains = [(last_of(first), first) for first in in_year]
        chains.sort(key=lambda chain: (chain[0].position_on, chain[0].id))
        if len(chains) > 1 and any(_year(last) != year for last, _ in chains):
            strayed += [f"{first.id} ({year[2]})" for _, first in chains]
        found += [(first, last) for (last, _), (_, first) in pairwise(chains)]
    if strayed:
        raise RuntimeError(
            "Hasil penilaian ini lebih dari satu untuk satu tahun buku, dan salah satunya dikoreksi"
            f" ke tahun lain. Tidak ada yang diubah. Nomor (tahun buku): {', '.join(strayed)}."
        )
    return found


def _year(row):
    return row.cooperative_id, row.scheme_id, row.fiscal_year


def _note(row, replaced):
    noted = {"replaces_id": replaced.id, "replacement_reason": REASON}
    op.execute(results.update().where(results.c.id == row.id).values(noted))
    op.execute(
        entries.insert().values(
            at=datetime.now(UTC),
            actor="sistem",
            office_id=row.office_id,
            action="update",
            object_type=TABLE,
            object_id=row.id,
            before=dict.fromkeys(noted),
            after=noted,
            reason=REASON,
        )
    )


def _let_change():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_guard")
    else:
        op.execute(f"DROP TRIGGER {TABLE}_guard_update")


def _guard():
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER {TABLE}_guard")
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_guard_update BEFORE UPDATE ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, 'append-only: {TABLE}'); END"
        )
