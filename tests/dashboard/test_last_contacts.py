from datetime import UTC, date, datetime

import pytest

from kopdiklat.core.clock import months_before
from kopdiklat.dashboard.register import Register
from kopdiklat.dashboard.register_filters import Filters, Sorting
from tests.factories import (
    make_attendance,
    make_batch,
    make_cooperative,
    make_office,
    make_past_contact,
    make_registration,
    make_user,
    make_visit,
)

TODAY = date(2026, 7, 13)


def names(register, **filters):
    return [row.cooperative.name for row in register.every(Filters(**filters), Sorting())]


def test_last_training_counts_presence_and_what_was_before(register):
    make_cooperative(name="Belum")
    make_past_contact(make_cooperative(name="Lama"), held_on=date(2024, 7, 12))
    make_past_contact(make_cooperative(name="Setahun"), held_on=date(2025, 7, 13))
    batch = make_batch()
    (session,) = batch.training_sessions
    present = make_registration(batch, make_cooperative(name="Hadir"))
    make_attendance(present, session)
    make_attendance(
        make_registration(batch, make_cooperative(name="Alpa")), session, state="absent"
    )

    assert names(register, training="never") == ["Alpa", "Belum"]
    assert names(register, training="12m") == ["Hadir", "Setahun"]
    assert names(register, training="over12m") == ["Lama"]
    assert names(register, training="over24m") == ["Lama"]
    assert names(register, training="3m") == ["Hadir"]


def test_last_visit_counts_held_visits_only(register):
    make_visit(cooperative=make_cooperative(name="Direncanakan"))
    make_visit(cooperative=make_cooperative(name="Dikunjungi"), state="held")
    make_past_contact(
        make_cooperative(name="Dahulu"), kind="visit", held_on=date(2025, 1, 5), mentor_name="Dedi"
    )

    assert names(register, visit="never") == ["Direncanakan"]
    assert names(register, visit="3m") == ["Dikunjungi"]
    assert names(register, visit="over12m") == ["Dahulu"]


def test_last_training_day_is_asked_in_local_time(app):
    """23.30 UTC on 12 July is 13 July already in WIT."""
    office = make_office("9471", "Dinas Koperasi Kota Jayapura", time_zone="WIT")
    user = make_user("coordinator", office)
    user.current_memberships = user.memberships
    register = Register(user, TODAY, "WIT", 2025)
    make_visit(
        cooperative=make_cooperative(office),
        state="held",
        starts_at=datetime(2026, 7, 12, 23, 30, tzinfo=UTC),
    )

    (row,) = register.every(Filters(), Sorting())

    assert row.last_visit_on == date(2026, 7, 13)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 7, 13), 12, date(2025, 7, 13)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 3, date(2025, 10, 15)),
    ],
)
def test_months_before_stays_in_the_month(day, months, before):
    assert months_before(day, months) == before
