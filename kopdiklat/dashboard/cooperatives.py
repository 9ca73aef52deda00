"""The register and the page of one cooperative: they show what every room knows of it."""

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.cooperatives import rules, service
from kopdiklat.cooperatives.forms import CooperativeForm
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import exports, formats
from kopdiklat.core.charts import Part, strip
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.core.web import asset_url
from kopdiklat.dashboard import journey, place, profile, register, trail
from kopdiklat.dashboard.figures import key_figures
from kopdiklat.dashboard.history import History, history_of
from kopdiklat.health import queries as health
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS, fiscal_year_before
from kopdiklat.offices import rules as offices
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard

bp = Blueprint("cooperatives", __name__)

SINCE_LABELS = {
    "never": N_("belum pernah"),
    "3m": N_("dalam 3 bulan"),
    "12m": N_("dalam 12 bulan"),
    "over12m": N_("lebih dari 1 tahun lalu"),
    "over24m": N_("lebih dari 2 tahun lalu"),
}
MEETING_LABELS = {
    "held": N_("dilaksanakan"),
    "reported": N_("dilaporkan"),
    "missing": N_("belum"),
}


def status_strip(counts: dict[str, int], address, *, height: int = 28, title: str = ""):
    """The distribution by health status; each part leads to its list."""
    icons = asset_url("icons.svg")
    parts = [
        Part(
            _(STATUS_LABELS.get(status, NOT_ASSESSED)),
            count,
            f"s-{status}",
            href=address(status),
            icon=f"{icons}#status-{status}",
        )
        for status, count in counts.items()
    ]
    return strip(parts, title=title or _("Koperasi menurut status kesehatan"), height=height)


# -- the list --------------------------------------------------------------------------------------


def _register() -> register.Register:
    day = place.today()
    return register.Register(current_user, day, place.zone(), fiscal_year_before(day))


@bp.get("/cooperatives")
@guard("cooperative.list")
def index():
    listing = _register()
    filters = register.Filters.read(request.args)
    sort = register.Sorting.read(request.args)
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
        not_assessed=counts[register.NONE],
        position_on=listing.position_on() if total else None,
        options=_options(listing),
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
    return {"label": filter_labels()[name], "count": count, "url": address(**{name: ""})}


def filter_labels() -> dict[str, str]:
    return {
        "text": _("Pencarian"),
        "status": _("Status"),
        "district": _("Kecamatan"),
        "type": _("Jenis"),
        "meeting": _("RAT"),
        "grade": _("Peringkat"),
        "activity": _("Keaktifan"),
        "training": _("Bimtek terakhir"),
        "visit": _("Kunjungan terakhir"),
    }


