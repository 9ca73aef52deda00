"""The invitations of a batch as a list: what each answered, and how it was told."""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative, Person
from kopdiklat.core.db import db
from kopdiklat.core.outbox import OutboxMessage, is_still_true
from kopdiklat.core.paging import Page, paginate
from kopdiklat.registration import letters, lists, rules
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.telling import REMINDER

ANSWERS = ("unopened", "opened", "registered", "declined", "cancelled")
# By what was done to tell them, and what came of it: of those who have not answered.
TELLINGS = ("silent", "untold", "failed")
# As letters.message_key, for the database.
MESSAGE_KEY = (
    sa.literal("invitation.sent:")
    + sa.cast(Invitation.id, sa.String)
    + ":"
    + sa.func.substr(Invitation.nonce, 1, 8)
)


@dataclass(frozen=True)
class ListedInvitation:
    """One line of the invitations: how far it is, how it was told, whom a message reaches.

    :param message: the invitation as it was sent last
    :param is_over: what it says is no longer so
    :param reminders: that went out, or were opened in WhatsApp
    :param last_id: of the last message about it, 0 before the first
    """

    invitation: Invitation
    cooperative: Cooperative
    registered: int
    message: OutboxMessage | None
    reminders: list[datetime] = field(default_factory=list)
    is_reminder_waiting: bool = False
    is_over: bool = False
    last_id: int = 0
    contact: Person | None = None

    @property
    def answer(self) -> str:
        """One of ANSWERS."""
        i = self.invitation
        if i.cancelled_at:
            return "cancelled"
        if self.registered:
            return "registered"
        if i.declined_at:
            return "declined"
        return "opened" if i.opened_at else "unopened"

    @property
    def is_silent(self) -> bool:
        return self.answer in ("opened", "unopened")

    @property
    def phone(self) -> str | None:
        return (self.contact.phone if self.contact else None) or self.cooperative.phone

    @property
    def told(self) -> str:
        """How it went out: none, waiting (with a server), mailed, gateway, listed, whatsapp, over,
        failed."""
        m = self.message
        if m is None:
            return "none"
        if m.opened_at:
            return "whatsapp"
        if m.sent_at:
            return "mailed" if m.channel == "email" else "gateway"
        if self.is_over:
            return "over"
        if m.given_up_at:
            return "failed"
        return "listed" if m.channel == "whatsapp" else "waiting"

    @property
    def went_out(self) -> bool:
        return self.told in ("whatsapp", "mailed", "gateway")


def _registered():
    return (
        sa.select(sa.func.count(Registration.id))
        .where(Registration.invitation_id == Invitation.id, Registration.state.in_(rules.ACTIVE))
        .scalar_subquery()
    )


def _is_silent() -> sa.ColumnElement[bool]:
    return sa.and_(
        Invitation.cancelled_at.is_(None), _registered() == 0, Invitation.declined_at.is_(None)
    )


def _stands_in(state: str, now: datetime) -> sa.ColumnElement[bool]:
    """Which invitations a filter shows: one of ANSWERS or TELLINGS."""
    standing, registered, silent = Invitation.cancelled_at.is_(None), _registered(), _is_silent()
    match state:
        case "cancelled":
            return Invitation.cancelled_at.is_not(None)
        case "registered":
            return sa.and_(standing, registered > 0)
        case "declined":
            return sa.and_(standing, registered == 0, Invitation.declined_at.is_not(None))
        case "opened":
            return sa.and_(silent, Invitation.opened_at.is_not(None))
        case "unopened":
            return sa.and_(silent, Invitation.opened_at.is_(None))
        case "untold":
            return sa.and_(silent, ~_message().exists())
        case "failed":
            tried = _message(is_still_true(now)).exists()
            return sa.and_(silent, tried, ~_message(_may_still_arrive(now)).exists())
        case _:
            return silent


def _message(*conditions: sa.ColumnElement[bool]) -> sa.Select:
    about = OutboxMessage.thing == MESSAGE_KEY
    is_first = OutboxMessage.kind == "invitation.sent"
    return sa.select(OutboxMessage.id).where(about, is_first, *conditions)


def _may_still_arrive(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        OutboxMessage.sent_at.is_not(None),
        OutboxMessage.opened_at.is_not(None),
        sa.and_(
            OutboxMessage.given_up_at.is_(None),
            is_still_true(now),
            sa.or_(OutboxMessage.last_error.is_(None), OutboxMessage.channel == "whatsapp"),
        ),
    )


