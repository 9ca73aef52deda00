"""Settings of the own office; for platform admins the tree of offices."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.offices import queries, service
from kopdiklat.offices.forms import NewOfficeForm, OfficeForm
from kopdiklat.offices.models import Office
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
        for name in ("phone", "contact_phone"):
            values[name] = service.read_office_phone(values[name])
        with transaction():
            service.save_settings(office.id, **values)
        flash(_("Pengaturan kantor tersimpan."))
        return redirect(url_for("offices.edit", office_id=office_id), code=303)
    return render_template("offices/edit.html", form=form, office=office), form.status
