"""The board, and the one verb behind its mouse, its keys and its plain form."""

from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import HiddenField

from kopdiklat import policy
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, DayField, Required
from kopdiklat.core.parsing import read_date
from kopdiklat.dashboard import board, place
from kopdiklat.dashboard.calendar_views import bp, own_calendar
from kopdiklat.messages.letters import fill
from kopdiklat.policy import guard
from kopdiklat.registration import session_moves
from kopdiklat.registration.session_moves import Effect, MovePaused
from kopdiklat.training import fields
from kopdiklat.training.clash_words import told_of
from kopdiklat.training.models import TrainingSession
from kopdiklat.training.queries import with_presence
from kopdiklat.training.session_moves import Move, MovedMeanwhile


class MoveForm(BaseForm):
    """Where to. `seen` is when the session began as the page showed it."""

    day = DayField(_l("Hari"), validators=[Required(_l("Pilih harinya."))])
    hour = fields.hour(_l("Jam mulai"), Required(_l("Isi jam mulainya, contoh 08.30.")))
    reason = fields.text(_l("Alasan tetap memakai waktu ini"), 300)
    seen = HiddenField()

    def shows(self, session: TrainingSession) -> "MoveForm":
        """As the session stands now."""
        begins = clock.local(session.starts_at, session.time_zone)
        fields.put(self.day, begins.date())
        fields.put(self.hour, begins.time())
        return self.has_seen(session)

    def has_seen(self, session: TrainingSession) -> "MoveForm":
        fields.put(self.seen, session.starts_at.isoformat())
        return self

    def move(self, session: TrainingSession) -> Move:
        starts_at = clock.moment(self.day.day, self.hour.data, session.time_zone)
        seen = _moment(self.seen.data) or session.starts_at
        return Move(session.id, starts_at, seen, self.reason.data or None)


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


@bp.get("/calendar/board")
@guard("batch.edit")
def board_page():
    """A week of sessions; `moved` and `was` offer to put the last one back."""
    now, zone = utc_now(), place.zone()
    today = clock.local_day(now, zone)
    monday = board.monday_of(_day("day") or today)
    week = board.week_of(current_user, monday, now, zone, own_calendar())
    return render_template(
        "calendar/board.html",
        week=week,
        monday=monday,
        today=today,
        zone=zone,
        previous_week=monday - 7 * board.A_DAY,
        next_week=monday + 7 * board.A_DAY,
        span=formats.day_range(monday, monday + 6 * board.A_DAY, "long"),
        undo=_undo(now),
    )


def _day(name: str) -> date | None:
    try:
        return read_date(request.args.get(name))
    except RuleViolation:
        return None


def _undo(now: datetime) -> dict | None:
    """What puts the session back that was just moved; nothing when it cannot go back any more."""
    ident, was = request.args.get("moved", type=int), _moment(request.args.get("was"))
    session = db.session.get(TrainingSession, ident) if ident and was else None
    if session is None or was is None or not policy.can(current_user, "batch.edit", session):
        return None
    if was <= now or was == session.starts_at or board.why_it_stays(session, False, now):
        return None
    begins = clock.local(was, session.time_zone)
    return {
        "topic": session.topic,
        "where": board.described(session),
        "back": f"{formats.day(begins.date(), 'full')}, {formats.hour(was, session.time_zone)}",
        "url": url_for("calendar.move_session", training_session_id=session.id),
        "fields": {
            "day": begins.date().isoformat(),
            "hour": f"{begins:%H.%M}",
            "seen": session.starts_at.isoformat(),
            "undo": "y",
        },
    }


@bp.route("/training-sessions/<int:training_session_id>/move", methods=["GET", "POST"])
@guard("batch.edit")
def move_session(training_session_id):
    """Where to, or what it would do, or done. All that moves a session on the board ends here."""
    session = policy.load(TrainingSession, training_session_id)
    now = utc_now()
    form = MoveForm()
    if request.method == "GET":
        return _form_page(form.shows(session), session, now)
    if not form.validate():
        return _form_page(form, session, now)
    move, was = form.move(session), session.starts_at
    try:
        with transaction():
            effect = session_moves.move(move, now=now, confirmed="confirmed" in request.form)
    except MovePaused as pause:
        return _check_page(form, session, pause.effect)
    except MovedMeanwhile as refusal:
        form.refuse(refusal)
        return _form_page(form.has_seen(_again(session)), session, now)
    except RuleViolation as refusal:
        form.refuse(refusal)
        return _form_page(form, _again(session), now)
    return _done(_again(session), effect, was)


def _again(session: TrainingSession) -> TrainingSession:
    return db.session.get_one(TrainingSession, session.id)


def _form_page(form: MoveForm, session: TrainingSession, now: datetime):
    has_presence = session.id in with_presence(session.batch_id)
    page = render_template(
        "calendar/move.html",
        form=form,
        session=session,
        batch=session.batch,
        where=board.described(session),
        stays=board.why_it_stays(session, has_presence, now),
        minutes=int((session.ends_at - session.starts_at).total_seconds()) // 60,
        board_url=_board_url(session.day),
    )
    return page, form.status


def _check_page(form: MoveForm, session: TrainingSession, effect: Effect):
    """Clashes, closed days, and who will read what: before anything goes."""
    session = _again(session)
    told = effect.told
    subject, body = (
        fill(told.kind, dict(told.payload), session.batch.office_id)
        if told and told.kind
        else ("", "")
    )
    day = clock.local_day(effect.starts_at, session.time_zone)
    hours = formats.hours(effect.starts_at, effect.ends_at, session.time_zone)
    page = render_template(
        "calendar/move_check.html",
        form=form,
        session=session,
        batch=session.batch,
        effect=effect,
        clashes=[told_of(clash)[0] for clash in effect.clashes],
        closed=_closed_words(effect),
        old=board.described(session),
        new=f"{formats.day(day, 'full')}, {hours}",
        subject=subject,
        body=body,
        board_url=_board_url(day),
        asks_reason="confirmed" in request.form and effect.clashes and not form.reason.data,
    )
    return page, 422 if effect.clashes else 200


def _closed_words(effect: Effect) -> str:
    if isinstance(effect.closed, str) and effect.closed:
        return _("Hari itu libur: %(name)s.", name=effect.closed)
    return _("Kantor tidak buka pada hari itu.") if effect.closed else ""


def _board_url(day: date, **more) -> str:
    return url_for("calendar.board_page", day=day.isoformat(), **more)


def _done(session: TrainingSession, effect: Effect, was: datetime):
    """Back on the board, with the way back while nobody was told."""
    if effect.told:
        flash(
            _(
                "Sesi dipindahkan ke %(where)s. %(count)s orang diberi tahu.",
                where=board.described(session),
                count=effect.told.people,
            )
        )
    elif "undo" in request.form:
        flash(_("Sesi kembali ke %(where)s.", where=board.described(session)))
    if effect.guards:
        flash(
            _(
                "Petugas pintu masih tercatat pada hari yang ditinggalkan: %(names)s. Atur lagi di"
                " halaman angkatan.",
                names=", ".join(effect.guards),
            ),
            "info",
        )
    if closed := _closed_words(effect):
        flash(closed, "info")
    offers_undo = effect.can_be_undone and "undo" not in request.form and was != session.starts_at
    more = {"moved": session.id, "was": was.isoformat()} if offers_undo else {}
    return redirect(_board_url(session.day, **more), code=303)
