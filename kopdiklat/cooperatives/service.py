"""What changes the register. Called inside `transaction()`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from kopdiklat.cooperatives import queries, rules
from kopdiklat.cooperatives.models import ActivityStatus, Cooperative
from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, match_key
from kopdiklat.offices.models import Office

ACTIVITY = ("activity_status", "activity_source", "activity_status_on")


class AlikeExists(RuleViolation):
    """Others of nearly this name exist; the officer decides whether it is another one."""

    def __init__(self, others: list[Cooperative]):
        super().__init__(N_("Ada koperasi dengan nama hampir sama. Periksa dahulu."))
        self.others = others


def add_cooperative(
    office: Office, values: Mapping[str, Any], *, is_another: bool, now: datetime
) -> Cooperative:
    """Add one cooperative to the register of an office. Locks the office row.

    :param is_another: the officer has seen those of nearly the same name
    :raises AlikeExists: there are some, and nobody has looked at them
    """
    office = lock(Office, office.id)
    _check(values, office.code, None)
    others = queries.alike(office.id, values["name"])
    if others and not is_another:
        raise AlikeExists(others)
    cooperative = Cooperative(
        office_id=office.id, name_key=match_key(values["name"]), created_at=now, **values
    )
    db.session.add(cooperative)
    _flush()
    _note_activity(cooperative)
    return cooperative


def change_cooperative(cooperative: Cooperative, values: Mapping[str, Any]) -> None:
    """Change what is known of a cooperative. What a source said about active or not is kept."""
    cooperative = lock(Cooperative, cooperative.id)
    _check(values, cooperative.office.code, cooperative.id)
    said_before = [getattr(cooperative, name) for name in ACTIVITY]
    for name, value in values.items():
        setattr(cooperative, name, value)
    cooperative.name_key = match_key(cooperative.name)
    _flush()
    if [getattr(cooperative, name) for name in ACTIVITY] != said_before:
        _note_activity(cooperative)


def _check(values: Mapping[str, Any], office_code: str, ident: int | None) -> None:
    rules.check_jurisdiction(values["membership_scope"], values["region_code"], office_code)
    number = values.get("cooperative_number")
    known = queries.find_by_number(number) if number else None
    if known and known.id != ident:
        raise RuleViolation(
            N_("NIK koperasi {number} sudah dipakai {name}."), number=number, name=known.name
        )


def _flush() -> None:
    taken = RuleViolation(N_("NIK koperasi ini baru saja dipakai koperasi lain."))
    flush_unless({"uq_cooperatives_cooperative_number": taken})


def _note_activity(cooperative: Cooperative) -> None:
    as_of: date | None = cooperative.activity_status_on
    db.session.add(
        ActivityStatus(
            cooperative_id=cooperative.id,
            status=cooperative.activity_status,
            source=cooperative.activity_source,
            as_of=as_of,
        )
    )
