"""Sending a registration: what was typed is checked, then all are seated or offered the queue."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import answers, halls, openings, queries, rules, service, tokens
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.forms import (
    TOO_QUICK,
    PeopleForm,
    is_too_quick,
    read_team,
    sign_team,
)
from kopdiklat.registration.models import Invitation
from kopdiklat.registration.public_views import load_invitation, page_of, token_key
from kopdiklat.registration.sign_up_views import (
    form_of,
    is_fine,
    keep,
    lead_back,
    sent_by,
    show_form,
)


@bp.get("/daftar/<token>/periksa")
@guard("invitation.answer")
def check(token):
    """The answers as they will be sent, cleaned; or what is wrong with them."""
    found = load_invitation(token)
    kept = answers.kept(token, utc_now())
    if kept is None:
        return redirect(url_for("registration.people", token=token), code=303)
    form = form_of(found, kept.fields)
    return _show_check(found, token, form, request.args.get("penuh", type=int))


@bp.post("/daftar/<token>/periksa")
@guard("invitation.answer")
def send_to_check(token):
    found = load_invitation(token)
    form = form_of(found, request.form)
    if _is_made_up(form):
        return lead_back(found, token, form, _(TOO_QUICK))
    if not is_fine(found, form):
        return lead_back(found, token, form, galat="")
    return _lead_to_check(found, token, form)


def _lead_to_check(found: Invitation, token: str, form: PeopleForm, penuh: int | None = None):
    address = url_for("registration.check", token=token, penuh=penuh)
    return keep(token, form, "", address) or _show_check(found, token, form, penuh)


def _is_made_up(form: PeopleForm) -> bool:
    """A filled trap, or a form that we did not show; it is shown anew."""
    if not form.website.data and read_team(form.shown.data):
        return False
    form.shown.data = sign_team()
    form.website.data = ""
    return True


def _show_check(found: Invitation, token: str, form: PeopleForm, penuh: int | None):
    """:param penuh: 1 when they were sent in and did not fit"""
    if not is_fine(found, form):
        return show_form(found, token, form)
    sent = sent_by(found, form)
    batch, cooperative, people = found.batch, found.cooperative, len(form.people)
    obstacle = halls.obstacle(batch, cooperative, people, found.id, utc_now())
    if penuh and obstacle and not sent:
        return _show_full(found, token, form)
    return render_template(
        "registration/check.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        fits=obstacle is None,
        proof=tokens.ticket_token(sent[0]) if sent else "",
        **page_of(found),
    )


def _show_full(found: Invitation, token: str, form: PeopleForm):
    opening = openings.of_invitation(found, utc_now())
    return render_template(
        "registration/full.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        position=len(halls.waiting_teams(found.batch_id)) + 1,
        opening=opening,
        group=openings.group_name(opening.obstacle.group if opening.obstacle else None),
        last_taken=queries.last_seated_at(found.batch_id) if not opening.free else None,
        patience=found.batch.office,
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
    """Seat them, or offer the waiting list when they do not fit; nothing is typed again.

    What was typed is checked first; those who were only ticked are sent at once.
    """
    found = load_invitation(token)
    form = form_of(found, request.form)
    if _is_made_up(form) or is_too_quick(form.shown.data):
        return lead_back(found, token, form, _(TOO_QUICK))
    if not form.validate():
        return lead_back(found, token, form, galat="")
    if form.is_typed and not form.checked.data and not sent_by(found, form):
        return _lead_to_check(found, token, form)
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
        return lead_back(load_invitation(token), token, form, str(refusal))
    address = url_for("registration.ticket", ticket=tokens.ticket_token(made[0]))
    return redirect(address, code=303)
