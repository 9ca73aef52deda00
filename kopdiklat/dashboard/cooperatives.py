"""The register and the page of one cooperative: they show what every room knows of it."""

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives import rules, service
from kopdiklat.cooperatives.forms import CooperativeForm
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import exports
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.dashboard import events, filter_words, place, profile, register_export
from kopdiklat.dashboard.cooperative_page import TABS, page_of, tab_of, tabs_of
from kopdiklat.dashboard.history import history_of
from kopdiklat.dashboard.register import Register
from kopdiklat.dashboard.register_filters import NONE, Filters, Sorting
from kopdiklat.dashboard.status_strip import status_strip
from kopdiklat.health.rules import fiscal_year_before
from kopdiklat.offices import rules as offices
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("cooperatives", __name__)
FROM_APPLICATION = ("name", "district", "cooperative_number")  # what one has typed already


# -- the list --------------------------------------------------------------------------------------


def _register() -> Register:
    day = place.today()
    return Register(current_user, day, place.zone(), fiscal_year_before(day))


@bp.get("/cooperatives")
@guard("cooperative.list")
def index():
    listing = _register()
    filters = Filters.read(request.args)
    sort = Sorting.read(request.args)
    counts = listing.counts(filters)
    total = counts[filters.status] if filters.status else sum(counts.values())
    page = listing.page(filters, sort, request.args.get("page", 1, type=int), total)
    roomy = request.args.get("density") == "roomy"
    kept = filters.given | sort.given | ({"density": "roomy"} if roomy else {})

    def address(**changes) -> str:
        values = {**kept, **changes}
        return url_for("cooperatives.index", **{k: v for k, v in values.items() if v})

    return render_template(
        "cooperatives/index.html",
        page=page,
        filters=filters,
        sort=sort,
        roomy=roomy,
        address=address,
        kept=kept,
        export_values=filters.given | sort.given,
        strip=_filtering_strip(counts, filters, address),
        not_assessed=counts[NONE],
        position_on=listing.position_on() if total else None,
        options=filter_words.options(listing),
        type_labels=rules.TYPE_LABELS,
        import_url=place.link("imports.index"),
        fiscal_year=listing.fiscal_year,
        region=place.region_name(),
        everything=listing.total() if filters.given else total,
        strictest=_strictest(listing, filters, address) if filters.given and not total else None,
        pages=page.addresses(address),
    )


def _filtering_strip(counts, filters, address):
    if not sum(counts.values()):
        return None
    return status_strip(
        counts, lambda status: address(status="" if status == filters.status else status)
    )


def _strictest(listing, filters, address) -> dict | None:
    found = listing.strictest(filters)
    if found is None:
        return None
    name, count = found
    return {
        "label": filter_words.filter_labels()[name],
        "count": count,
        "url": address(**{name: ""}),
    }


@bp.get("/cooperatives/export.xlsx")
@guard("cooperative.export")
def export():
    with exporting("cooperatives", policy.office_of(current_user)) as made:
        listing = _register()
        filters = Filters.read(request.args)
        rows = listing.every(filters, Sorting.read(request.args))
        content = register_export.workbook(listing, filters, rows, utc_now())
        made.rows = len(rows)
    name = f"koperasi-{place.today():%Y-%m-%d}.xlsx"
    return Response(
        content,
        mimetype=exports.XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# -- one cooperative -------------------------------------------------------------------------------


@bp.get("/cooperatives/<int:cooperative_id>")
@guard("cooperative.see")
def show(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    tab = request.args.get("tab", "summary")
    if tab not in TABS or (
        tab == "history" and not policy.can(current_user, "audit.see", cooperative)
    ):
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    history = history_of(cooperative, place.today())
    values = page_of(history) | tab_of(tab, history)
    return render_template(
        f"cooperatives/show_{tab}.html", tab=tab, tabs=tabs_of(history, tab), **values
    )


@bp.get("/cooperatives/<int:cooperative_id>/profile")
@guard("cooperative.see")
def print_profile(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    history = history_of(cooperative, place.today())
    return render_template(
        "cooperatives/profile_print.html",
        events=events.events(history)[:20],
        profile_groups=profile.groups(history),
        printed_at=utc_now(),
        zone=place.zone(),
        **page_of(history),
    )


# -- add and change --------------------------------------------------------------------------------


@bp.route("/cooperatives/new", methods=["GET", "POST"])
@guard("cooperative.edit")
def add():
    office = _office_to_add_to()
    known = {name: request.args.get(name, "") for name in FROM_APPLICATION}
    form = CooperativeForm(
        region_code=offices.dotted(office.code), regency=office.region_name, **known
    )
    others = []
    if form.validate_on_submit() and (values := form.values(office.code)):
        try:
            with transaction():
                cooperative = service.add_cooperative(
                    office, values, is_another=form.is_another.data == "yes", now=utc_now()
                )
                cooperative_id = cooperative.id
        except service.AlikeExists as refusal:
            others = [(o.id, o.name, o.village, o.cooperative_number) for o in refusal.others]
            form.refuse(refusal)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Koperasi ditambahkan."))
            url = url_for("cooperatives.show", cooperative_id=cooperative_id)
            return redirect(url, code=303)
    return render_template(
        "cooperatives/form.html", form=form, cooperative=None, office=office, others=others
    ), form.status


def _office_to_add_to() -> Office:
    mine = policy.visible(Office, "cooperative.edit")
    office = db.session.scalars(sa.select(Office).where(mine).order_by(Office.code)).first()
    if office is None:
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    return office


@bp.route("/cooperatives/<int:cooperative_id>/edit", methods=["GET", "POST"])
@guard("cooperative.edit")
def edit(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    office = cooperative.office
    form = CooperativeForm(obj=cooperative)
    if request.method == "GET" and cooperative.region_code:
        form.region_code.data = offices.dotted(cooperative.region_code)
    if form.validate_on_submit() and (values := form.values(office.code)):
        try:
            with transaction():
                service.change_cooperative(cooperative, values)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Perubahan disimpan."))
            url = url_for("cooperatives.show", cooperative_id=cooperative_id)
            return redirect(url, code=303)
    return render_template(
        "cooperatives/form.html", form=form, cooperative=cooperative, office=office, others=[]
    ), form.status
