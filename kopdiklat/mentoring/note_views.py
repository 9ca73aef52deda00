"""Writing and correcting the note of a visit, and the photos that go ahead of it."""

import io
from uuid import uuid4

from flask import flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Officer
from kopdiklat.cooperatives.queries import serving_officers
from kopdiklat.core import clock, files, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.files import StoredFile
from kopdiklat.core.images import MAX_UPLOAD, PhotoRefused
from kopdiklat.core.text import N_
from kopdiklat.mentoring import assignment_queries, follow_up_queries, photos, rules, visit_queries
from kopdiklat.mentoring.blueprint import bp, position_word
from kopdiklat.mentoring.forms import AgreementRow, NoteForm, PersonRow
from kopdiklat.mentoring.models import MentoringVisit, VisitNote
from kopdiklat.mentoring.note_rules import MetPerson, NotBegun, NoteConflict, NotePhoto
from kopdiklat.mentoring.notes import record_note
from kopdiklat.policy import guard


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
    notes = visit_queries.notes_of(visit.id)
    last = notes[-1] if notes else None
    officers = serving_officers(visit.cooperative_id, visit.day)
    earlier = follow_up_queries.open_follow_ups(visit.cooperative_id, but_of_visit=visit.id)
    form = form or _fresh_note_form(visit, last, earlier, officers)
    owners = [f"{o.person.full_name}, {position_word(o.position)}" for o in officers]
    owners.append(f"{visit.mentor.name}, {_('Pendamping')}")
    form.offer([(o.id, o.person.full_name) for o in officers], owners)
    status = None
    if request.method == "POST" and _is_valid(form):
        try:
            number = _record(form, visit, officers)
        except NotBegun as refusal:
            form.refuse_at("starts", refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
            status = refusal.status
            if isinstance(refusal, NoteConflict):
                _offer_correction(form, visit)
        else:
            flash(_("Catatan terkirim. Nomor %(number)s.", number=number))
            return redirect(url_for("mentoring.show_visit", visit_id=visit_id), code=303)
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
    ), status or form.status


def _record(form: NoteForm, visit: MentoringVisit, officers: list[Officer]) -> str:
    """Keep the note of a valid form; its number."""
    met = {o.id: MetPerson(o.person.full_name, position_word(o.position)) for o in officers}
    content = form.content(visit, met, _kept_photos(form, visit.id))
    with transaction():
        return record_note(
            visit,
            content,
            note_uuid=form.note_uuid.data,
            writer=db.session.get_one(User, current_user.id),
            base_version=form.base_version.data or 0,
            correction_reason=form.correction_reason.data or "",
            now=utc_now(),
        ).number


def _why_not_now(visit: MentoringVisit) -> RuleViolation | None:
    """Why no note may be written of this visit at all, before anything is typed."""
    try:
        rules.next_visit_state(visit.state, "correct" if visit.state == "held" else "hold")
        today = clock.local_day(utc_now(), visit.time_zone)
        if request.method == "GET":
            held = assignment_queries.periods(visit.mentor_id, [visit.cooperative_id])
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
    """Store what came with the form itself, so that it survives an error elsewhere."""
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
    notes = visit_queries.notes_of(visit.id)
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
    photo = visit_queries.find_photo(photo_id)
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
