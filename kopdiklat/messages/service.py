"""Verbs of an office's texts. Each locks the office: two who save one text at once do so in turn."""

from datetime import datetime

from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.messages import letters, queries, rules
from kopdiklat.messages.letters import Standing
from kopdiklat.messages.models import MessageTemplate
from kopdiklat.messages.rules import Wording
from kopdiklat.offices.models import Office


def save(office_id: int, name: str, wording: Wording, *, seen: int, by: str, now: datetime) -> bool:
    """Keep an office's own text of a kind. Written as ours is, it is ours.

    :param seen: the version that the editor had before him
    :return: whether anything changed
    :raises WordingRefused: no message could be made of it
    :raises RuleViolation: somebody else saved meanwhile
    """
    found = _lock(office_id, name, seen)
    wording = rules.clean(wording)
    rules.check(wording, found.kind.fields, found.kind.required)
    if wording == (found.own or found.shipped):
        return False
    _add(found, office_id, None if wording == found.shipped else wording, by, now)
    return True


def reset(office_id: int, name: str, *, seen: int, by: str, now: datetime) -> None:
    """Back to our text. :raises RuleViolation: somebody else saved meanwhile"""
    found = _lock(office_id, name, seen)
    if found.own is not None:
        _add(found, office_id, None, by, now)


def take_back(office_id: int, name: str, *, seen: int, by: str, now: datetime) -> None:
    """The text before the last change holds again. :raises RuleViolation: there is none, or not any more"""
    found = _lock(office_id, name, seen)
    if not found.version:
        raise RuleViolation(N_("Teks ini belum pernah diubah."))
    before = queries.editions(office_id, name, limit=2)[1:]
    _add(found, office_id, before[0].wording if before else None, by, now)


def _lock(office_id: int, name: str, seen: int) -> Standing:
    lock(Office, office_id)
    found = letters.standing(office_id, name)
    if not found.kind.is_editable:
        raise RuleViolation(N_("Teks pesan ini tidak dapat diubah."))
    if found.edition and found.version != seen:
        raise RuleViolation(
            N_("{by} menyimpan teks ini lebih dulu. Salin isian Anda, lalu muat ulang halaman."),
            by=found.edition.saved_by,
        )
    return found


def _add(
    found: Standing, office_id: int, wording: Wording | None, by: str, now: datetime
) -> MessageTemplate:
    edition = MessageTemplate(
        office_id=office_id,
        kind=found.kind.name,
        version=found.version + 1,
        subject=wording.subject if wording else None,
        body=wording.body if wording else None,
        short=(wording.short or None) if wording else None,
        based_on=letters.digest(found.shipped),
        saved_at=now,
        saved_by=by,
    )
    db.session.add(edition)
    db.session.flush()
    return edition
