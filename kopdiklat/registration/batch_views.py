"""One batch: its page, its changes, and the steps that seats depend on."""

from collections.abc import Callable
from datetime import date

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import charts, clock, formats
from kopdiklat.core.charts import Part
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.messages.letters import fill
from kopdiklat.policy import guard
from kopdiklat.registration import (
    batches,
    change_rules,
    changes,
    invitation_lists,
    letters,
    lists,
    moves,
    readiness,
    reasons,
    rules,
    tokens,
)
from kopdiklat.registration import open_requests as asked
from kopdiklat.registration.contact_form import contact_form
from kopdiklat.registration.queries import participants_elsewhere
from kopdiklat.training import queries as training
from kopdiklat.training import rules as training_rules
from kopdiklat.training import service
from kopdiklat.training.batch_form import BatchForm, batch_data
from kopdiklat.training.batch_screen import Screen, calendar_of, offers_of
from kopdiklat.training.clashes import ClashUndecided
from kopdiklat.training.models import Batch
from kopdiklat.training.views import bp, show_screen


def load_batch(batch_id: int) -> Batch:
    """As policy.load, with everything that a page of the batch prints, in fewer queries."""
    batch = training.batch_with_timetable(batch_id)
    policy.check(batch, "batch.see")
    assert batch is not None  # noqa: S101, check refuses None
    return batch


TABS = ("participants", "invitations", "requests", "history")


@bp.get("/batches/<int:batch_id>")
@guard("batch.see")
def show_batch(batch_id):
    return batch_page(batch_id, request.args.get("tab", TABS[0]))


def batch_page(batch_id: int, tab: str, **more) -> str:
    """The page of a batch with one of its tabs.

    :param more: what the tab shows besides, as an answer to something typed there
    """
    batch = load_batch(batch_id)
    now = utc_now()
    tab = tab if tab in TABS and policy.can(current_user, "invitation.see", batch) else TABS[0]
    answers = invitation_lists.count_states(batch.id, now)
    count = lists.seat_count(batch, now)
    phase = phase_of(batch, now)
    return render_template(
        "training/batch.html",
        batch=batch,
        tab=tab,
        count=count,
        phase=phase,
        phase_words=readiness.PHASES[phase],
        grid=_seat_grid(count),
        answers=answers,
        ready=_readiness(batch, answers),
        waiting=lists.waiting_list(batch.id) if count.waiting else [],
        waiting_labels=rules.ACTION_LABELS,
        facts=letters.facts_of(batch),
        pass_rule=training_rules.pass_rule(
            batch.pass_attendance_percent, batch.lesson_hours, batch.pass_test_score
        ),
        by_day=_by_day(batch),
        position_labels=POSITION_LABELS,
        state_options=[(key, _(label)) for key, label in rules.STATE_LABELS.items()],
        attendance_url=_known_url("attendance.show_batch", batch_id=batch.id),
        sheet_url=_sheet_url(batch, now),
        open_requests=asked.count(batch.id),
        **(_tab(tab, batch, now) | more),
    )


def phase_of(batch: Batch, now) -> str:
    sessions = batch.training_sessions
    return readiness.phase_of(
        batch.state,
        batch.registration_opens_at,
        batch.registration_closes_at,
        sessions[0].starts_at if sessions else None,
        max(s.ends_at for s in sessions) if sessions else None,
        now,
    )


def _tab(tab: str, batch: Batch, now) -> dict:
    """What the chosen tab lists."""
    text = " ".join(request.args.get("q", "").split())[:80]
    state = request.args.get("state", "")
    number = request.args.get("page", 1, type=int)
    if tab == "participants":
        page = lists.participants(batch.id, text, state, number)
        events = lists.last_events([row.Registration.id for row in page.rows])
        return {"page": page, "events": events, "text": text, "state": state}
    if tab == "history":
        return {"page": lists.history(batch.id, number), "action_labels": rules.ACTION_LABELS}
    if tab == "requests":
        page = asked.listed(batch.id, number)
        return {
            "page": page,
            "told": {row.id: changes.told(row) for row in page.rows},
            "asked_labels": reasons.ASKED,
            "request_states": change_rules.STATE_LABELS,
        }
    today = clock.local_day(now, batch.time_zone)
    page = invitation_lists.invitation_page(batch.id, text, state, number, now, today)
    may_send = policy.can(current_user, "invitation.send", batch)
    return {
        "page": page,
        "text": text,
        "state": state,
        "links": {
            row.invitation.id: invitation_link(row.invitation) for row in page.rows if may_send
        },
        "held": invitation_lists.held(batch.id, now),
        "now": now,
        "contact_form": contact_form,
        "repair": None,
    }


