"""The audit trail as sentences: who did what to which thing, from what to what."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from kopdiklat.accounts.models import Membership, PasswordReset, User, UserInvitation
from kopdiklat.core import audit, formats
from kopdiklat.core.audit import EVENTS, MASK, AuditEntry
from kopdiklat.core.data_classes import may_be_told
from kopdiklat.core.db import Model, db
from kopdiklat.dashboard.history import History
from kopdiklat.dashboard.trail_words import ACTIONS, FIELDS, OBJECTS, SIGNED_OUT_BY_OTHERS, WORDS

LIMIT = 100
BRIEF = 3  # facts beside an added thing
WHOSE = {  # table -> (id, whose it is), for what tells no name in its own columns
    "users": sa.select(User.id, User.name),
    "user_invitations": sa.select(UserInvitation.id, UserInvitation.name),
    "memberships": sa.select(Membership.id, User.name).join(Membership.user),
    "password_resets": sa.select(PasswordReset.id, User.name).join(PasswordReset.user),
}
PLAIN_YEARS = {"fiscal_year", "year"}
NAMES = (
    "name",
    "full_name",
    "what",
    "topic",
    "activity",
    "text",
    "number",
)  # what a thing is called by
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)?")


@dataclass(frozen=True)
class Sentence:
    """One entry in words. `changes` are (field, before, after), each as text; before may be empty."""

    entry: AuditEntry
    who: str
    did: str
    what: str
    called: str
    when: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str

    @property
    def brief(self) -> str:
        """The first facts of what was added or removed, so that two alike can be told apart."""
        shown = [
            f"{name} {before if self.entry.action == 'delete' else after}"
            for name, before, after in self.changes
            if not (self.called and self.called in (before, after)) and MASK not in (before, after)
        ]
        return ", ".join(shown[:BRIEF])


def sentences(entries: Iterable[AuditEntry], zone: str) -> list[Sentence]:
    entries = list(entries)
    people, records = _people(entries), _records(entries)
    return [_sentence(entry, zone, people, records) for entry in entries]


def _people(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], str]:
    """Whose account, role or link each entry is about: (object type, id) -> name."""
    people: dict[tuple[str, int], str] = {}
    for kind, select in WHOSE.items():
        ids = {entry.object_id for entry in entries if entry.object_type == kind}
        if ids:
            found = db.session.execute(select.where(select.selected_columns[0].in_(ids)))
            people |= {(kind, ident): name for ident, name in found}
    return people


def _records(entries: Sequence[AuditEntry]) -> dict[tuple[str, int], dict]:
    """What was added to tables that only grow: (object type, id) -> facts, read from the rows."""
    records: dict[tuple[str, int], dict] = {}
    for mapper in Model.registry.mappers:
        model = mapper.class_
        if not audit.is_append_only(model):
            continue
        kind = model.__tablename__
        ids = {entry.object_id for entry in entries if entry.object_type == kind}
        if ids:
            found = db.session.scalars(sa.select(model).where(model.id.in_(ids)))
            records |= {(kind, row.id): audit.facts(row) for row in found}
    return records


def _told(entry: AuditEntry, values: dict | None) -> dict:
    """An entry from before the columns had their classes holds more than they let it tell."""
    table = db.metadata.tables[entry.object_type]
    told = {column.name for column in table.columns if may_be_told(column)}
    return {
        name: value if name in told or value is None else MASK
        for name, value in (values or {}).items()
    }


def _sentence(
    entry: AuditEntry,
    zone: str,
    people: dict[tuple[str, int], str],
    records: dict[tuple[str, int], dict],
) -> Sentence:
    record = records.get((entry.object_type, entry.object_id))
    before, after = _told(entry, entry.before), record or _told(entry, entry.after)
    state = after or before
    did, what = _did(entry)
    called = next((str(state[key]) for key in NAMES if state.get(key) not in (None, MASK)), "")
    return Sentence(
        entry,
        entry.actor,
        did,
        what,
        called or (people.get((entry.object_type, entry.object_id), "") if what else ""),
        formats.moment(entry.at, zone),
        tuple(_changes(entry.action, before, after, zone)),
        entry.reason or "",
    )


def _did(entry: AuditEntry) -> tuple[str, str]:
    """What was done, and to what kind of thing; what a person did as itself names nobody else."""
    thing = OBJECTS.get(entry.object_type)
    what = _(thing) if thing else entry.object_type
    themselves = entry.object_type == "users" and entry.actor_id == entry.object_id
    if entry.action in EVENTS and themselves:
        return _(ACTIONS[entry.action]), ""
    if entry.action == "sign_out":
        return _(SIGNED_OUT_BY_OTHERS), what
    return _(ACTIONS[entry.action]), what


def _changes(action: str, before: dict, after: dict, zone: str) -> Iterable[tuple[str, str, str]]:
    for name in FIELDS:
        if name not in before and name not in after:
            continue
        old, new = (_value(name, side.get(name), zone) for side in (before, after))
        if action == "update" or new != "–" or old != "–":
            yield _(FIELDS[name]), old if action in ("update", "delete") else "", new


def _value(name: str, value: Any, zone: str) -> str:
    match value:
        case None | "":
            return "–"
        case True:
            return _("ya")
        case False:
            return _("tidak")
        case dict():
            return ", ".join(f"{_(FIELDS.get(key, key))} {word}" for key, word in value.items())
        case int() if name not in PLAIN_YEARS:
            return formats.number(value)
        case str() if value in WORDS.get(name, {}):
            return _(WORDS[name][value])
        case str() if DAY.fullmatch(value):
            return formats.day(date.fromisoformat(value))
        case str() if MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return formats.moment(moment, zone) if moment.tzinfo else value
        case str() if name == "score":
            return formats.score(Decimal(value))
        case str() if name == "lesson_hours":
            return value.replace(".", ",")
        case _:
            return str(value)


def of_cooperative(history: History) -> Sequence[AuditEntry]:
    """What was done to the cooperative and to what hangs on it, the newest first."""
    things = {
        "cooperatives": [history.cooperative.id],
        "health_assessments": [a.id for a in history.results],
        "annual_meetings": [m.id for m in history.meetings],
        "yearly_figures": [f.id for f in history.figures],
        "officers": [o.id for o in history.officers],
        "mentoring_assignments": [a.id for a in history.assignments],
        "mentoring_visits": [v.id for v in history.visits],
        "follow_ups": [f.id for f in history.follow_ups],
    }
    ways = [
        sa.and_(AuditEntry.object_type == kind, AuditEntry.object_id.in_(ids))
        for kind, ids in things.items()
        if ids
    ]
    found = (
        sa.select(AuditEntry)
        .where(sa.or_(*ways))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(LIMIT)
    )
    return db.session.scalars(found).all()
