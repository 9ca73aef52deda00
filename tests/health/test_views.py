import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.health.models import AnnualMeeting, HealthAssessment
from tests.factories import (
    default_scheme,
    make_annual_meeting,
    make_assessment,
    make_cooperative,
    make_office,
    make_user,
)

LAST = datetime.now(UTC).year - 1


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def values(client, path, **changes):
    page = client.get(path).get_data(as_text=True)
    return {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1],
        "fiscal_year": str(LAST),
        "scheme_id": str(default_scheme().id),
        "position_on": f"{LAST}-12-31",
        "score": "62,35",
    } | changes


def results():
    return db.session.scalars(sa.select(HealthAssessment).order_by(HealthAssessment.id)).all()


@pytest.fixture
def assessor(app, login_as):
    return login_as(make_user("assessor", name="Bagus Prakoso"))


def test_form_begins_with_the_last_fiscal_year_and_its_end(assessor):
    cooperative = make_cooperative()

    page = assessor.get(f"/cooperatives/{cooperative.id}/assessments/new")

    shown = page.get_data(as_text=True)
    assert f'value="{LAST}-12-31"' in shown
    assert 'value="Bagus Prakoso"' in shown


def test_assessment_is_recorded_with_a_comma_and_the_status_of_its_score(assessor):
    cooperative = make_cooperative()
    path = f"/cooperatives/{cooperative.id}/assessments/new"

    answer = assessor.post(path, data=values(assessor, path))

    assert answer.headers["Location"] == f"/cooperatives/{cooperative.id}?tab=health"
    (result,) = results()
    assert (result.score, result.health_status) == (Decimal("62.35"), "under_supervision")
    assert result.recorded_by_id


def test_status_that_disagrees_is_refused_until_there_is_a_reason(assessor):
    cooperative = make_cooperative()
    path = f"/cooperatives/{cooperative.id}/assessments/new"
    signed = values(assessor, path, health_status="fairly_healthy")

    refused = assessor.post(path, data=signed)

    assert refused.status_code == 422
    assert "Skor 62,35 berarti Dalam Pengawasan." in text_of(refused)
    assert 'value="62,35"' in refused.get_data(as_text=True)
    assert results() == []
    reasoned = assessor.post(path, data=signed | {"mismatch_reason": "Keputusan tim"})
    assert reasoned.status_code == 303
    assert results()[0].mismatch_reason == "Keputusan tim"


@pytest.mark.parametrize("score", ["101", "-1", "enam puluh", "62,355", "", "NaN"])
def test_score_that_cannot_be_is_said_at_its_field(assessor, score):
    cooperative = make_cooperative()
    path = f"/cooperatives/{cooperative.id}/assessments/new"

    refused = assessor.post(path, data=values(assessor, path, score=score))

    assert refused.status_code == 422
    assert 'id="score-error"' in refused.get_data(as_text=True)
    assert results() == []


