import io
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives.models import PastContact
from kopdiklat.core import clock, exports, paging
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.core.departures import exporting
from kopdiklat.impact import cohorts, names, queries, subjects
from kopdiklat.impact.page import change_page
from kopdiklat.impact.rules import Windows
from kopdiklat.impact.subjects import Subject
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.training.models import Batch, Programme

bp = Blueprint("impact", __name__)

ADDRESS = f"/changes/<any({','.join(subjects.KINDS)}):kind>/<ident>"


@bp.get("/changes")
@guard("change.see")
def index():
    offices = list(
        db.session.scalars(
            sa.select(Office).where(policy.visible(Office, "change.see")).order_by(Office.name)
        )
    )
    ids = [office.id for office in offices]
    facts = queries.office_facts(ids)
    found = subjects.comparable(facts, offices, queries.programmes_with_batches(ids))
    return render_template(
        "impact/index.html",
        lists=names.lists_of(found, facts, {office.id: office for office in offices}),
        many_offices=len(offices) > 1,
    )


@bp.get(ADDRESS)
@guard("change.see")
def show(kind, ident):
    subject, office, cohort = _load(kind, ident)

    names_of = url_for("impact.names_behind", kind=kind, ident=ident)

    def names_url(**filters):
        return f"{names_of}?{urlencode(filters)}"

    return render_template(
        "impact/show.html",
        subject=subject,
        office=office,
        title=names.title_of(subject),
        page=change_page(cohort, names.group_label(subject), names_url),
        export_url=url_for("impact.export", kind=kind, ident=ident),
    )


@bp.get(f"{ADDRESS}/names")
@guard("change.see")
def names_behind(kind, ident):
    subject, _office, cohort = _load(kind, ident)
    filters = names.asked(request.args)
    members = cohorts.select(cohort.members(filters.pop("group")), **filters)
    page = paging.of_rows(members, request.args.get("page", 1, type=int))

    def page_url(number):
        filters: dict[str, Any] = {**names.kept(request.args), "page": number}
        return url_for("impact.names_behind", kind=kind, ident=ident, **filters)

    return render_template(
        "impact/names.html",
        kind=kind,
        ident=ident,
        title=names.title_of(subject),
        heading=names.heading(request.args),
        page=page,
        rows=[names.shown(member) for member in page.rows],
        pages=[
            (number or "…", page_url(number) if number and number != page.number else None)
            for number in page.links
        ],
        previous_url=page_url(page.number - 1) if page.number > 1 else "",
        next_url=page_url(page.number + 1) if page.number < page.pages else "",
    )


@bp.get(f"{ADDRESS}/export.xlsx")
@guard("change.see")
def export(kind, ident):
    with exporting("changes", policy.office_of(current_user)) as made:
        subject, _office, cohort = _load(kind, ident)
        rows = list(names.rows_of(cohort))
        made.rows = len(rows)
        content = exports.workbook_bytes(
            _("Perubahan: %(title)s", title=names.title_of(subject)),
            names.columns(),
            rows,
            subtitle=names.definition(cohort),
            sheet=_("Perubahan"),
        )
    return send_file(
        io.BytesIO(content),
        mimetype=exports.XLSX_TYPE,
        as_attachment=True,
        download_name=f"perubahan-{kind}-{ident}.xlsx",
    )


def _load(kind: str, ident: str):
    """The subject, its office and its counted cohort; 404 for what this person may not see."""
    facts = None
    match kind, [int(part) for part in _numbers(ident)]:
        case ((subjects.PROGRAMME | subjects.MENTORING), [number]):
            programme = policy.load(Programme, number)
            subject = _of_programme(kind, programme)
        case subjects.BATCH, [number]:
            batch = queries.read_batch(number)  # held, so that `load` finds it read already
            if batch is None:
                abort(404)
            policy.load(Batch, number)
            invited = queries.invited_cooperatives([batch.id])
            subject = subjects.of_batch(batch, batch.programme, invited)
        case subjects.MENTORING, [number, year]:
            office = policy.load(Office, number)
            subject = subjects.of_mentoring_year(office, year)
        case subjects.ACTIVITY, [number]:
            contact = db.session.get(PastContact, number)
            if contact is None:
                abort(404)
            policy.check(contact, "change.see")
            facts = queries.office_facts([contact.office_id])
            subject = _of_activity(contact.id, facts)
        case _:
            abort(404)
    facts = facts or queries.office_facts([subject.office_id])
    office = db.session.get_one(Office, subject.office_id)
    cohort = cohorts.build_cohort(
        facts.of_office(office.id),
        subject.exposure(facts),
        Windows(main_scheme=facts.main_scheme),
        clock.local_day(utc_now(), office.time_zone),
    )
    return subject, office, cohort


def _numbers(ident: str) -> list[str]:
    """`12` or `3-2026` in its numbers; nothing of what no row can have as its id."""
    parts = ident.split("-")
    return parts if all(p.isdecimal() and len(p) <= 9 for p in parts) else []


def _of_programme(kind: str, programme: Programme) -> Subject:
    if kind == subjects.MENTORING:
        return subjects.of_mentoring(programme, queries.assigned_cooperatives(programme.id))
    invited = queries.invited_cooperatives(queries.batches_of(programme.id))
    return subjects.of_programme(programme, invited)


def _of_activity(contact_id: int, facts: queries.OfficeFacts) -> Subject:
    """A row whose cooperative moved to another office is not counted here any more."""
    past = next((row for row in facts.past if row.id == contact_id), None)
    if past is None:
        abort(404)
    return subjects.of_activity(past, queries.first_past_days(facts.past))
