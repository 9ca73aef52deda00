"""Assigning mentors, planning visits, keeping notes, and following up what was agreed."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import clock, formats
from kopdiklat.core.audit import because
from kopdiklat.core.db import db, lock
from kopdiklat.core.files import StoredFile
from kopdiklat.core.numbers import next_number
from kopdiklat.core.text import N_, collapse_spaces
from kopdiklat.mentoring import assignment_queries, follow_up_queries, rules, visit_queries
from kopdiklat.mentoring.models import (
    FollowUp,
    MentoringAssignment,
    MentoringVisit,
    VisitNote,
    VisitPhoto,
)
from kopdiklat.mentoring.rules import NoteContent, NotePhoto, Outcome, Period

NUMBER_SERIES = "visit_note"
PHOTO_PURPOSE = "visit photo"


# -- assignments ------------------------------------------------------------------------------------


def assign_mentor(
    mentor: User,
    cooperatives: Sequence[Cooperative],
    period: Period,
    *,
    programme_id: int | None = None,
    letter_number: str | None = None,
    conflict_reason: str = "",
    now: datetime,
) -> list[MentoringAssignment]:
    """Give one mentor several cooperatives for a period: all of them or none.

    Locks the mentor's row, so that two officers cannot both make the same assignment.
    """
    lock(User, mentor.id)
    rules.check_period(period)
    names = {c.id: c.name for c in cooperatives}
    known = assignment_queries.periods(mentor.id, names)
    rules.check_no_overlap(period, {names[ident]: held for ident, held in known.items()})
    officers = {
        names[ident]: [
            rules.Human(o.person.full_name, o.person.phone, o.person.email) for o in held
        ]
        for ident, held in assignment_queries.officers_by_cooperative(names).items()
    }
    human = rules.Human(mentor.name, mentor.phone, mentor.email)
    rules.check_not_officer(human, officers, conflict_reason)
    made = [
        MentoringAssignment(
            office_id=cooperative.office_id,
            mentor_id=mentor.id,
            cooperative_id=cooperative.id,
            programme_id=programme_id,
            letter_number=letter_number,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            conflict_reason=conflict_reason or None,
            created_at=now,
        )
        for cooperative in cooperatives
    ]
    db.session.add_all(made)
    db.session.flush()
    return made


def end_assignment(assignment: MentoringAssignment, ends_on: date, reason: str) -> None:
    """Its last day; visits up to then stay readable and keep their notes."""
    assignment = lock(MentoringAssignment, assignment.id)
    rules.check_reason(reason)
    rules.check_ending(Period(assignment.starts_on, assignment.ends_on), ends_on)
    with because(reason):
        assignment.ends_on = ends_on
        db.session.flush()


# -- visits -----------------------------------------------------------------------------------------


def plan_visit(
    mentor: User,
    cooperative: Cooperative,
    starts_at: datetime,
    ends_at: datetime,
    *,
    time_zone: str,
    mode: str = "visit",
    purpose: str | None = None,
    programme_id: int | None = None,
    now: datetime,
) -> MentoringVisit:
    """Put a visit on a mentor's plan. Locks the mentor, so that no two visits overlap."""
    lock(User, mentor.id)
    day = clock.local_day(starts_at, time_zone)
    rules.check_hours(starts_at, ends_at)
    rules.check_not_long_ago(day, clock.local_day(now, time_zone))
    rules.check_assigned(
        day, assignment_queries.periods(mentor.id, [cooperative.id]).get(cooperative.id, ())
    )
    _check_free(mentor.id, starts_at, ends_at)
    visit = MentoringVisit(
        office_id=cooperative.office_id,
        mentor_id=mentor.id,
        cooperative_id=cooperative.id,
        programme_id=programme_id or _programme_of(mentor.id, cooperative.id, day),
        mode=mode,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=time_zone,
        purpose=purpose or None,
        created_at=now,
    )
    db.session.add(visit)
    db.session.flush()
    return visit


