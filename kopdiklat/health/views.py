from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import choices
from kopdiklat.core.parsing import read_decimal
from kopdiklat.health import queries, rules, service
from kopdiklat.health.forms import AssessmentForm, CorrectionForm, MeetingForm
from kopdiklat.health.models import AssessmentScheme, HealthAssessment
from kopdiklat.health.progress import STATES, Progress
from kopdiklat.policy import guard

bp = Blueprint("health", __name__)


@bp.get("/assessments")
@guard("assessment.record")
def index():
    """The assessor's place: who has no result yet for the fiscal year that is over."""
    last = rules.fiscal_year_before(current_user.today)
    fiscal_year = request.args.get("fiscal_year", last, type=int)
    state = request.args.get("state", "waiting")
    state = state if state in STATES else "waiting"
    text = " ".join(request.args.get("text", "").split())[:80]
    progress = Progress(current_user, fiscal_year)
    done, total = progress.counts()
    page = progress.page(state, text, request.args.get("page", 1, type=int))

    def address(**changes) -> str:
        given: dict[str, Any] = {"state": state, "text": text, "fiscal_year": fiscal_year}
        given |= changes
        if given["fiscal_year"] == last:
            given["fiscal_year"] = ""
        if given["state"] == "waiting":
            given["state"] = ""
        return url_for("health.index", **{k: v for k, v in given.items() if v})

    return render_template(
        "health/index.html",
        page=page,
        state=state,
        text=text,
        fiscal_year=fiscal_year,
        years=[(year, str(year)) for year in range(last, last - 4, -1)],
        done=done,
        waiting=total - done,
        total=total,
        percent=100 * done // total if total else 0,
        address=address,
        pages=page.addresses(address),
    )


@bp.route("/cooperatives/<int:cooperative_id>/assessments/new", methods=["GET", "POST"])
@guard("assessment.record")
def add_assessment(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    last = rules.fiscal_year_before(current_user.today)
    fiscal_year = request.args.get("fiscal_year", last, type=int)
    form = AssessmentForm(
        fiscal_year=fiscal_year,
        position_on=rules.fiscal_year_end(fiscal_year),
        assessor_name=current_user.name,
    )
    return _assessment_page(cooperative, form, None)


@bp.route("/assessments/<int:assessment_id>/correction", methods=["GET", "POST"])
@guard("assessment.record")
def correct(assessment_id):
    """A correction is a new row; the one that it replaces stays as it was signed."""
    replaces = policy.load(HealthAssessment, assessment_id)
    form = CorrectionForm(
        fiscal_year=replaces.fiscal_year,
        scheme_id=replaces.scheme_id,
        position_on=replaces.position_on,
        signed_on=replaces.signed_on,
        score="" if replaces.score is None else str(replaces.score).replace(".", ","),
        health_status=replaces.health_status if replaces.mismatch_reason else None,
        mismatch_reason=replaces.mismatch_reason,
        assessor_name=replaces.assessor_name,
    )
    return _assessment_page(replaces.cooperative, form, replaces)


def _assessment_page(cooperative, form, replaces):
    schemes = queries.schemes()
    if replaces is None:
        form.offer(schemes, rules.fiscal_year_before(current_user.today))
    else:
        form.offer_only(replaces)
    if form.validate_on_submit() and (score := form.read_score()) is not None:
        scheme = next(s for s in schemes if s.id == form.scheme_id.data)
        try:
            with transaction():
                _record(cooperative, scheme, form, score, replaces)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Koreksi disimpan.") if replaces else _("Penilaian disimpan."))
            url = url_for("cooperatives.show", cooperative_id=cooperative.id, tab="health")
            return redirect(url, code=303)
    typed = form.score.data or request.args.get("score", "")
    return render_template(
        "health/assessment.html",
        form=form,
        cooperative=cooperative,
        replaces=replaces,
        computed=_computed(typed, form.scheme_id.data, schemes),
        bands=_band_rows(schemes, form.scheme_id.data),
    ), form.status


def _offer_own_year(form, fiscal_year: int) -> None:
    if fiscal_year not in {choice.value for choice in form.fiscal_year.choices}:
        form.fiscal_year.choices += choices([(fiscal_year, str(fiscal_year))])


def _record(cooperative, scheme: AssessmentScheme, form, score: Decimal, replaces) -> None:
    correction = {}
    if replaces is not None:
        correction = {"replaces": replaces, "replacement_reason": form.replacement_reason.data}
    service.record_assessment(
        cooperative,
        scheme,
        fiscal_year=form.fiscal_year.data,
        position_on=form.position_on.data,
        signed_on=form.signed_on.data,
        score=score,
        health_status=form.health_status.data,
        mismatch_reason=form.mismatch_reason.data or None,
        assessor_name=form.assessor_name.data or None,
        recorded_by_id=current_user.id,
        now=utc_now(),
        today=current_user.today,
        **correction,
    )


def _computed(typed: str, scheme_id: int | None, schemes) -> dict | None:
    """What the typed score means by the bands of the scheme; None while it cannot be read."""
    try:
        score = read_decimal(typed.strip(), places=6)
        score = rules.check_score(score) if score is not None else None
    except RuleViolation as refusal:
        return {"refusal": str(refusal)}
    if score is None:
        return None
    scheme = next((s for s in schemes if s.id == scheme_id), schemes[0])
    return {"score": score, "health_status": rules.band_of(score, scheme.bands)}


def _band_rows(schemes, scheme_id: int | None) -> list[tuple[str, Decimal, Decimal]]:
    """(status, from, below) of the chosen scheme, best first."""
    scheme = next((s for s in schemes if s.id == scheme_id), schemes[0])
    bands = sorted(scheme.bands, key=lambda band: band.minimum, reverse=True)
    tops = [Decimal(100), *(band.minimum for band in bands)]
    return [(band.health_status, band.minimum, top) for band, top in zip(bands, tops)]


@bp.route("/cooperatives/<int:cooperative_id>/annual-meetings/new", methods=["GET", "POST"])
@guard("cooperative.edit")
def add_meeting(cooperative_id):
    """A members' meeting; one that is known for the fiscal year is completed."""
    cooperative = policy.load(Cooperative, cooperative_id)
    last = rules.fiscal_year_before(current_user.today)
    fiscal_year = request.args.get("fiscal_year", last, type=int)
    known = queries.find_meeting(cooperative.id, fiscal_year)
    form = MeetingForm(obj=known, fiscal_year=fiscal_year).offer(last)
    _offer_own_year(form, fiscal_year)
    if form.validate_on_submit():
        try:
            with transaction():
                service.record_meeting(
                    cooperative, form.fiscal_year.data, form.values, today=current_user.today
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("RAT disimpan."))
            url = url_for("cooperatives.show", cooperative_id=cooperative_id, tab="health")
            return redirect(url, code=303)
    return render_template(
        "health/meeting.html", form=form, cooperative=cooperative, known=known
    ), form.status
