"""The screen of one batch, new or changed: its form, the calendar beside it, and what clashes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from flask_babel import gettext as _

from kopdiklat.offices import queries as offices
from kopdiklat.offices.models import Office
from kopdiklat.training import queries, rules
from kopdiklat.training.batch_form import BatchForm, Offers
from kopdiklat.training.clash_words import told_of
from kopdiklat.training.clashes import (
    Busy,
    Clash,
    Planned,
    find_clashes,
    free_trainer,
    free_venue,
    rows_that_stand,
    swap_partner,
)
from kopdiklat.training.models import Batch, Course, Programme, Venue
from kopdiklat.training.patterns import Calendar
from kopdiklat.training.timetable import Line

CLASHES_IN_VIEW = 2


@dataclass(frozen=True)
class ToldClash:
    """What is decided at one session, in words. `ways` are (label, what the button does); `place`
    says which cell; `rows` are all that its reason carries."""

    row: int
    rows: tuple[int, ...]
    place: str
    sentence: str
    short: str
    ways: list[tuple[str, str]]
    is_decided: bool

    def and_also(self, other: "ToldClash") -> "ToldClash":
        """A second clash of the same session is decided with the first."""
        return replace(
            self,
            rows=tuple(dict.fromkeys((*self.rows, *other.rows))),
            sentence=f"{self.sentence} {other.sentence}",
            ways=[*self.ways, *other.ways],
        )


@dataclass
class Screen:
    """:param participants: finds clashes of those who are registered; registration knows them"""

    form: BatchForm
    office: Office
    programme: Programme
    offers: Offers
    calendar: Calendar
    today: date
    batch: Batch | None = None
    participants: Callable[[Sequence[Planned]], list[Clash]] = lambda planned: []
    told: list[ToldClash] = field(default_factory=list)
    standing: set[int] = field(default_factory=set)  # rows whose clashes need no decision

    def refresh(self, pressed: str | None) -> str | None:
        """Do what the button says, then let days and window follow.

        :return: the button; a number of days that nobody has seen yet is shown before it is saved
        """
        form = self.form
        pressed = pressed or ("refresh" if form.has_other_days else None)
        if pressed:
            verb, _colon, rest = pressed.partition(":")
            if verb == "venue" and rest.isdecimal():
                form.venue_id.data = int(rest)
            form.act(pressed)
            form.fit_days()
        form.place_days(self.calendar)
        form.propose_window(self.today, self.calendar)
        return pressed

    @property
    def room(self) -> Venue | None:
        return self.form.room_among(self.offers.venues)

    @property
    def zone(self) -> str:
        return self.room.time_zone if self.room else self.form.time_zone.data

    @property
    def values(self) -> dict:
        return self.form.values(self.room, self.zone)

    @property
    def minutes(self) -> int:
        return self.office.minutes_per_lesson_hour

    def look_for_clashes(self) -> None:
        """Tell what clashes as the form stands, each with its ways out."""
        planned = self.form.planned(self.zone)
        room = self.room
        busy = queries.busy_sessions(self.office.id, planned, self.batch.id if self.batch else None)
        found = find_clashes(planned, room.id if room else None, busy)
        found += self.participants(planned)
        people = self._candidates() if any(c.kind == "trainer" for c in found) else []
        stored = self.batch.slots if self.batch and self.batch.room == room else ()
        self.standing = rows_that_stand(planned, stored)
        told: dict[int, ToldClash] = {}
        for clash in found:
            one = self._tell(clash, planned, busy, people)
            told[one.row] = told[one.row].and_also(one) if one.row in told else one
        self.told = list(told.values())

    def _candidates(self) -> list[tuple[str, str]]:
        """Who might teach instead: those of this batch first."""
        own = {f.trainer_key: f.trainer_name.data for _n, f in self.form.filled if f.trainer_key}
        return [*own.items(), *self.trainers]

    def _tell(
        self,
        clash: Clash,
        planned: Sequence[Planned],
        busy: Sequence[Busy],
        people: list[tuple[str, str]],
    ) -> ToldClash:
        sentence, short = told_of(clash)
        by_row = {block.row: block for block in planned}
        ways = []
        if clash.kind == "trainer":
            ways = self._ways_of_trainer(by_row[clash.row], planned, busy, people)
        elif clash.kind == "venue":
            ways = self._ways_of_venue(planned, busy)
        reason = self.form.sessions[clash.row].form.clash_reason.data
        place = self._place(clash.row)
        is_decided = bool(reason) or self.standing.issuperset(clash.rows)
        return ToldClash(clash.row, clash.rows, place, sentence, short, ways, is_decided)

    def _ways_of_trainer(self, block, planned, busy, people) -> list[tuple[str, str]]:
        ways = []
        if name := free_trainer(block, people, busy):
            ways.append((_("Ganti dengan %(name)s", name=name), f"replace:{block.row}:{name}"))
        if other := swap_partner(block, planned, busy):
            label = _("Tukar dengan %(place)s", place=self._place(other.row))
            ways.append((label, f"swap:{block.row}:{other.row}"))
        return ways

    def _ways_of_venue(self, planned, busy) -> list[tuple[str, str]]:
        seats = self.form.seats.data or 0
        rooms = [(v.id, v.name) for v in self.offers.venues if (v.capacity or seats) >= seats]
        other = free_venue(planned, rooms, busy)
        return [(_("Pakai %(name)s", name=other[1]), f"venue:{other[0]}")] if other else []

    def _place(self, row: int) -> str:
        """`hari ke-2, sesi 2` of a row of the form."""
        for line in self.lines:
            for day, cell in enumerate(line.cells, 1):
                if cell and cell.index == row:
                    return _("hari ke-%(day)s, sesi %(number)s", day=day, number=line.number)
        return ""

    @cached_property
    def trainers(self) -> list[tuple[str, str]]:
        """(key, name) of those whom the office knows, who taught last first."""
        return queries.trainer_choices(self.office.id)

    # -- what the template prints ------------------------------------------------------------------

    @property
    def lines(self) -> list[Line]:
        return self.form.lines(self.minutes)

    @property
    def undecided(self) -> list[ToldClash]:
        return [told for told in self.told if not told.is_decided]

    @property
    def clashes_in_view(self) -> list[ToldClash]:
        """The first of those that wait for a decision: more would push the grid off the screen."""
        return self._told_in_order[:CLASHES_IN_VIEW]

    @property
    def clashes_folded(self) -> list[ToldClash]:
        return self._told_in_order[CLASHES_IN_VIEW:]

    @property
    def _told_in_order(self) -> list[ToldClash]:
        return sorted(self.told, key=lambda told: (told.is_decided, told.row))

    @property
    def clash_at(self) -> dict[int, ToldClash]:
        """By row of the form: what is decided there, else what its reason carries."""
        found = {told.row: told for told in self.told}
        for told in self.told:
            for row in told.rows:
                found.setdefault(row, told)
        return found

    @property
    def fixed(self) -> set[str]:
        """Ids of the sessions, as the form writes them, whose hours presence was noted for."""
        held = queries.with_presence(self.batch.id) if self.batch else set()
        return {str(ident) for ident in held}

    @property
    def totals(self) -> dict:
        return self.form.totals(self.minutes)

    @property
    def skipped(self) -> list[tuple[date, str]]:
        return self.form.skipped(self.calendar)

    @property
    def pass_rule(self) -> dict:
        form = self.form
        percent = form.pass_attendance_percent.data or 0
        hours = self.totals["lesson_hours"]
        return rules.pass_rule(percent, hours, form.pass_test_score.data)


def calendar_of(office: Office) -> Calendar:
    """When this office trains: its weekdays and its holidays."""
    return Calendar({int(n) for n in office.working_days}, offices.holidays_of(office.id))


def offers_of(office_id: int, with_batches: bool = True) -> Offers:
    return Offers(
        programmes=queries.programmes_of(office_id),
        courses=queries.courses(Course.office_id == office_id),
        venues=queries.office_rows(Venue, office_id, Venue.name_key),
        batches=queries.batches_to_copy(office_id) if with_batches else [],
    )
