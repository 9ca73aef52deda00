"""Registering on a phone: who comes, send. No account, no script needed.

Who the office knows is ticked and sent from the invitation itself. Whom it does not know is typed
on a page of its own, and what was typed is checked before it is sent. Each press is a POST that
leads on to a page by GET, so Back never asks to send a form again.
"""

from flask import flash, redirect, render_template, request, url_for
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.errors import RuleViolation
from kopdiklat.policy import guard
from kopdiklat.registration import answers, letters, openings, queries, rules, service, tokens
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.forms import (
    PeopleForm,
    officer_details,
    people_form,
    read_team,
)
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.public_views import (
    load_invitation,
    page_of,
    refusal_of,
)


@bp.get("/daftar/<token>")
@guard("invitation.answer")
def invitation(token):
    """What it is, what is left, and the roster to tick."""
    found = load_invitation(token)
    kept = _kept(found, token)
    form = form_of(found, kept.fields if kept else None)
    if kept and "galat" in request.args:
        is_fine(found, form)
        return show_invitation(found, token, form, kept.refusal)
    return show_invitation(found, token, form)


def show_invitation(found: Invitation, token: str, form: PeopleForm, refused: str = ""):
    now = utc_now()
    _add_refusal(form, refused)
    registered = queries.active_registrations(found.batch_id, found.cooperative_id)
    page = render_template(
        "registration/invitation.html",
        token=token,
        form=form,
        details=officer_details(form.officers_by_id.values()),
        seated=_seated_officers(form, registered),
        refusal=refusal_of(found, now),
        opening=openings.of_invitation(found, now),
        group_name=openings.group_name,
        registered=[(r, tokens.ticket_token(r)) for r in registered],
        places=max(0, found.people - len(registered)),
        position_labels=POSITION_LABELS,
        begun=found.opened_at is not None,
        **page_of(found),
    )
    return page, form.status


def _seated_officers(form: PeopleForm, registered: list[Registration]) -> set[int]:
    """Officers who stand in the batch: they are not asked again."""
    there = {r.person_id for r in registered}
    return {o.id for o in form.officers_by_id.values() if o.person_id in there}


def _kept(found: Invitation, token: str) -> answers.Answers | None:
    """What this phone has typed before, unless that was sent."""
    kept = answers.kept(token, utc_now())
    return None if kept and are_sent(found, kept.fields) else kept


def _add_refusal(form: PeopleForm, refused: str) -> None:
    if refused and refused not in form.form_errors:
        form.form_errors.append(refused)


@bp.get("/daftar/<token>/isian")
@guard("invitation.answer")
def people(token):
    """Whom the office does not know yet, beside the roster as it was ticked."""
    found = load_invitation(token)
    kept = _kept(found, token)
    form = form_of(found, kept.fields if kept else None)
    if kept and "galat" in request.args:
        is_fine(found, form)
        return show_people(found, token, form, kept.refusal)
    if refusal := refusal_of(found, utc_now()):
        flash(refusal, "error")
        return redirect(url_for("registration.invitation", token=token), code=303)
    if not len(form.others):
        form.add_other()
    return show_people(found, token, form)


@bp.post("/daftar/<token>/isian")
@guard("invitation.answer")
def change_people(token):
    """One row more or less, or the way back from a later page."""
    found = load_invitation(token)
    form = form_of(found, request.form)
    if "add" in request.form:
        form.add_other()
    elif "remove" in request.form:
        form.remove_other(request.form.get("remove", -1, type=int))
    return lead_back(found, token, form)


def form_of(found: Invitation, fields: MultiDict | None) -> PeopleForm:
    today = clock.local_day(utc_now(), found.batch.time_zone)
    officers = queries.current_officers(found.cooperative_id, today)
    return people_form(officers, found.batch.course, fields)


def show_people(found: Invitation, token: str, form: PeopleForm, refused: str = ""):
    _add_refusal(form, refused)
    registered = queries.active_registrations(found.batch_id, found.cooperative_id)
    page = render_template(
        "registration/people.html",
        token=token,
        form=form,
        details=officer_details(form.officers_by_id.values()),
        seated=_seated_officers(form, registered),
        places=max(0, found.people - len(registered)),
        **page_of(found),
    )
    return page, form.status


def lead_back(found: Invitation, token: str, form: PeopleForm, refused="", galat=None):
    """To where this was filled in: the page of those who are typed, else the roster.

    :param galat: not None when the page says what is wrong
    """
    galat = "" if refused else galat
    place = "people" if _is_beside_roster(form) else "invitation"
    anchor = "officers" if galat is None and place == "invitation" else None
    address = url_for(f"registration.{place}", token=token, galat=galat, _anchor=anchor)
    return keep(token, form, refused, address) or show_form(found, token, form, refused)


def show_form(found: Invitation, token: str, form: PeopleForm, refused: str = ""):
    """The page on which it was filled in."""
    show = show_people if _is_beside_roster(form) else show_invitation
    return show(found, token, form, refused)


def _is_beside_roster(form: PeopleForm) -> bool:
    """Filled in on the page of those whom the office does not know."""
    return len(form.others) > 0 or not form.officers_by_id


def keep(token: str, form: PeopleForm, refused: str, address: str) -> Response | None:
    """Keep the answers on the phone and lead on to this address, whose page shows them.

    None when they are longer than a phone keeps. Then the page is the answer: Back asks, but
    nothing is lost.
    """
    sealed = answers.seal(token, form.kept(), refused, utc_now())
    if not answers.fits(sealed):
        return None
    response = redirect(address, code=303)
    answers.keep(response, url_for("registration.invitation", token=token), sealed)
    return response


def is_fine(found: Invitation, form: PeopleForm) -> bool:
    return form.validate() and (bool(sent_by(found, form)) or _may_come(found, form))


def sent_by(found: Invitation, form: PeopleForm) -> list[Registration]:
    """What this very form has registered: Back leads here from the proof."""
    return service.sent_already(found.batch_id, read_team(form.shown.data) or "", form.people)


def are_sent(found: Invitation, fields: MultiDict) -> bool:
    form = form_of(found, fields)
    return form.validate() and bool(sent_by(found, form))


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