@pytest.mark.parametrize(
    ("score", "status"), [("50,99", "Dalam Pengawasan Khusus"), ("51", "Dalam Pengawasan")]
)
def test_status_of_a_typed_score_is_computed_by_the_server(assessor, score, status):
    cooperative = make_cooperative()

    page = assessor.get(f"/cooperatives/{cooperative.id}/assessments/new?score={score}")

    box = re.search(r'<div id="computed".*?</div>', page.get_data(as_text=True), re.DOTALL)[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", box).split())
    assert (
        words == f"Skor {score} berarti {status}"
        if "," in score
        else f"Skor {score},0 berarti {status}"
    )


def test_correction_keeps_the_old_result_and_says_why(assessor):
    wrong = make_assessment(make_cooperative(), "26.35", fiscal_year=LAST)
    path = f"/assessments/{wrong.id}/correction"

    assessor.post(path, data=values(assessor, path, replacement_reason="Angka tertukar"))

    old, new = results()
    assert (old.score, new.score) == (Decimal("26.35"), Decimal("62.35"))
    assert (new.replaces_id, new.replacement_reason) == (old.id, "Angka tertukar")
    shown = text_of(assessor.get(f"/cooperatives/{old.cooperative_id}?tab=health"))
    assert "diganti" in shown
    assert "Koreksi: Angka tertukar" in shown


def test_correction_offers_the_year_and_the_scheme_of_the_result_alone(assessor):
    wrong = make_assessment(make_cooperative(), "26.35", fiscal_year=LAST - 9)

    page = assessor.get(f"/assessments/{wrong.id}/correction").get_data(as_text=True)

    offered = {
        name: re.findall(r'<option [^>]*value="(\d+)"', options)
        for name, options in re.findall(r'<select[^>]* name="(\w+)"(.*?)</select>', page, re.DOTALL)
    }
    assert offered["fiscal_year"] == [str(LAST - 9)]
    assert offered["scheme_id"] == [str(wrong.scheme_id)]


def test_assessment_is_not_for_the_coordinator(app, login_as):
    cooperative = make_cooperative()
    client = login_as(make_user("coordinator"))

    assert client.get(f"/cooperatives/{cooperative.id}/assessments/new").status_code == 403
    assert client.get("/assessments").status_code == 404


def test_assessor_of_another_office_finds_nothing(app, login_as):
    assessment = make_assessment(make_cooperative())
    client = login_as(make_user("assessor", make_office("3516", "Dinas Koperasi Kabupaten")))

    assert client.get(f"/assessments/{assessment.id}/correction").status_code == 404


def test_progress_lists_who_is_waiting_and_who_is_done(assessor):
    make_assessment(make_cooperative(name="KSU Selesai"), "70", fiscal_year=LAST)
    make_assessment(make_cooperative(name="KSU Lama"), "40", fiscal_year=LAST - 1)
    make_cooperative(name="KSU Belum")
    make_cooperative(name="KSU Bubar", activity_status="dissolved")

    waiting = text_of(assessor.get("/assessments"))
    done = text_of(assessor.get("/assessments?state=done"))

    assert "1 dari 3 koperasi sudah dinilai" in waiting
    assert waiting.index("KSU Belum") < waiting.index("KSU Lama")
    assert "KSU Selesai" not in waiting
    assert "KSU Bubar" not in waiting
    assert "KSU Selesai" in done
    assert "KSU Lama" not in done


def test_progress_does_not_count_what_was_corrected_twice(assessor):
    cooperative = make_cooperative()
    wrong = make_assessment(cooperative, "26", fiscal_year=LAST)
    make_assessment(
        cooperative, "62", fiscal_year=LAST, replaces_id=wrong.id, replacement_reason="Salah"
    )

    assert "1 dari 1 koperasi sudah dinilai" in text_of(assessor.get("/assessments?state=done"))


def test_meeting_is_recorded_and_completed_later(app, login_as):
    cooperative = make_cooperative()
    client = login_as(make_user("coordinator"))
    path = f"/cooperatives/{cooperative.id}/annual-meetings/new"
    held = values(client, path, held_on=f"{LAST + 1}-01-10", members_present="67")
    client.post(path, data=held)

    shown = client.get(f"{path}?fiscal_year={LAST}").get_data(as_text=True)
    client.post(path, data=held | {"reported_on": f"{LAST + 1}-01-12"})

    assert f'value="{LAST + 1}-01-10"' in shown
    meeting = db.session.scalars(sa.select(AnnualMeeting)).one()
    assert (meeting.held_on, meeting.reported_on) == (
        date(LAST + 1, 1, 10),
        date(LAST + 1, 1, 12),
    )


def test_meeting_without_a_day_is_refused(app, login_as):
    cooperative = make_cooperative()
    client = login_as(make_user("coordinator"))
    path = f"/cooperatives/{cooperative.id}/annual-meetings/new"

    refused = client.post(path, data=values(client, path))

    assert refused.status_code == 422
    assert "Isi tanggal RAT atau tanggal lapor." in text_of(refused)


def test_meeting_is_not_for_the_assessor(assessor):
    cooperative = make_cooperative()
    make_annual_meeting(cooperative)

    path = f"/cooperatives/{cooperative.id}/annual-meetings/new"
    assert assessor.get(path).status_code == 403
