"""Programmes with their batches and what is taken of them."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kopdiklat import policy
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.paging import paginate
from kopdiklat.health.rules import STATUS_LABELS
from kopdiklat.policy import guard
from kopdiklat.registration import lists
from kopdiklat.training import queries as training
from kopdiklat.training import rules as training_rules
from kopdiklat.training import service
from kopdiklat.training.forms import ProgrammeForm
from kopdiklat.training.models import Programme
from kopdiklat.training.views import bp


@bp.get("/programmes")
@guard("programme.see")
def programmes():
    found = training.programmes(policy.visible(Programme, "programme.see"))
    page = paginate(found, request.args.get("page", 1, type=int), scalars=False)
    return render_template(
        "training/programmes.html",
        page=page,
        seats=lists.seats_of_programmes([row.Programme.id for row in page.rows]),
        labels=training_rules.FUNDING_LABELS,
    )


@bp.get("/programmes/<int:programme_id>")
@guard("programme.see")
def show_programme(programme_id):
    programme = policy.load(Programme, programme_id)
    return render_template(
        "training/programme.html",
        programme=programme,
        batches=lists.batches_of_programme(programme.id),
        labels=training_rules.FUNDING_LABELS,
        batch_labels=training_rules.BATCH_LABELS,
    )


@bp.route("/programmes/new", methods=["GET", "POST"])
@guard("programme.edit")
def new_programme():
    now = utc_now()
    programme = Programme(office_id=policy.office_for("programme.edit"), created_at=now)
    form = ProgrammeForm(data={"year": clock.local_day(now, "WIB").year})
    return _save(programme, form, _("Program dibuat. Sekarang buat angkatan pertama."))


@bp.route("/programmes/<int:programme_id>/edit", methods=["GET", "POST"])
@guard("programme.edit")
def edit_programme(programme_id):
    programme = policy.load(Programme, programme_id)
    return _save(programme, ProgrammeForm(obj=programme), _("Program disimpan."))


def _save(programme: Programme, form: ProgrammeForm, message: str):
    form.offer(STATUS_LABELS)
    if form.validate_on_submit():
        try:
            with transaction():
                service.save_programme(programme, form.values)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(message)
            address = url_for("training.show_programme", programme_id=programme.id)
            return redirect(address, code=303)
    page = render_template("training/programme_form.html", form=form, programme=programme)
    return page, form.status
