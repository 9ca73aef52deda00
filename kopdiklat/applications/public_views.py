"""A batch that takes those who were not invited: its page, the form, the link to follow it.

Nothing typed here is looked up in the register, so nobody learns from the form who is in it. Each
press is a POST that leads on to a page by GET, so Back never asks to send a form again.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response

from kopdiklat.applications import crowd, queries, rules, service, tokens
from kopdiklat.applications.blueprint import bp
from kopdiklat.applications.forms import ApplicationForm, application_form
from kopdiklat.applications.models import Application
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import answers, halls, letters
from kopdiklat.registration import rules as seats
from kopdiklat.registration import tokens as seat_tokens
from kopdiklat.registration.forms import read_team
from kopdiklat.registration.service import new_team
from kopdiklat.training.models import Batch

NO_OPENING = N_("Pelatihan ini tidak ada di jadwal umum.")
NO_APPLICATION = N_("Pengajuan ini tidak ada. Periksa tautannya.")


def load_opening(opening: int) -> Batch:
    batch = queries.open_batch(opening)
    if batch is None:
        raise NotFound(NO_OPENING)
    return batch


def refusal_of(batch: Batch) -> str:
    """Why nobody can apply now; empty when they can."""
    try:
        seats.check_registration_open(letters.window(batch), utc_now())
    except seats.RegistrationClosed as refusal:
        return str(refusal)
    return ""


def page_of(batch: Batch) -> dict:
    """What every page of an opening prints."""
    return {
        "batch": batch,
        "title": letters.public_title(batch),
        "facts": letters.facts_of(batch),
        "contact": letters.contact_parts(batch),
        "days": batch.days,
    }


@bp.get("/jadwal/<int:opening>")
@guard("application.send")
def show_opening(opening):
    """What, when, where, for whom, what is left; the way to ask for seats."""
    batch = load_opening(opening)
    hall = halls.hall(batch, utc_now())
    return render_template(
        "applications/opening.html",
        refusal=refusal_of(batch),
        free=max(0, hall.free),
        used_percent=min(100, 100 * hall.used // hall.seats),
        reserved=hall.kept_for_others(()),
        **page_of(batch),
    )


@bp.get("/jadwal/<int:opening>/pengajuan")
@guard("application.send")
def apply(opening):
    batch = load_opening(opening)
    kept = answers.kept(_name(batch), utc_now())
    form = application_form(batch, kept.fields if kept else None)
    if kept and "galat" in request.args:
        _is_fine(batch, form)
        return _show_form(batch, form, kept.refusal)
    if refusal := refusal_of(batch):
        flash(refusal, "error")
        return redirect(url_for("applications.show_opening", opening=opening), code=303)
    return _show_form(batch, form)


def _name(batch: Batch) -> str:
    """Whose answers the phone keeps."""
    return f"jadwal {batch.id}"


def _show_form(batch: Batch, form: ApplicationForm, refused: str = ""):
    if refused and refused not in form.form_errors:
        form.form_errors.append(refused)
    page = render_template("applications/form.html", form=form, **page_of(batch))
    return page, form.status


@bp.post("/jadwal/<int:opening>/pengajuan")
@guard("application.send")
def send_to_check(opening):
    """One row more or less; else on to the check."""
    if refused := crowd.made_up():
        return refused
    batch = load_opening(opening)
    form = application_form(batch, request.form)
    if form.change_rows(request.form) or "back" in request.form:
        return _lead_to_form(batch, form)
    if not _is_fine(batch, form):
        return _lead_to_form(batch, form, galat="")
    address = url_for("applications.check", opening=opening)
    return _keep(batch, form, "", address) or _show_check(batch, form)


def _is_fine(batch: Batch, form: ApplicationForm) -> bool:
    if not form.validate():
        return False
    try:
        rules.check_people(batch.people_per_cooperative, len(form.people))
    except RuleViolation as refusal:
        form.refuse(refusal)
        return False
    return True


def _lead_to_form(batch: Batch, form: ApplicationForm, refused="", galat=None):
    """:param galat: not None when the page says what is wrong"""
    galat = "" if refused else galat
    address = url_for("applications.apply", opening=batch.id, galat=galat)
    return _keep(batch, form, refused, address) or _show_form(batch, form, refused)


def _keep(batch: Batch, form: ApplicationForm, refused: str, address: str) -> Response | None:
    """Keep the answers on the phone and lead on; None when they are longer than a phone keeps."""
    sealed = answers.seal(_name(batch), form.kept(), refused, utc_now())
    if not answers.fits(sealed):
        return None
    response = redirect(address, code=303)
    answers.keep(response, url_for("applications.show_opening", opening=batch.id), sealed)
    return response


@bp.get("/jadwal/<int:opening>/pengajuan/periksa")
@guard("application.send")
def check(opening):
    """The answers as they will be sent, cleaned; or what is wrong with them."""
    batch = load_opening(opening)
    kept = answers.kept(_name(batch), utc_now())
    if kept is None:
        return redirect(url_for("applications.apply", opening=opening), code=303)
    form = application_form(batch, kept.fields)
    if not _is_fine(batch, form):
        return _show_form(batch, form)
    return _show_check(batch, form)


def _show_check(batch: Batch, form: ApplicationForm):
    sent = queries.by_team(read_team(form.shown.data) or "")
    return render_template(
        "applications/check.html",
        form=form,
        asked=form.asked,
        lines=_lines(form.people),
        proof=tokens.token_of(sent) if sent else "",
        **page_of(batch),
    )


def _lines(people, show_phone=formats.phone) -> list[dict]:
    """One line per person, with the phone and number as they were understood."""
    return [
        {
            "name": someone.full_name,
            "position": _(POSITION_LABELS[someone.position]),
            "phone": show_phone(someone.phone),
            "number": formats.masked_citizen_number(someone.citizen_number)
            if someone.citizen_number
            else "",
        }
        for someone in people
    ]


@bp.post("/jadwal/<int:opening>/pengajuan/kirim")
@guard("application.send")
def send(opening):
    if refused := crowd.turned_away():
        return refused
    batch = load_opening(opening)
    form = application_form(batch, request.form)
    if not _is_fine(batch, form):
        return _lead_to_form(batch, form, galat="")
    batch_id, team = batch.id, read_team(form.shown.data) or new_team()
    try:
        with transaction():
            made = service.send(batch_id, form.asked, team=team, now=utc_now())
    except RuleViolation as refusal:
        return _lead_to_form(load_opening(opening), form, str(refusal))
    address = url_for("applications.follow", application_token=tokens.token_of(made))
    return redirect(address, code=303)


# -- following it ----------------------------------------------------------------------------------


def load_by_token(token: str) -> Application:
    found = queries.by_token(tokens.hash_of(token))
    if found is None:
        raise NotFound(NO_APPLICATION)
    return found


def _token_key() -> str:
    """Limits count per link; the link itself is kept nowhere."""
    return tokens.hash_of((request.view_args or {})["application_token"])


@bp.get("/pengajuan/<application_token>")
@guard("application.own")
def follow(application_token):
    """Where it stands; once approved, the proof of each registration."""
    found = load_by_token(application_token)
    return render_template(
        "applications/follow.html",
        application=found,
        token=application_token,
        lines=_lines(found.people, formats.masked_phone),
        seats=[
            (person, seat_tokens.ticket_token(person.registration))
            for person in found.people
            if person.registration
        ],
        position_labels=POSITION_LABELS,
        state_labels=rules.STATE_LABELS,
        **page_of(found.batch),
    )


@bp.post("/pengajuan/<application_token>/penarikan")
@guard("application.own")
@limiter.limit("30 per hour", key_func=_token_key)
def withdraw(application_token):
    found = load_by_token(application_token)
    try:
        with transaction():
            service.withdraw(found.id, now=utc_now())
    except RuleViolation as refusal:
        flash(str(refusal), "error")
    else:
        flash(_("Pengajuan ditarik."))
    address = url_for("applications.follow", application_token=application_token)
    return redirect(address, code=303)
