"""Before and after on the workbooks of two offices, imported as an office would."""

import json
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import PastContact
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.health.rules import STATUS_LABELS
from kopdiklat.impact import cohorts, queries, subjects
from kopdiklat.impact.rules import HEALTH_STATUSES, Windows
from kopdiklat.imports import service
from kopdiklat.imports.kinds.base import Options
from tests.factories import make_office, make_user

DATA = Path(__file__).parent.parent / "data"
OFFICES = {  # scenario: (region code, name, fiscal year of the register, day of its statuses)
    "mojokerto-2022": ("3576", "Dinas Koperasi Kota Mojokerto", 2021, date(2022, 6, 30)),
    "kutai-timur-2023": ("6408", "Dinas Koperasi Kabupaten Kutai Timur", 2022, date(2023, 6, 30)),
}
KINDS = (("assessments", "assessments"), ("past-training", "past-training"), ("past-visits",) * 2)
TODAY = date(2026, 7, 13)


def import_office(scenario):
    code, name, fiscal_year, as_of = OFFICES[scenario]
    office = make_office(code, name, region_name=name.removeprefix("Dinas Koperasi "))
    save("cooperatives", DATA / scenario / "cooperatives.xlsx", office, Options(as_of, fiscal_year))
    for start, kind in KINDS:
        for file in sorted((DATA / scenario).glob(f"{start}*.xlsx")):
            save(kind, file, office, Options())
    return office


def save(kind, file, office, options):
    workbook = service.Workbook(kind, file.read_bytes(), file.name)
    with transaction():
        service.save(workbook, office, options, valid_only=True, now=utc_now())


def training_of(office):
    """Id of the first row of the imported bimtek."""
    found = sa.select(sa.func.min(PastContact.id)).where(
        PastContact.office_id == office.id, PastContact.kind == "training"
    )
    return db.session.scalar(found)


def cohort_of(office):
    facts = queries.office_facts([office.id])
    past = next(row for row in facts.past if row.id == training_of(office))
    subject = subjects.of_activity(past, queries.first_past_days(facts.past))
    windows = Windows(main_scheme=facts.main_scheme)
    return cohorts.build_cohort(facts.of_office(office.id), subject.exposure(facts), windows, TODAY)


@pytest.mark.parametrize("scenario", OFFICES)
def test_transitions_equal_the_truth_of_the_workbooks(app, scenario):
    truth = json.loads((DATA / scenario / "truth.json").read_text())

    cohort = cohort_of(import_office(scenario))

    table = cohort.participants.table
    counted = {
        STATUS_LABELS[before]: {
            STATUS_LABELS[after]: table.cell(before, after) for after in HEALTH_STATUSES
        }
        for before in HEALTH_STATUSES
    }
    assert counted == truth["transitions_treated"]
    assert len(cohort.participants.members) == truth["treated"]
    assert table.compared == truth["treated_both"]
    assert table.up.count + table.same.count + table.down.count == table.compared
    assert sum(table.row_total(row) for row in (*HEALTH_STATUSES, None)) == table.total
    assert cohort.participants.change.mean == pytest.approx(truth["naive_change_treated"], abs=1e-3)


@pytest.mark.parametrize("scenario", OFFICES)
def test_comparison_equals_the_truth_of_the_workbooks(app, scenario):
    truth = json.loads((DATA / scenario / "truth.json").read_text())

    cohort = cohort_of(import_office(scenario))

    groups = (cohort.participants.members, cohort.comparison.members, cohort.left_out)
    assert cohort.comparison.table.compared == truth["estimates"]["n_comparison"]
    assert sum(map(len, groups)) == truth["cooperatives"]
    assert cohort.needs_notice


def test_every_number_on_the_page_is_as_long_as_the_list_behind_it(app, login_as):
    office = import_office("mojokerto-2022")
    client = login_as(make_user("coordinator", office))
    page = client.get(f"/changes/activity/{training_of(office)}")
    links = re.findall(r'<a [^>]*?href="([^"]*/names\?[^"]*)"[^>]*>(?:<b>)?([\d.]+)<', page.text)

    lengths = {}
    for url, number in {(unescape(url), number) for url, number in links}:
        text = client.get(url).text
        lengths[url] = (number, re.search(r"<p>([\d.]+) koperasi · ", text)[1])

    assert len(lengths) > 50
    assert [found for found in lengths.values() if found[0] != found[1]] == []
