"""Courses, and a new batch on one screen. Pages that count seats stand in registration."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_date
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.training import queries, rules, service
from kopdiklat.training.forms import BatchForm, CourseForm, copied_batch_data, new_batch_data
from kopdiklat.training.models import Batch, Course, Programme

bp = Blueprint("training", __name__)


@bp.get("/courses")
@guard("course.see")
def courses():
    shown = queries.courses(policy.visible(Course, "course.see"))
    return render_template("training/courses.html", courses=shown, labels=rules.ACTIVITY_LABELS)


@bp.route("/courses/new", methods=["GET", "POST"])
@guard("course.edit")
def new_course():
    course = Course(office_id=policy.office_for("course.edit"), created_at=utc_now())
    return _save_course(course, CourseForm(), _("Mata latih dibuat."))


@bp.route("/courses/<int:course_id>/edit", methods=["GET", "POST"])
@guard("course.edit")
def edit_course(course_id):
    course = policy.load(Course, course_id)
    return _save_course(course, CourseForm(obj=course), _("Mata latih disimpan."))


def _save_course(course: Course, form: CourseForm, message: str):
    if form.validate_on_submit():
        try:
            with transaction():
                service.save_course(course, form.values)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(message)
            return redirect(url_for("training.courses"), code=303)
    return render_template("training/course_form.html", form=form, course=course), form.status


@bp.route("/programmes/<int:programme_id>/batches/new", methods=["GET", "POST"])
@guard("batch.edit")
def new_batch(programme_id):
    """One screen: the batch left, its timetable right. `?copy=` begins from an earlier batch."""
    programme = policy.load(Programme, programme_id)
    office = db.session.get_one(Office, programme.office_id)
    offered = queries.courses(Course.office_id == office.id)
    if not offered:
        flash(_("Buat mata latih dulu, lalu angkatannya."), "info")
        return redirect(url_for("training.new_course"), code=303)
    form = BatchForm(data=_first_data(programme, office, offered)).offer(offered)
    if request.method == "POST" and not press_row_button(form) and form.validate():
        clashes = find_clashes(form, office.id, None)
        if not clashes or form.accept_clash.data:
            try:
                with transaction():
                    values = form.values | {"seats": form.seats.data}
                    batch = service.create_batch(programme, values, form.rows, now=utc_now())
            except RuleViolation as refusal:
                form.refuse(refusal)
            else:
                flash(_("Angkatan disimpan sebagai rancangan. Sekarang pilih sasarannya."))
                return redirect(url_for("training.show_batch", batch_id=batch.id), code=303)
        else:
            return _show_form(form, programme, office, clashes), 422
    return _show_form(form, programme, office, []), form.status


def _first_data(programme: Programme, office: Office, offered: list[Course]) -> dict | None:
    if request.method == "POST":
        return None
    now = utc_now()
    source = db.session.get(Batch, request.args.get("copy", 0, type=int))
    if source is not None and source.office_id == office.id:
        number = queries.next_number(programme.id, source.course_id)
        return copied_batch_data(source, _first_day(), number, now)
    number = queries.next_number(programme.id, offered[0].id)
    return new_batch_data(office, number, now)


def _first_day() -> date | None:
    try:
        return read_date(request.args.get("first_day"))
    except RuleViolation:
        return None


def press_row_button(form: BatchForm) -> bool:
    """Add or remove a line, or only add up again; nothing is saved then."""
    if "add" in request.form:
        form.add_rows()
    elif "remove" in request.form:
        form.remove_row(request.form.get("remove", -1, type=int))
    return bool({"add", "remove", "recount"} & request.form.keys())


def find_clashes(form: BatchForm, office_id: int, batch_id: int | None) -> list[tuple]:
    """(line, session of another batch) where a trainer would be in two rooms at once."""
    rows = [row for row in form.rows if row.trainer_name]
    if not rows:
        return []
    others = queries.clashes(
        office_id,
        {row.trainer_name for row in rows if row.trainer_name},
        min(row.starts_at for row in rows),
        max(row.ends_at for row in rows),
        batch_id,
    )
    return [
        (row, other)
        for row in rows
        for other in others
        if other.trainer_name == row.trainer_name
        and other.starts_at < row.ends_at
        and row.starts_at < other.ends_at
    ]


def _show_form(form: BatchForm, programme: Programme, office: Office, clashes: list):
    return render_template(
        "training/batch_form.html",
        form=form,
        programme=programme,
        batch=None,
        office=office,
        clashes=clashes,
        with_presence=set(),
        sources=queries.batches_to_copy(office.id),
        copied=request.args.get("copy", 0, type=int),
        first_day=_first_day(),
        totals=form.totals(office.minutes_per_lesson_hour),
    )
