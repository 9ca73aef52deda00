"""The coming week: training and visits, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from kopdiklat.core import formats
from kopdiklat.dashboard import place
from kopdiklat.dashboard.agenda import WEEK, BatchFacts, Facts
from kopdiklat.mentoring.models import MentoringVisit
from kopdiklat.training.models import TrainingSession

VISITS_SHOWN = 2


@dataclass(frozen=True)
class DayItem:
    title: str
    hours: str
    detail: str
    url: str
    is_training: bool


@dataclass(frozen=True)
class ComingDay:
    """One day, training before visits. Of many visits one is shown and the others are `folded`."""

    on: date
    training: list[DayItem]
    visits: list[DayItem]

    @property
    def shown(self) -> list[DayItem]:
        return self.training + (self.visits[:1] if self.folded else self.visits)

    @property
    def folded(self) -> list[DayItem]:
        return self.visits[1:] if len(self.visits) > VISITS_SHOWN else []


def coming_days(facts: Facts) -> list[ComingDay]:
    """The next seven days, those on which something happens."""
    days = [_day(facts.today + timedelta(days=ahead), facts) for ahead in range(WEEK.days)]
    return [day for day in days if day.shown]


def _day(day: date, facts: Facts) -> ComingDay:
    training = [
        _training_item(one, sessions, day, facts)
        for one in facts.batches
        if one.batch.state != "draft" and (sessions := one.sessions_on(day))
    ]
    visits = [_visit_item(visit) for visit in facts.coming_visits if visit.day == day]
    return ComingDay(day, training, visits)


def _training_item(
    one: BatchFacts, sessions: list[TrainingSession], day: date, facts: Facts
) -> DayItem:
    batch = one.batch
    number = batch.days.index(day) + 1
    title = batch.course.name
    if len(batch.days) > 1:
        title = _("%(course)s, hari ke-%(number)s", course=title, number=number)
    return DayItem(
        title,
        formats.hours(sessions[0].starts_at, sessions[-1].ends_at, sessions[0].time_zone),
        _(
            "%(venue)s · %(taken)s dari %(seats)s kursi",
            venue=batch.venue,
            taken=one.confirmed,
            seats=batch.seats,
        ),
        place.batch_url(batch.id),
        True,
    )


def _visit_item(visit: MentoringVisit) -> DayItem:
    return DayItem(
        _("Kunjungan: %(name)s", name=visit.cooperative.name),
        formats.hours(visit.starts_at, visit.ends_at, visit.time_zone),
        visit.mentor.name,
        place.link("mentoring.show_visit", visit_id=visit.id),
        False,
    )
