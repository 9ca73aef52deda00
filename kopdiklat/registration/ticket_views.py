"""The proof of a registration: number, QR, calendar, and how to change or cancel."""

from collections.abc import Callable

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.qr import qr_svg
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import letters, offers, queries, reasons, rules, service, tokens
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.calendar import calendar_file
from kopdiklat.registration.forms import SubstituteForm
from kopdiklat.registration.models import Registration


def _load(ticket: str) -> Registration:
    found = queries.find_registration(keys.token_hash(tokens.TICKET, ticket))
    if found is None:
        raise NotFound(N_("Bukti daftar ini tidak ada."))
    return found


def ticket_key() -> str:
    return keys.token_hash("limit", (request.view_args or {})["ticket"])


def code_of(registration: Registration):
    """The QR that the door reads. Whoever photographs it there cannot open the proof with it."""
    address = f"{current_app.config['BASE_URL']}/hadir/{tokens.door_token(registration)}"
    return qr_svg(address, _("QR pendaftaran %(number)s", number=registration.number))


def _page(found: Registration) -> dict:
    batch = found.batch
    now = utc_now()
    try:
        rules.check_registration_open(letters.window(batch), now)
        closed = ""
    except rules.RegistrationClosed as refusal:
        closed = str(refusal)
    return {
        "registration": found,
        "batch": batch,
        "cooperative": found.cooperative,
        "title": letters.public_title(batch),
        "facts": letters.facts_of(batch),
        "days": batch.days,
        "contact": letters.contact_parts(batch),
        "step": letters.step_names(batch, now),
        "closed": closed,
        "position_labels": POSITION_LABELS,
    }


@bp.get("/bukti/<ticket>")
@guard("registration.own")
def ticket(ticket):
    found = _load(ticket)
    together = [
        r for r in queries.team_with_persons(found.batch_id, found.team) if r.state in rules.ACTIVE
    ]
    others = [
        {
            "registration": r,
            "code": code_of(r) if r.state == "confirmed" else "",
            "ticket": tokens.ticket_token(r),
        }
        for r in together
        if r.id != found.id
    ]
    invited = found.invitation
    events = queries.events_of(found.id)
    return render_template(
        "registration/ticket.html",
        ticket=ticket,
        offer=queries.open_offer(found.batch_id, found.team) if found.state == "offered" else None,
        events=events,
        action_labels=rules.ACTION_LABELS,
        code=code_of(found) if found.state == "confirmed" else "",
        others=others,
        people=len(together),
        position=queries.position_in_queue(found) if found.state == "waitlisted" else 0,
        reason=reasons.told(events[-1].reason) if events else "",
        may_come_back=invited is not None and invited.cancelled_at is None,
        **_page(found),
    )


@bp.post("/bukti/<ticket>/penerimaan")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def accept_offer(ticket):
    """One tap takes the offered seats for the whole team."""
    return _answer(
        ticket,
        lambda found: offers.accept(found.id, by=found.cooperative.name, now=utc_now()),
        N_("Kursi Anda sudah dikonfirmasi."),
    )


@bp.post("/bukti/<ticket>/pelepasan")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def decline_offer(ticket):
    return _answer(
        ticket,
        lambda found: offers.decline(
            found.id, reasons.LET_GO, by=found.cooperative.name, now=utc_now()
        ),
        N_("Kursi dilepas dan ditawarkan kepada urutan berikutnya."),
    )


def _answer(ticket: str, verb: Callable[[Registration], object], done: str):
    found = _load(ticket)
    try:
        with transaction():
            verb(found)
    except RuleViolation as refusal:
        flash(str(refusal), "error")
    else:
        flash(_(done))
    return redirect(url_for("registration.ticket", ticket=ticket), code=303)


@bp.get("/bukti/<ticket>/qr.svg")
@guard("registration.own")
def ticket_code(ticket):
    """The QR as a file, where no script can save it as a picture."""
    found = _load(ticket)
    drawing = str(code_of(found)).replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="720" ', 1
    )
    return Response(
        drawing.replace("currentColor", "#17212B"),
        mimetype="image/svg+xml",
        headers={"Content-Disposition": f'attachment; filename="QR-{found.number}.svg"'},
    )


@bp.get("/bukti/<ticket>/kalender.ics")
@guard("registration.own")
def ticket_calendar(ticket):
    found = _load(ticket)
    facts = letters.facts_of(found.batch)
    address = current_app.config["BASE_URL"] + url_for("registration.ticket", ticket=ticket)
    description = _(
        "Nomor pendaftaran %(number)s. Tunjukkan QR di pintu: %(address)s",
        number=found.number,
        address=address,
    )
    text = calendar_file(
        uid=f"{found.ticket_hash[:24]}",
        title=letters.public_title(found.batch),
        place=facts["place"],
        description=description,
        days=letters.bounds_of_days(found.batch),
        stamp=found.registered_at,
    )
    return Response(
        text,
        mimetype="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="{found.number}.ics"'},
    )


@bp.route("/bukti/<ticket>/ubah", methods=["GET", "POST"])
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key, methods=["POST"])
def change_ticket(ticket):
    """Somebody else comes instead; or, below, nobody."""
    found = _load(ticket)
    form = SubstituteForm().offer(_free_officers(found), found.batch.course.needs_citizen_number)
    if form.validate_on_submit():
        try:
            with transaction():
                new = service.replace(
                    found.id,
                    form.participant,
                    form.reason.data or reasons.REPLACED,
                    by=found.cooperative.name,
                    now=utc_now(),
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
            found = _load(ticket)
        else:
            flash(_("Peserta sudah diganti. Ini bukti daftar yang baru."))
            address = url_for("registration.ticket", ticket=tokens.ticket_token(new))
            return redirect(address, code=303)
    page = render_template("registration/change.html", ticket=ticket, form=form, **_page(found))
    return page, form.status


def _free_officers(found: Registration) -> list:
    """Officers of the cooperative who are not in this batch yet."""
    today = clock.local_day(utc_now(), found.batch.time_zone)
    active = queries.active_registrations(found.batch_id, found.cooperative_id)
    there = {r.person_id for r in active}
    officers = queries.current_officers(found.cooperative_id, today)
    return [officer for officer in officers if officer.person_id not in there]


@bp.post("/bukti/<ticket>/pembatalan")
@guard("registration.own")
@limiter.limit("30 per hour", key_func=ticket_key)
def cancel_ticket(ticket):
    found = _load(ticket)
    reason = " ".join(request.form.get("reason", "").split())[:300]
    with transaction():
        service.cancel(
            found.id,
            reason or reasons.CANCELLED,
            by=found.cooperative.name,
            now=utc_now(),
        )
    flash(_("Pendaftaran dibatalkan. Kursi kosong diisi menurut urutan daftar tunggu, bila ada."))
    return redirect(url_for("registration.ticket", ticket=ticket), code=303)
