"""The invitation on a phone: what it is, who comes, check, done. No account, no script needed."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.accounts import passwords
from kopdiklat.accounts.forms import ManagerAccountForm
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, formats, keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import invitations as verbs
from kopdiklat.registration import letters, lists, queries, rules, service, tokens
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


def token_key() -> str:
    """Limits count per link; the link itself is kept nowhere."""
    return keys.token_hash("limit", (request.view_args or {})["token"])


def _load(token: str) -> Invitation:
    invitation = queries.find_invitation(keys.token_hash(tokens.INVITATION, token))
    if invitation is None:
        raise NotFound(N_("Undangan ini tidak ada. Minta tautan baru kepada dinas."))
    return invitation


def _refusal(invitation: Invitation, now) -> str:
    """Why nobody can register through this link now; empty when they can."""
    if invitation.cancelled_at:
        contact = letters.contact_of(invitation.batch)
        return _together(_("Undangan ini sudah ditarik. Hubungi %(contact)s.", contact=contact))
    try:
        rules.check_registration_open(letters.window(invitation.batch), now)
    except rules.RegistrationClosed as refusal:
        return _together(str(refusal))
    return ""


def _together(sentence: str) -> str:
    """A phone number does not break over two lines."""
    return re.sub(r"(?<=\d)-(?=\d)", "\u2011", sentence)


def _seats_left(invitation: Invitation, now) -> tuple[lists.SeatCount, int]:
    """The count, and how many this cooperative may still take: free seats and its own hold."""
    count = lists.seat_count(invitation.batch, now)
    own = queries.open_holds(invitation.batch_id, now).get(invitation.id, 0)
    return count, count.free + own


@bp.get("/daftar/<token>")
@guard("invitation.answer")
def invitation(token):
    found = _load(token)
    now = utc_now()
    count, left = _seats_left(found, now)
    registered = queries.active_registrations(found.batch_id, found.cooperative_id)
    return render_template(
        "registration/invitation.html",
        token=token,
        refusal=_refusal(found, now),
        count=count,
        left=left,
        registered=[(r, tokens.ticket_token(r)) for r in registered],
        may_add=len(registered) < found.people,
        position_labels=POSITION_LABELS,
        begun=found.opened_at is not None,
        **_page(found),
    )


def _page(found: Invitation) -> dict:
    """What every page of an invitation prints."""
    batch = found.batch
    return {
        "invitation": found,
        "batch": batch,
        "cooperative": found.cooperative,
        "title": letters.public_title(batch),
        "facts": letters.facts_of(batch),
        "contact": letters.contact_parts(batch),
        "days": batch.days,
    }


@bp.post("/daftar/<token>/dibuka")
@guard("invitation.answer")
@limiter.limit("60 per hour", key_func=token_key)
def seen(token):
    """The phone says that a person looks at the page; a preview of the link does not."""
    found = _load(token)
    if found.opened_at is None and found.cancelled_at is None:
        with transaction():
            verbs.mark_opened(found.id, now=utc_now())
    return "", 204


@bp.post("/daftar/<token>/penolakan")
@guard("invitation.answer")
@limiter.limit("30 per hour", key_func=token_key)
def decline(token):
    found = _load(token)
    reason = " ".join(request.form.get("reason", "").split())[:300] or None
    try:
        with transaction():
            verbs.decline(found.id, reason, now=utc_now())
    except RuleViolation as refusal:
        flash(str(refusal), "error")
    else:
        flash(_("Terima kasih, dinas sudah diberi tahu. Anda masih bisa mendaftar bila berubah."))
    return redirect(url_for("registration.invitation", token=token), code=303)


@bp.route("/daftar/<token>/isian", methods=["GET", "POST"])
@guard("invitation.answer")
def people(token):
    """Who comes. POST shows the answers again: changed by a button, or on the way back."""
    found = _load(token)
    form, officers = _form(found)
    if request.method == "GET":
        if refusal := _refusal(found, utc_now()):
            flash(refusal, "error")
            return redirect(url_for("registration.invitation", token=token), code=303)
        if not officers:
            form.add_other()
    elif "add" in request.form:
        form.add_other()
    elif "remove" in request.form:
        form.remove_other(request.form.get("remove", -1, type=int))
    return _show_people(found, token, form, officers)


def _form(found: Invitation) -> tuple[PeopleForm, list]:
    today = clock.local_day(utc_now(), found.batch.time_zone)
    officers = queries.current_officers(found.cooperative_id, today)
    return people_form(officers, found.batch.course.needs_citizen_number), officers


def _show_people(found: Invitation, token: str, form: PeopleForm, officers: list):
    registered = queries.count_registered_people(found.batch_id, found.cooperative_id)
    page = render_template(
        "registration/people.html",
        token=token,
        form=form,
        details=officer_details(officers),
        places=max(0, found.people - registered),
        **_page(found),
    )
    return page, form.status


@bp.route("/daftar/<token>/periksa", methods=["GET", "POST"])
@guard("invitation.answer")
def check(token):
    """The answers as they will be sent, cleaned."""
    found = _load(token)
    if request.method == "GET":
        return redirect(url_for("registration.people", token=token), code=303)
    form, officers = _form(found)
    if not _is_fine(form) or not _may_come(found, form):
        return _show_people(found, token, form, officers)
    return _show_check(found, token, form)


def _is_fine(form: PeopleForm) -> bool:
    if not form.validate():
        return False
    if form.website.data or read_team(form.shown.data) is None:
        form.shown.data = sign_team()
        form.website.data = ""
        form.form_errors.append(_(TOO_QUICK))
        return False
    return True


def _may_come(found: Invitation, form: PeopleForm) -> bool:
    """Whether so many may come, said before the answers are checked; the lock decides later."""
    chosen = form.people
    again = _registered_again(found, form)
    there = queries.count_registered_people(found.batch_id, found.cooperative_id)
    try:
        rules.check_registration_open(letters.window(found.batch), utc_now())
        if not again:
            rules.check_people(found.people, there, len(chosen))
    except RuleViolation as refusal:
        form.refuse(refusal)
        return False
    return True


def _registered_again(found: Invitation, form: PeopleForm) -> list[Registration]:
    """The registrations that this very form made before (Back, and sent again)."""
    return queries.team(found.batch_id, read_team(form.shown.data) or "")


def _show_check(found: Invitation, token: str, form: PeopleForm):
    _count, left = _seats_left(found, utc_now())
    return render_template(
        "registration/check.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        fits=len(form.people) <= left,
        **_page(found),
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
    found = _load(token)
    form, officers = _form(found)
    if not _is_fine(form):
        return _show_people(found, token, form, officers)
    if is_too_quick(form.shown.data):
        form.form_errors.append(_(TOO_QUICK))
        return _show_people(found, token, form, officers)
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
    except rules.BatchFull as full:
        return _show_full(_load(token), token, form, full)
    except RuleViolation as refusal:
        form.refuse(refusal)
        return _show_people(_load(token), token, form, officers)
    address = url_for("registration.ticket", ticket=tokens.ticket_token(made[0]))
    return redirect(address, code=303)


def _show_full(found: Invitation, token: str, form: PeopleForm, full: rules.BatchFull):
    return render_template(
        "registration/full.html",
        token=token,
        form=form,
        chosen=_chosen(form),
        position=full.position,
        free=full.free,
        last_taken=queries.last_seated_at(found.batch_id),
        others=queries.other_invitations(found, utc_now()),
        **_page(found),
    )


@bp.route("/daftar/<token>/akun", methods=["GET", "POST"])
@guard("invitation.answer")
@limiter.limit("30 per hour", key_func=token_key, methods=["POST"])
def account(token):
    """An account for a manager: the invitation shows that the office knows the cooperative."""
    found = _load(token)
    try:
        verbs.check_may_join(found, utc_now())
    except RuleViolation as refusal:
        flash(_together(str(refusal)), "error")
        return redirect(url_for("registration.invitation", token=token), code=303)
    form = ManagerAccountForm()
    office = found.batch.office
    words = [form.name.data or "", found.cooperative.name, office.name, office.region_name]
    if form.validate_on_submit() and form.accepts(words):
        password_hash = passwords.make_hash(form.password.data)
        try:
            with transaction():
                verbs.join(
                    found.id, form.name.data, form.contact.data, password_hash, now=utc_now()
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
            found = _load(token)
        else:
            flash(_("Akun Anda siap. Silakan masuk."))
            return redirect(url_for("accounts.sign_in"), code=303)
    page = render_template("registration/account.html", token=token, form=form, **_page(found))
    return page, form.status
