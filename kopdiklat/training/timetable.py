"""A timetable as it is typed: days as columns, sessions as rows, breaks between them.

Without script every button sends the whole form and gets it back changed: `act` does what the
button says. Nothing is saved by it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, IntegerField
from wtforms.validators import NumberRange

from kopdiklat.core import clock
from kopdiklat.core.forms import BaseForm, DayField, Required, RowForm
from kopdiklat.core.text import match_key
from kopdiklat.training import fields, patterns, rules

MOST_ROWS = 90
MOST_DAYS = 15
USUAL_SLOTS = (
    (time(8), time(9, 30)),
    (time(9, 45), time(11, 15)),
    (time(12, 30), time(14)),
    (time(14, 15), time(15, 45)),
)
ANY_DAY = date(2026, 1, 5)  # lesson hours do not depend on the day


class SessionRowForm(RowForm):
    """One cell of the timetable; one without topic and trainer is left out."""

    ident = HiddenField()
    day_number = fields.hidden_number()
    starts = fields.hour(_l("Mulai"))
    ends = fields.hour(_l("Selesai"))
    topic = fields.text(_l("Materi"), 160)
    trainer_name = fields.text(_l("Pemateri"), 120)
    is_teaching = BooleanField(_l("Hitung JP"), default=True)
    clash_reason = fields.text(_l("Alasan tetap memakai"), 300)

    @property
    def is_blank(self) -> bool:
        return not (self.topic.data or self.trainer_name.data)

    @property
    def trainer_key(self) -> str:
        return match_key(self.trainer_name.data or "")

    @property
    def times(self) -> tuple[time, time] | None:
        if self.starts.data is None or self.ends.data is None:
            return None
        return self.starts.data, self.ends.data

    def validate(self, extra_validators=None):
        fine = super().validate(extra_validators)
        if self.is_blank:
            for item in self:
                item.errors = []
            return True
        for item, sentence in (
            (self.topic, _l("Materi sesi perlu diisi.")),
            (self.starts, _l("Jam mulai perlu diisi.")),
            (self.ends, _l("Jam selesai perlu diisi.")),
        ):
            if item.data in (None, "") and not item.errors:
                item.errors = [str(sentence)]
                fine = False
        return fine

    def lesson_hours(self, minutes: int) -> Decimal | None:
        """JP of this line as typed; None while it is not complete, or counts none."""
        if self.times is None or not self.is_teaching.data:
            return None
        starts_at, ends_at = patterns.moments(ANY_DAY, *self.times, "WIB")
        return rules.lesson_hours(starts_at, ends_at, minutes) if ends_at > starts_at else None


class BreakForm(RowForm):
    """A pause of every day, named."""

    starts = fields.hour(_l("Mulai"))
    ends = fields.hour(_l("Selesai"))
    name = fields.text(_l("Nama rehat"), 80)

    @property
    def is_whole(self) -> bool:
        return bool(self.name.data and self.starts.data and self.ends.data)


@dataclass(frozen=True)
class Cell:
    """One session in the grid. `times` only where they differ from its row's."""

    index: int
    form: SessionRowForm
    times: str


@dataclass
class Line:
    """The n-th sessions of all days; a day that has fewer leaves None."""

    number: int
    starts: time | None
    ends: time | None
    lesson_hours: Decimal | None
    cells: list[Cell | None]
    breaks: list[tuple[int, BreakForm]] = field(default_factory=list)  # after this line


