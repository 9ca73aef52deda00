"""The mentor's visits and notes, and the follow-ups of everyone."""

import io
from datetime import date, timedelta
from uuid import uuid4

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.cooperatives.rules import POSITION_LABELS
from kopdiklat.core import clock, exports, files, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.files import StoredFile
from kopdiklat.core.images import MAX_UPLOAD, PhotoRefused
from kopdiklat.core.paging import paginate
from kopdiklat.core.text import N_
from kopdiklat.mentoring import photos, queries, rules, service
from kopdiklat.mentoring.forms import (
    AgreementRow,
    ClosureForm,
    DueForm,
    NoteForm,
    PersonRow,
    PlanForm,
    PostponeForm,
    ReasonForm,
)
from kopdiklat.mentoring.models import FollowUp, MentoringVisit, VisitNote
from kopdiklat.mentoring.rules import MetPerson, NotePhoto
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("mentoring", __name__)

FOLLOW_UP_STATES = ("open", "late", "done")


@bp.url_value_preprocessor
def allow_photos(endpoint, values):
    """Room for five photos as a camera makes them; set before the form is read for its token."""
    if endpoint == "mentoring.write_note":
        request.max_content_length = rules.MAX_PHOTOS * MAX_UPLOAD + 2_000_000
    elif endpoint == "mentoring.add_photo":
        request.max_content_length = MAX_UPLOAD + 1_000_000


@bp.app_context_processor
def words():
    return {"position_word": position_word, "mode_labels": rules.MODE_LABELS}


def position_word(position: str | None) -> str:
    """A position in words, whether it was kept as a code or as typed."""
    return _(POSITION_LABELS[position]) if position in POSITION_LABELS else position or ""


# -- visits -----------------------------------------------------------------------------------------


@bp.get("/visits")
@guard("visit.see")
def visits():
    shown = request.args.get("show", "upcoming")
    where = policy.visible(MentoringVisit, "visit.see")
    if policy.can(current_user, "visit.write"):  # a mentor's own list, whatever else they may see
        where = where & (MentoringVisit.mentor_id == current_user.id)
    select = queries.done_visits(where) if shown == "done" else queries.upcoming_visits(where)
    page = paginate(select, request.args.get("page", 1, int))
    return render_template(
        "mentoring/visits.html",
        page=page,
        pages=page.addresses(lambda page: url_for("mentoring.visits", show=shown, page=page)),
        shown=shown,
        now=utc_now(),
    )


@bp.route("/visits/new", methods=["GET", "POST"])
@guard("visit.plan")
def plan_visit():
    mentor = _mentor_to_plan_for(request.values.get("mentor", type=int))
    if mentor is None:
        return redirect(url_for("mentoring.index"))
    cooperatives = queries.assigned_cooperatives(mentor.id, current_user.today)
    cooperatives = [c for c in cooperatives if policy.can(current_user, "visit.plan", c)]
    form = PlanForm()
    form.cooperative_id.choices = [(c.id, c.name) for c in cooperatives]
    if request.method == "GET":
        form.cooperative_id.data = request.args.get("cooperative", type=int)
        form.time_zone.data = _zone_of(mentor)
    if cooperatives and form.validate_on_submit():
        cooperative = policy.load(Cooperative, form.cooperative_id.data)
        try:
            with transaction():
                visit_id = service.plan_visit(
                    mentor,
                    cooperative,
                    *form.moments(),
                    time_zone=form.time_zone.data,
                    mode=form.mode.data,
                    purpose=form.purpose.data,
                    now=utc_now(),
                ).id
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Kunjungan dijadwalkan."))
            return redirect(url_for("mentoring.show_visit", visit_id=visit_id), code=303)
    return render_template(
        "mentoring/plan.html", form=form, mentor=mentor, cooperatives=cooperatives
    ), form.status


def _mentor_to_plan_for(mentor_id: int | None) -> User | None:
    """The mentor named, as far as the user may plan for that one; else the user, when a mentor."""
    own = policy.can(current_user, "visit.write")
    if own and mentor_id in (None, current_user.id):
        return db.session.get_one(User, current_user.id)
    if mentor_id is None:
        return None
    mentor = queries.find_mentor(
        mentor_id, queries.at_offices(policy.visible(Office, "visit.plan"))
    )
    if mentor is None:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    return mentor


def _zone_of(user: User) -> str:
    return next((m.office.time_zone for m in user.memberships if m.office), "WIB")


