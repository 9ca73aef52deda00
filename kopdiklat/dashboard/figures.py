"""The key figures of a cooperative's last fiscal year, each beside the year before."""

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext as _

from kopdiklat.core.formats import number, percent, rupiah, signed
from kopdiklat.health.models import YearlyFigures


def key_figures(years: Sequence[YearlyFigures]) -> list[dict]:
    """Items for the macro `figures`; a fall is a sign, not a colour.

    :param years: the last fiscal year first
    """
    if not years:
        return []
    last = years[0]
    before = next((y for y in years if y.fiscal_year == last.fiscal_year - 1), None)
    return [
        _members(last, before),
        _money(_("Aset"), last.assets, before and before.assets, before),
        _money(_("Modal sendiri"), last.own_capital, before and before.own_capital, before)
        | _share_of_assets(last),
        _money(_("Volume usaha"), last.business_volume, before and before.business_volume, before),
        _money(_("SHU"), last.surplus, before and before.surplus, before),
    ]


def _members(last: YearlyFigures, before: YearlyFigures | None) -> dict:
    item = {"label": _("Anggota"), "value": number(last.members), "unit": _("orang")}
    if last.members is None:
        item["unit"] = ""
    elif before and before.members is not None:
        item["strong_note"] = _(
            "%(change)s dari %(year)s",
            change=signed(last.members - before.members),
            year=before.fiscal_year,
        )
    if last.male_members is not None and last.female_members is not None:
        item["note"] = _("L %(men)s, P %(women)s", men=last.male_members, women=last.female_members)
    return item


def _money(label: str, value, value_before, before: YearlyFigures | None) -> dict:
    figure, unit = rupiah(value)
    item = {"label": label, "value": figure, "unit": unit}
    if value is not None and before and value_before:
        if value_before > 0 and value > 0:  # a share of a loss says nothing
            change = Decimal(100 * (value - value_before)) / value_before
            item["strong_note"] = f"{signed(change, 1)}%"
        item["note"] = f"{before.fiscal_year}: {' '.join(rupiah(value_before)).strip()}"
    return item


def _share_of_assets(last: YearlyFigures) -> dict:
    if last.own_capital is None or not last.assets:
        return {}
    return {"note": _("%(share)s dari aset", share=percent(last.own_capital, last.assets))}