class TimetableForm(BaseForm):
    """What a course's pattern and a batch share."""

    day_count = IntegerField(
        _l("Lama (hari)"),
        validators=[Required(_l("Isi berapa hari.")), NumberRange(1, MOST_DAYS)],
        default=1,
    )
    sessions = FieldList(FormField(SessionRowForm), max_entries=MOST_ROWS)
    breaks = FieldList(FormField(BreakForm), max_entries=12)

    # -- what the buttons do -----------------------------------------------------------------------

    def act(self, pressed: str) -> None:
        """Do what a button of the grid says: `add:2`, `drop:5`, `swap:5:9`, `replace:5:Luluk`."""
        verb, _colon, rest = pressed.partition(":")
        match verb:
            case "add_day":
                self.set_days(self.days_shown + 1)
            case "drop_day":
                self._drop_day(_number(rest))
            case "add":
                self._add(_number(rest))
            case "drop":
                self._keep([e for n, e in enumerate(self.rows_typed) if n != _number(rest)])
            case "add_break":
                refill(self.breaks, [*(e.form.data for e in self.breaks), {}])
            case "replace":
                row, _colon, name = rest.partition(":")
                self._replace(_number(row), name)
            case "swap":
                one, _colon, other = rest.partition(":")
                self._swap(_number(one), _number(other))

    @property
    def days_shown(self) -> int:
        typed = self.day_count.data or 1
        return max(1, min(typed, MOST_DAYS))

    @property
    def rows_typed(self) -> list[dict]:
        rows = [entry.form.data for entry in self.sessions]
        return [row | {"day_number": row["day_number"] or 1} for row in rows]

    @property
    def has_other_days(self) -> bool:
        """Whether another number of days was typed than the grid has."""
        there = {row["day_number"] for row in self.rows_typed}
        return bool(self.day_count.data) and there != set(range(1, self.days_shown + 1))

    def fit_days(self) -> None:
        """The grid has as many days as typed: a new one begins with the hours of the first."""
        if self.has_other_days:
            self.set_days(self.days_shown)

    def set_days(self, count: int) -> None:
        count = max(1, min(count, MOST_DAYS))
        rows = [row for row in self.rows_typed if row["day_number"] <= count]
        slots = [(r["starts"], r["ends"]) for r in rows if r["day_number"] == 1] or USUAL_SLOTS
        for day in range(1, count + 1):
            if not any(row["day_number"] == day for row in rows):
                rows += [blank_row(day, *slot) for slot in slots]
        fields.put(self.day_count, count)
        self._keep(rows)

    def _drop_day(self, day: int) -> None:
        if self.days_shown == 1:
            return
        rows = [row for row in self.rows_typed if row["day_number"] != day]
        for row in rows:
            row["day_number"] -= row["day_number"] > day
        fields.put(self.day_count, self.days_shown - 1)
        self._keep(rows)

    def _add(self, day: int) -> None:
        rows = self.rows_typed
        last = max((r["ends"] for r in rows if r["day_number"] == day and r["ends"]), default=None)
        self._keep([*rows, blank_row(day, last, None)])

    def _replace(self, row: int, name: str) -> None:
        rows = self.rows_typed
        if 0 <= row < len(rows):
            rows[row]["trainer_name"], rows[row]["clash_reason"] = name[:120], None
            self._keep(rows)

    def _swap(self, one: int, other: int) -> None:
        rows = self.rows_typed
        if 0 <= one < len(rows) and 0 <= other < len(rows):
            for name in ("topic", "trainer_name", "is_teaching", "clash_reason"):
                rows[one][name], rows[other][name] = rows[other][name], rows[one][name]
            self._keep(rows)

    def _keep(self, rows: list[dict]) -> None:
        refill(self.sessions, rows[:MOST_ROWS])

    # -- how it looks ------------------------------------------------------------------------------

    def lines(self, minutes: int) -> list[Line]:
        """The grid, the earliest session first."""
        days: list[list[tuple[int, SessionRowForm]]] = [[] for _n in range(self.days_shown)]
        for index, entry in enumerate(self.sessions):
            number = entry.form.day_number.data or 1
            if number <= len(days):
                days[number - 1].append((index, entry.form))
        for day in days:
            day.sort(key=lambda pair: (pair[1].starts.data is None, pair[1].starts.data or time()))
        found = []
        for n in range(max(map(len, days), default=0)):
            there = [day[n] if n < len(day) else None for day in days]
            found.append(_line(n + 1, there, minutes))
        self._place_breaks(found)
        return found

    def _place_breaks(self, lines: list[Line]) -> None:
        for index, entry in enumerate(self.breaks):
            pause = entry.form
            if not pause.is_whole:
                continue
            before = [line for line in lines if line.ends and line.ends <= pause.starts.data]
            if before and before[-1] is not lines[-1]:
                before[-1].breaks.append((index, pause))

    def loose_breaks(self, lines: list[Line]) -> list[tuple[int, BreakForm]]:
        """Those that stand between no two lines: not whole yet, or outside the day."""
        placed = {index for line in lines for index, _pause in line.breaks}
        return [(n, e.form) for n, e in enumerate(self.breaks) if n not in placed]

    @property
    def trainer_names(self) -> list[str]:
        return sorted({e.form.trainer_name.data for e in self.sessions if e.form.trainer_name.data})

    @property
    def filled(self) -> list[tuple[int, SessionRowForm]]:
        """(place on the form, row) of every session that says something."""
        return [(n, e.form) for n, e in enumerate(self.sessions) if not e.form.is_blank]

    @property
    def breaks_typed(self) -> list[dict]:
        """As a batch keeps them."""
        return [
            {
                "starts": f"{pause.starts.data:%H:%M}",
                "ends": f"{pause.ends.data:%H:%M}",
                "name": pause.name.data,
            }
            for pause in (entry.form for entry in self.breaks)
            if pause.is_whole
        ]

    def totals(self, minutes: int) -> dict:
        """What the closing bar adds up, of the rows as typed."""
        forms = [form for _n, form in self.filled]
        hours = [form.lesson_hours(minutes) for form in forms]
        return {
            "sessions": len(forms),
            "lesson_hours": sum((h for h in hours if h), Decimal(0)),
            "trainers": len({form.trainer_key for form in forms if form.trainer_key}),
        }


def _line(number: int, there: list[tuple[int, SessionRowForm] | None], minutes: int) -> Line:
    usual = Counter(pair[1].times for pair in there if pair and pair[1].times)
    times = usual.most_common(1)[0][0] if usual else None
    cells: list[Cell | None] = []
    hours: list[Decimal] = []
    for pair in there:
        if pair is None:
            cells.append(None)
            continue
        index, form = pair
        own = form.times if form.times != times else None
        cells.append(Cell(index, form, f"{own[0]:%H.%M}–{own[1]:%H.%M}" if own else ""))
        if form.times == times and (hour := form.lesson_hours(minutes)) is not None:
            hours.append(hour)
    starts, ends = times or (None, None)
    return Line(number, starts, ends, max(hours, default=None), cells)


def blank_row(day: int, starts: time | None = None, ends: time | None = None) -> dict:
    return {
        "ident": "",
        "day_number": day,
        "starts": starts,
        "ends": ends,
        "topic": None,
        "trainer_name": None,
        "is_teaching": True,
        "clash_reason": None,
    }


def refill(entries: FieldList, rows: Sequence[Any]) -> None:
    """Give a list of fields or forms these values, under new names from 0 on."""
    while len(entries):
        entries.pop_entry()
    entries.last_index = -1
    for row in rows:
        entries.append_entry(row)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def moment(day: DayField, at, zone: str) -> datetime:
    """Two fields as one moment; after `validate`."""
    return clock.moment(day.day, at.data, zone)