def invitation_link(invitation) -> str:
    return current_app.config["BASE_URL"] + url_for(
        "registration.invitation", token=tokens.invitation_token(invitation)
    )


def _sheet_url(batch: Batch, now) -> str | None:
    """The sheet of today or of the next training day."""
    today = clock.local_day(now, batch.time_zone)
    day = next((day for day in batch.days if day >= today), batch.days[-1] if batch.days else None)
    return _known_url("documents.attendance_sheet", batch_id=batch.id, day=day) if day else None


def _known_url(endpoint: str, **values) -> str | None:
    known = endpoint in current_app.view_functions
    return url_for(endpoint, **values) if known else None


def _seat_grid(count: lists.SeatCount):
    return charts.seat_grid(
        [
            Part(_("dikonfirmasi"), count.confirmed, "seat-confirmed"),
            Part(_("ditawari atau ditahan"), count.offered + count.held, "seat-waiting"),
            Part(_("kosong"), count.free, "seat-free"),
        ],
        title=_("%(used)s dari %(seats)s kursi terpakai", used=count.used, seats=count.seats),
    )


def _by_day(batch: Batch) -> list[tuple[date, list]]:
    days: dict[date, list] = {}
    for n, session in enumerate(batch.training_sessions, 1):
        days.setdefault(session.day, []).append((n, session))
    return list(days.items())


def _readiness(batch: Batch, answers: dict[str, int]) -> dict:
    """The six parts in words, with the way to mend each that is missing."""
    duties = lists.door_duties(batch.id)
    without_trainer = sum(
        1 for s in batch.training_sessions if s.is_teaching and not s.trainer_name
    )
    answered = answers["registered"] + answers["declined"]
    found = readiness.facts(
        has_venue=bool(batch.venue),
        days=batch.days,
        without_trainer=without_trainer,
        invited=answers["all"],
        answered=answered,
        has_contact=bool(batch.contact_phone),
        is_published=batch.state in ("published", "closed"),
        guarded_days={duty.duty_on for duty in duties},
    )
    trainers = {s.trainer_name for s in batch.training_sessions if s.trainer_name}
    names = sorted({duty.user.name for duty in duties})
    details = {
        "place": _("%(venue)s, %(count)s hari", venue=batch.venue, count=len(batch.days))
        if batch.days
        else _("Belum ada jadwal"),
        "trainers": ngettext(
            "%(num)s sesi belum ada pemateri", "%(num)s sesi belum ada pemateri", without_trainer
        )
        if without_trainer
        else _("%(count)s orang", count=len(trainers))
        if trainers
        else _("Belum ada sesi"),
        "contact": batch.contact_name or _("Belum ada nomor yang dapat dihubungi"),
        "registration": _("sampai %(day)s", day=_closing_day(batch)),
        "invitations": _(
            "%(all)s koperasi, %(answered)s menjawab", all=answers["all"], answered=answered
        )
        if answers["all"]
        else _("Belum ada koperasi diundang"),
        "door": ", ".join(names) if names else _("Belum ada petugas"),
    }
    labels = {
        "place": _("Tempat dan waktu"),
        "trainers": _("Pemateri"),
        "contact": _("Narahubung"),
        "registration": _("Pendaftaran"),
        "invitations": _("Undangan"),
        "door": _("Petugas pintu"),
    }
    repairs = {
        "edit": (url_for("training.edit_batch", batch_id=batch.id), _("Lengkapi")),
        "publish": ("#publication", _("Buka pendaftaran")),
        "selection": (
            url_for("targeting.selection", batch_id=batch.id),
            _("Pilih sasaran"),
        ),
        "door": (url_for("training.door_duties", batch_id=batch.id), _("Tentukan petugas")),
    }
    may_edit = policy.can(current_user, "batch.edit", batch)
    items = []
    for fact in found:
        item = {"label": labels[fact.key], "detail": details[fact.key], "ready": fact.is_ready}
        if may_edit and not fact.is_ready:
            item["url"], item["action"] = repairs[fact.repair]
        items.append(item)
    done = sum(fact.is_ready for fact in found)
    left = len(found) - done
    return {
        "items": items,
        "summary": _("%(done)s dari %(all)s siap", done=done, all=len(found)),
        "consequence": ngettext(
            "%(num)s hal lagi sebelum angkatan dapat dimulai.",
            "%(num)s hal lagi sebelum angkatan dapat dimulai.",
            left,
        )
        if left
        else _("Semua siap."),
    }


def _closing_day(batch: Batch) -> str:
    return formats.moment(batch.registration_closes_at, batch.time_zone)


