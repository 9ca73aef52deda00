"""The proof of a registration: number, QR, calendar, and how to change or cancel."""

from collections.abc import Callable

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import keys
from kopdiklat.core.calendar_files import MIMETYPE
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.qr import qr_svg
from kopdiklat.core.text import N_
from kopdiklat.extensions import limiter
from kopdiklat.policy import guard
from kopdiklat.registration import (
    calendar,
    deadlines,
    halls,
    letters,
    offers,
    open_requests,
    queries,
    reasons,
    rules,
    tokens,
)
from kopdiklat.registration.blueprint import bp
from kopdiklat.registration.models import Registration


def load_ticket(ticket: str) -> Registration:
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


def page_of_ticket(found: Registration) -> dict:
    batch = found.batch
    now = utc_now()
    return {
        "registration": found,
        "batch": batch,
        "cooperative": found.cooperative,
        "title": letters.public_title(batch),
        "facts": letters.facts_of(batch),
        "days": batch.days,
        "contact": letters.contact_parts(batch),
        "step": letters.step_names(batch, now),
        "is_open": rules.is_registration_open(letters.window(batch), now),
        "position_labels": POSITION_LABELS,
    }


@bp.get("/bukti/<ticket>")
@guard("registration.own")
def ticket(ticket):
    found = load_ticket(ticket)
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
    now = utc_now()
    refused = open_requests.last(found.id)
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
        why_waiting=_why_waiting(found, len(together), now) if found.state == "waitlisted" else "",
        reason=reasons.told(events[-1].reason) if events else "",
        ways=deadlines.ways_of(found, now),
        last_day=deadlines.moments_of(found.batch).last_day,
        asked=refused if refused and refused.state == "open" else None,
        refused=refused if refused and refused.state == "declined" else None,
        asked_labels=reasons.ASKED,
        substitute=queries.substitute_of(found.id) if found.state == "replaced" else None,
        may_come_back=invited is not None and invited.cancelled_at is None,
        **page_of_ticket(found),
    )


def _why_waiting(found: Registration, people: int, now) -> str:
    """What keeps its team from sitting now."""
    obstacle = halls.obstacle(found.batch, found.cooperative, people, found.invitation_id, now)
    return reasons.told(reasons.queued(obstacle, people)) if obstacle else ""


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
    found = load_ticket(ticket)
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
    found = load_ticket(ticket)
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
    found = load_ticket(ticket)
    address = current_app.config["BASE_URL"] + url_for("registration.ticket", ticket=ticket)
    description = _(
        "Nomor pendaftaran %(number)s. Tunjukkan QR di pintu: %(address)s",
        number=found.number,
        address=address,
    )
    return Response(
        calendar.ticket_calendar(found, description, address),
        mimetype=MIMETYPE,
        headers={"Content-Disposition": f'attachment; filename="{found.number}.ics"'},
    )
