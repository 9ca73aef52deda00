"""Target selection over 5,000 cooperatives: the page, and the count after one filter is changed.

The office has a history: three assessments, two earlier contacts and an officer of each, visits,
follow-ups, invitations to earlier batches and presence in them. What is timed is what the server
does: the whole request, signed in, with its queries and its page.
"""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import orm

from bench.table import Figure
from kopdiklat import demo, tables
from kopdiklat.core import keys
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.registration import tokens
from scripts.pages import get, sign_in

COOPERATIVES = 5000
ROUNDS = 25
BUDGET = 300  # ms, ux.md 6.2
DISTRICTS = tuple(f"Kecamatan {n}" for n in range(1, 19))
TYPES = ("consumer", "savings_and_loan", "producer", "service", "marketing", "multi_purpose")
STATUSES = ("healthy", "fairly_healthy", "under_supervision", "under_special_supervision")

C, H = tables.cooperatives, tables.health
R, T = tables.registration, tables.training


def run(app, where: str) -> list[Figure]:
    """p95 of the page, of a changed filter, and of the widest list there is; all in ms."""
    demo.load(now=utc_now())
    batch_id = fill(utc_now())
    db.session.remove()
    client = app.test_client()
    sign_in(client, "coordinator")
    address = f"/batches/{batch_id}/selection"
    everything = f"{address}?all=1&n=40"
    counted = {"all": "1", "n": "40", "do": "look", "status": "under_supervision", "kept": ""}
    measured = {
        "page": lambda: get(client, address),
        "page without a filter": lambda: get(client, everything),
        "live count": lambda: _post(client, address, counted),
    }
    return [
        Figure(
            f"target selection over {COOPERATIVES:,} cooperatives, {name} p95",
            where,
            _p95(call),
            "ms",
            BUDGET,
        )
        for name, call in measured.items()
    ]


def _p95(call) -> float:
    call()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = call()
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200 or " koperasi cocok" not in answer.get_data(as_text=True):
            raise RuntimeError(f"no list: {answer.status}")
    return sorted(times)[int(ROUNDS * 0.95) - 1]


def _post(client, address: str, data: dict):
    with client.application.app_context():
        return client.post(address, data=data, headers={"HX-Request": "true"})


# -- an office of that size -------------------------------------------------------------------------


def fill(now: datetime) -> int:
    """A history of 5,000 cooperatives in the demo office.

    :return: a batch to choose for
    """
    batch = db.session.scalars(
        sa.select(T.Batch)
        .where(T.Batch.state == "published")
        .order_by(T.Batch.id.desc())
        .options(orm.joinedload(T.Batch.course))
    ).first()
    if batch is None:
        raise RuntimeError("the demo office has no open batch")
    office_id, batch_id, course = batch.office_id, batch.id, batch.course.name
    mentor_id = db.session.scalar(
        sa.select(tables.accounts.User.id).where(tables.accounts.User.email == "dedi@contoh.id")
    )
    with transaction():
        _insert(C.Cooperative, (_cooperative(n, office_id, now) for n in range(COOPERATIVES)))
        ids = list(
            db.session.scalars(
                sa.select(C.Cooperative.id)
                .where(C.Cooperative.name_key.like("koperasi ukur %"))
                .order_by(C.Cooperative.id)
            )
        )
        _insert(H.HealthAssessment, _assessments(ids, office_id, now))
        _insert(C.PastContact, _contacts(ids, office_id, course))
        _insert(C.Person, (_person(n, office_id, now) for n, _ in enumerate(ids)))
        people = list(
            db.session.scalars(
                sa.select(C.Person.id).where(C.Person.full_name.like("Pengurus Ukur %"))
            )
        )
        _insert(
            C.Officer,
            (
                {"cooperative_id": cooperative, "person_id": person, "position": "chair"}
                for cooperative, person in zip(ids, people, strict=True)
            ),
        )
        _insert(tables.mentoring.MentoringVisit, _visits(ids, office_id, mentor_id, now))
        _insert(tables.mentoring.FollowUp, _follow_ups(ids, office_id, now))
        _earlier_batches(batch_id, ids, people, now)
    db.session.remove()
    with db.engine.begin() as connection:  # as autovacuum would, minutes later
        connection.execute(sa.text("ANALYZE"))
    return batch_id


def _insert(model, rows) -> None:
    db.session.execute(sa.insert(model), list(rows))


def _cooperative(n: int, office_id: int, now: datetime) -> dict:
    return {
        "office_id": office_id,
        "cooperative_number": f"99{n:011d}",
        "name": f"Koperasi Ukur {n}",
        "name_key": f"koperasi ukur {n}",
        "village": f"Desa {n % 211}",
        "district": DISTRICTS[n % len(DISTRICTS)],
        "cooperative_type": TYPES[n % len(TYPES)],
        "activity_status": "inactive" if n % 17 == 0 else "active",
        "created_at": now,
    }


