"""All letters of a batch as one file, made by the jobs process: a copy for each, then the whole."""

from dataclasses import replace

from kopdiklat.core import clock, files, tasks
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.tasks import Task
from kopdiklat.documents import invitation_letter, letters, queries
from kopdiklat.documents.invitation_letter import Addressee
from kopdiklat.documents.models import InvitationLetter


@tasks.handler(letters.BUNDLE)
def bundle(task: Task, progress: tasks.Progress) -> dict:
    """Safe to run twice: what was printed before is taken as it is."""
    letter_id = task.payload["letter"]
    letter = db.session.get_one(InvitationLetter, letter_id)
    if letter.cancelled_at:
        return {"letter": letter_id, "letters": 0}
    batch_id, content, at = letter.batch_id, letter.content, letter.issued_at
    today = clock.local_day(utc_now(), letter.batch.time_zone)
    wanted = letters.addressees(queries.standing_invitations(batch_id), today)
    printed: list[Addressee] = []
    copies: list[int] = []
    for done, to in enumerate(wanted):
        progress(done, len(wanted) + 1)
        copy_id, addressee = _copy(letter_id, to)
        copies.append(copy_id)
        printed.append(replace(to, data=addressee))
    progress(len(wanted), len(wanted) + 1)
    digest, size = files.put_sealed(invitation_letter.pdf(content, printed, at=at))
    with transaction():
        letters.keep_bundle(letter_id, copies, digest, size, now=utc_now())
    return {"letter": letter_id, "letters": len(copies)}


def _copy(letter_id: int, to: Addressee) -> tuple[int, dict]:
    """The copy of one link, as it was printed first, and what stands on it."""
    copy = queries.find_copy(letter_id, to.token_hash)
    if copy is None:
        letter = db.session.get_one(InvitationLetter, letter_id)
        printed = letters.print_copy(letter, to)
        with transaction():
            copy = letters.keep_copy(letter_id, to, printed, now=utc_now())
            return copy.id, copy.addressee
    return copy.id, copy.addressee
