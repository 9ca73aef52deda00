"""Verbs of the official invitation: issuing it once per batch, keeping what was printed."""

import hashlib
from datetime import date, datetime

from kopdiklat.core import clock, files, numbers, tasks
from kopdiklat.core.db import db, lock
from kopdiklat.core.files import StoredFile
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.core.text import N_
from kopdiklat.documents import invitation_letter, numbering, queries, rules
from kopdiklat.documents.invitation_letter import Addressee
from kopdiklat.documents.models import (
    InvitationLetter,
    InvitationLetterCopy,
    LetterSettings,
)
from kopdiklat.offices.models import Office
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch

BUNDLE = "letters.bundle"
DEFAULTS = {  # of a document, so in Indonesian whoever reads the page
    "character": "Penting",
    "subject": "Undangan {kegiatan}",
    "opening": "Dalam rangka meningkatkan kemampuan pengurus koperasi di {wilayah}, kami"
    " menyelenggarakan {kegiatan}. Sehubungan dengan itu, kami mengundang koperasi Saudara"
    " menugaskan {jumlah} orang untuk mengikuti kegiatan tersebut pada:",
    "closing": "Demikian undangan ini kami sampaikan. Atas perhatian dan kehadirannya kami"
    " ucapkan terima kasih.",
}
SETTINGS = (
    "place",
    "signatory_name",
    "signatory_title",
    "signatory_rank",
    "signatory_number",
    "acting_for",
    "character",
    "attachment",
    "subject",
    "opening",
    "closing",
    "copies_to",
)


def usual_place(office: Office) -> str:
    """`Mojokerto` for Kota Mojokerto: where its letters are dated."""
    kind, _space, name = office.region_name.partition(" ")
    return name if kind in ("Kota", "Kabupaten", "Provinsi") and name else office.region_name


def save_settings(office_id: int, values: dict) -> LetterSettings:
    """Set who signs and what letters say; those that were issued stay as printed."""
    lock(Office, office_id)
    settings = queries.find_letter_settings(office_id)
    if settings is None:
        settings = LetterSettings(office_id=office_id)
        db.session.add(settings)
    for name in SETTINGS:
        setattr(settings, name, values[name])
    db.session.flush()
    return settings


def find_settings(office_id: int) -> LetterSettings:
    """:raises SignatoryMissing: with where to set it"""
    settings = queries.find_letter_settings(office_id)
    if settings is None:
        raise rules.SignatoryMissing(
            N_(
                "Penanda tangan belum diatur. Admin kantor mengaturnya di Pengaturan, Surat undangan."
            )
        )
    return settings


def issue(batch_id: int, *, by, now: datetime) -> InvitationLetter:
    """Give a batch its letter: the number, the date and the text, and queue the file of all.

    Locks the batch, then the series; pressed twice, it is one letter. Number and letter are in
    one transaction, so a number is never without its letter.
    :param by: the user
    """
    lock(Batch, batch_id)
    letter = queries.standing_letter(batch_id)
    if letter is not None:
        return letter
    batch = queries.batch_to_print(batch_id)
    assert batch is not None  # noqa: S101, it is locked
    invited = queries.count_standing(batch_id)
    rules.check_may_issue(batch.state, len(batch.days), invited)
    letter = make(batch, find_settings(batch.office_id), invited, by=by.name, now=now)
    _queue_bundle(letter, by, now)
    return letter


def make(
    batch: Batch, settings: LetterSettings, invited: int, *, by: str, now: datetime
) -> InvitationLetter:
    """The letter with its number. Locks the series of numbers.

    :param invited: how many cooperatives it is for, as the register tells it
    """
    use = invitation_letter.use_of(batch, settings, invited, by)
    number = numbering.take(batch.office_id, rules.LETTERS, use, now=now)
    dated_on = clock.local_day(now, batch.office.time_zone)
    letter = InvitationLetter(
        office_id=batch.office_id,
        batch_id=batch.id,
        number_id=number.id,
        dated_on=dated_on,
        content=invitation_letter.content_of(batch, settings, number.text, dated_on),
        issued_at=now,
        bundle_of=[],
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def request_bundle(letter_id: int, *, by, now: datetime) -> None:
    """Make the file of all letters again, for whoever was invited since. Locks the letter."""
    letter = lock(InvitationLetter, letter_id)
    if letter.cancelled_at is None and not is_bundling(letter):
        _queue_bundle(letter, by, now)


def is_bundling(letter: InvitationLetter) -> bool:
    return letter.bundle_task is not None and not letter.bundle_task.is_over


def _queue_bundle(letter: InvitationLetter, by, now: datetime) -> None:
    task = tasks.enqueue(
        BUNDLE, {"letter": letter.id}, office_id=letter.office_id, user=by, now=now
    )
    letter.bundle_task_id = task.id
    db.session.flush()


def cancel_number(number_id: int, reason: str, *, by: str, now: datetime) -> IssuedNumber:
    """Cancel a number, and the letter that bears it; the batch may get another letter."""
    number = numbers.cancel(number_id, reason, by=by, now=now)
    letter = queries.letter_of_number(number_id)
    if letter is not None:
        letter.cancelled_at = letter.cancelled_at or now
        db.session.flush()
    return number


def addressees(invitations: list[Invitation], today: date) -> list[Addressee]:
    """The invitations as addresses, with who chairs each cooperative."""
    chairs = queries.chairs([i.cooperative_id for i in invitations], today)
    return [invitation_letter.addressee_of(i, chairs.get(i.cooperative_id)) for i in invitations]


def print_copy(letter: InvitationLetter, to: Addressee) -> tuple[bytes, str, int]:
    """Set one letter and put the file on the disk; call it before the transaction.

    :return: the PDF, and the name and size of the sealed file
    """
    content = invitation_letter.pdf(letter.content, [to], at=letter.issued_at)
    return content, *files.put_sealed(content)


def keep_copy(
    letter_id: int, to: Addressee, printed: tuple[bytes, str, int], *, now: datetime
) -> InvitationLetterCopy:
    """Keep what was printed. Locks the letter: the first print of a link is the one that stays."""
    letter = lock(InvitationLetter, letter_id)
    copy = queries.find_copy(letter_id, to.token_hash)
    if copy is not None:
        return copy
    content, digest, size = printed
    copy = InvitationLetterCopy(
        office_id=letter.office_id,
        letter_id=letter_id,
        invitation_id=to.invitation_id,
        token_hash=to.token_hash,
        addressee=to.data,
        file=_stored(letter, f"surat-undangan-{to.invitation_id}.pdf", digest, size, now),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    db.session.add(copy)
    db.session.flush()
    return copy


def keep_bundle(
    letter_id: int, copies: list[int], digest: str, size: int, *, now: datetime
) -> None:
    """The file that holds these copies. Locks the letter."""
    letter = lock(InvitationLetter, letter_id)
    letter.bundle_file = _stored(letter, f"surat-undangan-{letter_id}.pdf", digest, size, now)
    letter.bundle_of, letter.bundle_at = copies, now
    db.session.flush()


def _stored(
    letter: InvitationLetter, name: str, digest: str, size: int, now: datetime
) -> StoredFile:
    return StoredFile(
        office_id=letter.office_id,
        purpose="invitation_letter",
        name=name,
        content_type="application/pdf",
        size=size,
        sha256=digest,
        created_at=now,
    )
