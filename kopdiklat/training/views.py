"""Courses, trainers and venues, and a new batch on one screen. Pages that count seats stand in
registration."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.paging import paginate
from kopdiklat.core.parsing import read_date
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.training import queries, rules, service
from kopdiklat.training.batch_form import (
    BLANK,
    COURSE,
    BatchForm,
    blank_batch_data,
    data_from_batch,
    data_from_course,
)
from kopdiklat.training.batch_screen import Screen, calendar_of, offers_of
from kopdiklat.training.clashes import ClashUndecided
from kopdiklat.training.forms import CourseForm, TrainerForm, VenueForm
from kopdiklat.training.models import Course, Programme, Trainer, Venue

bp = Blueprint("training", __name__)


# -- courses ---------------------------------------------------------------------------------------


@bp.get("/courses")
@guard("course.see")
def courses():
    shown = queries.courses(policy.visible(Course, "course.see"))
    return render_template("training/courses.html", courses=shown, labels=rules.ACTIVITY_LABELS)


@bp.route("/courses/new", methods=["GET", "POST"])
@guard("course.edit")
def new_course():
    course = Course(office_id=policy.office_for("course.edit"), created_at=utc_now())
    return _save_course(course, _("Mata latih dibuat."))


@bp.route("/courses/<int:course_id>/edit", methods=["GET", "POST"])
@guard("course.edit")
def edit_course(course_id):
    policy.load(Course, course_id)
    return _save_course(queries.course_with_pattern(course_id), _("Mata latih disimpan."))


def _save_course(course: Course, message: str):
    """What the buttons of the timetable say is done on the page; *Simpan* saves."""
    form = CourseForm()
    office = db.session.get_one(Office, course.office_id)
    pressed = request.form.get("do")
    if request.method == "GET":
        form.show(course)
    elif pressed:
        form.act(pressed)
        form.fit_days()
    elif form.validate():
        try:
            with transaction():
                service.save_course(course, form.values)
                service.save_pattern(course, form.blocks)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(message)
            return redirect(url_for("training.courses"), code=303)
    page = render_template(
        "training/course_form.html",
        form=form,
        course=course,
        lines=form.lines(office.minutes_per_lesson_hour),
        totals=form.totals(office.minutes_per_lesson_hour),
        trainers=queries.trainer_choices(office.id),
    )
    return page, 200 if pressed else form.status


# -- trainers and venues ---------------------------------------------------------------------------


@bp.get("/trainers")
@guard("trainer.see")
def trainers():
    found = queries.trainers(policy.visible(Trainer, "trainer.see"))
    page = paginate(found, request.args.get("page", 1, type=int), scalars=False)
    return render_template("training/trainers.html", page=page)


@bp.route("/trainers/new", methods=["GET", "POST"])
@guard("trainer.edit")
def new_trainer():
    trainer = Trainer(office_id=policy.office_for("trainer.edit"))
    return _save_trainer(trainer, TrainerForm(), _("Pemateri dibuat."))


@bp.route("/trainers/<int:trainer_id>/edit", methods=["GET", "POST"])
@guard("trainer.edit")
def edit_trainer(trainer_id):
    trainer = policy.load(Trainer, trainer_id)
    return _save_trainer(trainer, TrainerForm(obj=trainer), _("Pemateri disimpan."))


def _save_trainer(trainer: Trainer, form: TrainerForm, message: str):
    form.offer(queries.accounts_of(trainer.office_id, trainer.user_id))
    if form.validate_on_submit():
        try:
            with transaction():
                service.save_trainer(trainer, form.values, now=utc_now())
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(message)
            return redirect(url_for("training.trainers"), code=303)
    page = render_template("training/trainer_form.html", form=form.show_phone(), trainer=trainer)
    return page, form.status


@bp.get("/venues")
@guard("venue.see")
def venues():
    found = queries.venues(policy.visible(Venue, "venue.see"))
    page = paginate(found, request.args.get("page", 1, type=int), scalars=False)
    return render_template("training/venues.html", page=page)


@bp.route("/venues/new", methods=["GET", "POST"])
@guard("venue.edit")
def new_venue():
    office = db.session.get_one(Office, policy.office_for("venue.edit"))
    venue = Venue(office_id=office.id)
    return _save_venue(venue, VenueForm(data={"time_zone": office.time_zone}), _("Tempat dibuat."))


@bp.route("/venues/<int:venue_id>/edit", methods=["GET", "POST"])
@guard("venue.edit")
def edit_venue(venue_id):
    venue = policy.load(Venue, venue_id)
    return _save_venue(venue, VenueForm(obj=venue), _("Tempat disimpan."))


def _save_venue(venue: Venue, form: VenueForm, message: str):
    if form.validate_on_submit():
        try:
            with transaction():
                service.save_venue(venue, form.values)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(message)
            return redirect(url_for("training.venues"), code=303)
    return render_template("training/venue_form.html", form=form, venue=venue), form.status


# -- a new batch -----------------------------------------------------------------------------------


@bp.route("/programmes/<int:programme_id>/batches/new", methods=["GET", "POST"])
@guard("batch.edit")
def new_batch(programme_id):
    """One screen: the batch left, its timetable right.

    It begins with the last batch of the programme, with `?copy=` an earlier one, or with the
    pattern of a course. Every button but *Simpan* sends the form back changed.
    """
    programme = policy.load(Programme, programme_id)
    office = db.session.get_one(Office, programme.office_id)
    offers = offers_of(office.id)
    if not offers.courses:
        flash(_("Buat mata latih dulu, lalu angkatannya."), "info")
        return redirect(url_for("training.new_course"), code=303)
    form = BatchForm().offer(offers)
    pressed = request.form.get("do")
    if request.method == "GET":
        form, pressed = _begin(programme, offers, *_asked_source(programme, offers)), "begin"
    elif _is_other_source(form):
        form, pressed = _begin_again(form, programme, offers), "begin"
    today = clock.local_day(utc_now(), office.time_zone)
    screen = Screen(form, office, programme, offers, calendar_of(office), today)
    pressed = screen.refresh(pressed)
    if not pressed and form.validate():
        try:
            with transaction():
                values = screen.values | {"seats": form.seats.data}
                batch = service.create_batch(
                    office.id, values, form.rows(screen.zone), now=utc_now()
                )
        except ClashUndecided:
            pressed = "decide"
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Angkatan disimpan sebagai rancangan. Sekarang pilih sasarannya."))
            return redirect(url_for("training.show_batch", batch_id=batch.id), code=303)
    return show_screen(screen, pressed)


def show_screen(screen: Screen, pressed: str | None):
    """The page as the form stands, with its clashes. A save that was not accepted answers 422."""
    screen.look_for_clashes()
    page = render_template(
        "training/batch_form.html",
        screen=screen,
        form=screen.form,
        programme=screen.programme,
        batch=screen.batch,
        trainers=screen.trainers,
        is_refused=pressed == "decide",
    )
    if pressed is None:
        return page, screen.form.status
    return page, 422 if pressed == "decide" else 200


def _asked_source(programme: Programme, offers) -> tuple[str, int]:
    """What the new batch begins with: the batch in the address, the last one here, or a course."""
    asked = request.args.get("copy", "")
    known = {str(batch.id): batch for batch, _day in offers.batches}
    last = known.get(asked) or queries.last_batch_of(programme.id)
    if last is not None:
        return str(last.id), last.course_id
    return COURSE, request.args.get("course", offers.courses[0].id, type=int)


def _is_other_source(form: BatchForm) -> bool:
    """The person chose another beginning, or another course to take the pattern of."""
    source, _space, course = (form.loaded.data or "").partition(" ")
    return form.source.data != source or str(form.course_id.data) != course


def _begin_again(form: BatchForm, programme: Programme, offers) -> BatchForm:
    """A new beginning keeps the first day; another course brings its own pattern."""
    source, _space, course = (form.loaded.data or "").partition(" ")
    wanted = form.source.data or COURSE
    if wanted == source and str(form.course_id.data) != course and source != BLANK:
        wanted = COURSE
    first_day = form.first_day.data
    fresh = _begin(programme, offers, wanted, form.course_id.data or 0)
    fresh.first_day.data = first_day
    return fresh


def _begin(programme: Programme, offers, source: str, course_id: int) -> BatchForm:
    office = db.session.get_one(Office, programme.office_id)
    batch = queries.batch_with_timetable(int(source)) if source.isdecimal() else None
    if batch is not None and batch.office_id == office.id:
        number = queries.next_number(programme.id, batch.course_id)
        data = data_from_batch(batch, programme, number)
    else:
        known = {course.id for course in offers.courses}
        course_id = course_id if course_id in known else offers.courses[0].id
        course = queries.course_with_pattern(course_id)
        make = blank_batch_data if source == BLANK else data_from_course
        number = queries.next_number(programme.id, course_id)
        data = make(course, programme, office, number)
        data["venue_id"] = offers.venues[0].id if offers.venues else None
    data["loaded"] = f"{data['source']} {data['course_id']}"
    data["first_day"] = _first_day()
    return BatchForm(formdata=None, data=data).offer(offers)


def _first_day() -> date | None:
    try:
        return read_date(request.args.get("first_day"))
    except RuleViolation:
        return None
