"""An office with as many cooperatives as a bench needs, and batches to which all are invited."""

import itertools
from datetime import datetime, timedelta

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative, Officer, Person
from kopdiklat.core.db import db, transaction
from kopdiklat.offices.models import Office
from kopdiklat.registration import invitations
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch, Course, Programme, TrainingSession

DISTRICTS = ("Kranggan", "Magersari", "Prajurit Kulon")
_numbers = itertools.count(1)


class BenchOffice:
    """One office. `teams` holds (cooperative id, ids of its two officers).

    :param code: of an office that is not there yet
    """

    def __init__(self, code: str, cooperatives: int, now: datetime):
        self.now = now
        with transaction() as session:
            office = Office(
                code=code, name=f"Dinas {code}", region_name="Kota Balap", created_at=now,
                contact_name="Rina", contact_phone="+6281234567890",
            )  # fmt: skip
            session.add(office)
            session.flush()
            programme = Programme(office_id=office.id, name="Balap", year=2026, created_at=now)
            course = Course(office_id=office.id, name="Balap", created_at=now)
            session.add_all([programme, course])
            session.flush()
            self.office_id = office.id
            self._place = (programme.id, course.id)
        self.teams = self._make_cooperatives(cooperatives)

    def _make_cooperatives(self, count: int) -> list[tuple[int, list[int]]]:
        """Row by row through the database, not the session: thousands in seconds."""
        own = {"office_id": self.office_id, "created_at": self.now}
        cooperatives = [
            own
            | {
                "name": f"Koperasi {n}",
                "name_key": f"koperasi {n}",
                "cooperative_type": "consumer",
                "district": DISTRICTS[n % len(DISTRICTS)],
            }
            for n in range(count)
        ]
        persons = [
            own | {"full_name": f"Orang {n // 2}.{n % 2}", "phone": f"+62812{n:08d}"}
            for n in range(2 * count)
        ]
        with transaction():
            made = self._insert(Cooperative, cooperatives)
            people = self._insert(Person, persons)
            officers = self._insert(
                Officer,
                [
                    {
                        "cooperative_id": made[n // 2],
                        "person_id": person_id,
                        "position": ("chair", "secretary")[n % 2],
                    }
                    for n, person_id in enumerate(people)
                ],
            )
        return [(ident, officers[2 * n : 2 * n + 2]) for n, ident in enumerate(made)]

    def _insert(self, model, rows: list[dict]) -> list[int]:
        if not rows:
            return []
        new = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
        return list(db.session.scalars(new, rows))

    def make_batch(
        self, seats: int, teams: list[tuple[int, list[int]]] | None = None, **columns
    ) -> tuple[int, dict[int, int]]:
        """A batch that begins in ten days, open for registration, to which these teams are invited.

        :return: its id, and the invitation of each cooperative
        """
        with transaction() as session:
            batch = self._new_batch(seats, columns)
            session.add(batch)
            session.flush()
            starts_at = self.now + timedelta(days=10)
            for hours in (0, 2, 24, 26):
                session.add(
                    TrainingSession(
                        batch_id=batch.id,
                        topic="Balap",
                        starts_at=starts_at + timedelta(hours=hours),
                        ends_at=starts_at + timedelta(hours=hours + 1),
                        time_zone="WIB",
                    )
                )
            session.flush()
            chosen = self.teams if teams is None else teams
            choices = [invitations.Choice(ident) for ident, _officers in chosen]
            made: list[Invitation] = invitations.invite(batch.id, choices, now=self.now)
            session.flush()
            return batch.id, {i.cooperative_id: i.id for i in made}

    def _new_batch(self, seats: int, columns: dict) -> Batch:
        programme_id, course_id = self._place
        day = timedelta(days=1)
        return Batch(
            office_id=self.office_id,
            programme_id=programme_id,
            course_id=course_id,
            number=next(_numbers),
            state="published",
            seats=seats,
            venue="Aula",
            time_zone="WIB",
            created_at=self.now,
            **{
                "registration_opens_at": self.now - day,
                "registration_closes_at": self.now + day,
                **columns,
            },
        )
