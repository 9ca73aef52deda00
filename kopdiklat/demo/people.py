"""The demo's offices, accounts and names of people."""

from datetime import datetime
from random import Random

from kopdiklat.accounts import passwords
from kopdiklat.accounts.models import Membership, User
from kopdiklat.core.db import db
from kopdiklat.core.text import N_
from kopdiklat.offices.models import Office
from kopdiklat.policy import STAFF_ROLES
from kopdiklat.training.models import Batch, DoorDuty

PASSWORD = "contoh-mojokerto"  # noqa: S105, demo accounts are refused in production
ACCOUNTS = (  # role, label, name, e-mail, office
    ("coordinator", N_("Koordinator diklat"), "Rina Wulandari", "rina@contoh.id", "city"),
    ("head", N_("Kepala"), "Ir. Bambang Sutopo, M.M.", "kepala@contoh.id", "city"),
    ("office_admin", N_("Admin kantor"), "Ani Suharti", "admin@contoh.id", "city"),
    ("mentor", N_("Pendamping"), "Dedi Prasetyo", "dedi@contoh.id", "city"),
    ("mentor", N_("Pendamping"), "Anis Fitriani", "anis@contoh.id", "city"),
    ("mentor", N_("Pendamping"), "Luluk Farida, S.E.", "luluk@contoh.id", "city"),
    ("door_staff", N_("Petugas pintu"), "Sari Handayani", "sari@contoh.id", "city"),
    ("assessor", N_("Penilai"), "Agus Setiawan, S.H.", "penilai@contoh.id", "city"),
    ("auditor", N_("Pemeriksa"), "Dra. Endang Pratiwi, M.Si.", "pemeriksa@contoh.id", "city"),
    ("manager", N_("Pengurus koperasi"), "Siti Aminah", "pengurus@contoh.id", None),
    ("head", N_("Kepala, provinsi"), "Dr. Hartono, M.Si.", "provinsi@contoh.id", "province"),
    ("platform_admin", N_("Admin platform"), "Pandu Wibisono", "platform@contoh.id", None),
)
FEMALE = (
    "Siti", "Dewi", "Sri", "Endang", "Wiwik", "Nurul", "Umi", "Lilik", "Fitri", "Ratna", "Kartika",
    "Yuliana", "Sulastri", "Indah", "Wahyuni", "Titik", "Retno", "Anik", "Khusnul", "Erna",
)  # fmt: skip
MALE = (
    "Ahmad", "Slamet", "Bambang", "Agus", "Mochamad", "Eko", "Hendra", "Imam", "Joko", "Rudi",
    "Teguh", "Suyanto", "Yusuf", "Hadi", "Fajar", "Gunawan", "Lukman", "Nanang", "Paijan", "Zainuri",
)  # fmt: skip
FAMILY = (
    "Rahmawati", "Hidayat", "Santoso", "Lestari", "Wijaya", "Nugroho", "Kusuma", "Susanto", "Utomo",
    "Purnomo", "Anggraini", "Firmansyah", "Prasetyo", "Handayani", "Saputra", "Maulana", "Wibowo",
    "Setiawan", "Ma'ruf", "Syafi'i",
)  # fmt: skip
TITLES = ("", "", "", "", "", "", ", S.E.", ", S.Pd.", ", S.H.", ", M.M.")
BEFORE = ("", "", "", "", "", "", "", "H. ", "Hj. ", "Drs. ")


def make_offices(now: datetime) -> dict[str, Office]:
    """The city and the province above it."""
    province = Office(
        code="35",
        name="Dinas Koperasi dan UKM Provinsi Jawa Timur",
        region_name="Provinsi Jawa Timur",
        government_name="PEMERINTAH PROVINSI JAWA TIMUR",
        is_demo=True,
        created_at=now,
    )
    db.session.add(province)
    db.session.flush()
    city = Office(
        code="3576",
        parent_id=province.id,
        name="Dinas Koperasi, UKM, Perindustrian dan Perdagangan Kota Mojokerto",
        region_name="Kota Mojokerto",
        government_name="PEMERINTAH KOTA MOJOKERTO",
        address="Jl. Benteng Pancasila 23, Kota Mojokerto, Jawa Timur 61312",
        email="diskopukmperindag@contoh.id",
        phone="+62321000000",
        contact_name="Ibu Rina Wulandari",
        contact_phone="+6281234567890",
        is_demo=True,
        created_at=now,
    )
    db.session.add(city)
    db.session.flush()
    return {"city": city, "province": province}


def password_hash() -> str:
    """Of the one password of all; before the transaction, for it is slow on purpose."""
    return passwords.make_hash(PASSWORD)


def make_users(offices: dict[str, Office], hashed: str, now: datetime) -> dict[str, list[User]]:
    """Every demo account, by role; the manager's place is given by `make_manager`.

    :param hashed: from `password_hash`
    """
    users: dict[str, list[User]] = {}
    for role, _label, name, email, place in ACCOUNTS:
        user = User(name=name, email=email, password_hash=hashed, is_demo=True, created_at=now)
        db.session.add(user)
        db.session.flush()
        users.setdefault(role, []).append(user)
        if role in STAFF_ROLES:
            office_id = offices[place].id if place else None
            db.session.add(
                Membership(user_id=user.id, role=role, office_id=office_id, created_at=now)
            )
    return users


def make_manager(users: dict[str, list[User]], cooperatives: list, now: datetime) -> None:
    """The demo manager belongs to the first cooperative that took part."""
    made = next(c for c in cooperatives if c.took_part)
    db.session.add(
        Membership(
            user_id=users["manager"][0].id,
            role="manager",
            cooperative_id=made.row.id,
            created_at=now,
        )
    )


def give_door_duty(door_staff: list[User], batches: list[Batch]) -> None:
    """The door officer has every day of every batch that is not a draft."""
    for batch in batches:
        if batch.state != "draft":
            for day in batch.days:
                db.session.add(DoorDuty(batch_id=batch.id, user_id=door_staff[0].id, duty_on=day))


def full_name(dice: Random, sex: str) -> str:
    first = dice.choice(FEMALE if sex == "female" else MALE)
    before = dice.choice(BEFORE)
    if before and (before == "Hj. ") != (sex == "female"):
        before = ""
    return f"{before}{first} {dice.choice(FAMILY)}{dice.choice(TITLES)}"


def citizen_number(dice: Random, sex: str, serial: int) -> str:
    """Sixteen digits of nobody: no region begins with 99."""
    day = dice.randint(1, 28) + (40 if sex == "female" else 0)
    return f"990101{day:02d}{dice.randint(1, 12):02d}{dice.randint(60, 99):02d}{serial:04d}"


def phone(dice: Random) -> str:
    return f"+62{dice.choice(('812', '813', '821', '852', '857', '878'))}{dice.randint(0, 99999999):08d}"
