"""The demo's batches: one two years ago with presence, one today, one open, one full, one draft."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.attendance.models import Attendance
from kopdiklat.core import clock, keys
from kopdiklat.core.db import db
from kopdiklat.core.numbers import NumberRegister
from kopdiklat.core.text import match_key
from kopdiklat.demo.register import Calendar, Made
from kopdiklat.offices.models import Holiday, Office
from kopdiklat.registration import tokens
from kopdiklat.registration.models import Invitation, Registration, RegistrationEvent
from kopdiklat.training import service
from kopdiklat.training.models import Batch, Course, Programme, Trainer, TrainingSession

TWO_DAYS = (  # day, start, end, topic, trainer, is teaching
    (0, "08.00", "08.45", "Pembukaan dan tes awal", "Rina Wulandari", False),
    (0, "08.45", "10.15", "Tanggung jawab pengurus kepada anggota", "Dra. Endang Pratiwi, M.Si.", True),
    (0, "10.30", "12.00", "Pembukuan harian dan bukti transaksi", "Hendra Wijaya, S.E., Ak.", True),
    (0, "13.00", "14.30", "Neraca dan perhitungan hasil usaha", "Hendra Wijaya, S.E., Ak.", True),
    (1, "08.00", "09.30", "Pengawasan internal yang berjalan", "Dra. Endang Pratiwi, M.Si.", True),
    (1, "09.45", "11.15", "Penyusunan LPJ", "Hendra Wijaya, S.E., Ak.", True),
    (1, "12.30", "14.00", "Menyiapkan RAT tepat waktu", "Agus Setiawan, S.H.", True),
    (1, "14.00", "14.45", "Tes akhir, evaluasi, rencana aksi", "Rina Wulandari", False),
)  # fmt: skip
STATUS_NAMES: dict[str | None, str] = {
    "under_supervision": "Dalam Pengawasan",
    "under_special_supervision": "Dalam Pengawasan Khusus",
}
TWO_DAYS_BREAKS = ("10.15-10.30 Rehat kopi", "12.00-13.00 Istirahat, salat, makan")
THREE_DAYS = (
    (0, "08.00", "09.30", "Tes awal; siklus akuntansi koperasi", "Luluk Farida, S.E.", True),
    (0, "09.45", "11.15", "Bukti transaksi dan jurnal", "Luluk Farida, S.E.", True),
    (0, "12.30", "14.00", "Buku besar dan neraca saldo", "Luluk Farida, S.E.", True),
    (0, "14.15", "15.45", "Latihan: satu bulan transaksi", "Luluk Farida, S.E.", True),
    (1, "08.00", "09.30", "Menyusun neraca", "Hendra Wijaya, S.E., Ak.", True),
    (1, "09.45", "11.15", "Perhitungan hasil usaha", "Hendra Wijaya, S.E., Ak.", True),
    (1, "12.30", "14.00", "Piutang dan cadangan risiko", "Hendra Wijaya, S.E., Ak.", True),
    (1, "14.15", "15.45", "Latihan: laporan koperasi sendiri", "Hendra Wijaya, S.E., Ak.", True),
    (2, "08.00", "09.30", "Membaca rasio kesehatan", "Dra. Endang Pratiwi, M.Si.", True),
    (2, "09.45", "11.15", "Catatan atas laporan keuangan", "Luluk Farida, S.E.", True),
    (2, "12.30", "14.00", "Pajak koperasi untuk pengurus", "Agus Setiawan, S.H.", True),
    (2, "14.15", "15.45", "Tes akhir dan rencana aksi", "Rina Wulandari", True),
)  # fmt: skip
THREE_DAYS_BREAKS = (
    "09.30-09.45 Rehat kopi",
    "11.15-12.30 Istirahat, salat, makan",
    "14.00-14.15 Rehat kopi",
)
TRAINERS = (  # name, organisation, phone
    ("Rina Wulandari", "Diskopukmperindag Kota Mojokerto", "+6281233004471"),
    ("Hendra Wijaya, S.E., Ak.", "Kantor Akuntan Wijaya", "+6281233004472"),
    ("Dra. Endang Pratiwi, M.Si.", "Universitas Islam Majapahit", "+6281233004473"),
    ("Luluk Farida, S.E.", "Dekopinda Kota Mojokerto", "+6281233004474"),
    ("Agus Setiawan, S.H.", "Bagian Hukum Setdakot", "+6281233004475"),
)
VENUE = ("Aula Balai Kota", "Jl. Gajah Mada 145, Kota Mojokerto")
VENUES = (  # name, address, capacity
    (*VENUE, 80),
    ("Aula Balai Latihan Kerja", "Jl. Benteng Pancasila 23, Kota Mojokerto", 50),
    ("Aula Kecamatan Magersari", "Jl. Empunala 121, Kota Mojokerto", 60),
)
HOLIDAYS = (  # of every year; the others move and are pasted by the office
    (1, 1, "Tahun Baru Masehi"),
    (5, 1, "Hari Buruh Internasional"),
    (6, 1, "Hari Lahir Pancasila"),
    (8, 17, "Hari Kemerdekaan"),
    (12, 25, "Hari Raya Natal"),
)


@dataclass
class _Maker:
    """Makes registrations with running numbers."""

    office: Office
    dice: Random
    now: datetime
    count: int = 0

    def team(self, invitation: Invitation) -> str:
        """Those of one invitation were sent in together."""
        return str(UUID(int=2022 << 64 | invitation.id, version=4))

    def sent_in(self, batch: Batch, days: int) -> datetime:
        """A moment of an office day or evening within `days` of the opening, not after now."""
        after = timedelta(days=self.dice.randint(0, days), minutes=self.dice.randint(0, 700))
        return min(batch.registration_opens_at + after, self.now)

    def invitation(self, batch: Batch, one: Made, rank: int | None = None, **columns) -> Invitation:
        nonce = f"{self.dice.getrandbits(128):032x}"
        token = keys.token_for("invitation", nonce)
        invitation = Invitation(
            office_id=self.office.id,
            batch_id=batch.id,
            cooperative_id=one.row.id,
            people=batch.people_per_cooperative,
            nonce=nonce,
            token_hash=keys.token_hash("invitation", token),
            health_status=one.status,
            score=one.scores.get(max(one.scores, default=0)),
            rank=rank,
            created_at=batch.registration_opens_at,
            **columns,
        )
        db.session.add(invitation)
        db.session.flush()
        return invitation

    def registration(self, batch, invitation, one, officer, at, state="confirmed") -> Registration:
        self.count += 1
        nonce = f"{self.dice.getrandbits(128):032x}"
        registration = Registration(
            office_id=self.office.id,
            batch_id=batch.id,
            invitation_id=invitation.id,
            cooperative_id=one.row.id,
            person_id=officer.person_id,
            position=officer.position,
            team=self.team(invitation),
            number=f"D-{self.count:04d}",
            state=state,
            nonce=nonce,
            **tokens.hashes_of(nonce),
            registered_at=at,
            queued_at=at if state == "waitlisted" else None,
        )
        db.session.add(registration)
        db.session.flush()
        db.session.add(
            RegistrationEvent(
                office_id=self.office.id,
                registration_id=registration.id,
                action="confirm" if state == "confirmed" else "queue",
                state=state,
                at=at,
                by=one.row.name,
            )
        )
        return registration


def make_batches(
    office: Office,
    cooperatives: list[Made],
    calendar: Calendar,
    dice: Random,
    now: datetime,
) -> list[Batch]:
    today = clock.local_day(now, "WIB")
    _people_rooms_and_holidays(office, today)
    maker = _Maker(office, dice, now)
    courses = _courses(office, now)
    _patterns(courses)
    past = _past_batch(maker, courses, cooperatives, calendar)
    running = _running_batch(maker, courses, cooperatives, today)
    open_ = _open_batch(maker, courses, cooperatives, today)
    full = _full_batch(maker, courses, cooperatives, today)
    draft = _draft_batch(maker, courses, today)
    db.session.add(
        NumberRegister(office_id=office.id, series="registration", year=0, last=maker.count)
    )
    db.session.flush()
    return [past, running, open_, full, draft]


def _people_rooms_and_holidays(office: Office, today: date) -> None:
    for name, organisation, phone in TRAINERS:
        trainer = service.trainer_named(office.id, name)
        if trainer:
            trainer.organisation, trainer.phone = organisation, phone
    for name, address, capacity in VENUES:
        service.venue_named(office.id, name, address, "WIB").capacity = capacity
    for year in (today.year, today.year + 1):
        for month, day, name in HOLIDAYS:
            db.session.add(Holiday(office_id=office.id, day=date(year, month, day), name=name))
    db.session.flush()


def link_trainers(office: Office, users: Iterable[User]) -> None:
    """Who both teaches and has an account finds the own sessions in the calendar."""
    for user in users:
        taught = sa.select(Trainer).where(
            Trainer.office_id == office.id, Trainer.name_key == match_key(user.name)
        )
        if trainer := db.session.scalar(taught):
            trainer.user_id = user.id


def _patterns(courses: dict[str, Course]) -> None:
    """What a run of these courses usually looks like."""
    for key, timetable, breaks in (
        ("accountability", TWO_DAYS, TWO_DAYS_BREAKS),
        ("finance", THREE_DAYS, THREE_DAYS_BREAKS),
    ):
        days = sorted({block[0] + 1 for block in timetable})
        service.save_pattern(
            courses[key],
            [
                service.BlockRow(
                    day + 1, _clock(start), _clock(end), topic,
                    "teaching" if is_teaching else "opening", trainer,
                )
                for day, start, end, topic, trainer, is_teaching in timetable
            ]
            + [
                service.BlockRow(day, _clock(line[:5]), _clock(line[6:11]), line[12:], "break")
                for day in days
                for line in breaks
            ],
        )  # fmt: skip
    finance = courses["finance"]
    finance.seats, finance.spare_places, finance.waiting_places = 40, 4, 10
    finance.minimum_people, finance.pass_test_score = 25, 60
    finance.room_needs = "Proyektor, meja berkelompok, listrik di meja"
    finance.documents = ["KAK", "SK panitia dan pemateri", "Biodata pemateri", "Daftar nilai"]


def _clock(text: str) -> time:
    return time.fromisoformat(text.replace(".", ":"))


def _courses(office: Office, now: datetime) -> dict[str, Course]:
    wanted = {
        "accountability": (
            "Akuntabilitas Koperasi",
            "Dua hari belajar bersama menyusun laporan keuangan dan bahan RAT yang siap diperiksa,"
            " langsung dengan data koperasi Anda.",
            "Pengurus atau manajer; sebaiknya bendahara ikut",
            "KTP dan neraca tahun buku terakhir",
        ),
        "entrepreneurs": (
            "Kewirausahaan untuk Kopwan",
            "Menyusun rencana usaha kecil yang dapat dijalankan anggota.",
            "Pengurus koperasi wanita",
            "Catatan usaha satu bulan",
        ),
        "wards": (
            "Pengurus Koperasi Kelurahan Merah Putih",
            "Tugas pengurus, pembukuan pertama, dan rencana kerja setahun.",
            "Ketua, sekretaris, atau bendahara",
            "Akta dan rencana kerja",
        ),
        "health": (
            "Penilaian Kesehatan Mandiri",
            "Mengisi kertas kerja kesehatan dan membaca hasilnya.",
            "Pengawas dan manajer",
            "Laporan keuangan dua tahun terakhir",
        ),
        "finance": (
            "Penyusunan Laporan Keuangan",
            "Tiga hari dari bukti transaksi sampai laporan keuangan koperasi sendiri.",
            "Bendahara dan juru buku",
            "Buku kas tiga bulan terakhir",
        ),
    }
    courses = {}
    for key, (name, summary, audience, bring) in wanted.items():
        courses[key] = Course(
            office_id=office.id,
            name=name,
            summary=summary,
            audience=audience,
            bring=bring,
            created_at=now,
        )
        db.session.add(courses[key])
    db.session.flush()
    return courses


def _programme(
    office: Office, name: str, year: int, statuses: list[str], at: datetime
) -> Programme:
    programme = Programme(
        office_id=office.id,
        name=name,
        year=year,
        goal="Koperasi dalam pengawasan naik ke cukup sehat.",
        funding_source="apbd",
        budget_code="2.17.06.2.01",
        target_statuses=statuses,
        created_at=at,
    )
    db.session.add(programme)
    db.session.flush()
    return programme


def _batch(maker: _Maker, programme, course, first: date, timetable, *, seats, state, **columns):
    """A batch whose timetable begins on `first`; its window closes four days before."""
    opens = clock.moment(first - timedelta(days=21), time(8), "WIB")
    closes = clock.moment(first - timedelta(days=4), time(16), "WIB")
    batch = Batch(
        **{
            "office_id": maker.office.id,
            "programme_id": programme.id,
            "course_id": course.id,
            "number": 1,
            "seats": seats,
            "state": state,
            "venue_id": service.venue_named(maker.office.id, *VENUE, "WIB").id,
            "venue": VENUE[0],
            "venue_address": VENUE[1],
            "time_zone": "WIB",
            "registration_opens_at": opens,
            "registration_closes_at": closes,
            "contact_name": maker.office.contact_name,
            "contact_phone": maker.office.contact_phone,
            "created_at": opens - timedelta(days=7),
            "breaks": [
                {
                    "starts": line[:5].replace(".", ":"),
                    "ends": line[6:11].replace(".", ":"),
                    "name": line[12:],
                }
                for line in (TWO_DAYS_BREAKS if timetable is TWO_DAYS else THREE_DAYS_BREAKS)
            ],
        }
        | columns
    )
    db.session.add(batch)
    db.session.flush()
    for day, start, end, topic, trainer, is_teaching in timetable:
        on = first + timedelta(days=day)
        db.session.add(
            TrainingSession(
                batch_id=batch.id,
                topic=topic,
                trainer_name=trainer,
                trainer=service.trainer_named(maker.office.id, trainer),
                starts_at=clock.moment(on, _clock(start), "WIB"),
                ends_at=clock.moment(on, _clock(end), "WIB"),
                time_zone="WIB",
                is_teaching=is_teaching,
            )
        )
    db.session.flush()
    return batch


def _past_batch(maker: _Maker, courses, cooperatives: list[Made], calendar: Calendar) -> Batch:
    """Sixty board members of sixty cooperatives, two days, with presence."""
    first = calendar.bimtek_day
    at = clock.moment(first - timedelta(days=30), time(9), "WIB")
    programme = _programme(
        maker.office,
        "Bimtek Akuntabilitas Koperasi",
        first.year,
        ["under_supervision", "under_special_supervision"],
        at,
    )
    batch = _batch(
        maker, programme, courses["accountability"], first, TWO_DAYS,
        seats=60, state="closed", selection_basis="baseline_score",
    )  # fmt: skip
    dice = maker.dice
    chosen = [one for one in cooperatives if one.took_part]
    chosen.sort(key=lambda one: min(one.scores.values(), default=100))
    for rank, one in enumerate(chosen, 1):
        sent_in = maker.sent_in(batch, 12)
        invitation = maker.invitation(batch, one, rank, opened_at=sent_in)
        registration = maker.registration(batch, invitation, one, one.officers[0], sent_in)
        _presence(registration, batch.training_sessions, dice)
    return batch


def _presence(registration: Registration, sessions: list[TrainingSession], dice: Random) -> None:
    """Nearly everybody is there nearly always: one in three misses one session."""
    missed = dice.randrange(1, len(sessions)) if dice.random() < 0.35 else None
    for index, session in enumerate(sessions):
        state = dice.choice(("excused", "sick", "absent")) if index == missed else "present"
        arrived = session.starts_at + timedelta(minutes=dice.randint(-20, 22))
        db.session.add(
            Attendance(
                office_id=registration.office_id,
                training_session_id=session.id,
                registration_id=registration.id,
                state=state,
                method="list",
                arrived_at=arrived if state == "present" else None,
                recorded_by_name="Sari Handayani",
                recorded_at=session.ends_at,
            )
        )


def _running_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """Today and tomorrow: the door has something to do, and some are there already."""
    at = clock.moment(today - timedelta(days=40), time(9), "WIB")
    programme = _programme(
        maker.office, "Penguatan Koperasi Kelurahan Merah Putih", today.year, [], at
    )
    batch = _batch(maker, programme, courses["wards"], today, TWO_DAYS, seats=36, state="published")
    young = [one for one in cooperatives if "Merah Putih" in one.row.name]
    for one in young:
        sent_in = maker.sent_in(batch, 9)
        invitation = maker.invitation(batch, one, opened_at=sent_in)
        for officer in one.officers[:2]:
            registration = maker.registration(batch, invitation, one, officer, sent_in)
            if maker.dice.random() < 0.6:
                _arrive(registration, batch.training_sessions[0], maker)
    return batch


def _arrive(registration: Registration, session: TrainingSession, maker: _Maker) -> None:
    arrived = session.starts_at + timedelta(minutes=maker.dice.randint(-25, 10))
    db.session.add(
        Attendance(
            office_id=registration.office_id,
            training_session_id=session.id,
            registration_id=registration.id,
            state="present",
            method="qr",
            arrived_at=min(arrived, maker.now),
            recorded_by_name="Sari Handayani",
            recorded_at=min(arrived, maker.now),
        )
    )


def _open_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """The batch to play with: sixty seats, most taken, some cooperatives silent."""
    first = today + timedelta(days=9)
    first += timedelta(days=(1 - first.weekday()) % 7)  # a Tuesday
    at = clock.moment(today - timedelta(days=35), time(9), "WIB")
    programme = _programme(
        maker.office,
        "Bimtek Akuntabilitas Koperasi",
        first.year,
        ["under_supervision", "under_special_supervision"],
        at,
    )
    batch = _batch(
        maker, programme, courses["accountability"], first, TWO_DAYS,
        seats=60, state="published", number=2, selection_basis="baseline_score",
    )  # fmt: skip
    weak = [one for one in cooperatives if one.status in programme.target_statuses]
    weak = [one for one in weak if not one.took_part]
    weak.sort(key=lambda one: list(one.scores.values())[-1] if one.scores else 0)
    taken = 0
    for rank, one in enumerate(weak, 1):
        silent = rank % 5 == 0 or taken >= 46
        sent_in = maker.sent_in(batch, 6)
        opened_at = None if silent else sent_in
        reason = f"{STATUS_NAMES[one.status]}, urutan {rank} dari skor terendah"
        invitation = maker.invitation(batch, one, rank, opened_at=opened_at, reason=reason)
        for officer in () if silent else one.officers[:2]:
            maker.registration(batch, invitation, one, officer, sent_in)
            taken += 1
    return batch


def _full_batch(maker: _Maker, courses, cooperatives: list[Made], today: date) -> Batch:
    """Every seat taken and three in the queue."""
    first = today + timedelta(days=20)
    first += timedelta(days=(2 - first.weekday()) % 7)
    at = clock.moment(today - timedelta(days=35), time(9), "WIB")
    programme = _programme(maker.office, "Kewirausahaan Koperasi Wanita", first.year, [], at)
    batch = _batch(
        maker, programme, courses["entrepreneurs"], first, TWO_DAYS,
        seats=12, state="published", people_per_cooperative=1,
        registration_opens_at=clock.moment(today - timedelta(days=6), time(8), "WIB"),
    )  # fmt: skip
    women = [one for one in cooperatives if one.row.name.startswith("Kopwan")][:15]
    for index, one in enumerate(women):
        sent_in = min(batch.registration_opens_at + timedelta(minutes=47 * index), maker.now)
        state = "confirmed" if index < batch.seats else "waitlisted"
        invitation = maker.invitation(batch, one, opened_at=sent_in)
        maker.registration(batch, invitation, one, one.officers[0], sent_in, state)
    return batch


def _draft_batch(maker: _Maker, courses, today: date) -> Batch:
    first = today + timedelta(days=40)
    first += timedelta(days=(1 - first.weekday()) % 7)
    at = clock.moment(today - timedelta(days=3), time(9), "WIB")
    programme = _programme(maker.office, "Penilaian Kesehatan Mandiri", first.year, [], at)
    return _batch(maker, programme, courses["health"], first, TWO_DAYS, seats=40, state="draft")
