"""Follow-ups: the list and its workbook, closing, moving and opening again."""

import io
from datetime import date, timedelta

from flask import redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts.models import User
from kopdiklat.core import exports, formats
from kopdiklat.core.audit import MASK
from kopdiklat.core.db import db
from kopdiklat.core.departures import exporting
from kopdiklat.core.forms import BaseForm
from kopdiklat.core.paging import paginate
from kopdiklat.mentoring import assignment_queries, follow_up_export, follow_up_queries, service
from kopdiklat.mentoring.blueprint import bp
from kopdiklat.mentoring.forms import ClosureForm, DueForm, ReasonForm
from kopdiklat.mentoring.models import FollowUp
from kopdiklat.mentoring.step_views import Step, take_step
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

STATES = ("open", "late", "done")


@bp.get("/follow-ups")
@guard("follow_up.see")
def follow_ups():
    state, search, mentor_id = _follow_up_filter()
    where = policy.visible(FollowUp, "follow_up.see")
    select = follow_up_queries.follow_ups(
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
        counts=follow_up_queries.count_follow_ups(where, current_user.today),
        state=state,
        search=search,
        mentor_id=mentor_id,
        mentor_options=[(mentor.id, mentor.name) for mentor in mentors],
        today=current_user.today,
    )


def _follow_up_filter():
    state = request.args.get("state", "open")
    return (
        state if state in STATES else "open",
        request.args.get("text", "").strip()[:80],
        request.args.get("mentor", type=int),
    )


def _mentors_to_filter() -> list[User]:
    if not policy.can(current_user, "mentoring.see"):
        return []
    offices = assignment_queries.at_offices(policy.visible(Office, "mentoring.see"))
    return assignment_queries.mentors(offices, current_user.today)


@bp.get("/follow-ups/export")
@guard("follow_up.see")
def export_follow_ups():
    with exporting("follow_ups", policy.office_of(current_user)) as made:
        state, search, mentor_id = _follow_up_filter()
        select = follow_up_queries.follow_ups(
            policy.visible(FollowUp, "follow_up.see"),
            state=state,
            today=current_user.today,
            search=search,
            mentor_id=mentor_id,
        )
        follow_ups = db.session.scalars(select.limit(follow_up_export.MOST)).all()
        made.rows = len(follow_ups)
        book = follow_up_export.workbook_of(follow_ups, current_user.today)
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
        zone=current_user.time_zone,
        own=policy.can(current_user, "visit.write"),
        today=current_user.today,
    )


def _history(follow_up: FollowUp) -> list[dict]:
    """The trail of a follow-up as sentences: agreed, moved, closed, opened again."""
    told = []
    former = follow_up.former_result  # of the last time that it was opened again
    for entry in reversed(follow_up_queries.history_of(follow_up)):
        before, after = entry.before or {}, entry.after or {}
        if entry.action == "insert":
            what = _("Disepakati, tenggat %(day)s", day=_day_words(after.get("due_on")))
        elif after.get("closed_on"):
            what = _("Ditutup %(day)s", day=_day_words(after["closed_on"]))
        elif before.get("closed_on"):
            what, former = _reopened(former, before), None
        elif "due_on" in after:
            what = _(
                "Tenggat dipindah dari %(old)s ke %(new)s",
                old=_day_words(before.get("due_on")),
                new=_day_words(after["due_on"]),
            )
        else:
            continue
        told.append({"what": what, "at": entry.at, "by": entry.actor, "reason": entry.reason})
    return told[::-1]


def _reopened(former: str | None, before: dict) -> str:
    """Entries that were written before the row kept its former result still hold it themselves."""
    result = former or before.get("result")
    if result in (None, MASK):
        return _("Dibuka kembali")
    return _("Dibuka kembali; hasil semula: %(result)s", result=result)


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

    def close():
        service.close_follow_up(
            follow_up,
            form.result.data,
            form.closed_on.day,
            closer=db.session.get_one(User, current_user.id),
            today=current_user.today,
        )

    return _take_step("closure", follow_up, form, close, _("Tindak lanjut ditutup."))


@bp.route("/follow-ups/<int:follow_up_id>/reopening", methods=["GET", "POST"])
@guard("follow_up.close")
def reopen_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    form = ReasonForm()

    def reopen():
        service.reopen_follow_up(follow_up, form.reason.data)

    return _take_step("reopening", follow_up, form, reopen, _("Tindak lanjut dibuka kembali."))


@bp.route("/follow-ups/<int:follow_up_id>/postponement", methods=["GET", "POST"])
@guard("follow_up.close")
def postpone_follow_up(follow_up_id):
    follow_up = policy.load(FollowUp, follow_up_id)
    form = DueForm()
    if request.method == "GET":
        form.due_on.data = max(follow_up.due_on, current_user.today) + timedelta(weeks=1)

    def postpone():
        service.postpone_follow_up(follow_up, form.due_on.day, form.reason.data)

    return _take_step("postponement", follow_up, form, postpone, _("Tenggat dipindahkan."))


def _take_step(step: str, follow_up: FollowUp, form: BaseForm, change: Step, said: str):
    """:param step: closure, reopening or postponement, as the page words it"""
    return take_step(
        form,
        change,
        "mentoring/follow_up_form.html",
        said=said,
        then=url_for("mentoring.show_follow_up", follow_up_id=follow_up.id),
        step=step,
        follow_up=follow_up,
        today=current_user.today,
    )
