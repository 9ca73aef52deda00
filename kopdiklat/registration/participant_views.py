"""Participants as the office enters, replaces and cancels them."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.policy import guard
from kopdiklat.registration import invitation_lists, queries, reasons, rules, service, sources
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.change_forms import SubstituteForm
from kopdiklat.registration.forms import officer_details, people_form, read_team
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch


@bp.route("/batches/<int:batch_id>/registrations/new", methods=["GET", "POST"])
@guard("registration.edit")
def add_participant(batch_id):
    """First the cooperative, then its people."""
    batch = policy.load(Batch, batch_id)
    ident = request.args.get("cooperative", 0, type=int)
    cooperative = queries.cooperative_of(ident, batch.office_id)
    text = " ".join(request.args.get("q", "").split())[:80]
    if ident and cooperative is None:
        raise NotFound(policy.NOT_HERE)
    if cooperative is None:
        return render_template(
            "registration/choose_cooperative.html",
            batch=batch,
            found=queries.find_cooperatives(batch.office_id, text) if text else [],
            silent=[] if text else invitation_lists.silent_cooperatives(batch_id),
            text=text,
        )
    source = request.values.get("source", "whatsapp")
    source = source if source in sources.BY_HAND else "whatsapp"
    full = ""  # why they do not sit
    place = 0
    today = clock.local_day(utc_now(), batch.time_zone)
    officers = queries.current_officers(cooperative.id, today)
    form = people_form(officers, batch.course, request.form or None)
    if request.method == "POST" and "add" in request.form:
        form.add_other()
    elif request.method == "POST" and "remove" in request.form:
        form.remove_other(request.form.get("remove", -1, type=int))
    elif form.validate_on_submit():
        try:
            with transaction():
                made = service.register_team(
                    batch_id,
                    ident,
                    form.people,
                    team=read_team(form.shown.data) or service.new_team(),
                    by=current_user.name,
                    now=utc_now(),
                    accept_waiting=form.accept_waiting.data,
                    by_staff=True,
                )
                sources.note(made, source, by=current_user.name, now=utc_now())
        except rules.BatchFull as refusal:
            full, place = reasons.queued(refusal.obstacle, len(form.people)), refusal.position
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            numbers = ", ".join(r.number for r in made)
            if made[0].state == "waitlisted":
                flash(_("Masuk daftar tunggu: %(numbers)s.", numbers=numbers), "info")
            else:
                flash(_("Terdaftar: %(numbers)s.", numbers=numbers))
            return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
    elif request.method == "GET" and not officers:
        form.add_other()
    page = render_template(
        "registration/add_participant.html",
        batch=batch,
        cooperative=cooperative,
        form=form,
        details=officer_details(officers),
        source=source,
        sources=sources.BY_HAND,
        full=full,
        place=place,
        registered=queries.active_registrations(batch_id, ident),
    )
    return page, 422 if full else form.status


@bp.route("/registrations/<int:registration_id>/edit", methods=["GET", "POST"])
@guard("registration.edit")
def edit_participant(registration_id):
    """Replace somebody, with the reason; cancelling stands below."""
    found = policy.load(Registration, registration_id)
    batch = found.batch
    today = clock.local_day(utc_now(), batch.time_zone)
    officers = queries.free_officers(found, today)
    form = SubstituteForm().offer(officers, batch.course.needs_citizen_number)
    if form.validate_on_submit():
        if not form.reason.data:
            form.refuse_at("reason", RuleViolation(_("Tulis alasan penggantian.")))
        else:
            try:
                with transaction():
                    new = service.replace(
                        registration_id,
                        form.participant,
                        form.reason.data,
                        by=current_user.name,
                        now=utc_now(),
                        by_staff=True,
                    )
            except RuleViolation as refusal:
                form.refuse(refusal)
            else:
                flash(_("Diganti. Nomor baru %(number)s.", number=new.number))
                return redirect(url_for("training.show_batch", batch_id=new.batch_id), code=303)
    page = render_template(
        "registration/edit_participant.html",
        registration=found,
        batch=batch,
        form=form,
        details=officer_details(officers),
        events=queries.events_of(registration_id),
        action_labels=rules.ACTION_LABELS,
        position_labels=POSITION_LABELS,
        may_replace=found.state == "confirmed",
        may_cancel=found.state in rules.ACTIVE,
    )
    return page, form.status


@bp.post("/registrations/<int:registration_id>/cancellation")
@guard("registration.edit")
def cancel_participant(registration_id):
    found = policy.load(Registration, registration_id)
    batch_id = found.batch_id
    reason = " ".join(request.form.get("reason", "").split())[:300]
    if not reason:
        raise RuleViolation(_("Tulis alasan pembatalan; peserta akan membacanya."))
    with transaction():
        service.cancel(registration_id, reason, by=current_user.name, now=utc_now(), by_staff=True)
    flash(_("Pendaftaran dibatalkan. Kursi kosong diisi menurut urutan daftar tunggu, bila ada."))
    return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
