"""What the demo's batches are made of: courses with their patterns, trainers, rooms, holidays."""

from collections.abc import Iterable
from datetime import date, datetime, time

import sqlalchemy as sa

from kopdiklat.accounts.models import User
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key
from kopdiklat.offices.models import Holiday, Office
from kopdiklat.training import service
from kopdiklat.training.models import Course, Trainer

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


def make_people_rooms_and_holidays(office: Office, today: date) -> None:
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


def make_patterns(courses: dict[str, Course]) -> None:
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
                    day + 1, hour(start), hour(end), topic,
                    "teaching" if is_teaching else "opening", trainer,
                )
                for day, start, end, topic, trainer, is_teaching in timetable
            ]
            + [
                service.BlockRow(day, hour(line[:5]), hour(line[6:11]), line[12:], "break")
                for day in days
                for line in breaks
            ],
        )  # fmt: skip
    finance = courses["finance"]
    finance.seats, finance.spare_places, finance.waiting_places = 40, 4, 10
    finance.minimum_people, finance.pass_test_score = 25, 60
    finance.room_needs = "Proyektor, meja berkelompok, listrik di meja"
    finance.documents = ["KAK", "SK panitia dan pemateri", "Biodata pemateri", "Daftar nilai"]


def hour(text: str) -> time:
    """`08.00` as a time."""
    return time.fromisoformat(text.replace(".", ":"))


def make_courses(office: Office, now: datetime) -> dict[str, Course]:
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
