"""The list of follow-ups as a workbook."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from kopdiklat.core import exports, formats
from kopdiklat.core.exports import ExportColumn
from kopdiklat.mentoring import rules
from kopdiklat.mentoring.models import FollowUp

MOST = 20_000


def workbook_of(follow_ups: Sequence[FollowUp], today: date) -> bytes:
    """One row each; how late it is counts up to its end, or to today."""
    columns = [
        ExportColumn(_("Koperasi")),
        ExportColumn(_("Tindak lanjut")),
        ExportColumn(_("Oleh")),
        ExportColumn(_("Disepakati"), "date"),
        ExportColumn(_("Tenggat"), "date"),
        ExportColumn(_("Lewat (hari)"), "whole"),
        ExportColumn(_("Selesai"), "date"),
        ExportColumn(_("Hasil")),
        ExportColumn(_("Pendamping")),
    ]
    rows = [
        (
            f.cooperative.name,
            f.what,
            f.owner_name,
            f.agreed_on,
            f.due_on,
            rules.days_late(f.due_on, f.closed_on, today),
            f.closed_on,
            f.result,
            f.visit.mentor.name if f.visit else "",
        )
        for f in follow_ups
    ]
    subtitle = _("Keadaan %(day)s", day=formats.day(today, "long"))
    return exports.workbook_bytes(_("Tindak lanjut"), columns, rows, subtitle=subtitle)
