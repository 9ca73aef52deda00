"""A cooperative manager's pages: the own cooperative, its seats and its open invitations."""

import sqlalchemy as sa
from flask import render_template, request
from flask_login import current_user
from sqlalchemy.orm import joinedload

from kopdiklat import policy
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.errors import NotFound
from kopdiklat.core.text import N_
from kopdiklat.dashboard import place, profile
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.dashboard.cooperative_page import page_of
from kopdiklat.dashboard.history import history_of
from kopdiklat.policy import guard
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.rules import ACTIVE, STATE_LABELS
from kopdiklat.training.models import Batch


@bp.get("/my-cooperative")
@guard("own_cooperative.see")
def my_cooperative():
    cooperatives = _own()
    cooperative = _chosen(cooperatives)
    history = history_of(cooperative, place.today())
    return render_template(
        "dashboard/my_cooperative.html",
        cooperatives=cooperatives,
        profile_groups=profile.groups(history),
        contact_facts=profile.contact(history, place.today()),
        **page_of(history),
    )


def _own() -> list[Cooperative]:
    found = (
        sa.select(Cooperative)
        .where(policy.visible(Cooperative, "own_cooperative.see"))
        .order_by(Cooperative.name_key, Cooperative.id)
    )
    return list(db.session.scalars(found))


def _chosen(cooperatives: list[Cooperative]) -> Cooperative:
    wanted = request.args.get("cooperative_id", type=int)
    found = [c for c in cooperatives if wanted in (None, c.id)]
    if not found:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    return found[0]


@bp.get("/my-batches")
@guard("own_cooperative.see")
def my_batches():
    """What the cooperative is invited to and has answered, and who of it has a seat."""
    now = utc_now()
    invitations, registrations = _invitations(), _registrations()
    answered = {registration.invitation_id for registration in registrations}
    open_ones = [
        i
        for i in invitations
        if i.id not in answered
        and i.declined_at is None
        and i.batch.state == "published"
        and now < i.batch.registration_closes_at
    ]
    return render_template(
        "dashboard/my_batches.html",
        invitations=open_ones,
        registrations=registrations,
        states=STATE_LABELS,
        seated=ACTIVE,
        answer_url=lambda i: place.link(
            "registration.invitation", token=tokens.invitation_token(i)
        ),
        ticket_url=lambda r: place.link("registration.ticket", ticket=tokens.ticket_token(r)),
    )


def _batch_of(relation):
    return (
        joinedload(relation).joinedload(Batch.course),
        joinedload(relation).selectinload(Batch.training_sessions),
    )


def _invitations() -> list[Invitation]:
    found = (
        sa.select(Invitation)
        .join(Invitation.batch)
        .where(
            policy.visible(Invitation, "own_cooperative.see", current_user),
            Invitation.cancelled_at.is_(None),
        )
        .options(*_batch_of(Invitation.batch), joinedload(Invitation.cooperative))
        .order_by(Batch.registration_closes_at, Invitation.id)
    )
    return list(db.session.scalars(found))


def _registrations() -> list[Registration]:
    """The latest first."""
    found = (
        sa.select(Registration)
        .where(policy.visible(Registration, "own_cooperative.see", current_user))
        .options(
            *_batch_of(Registration.batch),
            joinedload(Registration.person),
            joinedload(Registration.cooperative),
        )
        .order_by(Registration.registered_at.desc(), Registration.id.desc())
        .limit(100)
    )
    return list(db.session.scalars(found))