@bp.route("/batches/<int:batch_id>/edit", methods=["GET", "POST"])
@guard("batch.edit")
def edit_batch(batch_id):
    """The same screen as for a new batch; its source is the batch itself."""
    batch = load_batch(batch_id)
    office, now = batch.office, utc_now()
    offers = offers_of(office.id, with_batches=False)
    form = BatchForm(data=batch_data(batch) if request.method == "GET" else None).offer(offers)
    pressed = request.form.get("do") if request.method == "POST" else "begin"
    screen = Screen(
        form,
        office,
        batch.programme,
        offers,
        calendar_of(office),
        clock.local_day(now, batch.time_zone),
        batch,
        lambda planned: participants_elsewhere(batch_id, planned),
    )
    if request.method == "POST":
        pressed = screen.refresh(pressed)
    if not pressed and form.validate():
        try:
            with transaction():
                moves.change_batch(
                    batch_id,
                    screen.values,
                    form.rows(screen.zone),
                    form.seats.data,
                    by=current_user.name,
                    now=now,
                    confirmed="confirmed" in request.form,
                )
        except moves.NotConfirmed as pause:
            return show_telling(batch, pause.telling, _("Simpan dan beri tahu"))
        except ClashUndecided:
            pressed = "decide"
        except (rules.SeatsBelowUsed, rules.ShareRefused) as refusal:
            form.refuse_at("seats", refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Angkatan disimpan."))
            return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
    return show_screen(screen, pressed)


@bp.post("/batches/<int:batch_id>/publication")
@guard("batch.edit")
def publish(batch_id):
    batch, now = policy.load(Batch, batch_id), utc_now()
    opens_at = batch.registration_opens_at
    if opens_at > now:
        day = formats.moment(opens_at, batch.time_zone)
        said = _("Angkatan diumumkan. Pendaftaran dibuka %(day)s; undangan dapat dikirim.", day=day)
    else:
        said = _("Pendaftaran dibuka. Undangan dapat dikirim.")
    return _take(batches.publish, batch_id, said, now=now)


@bp.post("/batches/<int:batch_id>/closure")
@guard("batch.edit")
def close(batch_id):
    said = _("Pendaftaran ditutup. Daftar tunggu tetap berjalan sampai sesi pertama.")
    return _take(batches.close, batch_id, said)


@bp.post("/batches/<int:batch_id>/reopening")
@guard("batch.edit")
def reopen(batch_id):
    return _take(batches.reopen, batch_id, _("Pendaftaran dibuka kembali."), now=utc_now())


def _take(step: Callable, batch_id: int, said: str, **more):
    """One step of a batch, what to say when it is taken, and back to its page."""
    policy.load(Batch, batch_id)
    with transaction():
        step(batch_id, **more)
    flash(said)
    return _back(batch_id)


def show_telling(batch: Batch, telling: moves.Telling, button: str, is_end: bool = False):
    """Who will be told and what they will read; what was sent is sent again with a yes."""
    subject, body = "", ""
    if telling.kind:
        subject, body = fill(telling.kind, dict(telling.payload), batch.office_id)
    skipped = ("csrf_token", "confirmed")
    return render_template(
        "registration/confirm_telling.html",
        batch=batch,
        telling=telling,
        subject=subject,
        body=body,
        button=button,
        is_end=is_end,
        fields=[(k, v) for k, v in request.form.items(multi=True) if k not in skipped],
    )


@bp.route("/batches/<int:batch_id>/door-duties", methods=["GET", "POST"])
@guard("batch.edit")
def door_duties(batch_id):
    """Who may take presence at the door, day by day."""
    batch = policy.load(Batch, batch_id)
    today = clock.local_day(utc_now(), batch.time_zone)
    staff = lists.door_staff(batch.office_id, today)
    there = lists.door_duties(batch.id)
    if request.method == "POST":
        known = {user.id for user in staff} | {duty.user_id for duty in there}
        pairs = {
            f"{ident}.{day.isoformat()}": (ident, day) for ident in known for day in batch.days
        }
        chosen = set(request.form.getlist("duty"))
        if not chosen <= set(pairs):
            raise RuleViolation(_("Petugas atau harinya sudah berubah. Pilih lagi."))
        wanted = {pairs[value] for value in chosen}
        with transaction():
            service.assign_door(batch_id, wanted)
        flash(_("Petugas pintu disimpan."))
        return _back(batch_id)
    return render_template(
        "training/door_duties.html",
        batch=batch,
        staff=staff,
        given={(duty.user_id, duty.duty_on) for duty in there},
    )


def _back(batch_id: int):
    db.session.rollback()
    return redirect(url_for("training.show_batch", batch_id=batch_id), code=303)
