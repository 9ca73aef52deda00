from datetime import date

import pytest

from kopdiklat.registration.chase_rules import TooOften, check_not_too_often, due_day

TOLD, CLOSES = date(2026, 7, 1), date(2026, 7, 15)


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 7, 1), None),
        (date(2026, 7, 3), None),
        (date(2026, 7, 4), date(2026, 7, 4)),  # three days after
        (date(2026, 7, 7), date(2026, 7, 4)),
        (date(2026, 7, 8), date(2026, 7, 8)),  # seven after, and seven before: once
        (date(2026, 7, 13), date(2026, 7, 8)),
        (date(2026, 7, 14), date(2026, 7, 14)),  # the day before it closes
        (date(2026, 7, 30), date(2026, 7, 14)),
    ],
)
def test_due_day_is_the_last_of_the_days_that_the_office_set(today, due):
    assert due_day(TOLD, CLOSES, today, (3, 7), (7, 1)) == due


def test_a_day_before_the_cooperative_was_told_is_none():
    assert due_day(date(2026, 7, 10), CLOSES, date(2026, 7, 13), (), (7, 5)) is None
    assert due_day(date(2026, 7, 9), CLOSES, date(2026, 7, 13), (), (7, 5)) == date(2026, 7, 10)


def test_nobody_is_reminded_after_the_closing_day():
    assert due_day(TOLD, CLOSES, date(2026, 7, 20), (16,), ()) is None


def test_without_days_nobody_is_reminded():
    assert due_day(TOLD, CLOSES, CLOSES, (), ()) is None


def test_three_messages_an_hour_are_enough():
    check_not_too_often(2)
    with pytest.raises(TooOften, match="3 kali dalam satu jam"):
        check_not_too_often(3)