def invitation_select(batch_id: int, now: datetime, text: str = "", state: str = "") -> sa.Select:
    found = (
        sa.select(Invitation, Cooperative, _registered().label("registered"))
        .join(Cooperative, Invitation.cooperative_id == Cooperative.id)
        .where(Invitation.batch_id == batch_id)
        .order_by(
            Invitation.cancelled_at.is_not(None),
            Invitation.rank.is_(None),
            Invitation.rank,
            Cooperative.name,
        )
    )  # fmt: skip
    if text:
        found = found.where(Cooperative.name.ilike(f"%{text.replace('%', '')}%"))
    if state in ANSWERS + TELLINGS:
        found = found.where(_stands_in(state, now))
    return found


def invitation_page(
    batch_id: int, text: str, state: str, page: int, now: datetime, today: date
) -> Page:
    shown = paginate(invitation_select(batch_id, now, text, state), page, scalars=False)
    rows = with_messages(shown.rows, now, today)
    return Page(rows, shown.number, shown.total, shown.per_page)


def silent_cooperatives(batch_id: int, most: int = 12) -> list[Cooperative]:
    """Cooperatives that were invited and have not answered: who opened the link first."""
    found = (
        sa.select(Cooperative)
        .join(Invitation, Invitation.cooperative_id == Cooperative.id)
        .where(Invitation.batch_id == batch_id, _is_silent())
        .order_by(Invitation.opened_at.is_(None), Cooperative.name)
        .limit(most)
    )
    return list(db.session.scalars(found))


def with_messages(rows: list, now: datetime, today: date) -> list[ListedInvitation]:
    keys = {letters.message_key(row.Invitation): row for row in rows}
    found = sa.select(OutboxMessage).where(OutboxMessage.thing.in_(keys))
    by_thing: dict[str, list[OutboxMessage]] = {key: [] for key in keys}
    for message in db.session.scalars(found.order_by(OutboxMessage.id)):
        by_thing[message.thing or ""].append(message)
    contacts = lists.contacts([row.Cooperative.id for row in rows], today)
    return [
        _listed(row, by_thing[key], contacts.get(row.Cooperative.id), now)
        for key, row in keys.items()
    ]


def _listed(
    row, messages: list[OutboxMessage], contact: Person | None, now: datetime
) -> ListedInvitation:
    sent = [m for m in messages if m.kind == "invitation.sent"]
    reminders = [m for m in messages if m.kind == REMINDER]
    out = [at for m in reminders if (at := m.sent_at or m.opened_at)]
    return ListedInvitation(
        row.Invitation,
        row.Cooperative,
        row.registered,
        sent[-1] if sent else None,
        out,
        any(
            not (m.sent_at or m.opened_at or m.given_up_at or _is_over(m, now))
            for m in reminders[-1:]
        ),
        any(_is_over(m, now) for m in sent[-1:]),
        messages[-1].id if messages else 0,
        contact,
    )


def _is_over(message: OutboxMessage, now: datetime) -> bool:
    """As `is_still_true`, of a row at hand."""
    return message.expires_at is not None and message.expires_at <= now


def count_states(batch_id: int, now: datetime) -> dict[str, int]:
    """How many invitations stand in each of ANSWERS and TELLINGS, and `all` that were not cancelled."""
    states = ANSWERS + TELLINGS
    counts = [
        sa.func.sum(sa.case((_stands_in(state, now), 1), else_=0)).label(state) for state in states
    ]
    row = db.session.execute(sa.select(*counts).where(Invitation.batch_id == batch_id)).one()
    found = {state: getattr(row, state) or 0 for state in states}
    return found | {"all": sum(found[answer] for answer in ANSWERS) - found["cancelled"]}


@dataclass(frozen=True)
class Held:
    """What waits for its minute, or for the morning, and can be taken back; `last_id` is of the last
    message about the batch: what came after it was not seen by who looks now."""

    count: int
    due_at: datetime | None
    last_id: int

    def seconds_left(self, now: datetime) -> int:
        return max(0, round((self.due_at - now).total_seconds())) if self.due_at else 0


def held(batch_id: int, now: datetime) -> Held:
    """What *Batalkan kirim* would take back now."""
    is_held = sa.and_(
        OutboxMessage.kind == "invitation.sent",
        OutboxMessage.due_at > now,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.opened_at.is_(None),
    )
    due_at = sa.func.max(sa.case((is_held, OutboxMessage.due_at)))
    count, last_due, last_id = db.session.execute(
        sa.select(
            sa.func.count(sa.case((is_held, 1))),
            sa.type_coerce(due_at, OutboxMessage.due_at.type),
            sa.func.max(OutboxMessage.id),
        ).where(OutboxMessage.topic == letters.topic_of(batch_id))
    ).one()
    return Held(count, last_due, last_id or 0)
