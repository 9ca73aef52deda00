from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.attendance import door as door_page
from kopdiklat.attendance import queries, roll, rules, service
from kopdiklat.attendance.forms import NONE, CorrectionForm
from kopdiklat.attendance.models import ATTENDANCE_STATES
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.policy import guard
from kopdiklat.registration.models import Registration
from kopdiklat.training.models import Batch, TrainingSession

bp = Blueprint("attendance", __name__)
LABELS = {"STATE_LABELS": rules.STATE_LABELS, "POSITION_LABELS": POSITION_LABELS}


@bp.get("/batches/<int:batch_id>/attendance")
@guard("attendance.see")
def show_batch(batch_id):
    batch = policy.load(Batch, batch_id)
    page = roll.recap_of(batch)
    return render_template("attendance/batch.html", batch=batch, recap=page, **LABELS)


@bp.get("/training-sessions/<int:training_session_id>/attendance")
@guard("attendance.see")
def show_session(training_session_id):
    block = policy.load(TrainingSession, training_session_id)
    find = request.args.get("q", "").strip()[:60]
    fill = request.args.get("isi", "")
    page = roll.roll_of(block, utc_now(), find=find, fill=fill)
    fresh = request.args.get("baru", type=int)
    return render_template(
        "attendance/session.html",
        block=block,
        roll=page,
        day=[s for s in block.batch.training_sessions if s.day == block.day],
        latest=next((row for row in page.rows if row.mark and row.registration.id == fresh), None),
        find=find,
        fill=fill,
        **LABELS,
    )


@bp.post("/training-sessions/<int:training_session_id>/attendance")
@guard("attendance.record")
def save_session(training_session_id):
    block = policy.load(TrainingSession, training_session_id)
    with transaction():
        saved = service.save_list(
            block.id,
            list(_changes(request.form)),
            reason=request.form.get("reason"),
            user=current_user,
            now=utc_now(),
        )
    flash(_("Daftar hadir tersimpan, %(count)s perubahan.", count=saved.count))
    if saved.conflicts:
        names = ", ".join(saved.conflicts)
        flash(
            _(
                "Sudah ditandai petugas lain, tidak diubah: %(names)s. Periksa kembali.",
                names=names,
            ),
            "info",
        )
    return redirect(_list_url(block), code=303)


def _changes(form):
    """The rows of the list that were touched: `state-12` beside what it was, `was-12`."""
    for name, value in form.items():
        prefix, _dash, ident = name.partition("-")
        if prefix == "state" and ident.isdecimal() and value in ATTENDANCE_STATES:
            was = form.get(f"was-{ident}") or None
            if value != was:
                yield service.Change(int(ident), was, value)


def _list_url(block, **values) -> str:
    return url_for("attendance.show_session", training_session_id=block.id, **values)


@bp.post("/training-sessions/<int:training_session_id>/arrivals")
@guard("attendance.record")
def tick(training_session_id):
    """One person by name, now: found in the list, without a phone."""
    block = policy.load(TrainingSession, training_session_id)
    registration_id = request.form.get("registration_id", "")
    if not registration_id.isdecimal():
        raise NotFound(service.NOT_HERE)
    done = _tick(block, int(registration_id), "list")
    return redirect(_list_url(block, baru=done.mark.registration_id), code=303)


def _tick(block, registration_id: int, method: str) -> service.Tick:
    with transaction():
        done = service.tick(
            block.id, registration_id, method=method, user=current_user, now=utc_now()
        )
    at = _when(done.mark, block)
    name = done.mark.registration.person.full_name
    if done.is_new:
        flash(_("%(name)s hadir pukul %(at)s.", name=name, at=at))
    else:
        by = done.mark.recorded_by_name
        said = _("%(name)s sudah hadir pukul %(at)s (ditandai %(by)s).", name=name, at=at, by=by)
        flash(said, "info")
    return done


def _when(mark, block) -> str:
    return formats.hour(mark.arrived_at or mark.recorded_at, block.time_zone)


@bp.post("/training-sessions/<int:training_session_id>/arrivals/<int:registration_id>/cancellation")
@guard("attendance.record")
def undo(training_session_id, registration_id):
    block = policy.load(TrainingSession, training_session_id)
    with transaction():
        service.undo(block.id, registration_id, user=current_user, now=utc_now())
    flash(_("Tanda hadir diurungkan."), "info")
    return redirect(_list_url(block), code=303)


