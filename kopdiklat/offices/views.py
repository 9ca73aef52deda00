"""Settings of the own office; for platform admins the tree of offices."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.paging import paginate
from kopdiklat.offices import queries, rules, service
from kopdiklat.offices.forms import HolidaysForm, NewOfficeForm, OfficeForm
from kopdiklat.offices.models import Holiday, Office
from kopdiklat.policy import guard

bp = Blueprint("offices", __name__)


@bp.get("/settings")
@guard("office.edit")
def settings():
    """The settings of the own office; a platform admin goes to the list."""
    office_id = policy.office_of(current_user)
    if office_id is None:
        return redirect(url_for("offices.index"))
    return redirect(url_for("offices.edit", office_id=office_id))


@bp.get("/offices")
@guard("office.see")
def index():
    return render_template(
        "offices/index.html", offices=queries.as_tree(policy.visible(Office, "office.see"))
    )


@bp.route("/offices/new", methods=["GET", "POST"])
@guard("office.create")
def create():
    form = NewOfficeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                office = service.create_office(
                    form.code.data,
                    form.name.data,
                    region_name=form.region_name.data,
                    time_zone=form.time_zone.data or None,
                    now=utc_now(),
                )
                office_id = office.id
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Kantor dibuat."))
            return redirect(url_for("offices.edit", office_id=office_id), code=303)
    return render_template("offices/new.html", form=form), form.status


@bp.route("/offices/<int:office_id>", methods=["GET", "POST"])
@guard("office.edit")
def edit(office_id):
    office = policy.load(Office, office_id)
    form = OfficeForm(obj=office)
    form.show_phones()
    if form.validate_on_submit():
        values = {name: form[name].data for name in service.SETTINGS}
        values["reminders"] = "".join(sorted(form.reminders.data or [], reverse=True))
        values["working_days"] = "".join(sorted(form.working_days.data))
        for name in ("phone", "contact_phone"):
            values[name] = service.read_office_phone(values[name])
        with transaction():
            service.save_settings(office.id, **values)
        flash(_("Pengaturan kantor tersimpan."))
        return redirect(url_for("offices.edit", office_id=office_id), code=303)
    return render_template("offices/edit.html", form=form, office=office), form.status


@bp.route("/holidays", methods=["GET", "POST"])
@guard("holiday.edit")
def holidays():
    """Days on which the own office trains nobody; several lines are pasted at once."""
    office = db.session.get_one(Office, policy.office_for("holiday.edit"))
    form = HolidaysForm()
    if form.validate_on_submit():
        try:
            with transaction():
                changed = service.add_holidays(office.id, rules.read_holidays(form.lines.data))
        except RuleViolation as refusal:
            form.refuse_at("lines", refusal)
        else:
            flash(ngettext("%(num)s hari libur disimpan.", "%(num)s hari libur disimpan.", changed))
            return redirect(url_for("offices.holidays"), code=303)
    listed = queries.holidays(Holiday.office_id == office.id)
    page = paginate(listed, request.args.get("page", 1, type=int))
    closed = [
        _(label) for key, label in rules.WEEKDAY_LABELS.items() if key not in office.working_days
    ]
    return render_template(
        "offices/holidays.html", form=form, page=page, closed=closed
    ), form.status


@bp.post("/holidays/<int:holiday_id>/deletion")
@guard("holiday.edit")
def remove_holiday(holiday_id):
    holiday = policy.load(Holiday, holiday_id)
    day = formats.day(holiday.day)
    with transaction():
        service.remove_holiday(holiday_id)
    flash(_("%(day)s bukan hari libur lagi.", day=day))
    return redirect(url_for("offices.holidays"), code=303)
