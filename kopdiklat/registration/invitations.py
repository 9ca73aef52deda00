"""Verbs of invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from kopdiklat.accounts import queries as account_queries
from kopdiklat.accounts import service as accounts
from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core import clock, keys
from kopdiklat.core.db import db, lock
from kopdiklat.core.errors import NotFound
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import OutboxMessage, announce, note, withdraw
from kopdiklat.core.text import N_
from kopdiklat.registration import halls, letters, lists, offers, queries, rules
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.training.models import Batch


@dataclass(frozen=True)
class Choice:
    """A cooperative that was chosen, and why, as it stood on that day."""

    cooperative_id: int
    health_status: str | None = None
    score: Decimal | None = None
    rank: int | None = None
    reason: str | None = None


def invite(
    batch_id: int,
    choices: Sequence[Choice],
    *,
    now: datetime,
    hold_until: datetime | None = None,
    basis: str | None = None,
) -> list[Invitation]:
    """Invite these cooperatives; one that is invited already is left as it is.

    Locks the batch, for a hold takes seats; an invitation beyond the quota holds none. Telling
    them is `send`.
    """
    batch = lock(Batch, batch_id)
    rules.check_batch_alive(batch.state)
    there = dict(
        db.session.execute(
            sa.select(Invitation.cooperative_id, Invitation).where(Invitation.batch_id == batch_id)
        ).all()
    )
    hall = halls.hall(batch, now)
    may_hold = hold_until is not None and not halls.waiting_teams(batch_id)  # who waits is first
    cooperatives = _cooperatives([choice.cooperative_id for choice in choices])
    made = []
    for choice in choices:
        invitation = there.get(choice.cooperative_id)
        if invitation is not None and invitation.cancelled_at is None:
            continue
        if invitation is None:
            invitation = Invitation(
                office_id=batch.office_id,
                batch_id=batch_id,
                cooperative_id=choice.cooperative_id,
                people=batch.people_per_cooperative,
            )
            db.session.add(invitation)
        nonce = keys.new_nonce()
        groups = halls.groups_of(cooperatives[choice.cooperative_id], hall.shares)
        held = hall.hold(-choice.cooperative_id, invitation.people, groups) if may_hold else 0
        invitation.nonce = nonce
        invitation.token_hash = keys.token_hash("invitation", keys.token_for("invitation", nonce))
        invitation.held_seats, invitation.held_until = held, hold_until if held else None
        invitation.health_status, invitation.score = choice.health_status, choice.score
        invitation.rank, invitation.reason = choice.rank, choice.reason
        invitation.created_at = now
        invitation.opened_at = invitation.declined_at = invitation.cancelled_at = None
        made.append(invitation)
    if basis and made:
        batch.selection_basis = rules.basis_together(batch.selection_basis, basis)
    db.session.flush()
    return made


def _cooperatives(ids: Sequence[int]) -> dict[int, Cooperative]:
    """:raises NotFound: one went meanwhile, with the import that had brought it"""
    found = db.session.scalars(sa.select(Cooperative).where(Cooperative.id.in_(ids)))
    cooperatives = {cooperative.id: cooperative for cooperative in found}
    if len(cooperatives) < len(set(ids)):
        raise NotFound(N_("Koperasi ini sudah tidak ada di daftar."))
    return cooperatives


def send_all(batch_id: int, *, now: datetime, due_at: datetime) -> dict[str, int]:
    """Tell every cooperative whose invitation stands and that has not answered.

    Locks the batch, so that two presses tell once.
    :return: how many by e-mail, by the gateway, by the WhatsApp list, and how many cannot be
        reached (`none`)
    """
    batch = lock(Batch, batch_id)
    rules.check_may_be_told(batch.state)
    waiting = unanswered(batch_id)
    keys_ = [letters.message_key(i) for i in waiting]
    told = set(
        db.session.scalars(sa.select(OutboxMessage.thing).where(OutboxMessage.thing.in_(keys_)))
    )
    today = clock.local_day(now, batch.time_zone)
    officers = lists.contacts([i.cooperative_id for i in waiting], today)
    counts = {"email": 0, "gateway": 0, "whatsapp": 0, "none": 0}
    for invitation in waiting:
        if letters.message_key(invitation) in told:
            continue
        officer = officers.get(invitation.cooperative_id)
        message = tell(invitation, officer, now=now, due_at=due_at)
        counts[message.channel if message else "none"] += 1
    return counts


def unanswered(batch_id: int) -> list[Invitation]:
    """Standing invitations through which nobody is registered and that nobody declined."""
    found = (
        sa.select(Invitation)
        .where(
            Invitation.batch_id == batch_id,
            Invitation.cancelled_at.is_(None),
            Invitation.declined_at.is_(None),
            ~sa.select(Registration.id)
            .where(
                Registration.invitation_id == Invitation.id, Registration.state.in_(rules.ACTIVE)
            )
            .exists(),
        )
        .options(joinedload(Invitation.cooperative), joinedload(Invitation.batch))
        .order_by(Invitation.id)
    )
    return list(db.session.scalars(found))


def tell(
    invitation: Invitation,
    officer: Person | None,
    *,
    now: datetime,
    due_at: datetime | None = None,
    kind: str = "invitation.sent",
    key: str | None = None,
) -> OutboxMessage | None:
    """One message about an invitation, to the officer, else to the cooperative's own phone.

    :param key: tells it from the first one, of which there is one per invitation
    """
    thing = letters.message_key(invitation)
    return announce(
        kind,
        office_id=invitation.office_id,
        **recipient_of(invitation, officer),
        dedupe_key=f"{thing}:{key}" if key else thing,
        now=now,
        due_at=due_at,
        expires_at=invitation.batch.registration_closes_at,
        topic=letters.topic_of(invitation.batch_id),
        thing=thing,
        **payload_of(invitation),
    )


def recipient_of(invitation: Invitation, officer: Person | None) -> dict:
    cooperative = invitation.cooperative
    return {
        "name": officer.full_name if officer else cooperative.name,
        "email": officer.email if officer else None,
        "phone": (officer.phone if officer else None) or cooperative.phone,
    }


def payload_of(invitation: Invitation) -> dict:
    """Every word of the invitation's letter."""
    with in_letters():
        return {
            "cooperative": invitation.cooperative.name,
            "people": invitation.people,
            "closes": letters.window(invitation.batch).closes_on,
            "nonce": invitation.nonce,
        } | letters.facts_of(invitation.batch)


