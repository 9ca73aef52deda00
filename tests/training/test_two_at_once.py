"""Two who plan at the same moment and name the same new trainer: one person of the office."""

from datetime import time

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from kopdiklat.training import service
from kopdiklat.training.models import Course, Trainer
from kopdiklat.training.service import BlockRow
from tests.at_once import meanwhile, refusal_of
from tests.factories import NOW, make_course, make_office

BUDI = "Budi Santoso, S.E."


def pattern(name=BUDI):
    course_id = make_course().id
    row = BlockRow(1, time(8), time(9, 30), "Pembukuan", trainer_name=name)
    return lambda: service.save_pattern(db.session.get_one(Course, course_id), [row])


def trainer(name=BUDI):
    office_id = make_office().id

    def save():
        values = {"name": name, "organisation": None, "phone": None}
        service.save_trainer(Trainer(office_id=office_id), values, now=NOW)

    return save


def named():
    return db.session.scalars(sa.select(Trainer.name).where(Trainer.name == BUDI)).all()


@pytest.mark.parametrize("second", [pattern, trainer])
@pytest.mark.parametrize("first", [pattern, trainer])
def test_a_new_name_in_two_places_at_once_is_one_trainer(app, first, second):
    one, other = first(), second()

    with meanwhile(app, one):
        refusal = refusal_of(other)

    assert refusal == (
        None if second is pattern else "Pemateri dengan nama ini sudah ada. Pakai nama lain."
    )
    assert named() == [BUDI]
