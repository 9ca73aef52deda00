"""Every promise about seats, checked on the rows of a whole database."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core import audit, numbers
from kopdiklat.core.db import Model, db
from kopdiklat.registration import halls, promises, queries, reasons, rules, seating
from kopdiklat.registration.models import Invitation, Registration, RegistrationEvent, SeatOffer
from kopdiklat.registration.service import ONE_SERIES, SERIES
from kopdiklat.training.models import Batch

ALSO_APPEND_ONLY = ("audit_entries", "outbox_attempts")  # written by core, outside of any trail
NUMBERED = (  # triggers of the register of numbers
    "issued_numbers_guard_insert", "issued_numbers_guard_update", "issued_numbers_guard_delete",
    "number_registers_guard_update", "number_registers_guard_delete",
)  # fmt: skip
MOST_NAMED = 5  # of numbers that are missing


@dataclass(frozen=True)
class Fault:
    """One broken promise: where, which one, and what is wrong in words.

    :param batch_id: None when it is not of one batch
    """

    batch_id: int | None
    promise: str
    words: str

    def __str__(self) -> str:
        where = f"angkatan {self.batch_id}: " if self.batch_id else ""
        return f"{where}{self.promise}: {self.words}"


def faults(now: datetime) -> list[Fault]:
    """What is broken in this database, batch by batch; empty when all is well."""
    batches = db.session.scalars(sa.select(Batch).order_by(Batch.id))
    found = [fault for batch in batches for fault in faults_of(batch, now)]
    found += [Fault(None, "penjaga", words) for words in _guards()]
    found += [Fault(None, "nomor", words) for words in [*_numbers(), *numbers.faults()]]
    return found + [Fault(None, "bukti", words) for words in _tokens()]


def faults_of(batch: Batch, now: datetime) -> list[Fault]:
    """What is broken in one batch."""
    found = [("kursi", words) for words in _seats_and_queue(batch, now)]
    found += promises.broken(_rows_of(batch), now)
    return [Fault(batch.id, promise, words) for promise, words in found]


def _seats_and_queue(batch: Batch, now: datetime) -> list[str]:
    hall = halls.hall(batch, now)
    waiting = []
    if rules.is_queue_running(batch.state, queries.begins_at(batch.id), now):
        waiting = halls.waiting_teams(batch.id, hall.shares)
    return seating.faults(hall, waiting)


def _rows_of(batch: Batch) -> promises.Rows:
    def of(model):
        rows = sa.select(model).where(model.batch_id == batch.id).order_by(model.id)
        return db.session.scalars(rows).all()

    registrations = of(Registration)
    return promises.Rows(
        batch=batch,
        registrations=registrations,
        steps=_steps_of(batch.id),
        offers=of(SeatOffer),
        invitations=of(Invitation),
        present=queries.present_in_batch(batch.id),
        replaces=lambda number: reasons.REPLACES % {"number": number},
    )


def _steps_of(batch_id: int) -> dict[int, list[sa.Row]]:
    found: dict[int, list[sa.Row]] = defaultdict(list)
    for step in db.session.execute(
        sa.select(
            RegistrationEvent.registration_id,
            RegistrationEvent.action,
            RegistrationEvent.state,
            RegistrationEvent.reason,
        )
        .join(Registration, Registration.id == RegistrationEvent.registration_id)
        .where(Registration.batch_id == batch_id)
        .order_by(RegistrationEvent.id)
    ):
        found[step.registration_id].append(step)
    return found


def _guards() -> Iterator[str]:
    """The triggers that refuse any change of what was written down."""
    dialect = db.engine.dialect.name
    models = (mapper.class_ for mapper in Model.registry.mappers)
    tables = [
        *ALSO_APPEND_ONLY,
        *sorted(m.__tablename__ for m in models if audit.is_append_only(m)),
    ]
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    wanted = [f"{table}_guard_{verb}" for table in tables for verb in ("update", "delete")]
    if dialect == "postgresql":
        names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        wanted = [f"{table}_guard" for table in tables]
    there = set(db.session.scalars(sa.text(names)))
    for name in [*wanted, *NUMBERED]:
        if name not in there:
            yield f"pemicu {name} tidak ada; yang dijaganya dapat diubah"


def _numbers() -> Iterator[str]:
    """Registration numbers of each office: none twice, none left out, none beyond the register."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for office_id, number in db.session.execute(
        sa.select(Registration.office_id, Registration.number)
    ):
        digits = number.removeprefix("D-")
        if digits.isdecimal():
            found[office_id][int(digits)] += 1
        else:
            yield f"{number} bukan nomor pendaftaran"
    for office_id, taken in found.items():
        last = numbers.last_number(office_id, SERIES, ONE_SERIES) or 0
        yield from (f"D-{n:04d} dipakai {times} kali" for n, times in taken.items() if times > 1)
        if beyond := max(taken) - last if max(taken) > last else 0:
            yield f"D-{max(taken):04d} melewati buku nomor sebanyak {beyond}"
        missing = [n for n in range(1, last + 1) if n not in taken]
        yield from (f"D-{n:04d} hilang" for n in missing[:MOST_NAMED])
        if len(missing) > MOST_NAMED:
            yield f"{len(missing) - MOST_NAMED} nomor lain hilang"


def _tokens() -> Iterator[str]:
    """A proof and a door code open one registration each."""
    for column in (Registration.ticket_hash, Registration.door_hash):
        twice = sa.select(sa.func.min(Registration.number), sa.func.count()).group_by(column)
        for number, count in db.session.execute(twice.having(sa.func.count() > 1)):
            yield f"{number} dan {count - 1} pendaftaran lain punya {column.key} yang sama"
