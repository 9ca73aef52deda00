"""Keeping the note of a visit: its versions, its photos, and what was agreed there."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core import clock, formats
from kopdiklat.core.audit import because
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.files import StoredFile
from kopdiklat.core.numbers import next_number
from kopdiklat.core.text import N_
from kopdiklat.mentoring import (
    assignment_queries,
    follow_up_queries,
    note_rules,
    rules,
    visit_queries,
)
from kopdiklat.mentoring.models import FollowUp, MentoringVisit, VisitNote, VisitPhoto
from kopdiklat.mentoring.note_rules import NoteContent, NotePhoto, Outcome

NUMBER_SERIES = "visit_note"
PHOTO_PURPOSE = "visit photo"


def record_note(
    visit: MentoringVisit,
    content: NoteContent,
    *,
    note_uuid: str,
    writer: User,
    base_version: int = 0,
    correction_reason: str = "",
    now: datetime,
) -> VisitNote:
    """Keep the note of a visit, or a new version of it with a reason.

    Locks the visit. The same `note_uuid` with the same content gives the note that is there, so a
    phone that lost the answer may send again.
    :raises NoteConflict: the uuid or the visit has a note with other content
    """
    visit = lock(MentoringVisit, visit.id)
    same = visit_queries.find_note(note_uuid)
    if same is not None:
        return _same_note(same, visit, content)
    versions = visit_queries.notes_of(visit.id)
    last = versions[-1] if versions else None
    visit.state = rules.next_visit_state(visit.state, "correct" if last else "hold")
    number = last.number if last else None
    note_rules.check_version(base_version, last.version if last else 0, number, correction_reason)
    day = clock.local_day(content.starts_at, visit.time_zone)
    note_rules.check_note(content, day, clock.local_day(now, visit.time_zone))
    begins = formats.hour(content.starts_at, visit.time_zone)
    note_rules.check_begun(content.starts_at, now, begins)
    held = assignment_queries.periods(visit.mentor_id, [visit.cooperative_id])
    rules.check_assigned(day, held.get(visit.cooperative_id, ()))
    visit.starts_at, visit.ends_at = content.starts_at, content.ends_at
    note = VisitNote(
        office_id=visit.office_id,
        visit_id=visit.id,
        version=last.version + 1 if last else 1,
        note_uuid=note_uuid,
        digest=content.digest,
        number=number or _next_number(visit.office_id),
        met_people=[{"name": p.name, "position": p.position} for p in content.met_people],
        issue_areas=list(content.issue_areas),
        condition=content.condition,
        problem=content.problem or None,
        advice=content.advice or None,
        outcomes=list(last.outcomes) if last else [],
        photo_consent=content.photo_consent,
        correction_reason=correction_reason.strip() or None if last else None,
        written_by_id=writer.id,
        written_at=now,
    )
    note.outcomes += _apply_outcomes(visit, content.outcomes, day, writer)
    db.session.add(note)
    db.session.flush()
    _keep_photos(note, content.photos, writer, now)
    _agree(visit, content, day, now)
    db.session.flush()
    return note


def _same_note(same: VisitNote, visit: MentoringVisit, content: NoteContent) -> VisitNote:
    if same.visit_id == visit.id and same.digest == content.digest:
        return same
    raise note_rules.NoteConflict(
        N_(
            "Catatan ini sudah terkirim dengan isi lain. Isian Anda masih ada di bawah. "
            "Tulis alasan untuk menyimpannya sebagai perbaikan."
        )
    )


def _next_number(office_id: int) -> str:
    """`K-0192`. Runs on through the years: a number names one note of the office."""
    return f"K-{next_number(office_id, NUMBER_SERIES, 0):04d}"


def _apply_outcomes(
    visit: MentoringVisit, outcomes: Sequence[Outcome], day: date, writer: User
) -> list[dict]:
    """Close or move earlier follow-ups. One that somebody closed meanwhile keeps its result.

    Locks them by id, so that two visits never wait for each other.
    """
    known = follow_up_queries.follow_ups_by_id(
        (o.follow_up_id for o in outcomes), visit.cooperative_id
    )
    for ident in sorted(known):
        lock(FollowUp, ident)
    kept = []
    for outcome in outcomes:
        follow_up = known.get(outcome.follow_up_id)
        if follow_up is None:
            raise RuleViolation(N_("Satu tindak lanjut bukan milik koperasi ini."))
        kept.append(
            {
                "follow_up_id": follow_up.id,
                "what": follow_up.what,
                "owner": follow_up.owner_name,
                "result": outcome.result,
                "due_on": outcome.due_on.isoformat() if outcome.due_on else None,
            }
        )
        if follow_up.closed_on is not None:
            continue
        with because(N_("Dicatat pada kunjungan")):
            if outcome.result:
                rules.check_closure(day, follow_up.agreed_on, day)
                follow_up.closed_on, follow_up.result = day, outcome.result
                follow_up.closed_by_id = writer.id
            elif outcome.due_on:
                rules.check_due(outcome.due_on, day)
                follow_up.due_on = outcome.due_on
            db.session.flush()
    return kept


def _keep_photos(note: VisitNote, photos: Sequence[NotePhoto], writer: User, now: datetime) -> None:
    for photo in photos:
        note.photos.append(
            VisitPhoto(
                office_id=note.office_id,
                file=_photo_file(note, photo, writer, now),
                width=photo.width,
                height=photo.height,
                caption=photo.caption or None,
            )
        )


def _photo_file(note: VisitNote, photo: NotePhoto, writer: User, now: datetime) -> StoredFile:
    """The row of bytes that `files.put` wrote; a corrected note shares it with the one before."""
    known = db.session.scalar(
        sa.select(StoredFile).where(
            StoredFile.office_id == note.office_id,
            StoredFile.sha256 == photo.sha256,
            StoredFile.purpose == PHOTO_PURPOSE,
        )
    )
    if known is not None:
        return known
    return StoredFile(
        office_id=note.office_id,
        purpose=PHOTO_PURPOSE,
        name=f"{note.number}.jpg",
        content_type="image/jpeg",
        size=photo.size,
        sha256=photo.sha256,
        created_at=now,
        created_by_id=writer.id,
    )


def _agree(visit: MentoringVisit, content: NoteContent, day: date, now: datetime) -> None:
    for agreement in content.agreements:
        db.session.add(
            FollowUp(
                office_id=visit.office_id,
                cooperative_id=visit.cooperative_id,
                visit_id=visit.id,
                what=agreement.what,
                owner_name=agreement.owner,
                agreed_on=day,
                due_on=agreement.due_on,
                created_at=now,
            )
        )
