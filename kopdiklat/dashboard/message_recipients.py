"""Real people for the preview of a text: the last of the office's own participants and invitations."""

from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import joinedload

from kopdiklat.core.db import db
from kopdiklat.digest import service as digest
from kopdiklat.digest.items import items_of
from kopdiklat.messages.catalogue import Kind
from kopdiklat.offices.models import Office
from kopdiklat.registration import invitations, letters
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.rules import ACTIVE
from kopdiklat.training.models import Batch

EXAMPLE = "contoh"
MYSELF = "saya"
OFFERED = 25


def choices(office: Office, kind: Kind) -> list[tuple[str, str]]:
    """(value, label) of whom a text can be tried on, the newest first, an invented one last."""
    real: list[tuple[str, str]] = []
    if kind.about == "registration":
        real = [
            (str(r.id), f"{r.person.full_name}, {r.cooperative.name} – {r.batch.title}")
            for r in db.session.scalars(_registrations(office.id).limit(OFFERED))
        ]
    elif kind.about == "invitation":
        real = [
            (str(i.id), f"{i.cooperative.name} – {i.batch.title}")
            for i in db.session.scalars(_invitations(office.id).limit(OFFERED))
        ]
    elif kind.about == "digest":
        real = [(MYSELF, _("Anda, menurut keadaan sekarang"))]
    return [*real, (EXAMPLE, _("Contoh, bukan orang sungguhan"))]


def payload_of(chosen: str, office: Office, kind: Kind, now: datetime) -> dict:
    """What a message of this kind to the chosen one would carry; of an invented one nothing.

    :param chosen: a value of `choices`
    """
    if chosen == EXAMPLE:
        return {"office": office.name}
    if kind.about == "digest":
        edition = digest.edition_for(office, now)
        items = items_of(office, edition, now)
        payload = digest.payload_of(office, current_user.name, edition, items)
        if not items:
            del payload["items"]  # none would go out: the example shows how it looks
        return payload
    if kind.about == "invitation":
        found = _invitations(office.id).where(Invitation.id == int(chosen))
        return invitations.payload_of(db.session.scalars(found).one())
    one = _registrations(office.id).where(Registration.id == int(chosen))
    payload = letters.payload_of(db.session.scalars(one).one())
    if not payload["position"]:
        del payload["position"]  # has a seat: a text on the queue shows its example
    return payload


def _registrations(office_id: int) -> sa.Select:
    return (
        sa.select(Registration)
        .where(Registration.office_id == office_id, Registration.state.in_(ACTIVE))
        .options(
            joinedload(Registration.person),
            joinedload(Registration.cooperative),
            joinedload(Registration.batch).joinedload(Batch.course),
            joinedload(Registration.batch).selectinload(Batch.training_sessions),
        )
        .order_by(Registration.id.desc())
    )


def _invitations(office_id: int) -> sa.Select:
    return (
        sa.select(Invitation)
        .where(Invitation.office_id == office_id, Invitation.cancelled_at.is_(None))
        .options(
            joinedload(Invitation.cooperative),
            joinedload(Invitation.batch).joinedload(Batch.course),
            joinedload(Invitation.batch).selectinload(Batch.training_sessions),
        )
        .order_by(Invitation.id.desc())
    )
