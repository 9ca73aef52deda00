"""Verbs of offices."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import N_
from kopdiklat.offices import queries, rules
from kopdiklat.offices.models import Holiday, Office

SETTINGS = (
    "name",
    "region_name",
    "government_name",
    "address",
    "phone",
    "email",
    "contact_name",
    "contact_phone",
    "time_zone",
    "minutes_per_lesson_hour",
    "late_grace_minutes",
    "working_days",
    "offer_hours",
    "near_offer_hours",
    "quiet_from",
    "quiet_to",
    "reminders",
    "remind_at",
    "digest_at",
    "remind_after_days",
    "remind_before_days",
)


def create_office(
    code: str,
    name: str,
    *,
    parent_code: str | None = None,
    region_name: str | None = None,
    time_zone: str | None = None,
    now: datetime,
) -> Office:
    """Make an office; it takes its place in the tree, above or below those that are there.

    :param code: region code, dots or none; the level follows from it
    :param time_zone: that of the province when not given
    """
    code = rules.clean_code(code)
    taken = RuleViolation(N_("Kantor dengan kode {code} sudah ada."), code=rules.dotted(code))
    if queries.find_office(code):
        raise taken
    office = Office(
        code=code,
        name=name,
        region_name=region_name or rules.region_in_name(name),
        parent_id=_find_parent(code, parent_code),
        time_zone=time_zone or rules.usual_time_zone(code),
        created_at=now,
    )
    db.session.add(office)
    flush_unless({"uq_offices_code": taken})
    if office.level == "province":
        _adopt(office)
    return office


def _find_parent(code: str, parent_code: str | None) -> int | None:
    if parent_code is None:
        above = rules.parent_code(code)
        parent = queries.find_office(above) if above else None
        return parent.id if parent else None
    parent_code = rules.clean_code(parent_code)
    rules.check_parent(code, parent_code)
    parent = queries.find_office(parent_code)
    if parent is None:
        raise RuleViolation(
            N_("Kantor induk {code} belum ada. Buat dahulu."), code=rules.dotted(parent_code)
        )
    return parent.id


def _adopt(province: Office) -> None:
    orphans = sa.select(Office).where(
        Office.parent_id.is_(None), Office.id != province.id, Office.code.startswith(province.code)
    )
    for office in db.session.scalars(orphans):
        office.parent_id = province.id


def save_settings(office_id: int, **values) -> None:
    """Save what an office sets for itself. Sessions and visits that exist keep their time zone."""
    office = lock(Office, office_id)
    for name in SETTINGS:
        setattr(office, name, values[name])


def add_holidays(office_id: int, days: Iterable[tuple[date, str]]) -> int:
    """Close the office on these days; one that is closed already takes the new name.

    :return: how many days are new or renamed
    """
    lock(Office, office_id)
    known = sa.select(Holiday).where(Holiday.office_id == office_id)
    there = {holiday.day: holiday for holiday in db.session.scalars(known)}
    changed = 0
    for day, name in days:
        holiday = there.get(day) or Holiday(office_id=office_id, day=day)
        changed += holiday.name != name
        holiday.name = name
        db.session.add(holiday)
    db.session.flush()
    return changed


def remove_holiday(holiday_id: int) -> None:
    db.session.delete(lock(Holiday, holiday_id))


def read_office_phone(text: str | None) -> str | None:
    """A phone number as it is stored; a landline is kept as typed."""
    found = read_phone(text) if text else None
    return found[0] if found else None