def _programme_of(mentor_id: int, cooperative_id: int, day: date) -> int | None:
    """The programme of the assignment that this visit stands on."""
    return db.session.scalar(
        sa.select(MentoringAssignment.programme_id)
        .where(
            MentoringAssignment.mentor_id == mentor_id,
            MentoringAssignment.cooperative_id == cooperative_id,
            assignment_queries.is_running(day),
        )
        .limit(1)
    )


def _check_free(mentor_id: int, starts_at, ends_at, but: int | None = None) -> None:
    others = visit_queries.visits_between(mentor_id, starts_at, ends_at, but)
    rules.check_free(
        starts_at,
        ends_at,
        [
            (v.starts_at, v.ends_at, v.cooperative.name, formats.hours(
                v.starts_at, v.ends_at, v.time_zone
            ))
            for v in others
        ],
    )  # fmt: skip


def postpone_visit(
    visit: MentoringVisit, starts_at: datetime, ends_at: datetime, reason: str, *, now: datetime
) -> None:
    """Move a planned visit; the trail keeps the former time and the reason."""
    lock(User, visit.mentor_id)
    visit = lock(MentoringVisit, visit.id)
    visit.state = rules.next_visit_state(visit.state, "postpone")
    rules.check_reason(reason)
    rules.check_hours(starts_at, ends_at)
    day = clock.local_day(starts_at, visit.time_zone)
    rules.check_not_long_ago(day, clock.local_day(now, visit.time_zone))
    held = assignment_queries.periods(visit.mentor_id, [visit.cooperative_id])
    rules.check_assigned(day, held.get(visit.cooperative_id, ()))
    _check_free(visit.mentor_id, starts_at, ends_at, but=visit.id)
    with because(reason):
        visit.starts_at, visit.ends_at = starts_at, ends_at
        db.session.flush()


def cancel_visit(visit: MentoringVisit, reason: str) -> None:
    visit = lock(MentoringVisit, visit.id)
    visit.state = rules.next_visit_state(visit.state, "cancel")
    rules.check_reason(reason)
    with because(reason):
        visit.cancelled_reason = reason
        db.session.flush()


# -- notes ------------------------------------------------------------------------------------------


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
    rules.check_version(base_version, last.version if last else 0, number, correction_reason)
    day = clock.local_day(content.starts_at, visit.time_zone)
    rules.check_note(content, day, clock.local_day(now, visit.time_zone))
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
    raise rules.NoteConflict(
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
            continue
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


# -- follow-ups -------------------------------------------------------------------------------------


def close_follow_up(
    follow_up: FollowUp, result: str, closed_on: date, *, closer: User, today: date
) -> None:
    """Locks the follow-up: of two who close it at once, the second reads when it was closed."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_open(follow_up.closed_on)
    rules.check_closure(closed_on, follow_up.agreed_on, today)
    follow_up.closed_on = closed_on
    follow_up.result = collapse_spaces(result)
    follow_up.closed_by_id = closer.id
    db.session.flush()


def reopen_follow_up(follow_up: FollowUp, reason: str) -> None:
    """Open again; the trail keeps the result that was there and the reason."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_reason(reason)
    if follow_up.closed_on is None:
        raise rules.TransitionRefused(N_("Tindak lanjut ini masih terbuka."))
    with because(reason):
        follow_up.closed_on = follow_up.result = follow_up.closed_by_id = None
        db.session.flush()


def postpone_follow_up(follow_up: FollowUp, due_on: date, reason: str) -> None:
    """Move the due day; the trail keeps the former day and the reason."""
    follow_up = lock(FollowUp, follow_up.id)
    rules.check_open(follow_up.closed_on)
    rules.check_reason(reason)
    rules.check_due(due_on, follow_up.agreed_on)
    with because(reason):
        follow_up.due_on = due_on
        db.session.flush()
