from datetime import date

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.health import queries
from kopdiklat.health.models import HealthAssessment
from tests.factories import make_assessment, make_cooperative


def test_current_assessment_is_the_one_with_the_latest_position(app):
    cooperative = make_cooperative()
    make_assessment(cooperative, "70", fiscal_year=2025)
    make_assessment(cooperative, "60", fiscal_year=2024)  # entered later, describes earlier

    assert queries.current_assessment(cooperative.id).fiscal_year == 2025


def test_current_assessment_is_the_correction_even_of_an_earlier_position(app):
    cooperative = make_cooperative()
    wrong = make_assessment(cooperative, "90", fiscal_year=2025)
    make_assessment(
        cooperative,
        "70",
        fiscal_year=2025,
        position_on=date(2025, 12, 30),
        replaces_id=wrong.id,
        replacement_reason="Salah ketik",
    )

    assert queries.current_assessment(cooperative.id).score == 70


def test_current_assessment_is_none_for_belum_dinilai(app):
    assert queries.current_assessment(make_cooperative().id) is None


def test_current_id_joins_one_result_to_each_cooperative(app):
    never, once, twice = make_cooperative(), make_cooperative(), make_cooperative()
    make_assessment(once, "55")
    make_assessment(twice, "40", fiscal_year=2024)
    make_assessment(twice, "85")

    select = (
        sa.select(Cooperative.id, HealthAssessment.score)
        .outerjoin(HealthAssessment, HealthAssessment.id == queries.current_id(Cooperative.id))
        .order_by(Cooperative.id)
    )

    assert db.session.execute(select).all() == [
        (never.id, None),
        (once.id, 55),
        (twice.id, 85),
    ]


def test_standing_leaves_out_what_was_replaced(app):
    cooperative = make_cooperative()
    wrong = make_assessment(cooperative, "90")
    right = make_assessment(cooperative, "70", replaces_id=wrong.id, replacement_reason="Salah")

    every = queries.assessments_of(cooperative.id)

    assert {a.id for a in every} == {wrong.id, right.id}
    assert [a.id for a in queries.standing(every)] == [right.id]
