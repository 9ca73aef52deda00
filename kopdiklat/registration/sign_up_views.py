"""Registering on a phone: who comes, check, send. No account, no script needed.

Each press is a POST that leads on to a page by GET, so Back never asks to send a form again.
"""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import answers, halls, letters, queries, rules, service, tokens
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.forms import (
    TOO_QUICK,
    PeopleForm,
    is_too_quick,
    officer_details,
    people_form,
    read_team,
    sign_team,
)
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.public_views import (
    load_invitation,
    page_of,
    refusal_of,
    token_key,
)
from kopdiklat.registration.seating import Obstacle


@bp.get("/daftar/<token>/isian")
@guard("invitation.answer")
def people(token):
    """Who comes; with what this phone has typed before, unless that was sent."""
    found = load_invitation(token)
    kept = answers.kept(token, utc_now())
    if kept and _are_sent(found, kept.fields):
        kept = None
    form = _form(found, kept.fields if kept else None)
    if kept and "galat" in request.args:
        _is_fine(found, form)
        return _show_people(found, token, form, kept.refusal)
    if refusal := refusal_of(found, utc_now()):
        flash(refusal, "error")
        return redirect(url_for("registration.invitation", token=token), code=303)
    if not kept and not form.officers_by_id:
        form.add_other()
    return _show_people(found, token, form)


@bp.post("/daftar/<token>/isian")
@guard("invitation.answer")
def change_people(token):
    """One row more or less, or the way back from a later page."""
    found = load_invitation(token)
    form = _form(found, request.form)
    if "add" in request.form:
        form.add_other()
    elif "remove" in request.form:
        form.remove_other(request.form.get("remove", -1, type=int))
    return _lead_to_people(found, token, form)


def _form(found: Invitation, fields: MultiDict | None) -> PeopleForm:
    today = clock.local_day(utc_now(), found.batch.time_zone)
    officers = queries.current_officers(found.cooperative_id, today)
    return people_form(officers, found.batch.course.needs_citizen_number, fields)


def _show_people(found: Invitation, token: str, form: PeopleForm, refused: str = ""):
    if refused and refused not in form.form_errors:
        form.form_errors.append(refused)
    registered = queries.count_registered_people(found.batch_id, found.cooperative_id)
    page = render_template(
        "registration/people.html",
        token=token,
        form=form,
        details=officer_details(form.officers_by_id.values()),
        places=max(0, found.people - registered),
        **page_of(found),
    )
    return page, form.status


def _lead_to_people(found: Invitation, token: str, form: PeopleForm, refused="", galat=None):
    """:param galat: not None when the page says what is wrong"""
    galat = "" if refused else galat
    address = url_for("registration.people", token=token, galat=galat)
    return _keep(token, form, refused, address) or _show_people(found, token, form, refused)


def _lead_to_check(found: Invitation, token: str, form: PeopleForm, penuh: int | None = None):
    address = url_for("registration.check", token=token, penuh=penuh)
    return _keep(token, form, "", address) or _show_check(found, token, form, penuh)


def _keep(token: str, form: PeopleForm, refused: str, address: str) -> Response | None:
    """Keep the answers on the phone and lead on to this address, whose page shows them.

    None when they are longer than a phone keeps. Then the page is the answer: Back asks, but
    nothing is lost.
    """
    sealed = answers.seal(token, form.kept(), refused, utc_now())
    if not answers.fits(sealed):
        return None
    response = redirect(address, code=303)
    answers.keep(response, token, sealed)
    return response


@bp.get("/daftar/<token>/periksa")
@guard("invitation.answer")
def check(token):
    """The answers as they will be sent, cleaned; or what is wrong with them."""
    found = load_invitation(token)
    kept = answers.kept(token, utc_now())
    if kept is None:
        return redirect(url_for("registration.people", token=token), code=303)
    form = _form(found, kept.fields)
    return _show_check(found, token, form, request.args.get("penuh", type=int))


@bp.post("/daftar/<token>/periksa")
@guard("invitation.answer")
def send_to_check(token):
    found = load_invitation(token)
    form = _form(found, request.form)
    if _is_made_up(form):
        return _lead_to_people(found, token, form, _(TOO_QUICK))
    if not _is_fine(found, form):
        return _lead_to_people(found, token, form, galat="")
    return _lead_to_check(found, token, form)


