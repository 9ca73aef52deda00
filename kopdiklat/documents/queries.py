"""Named selects of papers and their numbers."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.core.db import db
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.documents.models import (
    InvitationLetter,
    InvitationLetterCopy,
    LetterSettings,
    NumberFormat,
)
from kopdiklat.offices.models import Office
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch


def find_format(office_id: int, series: str) -> NumberFormat | None:
    """How an office writes the numbers of a series, with the office."""
    return db.session.scalar(
        sa.select(NumberFormat)
        .where(NumberFormat.office_id == office_id, NumberFormat.series == series)
        .options(joinedload(NumberFormat.office))
    )


def other_formats(office_id: int, series: str) -> list[NumberFormat]:
    """The formats of an office's other series."""
    found = sa.select(NumberFormat).where(
        NumberFormat.office_id == office_id, NumberFormat.series != series
    )
    return list(db.session.scalars(found))


def series_of(office_id: int) -> list[str]:
    """The series that have a format."""
    found = sa.select(NumberFormat.series).where(NumberFormat.office_id == office_id)
    return list(db.session.scalars(found))


def issued_numbers(
    visible: sa.ColumnElement[bool], *, year: int | None = None, series: str = "", text: str = ""
) -> sa.Select:
    """Rows (IssuedNumber, office name, batch of the letter or None), the last given first."""
    found = (
        sa.select(
            IssuedNumber,
            Office.name.label("office_name"),
            InvitationLetter.batch_id.label("batch_id"),
        )
        .join(Office, Office.id == IssuedNumber.office_id)
        .outerjoin(InvitationLetter, InvitationLetter.number_id == IssuedNumber.id)
        .where(visible)
        .order_by(
            IssuedNumber.year.desc(),
            IssuedNumber.issued_at.desc(),
            IssuedNumber.number.desc(),
            IssuedNumber.id.desc(),
        )
    )
    if year:
        found = found.where(IssuedNumber.year == year)
    if series:
        found = found.where(IssuedNumber.series == series)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')}%"
        found = found.where(
            sa.or_(
                IssuedNumber.text.ilike(like),
                IssuedNumber.purpose.ilike(like),
                IssuedNumber.subject.ilike(like),
            )
        )
    return found


def years_with_numbers(visible: sa.ColumnElement[bool]) -> list[int]:
    """The years in which numbers were given out, the last first."""
    found = sa.select(IssuedNumber.year).where(visible).distinct()
    return list(db.session.scalars(found.order_by(IssuedNumber.year.desc())))


def find_letter_settings(office_id: int) -> LetterSettings | None:
    """Who signs an office's letters, and what they say."""
    return db.session.scalar(sa.select(LetterSettings).where(LetterSettings.office_id == office_id))


def standing_letter(batch_id: int) -> InvitationLetter | None:
    """The letter of a batch that was not cancelled, with its number, task and file."""
    return db.session.scalar(
        sa.select(InvitationLetter)
        .where(InvitationLetter.batch_id == batch_id, InvitationLetter.cancelled_at.is_(None))
        .options(
            joinedload(InvitationLetter.number),
            joinedload(InvitationLetter.bundle_task),
            joinedload(InvitationLetter.bundle_file),
        )
    )


def cancelled_letters(batch_id: int) -> list[InvitationLetter]:
    """Earlier letters of a batch, with their numbers."""
    found = (
        sa.select(InvitationLetter)
        .where(InvitationLetter.batch_id == batch_id, InvitationLetter.cancelled_at.is_not(None))
        .options(joinedload(InvitationLetter.number))
        .order_by(InvitationLetter.id)
    )
    return list(db.session.scalars(found))


def letter_of_number(number_id: int) -> InvitationLetter | None:
    return db.session.scalar(
        sa.select(InvitationLetter).where(InvitationLetter.number_id == number_id)
    )


def standing_invitations(batch_id: int) -> list[Invitation]:
    """Whom a batch's letter is for, in the order of the invitations tab, with their cooperatives."""
    found = (
        sa.select(Invitation)
        .join(Invitation.cooperative)
        .where(Invitation.batch_id == batch_id, Invitation.cancelled_at.is_(None))
        .options(contains_eager(Invitation.cooperative))
        .order_by(Invitation.rank.is_(None), Invitation.rank, Cooperative.name, Invitation.id)
    )
    return list(db.session.scalars(found))


def count_standing(batch_id: int) -> int:
    found = sa.select(sa.func.count(Invitation.id)).where(
        Invitation.batch_id == batch_id, Invitation.cancelled_at.is_(None)
    )
    return db.session.scalar(found) or 0


def chairs(cooperative_ids: list[int], today: date) -> dict[int, str]:
    """Per cooperative the name of who chairs it today."""
    found = (
        sa.select(Officer.cooperative_id, Person.full_name)
        .join(Person, Officer.person_id == Person.id)
        .where(
            Officer.cooperative_id.in_(cooperative_ids),
            Officer.position == "chair",
            sa.or_(Officer.ends_on.is_(None), Officer.ends_on >= today),
        )
        .order_by(Officer.id.desc())
    )
    return {row.cooperative_id: row.full_name for row in db.session.execute(found)}


def find_copy(letter_id: int, token_hash: str) -> InvitationLetterCopy | None:
    """The letter as it was printed for the holder of this link."""
    return db.session.scalar(
        sa.select(InvitationLetterCopy)
        .where(
            InvitationLetterCopy.letter_id == letter_id,
            InvitationLetterCopy.token_hash == token_hash,
        )
        .options(joinedload(InvitationLetterCopy.file))
    )


def copies_of_standing(letter_id: int, batch_id: int) -> dict[int, int | None]:
    """Per standing invitation the copy that its link has of this letter; None without one."""
    found = (
        sa.select(Invitation.id, InvitationLetterCopy.id)
        .outerjoin(
            InvitationLetterCopy,
            sa.and_(
                InvitationLetterCopy.letter_id == letter_id,
                InvitationLetterCopy.token_hash == Invitation.token_hash,
            ),
        )
        .where(Invitation.batch_id == batch_id, Invitation.cancelled_at.is_(None))
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def batch_to_print(batch_id: int) -> Batch | None:
    """A batch with everything that its letter says."""
    return db.session.scalar(
        sa.select(Batch)
        .where(Batch.id == batch_id)
        .options(
            joinedload(Batch.course),
            joinedload(Batch.programme),
            joinedload(Batch.office),
            selectinload(Batch.training_sessions),
        )
    )
