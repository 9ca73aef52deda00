"""The log of deliveries: who was told, when, by what, how often it was tried, what the server said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from kopdiklat.core import clock, formats
from kopdiklat.core.db import db
from kopdiklat.core.outbox import CHANNELS, OutboxAttempt, OutboxMessage
from kopdiklat.core.text import N_
from kopdiklat.notifications.channels import TOO_LATE

STATES = {  # state of a message -> its words; never more than is known
    "waiting": N_("menunggu"),
    "retried": N_("dicoba lagi"),
    "accepted": N_("diterima server"),
    "opened": N_("dibuka di WhatsApp"),
    "failed": N_("tidak terkirim"),
    "over": N_("tidak perlu lagi"),
}
CHANNEL_LABELS = {
    "email": N_("email"),
    "gateway": N_("WhatsApp"),
    "whatsapp": N_("WhatsApp, petugas"),
}
OUTCOME_LABELS = {
    "accepted": N_("diterima server"),
    "deferred": N_("ditunda"),
    "refused": N_("ditolak"),
    "over": N_("tidak dikirim"),
    "given_up": N_("berhenti dicoba"),
    "opened": N_("dibuka di WhatsApp"),
    "put_back": N_("belum dikirim di WhatsApp"),
}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty says nothing."""

    topic: str = ""
    channel: str = ""
    state: str = ""
    text: str = ""

    @classmethod
    def read(cls, given) -> "Filters":
        """From the address; what is no choice is none."""
        channel, state = given.get("channel", ""), given.get("state", "")
        return cls(
            given.get("topic", "")[:60],
            channel if channel in CHANNELS else "",
            state if state in STATES else "",
            " ".join(given.get("q", "").split())[:80],
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.channel or self.state or self.text)


def stands_in(state: str, now: datetime) -> sa.ColumnElement[bool]:
    M = OutboxMessage
    out = sa.or_(M.sent_at.is_not(None), M.opened_at.is_not(None))
    is_over = sa.or_(
        sa.and_(M.expires_at.is_not(None), M.expires_at <= now),
        sa.func.coalesce(M.last_error, "") == TOO_LATE,
    )
    match state:
        case "accepted":
            return M.sent_at.is_not(None)
        case "opened":
            return sa.and_(M.sent_at.is_(None), M.opened_at.is_not(None))
        case "over":
            return sa.and_(~out, is_over)
        case "failed":
            return sa.and_(~out, ~is_over, M.given_up_at.is_not(None))
        case "retried":
            open_still = sa.and_(~out, ~is_over, M.given_up_at.is_(None))
            return sa.and_(open_still, M.last_error.is_not(None), M.channel != "whatsapp")
        case _:
            open_still = sa.and_(~out, ~is_over, M.given_up_at.is_(None))
            return sa.and_(open_still, sa.or_(M.last_error.is_(None), M.channel == "whatsapp"))


def state_of(message: OutboxMessage, now: datetime) -> str:
    """As `stands_in`, of a row at hand."""
    if message.sent_at:
        return "accepted"
    if message.opened_at:
        return "opened"
    if message.expires_at and message.expires_at <= now:
        return "over"
    if message.last_error == TOO_LATE:
        return "over"
    if message.given_up_at:
        return "failed"
    return "retried" if message.last_error and message.channel != "whatsapp" else "waiting"


def deliveries(filters: Filters, mine: sa.ColumnElement[bool], now: datetime) -> sa.Select:
    """Messages, the newest first.

    :param mine: those that this person may see
    """
    found = sa.select(OutboxMessage).where(mine)
    if filters.topic:
        found = found.where(OutboxMessage.topic == filters.topic)
    if filters.channel:
        found = found.where(OutboxMessage.channel == filters.channel)
    if filters.state:
        found = found.where(stands_in(filters.state, now))
    if filters.text:
        like = filters.text.replace("%", "")
        found = found.where(OutboxMessage.recipient_name.icontains(like, autoescape=True))
    return found.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())


def offices_of(filters: Filters, mine: sa.ColumnElement[bool], now: datetime) -> list[int]:
    """Whose messages these are."""
    found = deliveries(filters, mine, now).with_only_columns(OutboxMessage.office_id)
    return sorted(db.session.scalars(found.order_by(None).distinct()))


def counts(filters: Filters, mine: sa.ColumnElement[bool], now: datetime) -> dict[str, int]:
    """How many messages of the topic stand in each state."""
    about = OutboxMessage.topic == filters.topic if filters.topic else sa.true()
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((stands_in(state, now), 1), else_=0)), 0).label(state)
        for state in STATES
    ]
    return dict(db.session.execute(sa.select(*sums).where(mine, about)).mappings().one())


def attempts_of(message_ids: Iterable[int]) -> dict[int, list[OutboxAttempt]]:
    """The log of each message, in its order."""
    found: dict[int, list[OutboxAttempt]] = {ident: [] for ident in message_ids}
    lines = sa.select(OutboxAttempt).where(OutboxAttempt.message_id.in_(found))
    for line in db.session.scalars(lines.order_by(OutboxAttempt.id)):
        found[line.message_id].append(line)
    return found


def topic_title(filters: Filters, mine: sa.ColumnElement[bool]) -> str:
    """What the messages of the topic call it; empty without one."""
    if not filters.topic:
        return ""
    found = sa.select(OutboxMessage.payload).where(mine, OutboxMessage.topic == filters.topic)
    payload = db.session.scalar(found.order_by(OutboxMessage.id.desc()).limit(1))
    return (payload or {}).get("title", "")


def export_rows(
    messages: Iterable[OutboxMessage],
    log: dict[int, list[OutboxAttempt]],
    label,
    told,
    zone: str,
    names: dict[int, str],
):
    """One row per attempt, and one for a message that nobody has tried.

    :param log: as `attempts_of` gives it
    :param label, told: (message) -> what it is called, (text) -> an error in the reader's language
    """
    for m in messages:
        about = (
            m.recipient_name,
            formats.phone(m.recipient) if m.channel != "email" else m.recipient,
            label(m),
            clock.local(m.created_at, zone).replace(tzinfo=None),
        )
        for line in log[m.id]:
            yield (
                *about,
                _(CHANNEL_LABELS[line.channel]),
                clock.local(line.at, zone).replace(tzinfo=None),
                _(OUTCOME_LABELS[line.outcome]),
                line.provider_id or "",
                told(line.error) if line.error else "",
                names.get(line.by_id or 0, ""),
            )
        if not log[m.id]:
            yield (*about, _(CHANNEL_LABELS[m.channel]), None, "", "", "", "")