@bp.get("/visits/<int:visit_id>")
@guard("visit.see")
def show_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    notes = queries.notes_of(visit.id)
    chosen = request.args.get("version", type=int)
    note = next((n for n in notes if n.version == chosen), notes[-1] if notes else None)
    return render_template(
        "mentoring/visit.html",
        visit=visit,
        note=note,
        notes=notes,
        follow_ups=queries.follow_ups_of_visit(visit.id),
        outcome_days=_outcome_days(note),
        earlier=[] if note else queries.open_follow_ups(visit.cooperative_id),
        issue_areas=rules.ISSUE_AREAS,
        own=visit.mentor_id == current_user.id,
        now=utc_now(),
        today=current_user.today,
    )


def _outcome_days(note: VisitNote | None) -> dict[int, date]:
    """The new due days that a note gave to earlier follow-ups."""
    outcomes = note.outcomes if note else []
    return {o["follow_up_id"]: date.fromisoformat(o["due_on"]) for o in outcomes if o["due_on"]}


@bp.get("/visits/<int:visit_id>/advice-entry")
@guard("visit.see")
def print_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    notes = queries.notes_of(visit.id)
    if not notes:
        raise NotFound(N_("Kunjungan ini belum punya catatan."))
    return render_template(
        "mentoring/advice_entry.html",
        visit=visit,
        note=notes[-1],
        office=db.session.get_one(Office, visit.office_id),
        follow_ups=queries.follow_ups_of_visit(visit.id),
        issue_areas=rules.ISSUE_AREAS,
    )