def _assessments(ids: list[int], office_id: int, now: datetime):
    scheme = db.session.scalar(
        sa.select(H.AssessmentScheme.id).where(H.AssessmentScheme.is_default)
    )
    for n, cooperative in enumerate(ids):
        for year in (2023, 2024, 2025):
            yield {
                "office_id": office_id,
                "cooperative_id": cooperative,
                "scheme_id": scheme,
                "fiscal_year": year,
                "position_on": date(year, 12, 31),
                "health_status": STATUSES[n * 7 % len(STATUSES)],
                "score": Decimal(3000 + n * 31 % 6900) / 100,
                "recorded_at": now,
            }


def _contacts(ids: list[int], office_id: int, course: str):
    for n, cooperative in enumerate(ids):
        named = {"office_id": office_id, "cooperative_id": cooperative}
        activity = f"Bimtek {course} {2019 + n % 5}" if n % 9 == 0 else f"Bimtek {n % 40}"
        yield named | {
            "kind": "training",
            "activity": activity,
            "held_on": date(2023, 3, 1 + n % 28),
        }
        yield named | {
            "kind": "visit",
            "activity": "Kunjungan",
            "held_on": date(2024, 5, 1 + n % 28),
        }


def _person(n: int, office_id: int, now: datetime) -> dict:
    return {
        "office_id": office_id,
        "full_name": f"Pengurus Ukur {n}",
        "phone": f"+628{n:09d}" if n % 20 else None,
        "created_at": now,
    }


def _visits(ids: list[int], office_id: int, mentor_id: int | None, now: datetime):
    for n, cooperative in enumerate(ids):
        starts = now - timedelta(days=30 + n % 700)
        yield {
            "office_id": office_id,
            "mentor_id": mentor_id,
            "cooperative_id": cooperative,
            "state": "held",
            "starts_at": starts,
            "ends_at": starts + timedelta(hours=1),
            "time_zone": "WIB",
            "created_at": starts,
        }


def _follow_ups(ids: list[int], office_id: int, now: datetime):
    for n, cooperative in enumerate(ids[::2]):
        is_closed = n % 3 == 0
        yield {
            "office_id": office_id,
            "cooperative_id": cooperative,
            "what": "Menyusun neraca",
            "owner_name": "Bendahara",
            "agreed_on": date(2026, 1, 5),
            "due_on": date(2026, 3, 5),
            "closed_on": date(2026, 2, 20) if is_closed else None,
            "result": "Sudah" if is_closed else None,
            "created_at": now,
        }


def _earlier_batches(batch_id: int, ids: list[int], people: list[int], now: datetime) -> None:
    """Ten of them, each with sixty invitations, people and their presence; two of this course."""
    model = db.session.get_one(T.Batch, batch_id)
    for number in range(10):
        batch = T.Batch(
            office_id=model.office_id,
            programme_id=model.programme_id,
            course_id=model.course_id if number < 2 else _course(model, number, now),
            number=100 + number,
            state="closed",
            seats=60,
            venue="Aula",
            time_zone="WIB",
            registration_opens_at=now - timedelta(days=400),
            registration_closes_at=now - timedelta(days=300),
            created_at=now,
        )
        session = T.TrainingSession(
            batch=batch,
            topic="Materi",
            starts_at=now - timedelta(days=200 + number),
            ends_at=now - timedelta(days=200 + number) + timedelta(hours=1),
            time_zone="WIB",
        )
        db.session.add_all([batch, session])
        db.session.flush()
        mine = ids[number * 60 : number * 60 + 60]
        _insert(R.Invitation, (_invitation(batch, one, now) for one in mine))
        _insert(
            R.Registration,
            (
                _registration(batch, one, person, now)
                for one, person in zip(mine, people[number * 60 :], strict=False)
            ),
        )
        seats = db.session.scalars(
            sa.select(R.Registration.id).where(R.Registration.batch_id == batch.id)
        )
        _insert(
            tables.attendance.Attendance,
            (
                {
                    "office_id": batch.office_id,
                    "training_session_id": session.id,
                    "registration_id": seat,
                    "state": "present",
                    "method": "list",
                    "recorded_by_name": "ukur",
                    "recorded_at": now,
                }
                for seat in list(seats)
            ),
        )


def _course(batch, number: int, now: datetime) -> int:
    course = T.Course(office_id=batch.office_id, name=f"Kursus ukur {number}", created_at=now)
    db.session.add(course)
    db.session.flush()
    return course.id


def _invitation(batch, cooperative_id: int, now: datetime) -> dict:
    nonce = keys.new_nonce()
    return {
        "office_id": batch.office_id,
        "batch_id": batch.id,
        "cooperative_id": cooperative_id,
        "nonce": nonce,
        "token_hash": keys.token_hash("invitation", keys.token_for("invitation", nonce)),
        "created_at": now - timedelta(days=300),
    }


def _registration(batch, cooperative_id: int, person_id: int, now: datetime) -> dict:
    nonce = keys.new_nonce()
    return {
        "office_id": batch.office_id,
        "batch_id": batch.id,
        "cooperative_id": cooperative_id,
        "person_id": person_id,
        "position": "chair",
        "team": f"ukur-{batch.id}-{cooperative_id}",
        "number": f"U-{batch.id}-{cooperative_id}"[:20],
        "state": "confirmed",
        "nonce": nonce,
        "registered_at": now - timedelta(days=300),
        **tokens.hashes_of(nonce),
    }
