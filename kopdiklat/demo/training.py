"""The demo's batches: one two years ago with presence, one today, one open, one full, one draft."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from kopdiklat.attendance.models import Attendance
from kopdiklat.core import clock, keys
from kopdiklat.core.db import db
from kopdiklat.core.numbers import NumberRegister
from kopdiklat.demo import catalogue
from kopdiklat.demo.register import Calendar, Made
from kopdiklat.offices.models import Office
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration, RegistrationEvent
from kopdiklat.training import service
from kopdiklat.training.models import Batch, Programme, TrainingSession

STATUS_NAMES: dict[str | None, str] = {
    "under_supervision": "Dalam Pengawasan",
    "under_special_supervision": "Dalam Pengawasan Khusus",
}


@dataclass
class _Maker:
    """Makes registrations with running numbers."""

    office: Office
    dice: Random
    now: datetime
    count: int = 0

    def team(self, invitation: Invitation) -> str:
        """Those of one invitation were sent in together."""
        return str(UUID(int=2022 << 64 | invitation.id, version=4))

    def sent_in(self, batch: Batch, days: int) -> datetime:
        """A moment of an office day or evening within `days` of the opening, not after now."""
        after = timedelta(days=self.dice.randint(0, days), minutes=self.dice.randint(0, 700))
        return min(batch.registration_opens_at + after, self.now)

    def invitation(self, batch: Batch, one: Made, rank: int | None = None, **columns) -> Invitation:
        nonce = f"{self.dice.getrandbits(128):032x}"
        token = keys.token_for("invitation", nonce)
        invitation = Invitation(
            office_id=self.office.id,
            batch_id=batch.id,
            cooperative_id=one.row.id,
            people=batch.people_per_cooperative,
            nonce=nonce,
            token_hash=keys.token_hash("invitation", token),
            health_status=one.status,
            score=one.scores.get(max(one.scores, default=0)),
            rank=rank,
            created_at=batch.registration_opens_at,
            **columns,
        )
        db.session.add(invitation)
        db.session.flush()
        return invitation

    def registration(self, batch, invitation, one, officer, at, state="confirmed") -> Registration:
        self.count += 1
        nonce = f"{self.dice.getrandbits(128):032x}"
        registration = Registration(
            office_id=self.office.id,
            batch_id=batch.id,
            invitation_id=invitation.id,
            cooperative_id=one.row.id,
            person_id=officer.person_id,
            position=officer.position,
            team=self.team(invitation),
            number=f"D-{self.count:04d}",
            state=state,
            nonce=nonce,
            **tokens.hashes_of(nonce),
            registered_at=at,
            queued_at=at if state == "waitlisted" else None,
        )
        db.session.add(registration)
        db.session.flush()
        db.session.add(
            RegistrationEvent(
                office_id=self.office.id,
                registration_id=registration.id,
                action="confirm" if state == "confirmed" else "queue",
                state=state,
                at=at,
                by=one.row.name,
            )
        )
        return registration


def make_batches(
    office: Office,
    cooperatives: list[Made],
    calendar: Calendar,
    dice: Random,
    now: datetime,
) -> list[Batch]:
    today = clock.local_day(now, "WIB")
    catalogue.make_people_rooms_and_holidays(office, today)
    maker = _Maker(office, dice, now)
    courses = catalogue.make_courses(office, now)
    catalogue.make_patterns(courses)
    past = _past_batch(maker, courses, cooperatives, calendar)
    running = _running_batch(maker, courses, cooperatives, today)
    open_ = _open_batch(maker, courses, cooperatives, today)
    full = _full_batch(maker, courses, cooperatives, today)
    draft = _draft_batch(maker, courses, today)
    db.session.add(
        NumberRegister(office_id=office.id, series="registration", year=0, last=maker.count)
    )
    db.session.flush()
    return [past, running, open_, full, draft]


def _programme(
    office: Office, name: str, year: int, statuses: list[str], at: datetime
) -> Programme:
    programme = Programme(
        office_id=office.id,
        name=name,
        year=year,
        goal="Koperasi dalam pengawasan naik ke cukup sehat.",
        funding_source="apbd",
        budget_code="2.17.06.2.01",
        target_statuses=statuses,
        created_at=at,
    )
    db.session.add(programme)
    db.session.flush()
    return programme


def _batch(maker: _Maker, programme, course, first: date, timetable, *, seats, state, **columns):
    """A batch whose timetable begins on `first`; its window closes four days before."""
    opens = clock.moment(first - timedelta(days=21), time(8), "WIB")
    closes = clock.moment(first - timedelta(days=4), time(16), "WIB")
    batch = Batch(
        **{
            "office_id": maker.office.id,
            "programme_id": programme.id,
            "course_id": course.id,
            "number": 1,
            "seats": seats,
            "state": state,
            "venue_id": service.venue_named(maker.office.id, *catalogue.VENUE, "WIB").id,
            "venue": catalogue.VENUE[0],
            "venue_address": catalogue.VENUE[1],
            "time_zone": "WIB",
            "registration_opens_at": opens,
            "registration_closes_at": closes,
            "contact_name": maker.office.contact_name,
            "contact_phone": maker.office.contact_phone,
            "created_at": opens - timedelta(days=7),
            "breaks": [
                {
                    "starts": line[:5].replace(".", ":"),
                    "ends": line[6:11].replace(".", ":"),
                    "name": line[12:],
                }
                for line in (
                    catalogue.TWO_DAYS_BREAKS
                    if timetable is catalogue.TWO_DAYS
                    else catalogue.THREE_DAYS_BREAKS
                )
            ],
        }
        | columns
    )
    db.session.add(batch)
    db.session.flush()
    for day, start, end, topic, trainer, is_teaching in timetable:
        on = first + timedelta(days=day)
        db.session.add(
            TrainingSession(
                batch_id=batch.id,
                topic=topic,
                trainer_name=trainer,
                trainer=service.trainer_named(maker.office.id, trainer),
                starts_at=clock.moment(on, catalogue.hour(start), "WIB"),
                ends_at=clock.moment(on, catalogue.hour(end), "WIB"),
                time_zone="WIB",
                is_teaching=is_teaching,
            )
        )
    db.session.flush()
    return batch


def _past_batch(maker: _Maker, courses, cooperatives: list[Made], calendar: Calendar) -> Batch:
    """Sixty board members of sixty cooperatives, two days, with presence."""
    first = calendar.bimtek_day
    at = clock.moment(first - timedelta(days=30), time(9), "WIB")
    programme = _programme(
        maker.office,
        "Bimtek Akuntabilitas Koperasi",
        first.year,
        ["under_supervision", "under_special_supervision"],
        at,
    )
    batch = _batch(
        maker, programme, courses["accountability"], first, catalogue.TWO_DAYS,
        seats=60, state="closed", selection_basis="baseline_score",
    )  # fmt: skip
    dice = maker.dice
    chosen = [one for one in cooperatives if one.took_part]
    chosen.sort(key=lambda one: min(one.scores.values(), default=100))
    for rank, one in enumerate(chosen, 1):
        sent_in = maker.sent_in(batch, 12)
        invitation = maker.invitation(batch, one, rank, opened_at=sent_in)
        registration = maker.registration(batch, invitation, one, one.officers[0], sent_in)
        _presence(registration, batch.training_sessions, dice)
    return batch


def _presence(registration: Registration, sessions: list[TrainingSession], dice: Random) -> None:
    """Nearly everybody is there nearly always: one in three misses one session."""
    missed = dice.randrange(1, len(sessions)) if dice.random() < 0.35 else None
    for index, session in enumerate(sessions):
        state = dice.choice(("excused", "sick", "absent")) if index == missed else "present"
        arrived = session.starts_at + timedelta(minutes=dice.randint(-20, 22))
        db.session.add(
            Attendance(
                office_id=registration.office_id,
                training_session_id=session.id,
                registration_id=registration.id,
                state=state,
                method="list",
                arrived_at=arrived if state == "present" else None,
                recorded_by_name="Sari Handayani",
                recorded_at=session.ends_at,
            )
        )


def _running_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """Today and tomorrow: the door has something to do, and some are there already."""
    at = clock.moment(today - timedelta(days=40), time(9), "WIB")
    programme = _programme(
        maker.office, "Penguatan Koperasi Kelurahan Merah Putih", today.year, [], at
    )
    batch = _batch(
        maker, programme, courses["wards"], today, catalogue.TWO_DAYS, seats=36, state="published"
    )
    young = [one for one in cooperatives if "Merah Putih" in one.row.name]
    for one in young:
        sent_in = maker.sent_in(batch, 9)
        invitation = maker.invitation(batch, one, opened_at=sent_in)
        for officer in one.officers[:2]:
            registration = maker.registration(batch, invitation, one, officer, sent_in)
            if maker.dice.random() < 0.6:
                _arrive(registration, batch.training_sessions[0], maker)
    return batch


def _arrive(registration: Registration, session: TrainingSession, maker: _Maker) -> None:
    arrived = session.starts_at + timedelta(minutes=maker.dice.randint(-25, 10))
    db.session.add(
        Attendance(
            office_id=registration.office_id,
            training_session_id=session.id,
            registration_id=registration.id,
            state="present",
            method="qr",
            arrived_at=min(arrived, maker.now),
            recorded_by_name="Sari Handayani",
            recorded_at=min(arrived, maker.now),
        )
    )


def _open_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """The batch to play with: sixty seats, most taken, some cooperatives silent."""
    first = today + timedelta(days=9)
    first += timedelta(days=(1 - first.weekday()) % 7)  # a Tuesday
    at = clock.moment(today - timedelta(days=35), time(9), "WIB")
    programme = _programme(
        maker.office,
        "Bimtek Akuntabilitas Koperasi",
        first.year,
        ["under_supervision", "under_special_supervision"],
        at,
    )
    batch = _batch(
        maker, programme, courses["accountability"], first, catalogue.TWO_DAYS,
        seats=60, state="published", number=2, selection_basis="baseline_score",
    )  # fmt: skip
    weak = [one for one in cooperatives if one.status in programme.target_statuses]
    weak = [one for one in weak if not one.took_part]
    weak.sort(key=lambda one: list(one.scores.values())[-1] if one.scores else 0)
    taken = 0
    for rank, one in enumerate(weak, 1):
        silent = rank % 5 == 0 or taken >= 46
        sent_in = maker.sent_in(batch, 6)
        opened_at = None if silent else sent_in
        reason = f"{STATUS_NAMES[one.status]}, urutan {rank} dari skor terendah"
        invitation = maker.invitation(batch, one, rank, opened_at=opened_at, reason=reason)
        for officer in () if silent else one.officers[:2]:
            maker.registration(batch, invitation, one, officer, sent_in)
            taken += 1
    return batch


def _full_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """Every seat taken and three in the queue."""
    first = today + timedelta(days=20)
    first += timedelta(days=(2 - first.weekday()) % 7)
    at = clock.moment(today - timedelta(days=35), time(9), "WIB")
    programme = _programme(maker.office, "Kewirausahaan Koperasi Wanita", first.year, [], at)
    batch = _batch(
        maker, programme, courses["entrepreneurs"], first, catalogue.TWO_DAYS,
        seats=12, state="published", people_per_cooperative=1,
        registration_opens_at=clock.moment(today - timedelta(days=6), time(8), "WIB"),
    )  # fmt: skip
    women = [one for one in cooperatives if one.row.name.startswith("Kopwan")][:15]
    for index, one in enumerate(women):
        sent_in = min(batch.registration_opens_at + timedelta(minutes=47 * index), maker.now)
        state = "confirmed" if index < batch.seats else "waitlisted"
        invitation = maker.invitation(batch, one, opened_at=sent_in)
        maker.registration(batch, invitation, one, one.officers[0], sent_in, state)
    return batch


def _draft_batch(maker: _Maker, courses, today: date) -> Batch:
    first = today + timedelta(days=40)
    first += timedelta(days=(1 - first.weekday()) % 7)
    at = clock.moment(today - timedelta(days=3), time(9), "WIB")
    programme = _programme(maker.office, "Penilaian Kesehatan Mandiri", first.year, [], at)
    return _batch(
        maker, programme, courses["health"], first, catalogue.TWO_DAYS, seats=40, state="draft"
    )
