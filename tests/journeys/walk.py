"""What the journeys share: an office, people with phones, and a look at the rows."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from kopdiklat.core import clock
from kopdiklat.core.db import db
from scripts import live
from tests.browser import axe
from tests.factories import (
    PASSWORD,
    make_activity_status,
    make_assessment,
    make_attendance,
    make_batch,
    make_cooperative,
    make_course,
    make_office,
    make_officer,
    make_person,
    make_programme,
    make_registration,
    make_training_session,
    make_user,
)

ROLES = {  # role: name of who has it
    "coordinator": "Rina Wulandari",
    "door_staff": "Sari Handayani",
    "mentor": "Dedi Prasetyo",
    "assessor": "Agus Setiawan, S.H.",
    "head": "Ir. Bambang Sutopo, M.M.",
    "auditor": "Dra. Endang Pratiwi, M.Si.",
    "office_admin": "Ani Suharti",
    "platform_admin": "Pandu Wibisono",
}


@dataclass
class Walk:
    """One running Kopdiklat and the phones of everybody in it.

    :param looks: whether each page that `look` sees goes through axe-core
    """

    app: object
    browser: object
    address: str
    looks: bool = True
    faults: list[str] = field(default_factory=list)
    last: object = None
    _tabs: dict[str, axe.Tab] = field(default_factory=dict)

    def last_page(self) -> str:
        """What stood on the phone that was used last."""
        if self.last is None:
            return "no page was open"
        return f"{self.last.url}\n{self.last.locator('main').inner_text(timeout=2000)}"

    def phone(self, who: str, **options):
        """The page on the phone of this person; one of ROLES is signed in on it."""
        if who not in self._tabs:
            context = live.open_context(self.browser, self.address, live.PHONE, **options)
            context.set_default_timeout(10_000)
            if who in ROLES:
                live.sign_in(context, email_of(who), PASSWORD)
            self._tabs[who] = axe.Tab(context, self.address)
        self.last = self._tabs[who].page
        return self.last

    def look(self, page) -> None:
        """Note what is wrong with the page as it stands now."""
        self.last = page
        tab = next(tab for tab in self._tabs.values() if tab.page is page)
        where = page.evaluate("location.pathname")
        found = tab.take()
        if self.looks:
            found += axe.run(page) + axe.scrolls_sideways(page)
        self.faults += [f"{where}: {fault}" for fault in found]

    def rows(self, select) -> list:
        """What the database holds now, for somebody who has read nothing before."""
        db.session.rollback()
        db.session.expire_all()
        return list(db.session.scalars(select))

    def row(self, select):
        (found,) = self.rows(select)
        return found

    def count(self, model, *where) -> int:
        db.session.rollback()
        return db.session.scalar(sa.select(sa.func.count(model.id)).where(*where))


def email_of(role: str) -> str:
    return f"{role.replace('_', '.')}@contoh.id"


@contextmanager
def walking(app, looks: bool = True, **settings):
    """A real server, a real browser; links that the app makes lead to this server."""
    app.config.update(settings)
    with live.serving(app) as address, live.chromium() as browser:
        app.config["BASE_URL"] = address
        walk = Walk(app, browser, address, looks)
        try:
            yield walk
        except Exception as error:
            error.add_note(walk.last_page())
            raise


# -- the office ------------------------------------------------------------------------------------


@dataclass
class Story:
    """The rows that a journey begins with.

    A bimtek of March last year has two participants; what became of one of them is not assessed
    yet. Two others took part in nothing. Years are those of the clock on the wall.
    """

    year: int
    office: object
    weak: object  # took part last year; still to be assessed
    other: object  # took part last year; stayed where it was
    third: object
    healthy: object
    past: object
    officer: object  # of `weak`, with an e-mail address


def make_story(now: datetime) -> Story:
    office = make_office(
        region_name="Kota Mojokerto",
        contact_name="Ibu Rina Wulandari",
        contact_phone="+6281234567890",
        created_at=now - timedelta(days=900),
    )
    for role, name in ROLES.items():
        place = None if role == "platform_admin" else office
        make_user(role, place, name=name, email=email_of(role))
    year = clock.local_day(now, "WIB").year
    weak = _cooperative(office, "KSP Bina Artha Kranggan", {year - 2: "42"}, year)
    other = _cooperative(office, "Kopwan Mawar Meri", {year - 2: "47", year - 1: "49"}, year)
    third = _cooperative(office, "KSU Tirta Brantas Blooto", {year - 2: "55", year - 1: "53"}, year)
    healthy = _cooperative(office, "KPRI Guyub Rukun", {year - 2: "84", year - 1: "86"}, year)
    officer = make_officer(
        weak,
        make_person(office, "Siti Aminah", email="siti.aminah@contoh.id", phone="+6281211112222"),
        "treasurer",
    )
    make_officer(other, make_person(office, "Dewi Lestari"), "chair")
    make_officer(third, make_person(office, "H. Slamet Ma'ruf"), "chair")
    past = _past_bimtek(office, year, (weak, other))
    return Story(year, office, weak, other, third, healthy, past, officer)


def _cooperative(office, name: str, scores: dict[int, str], year: int):
    cooperative = make_cooperative(office, name, phone="+6281200000001")
    make_activity_status(cooperative, as_of=date(year - 4, 1, 1))
    for fiscal_year, score in scores.items():
        make_assessment(cooperative, score, fiscal_year)
    return cooperative


def _past_bimtek(office, year: int, cooperatives):
    first = datetime(year - 1, 3, 12, 2, 0, tzinfo=UTC)
    batch = make_batch(
        office,
        seats=2,
        state="closed",
        sessions=0,
        programme=make_programme(office, name="Bimtek Akuntabilitas", year=year - 1),
        course=make_course(office, name="Akuntabilitas Koperasi"),
        registration_opens_at=first - timedelta(days=30),
        registration_closes_at=first - timedelta(days=2),
        selection_basis="baseline_score",
    )
    block = make_training_session(batch, first, minutes=360)
    for cooperative in cooperatives:
        make_attendance(make_registration(batch, cooperative), block)
    return batch


@dataclass(frozen=True)
class Today:
    """A day in whose hours there is room for a session that begins soon.

    Late in the evening of WIB the next day has begun in WIT, and a batch may be held there.
    """

    now: datetime
    zone: str
    day: date
    starts: datetime
    ends: datetime

    @classmethod
    def around(cls, now: datetime) -> "Today":
        zone = "WIB" if clock.local(now, "WIB").hour < 22 else "WIT"
        starts = clock.local(now + timedelta(minutes=40), zone).replace(second=0, microsecond=0)
        return cls(now, zone, starts.date(), starts, starts + timedelta(minutes=45))
