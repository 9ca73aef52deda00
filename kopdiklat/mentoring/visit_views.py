"""Visits: the list, planning, showing, moving and calling off."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.forms import BaseForm, choices
from kopdiklat.core.paging import paginate
from kopdiklat.core.text import N_
from kopdiklat.mentoring import (
    assignment_queries,
    follow_up_queries,
    note_rules,
    service,
    visit_queries,
)
from kopdiklat.mentoring.blueprint import bp
from kopdiklat.mentoring.forms import PlanForm, PostponeForm, ReasonForm
from kopdiklat.mentoring.models import MentoringVisit, VisitNote
from kopdiklat.mentoring.step_views import Step, take_step
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard


@bp.get("/visits")
@guard("visit.see")
def visits():
    shown = request.args.get("show", "upcoming")
    where = policy.visible(MentoringVisit, "visit.see")
    if policy.can(current_user, "visit.write"):  # a mentor's own list, whatever else they may see
        where = where & (MentoringVisit.mentor_id == current_user.id)
    select = (
        visit_queries.done_visits(where)
        if shown == "done"
        else visit_queries.upcoming_visits(where)
    )
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
    cooperatives = assignment_queries.assigned_cooperatives(mentor.id, current_user.today)
    cooperatives = [c for c in cooperatives if policy.can(current_user, "visit.plan", c)]
    form = PlanForm()
    form.cooperative_id.choices = choices(
        ((c.id, c.name) for c in cooperatives), _("Pilih koperasi")
    )
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
    mentor = assignment_queries.find_mentor(
        mentor_id, assignment_queries.at_offices(policy.visible(Office, "visit.plan"))
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
    notes = visit_queries.notes_of(visit.id)
    chosen = request.args.get("version", type=int)
    note = next((n for n in notes if n.version == chosen), notes[-1] if notes else None)
    return render_template(
        "mentoring/visit.html",
        visit=visit,
        note=note,
        notes=notes,
        follow_ups=follow_up_queries.follow_ups_of_visit(visit.id),
        outcome_days=_outcome_days(note),
        earlier=[] if note else follow_up_queries.open_follow_ups(visit.cooperative_id),
        issue_areas=note_rules.ISSUE_AREAS,
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
    notes = visit_queries.notes_of(visit.id)
    if not notes:
        raise NotFound(N_("Kunjungan ini belum punya catatan."))
    return render_template(
        "mentoring/advice_entry.html",
        visit=visit,
        note=notes[-1],
        office=db.session.get_one(Office, visit.office_id),
        follow_ups=follow_up_queries.follow_ups_of_visit(visit.id),
        issue_areas=note_rules.ISSUE_AREAS,
    )


@bp.route("/visits/<int:visit_id>/postponement", methods=["GET", "POST"])
@guard("visit.plan")
def postpone_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    form = PostponeForm()
    if request.method == "GET":
        form.starts.data = clock.local(visit.starts_at, visit.time_zone).time()
        form.ends.data = clock.local(visit.ends_at, visit.time_zone).time()

    def postpone():
        moments = form.moments(visit.time_zone)
        service.postpone_visit(visit, *moments, form.reason.data, now=utc_now())

    return _take_step("postpone", visit, form, postpone, _("Kunjungan dipindahkan."))


@bp.route("/visits/<int:visit_id>/cancellation", methods=["GET", "POST"])
@guard("visit.plan")
def cancel_visit(visit_id):
    visit = policy.load(MentoringVisit, visit_id)
    form = ReasonForm()

    def cancel():
        service.cancel_visit(visit, form.reason.data)

    return _take_step("cancel", visit, form, cancel, _("Kunjungan dibatalkan."))


def _take_step(step: str, visit: MentoringVisit, form: BaseForm, change: Step, said: str):
    then = url_for("mentoring.show_visit", visit_id=visit.id)
    return take_step(form, change, f"mentoring/{step}.html", said=said, then=then, visit=visit)