def _is_made_up(form: PeopleForm) -> bool:
    """A filled trap, or a form that we did not show; it is shown anew."""
    if not form.website.data and read_team(form.shown.data):
        return False
    form.shown.data = sign_team()
    form.website.data = ""
    return True


def _is_fine(found: Invitation, form: PeopleForm) -> bool:
    return form.validate() and (bool(_sent(found, form)) or _may_come(found, form))


def _show_check(found: Invitation, token: str, form: PeopleForm, penuh: int | None):
    """:param penuh: 1 when they were sent in and did not fit"""
    if not _is_fine(found, form):
        return _show_people(found, token, form)
    sent = _sent(found, form)
    batch, cooperative, people = found.batch, found.cooperative, len(form.people)
    obstacle = halls.obstacle(batch, cooperative, people, found.id, utc_now())
    if penuh and obstacle and not sent:
        return _show_full(found, token, form, obstacle)
    return render_template(
        "registration/check.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        fits=obstacle is None,
        proof=tokens.ticket_token(sent[0]) if sent else "",
        **page_of(found),
    )


def _sent(found: Invitation, form: PeopleForm) -> list[Registration]:
    """What this very form has registered: Back leads here from the proof."""
    return service.sent_already(found.batch_id, read_team(form.shown.data) or "", form.people)


def _are_sent(found: Invitation, fields: MultiDict) -> bool:
    form = _form(found, fields)
    return form.validate() and bool(_sent(found, form))


def _may_come(found: Invitation, form: PeopleForm) -> bool:
    """Whether so many may come, said before the answers are checked; the lock decides later."""
    again = queries.team(found.batch_id, read_team(form.shown.data) or "")
    there = queries.count_registered_people(found.batch_id, found.cooperative_id)
    try:
        rules.check_registration_open(letters.window(found.batch), utc_now())
        if not again:
            rules.check_people(found.people, there, len(form.people))
    except RuleViolation as refusal:
        form.refuse(refusal)
        return False
    return True


def _show_full(found: Invitation, token: str, form: PeopleForm, obstacle: Obstacle):
    return render_template(
        "registration/full.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        position=len(halls.waiting_teams(found.batch_id)) + 1,
        free=obstacle.free,
        last_taken=queries.last_seated_at(found.batch_id),
        others=queries.other_invitations(found, utc_now()),
        **page_of(found),
    )


def _chosen(form: PeopleForm) -> list[dict]:
    """One line per person, with the phone and number as they were understood."""
    lines = []
    for someone in form.people:
        officer = form.officers_by_id.get(someone.officer_id or 0)
        name, position, phone = someone.full_name, someone.position, formats.phone(someone.phone)
        if officer:
            name, position = officer.person.full_name, officer.position
            phone = formats.masked_phone(officer.person.phone)
        lines.append(
            {
                "name": name,
                "position": _(POSITION_LABELS[position]),
                "phone": phone,
                "number": formats.masked_citizen_number(someone.citizen_number)
                if someone.citizen_number
                else "",
            }
        )
    return lines


@bp.post("/daftar/<token>/pendaftaran")
@guard("invitation.answer")
@limiter.limit("30 per hour", key_func=token_key)
def register(token):
    """Seat them, or offer the waiting list when they do not fit; nothing is typed again."""
    found = load_invitation(token)
    form = _form(found, request.form)
    if _is_made_up(form) or is_too_quick(form.shown.data):
        return _lead_to_people(found, token, form, _(TOO_QUICK))
    if not form.validate():
        return _lead_to_people(found, token, form, galat="")
    team = read_team(form.shown.data) or service.new_team()
    batch_id, cooperative_id, ident = found.batch_id, found.cooperative_id, found.id
    try:
        with transaction():
            made = service.register_team(
                batch_id,
                cooperative_id,
                form.people,
                team=team,
                by=found.cooperative.name,
                now=utc_now(),
                invitation_id=ident,
                accept_waiting=form.accept_waiting.data,
            )
    except rules.BatchFull:
        return _lead_to_check(load_invitation(token), token, form, penuh=1)
    except RuleViolation as refusal:
        return _lead_to_people(load_invitation(token), token, form, str(refusal))
    address = url_for("registration.ticket", ticket=tokens.ticket_token(made[0]))
    return redirect(address, code=303)
