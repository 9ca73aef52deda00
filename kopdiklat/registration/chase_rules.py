"""When a cooperative that has not answered is reminded, and who may be told how often. Pure."""

from collections.abc import Collection
from datetime import date, time, timedelta

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

AT = time(9)  # on the day, in the civil time of the office
HOUR = timedelta(hours=1)
MOST_AN_HOUR = 3  # messages about invitations to one address


class TooOften(RuleViolation):
    """This address has just had as many messages as anybody should get."""


def due_day(
    told_on: date,
    closes_on: date,
    today: date,
    after: Collection[int],
    before: Collection[int],
) -> date | None:
    """The last day up to today on which a reminder was due; None when there was none yet.

    What a sleeping process missed is caught up with once, not day by day.
    :param after: days after the cooperative was told
    :param before: days before the registration closes
    """
    days = {told_on + timedelta(days=n) for n in after}
    days |= {closes_on - timedelta(days=n) for n in before}
    return max((day for day in days if told_on < day <= min(today, closes_on)), default=None)


def check_not_too_often(told_within_the_hour: int) -> None:
    """:raises TooOften: enough is enough"""
    if told_within_the_hour >= MOST_AN_HOUR:
        raise TooOften(
            N_("Alamat ini sudah dikirimi {count} kali dalam satu jam. Coba lagi nanti."),
            count=MOST_AN_HOUR,
        )
