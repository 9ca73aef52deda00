"""Applications as the coordinator reads and decides them."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.applications import queries, rules, service
from kopdiklat.applications.blueprint import bp
from kopdiklat.applications.models import Application
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.paging import paginate
from kopdiklat.offices import queries as offices
from kopdiklat.policy import guard
from kopdiklat.registration import halls
from kopdiklat.registration import queries as seats
from kopdiklat.training.models import Batch


@bp.get("/batches/<int:batch_id>/applications")
@guard("application.see")
def index(batch_id):
    batch = policy.load(Batch, batch_id)
    state = request.args.get("state", "")
    found = queries.applications_select(batch.id, state)
    page = paginate(found, request.args.get("page", 1, type=int))

    def address(**changes) -> str:
        return url_for("applications.index", batch_id=batch.id, state=state or None, **changes)

    return render_template(
        "applications/index.html",
        batch=batch,
        page=page,
        state=state,
        counts=queries.count_by_state(batch.id),
        state_labels=rules.STATE_LABELS,
        pages=page.addresses(address),
    )


@bp.get("/applications/<int:application_id>")
@guard("application.see")
def show(application_id):
    return _show(application_id)


def _show(application_id: int, refused: str = "", status: int = 200):
    """What was asked for, whom it may mean, what it may repeat, and the two answers."""
    application = queries.with_batch(application_id)
    policy.check(application, "application.see")
    assert application is not None  # noqa: S101, check refuses None
    text = " ".join(request.values.get("q", "").split())[:80]
    is_open = application.state == "open"
    searched = seats.find_cooperatives(application.office_id, text) if text and is_open else []
    batch = application.batch
    page = render_template(
        "applications/show.html",
        application=application,
        batch=batch,
        candidates=queries.candidates(application) if is_open else [],
        searched=searched,
        text=text,
        doubles=queries.doubles(application) if is_open else None,
        fits=halls.count_used_seats(batch.id, utc_now()) + len(application.people) <= batch.seats,
        other_office=_office_of_number(application),
        position_labels=POSITION_LABELS,
        state_labels=rules.STATE_LABELS,
        refused=refused,
        is_refused=bool(refused),
        may_decide=is_open and policy.can(current_user, "application.decide", application),
        may_add=policy.can(current_user, "cooperative.edit"),
    )
    return page, status


def _office_of_number(application: Application) -> str:
    """Whose area the number of the cooperative names, when it is not this office's."""
    region = rules.other_region(application.cooperative_number, application.batch.office.code)
    office = offices.find_office(region) if region else None
    return office.name if office else region


@bp.post("/applications/<int:application_id>/approval")
@guard("application.decide")
def approve(application_id):
    found = policy.load(Application, application_id)
    cooperative_id = request.form.get("cooperative", 0, type=int)
    batch_id = found.batch_id
    try:
        with transaction():
            made = service.approve(
                application_id, cooperative_id, by=current_user.name, now=utc_now()
            )
            numbers = ", ".join(r.number for r in made)
            waits = any(r.state == "waitlisted" for r in made)
    except RuleViolation as refusal:
        return _show(application_id, str(refusal), 422)
    if waits:
        flash(_("Disetujui, masuk daftar tunggu: %(numbers)s.", numbers=numbers), "info")
    else:
        flash(_("Disetujui dan terdaftar: %(numbers)s.", numbers=numbers))
    return redirect(url_for("applications.index", batch_id=batch_id), code=303)


@bp.post("/applications/<int:application_id>/refusal")
@guard("application.decide")
def decline(application_id):
    found = policy.load(Application, application_id)
    reason = " ".join(request.form.get("reason", "").split())[:300]
    batch_id = found.batch_id
    try:
        with transaction():
            service.decline(application_id, reason, by=current_user.name, now=utc_now())
    except RuleViolation as refusal:
        return _show(application_id, str(refusal), 422)
    flash(_("Tidak disetujui; pengaju akan diberi tahu alasannya."))
    return redirect(url_for("applications.index", batch_id=batch_id), code=303)