@bp.route(
    "/training-sessions/<int:training_session_id>/attendance/<int:registration_id>",
    methods=["GET", "POST"],
)
@guard("attendance.record")
def correct(training_session_id, registration_id):
    """One person's presence, with its history; a change after the day says why."""
    block = policy.load(TrainingSession, training_session_id)
    registration = _participant(registration_id, block.batch_id)
    mark = queries.find_mark(block.id, registration_id)
    now = utc_now()
    form = CorrectionForm(
        state=mark.state if mark else NONE,
        arrived=formats.hour(mark.arrived_at, block.time_zone, False)
        if mark and mark.arrived_at
        else "",
    )
    if form.validate_on_submit() and (arrived := _arrival(form, block)) is not False:
        try:
            with transaction():
                service.correct(
                    block.id,
                    registration_id,
                    None if form.state.data == NONE else form.state.data,
                    arrived,
                    reason=form.reason.data,
                    user=current_user,
                    now=now,
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Presensi %(name)s tersimpan.", name=registration.person.full_name))
            return redirect(_list_url(block), code=303)
    page = render_template(
        "attendance/person.html",
        form=form,
        block=block,
        row=roll.row_of(registration, block, mark, block.batch.office.late_grace_minutes),
        history=queries.history(mark),
        is_over=clock.local_day(now, block.time_zone) > block.day,
        **LABELS,
    )
    return page, form.status


def _participant(registration_id: int, batch_id: int) -> Registration:
    registration = queries.find_participant(registration_id, batch_id)
    if registration is None:
        raise NotFound(service.NOT_HERE)
    return registration


def _arrival(form: CorrectionForm, block):
    """The moment of a typed time, None when empty, False when it cannot be read."""
    text = (form.arrived.data or "").strip()
    if not text or form.state.data != "present":
        return None
    try:
        return clock.moment(block.day, rules.parse_clock(text), block.time_zone)
    except RuleViolation as refusal:
        form.refuse_at("arrived", refusal)
        return False


@bp.get("/hadir/<door_token>")
@guard("page.public")
def ticket(door_token):
    """The address in a participant's QR. It says who that is only to those who keep the door."""
    registration = queries.find_by_door_token(door_token) if current_user.is_authenticated else None
    blocks = _recordable(registration) if registration else []
    if not registration or not blocks:
        return render_template("attendance/ticket_public.html", door_token=door_token)
    page = door_page.ticket_page(
        registration, blocks, utc_now(), asked=request.args.get("sesi", type=int)
    )
    is_new = request.args.get("baru") == "1"
    return render_template(
        "attendance/ticket.html", door_token=door_token, page=page, is_new=is_new, **LABELS
    )


def _recordable(registration: Registration) -> list[TrainingSession]:
    blocks = registration.batch.training_sessions
    return [b for b in blocks if policy.can(current_user, "attendance.record", b)]


@bp.post("/hadir/<door_token>")
@guard("attendance.record")
def tick_ticket(door_token):
    registration = queries.find_by_door_token(door_token)
    block = policy.load(
        TrainingSession, request.form.get("training_session_id", default=0, type=int)
    )
    if registration is None or registration.batch_id != block.batch_id:
        raise NotFound(service.NOT_HERE)
    with transaction():
        done = service.tick(
            block.id, registration.id, method="qr", user=current_user, now=utc_now()
        )
    fresh = 1 if done.is_new else None
    return redirect(
        url_for("attendance.ticket", door_token=door_token, sesi=block.id, baru=fresh), code=303
    )


@bp.get("/door")
@guard("attendance.record")
def door():
    now = utc_now()
    mine = policy.visible(Batch, "attendance.record")
    blocks = [
        block
        for block in queries.sessions_around(now, mine)
        if policy.can(current_user, "attendance.record", block)
    ]
    page = door_page.door_page(blocks, now)
    upcoming = None
    if not page.cards:
        upcoming = door_page.upcoming(current_user, now, mine)
    return render_template("attendance/door.html", page=page, upcoming=upcoming, **LABELS)