@bp.route("/visits/<int:visit_id>/postponement", methods=["GET", "POST"])
@guard("visit.plan")
def postpone_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    form = PostponeForm()
    if request.method == "GET":
        form.starts.data = clock.local(visit.starts_at, visit.time_zone).time()
        form.ends.data = clock.local(visit.ends_at, visit.time_zone).time()
    if form.validate_on_submit():
        try:
            with transaction():
                service.postpone_visit(
                    visit, *form.moments(visit.time_zone), form.reason.data, now=utc_now()
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Kunjungan dipindahkan."))
            return redirect(url_for("mentoring.show_visit", visit_id=visit_id), code=303)
    return render_template("mentoring/postpone.html", form=form, visit=visit), form.status


@bp.route("/visits/<int:visit_id>/cancellation", methods=["GET", "POST"])
@guard("visit.plan")
def cancel_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                service.cancel_visit(visit, form.reason.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Kunjungan dibatalkan."))
            return redirect(url_for("mentoring.show_visit", visit_id=visit_id), code=303)
    return render_template("mentoring/cancel.html", form=form, visit=visit), form.status


# -- notes ------------------------------------------------------------------------------------------


@bp.route("/visits/<int:visit_id>/note", methods=["GET", "POST"])
@guard("visit.write")
def write_note(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    if refusal := _why_not_now(visit):
        flash(str(refusal), "error")
        return redirect(url_for("mentoring.show_visit", visit_id=visit_id))
    form = NoteForm() if request.method == "POST" else None
    if form is not None:
        _take_uploads(form, visit_id)
    notes = queries.notes_of(visit.id)
    last = notes[-1] if notes else None
    officers = queries.officers_of(visit.cooperative_id, visit.day)
    earlier = queries.open_follow_ups(visit.cooperative_id, but_of_visit=visit.id)
    form = form or _fresh_note_form(visit, last, earlier, officers)
    owners = [f"{o.person.full_name}, {position_word(o.position)}" for o in officers]
    owners.append(f"{visit.mentor.name}, {_('Pendamping')}")
    form.offer([(o.id, o.person.full_name) for o in officers], owners)
    status = 200
    if request.method == "POST":
        kept = _kept_photos(form, visit.id)
        if _is_valid(form):
            met = {o.id: MetPerson(o.person.full_name, position_word(o.position)) for o in officers}
            try:
                with transaction():
                    note = service.record_note(
                        visit,
                        form.content(visit, met, kept),
                        note_uuid=form.note_uuid.data,
                        writer=db.session.get_one(User, current_user.id),
                        base_version=form.base_version.data or 0,
                        correction_reason=form.correction_reason.data or "",
                        now=utc_now(),
                    )
                    number = note.number
            except RuleViolation as refusal:
                form.refuse(refusal)
                status = refusal.status
                if isinstance(refusal, rules.NoteConflict):
                    _offer_correction(form, visit)
            else:
                flash(_("Catatan terkirim. Nomor %(number)s.", number=number))
                return redirect(url_for("mentoring.show_visit", visit_id=visit_id), code=303)
        status = status if status != 200 else form.status
    return render_template(
        "mentoring/note.html",
        form=form,
        visit=visit,
        last=last,
        positions={o.id: position_word(o.position) for o in officers},
        earlier={f.id: f for f in earlier},
        days_late={f.id: rules.days_late(f.due_on, None, current_user.today) for f in earlier},
        next_version=(form.base_version.data or 0) + 1,
        blank_people=PersonRow(prefix="people-__n__-"),
        blank_agreement=_blank_agreement(form),
        kept=_shown_photos(form, visit.id),
        today=current_user.today,
        quick_days=_quick_days(form.held_on.data or visit.day),
    ), status


def _why_not_now(visit: MentoringVisit) -> RuleViolation | None:
    """Why no note may be written of this visit at all, before anything is typed."""
    try:
        rules.next_visit_state(visit.state, "correct" if visit.state == "held" else "hold")
        today = clock.local_day(utc_now(), visit.time_zone)
        if request.method == "GET":
            held = queries.periods(visit.mentor_id, [visit.cooperative_id])
            rules.check_assigned(min(visit.day, today), held.get(visit.cooperative_id, ()))
    except RuleViolation as refusal:
        return refusal
    return None


def _blank_agreement(form: NoteForm) -> AgreementRow:
    """The row that the script adds, with the same people to choose from."""
    row = AgreementRow(prefix="agreements-__n__-")
    row.owner.choices = form.agreements[0].form.owner.choices
    return row


def _quick_days(day):
    return {choice: day + length for choice, length in rules.QUICK_DATES.items()}


def _fresh_note_form(visit: MentoringVisit, last: VisitNote | None, earlier, officers) -> NoteForm:
    today = clock.local_day(utc_now(), visit.time_zone)
    return NoteForm(
        note_uuid=str(uuid4()),
        base_version=last.version if last else 0,
        held_on=min(visit.day, today) if last is None else visit.day,
        starts=clock.local(visit.starts_at, visit.time_zone).time(),
        ends=clock.local(visit.ends_at, visit.time_zone).time(),
        outcomes=[{"follow_up_id": f.id} for f in earlier],
        **_written(visit, last, officers),
    )


def _written(visit: MentoringVisit, last: VisitNote | None, officers) -> dict:
    """What a correction starts from; whom the office knows is ticked, not typed again."""
    if last is None:
        return {"met_officers": []}
    known = {(o.person.full_name, position_word(o.position)): o.id for o in officers}
    met = [(p["name"], position_word(p["position"])) for p in last.met_people]
    return {
        "met_officers": [known[one] for one in met if one in known],
        "people": [{"name": n, "position": p} for n, p in met if (n, p) not in known] or [{}],
        "issue_areas": last.issue_areas,
        "condition": last.condition,
        "problem": last.problem,
        "advice": last.advice,
        "photo_consent": last.photo_consent,
        "photos": [
            {"token": photos.sign(photos.of_note(p), visit.id), "caption": p.caption}
            for p in last.photos
        ],
    }


def _is_valid(form: NoteForm) -> bool:
    """As `validate`, keeping what was said of the uploads."""
    refused = form.files.errors
    valid = form.validate()
    form.files.errors = (*form.files.errors, *refused)
    return valid and not refused


def _take_uploads(form: NoteForm, visit_id: int) -> None:
    """Store what came with the form itself, so that it survives an error elsewhere.

    Ends the reading transaction: none stays open while photos are made small.
    """
    db.session.rollback()
    refused = []
    for upload in request.files.getlist(form.files.name):
        if not upload.filename:
            continue
        try:
            token = photos.take(upload.stream.read(MAX_UPLOAD + 1), visit_id)
        except PhotoRefused as refusal:
            refused.append(f"{upload.filename}: {refusal}")
        else:
            form.photos.append_entry({"token": token})
    form.files.errors = tuple(refused)


def _kept_photos(form: NoteForm, visit_id: int) -> list[NotePhoto]:
    """The photos of the form that are not marked for removal, each once."""
    kept: dict[str, NotePhoto] = {}
    for row in (entry.form for entry in form.photos):
        photo = photos.open_token(row.token.data, visit_id, row.caption.data or "")
        if photo is not None and not row.remove.data:
            kept.setdefault(photo.sha256, photo)
    return list(kept.values())


def _shown_photos(form: NoteForm, visit_id: int) -> list:
    """(row, photo) of what can still be shown; a token that is too old leaves the page."""
    opened = (
        (entry.form, photos.open_token(entry.form.token.data, visit_id)) for entry in form.photos
    )
    return [(row, photo) for row, photo in opened if photo is not None]


def _offer_correction(form: NoteForm, visit: MentoringVisit) -> None:
    """What was typed may become the next version: a new id, on top of what is there now."""
    notes = queries.notes_of(visit.id)
    form.note_uuid.data = str(uuid4())
    form.note_uuid.raw_data = [form.note_uuid.data]
    form.base_version.data = notes[-1].version if notes else 0
    form.base_version.raw_data = None


@bp.post("/visits/<int:visit_id>/photos")
@guard("visit.write")
def add_photo(visit_id):
    """One photo ahead of its note; answers with the token that the note carries."""
    policy.load(MentoringVisit, visit_id)
    upload = request.files.get("photo")
    if upload is None:
        return jsonify(error=_("Pilih satu foto.")), 422
    db.session.rollback()  # no reading transaction stays open while the photo is made small
    try:
        token = photos.take(upload.stream.read(MAX_UPLOAD + 1), visit_id)
    except PhotoRefused as refusal:
        return jsonify(error=str(refusal)), refusal.status
    photo = photos.open_token(token, visit_id)
    return jsonify(
        token=token,
        url=url_for("mentoring.show_unsent_photo", visit_id=visit_id, token=token),
        size=formats.file_size(photo.size) if photo else "",
    ), 201


@bp.get("/visits/<int:visit_id>/photos/<token>")
@guard("visit.write")
def show_unsent_photo(visit_id, token):
    visit = policy.load(MentoringVisit, visit_id)
    photo = photos.open_token(token, visit.id)
    if photo is None:
        raise NotFound(N_("Foto ini tidak ada."))
    return _send_jpeg(photo.sha256)


@bp.get("/visit-photos/<int:photo_id>")
@guard("visit.see")
def show_photo(photo_id):
    photo = queries.find_photo(photo_id)
    if photo is None:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    policy.load(MentoringVisit, photo.note.visit_id)
    return _send_jpeg(photo.file.sha256)


def _send_jpeg(sha256: str):
    """Private: kept by no shared cache, and asked for again on each view."""
    try:
        content = files.read(StoredFile(sha256=sha256))
    except FileNotFoundError:
        raise NotFound(N_("Foto ini tidak ada.")) from None
    answer = send_file(io.BytesIO(content), mimetype="image/jpeg", etag=sha256)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


# -- follow-ups -------------------------------------------------------------------------------------


@bp.get("/follow-ups")
@guard("follow_up.see")
def follow_ups():
    state, search, mentor_id = _follow_up_filter()
    where = policy.visible(FollowUp, "follow_up.see")
    select = queries.follow_ups(
        where, state=state, today=current_user.today, search=search, mentor_id=mentor_id
    )
    page = paginate(select, request.args.get("page", 1, int))
    mentors = _mentors_to_filter()

    def address(**changes) -> str:
        values = {"state": state, "text": search, "mentor": mentor_id} | changes
        return url_for("mentoring.follow_ups", **{k: v for k, v in values.items() if v})

    return render_template(
        "mentoring/follow_ups.html",
        page=page,
        address=address,
        pages=page.addresses(address),
        counts=queries.count_follow_ups(where, current_user.today),
        state=state,
        search=search,
        mentor_id=mentor_id,
        mentor_options=[(mentor.id, mentor.name) for mentor in mentors],
        today=current_user.today,
    )


def _follow_up_filter():
    state = request.args.get("state", "open")
    return (
        state if state in FOLLOW_UP_STATES else "open",
        request.args.get("text", "").strip()[:80],
        request.args.get("mentor", type=int),
    )


def _mentors_to_filter() -> list[User]:
    if not policy.can(current_user, "mentoring.see"):
        return []
    offices = queries.at_offices(policy.visible(Office, "mentoring.see"))
    return queries.mentors(offices, current_user.today)


@bp.get("/follow-ups/export")
@guard("follow_up.see")
def export_follow_ups():
    state, search, mentor_id = _follow_up_filter()
    select = queries.follow_ups(
        policy.visible(FollowUp, "follow_up.see"),
        state=state,
        today=current_user.today,
        search=search,
        mentor_id=mentor_id,
    )
    columns = [
        exports.ExportColumn(_("Koperasi")),
        exports.ExportColumn(_("Tindak lanjut")),
        exports.ExportColumn(_("Oleh")),
        exports.ExportColumn(_("Disepakati"), "date"),
        exports.ExportColumn(_("Tenggat"), "date"),
        exports.ExportColumn(_("Lewat (hari)"), "whole"),
        exports.ExportColumn(_("Selesai"), "date"),
        exports.ExportColumn(_("Hasil")),
        exports.ExportColumn(_("Pendamping")),
    ]
    rows = [
        (
            f.cooperative.name,
            f.what,
            f.owner_name,
            f.agreed_on,
            f.due_on,
            rules.days_late(f.due_on, f.closed_on, current_user.today),
            f.closed_on,
            f.result,
            f.visit.mentor.name if f.visit else "",
        )
        for f in db.session.scalars(select.limit(20_000))
    ]
    title = _("Tindak lanjut")
    subtitle = _("Keadaan %(day)s", day=formats.day(current_user.today, "long"))
    book = exports.workbook_bytes(title, columns, rows, subtitle=subtitle)
    return send_file(
        io.BytesIO(book),
        mimetype=exports.XLSX_TYPE,
        as_attachment=True,
        download_name=f"tindak-lanjut-{current_user.today:%Y-%m-%d}.xlsx",
    )


@bp.get("/follow-ups/<int:follow_up_id>")
@guard("follow_up.see")
def show_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    return render_template(
        "mentoring/follow_up.html",
        follow_up=follow_up,
        history=_history(follow_up),
        zone=_zone_of(current_user),
        own=policy.can(current_user, "visit.write"),
        today=current_user.today,
    )


def _history(follow_up: FollowUp) -> list[dict]:
    """The trail of a follow-up as sentences: agreed, moved, closed, opened again."""
    told = []
    for entry in queries.history_of(follow_up):
        before, after = entry.before or {}, entry.after or {}
        if entry.action == "insert":
            what = _("Disepakati, tenggat %(day)s", day=_day_words(after.get("due_on")))
        elif after.get("closed_on"):
            what = _("Ditutup %(day)s", day=_day_words(after["closed_on"]))
        elif before.get("closed_on"):
            what = _("Dibuka kembali; hasil semula: %(result)s", result=before.get("result"))
        elif "due_on" in after:
            what = _(
                "Tenggat dipindah dari %(old)s ke %(new)s",
                old=_day_words(before.get("due_on")),
                new=_day_words(after["due_on"]),
            )
        else:
            continue
        told.append({"what": what, "at": entry.at, "by": entry.actor, "reason": entry.reason})
    return told


def _day_words(iso: str | None) -> str:
    return formats.day(date.fromisoformat(iso)) if iso else "–"


@bp.route("/follow-ups/<int:follow_up_id>/closure", methods=["GET", "POST"])
@guard("follow_up.close")
def close_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    form = ClosureForm()
    if request.method == "GET":
        form.closed_on.data = current_user.today
        if follow_up.closed_on:
            return redirect(url_for("mentoring.show_follow_up", follow_up_id=follow_up_id))
    if form.validate_on_submit():
        try:
            with transaction():
                service.close_follow_up(
                    follow_up,
                    form.result.data,
                    form.closed_on.day,
                    closer=db.session.get_one(User, current_user.id),
                    today=current_user.today,
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Tindak lanjut ditutup."))
            return redirect(
                url_for("mentoring.show_follow_up", follow_up_id=follow_up_id), code=303
            )
    return _follow_up_form("closure", form, follow_up)


@bp.route("/follow-ups/<int:follow_up_id>/reopening", methods=["GET", "POST"])
@guard("follow_up.close")
def reopen_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                service.reopen_follow_up(follow_up, form.reason.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Tindak lanjut dibuka kembali."))
            return redirect(
                url_for("mentoring.show_follow_up", follow_up_id=follow_up_id), code=303
            )
    return _follow_up_form("reopening", form, follow_up)


@bp.route("/follow-ups/<int:follow_up_id>/postponement", methods=["GET", "POST"])
@guard("follow_up.close")
def postpone_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    form = DueForm()
    if request.method == "GET":
        form.due_on.data = max(follow_up.due_on, current_user.today) + timedelta(weeks=1)
    if form.validate_on_submit():
        try:
            with transaction():
                service.postpone_follow_up(follow_up, form.due_on.day, form.reason.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Tenggat dipindahkan."))
            return redirect(
                url_for("mentoring.show_follow_up", follow_up_id=follow_up_id), code=303
            )
    return _follow_up_form("postponement", form, follow_up)


def _follow_up_form(step: str, form, follow_up: FollowUp):
    page = render_template(
        "mentoring/follow_up_form.html",
        step=step,
        form=form,
        follow_up=follow_up,
        today=current_user.today,
    )
    return page, form.status
