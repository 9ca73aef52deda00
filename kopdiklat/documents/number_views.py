"""The register of numbers, and how an office writes them."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock, numbers
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.exports import XLSX_TYPE, ExportColumn, workbook_bytes
from kopdiklat.core.numbers import IssuedNumber, Use
from kopdiklat.core.paging import paginate
from kopdiklat.documents import letters, numbering, queries, rules
from kopdiklat.documents.blueprint import bp
from kopdiklat.documents.forms import NumberForm, NumberFormatForm
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard


def _asked() -> dict:
    """The filters of the address."""
    series = request.args.get("series", "")
    return {
        "year": request.args.get("year", type=int),
        "series": series if series in rules.SERIES else "",
        "text": " ".join(request.args.get("q", "").split())[:80],
    }


@bp.get("/numbers")
@guard("number.see")
def numbers_index():
    visible = policy.visible(IssuedNumber, "number.see")
    asked = _asked()
    page = paginate(
        queries.issued_numbers(visible, **asked),
        request.args.get("page", 1, type=int),
        scalars=False,
    )

    def address(endpoint="documents.numbers_index", **more):
        kept = {"year": asked["year"], "series": asked["series"], "q": asked["text"]}
        return url_for(endpoint, **{k: v for k, v in (kept | more).items() if v})

    return render_template(
        "documents/numbers.html",
        page=page,
        year_options=[(year, year) for year in queries.years_with_numbers(visible)],
        series_options=[(key, _(label)) for key, label in rules.SERIES.items()],
        labels=rules.SERIES,
        several=len({row.office_name for row in page.rows}) > 1,
        is_filtered=any(asked.values()),
        export_url=address("documents.export_numbers"),
        zone=_zone(),
        **asked,
        **page.addresses(address),
    )


def _zone() -> str:
    """The civil time of the office in which the person works."""
    held = (m.office for m in current_user.current_memberships if m.office)
    return next((office.time_zone for office in held), "WIB")


@bp.get("/numbers.xlsx")
@guard("number.see")
def export_numbers():
    visible = policy.visible(IssuedNumber, "number.see")
    zone = _zone()
    columns = [
        ExportColumn(_("Seri"), width=16),
        ExportColumn(_("Tahun"), "as_is"),
        ExportColumn(_("Nomor urut"), "as_is"),
        ExportColumn(_("Nomor"), width=36),
        ExportColumn(_("Hal"), width=40),
        ExportColumn(_("Kepada atau untuk"), width=44),
        ExportColumn(_("Diambil"), "datetime"),
        ExportColumn(_("Oleh"), width=24),
        ExportColumn(_("Dibatalkan"), "datetime"),
        ExportColumn(_("Dibatalkan oleh"), width=24),
        ExportColumn(_("Alasan pembatalan"), width=36),
        ExportColumn(_("Kantor"), width=36),
    ]
    with exporting("numbers", policy.office_of(current_user)) as made:
        found = db.session.execute(queries.issued_numbers(visible, **_asked()))
        rows = [_export_row(row, zone) for row in found]
        made.rows = len(rows)
        content = workbook_bytes(
            _("Register nomor"), columns, rows, subtitle=_("Jam dalam %(zone)s", zone=zone)
        )
    headers = {"Content-Disposition": 'attachment; filename="register-nomor.xlsx"'}
    return Response(content, mimetype=XLSX_TYPE, headers=headers)


def _export_row(row, zone: str) -> list:
    issued = row.IssuedNumber
    return [
        _(rules.SERIES.get(issued.series, issued.series)),
        issued.year,
        issued.number,
        issued.text,
        issued.purpose,
        issued.subject,
        clock.local(issued.issued_at, zone),
        issued.issued_by,
        issued.cancelled_at and clock.local(issued.cancelled_at, zone),
        issued.cancelled_by,
        issued.cancelled_reason,
        row.office_name,
    ]


@bp.route("/numbers/new", methods=["GET", "POST"])
@guard("number.take")
def take_number():
    """For a paper that is written elsewhere: the office has one row of numbers for all."""
    office_id = policy.office_for("number.take")
    series = queries.series_of(office_id)
    form = NumberForm().offer(series)
    if form.validate_on_submit():
        use = Use(form.purpose.data, form.subject.data, current_user.name)
        try:
            with transaction():
                taken = numbering.take(office_id, form.series.data, use, now=utc_now()).text
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Nomor %(number)s tercatat. Pakai di surat Anda.", number=taken))
            return redirect(url_for("documents.numbers_index"), code=303)
    return render_template(
        "documents/take_number.html", form=form, office_id=office_id, has_format=bool(series)
    ), form.status


@bp.post("/numbers/<int:number_id>/cancellation")
@guard("number.cancel")
def cancel_number(number_id):
    policy.load(IssuedNumber, number_id)
    reason = " ".join(request.form.get("reason", "").split())[:300]
    if not reason:
        raise RuleViolation(_("Tulis alasan pembatalan; alasan itu tinggal di register."))
    with transaction():
        issued = letters.cancel_number(number_id, reason, by=current_user.name, now=utc_now())
        text = issued.text
    flash(_("Nomor %(number)s dibatalkan dan tidak dipakai lagi.", number=text))
    return redirect(url_for("documents.numbers_index"), code=303)


@bp.route("/offices/<int:office_id>/number-formats/<series>", methods=["GET", "POST"])
@guard("office.edit")
def number_format(office_id, series):
    """How numbers are written, with a look at the next one before it is saved."""
    office = policy.load(Office, office_id)
    if series not in rules.SERIES:
        raise NotFound(policy.NOT_HERE)
    there = queries.find_format(office.id, series)
    now = utc_now()
    year = clock.local_day(now, office.time_zone).year
    last = numbers.last_number(office.id, series, year)
    before = numbering.last_before(there, year)
    form = NumberFormatForm(obj=there, data=None if there is None else {"last_used": before})
    if last is not None:
        del form.last_used
    example = None
    if request.method == "POST" and form.validate():
        after = form.last_used.data if "last_used" in form else before
        try:
            rules.check_shape(form.shape)
            example = numbering.next_text(office, series, form.shape, after, now)
            if "preview" not in request.form:
                with transaction():
                    numbering.save_format(
                        office_id, series, form.shape,
                        last_used=after if "last_used" in form else None, now=now,
                    )  # fmt: skip
                flash(_("Bentuk nomor tersimpan. Nomor berikutnya %(number)s.", number=example))
                return redirect(
                    url_for("documents.number_format", office_id=office_id, series=series), code=303
                )
        except RuleViolation as refusal:
            form.refuse_at("pattern", refusal)
    elif request.method == "GET" and there is not None:
        example = numbering.next_text(office, series, there.shape, before, now)
    return render_template(
        "documents/number_format.html",
        form=form,
        office=office,
        series=series,
        labels=rules.SERIES,
        placeholders=rules.PLACEHOLDERS,
        example=example,
        last=last,
        year=year,
        is_saved=request.method == "GET",
    ), form.status
