from datetime import date, datetime, time
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.accounts.models import User
from kopdiklat.core import clock
from kopdiklat.core.data_classes import K1, K2, K3
from kopdiklat.core.db import JSON, UTC, Model, one_of
from kopdiklat.core.text import match_key
from kopdiklat.offices.models import Office
from kopdiklat.training import rules

ACTIVITY_TYPES = ("diklat", "bimtek", "sosialisasi", "lokakarya", "magang")
FUNDING_SOURCES = ("apbd", "dak", "dekon", "self", "other")
BLOCK_KINDS = ("teaching", "opening", "break")


def _places() -> tuple[sa.CheckConstraint, ...]:
    """What a course proposes and a batch has: none of these numbers can be below nothing."""
    return (
        sa.CheckConstraint("seats > 0", name="seats_positive"),
        sa.CheckConstraint("people_per_cooperative > 0", name="people_positive"),
        sa.CheckConstraint("spare_places >= 0", name="spare_places"),
        sa.CheckConstraint("waiting_places >= 0", name="waiting_places"),
        sa.CheckConstraint("minimum_people > 0", name="minimum_people"),
        sa.CheckConstraint("pass_attendance_percent BETWEEN 0 AND 100", name="pass_attendance"),
        sa.CheckConstraint("pass_test_score BETWEEN 0 AND 100", name="pass_test"),
    )


class Programme(Model):
    """A year's programme: goal, funding, and the statuses it is for.

    `open_registration`: who was not invited may ask for seats; `open_to` says who that may be.
    """

    __tablename__ = "programmes"
    __table_args__ = (
        one_of("funding_source", FUNDING_SOURCES),
        sa.UniqueConstraint("office_id", "year", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160), info=K1)
    year: Mapped[int] = mapped_column(info=K1)
    goal: Mapped[str | None] = mapped_column(sa.String(500), info=K1)
    funding_source: Mapped[str] = mapped_column(sa.String(10), default="apbd", info=K1)
    budget_code: Mapped[str | None] = mapped_column(sa.String(60), info=K2)
    target_statuses: Mapped[list] = mapped_column(JSON, default=list, info=K2)
    open_registration: Mapped[bool] = mapped_column(default=False, info=K1)
    open_to: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    office: Mapped[Office] = relationship()
    batches: Mapped[list["Batch"]] = relationship(back_populates="programme")


