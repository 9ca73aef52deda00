"""What a change is asked of: a programme, one batch, a mentoring, an activity before Kopdiklat."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from kopdiklat.impact import cohorts, queries
from kopdiklat.impact.cohorts import Exposure
from kopdiklat.impact.queries import OfficeFacts, Past
from kopdiklat.offices.models import Office
from kopdiklat.training.models import Batch, Programme

PROGRAMME = "programme"
BATCH = "batch"
ACTIVITY = "activity"
MENTORING = "mentoring"
KINDS = (PROGRAMME, BATCH, ACTIVITY, MENTORING)


@dataclass(frozen=True)
class Subject:
    """`ident` is what its address carries: an id, or office and year of visits without programme.

    `programme` names its contacts, so that those with others can be told apart.
    """

    kind: str
    ident: str
    office_id: int
    programme: tuple
    name: str = ""
    year: int | None = None
    batch_id: int | None = None
    invited: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_mentoring(self) -> bool:
        return self.kind == MENTORING or self.programme[:2] == ("past", "visit")

    def exposure(self, facts: OfficeFacts) -> Exposure:
        if self.kind == ACTIVITY:
            first = queries.first_past_days(facts.past)
            days = (
                (past.cooperative_id, past.on)
                for past in facts.past
                if past.office_id == self.office_id
                and queries.programme_of_past(past, first) == self.programme
            )
            return cohorts.exposure_by_date(self.programme, days)
        if self.kind == MENTORING:
            return cohorts.exposure_by_date(self.programme, self._visit_days(facts), self.invited)
        presences = [
            presence
            for presence in facts.presences
            if presence.batch_id == self.batch_id
            or (
                self.kind == PROGRAMME
                and facts.programme_of_batch[presence.batch_id] == self.programme[1]
            )
        ]
        return cohorts.exposure_by_presence(
            self.programme, presences, facts.hours_of_batches, self.invited
        )

    def _visit_days(self, facts: OfficeFacts) -> list[tuple[int, date]]:
        """Visits of the programme; without one, of the cooperatives whose first was that year."""
        days = [
            (visit.cooperative_id, visit.on)
            for visit in facts.visits
            if queries.programme_of_visit(visit) == self.programme
        ]
        if self.programme[0] == "programme":
            return days
        first = cohorts.exposure_by_date(self.programme, days).starts
        return [(ident, day) for ident, day in days if first[ident].year == self.year]


def of_programme(programme: Programme, invited: Iterable[int] = ()) -> Subject:
    return Subject(
        PROGRAMME,
        str(programme.id),
        programme.office_id,
        ("programme", programme.id),
        name=programme.name,
        year=programme.year,
        invited=frozenset(invited),
    )


def of_batch(batch: Batch, programme: Programme, invited: Iterable[int] = ()) -> Subject:
    return Subject(
        BATCH,
        str(batch.id),
        batch.office_id,
        ("programme", programme.id),
        name=batch.title,
        year=programme.year,
        batch_id=batch.id,
        invited=frozenset(invited),
    )


def of_mentoring(programme: Programme, assigned: Iterable[int] = ()) -> Subject:
    return Subject(
        MENTORING,
        str(programme.id),
        programme.office_id,
        ("programme", programme.id),
        name=programme.name,
        year=programme.year,
        invited=frozenset(assigned),
    )


def of_mentoring_year(office: Office, year: int) -> Subject:
    return Subject(MENTORING, f"{office.id}-{year}", office.id, ("visits", office.id), year=year)


def of_activity(past: Past, first: dict[tuple, date]) -> Subject:
    programme = queries.programme_of_past(past, first)
    return Subject(
        ACTIVITY,
        str(past.id),
        past.office_id,
        programme,
        name=past.activity,
        year=programme[3],
    )


def comparable(
    facts: OfficeFacts,
    offices: Iterable[Office],
    programmes: Iterable[tuple[Programme, Batch | None]],
) -> dict[str, list[Subject]]:
    """Everything with a contact in it, by kind; newest first."""
    attended = {presence.batch_id for presence in facts.presences}
    visited = {visit.programme_id for visit in facts.visits}
    found: dict[str, list[Subject]] = {kind: [] for kind in KINDS}
    known: set[tuple[str, str]] = set()

    def add(subject: Subject) -> None:
        if (subject.kind, subject.ident) not in known:
            known.add((subject.kind, subject.ident))
            found[subject.kind].append(subject)

    for programme, batch in programmes:
        if batch is not None and batch.id in attended:
            add(of_programme(programme))
            add(of_batch(batch, programme))
        if programme.id in visited:
            add(of_mentoring(programme))
    for office in offices:
        mine = [v for v in facts.visits if v.office_id == office.id and v.programme_id is None]
        days = ((visit.cooperative_id, visit.on) for visit in mine)
        starts = cohorts.exposure_by_date((), days).starts
        for year in sorted({day.year for day in starts.values()}, reverse=True):
            add(of_mentoring_year(office, year))
    found[ACTIVITY] = _activities(facts)
    return found


def _activities(facts: OfficeFacts) -> list[Subject]:
    """One per activity and year, under the id of its first row of that year."""
    first = queries.first_past_days(facts.past)
    subjects: dict[tuple, Subject] = {}
    for past in facts.past:
        subject = of_activity(past, first)
        if past.on.year == subject.year:
            subjects.setdefault((past.office_id, subject.programme), subject)
    return sorted(subjects.values(), key=lambda s: (-(s.year or 0), s.name, s.office_id))