def _options(listing) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen per filter: (value, label) pairs."""
    statuses = {**STATUS_LABELS, register.NONE: NOT_ASSESSED}
    sinces = [(since, _(SINCE_LABELS[since])) for since in register.SINCES]
    years = range(listing.fiscal_year, listing.fiscal_year - 3, -1)
    return {
        "status": [(key, _(label)) for key, label in statuses.items()],
        "district": [(name, name) for name in listing.districts()],
        "type": [(key, _(label)) for key, label in rules.TYPE_LABELS.items()],
        "meeting": [
            (f"{year}.{state}", f"{year} {_(MEETING_LABELS[state])}")
            for year in years
            for state in register.MEETINGS
        ],
        "grade": [*((g, g) for g in rules.GRADES), (register.NONE, _("belum ada"))],
        "activity": [(key, _(label)) for key, label in rules.ACTIVITY_LABELS.items()],
        "training": sinces,
        "visit": sinces,
    }


@bp.get("/cooperatives/export.xlsx")
@guard("cooperative.export")
def export():
    listing = _register()
    filters = register.Filters.read(request.args)
    rows = listing.every(filters, register.Sorting.read(request.args))
    now = utc_now()
    content = exports.workbook_bytes(
        _("Daftar koperasi"),
        _export_columns(listing.fiscal_year),
        (_export_row(row) for row in rows),
        subtitle=_export_subtitle(listing, filters, len(rows), now),
        sheet=_("Koperasi"),
    )
    name = f"koperasi-{place.today():%Y-%m-%d}.xlsx"
    return Response(
        content,
        mimetype=exports.XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _export_subtitle(listing, filters, count: int, now) -> str:
    labels, options = filter_labels(), _options(listing)
    chosen = [
        f"{labels[name]}: {dict(options.get(name, ())).get(value, value)}"
        for name, value in filters.given.items()
    ]
    when = formats.moment(now, listing.zone)
    counted = _("%(count)s koperasi, diunduh %(when)s", count=formats.number(count), when=when)
    return " · ".join([counted, *chosen])


def _export_columns(fiscal_year: int) -> list[exports.ExportColumn]:
    column = exports.ExportColumn
    return [
        column(_("Nama Koperasi"), width=40),
        column(_("NIK Koperasi")),
        column(_("Nomor Badan Hukum")),
        column(_("Tanggal Badan Hukum"), "date"),
        column(_("Jenis")),
        column(_("Bentuk")),
        column(_("Alamat"), width=32),
        column(_("Desa/Kelurahan")),
        column(_("Kecamatan")),
        column(_("Status Kesehatan")),
        column(_("Skor"), "decimal"),
        column(_("Posisi Penilaian"), "date"),
        column(_("RAT %(year)s", year=fiscal_year), "date"),
        column(_("Lapor RAT %(year)s", year=fiscal_year), "date"),
        column(_("Peringkat")),
        column(_("Keaktifan")),
        column(_("Keaktifan Per Tanggal"), "date"),
        column(_("Bimtek Terakhir"), "date"),
        column(_("Kunjungan Terakhir"), "date"),
        column(_("Tindak Lanjut Terbuka"), "whole"),
    ]


def _export_row(row: register.Listed) -> list:
    cooperative = row.cooperative
    return [
        cooperative.name,
        cooperative.cooperative_number,
        cooperative.legal_number,
        cooperative.legal_date,
        _(rules.TYPE_LABELS[cooperative.cooperative_type]),
        _(rules.FORM_LABELS[cooperative.form]),
        cooperative.address,
        cooperative.village,
        cooperative.district,
        _(STATUS_LABELS.get(row.health_status or "", NOT_ASSESSED)),
        row.score,
        row.position_on,
        row.meeting_held_on,
        row.meeting_reported_on,
        cooperative.grade,
        _(rules.ACTIVITY_LABELS[cooperative.activity_status]),
        cooperative.activity_status_on,
        row.last_training_on,
        row.last_visit_on,
        row.open_follow_ups,
    ]


# -- one cooperative -------------------------------------------------------------------------------

TABS = ("summary", "profile", "officers", "health", "activities", "follow_ups", "history")


@bp.get("/cooperatives/<int:cooperative_id>")
@guard("cooperative.see")
def show(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    tab = request.args.get("tab", "summary")
    if tab not in TABS or (
        tab == "history" and not policy.can(current_user, "audit.see", cooperative)
    ):
        raise NotFound(N_("Halaman ini tidak ada, atau tidak untuk Anda."))
    history = history_of(cooperative)
    values = page_of(history) | _tab_of(tab, history)
    return render_template(
        f"cooperatives/show_{tab}.html", tab=tab, tabs=_tabs(history, tab), **values
    )


def page_of(history: History) -> dict:
    """What header and tabs say, the same on every tab and on paper."""
    today = place.today()
    return {
        "cooperative": history.cooperative,
        "history": history,
        "current": history.current,
        "earlier": _earlier(history),
        "figures": key_figures(history.figures),
        "figures_note": _figures_note(history),
        "labels": rules,
        "mentor": history.mentor_on(today),
        "today": today,
        "due": {f.id: place.due(f.due_on) for f in history.open_follow_ups},
        "import_url": place.link("imports.index"),
        "activity_links": _activity_links(history),
        "page_url": lambda **values: url_for(
            "cooperatives.show", cooperative_id=history.cooperative.id, **values
        ),
    }


def _activity_links(history: History) -> list[tuple[str, str, str]]:
    """What else may be planned with it: (label, url, icon). A visit needs its mentor."""
    cooperative = history.cooperative
    if not policy.can(current_user, "visit.plan", cooperative):
        return []
    mentor = history.mentor_on(place.today())
    if mentor:
        url = place.link(
            "mentoring.plan_visit", cooperative=cooperative.id, mentor=mentor.mentor_id
        )
        return [(_("Rencana kunjungan"), url, "route")]
    if policy.can(current_user, "mentoring.assign", cooperative):
        return [
            (
                _("Tugaskan pendamping"),
                place.link("mentoring.assign", cooperative=cooperative.id),
                "people",
            )
        ]
    return []


def _earlier(history: History) -> str:
    """The score two years before, else the one before the last."""
    with_score = [a for a in history.assessments if a.score is not None]
    if len(with_score) < 2 or history.current is not with_score[0]:
        return ""
    two_years = next(
        (a for a in with_score if a.fiscal_year == with_score[0].fiscal_year - 2), None
    )
    if two_years:
        return _("dua tahun sebelumnya %(score)s", score=formats.score(two_years.score))
    before = with_score[1]
    return _(
        "tahun buku %(year)s: %(score)s", year=before.fiscal_year, score=formats.score(before.score)
    )


def _figures_note(history: History) -> str:
    if not history.figures:
        return ""
    year = history.figures[0].fiscal_year
    meeting = next((m for m in history.meetings if m.fiscal_year == year and m.held_on), None)
    if meeting is None:
        return _("Angka tahun buku %(year)s.", year=year)
    return _("Angka tahun buku %(year)s, RAT %(day)s.", year=year, day=formats.day(meeting.held_on))


def _tabs(history: History, current: str) -> list[tuple]:
    items = [
        ("summary", _("Ringkasan"), None),
        ("profile", _("Profil"), None),
        ("officers", _("Pengurus"), len(history.officers)),
        ("health", _("Kesehatan"), len(history.assessments)),
        ("activities", _("Kegiatan"), history.activities),
        ("follow_ups", _("Tindak lanjut"), len(history.open_follow_ups)),
    ]
    if policy.can(current_user, "audit.see", history.cooperative):
        items.append(("history", _("Riwayat"), None))
    ident = history.cooperative.id
    return [
        (
            label,
            url_for(
                "cooperatives.show", cooperative_id=ident, tab=name if name != "summary" else None
            ),
            name == current,
            count,
        )
        for name, label, count in items
    ]


def _tab_of(tab: str, history: History) -> dict:
    match tab:
        case "summary":
            return {
                "drawing": journey.draw(history, _bands(history), place.today()),
                "events": journey.events(history),
                "as_table": request.args.get("view") == "table",
                "open_count": len(history.open_follow_ups),
                "closed_count": len(history.follow_ups) - len(history.open_follow_ups),
                "contact_facts": profile.contact(history, place.today()),
            }
        case "profile":
            return {"profile_groups": profile.groups(history)}
        case "health":
            return {
                "replaced": {a.replaces_id for a in history.results},
                "late_meetings": {m.id for m in history.meetings if journey.is_late(m)},
            }
        case "activities":
            return {
                "training_rows": profile.training_rows(history),
                "visit_rows": profile.visit_rows(history),
            }
        case "follow_ups":
            closed = [f for f in history.follow_ups if f.closed_on]
            return {"closed": sorted(closed, key=lambda f: f.closed_on, reverse=True)}
        case "history":
            entries = trail.of_cooperative(history)
            return {
                "entries": trail.sentences(entries, place.zone()),
                "limit": trail.LIMIT,
                "audit_url": place.link("dashboard.audit"),
            }
        case _:
            return {}


def _bands(history: History):
    if history.current:
        return history.current.scheme.bands
    schemes = health.schemes()
    return schemes[0].bands if schemes else []


@bp.get("/cooperatives/<int:cooperative_id>/profile")
@guard("cooperative.see")
def print_profile(cooperative_id):
    cooperative = policy.load(Cooperative, cooperative_id)
    history = history_of(cooperative)
    return render_template(
        "cooperatives/profile_print.html",
        events=journey.events(history)[:20],
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
    form = CooperativeForm(region_code=offices.dotted(office.code), regency=office.region_name)
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