class Trainer(Model):
    """Who teaches (pemateri). `name` carries the titles; one name is one person of the office.

    `user_id`: with which account, for those who have one: their sessions stand in their calendar.
    """

    __tablename__ = "trainers"
    __table_args__ = (
        sa.UniqueConstraint("office_id", "name_key"),
        sa.UniqueConstraint("office_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    name_key: Mapped[str] = mapped_column(sa.String(120), info=K2)
    phone: Mapped[str | None] = mapped_column(sa.String(20), info=K3)
    organisation: Mapped[str | None] = mapped_column(sa.String(160), info=K2)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)


class Venue(Model):
    """A room that batches are held in, on its own wall clock.

    `capacity`: people; None is not known.
    """

    __tablename__ = "venues"
    __table_args__ = (
        one_of("time_zone", tuple(clock.ZONES)),
        sa.CheckConstraint("capacity > 0", name="capacity_positive"),
        sa.UniqueConstraint("office_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160), info=K1)
    name_key: Mapped[str] = mapped_column(sa.String(160), info=K1)
    address: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    capacity: Mapped[int | None] = mapped_column(info=K1)
    time_zone: Mapped[str] = mapped_column(sa.String(4), info=K1)


class Course(Model):
    """What is taught, and how a run of it usually looks; a batch is one run.

    `waiting_places`: None is as many as come. `documents`: names, in the order of the list.
    `citizen_number_reason`: a sentence that stands beside the field where the number is asked for.
    """

    __tablename__ = "courses"
    __table_args__ = (
        one_of("activity_type", ACTIVITY_TYPES),
        *_places(),
        sa.CheckConstraint(
            "NOT needs_citizen_number OR citizen_number_reason IS NOT NULL",
            name="citizen_number_reason",
        ),
        sa.UniqueConstraint("office_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160), info=K1)
    activity_type: Mapped[str] = mapped_column(sa.String(12), default="bimtek", info=K1)
    summary: Mapped[str | None] = mapped_column(sa.String(500), info=K1)
    audience: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    bring: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    needs_citizen_number: Mapped[bool] = mapped_column(default=False, info=K1)
    citizen_number_reason: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    seats: Mapped[int] = mapped_column(default=30, info=K1)
    people_per_cooperative: Mapped[int] = mapped_column(default=2, info=K1)
    spare_places: Mapped[int] = mapped_column(default=0, info=K1)
    waiting_places: Mapped[int | None] = mapped_column(info=K1)
    minimum_people: Mapped[int | None] = mapped_column(info=K1)
    pass_attendance_percent: Mapped[int] = mapped_column(default=80, info=K1)
    pass_test_score: Mapped[int | None] = mapped_column(info=K1)
    room_needs: Mapped[str | None] = mapped_column(sa.String(300), info=K1)
    documents: Mapped[list] = mapped_column(JSON, default=list, info=K1)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    office: Mapped[Office] = relationship()
    blocks: Mapped[list["PatternBlock"]] = relationship(
        back_populates="course",
        order_by="(PatternBlock.day_number, PatternBlock.position)",
        cascade="all, delete-orphan",
    )


class PatternBlock(Model):
    """One block of a course's timetable, on the wall clock of wherever it is held.

    A `break` is no training session: nobody is counted in it. An `opening` is one without lesson
    hours. A block that ends before it starts runs over midnight.
    """

    __tablename__ = "pattern_blocks"
    __table_args__ = (
        one_of("kind", BLOCK_KINDS),
        sa.CheckConstraint("day_number > 0", name="day_positive"),
        sa.CheckConstraint("position > 0", name="position_positive"),
        sa.UniqueConstraint("course_id", "day_number", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("courses.id"), index=True)
    day_number: Mapped[int] = mapped_column(info=K1)
    position: Mapped[int] = mapped_column(info=K1)
    starts: Mapped[time] = mapped_column(sa.Time, info=K1)
    ends: Mapped[time] = mapped_column(sa.Time, info=K1)
    topic: Mapped[str] = mapped_column(sa.String(160), info=K1)
    kind: Mapped[str] = mapped_column(sa.String(10), default="teaching", info=K1)
    trainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("trainers.id"), index=True)

    course: Mapped[Course] = relationship(back_populates="blocks")
    trainer: Mapped[Trainer | None] = relationship()

    @property
    def office_id(self) -> int:
        return self.course.office_id


class Batch(Model):
    """One run of a course: place, seats, registration window, sessions.

    `state` moves by rules.BATCH_TRANSITIONS. Full, open and over are computed, not states.
    `venue` and `venue_address` are what letters and lists print: as the venue was called when the
    batch was made. `breaks`: {"day": 1, "starts": "09:30", "ends": "09:45", "name": …}, on the
    wall clock of the days of the batch. `moves` counts changes of days or place that people were
    told of. `decide_on`: the day to say go or no go.
    """

    __tablename__ = "batches"
    __table_args__ = (
        one_of("state", tuple(rules.BATCH_TRANSITIONS)),
        one_of("time_zone", tuple(clock.ZONES)),
        *_places(),
        sa.CheckConstraint("registration_opens_at < registration_closes_at", name="window"),
        sa.UniqueConstraint("programme_id", "course_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programmes.id"), index=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("courses.id"), index=True)
    number: Mapped[int] = mapped_column(info=K1)
    state: Mapped[str] = mapped_column(sa.String(10), default="draft", info=K1)
    seats: Mapped[int] = mapped_column(info=K1)
    people_per_cooperative: Mapped[int] = mapped_column(default=2, info=K1)
    spare_places: Mapped[int] = mapped_column(default=0, info=K1)
    waiting_places: Mapped[int | None] = mapped_column(info=K1)
    minimum_people: Mapped[int | None] = mapped_column(info=K1)
    decide_on: Mapped[date | None] = mapped_column(info=K1)
    pass_attendance_percent: Mapped[int] = mapped_column(default=80, info=K1)
    pass_test_score: Mapped[int | None] = mapped_column(info=K1)
    breaks: Mapped[list] = mapped_column(JSON, default=list, info=K1)
    moves: Mapped[int] = mapped_column(default=0, info=K1)
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venues.id"), index=True)
    venue: Mapped[str] = mapped_column(sa.String(160), info=K1)
    venue_address: Mapped[str | None] = mapped_column(sa.String(240), info=K1)
    time_zone: Mapped[str] = mapped_column(sa.String(4), info=K1)
    registration_opens_at: Mapped[datetime] = mapped_column(UTC, info=K1)
    registration_closes_at: Mapped[datetime] = mapped_column(UTC, info=K1)
    contact_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    contact_phone: Mapped[str | None] = mapped_column(sa.String(20), info=K3)
    reserves_until: Mapped[datetime | None] = mapped_column(UTC, info=K1)
    selection_basis: Mapped[str | None] = mapped_column(sa.String(20), info=K2)
    cancelled_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    created_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    office: Mapped[Office] = relationship()
    programme: Mapped[Programme] = relationship(back_populates="batches")
    course: Mapped[Course] = relationship()
    room: Mapped[Venue | None] = relationship()
    training_sessions: Mapped[list["TrainingSession"]] = relationship(
        back_populates="batch", order_by="TrainingSession.starts_at"
    )

    @property
    def title(self) -> str:
        return _("%(course)s, angkatan %(number)s", course=self.course.name, number=self.number)

    @property
    def days(self) -> list[date]:
        return sorted({session.day for session in self.training_sessions})

    @property
    def slots(self) -> set[tuple[datetime, datetime, str]]:
        """(begin, end, trainer key) of each session."""
        return {
            (s.starts_at, s.ends_at, match_key(s.trainer_name or ""))
            for s in self.training_sessions
        }

    @property
    def lesson_hours(self) -> Decimal:
        return sum((session.lesson_hours for session in self.training_sessions), Decimal(0))


class TrainingSession(Model):
    """One block of a batch's timetable, in its own civil time.

    `trainer_name` is what sheets and letters print; `trainer` is who that is. `clash_reason`: why
    somebody kept this session although a trainer, a room or a participant is elsewhere then.
    """

    __tablename__ = "training_sessions"
    __table_args__ = (
        one_of("time_zone", tuple(clock.ZONES)),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.UniqueConstraint("batch_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    topic: Mapped[str] = mapped_column(sa.String(160), info=K1)
    trainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("trainers.id"), index=True)
    trainer_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    clash_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    starts_at: Mapped[datetime] = mapped_column(UTC, info=K1)
    ends_at: Mapped[datetime] = mapped_column(UTC, info=K1)
    time_zone: Mapped[str] = mapped_column(sa.String(4), info=K1)
    is_teaching: Mapped[bool] = mapped_column(default=True, info=K1)
    minutes_per_lesson_hour: Mapped[int] = mapped_column(default=45, info=K1)

    batch: Mapped[Batch] = relationship(back_populates="training_sessions")
    trainer: Mapped[Trainer | None] = relationship()

    @property
    def office_id(self) -> int:
        return self.batch.office_id

    @property
    def day(self) -> date:
        return clock.local_day(self.starts_at, self.time_zone)

    @property
    def lesson_hours(self) -> Decimal:
        if not self.is_teaching:
            return Decimal(0)
        return rules.lesson_hours(self.starts_at, self.ends_at, self.minutes_per_lesson_hour)


class DoorDuty(Model):
    """A door officer's batch and day: presence of nothing else is open to that person."""

    __tablename__ = "door_duties"
    __table_args__ = (sa.UniqueConstraint("batch_id", "user_id", "duty_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    duty_on: Mapped[date] = mapped_column(info=K2)

    batch: Mapped[Batch] = relationship()
    user: Mapped[User] = relationship()

    @property
    def office_id(self) -> int:
        return self.batch.office_id
