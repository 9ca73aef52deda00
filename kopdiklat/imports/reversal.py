"""Taking a saved import back, out of what the audit trail says of it: its rows are deleted, and what
it changed gets its former values. All of it or nothing; refused while anything depends on it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from kopdiklat.core import formats
from kopdiklat.core.audit import MASK, AuditEntry, acting_with
from kopdiklat.core.db import Model, db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.imports import rules
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.models import ImportRun

AT_ONCE = 400  # rows of a query
WAY_BACK = "back-"  # before the id of the import, in the trail
DEPENDS = N_("Tidak dapat dibatalkan, karena sudah dipakai: {what}.")
NO_TRACE = N_("Impor ini tidak dapat dibatalkan. Perbaiki dengan impor baru.")
DEPENDENTS = {  # table -> what its rows are called
    "activity_statuses": N_("%(count)s catatan keaktifan"),
    "annual_meetings": N_("%(count)s RAT"),
    "attendances": N_("%(count)s catatan hadir"),
    "cooperatives": N_("%(count)s koperasi"),
    "follow_ups": N_("%(count)s tindak lanjut"),
    "health_assessments": N_("%(count)s penilaian kesehatan"),
    "import_runs": N_("%(count)s impor"),
    "invitations": N_("%(count)s undangan"),
    "memberships": N_("%(count)s akun pengguna"),
    "mentoring_assignments": N_("%(count)s penugasan pendamping"),
    "mentoring_visits": N_("%(count)s kunjungan"),
    "officers": N_("%(count)s pengurus"),
    "past_contacts": N_("%(count)s riwayat kegiatan"),
    "registrations": N_("%(count)s pendaftaran"),
    "user_invitations": N_("%(count)s undangan akun"),
    "yearly_figures": N_("%(count)s angka tahunan"),
}
OTHERS = N_("%(count)s data lain")
CHANGED = N_("%(count)s data yang diubah sesudah impor")


@dataclass
class Written:
    """What one import wrote, as the trail says.

    :param changed: (table, id, former values), the latest last
    """

    first: int = 0  # id of its first entry
    inserted: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    changed: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)

    @property
    def touched(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for table, ids in self.inserted.items():
            found[table] |= ids
        for table, ident, _before in self.changed:
            found[table].add(ident)
        return found


def written_by(run: ImportRun) -> Written:
    """
    :raises RuleViolation: the trail knows nothing of it
    """
    if run.request_id is None:
        raise RuleViolation(NO_TRACE)
    entries = sa.select(
        AuditEntry.id,
        AuditEntry.action,
        AuditEntry.object_type,
        AuditEntry.object_id,
        AuditEntry.before,
    ).where(AuditEntry.request_id == run.request_id)
    written = Written()
    for entry in db.session.execute(entries.order_by(AuditEntry.id)):
        written.first = written.first or entry.id
        if entry.action == "insert":
            written.inserted[entry.object_type].add(entry.object_id)
        else:
            written.changed.append((entry.object_type, entry.object_id, entry.before))
    return written


def check(run: ImportRun, now: datetime) -> Written:
    """What would be taken back.

    :raises RuleViolation: it is too late, or something depends on it
    """
    rules.check_reversible(run.state, run.saved_at, KINDS[run.kind].is_kept, now)
    written = written_by(run)
    counts = _dependents(written)
    words = [
        _(DEPENDENTS.get(table, OTHERS), count=formats.number(count))
        for table, count in sorted(counts.items())
    ]
    if changed := _changed_since(written, run.request_id):
        words.append(_(CHANGED, count=formats.number(changed)))
    if words:
        raise RuleViolation(DEPENDS, what=", ".join(words))
    return written


def _dependents(written: Written) -> dict[str, int]:
    """How many rows of each table refer to inserted ones without being of this import."""
    counts: dict[str, int] = {}
    for table in db.metadata.sorted_tables:
        own = written.inserted.get(table.name, set())
        others: set[int] = set()
        for key in table.foreign_keys:
            for ids in _in_parts(written.inserted.get(key.column.table.name, ())):
                refer = sa.select(table.c.id).where(key.parent.in_(ids))
                others.update(db.session.scalars(refer))
        if others - own:
            counts[table.name] = len(others - own)
    return counts


def _changed_since(written: Written, request_id: str | None) -> int:
    """How many of its rows somebody changed, or deleted, after it.

    A later import that was taken back left them as they were.
    """
    taken_back = sa.select(ImportRun.request_id).where(ImportRun.state == "reversed")
    by = sa.func.coalesce(AuditEntry.request_id, "")
    changed: set[tuple[str, int]] = set()
    for table, touched in written.touched.items():
        for ids in _in_parts(touched):
            later = sa.select(AuditEntry.object_id).where(
                AuditEntry.object_type == table,
                AuditEntry.object_id.in_(ids),
                AuditEntry.id > written.first,
                by != request_id,
                by.not_in(taken_back),
                ~by.startswith(WAY_BACK),
            )
            changed.update((table, ident) for ident in db.session.scalars(later))
    return len(changed)


def reverse(run: ImportRun, now: datetime) -> None:
    """Take it back. Call it inside a transaction that holds the run and its area.

    Locks every row that it touches before it looks at what depends on them.
    :raises RuleViolation: as `check`; nothing was changed
    """
    rows = {
        table: {row.id: row for row in _load(table, ids)}
        for table, ids in written_by(run).touched.items()
    }
    written = check(run, now)
    replaced = json.loads(run.replaced or "{}")
    reason = _("Pembatalan impor %(file)s", file=run.file_name)[:300]
    with acting_with(request_id=f"{WAY_BACK}{run.request_id}", reason=reason):
        for table, ident, before in reversed(written.changed):
            _restore(rows[table][ident], before, replaced.get(table, {}).get(str(ident), {}))
        db.session.flush()
        for table in reversed(db.metadata.sorted_tables):
            for ident in written.inserted.get(table.name, ()):
                db.session.delete(rows[table.name][ident])
            db.session.flush()


def _load(table: str, idents: set[int]) -> Iterator[Any]:
    """The rows, locked, with those beside them: else each would be asked for them as it is deleted."""
    model = _model_of(table)
    beside = [selectinload(getattr(model, r.key)) for r in sa.inspect(model).relationships]
    for ids in _in_parts(idents):
        found = sa.select(model).where(model.id.in_(ids)).options(*beside)
        yield from db.session.scalars(found.with_for_update(of=model))


def _model_of(table: str) -> Any:
    return next(m.class_ for m in Model.registry.mappers if m.class_.__tablename__ == table)


def _restore(row: Any, before: dict[str, Any], masked: dict[str, Any]) -> None:
    for prop in sa.inspect(row).mapper.column_attrs:
        column = prop.columns[0]
        if column.name in before:
            value = before[column.name]
            value = masked[column.name] if value == MASK else _typed(column, value)
            setattr(row, prop.key, value)


def _typed(column: sa.Column, value: Any) -> Any:
    """A value as the row has it, from how the trail writes it down."""
    if value is None:
        return None
    kind = column.type.python_type
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value


def _in_parts(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]
