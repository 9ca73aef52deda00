"""A registration changed by its link: somebody else, other data, or nobody; at once, or as a request.

No account and no script needed. What the link did until its deadline is a request from then on: the
same form, another word on its button.
"""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import (
    changes,
    deadlines,
    open_requests,
    queries,
    reasons,
    service,
    tokens,
)
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.change_forms import DataForm, SubstituteForm
from kopdiklat.registration.changes import Wish
from kopdiklat.registration.forms import officer_details, read_team, sign_team
from kopdiklat.registration.models import Registration
from kopdiklat.registration.ticket_views import load_ticket, page_of_ticket, ticket_key

SENT = N_("Permintaan terkirim. Koordinator memutuskan, dan Anda diberi tahu.")


@bp.route("/bukti/<ticket>/ubah", methods=["GET", "POST"])
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key, methods=["POST"])
def change_ticket(ticket):
    """Somebody else comes instead."""
    found = load_ticket(ticket)
    form = _substitute_form(found)
    if form.validate_on_submit():
        someone, why = form.participant, form.reason.data or None
        wish = Wish("substitute", someone, why)
        try:
            with transaction():
                new = _do_or_ask(found, wish, lambda: _replace(found, someone, why))
        except RuleViolation as refusal:
            form.refuse(refusal)
            found = load_ticket(ticket)
        else:
            if isinstance(new, Registration):
                flash(_("Peserta sudah diganti. Ini bukti daftar yang baru."))
                ticket = tokens.ticket_token(new)
            else:
                flash(_(SENT))
            return _back(ticket)
    return _show(found, ticket, substitute=form)


def _replace(found: Registration, someone, why: str | None) -> Registration:
    why = why or reasons.REPLACED
    return service.replace(found.id, someone, why, by=found.cooperative.name, now=utc_now())


@bp.post("/bukti/<ticket>/data")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def correct_data(ticket):
    """Spelling, phone, position and needs of who comes."""
    found = load_ticket(ticket)
    form = DataForm(prefix="data-")
    if form.validate_on_submit():
        wanted = form.participant
        wish = Wish("data", wanted, form.reason.data or None)
        try:
            with transaction():
                made = _do_or_ask(
                    found,
                    wish,
                    lambda: changes.correct(
                        found.id, wanted, by=found.cooperative.name, now=utc_now()
                    ),
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
            found = load_ticket(ticket)
        else:
            flash(_("Data sudah diperbaiki.") if isinstance(made, Registration) else _(SENT))
            return _back(ticket)
    return _show(found, ticket, data=form)


@bp.post("/bukti/<ticket>/pembatalan")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def cancel_ticket(ticket):
    found = load_ticket(ticket)
    reason = " ".join(request.form.get("reason", "").split())[:300] or None
    try:
        with transaction():
            made = _do_or_ask(
                found,
                Wish("cancel", reason=reason),
                lambda: service.cancel(
                    found.id,
                    reason or reasons.CANCELLED,
                    by=found.cooperative.name,
                    now=utc_now(),
                ),
            )
    except RuleViolation as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("registration.change_ticket", ticket=ticket), code=303)
    if isinstance(made, Registration):
        flash(
            _("Pendaftaran dibatalkan. Kursi kosong diisi menurut urutan daftar tunggu, bila ada.")
        )
    else:
        flash(_(SENT))
    return _back(ticket)


@bp.post("/bukti/<ticket>/permintaan/penarikan")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def withdraw_request(ticket):
    found = load_ticket(ticket)
    with transaction():
        changes.withdraw(found.id, by=found.cooperative.name, now=utc_now())
    flash(_("Permintaan ditarik. Pendaftaran Anda tetap seperti semula."))
    return _back(ticket)


def _do_or_ask(found: Registration, wish: Wish, do: Callable[[], object]):
    """Whoever saw that it is a request sends one; the others are told when it has become one."""
    if f"ask_{wish.kind}" not in request.form:
        return do()
    return changes.ask(
        found.id,
        wish,
        form=read_team(request.form.get("shown")) or service.new_team(),
        by=found.cooperative.name,
        now=utc_now(),
    )


def _back(ticket: str):
    return redirect(url_for("registration.ticket", ticket=ticket), code=303)


def _substitute_form(found: Registration, **options) -> SubstituteForm:
    return SubstituteForm(**options).offer(
        queries.free_officers(found, clock.local_day(utc_now(), found.batch.time_zone)),
        found.batch.course.needs_citizen_number,
    )


def _show(
    found: Registration,
    ticket: str,
    substitute: SubstituteForm | None = None,
    data: DataForm | None = None,
):
    substitute = substitute or _substitute_form(found, formdata=None)
    form = data or substitute
    now = utc_now()
    moments = deadlines.moments_of(found.batch)
    page = render_template(
        "registration/change.html",
        ticket=ticket,
        form=form,
        substitute=substitute,
        data=data or DataForm(prefix="data-", formdata=None, data=DataForm.of(found)),
        details=officer_details(substitute.known.values()),
        ways=deadlines.ways_of(found, now),
        moments=moments,
        last_day=moments.last_day,
        asked=open_requests.find(found.id),
        asked_labels=reasons.ASKED,
        shown=sign_team(),
        **page_of_ticket(found),
    )
    return page, form.status