@dataclass(frozen=True)
class Recall:
    """What came of taking back: how many never go out, and how many had gone out by then."""

    taken_back: int
    gone: int


def recall(batch_id: int, *, now: datetime) -> Recall:
    """Take back what is held for a minute, or until the morning, and was not sent. Locks the batch."""
    lock(Batch, batch_id)
    invited = sa.select(OutboxMessage).where(
        OutboxMessage.topic == letters.topic_of(batch_id),
        OutboxMessage.kind == "invitation.sent",
        OutboxMessage.due_at > OutboxMessage.created_at,
    )
    invited = invited.order_by(OutboxMessage.id).options(selectinload(OutboxMessage.log))
    messages = list(db.session.scalars(invited.with_for_update()))
    held = [message for message in messages if _is_held(message, now)]
    presses = {message.created_at for message in held or messages[-1:]}
    for message in held:
        db.session.delete(message)
    of_the_press = sum(message.created_at in presses for message in messages)
    return Recall(len(held), of_the_press - len(held))


def _is_held(message: OutboxMessage, now: datetime) -> bool:
    untouched = message.sent_at is None and message.opened_at is None and not message.log
    return untouched and message.due_at > now and message.claimed_until is None


def mark_told(invitation_id: int, officer: Person | None, *, user_id: int, now: datetime) -> None:
    """The officer opened this invitation in WhatsApp; whether it was sent is not known.

    WhatsApp is its channel then: an e-mail that has not gone out yet does not go out as well.
    Locks the batch and the invitation.
    """
    invitation = db.session.get_one(Invitation, invitation_id)
    batch = lock(Batch, invitation.batch_id)
    invitation = lock(Invitation, invitation_id)
    rules.check_may_be_told(batch.state, invitation.cancelled_at)
    message = last_message(invitation) or tell(invitation, officer, now=now)
    if message is None:
        return
    phone = recipient_of(invitation, officer)["phone"]
    if message.sent_at is None and phone:
        message.channel, message.recipient = "whatsapp", phone
    message.opened_at, message.opened_by_id = now, user_id
    note(message, "opened", now=now, by_id=user_id)


def last_message(invitation: Invitation) -> OutboxMessage | None:
    """The invitation as it was put into the outbox last, held against senders."""
    found = sa.select(OutboxMessage).where(
        OutboxMessage.thing == letters.message_key(invitation),
        OutboxMessage.kind == "invitation.sent",
    )
    return db.session.scalars(
        found.order_by(OutboxMessage.id.desc()).limit(1).with_for_update()
    ).first()


def mark_opened(invitation_id: int, *, now: datetime) -> None:
    """The cooperative has seen the page: said by its phone, never by a link preview."""
    invitation = lock(Invitation, invitation_id)
    invitation.opened_at = invitation.opened_at or now


