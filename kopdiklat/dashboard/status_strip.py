"""The register as one bar: how many cooperatives have which health status."""

from flask_babel import gettext as _

from kopdiklat.core.charts import Part, strip
from kopdiklat.core.web import asset_url
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS


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
