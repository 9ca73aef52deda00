"""A drawing to look at, and its markup read as elements."""

from datetime import date
from xml.etree import ElementTree

from kopdiklat.core import charts


def make_timeline(**more):
    values = {
        "points": [
            charts.Point(date(2024, 12, 31), 52.8, "52,8", "a"),
            charts.Point(date(2022, 12, 31), 47.9, "47,9", "b"),
        ],
        "bands": [charts.Band("Atas", 51, 100, "band-a"), charts.Band("Bawah", 0, 51, "band-b")],
        "lanes": [
            charts.Lane("Acara", marks=[charts.Mark(date(2024, 3, 1), "diamond", label="Bimtek")]),
            charts.Lane("Janji", spans=[charts.Span(date(2024, 1, 1), date(2024, 6, 1), "Kas")]),
        ],
        "first_year": 2022,
        "last_year": 2026,
        "today": date(2026, 7, 13),
        "today_label": "hari ini",
        "title": "Perjalanan",
    } | more
    return charts.timeline(values.pop("points"), values.pop("bands"), values.pop("lanes"), **values)


def drawings(markup):
    return list(ElementTree.fromstring(f"<div>{markup}</div>"))
