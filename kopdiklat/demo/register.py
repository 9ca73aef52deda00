"""The demo's 192 cooperatives: people, figures, meetings and three years of assessments."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import sqlalchemy as sa

from kopdiklat.cooperatives.models import ActivityStatus, Cooperative, Officer, PastContact, Person
from kopdiklat.core import keys
from kopdiklat.core.clock import local_day
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key
from kopdiklat.demo import people
from kopdiklat.health.models import AnnualMeeting, AssessmentScheme, HealthAssessment, YearlyFigures
from kopdiklat.offices.models import Office

H, F, U, S = "healthy", "fairly_healthy", "under_supervision", "under_special_supervision"
SCORES = {H: (80, 92), F: (66, 79), U: (51, 65), S: (28, 50)}

# Status before -> status after, and how many: participants of the past bimtek, those who took
# part in nothing, and those whom a mentor visited meanwhile. None is "belum dinilai".
PARTICIPANTS = {
    (F, H): 1, (F, F): 2, (F, U): 1,
    (U, H): 1, (U, F): 11, (U, U): 7, (U, S): 2, (U, None): 1,
    (S, F): 6, (S, U): 8, (S, S): 17, (S, None): 1,
    (None, F): 1, (None, S): 1,
}  # fmt: skip
UNTOUCHED = {
    (H, H): 11, (H, F): 3,
    (F, H): 3, (F, F): 33, (F, U): 4, (F, S): 1, (F, None): 1,
    (U, F): 4, (U, U): 5, (U, S): 2, (U, None): 1,
    (S, F): 2, (S, U): 3, (S, S): 11, (S, None): 2,
}  # fmt: skip
VISITED = {(H, H): 3, (F, F): 4, (F, U): 1, (U, F): 1, (U, U): 1, (S, S): 8}
YOUNG, NEVER = 18, 10  # not assessed: Merah Putih cooperatives, and others

VILLAGES = {
    "Prajurit Kulon": ("Blooto", "Kauman", "Mentikan", "Prajurit Kulon", "Pulorejo", "Surodinawan"),
    "Kranggan": ("Jagalan", "Kranggan", "Meri", "Miji", "Purwotengah", "Sentanan"),
    "Magersari": ("Balongsari", "Gedongan", "Gunung Gedangan", "Kedundung", "Magersari", "Wates"),
}
DISTRICT_CODES = {"Prajurit Kulon": "357601", "Magersari": "357602", "Kranggan": "357603"}
KINDS = (
    ("Koperasi Konsumen", "consumer"),
    ("KPRI", "consumer"),
    ("Koperasi Karyawan", "consumer"),
    ("KSP", "savings_and_loan"),
    ("KSPPS", "savings_and_loan"),
    ("Kopwan", "savings_and_loan"),
    ("Koperasi Produsen", "producer"),
    ("Koperasi Jasa", "service"),
    ("Koperasi Pemasaran", "marketing"),
    ("KSU", "multi_purpose"),
)
WORDS = (
    "Sumber Rejeki", "Mekar Abadi", "Bina Artha", "Guyub Rukun", "Tirta Brantas", "Melati", "Anggrek",
    "Husada Mulya", "Barokah Insan", "Tunas Karya", "Artha Majapahit", "Brantas Jaya", "Bina Sejahtera",
    "Setia Budi", "Kenanga Meri", "Dahlia", "Kartini", "Amanah Umat", "Dana Rukun", "Mandiri Utama",
    "Wreda Sejahtera", "Alas Kaki", "Tempe Rukun", "Onde-onde Mojopahit", "Teratai", "Mawar", "Bintang",
    "Nurul Ummah", "Warga Rukun", "Bakti Wanita",
)  # fmt: skip
SECTORS = ("Perdagangan", "Jasa keuangan", "Pertanian", "Jasa lainnya")
TEAM = (
    ("chair", 1.0),
    ("secretary", 1.0),
    ("treasurer", 1.0),
    ("manager", 0.45),
    ("supervisor", 0.4),
)


@dataclass(frozen=True)
class Calendar:
    """The years of the demo, so that it is alive on the day it is loaded.

    The past bimtek is held in July of `year` - 2; assessments describe the ends of the three
    fiscal years before `year`.
    """

    today: date
    year: int

    @classmethod
    def around(cls, now: datetime) -> "Calendar":
        today = local_day(now, "WIB")
        return cls(today, today.year if today.month >= 5 else today.year - 1)

    @property
    def fiscal_years(self) -> tuple[int, int, int]:
        return self.year - 3, self.year - 2, self.year - 1

    @property
    def bimtek_day(self) -> date:
        """The first Wednesday after 14 July."""
        day = date(self.year - 2, 7, 15)
        return day + timedelta(days=(2 - day.weekday()) % 7)


@dataclass
class Made:
    """One cooperative of the demo with what its story needs."""

    row: Cooperative
    before: str | None
    after: str | None
    took_part: bool = False
    was_visited: bool = False
    officers: list[Officer] = field(default_factory=list)
    scores: dict[int, Decimal] = field(default_factory=dict)

    @property
    def status(self) -> str | None:
        return self.after or self.before


def make_cooperatives(
    office: Office, calendar: Calendar, dice: Random, now: datetime
) -> list[Made]:
    stories = _stories()
    dice.shuffle(stories)
    names = iter(_names(dice, len(stories)))
    villages = iter([(village, district) for district, row in VILLAGES.items() for village in row])
    made = []
    for index, story in enumerate(stories):
        named = next(names)
        if story[2] == "young":  # one Merah Putih cooperative per village
            named = (*named[:2], *next(villages))
        made.append(_cooperative(office, calendar, dice, now, index, story, named))
    db.session.flush()
    serial = 0
    scheme = db.session.scalars(
        sa.select(AssessmentScheme).where(AssessmentScheme.is_default)
    ).one()
    for one in made:
        serial = _add_people(one, office, dice, now, serial)
        _add_years(one, office, calendar, dice)
        _add_assessments(one, office, scheme, calendar, dice, now)
    db.session.flush()
    return made


def _stories() -> list[tuple[str | None, str | None, str]]:
    stories = []
    for table, group in ((PARTICIPANTS, "part"), (UNTOUCHED, "none"), (VISITED, "visit")):
        for (before, after), count in table.items():
            stories += [(before, after, group)] * count
    return stories + [(None, None, "young")] * YOUNG + [(None, None, "never")] * NEVER


def _names(dice: Random, count: int) -> list[tuple[str, str, str, str]]:
    """(name, type, village, district) without repeats."""
    villages = [(v, d) for d, names in VILLAGES.items() for v in names]
    seen: set[str] = set()
    names: list[tuple[str, str, str, str]] = []
    while len(names) < count:
        prefix, kind = dice.choice(KINDS)
        village, district = dice.choice(villages)
        name = f"{prefix} {dice.choice(WORDS)} {village}"
        if name not in seen:
            seen.add(name)
            names.append((name, kind, village, district))
    return names


def _cooperative(office, calendar, dice, now, index, story, named) -> Made:
    before, after, group = story
    name, kind, village, district = named
    founded = date(dice.randint(1985, 2016), dice.randint(1, 12), dice.randint(1, 28))
    if group == "young":
        name, kind = f"Koperasi Kelurahan Merah Putih {village}", "consumer"
        founded = date(calendar.year - 1, 6, dice.randint(1, 28))
    known_on = max(founded, date(calendar.year - 3, 1, 31))
    status = "inactive" if group == "never" and dice.random() < 0.6 else "active"
    has_number = dice.random() > 0.12
    row = Cooperative(
        office_id=office.id,
        cooperative_number=f"{DISTRICT_CODES[district]}{index:07d}" if has_number else None,
        name=name,
        name_key=match_key(name),
        legal_number=f"{dice.randint(100, 999)}/BH/XVI.24/{founded.year}",
        legal_date=founded,
        address=f"Jl. {dice.choice(people.FAMILY)} {dice.randint(1, 190)}",
        village=village,
        district=district,
        regency="Kota Mojokerto",
        province="Jawa Timur",
        region_code=DISTRICT_CODES[district],
        cooperative_type=kind,
        group_name="Wanita" if name.startswith("Kopwan") else "Karyawan",
        sector=dice.choice(SECTORS),
        is_sharia=name.startswith("KSPPS"),
        is_certified=has_number,
        grade="C1" if group == "young" else dice.choice("AABBD"),
        phone=people.phone(dice) if dice.random() > 0.08 else None,
        activity_status=status,
        activity_status_on=known_on,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(
        ActivityStatus(
            cooperative_id=row.id,
            status=status,
            source="office",
            as_of=known_on,
        )
    )
    return Made(row, before, after, took_part=group == "part", was_visited=group == "visit")


def _add_people(one: Made, office: Office, dice: Random, now: datetime, serial: int) -> int:
    for position, chance in TEAM:
        if dice.random() > chance:
            continue
        serial += 1
        sex = dice.choice(("female", "male"))
        number = people.citizen_number(dice, sex, serial)
        name = people.full_name(dice, sex)
        mail = f"{name.split()[-1].strip(',.').lower()}{serial}@example.id"
        person = Person(
            office_id=office.id,
            full_name=name,
            sex=sex,
            phone=people.phone(dice) if dice.random() > 0.06 else None,
            email=mail if dice.random() < 0.3 else None,
            citizen_number=number,
            citizen_number_index=keys.blind_index(number, "citizen number"),
            created_at=now,
        )
        officer = Officer(
            cooperative_id=one.row.id,
            person=person,
            position=position,
            starts_on=date(now.year - 2, 3, 1),
        )
        db.session.add(officer)
        one.officers.append(officer)
    return serial


def _add_years(one: Made, office: Office, calendar: Calendar, dice: Random) -> None:
    """Figures and annual meetings of the three fiscal years; a young cooperative has none yet."""
    if one.before is None and one.after is None:
        return
    members = dice.randint(25, 320)
    assets = dice.randint(80, 2600) * 1_000_000
    for fiscal_year in calendar.fiscal_years:
        members += dice.randint(-6, 12)
        assets = int(assets * dice.uniform(0.95, 1.12))
        men = int(members * dice.uniform(0.3, 0.6))
        own = int(assets * dice.uniform(0.25, 0.5))
        db.session.add(
            YearlyFigures(
                office_id=office.id,
                cooperative_id=one.row.id,
                fiscal_year=fiscal_year,
                male_members=men,
                female_members=members - men,
                members=members,
                managers=1,
                employees=dice.randint(0, 18),
                own_capital=own,
                external_capital=assets - own,
                assets=assets,
                business_volume=int(assets * dice.uniform(0.7, 1.5)),
                surplus=int(assets * dice.uniform(-0.01, 0.05)),
            )
        )
        if dice.random() < 0.75:
            held_on = date(fiscal_year + 1, 1, 15) + timedelta(days=dice.randint(0, 150))
            if held_on <= calendar.today:
                db.session.add(
                    AnnualMeeting(
                        office_id=office.id,
                        cooperative_id=one.row.id,
                        fiscal_year=fiscal_year,
                        held_on=held_on,
                        reported_on=held_on + timedelta(days=dice.randint(3, 40)),
                        members_present=int(members * dice.uniform(0.5, 0.95)),
                    )
                )
                one.row.last_meeting_on = held_on


def _add_assessments(one, office, scheme, calendar, dice, now) -> None:
    first, middle, last = calendar.fiscal_years
    statuses = {first: one.before, last: one.after}
    if one.before and one.after:
        statuses[middle] = dice.choice((one.before, one.after))
    for fiscal_year, status in sorted(statuses.items()):
        if status is None:
            continue
        low, high = SCORES[status]
        score = Decimal(dice.randint(low * 100, high * 100 + 99)) / 100
        score = min(score, Decimal(100))
        one.scores[fiscal_year] = score
        signed_on = date(fiscal_year + 1, 3, 1) + timedelta(days=dice.randint(0, 45))
        db.session.add(
            HealthAssessment(
                office_id=office.id,
                cooperative_id=one.row.id,
                scheme_id=scheme.id,
                fiscal_year=fiscal_year,
                position_on=date(fiscal_year, 12, 31),
                signed_on=signed_on,
                score=score,
                health_status=status,
                assessor_name="Agus Setiawan, S.H.",
                source="demo",
                recorded_at=now,
            )
        )


def past_contact(one: Made, office: Office, activity: str, held_on: date, **columns) -> PastContact:
    row = PastContact(
        office_id=office.id,
        cooperative_id=one.row.id,
        activity=activity,
        held_on=held_on,
        **columns,
    )
    db.session.add(row)
    return row
