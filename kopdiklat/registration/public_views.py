"""The link of an invitation: whose it is, that it was seen, that nobody comes, an account."""

import re

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.accounts import passwords
from kopdiklat.accounts.forms import ManagerAccountForm
from kopdiklat.core import keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import invitations as verbs
from kopdiklat.registration import letters, queries, rules, tokens
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.models import Invitation


def token_key() -> str:
    """Limits count per link; the link itself is kept nowhere."""
    return keys.token_hash("limit", (request.view_args or {})["token"])


def load_invitation(token: str) -> Invitation:
    invitation = queries.find_invitation(keys.token_hash(tokens.INVITATION, token))
    if invitation is None:
        raise NotFound(N_("Undangan ini tidak ada. Minta tautan baru kepada dinas."))
    return invitation


def refusal_of(invitation: Invitation, now) -> str:
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


def page_of(found: Invitation) -> dict:
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
    found = load_invitation(token)
    if found.opened_at is None and found.cancelled_at is None:
        with transaction():
            verbs.mark_opened(found.id, now=utc_now())
    return "", 204


@bp.post("/daftar/<token>/penolakan")
@guard("invitation.answer")
@limiter.limit("30 per hour", key_func=token_key)
def decline(token):
    found = load_invitation(token)
    reason = " ".join(request.form.get("reason", "").split())[:300] or None
    try:
        with transaction():
            verbs.decline(found.id, reason, now=utc_now())
    except RuleViolation as refusal:
        flash(str(refusal), "error")
    else:
        flash(_("Terima kasih, dinas sudah diberi tahu. Anda masih bisa mendaftar bila berubah."))
    return redirect(url_for("registration.invitation", token=token), code=303)


@bp.route("/daftar/<token>/akun", methods=["GET", "POST"])
@guard("invitation.answer")
@limiter.limit("30 per hour", key_func=token_key, methods=["POST"])
def account(token):
    """An account for a manager: the invitation shows that the office knows the cooperative."""
    found = load_invitation(token)
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
            found = load_invitation(token)
        else:
            flash(_("Akun Anda siap. Silakan masuk."))
            return redirect(url_for("accounts.sign_in"), code=303)
    page = render_template("registration/account.html", token=token, form=form, **page_of(found))
    return page, form.status