def decline(invitation_id: int, reason: str | None, *, now: datetime) -> Invitation:
    """The cooperative cannot come; what was kept for it goes to the queue."""
    invitation = db.session.get_one(Invitation, invitation_id)
    batch = lock(Batch, invitation.batch_id)
    invitation = lock(Invitation, invitation_id)
    if invitation.cancelled_at:
        raise rules.InvitationRefused(N_("Undangan ini sudah ditarik oleh dinas."))
    if queries.count_registered_people(batch.id, invitation.cooperative_id):
        raise rules.InvitationRefused(
            N_("Koperasi Anda sudah mendaftar. Batalkan lewat bukti daftar.")
        )
    invitation.declined_at = invitation.declined_at or now
    invitation.declined_reason = reason or invitation.declined_reason
    invitation.opened_at = invitation.opened_at or now
    _give_back(invitation)
    offers.offer_free_seats(batch, now=now)
    return invitation


def cancel_invitation(invitation_id: int, *, now: datetime) -> Invitation:
    """Take the invitation back; who registered through it keeps the seat."""
    invitation = db.session.get_one(Invitation, invitation_id)
    batch = lock(Batch, invitation.batch_id)
    invitation = lock(Invitation, invitation_id)
    invitation.cancelled_at = invitation.cancelled_at or now
    withdraw([letters.message_key(invitation)], now=now)
    _give_back(invitation)
    offers.offer_free_seats(batch, now=now)
    return invitation


def replace_link(invitation_id: int, *, now: datetime) -> Invitation:
    """Another link for an invitation whose first one got into other hands: the old one is dead.

    What is registered stays, also the hold; nobody has seen the new link yet, nor was told of it.
    Locks the batch and the invitation.
    """
    invitation = db.session.get_one(Invitation, invitation_id)
    batch = lock(Batch, invitation.batch_id)
    rules.check_batch_alive(batch.state)
    invitation = lock(Invitation, invitation_id)
    if invitation.cancelled_at:
        raise rules.InvitationRefused(N_("Undangan ini sudah ditarik oleh dinas."))
    withdraw([letters.message_key(invitation)], now=now)
    invitation.nonce = keys.new_nonce()
    invitation.token_hash = keys.token_hash(
        "invitation", keys.token_for("invitation", invitation.nonce)
    )
    invitation.opened_at = None
    db.session.flush()
    return invitation


def _give_back(invitation: Invitation) -> None:
    invitation.held_seats, invitation.held_until = 0, None
    db.session.flush()


def check_may_join(invitation: Invitation, now: datetime) -> None:
    """Whether the link still makes an account: while it can register, and only the first one."""
    batch = invitation.batch
    if invitation.cancelled_at:
        raise rules.InvitationRefused(N_("Undangan ini sudah ditarik oleh dinas."))
    rules.check_registration_open(letters.window(batch), now)
    today = clock.local_day(now, batch.time_zone)
    if account_queries.has_manager(invitation.cooperative_id, today):
        raise rules.InvitationRefused(
            N_("Koperasi ini sudah punya akun pengurus. Untuk akun lain, hubungi {contact}."),
            contact=letters.contact_of(batch),
        )


def join(invitation_id: int, name: str, contact: str, password_hash: str, *, now: datetime) -> None:
    """Make the account of the cooperative's manager, and tell the office.

    Locks the cooperative.
    """
    invitation = db.session.get_one(Invitation, invitation_id)
    cooperative = lock(Cooperative, invitation.cooperative_id)
    check_may_join(invitation, now)
    office = invitation.batch.office
    user = accounts.create_manager(
        cooperative.id, invitation.office_id, name, contact, password_hash, now=now
    )
    announce(
        "manager_joined",
        office_id=office.id,
        name=office.contact_name or office.name,
        email=office.email,
        phone=None,
        dedupe_key=f"manager_joined:{user.id}",
        now=now,
        person=name,
        cooperative=cooperative.name,
        title=invitation.batch.title,
    )


@dataclass(frozen=True)
class Recipient:
    """An invitation that was seen or went out and is not answered, and whom to write to about it."""

    invitation: Invitation
    address: dict


def silent_recipients(batch: Batch, now: datetime) -> list[Recipient]:
    """Who got the invitation, or opened it, and need not answer it as it was any more."""
    awaited = unanswered(batch.id)
    keys_ = [letters.message_key(invitation) for invitation in awaited]
    went_out = sa.or_(OutboxMessage.sent_at.is_not(None), OutboxMessage.opened_at.is_not(None))
    told = set(
        db.session.scalars(
            sa.select(OutboxMessage.thing).where(OutboxMessage.thing.in_(keys_), went_out)
        )
    )
    today = clock.local_day(now, batch.time_zone)
    officers = lists.contacts([i.cooperative_id for i in awaited], today)
    return [
        Recipient(invitation, recipient_of(invitation, officers.get(invitation.cooperative_id)))
        for invitation in awaited
        if invitation.opened_at is not None or letters.message_key(invitation) in told
    ]
