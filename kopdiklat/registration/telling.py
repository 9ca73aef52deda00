"""Telling a cooperative again: to a mended address, or because it has not answered.

Each logical message has one key, so that two presses, or a job that runs twice, tell once.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core import clock
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage, withdraw
from kopdiklat.core.text import N_
from kopdiklat.offices.rules import days_in
from kopdiklat.registration import chase_rules as when
from kopdiklat.registration import invitations, letters, lists, queries, rules
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch

REMINDER = "invitation.reminder"
KINDS = ("invitation.sent", REMINDER)
CONTACT_CHANGED = N_("Kontak koperasi ini baru saja berubah. Periksa lagi.")
NO_ADDRESS = N_("Koperasi ini belum punya nomor HP atau email. Lengkapi dulu.")
ANSWERED = N_("Koperasi ini sudah menjawab.")


@dataclass
class Told:
    """What is known of the messages about one invitation, as the outbox has them."""

    ids: list[int] = field(default_factory=list)
    went_out_at: datetime | None = None
    last_reminder_day: date | None = None

    @property
    def last_id(self) -> int:
        return self.ids[-1] if self.ids else 0


def resend(invitation_id: int, after: int | None, *, now: datetime) -> OutboxMessage:
    """Tell the cooperative again, by the address that stands there now; nothing else is renewed.

    What has not gone out yet never does. Locks the batch and the invitation.
    :param after: id of the last message that the officer saw; a second press finds another one
    :raises RuleViolation: it has answered, nobody can be reached, or was told too often
    """
    invitation = _lock_silent(invitation_id, now)
    known = _told([invitation])[letters.message_key(invitation)]
    if after is not None and known.last_id != after:
        return db.session.get_one(OutboxMessage, known.last_id)
    withdraw([letters.message_key(invitation)], now=now)
    return _tell_once(invitation, "invitation.sent", f"again:{known.last_id}", known, now)


def remind(invitation_id: int, after: int | None, *, now: datetime) -> OutboxMessage:
    """Remind one cooperative now. Locks the batch and the invitation.

    :raises RuleViolation: as `resend`
    """
    invitation = _lock_silent(invitation_id, now)
    known = _told([invitation])[letters.message_key(invitation)]
    if after is not None and known.last_id != after:
        return db.session.get_one(OutboxMessage, known.last_id)
    return _tell_once(invitation, REMINDER, f"reminder:after:{known.last_id}", known, now)


def remind_all(batch_id: int, after: int, *, now: datetime) -> dict[str, int]:
    """Remind every cooperative that was told and is silent. Locks the batch.

    :param after: id of the last message of the batch that the officer saw; whom a later one
        reached is not told again
    :return: how many were reminded, told too often, and cannot be reached
    """
    batch = lock(Batch, batch_id)
    _check_open(batch, now)
    silent = invitations.unanswered(batch_id)
    known = _told(silent)
    counts = {"reminded": 0, "too_often": 0, "unreachable": 0}
    for invitation in silent:
        told = known[letters.message_key(invitation)]
        if told.went_out_at is None or told.last_id > after:
            continue
        if told.last_reminder_day == clock.local_day(now, batch.office.time_zone):
            counts["too_often"] += 1  # the page was read again and the button pressed once more
            continue
        try:
            _tell_once(invitation, REMINDER, f"reminder:after:{told.last_id}", told, now)
            counts["reminded"] += 1
        except when.TooOften:
            counts["too_often"] += 1
        except RuleViolation:
            counts["unreachable"] += 1
    return counts


def _lock_silent(invitation_id: int, now: datetime) -> Invitation:
    invitation = db.session.get_one(Invitation, invitation_id)
    batch = lock(Batch, invitation.batch_id)
    invitation = lock(Invitation, invitation_id)
    rules.check_may_be_told(batch.state, invitation.cancelled_at)
    _check_open(batch, now)
    registered = queries.count_registered_people(batch.id, invitation.cooperative_id)
    if invitation.declined_at or registered:
        raise RuleViolation(ANSWERED)
    return invitation


def _check_open(batch: Batch, now: datetime) -> None:
    """An invitation that can no longer be answered is not sent again."""
    rules.check_may_be_told(batch.state)
    window = letters.window(batch)
    if now >= window.closes_at:
        rules.check_registration_open(window, now)


def _tell_once(
    invitation: Invitation, kind: str, key: str, known: Told, now: datetime
) -> OutboxMessage:
    today = clock.local_day(now, invitation.batch.time_zone)
    officer = lists.contacts([invitation.cooperative_id], today).get(invitation.cooperative_id)
    address = invitations.recipient_of(invitation, officer)
    addresses = [text for text in (address["email"], address["phone"]) if text]
    when.check_not_too_often(_count_recent(addresses, now))
    first = kind == "invitation.sent" and not known.ids
    message = invitations.tell(invitation, officer, now=now, kind=kind, key=None if first else key)
    if message is None:
        raise RuleViolation(NO_ADDRESS)
    return message


def _count_recent(addresses: list[str], now: datetime) -> int:
    found = sa.select(sa.func.count(OutboxMessage.id)).where(
        OutboxMessage.recipient.in_(addresses),
        OutboxMessage.kind.in_(KINDS),
        OutboxMessage.created_at > now - when.HOUR,
    )
    return db.session.scalar(found) or 0


def _told(asked: list[Invitation]) -> dict[str, Told]:
    """Per message key of an invitation what went out about it."""
    known = {letters.message_key(invitation): Told() for invitation in asked}
    zones = {letters.message_key(i): i.batch.office.time_zone for i in asked}
    M = OutboxMessage
    found = sa.select(M.thing, M.id, M.kind, M.created_at, M.sent_at, M.opened_at)
    for row in db.session.execute(found.where(M.thing.in_(known)).order_by(M.id)):
        told, out = known[row.thing], row.sent_at or row.opened_at
        told.ids.append(row.id)
        if out and (told.went_out_at is None or out < told.went_out_at):
            told.went_out_at = out
        if row.kind == REMINDER:
            told.last_reminder_day = clock.local_day(row.created_at, zones[row.thing])
    return known


def remind_due(batch_id: int, *, now: datetime) -> int:
    """Remind the silent of a batch on the days that its office set. Locks the batch.

    :return: how many were reminded
    """
    batch = lock(Batch, batch_id)
    if batch.state != "published" or now >= batch.registration_closes_at:
        return 0
    office = batch.office
    zone = office.time_zone
    after, before = days_in(office.remind_after_days), days_in(office.remind_before_days)
    if clock.local(now, zone).time() < when.AT:
        return 0
    today = clock.local_day(now, zone)
    closes_on = clock.local_day(batch.registration_closes_at, zone)
    silent = invitations.unanswered(batch_id)
    known = _told(silent)
    reminded = 0
    for invitation in silent:
        told = known[letters.message_key(invitation)]
        if told.went_out_at is None:
            continue
        told_on = clock.local_day(told.went_out_at, zone)
        day = when.due_day(told_on, closes_on, today, after, before)
        if day is None or (told.last_reminder_day and told.last_reminder_day >= day):
            continue
        try:
            _tell_once(invitation, REMINDER, f"reminder:{day}", told, now)
            reminded += 1
        except RuleViolation:
            continue  # nobody to reach, or reached often enough; its row says so
    return reminded


# -- a mended address ------------------------------------------------------------------------------


def change_contact(
    invitation_id: int, person_id: int | None, phone: str | None, email: str | None, *, today: date
) -> None:
    """Write down where the contact of the cooperative is reached.

    Locks the batch, for it may be resent at once, and the cooperative.

    :param person_id: the officer that was shown; None: the number of the cooperative itself
    :raises RuleViolation: somebody else is the contact meanwhile
    """
    invitation = db.session.get_one(Invitation, invitation_id)
    lock(Batch, invitation.batch_id)
    cooperative = lock(Cooperative, invitation.cooperative_id)
    if person_id is None:
        cooperative.phone = phone
        return
    officers = queries.current_officers(cooperative.id, today)
    if person_id not in {officer.person_id for officer in officers}:
        raise RuleViolation(CONTACT_CHANGED)
    person = lock(Person, person_id)
    person.phone, person.email = phone, email
