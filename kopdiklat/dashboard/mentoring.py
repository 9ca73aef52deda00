"""Pages of mentoring that show the health of each cooperative: the mentor's day, who mentors whom.

They stand on the blueprint of the mentoring room, so their addresses and names are its own.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.cooperatives import rules as cooperatives
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import clock
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.forms import choices
from kopdiklat.core.paging import paginate
from kopdiklat.core.text import N_
from kopdiklat.dashboard import caseload, place
from kopdiklat.mentoring import assignment_queries, follow_up_queries, rules, service, visit_queries
from kopdiklat.mentoring.forms import AssignForm, EndForm
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit
from kopdiklat.mentoring.views import bp
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.training.models import Programme

__all__ = ["bp"]

MOST_CANDIDATES = 40  # rows offered at once; the search finds the others


# -- the mentor's own pages -------------------------------------------------------------------------


@bp.get("/today")
@guard("visit.write")
def today():
    now, day = utc_now(), current_user.today
    select = visit_queries.with_context(visit_queries.visits_around(current_user.id, now), day)
    planned = [
        p
        for p in visit_queries.read_planned(select)
        if p.visit.day == clock.local_day(now, p.visit.time_zone)
    ]
    week_ends_on = day + timedelta(days=6 - day.weekday())
    due = follow_up_queries.due_until(current_user.id, day, week_ends_on)
    shown = {p.visit.id for p in planned}
    unwritten = [
        v for v in visit_queries.unwritten_visits(current_user.id, now) if v.id not in shown
    ]
    return render_template(
        "mentoring/today.html",
        today=day,
        planned=planned,
        to_write=next((p.visit.id for p in planned if p.note is None), None),
        health=caseload.health_of(p.visit.cooperative_id for p in planned),
        due=due,
        days_late={f.id: rules.days_late(f.due_on, None, day) for f in due},
        tomorrow=day + timedelta(days=1),
        unwritten=unwritten,
        next_visit=None if planned else visit_queries.next_visit(current_user.id, now),
    )


@bp.get("/my-cooperatives")
@guard("visit.write")
def my_cooperatives():
    rows = db.session.execute(
        caseload.caseload(current_user.id, current_user.today, utc_now())
    ).all()
    return render_template(
        "mentoring/my_cooperatives.html", rows=_with_last_visit(rows), today=current_user.today
    )


def _with_last_visit(rows) -> list[dict]:
    zone = place.zone()
    return [
        row._asdict()
        | {
            "last_visit_on": caseload.last_visit_on(row, zone),
            "next_on": row.next_at and clock.local_day(row.next_at, zone),
        }
        for row in rows
    ]


# -- who mentors whom -------------------------------------------------------------------------------


@bp.get("/mentoring")
@guard("mentoring.see")
def index():
    day = current_user.today
    mentors = assignment_queries.mentors(_offices("mentoring.see"), day)
    loads = caseload.loads(mentors, day, caseload.month_of(day, place.zone()))
    here = policy.visible(Cooperative, "mentoring.see")
    page = paginate(
        caseload.with_health(sa.and_(here, ~caseload.has_mentor(day))),
        request.args.get("page", 1, int),
        scalars=False,
    )
    return render_template(
        "mentoring/index.html",
        mentors=mentors,
        loads=loads,
        counts=follow_up_queries.count_follow_ups(policy.visible(FollowUp, "mentoring.see"), day),
        visits=sum(load.visits for load in loads.values()),
        mentored=db.session.scalar(
            sa.select(sa.func.count(Cooperative.id)).where(here, caseload.has_mentor(day))
        ),
        page=page,
        pages=page.addresses(lambda page: url_for("mentoring.index", page=page)),
        last_visits={
            row.Cooperative.id: caseload.last_visit_on(row, place.zone()) for row in page.rows
        },
        today=day,
    )


def _offices(action: str):
    return assignment_queries.at_offices(policy.visible(Office, action))


@bp.get("/mentors/<int:mentor_id>")
@guard("mentoring.see")
def show_mentor(mentor_id):
    mentor = _load_mentor(mentor_id, "mentoring.see")
    day = current_user.today
    here = policy.visible(MentoringAssignment, "mentoring.see")
    assignments = assignment_queries.assignments_of_mentor(mentor.id, here)
    running = [a for a in assignments if rules.Period(a.starts_on, a.ends_on).covers(day)]
    rows = db.session.execute(caseload.caseload(mentor.id, day, utc_now())).all()
    own = sa.and_(
        MentoringVisit.mentor_id == mentor.id, policy.visible(MentoringVisit, "mentoring.see")
    )
    late = follow_up_queries.follow_ups(
        policy.visible(FollowUp, "mentoring.see"), state="late", today=day, mentor_id=mentor.id
    )
    return render_template(
        "mentoring/mentor.html",
        mentor=mentor,
        load=caseload.loads([mentor], day, caseload.month_of(day, place.zone()))[mentor.id],
        rows={row["Cooperative"].id: row for row in _with_last_visit(rows)},
        running=running,
        former=[a for a in assignments if a not in running],
        upcoming=db.session.scalars(visit_queries.upcoming_visits(own).limit(10)).all(),
        done=db.session.scalars(visit_queries.done_visits(own).limit(10)).all(),
        late=db.session.scalars(late.limit(20)).all(),
        days_late=lambda f: rules.days_late(f.due_on, f.closed_on, day),
        now=utc_now(),
        today=day,
    )


def _load_mentor(mentor_id: int, action: str) -> User:
    mentor = assignment_queries.find_mentor(mentor_id, _offices(action))
    if mentor is None:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    return mentor


# -- assignments ------------------------------------------------------------------------------------


@bp.route("/mentoring/assignments/new", methods=["GET", "POST"])
@guard("mentoring.assign")
def assign():
    day = current_user.today
    form = AssignForm()
    mentors = assignment_queries.mentors(_offices("mentoring.assign"), day)
    form.mentor_id.choices = choices(((m.id, m.name) for m in mentors), _("Pilih pendamping"))
    form.programme_id.choices = choices(_programmes(), _("Tanpa program"))
    if request.method == "GET":
        form.mentor_id.data = request.args.get("mentor", type=int)
        form.cooperative_ids.data = request.args.getlist("cooperative", type=int)
        form.starts_on.data = day
    here = policy.visible(Cooperative, "mentoring.assign")
    search = request.values.get("text", "").strip()[:80]
    is_conflict = bool(form.conflict_reason.data)
    searching = "search" in request.form
    if not searching and form.validate_on_submit():
        chosen = list(
            db.session.scalars(
                sa.select(Cooperative).where(here, Cooperative.id.in_(form.cooperative_ids.data))
            )
        )
        try:
            cooperatives.check_all_here(form.cooperative_ids.data or (), (c.id for c in chosen))
            with transaction():
                service.assign_mentor(
                    _load_mentor(form.mentor_id.data, "mentoring.assign"),
                    chosen,
                    rules.Period(form.starts_on.day, form.ends_on.data),
                    programme_id=form.programme_id.data,
                    letter_number=form.letter_number.data or None,
                    conflict_reason=form.conflict_reason.data or "",
                    now=utc_now(),
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
            is_conflict = isinstance(refusal, rules.MentorIsOfficer)
        else:
            flash(_("%(count)s koperasi ditugaskan.", count=len(chosen)))
            return redirect(
                url_for("mentoring.show_mentor", mentor_id=form.mentor_id.data), code=303
            )
    candidates, total = _candidates(here, search, form.cooperative_ids.data or [])
    page = render_template(
        "mentoring/assign.html",
        form=form,
        mentors=mentors,
        loads=caseload.loads(mentors, day, caseload.month_of(day, place.zone())),
        candidates=candidates,
        total=total,
        names=caseload.mentors_of((row.Cooperative.id for row in candidates), day),
        search=search,
        ask_reason=is_conflict,
    )
    return page, 200 if searching else form.status


def _programmes() -> list[tuple[int, str]]:
    found = (
        sa.select(Programme.id, Programme.name, Programme.year)
        .where(policy.visible(Programme, "mentoring.assign"))
        .order_by(Programme.year.desc(), Programme.name)
    )
    return [(row.id, f"{row.name} ({row.year})") for row in db.session.execute(found)]


def _candidates(here, search: str, chosen: list[int]) -> tuple[list, int]:
    """The chosen ones first, then those who fit the search, without a mentor and worst first."""
    is_chosen = Cooperative.id.in_(chosen)
    fits = caseload.with_health(sa.and_(here, caseload.named_like(search), ~is_chosen))
    total = db.session.scalar(
        sa.select(sa.func.count()).select_from(fits.order_by(None).subquery())
    )
    with_mentor = sa.case((caseload.has_mentor(current_user.today), 1), else_=0)
    fits = caseload.with_health(
        sa.and_(here, caseload.named_like(search), ~is_chosen), first=with_mentor
    ).limit(MOST_CANDIDATES)
    rows: Sequence[sa.Row] = []
    if chosen:
        rows = db.session.execute(caseload.with_health(sa.and_(here, is_chosen))).all()
    return [*rows, *db.session.execute(fits)], len(rows) + (total or 0)


@bp.route("/mentoring-assignments/<int:assignment_id>/ending", methods=["GET", "POST"])
@guard("mentoring.assign")
def end_assignment(assignment_id):
    assignment = policy.load(MentoringAssignment, assignment_id)
    form = EndForm()
    if request.method == "GET":
        form.ends_on.data = current_user.today
    if form.validate_on_submit():
        try:
            with transaction():
                service.end_assignment(assignment, form.ends_on.day, form.reason.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Penugasan diakhiri. Kunjungan dan catatannya tetap dapat dibaca."))
            return redirect(
                url_for("mentoring.show_mentor", mentor_id=assignment.mentor_id), code=303
            )
    return render_template("mentoring/end.html", form=form, assignment=assignment), form.status
