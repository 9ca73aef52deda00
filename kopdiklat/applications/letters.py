"""What the contact of an application is told, once per step."""

from collections.abc import Sequence
from datetime import datetime

from kopdiklat.applications.models import Application
from kopdiklat.core.letters import in_letters
from kopdiklat.core.outbox import OutboxMessage, announce, withdraw
from kopdiklat.registration.letters import facts_of, topic_of
from kopdiklat.registration.models import Registration


def _key(kind: str, application: Application) -> str:
    return f"{kind}:{application.id}"


def tell(
    kind: str,
    application: Application,
    now: datetime,
    *,
    registrations: Sequence[Registration] = (),
    **more,
) -> OutboxMessage | None:
    if kind != "application.received":
        withdraw_about(application, now)
    with in_letters():
        facts = facts_of(application.batch)
    return announce(
        kind,
        office_id=application.office_id,
        name=application.contact_name,
        email=None,
        phone=application.contact_phone,
        dedupe_key=_key(kind, application),
        now=now,
        topic=topic_of(application.batch_id),
        person=application.contact_name,
        cooperative=application.cooperative_name,
        number=application.number,
        nonce=application.nonce,
        numbers=", ".join(r.number for r in registrations),
        waiting=any(r.state == "waitlisted" for r in registrations),
        **facts,
        **more,
    )


def withdraw_about(application: Application, now: datetime) -> None:
    """It is decided: an unsent receipt would say nothing true."""
    withdraw([_key("application.received", application)], now=now)
