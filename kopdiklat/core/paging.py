"""Lists of 25 with real links. Two queries per list: the count and the page."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import sqlalchemy as sa

from kopdiklat.core.db import db

PER_PAGE = 25


@dataclass(frozen=True)
class Page:
    """One page of a list: its rows, which page it is, and how many rows there are in all."""

    rows: list
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, ceil(self.total / self.per_page))

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.number - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)

    @property
    def links(self) -> list[int | None]:
        """Page numbers to show; None is a gap."""
        near = {1, self.pages, self.number - 1, self.number, self.number + 1}
        shown = sorted(n for n in near if 1 <= n <= self.pages)
        links: list[int | None] = []
        for n in shown:
            if links and links[-1] is not None and n - links[-1] > 1:
                links.append(None)
            links.append(n)
        return links

    def addresses(self, address: Callable[..., str]) -> dict:
        """What the macro `pagination` asks for, by `address(page=n)`."""
        return {
            "pages": [
                ("…", "") if n is None else (n, "" if n == self.number else address(page=n))
                for n in self.links
            ],
            "previous_url": address(page=self.number - 1) if self.number > 1 else "",
            "next_url": address(page=self.number + 1) if self.number < self.pages else "",
        }


def paginate(
    select: sa.Select, number: int, per_page: int = PER_PAGE, scalars: bool = True
) -> Page:
    """Read one page of a select that carries its own order."""
    counted = sa.select(sa.func.count()).select_from(select.order_by(None).subquery())
    total = db.session.scalar(counted) or 0
    number = min(max(1, number), max(1, ceil(total / per_page)))
    result = db.session.execute(select.limit(per_page).offset((number - 1) * per_page))
    rows = list(result.scalars() if scalars else result)
    return Page(rows, number, total, per_page)


def of_rows(rows: list, number: int, per_page: int = PER_PAGE) -> Page:
    """One page of rows that are in memory already."""
    number = min(max(1, number), max(1, ceil(len(rows) / per_page)))
    start = (number - 1) * per_page
    return Page(rows[start : start + per_page], number, len(rows), per_page)
