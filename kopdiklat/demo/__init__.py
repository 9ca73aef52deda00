"""Demo: the office of Kota Mojokerto, made up by a deterministic generator.

The totals are those that a newspaper printed in July 2022 (192 cooperatives; 19, 68, 32, 45 in the
four statuses, 28 not assessed); every cooperative, person and figure is invented.
The same day gives the same office, whenever and wherever it is loaded.
"""

from datetime import datetime
from random import Random

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_
from kopdiklat.demo import applications, catalogue, mentoring, papers, people, register, training
from kopdiklat.offices.models import Office

SCENARIOS = {"mojokerto": N_("Dinas Koperasi Kota Mojokerto, 192 koperasi, tiga tahun penilaian")}


def load(*, now: datetime, scenario: str = "mojokerto") -> None:
    """Write the demo office into an empty database, in one transaction.

    :raises RuleViolation: an unknown scenario, or an office is there already
    """
    if scenario not in SCENARIOS:
        raise RuleViolation(N_("Contoh {name} tidak dikenal."), name=scenario)
    hashed = people.password_hash()
    with acting(Actor(None, "kantor contoh", "demo")), transaction() as session:
        if session.scalar(sa.select(sa.func.count(Office.id))):
            raise RuleViolation(N_("Kantor contoh hanya dimuat ke basis data yang kosong."))
        dice = Random(2022)
        calendar = register.Calendar.around(now)
        offices = people.make_offices(now)
        users = people.make_users(offices, hashed, now)
        cooperatives = register.make_cooperatives(offices["city"], calendar, dice, now)
        batches = training.make_batches(offices["city"], cooperatives, calendar, dice, now)
        catalogue.link_trainers(offices["city"], [u for held in users.values() for u in held])
        mentoring.make_mentoring(offices["city"], users, cooperatives, calendar, dice, now)
        people.make_manager(users, cooperatives, now)
        people.give_door_duty(users["door_staff"], batches)
        papers.make_papers(offices["city"], batches, now)
        applications.make_applications(batches[2], cooperatives, now)
        db.session.flush()


def sign_ins() -> list[tuple[str, str, str]]:
    """(role, name to type, password) of every demo account."""
    return [(label, email, people.PASSWORD) for _, label, _, email, _ in people.ACCOUNTS]


def sign_ins_here() -> list[tuple[str, str, str]]:
    """Those of `sign_ins` that open this database; none in an office of its own."""
    here = set(db.session.scalars(sa.select(User.email).where(User.is_demo)))
    return [line for line in sign_ins() if line[1] in here]
