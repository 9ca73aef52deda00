"""Board, supervisors and managers: one person in one position a row."""

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import defer

from kopdiklat.cooperatives.citizen_numbers import check_citizen_number
from kopdiklat.cooperatives.models import Officer, Person
from kopdiklat.core import keys
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_digits, read_email, read_name, read_phone, read_text
from kopdiklat.core.text import N_, match_key
from kopdiklat.core.workbooks import Column
from kopdiklat.imports import rules
from kopdiklat.imports.kinds.base import UNCHANGED, Field, Job, Kind, Outcome, ReadRow, one_of_words
from kopdiklat.imports.kinds.cooperatives import PHONE_AS_TYPED
from kopdiklat.imports.kinds.directory import DISTRICT, LEGAL_NUMBER, cooperatives_of
from kopdiklat.imports.report import RowRefused
from kopdiklat.imports.rules import Known

NAME_NEEDED = N_("Nama lengkap perlu diisi.")
POSITION_NEEDED = N_("Jabatan perlu diisi.")
OTHER_PERSON = N_("NIK ini milik {name}.")
EMAIL_DROPPED = N_("Alamat email belum dikenali. Tidak disimpan.")

POSITIONS = {
    "Ketua": "chair",
    "Ketua Pengurus": "chair",
    "Wakil Ketua": "vice_chair",
    "Wakil Ketua Bidang Usaha": "vice_chair",
    "Wakil Ketua Bidang Anggota": "vice_chair",
    "Sekretaris": "secretary",
    "Wakil Sekretaris": "secretary",
    "Bendahara": "treasurer",
    "Wakil Bendahara": "treasurer",
    "Ketua Pengawas": "supervisor_chair",
    "Koordinator Pengawas": "supervisor_chair",
    "Pengawas": "supervisor",
    "Anggota Pengawas": "supervisor",
    "Dewan Pengawas Syariah": "sharia_board",
    "DPS": "sharia_board",
    "Manajer": "manager",
    "Manager": "manager",
    "Karyawan": "employee",
    "Pegawai": "employee",
    "Anggota": "member",
}
SEXES = {
    "L": "male",
    "Laki-laki": "male",
    "Pria": "male",
    "P": "female",
    "Perempuan": "female",
    "Wanita": "female",
}


class Officers(Kind):
    code = "officers"
    label = N_("Pengurus dan pengawas")
    subject_key = "name"
    subject_label = N_("Nama")
    fields = (
        Field(
            Column("number", "NIK Koperasi", ("Nomor Induk Koperasi",), one_of="cooperative"),
            lambda cell: read_digits(cell, length=20),
            cause="code",
            example="3576030010001",
        ),
        Field(
            Column("cooperative", "Nama Koperasi", ("Koperasi",), one_of="cooperative"),
            read_text,
            example="KSP Contoh Sejahtera",
        ),
        LEGAL_NUMBER,
        DISTRICT,
        Field(
            Column("name", "Nama Lengkap", ("Nama", "Nama Pengurus"), required=True),
            lambda cell: read_name(cell, length=120),
            needed=NAME_NEEDED,
            example="Siti Contoh",
        ),
        Field(
            Column("citizen_number", "NIK KTP", ("NIK Pengurus", "No KTP", "Nomor KTP", "NIK")),
            lambda cell: read_digits(cell, length=40),
            cause="code",
            masked=True,
            example="9901014508900001",
        ),
        Field(
            Column("position", "Jabatan", ("Posisi",), required=True),
            one_of_words(POSITIONS, N_("Jabatan tidak dikenal. Contoh: Ketua atau Bendahara.")),
            cause="word",
            needed=POSITION_NEEDED,
            example="Bendahara",
        ),
        Field(
            Column("sex", "L/P", ("Jenis Kelamin", "JK", "Kelamin")),
            one_of_words(SEXES, N_("Isi tidak dikenal. Tulis L atau P.")),
            cause="word",
            example="P",
        ),
        Field(
            Column(
                "phone", "No. HP/WA", ("No HP", "HP", "WA", "Nomor HP", "Telepon", "No Telepon")
            ),
            read_phone,
            example="0852-9141-4520",
        ),
        Field(Column("email", "Email", ("Surel", "Alamat Email")), read_email),
    )

    def begin(self, job: Job) -> None:
        self.job = job
        self.directory = cooperatives_of(job)
        in_area = Person.office_id.in_(job.office_ids)
        self.by_citizen_number: dict[tuple[int, str], Person] = {}
        self.positions: set[tuple[Person, int, str]] = set()
        self.people_of: dict[int, dict[str, list[Person]]] = defaultdict(lambda: defaultdict(list))
        people = {}
        select = sa.select(Person).where(in_area).options(defer(Person.citizen_number))
        for person in db.session.scalars(select):
            people[person.id] = person
            if person.citizen_number_index:
                self.by_citizen_number[person.office_id, person.citizen_number_index] = person
        held = (
            sa.select(Officer.cooperative_id, Officer.person_id, Officer.position)
            .join(Person)
            .where(in_area)
        )
        for officer in db.session.execute(held):
            self._place(people[officer.person_id], officer.cooperative_id, officer.position)

    def decide(self, row: ReadRow) -> Outcome:
        cooperative = self.directory.find(row, self.job)
        if row["citizen_number"]:
            try:
                check_citizen_number(row["citizen_number"])
            except RuleViolation as refusal:
                raise RowRefused.by(refusal, "citizen_number", "code") from None
        person = self._find(cooperative, row)
        who = row["citizen_number"] or match_key(row["name"])
        if repeat := self.repeated((cooperative.cooperative_id, who, row["position"]), row):
            return repeat
        self._warn(row, cooperative)
        changes = self._changes(person, row)
        is_new = person is None or (
            (person, cooperative.cooperative_id, row["position"]) not in self.positions
        )
        if not is_new and not changes:
            return UNCHANGED
        if person is None:
            person = Person(office_id=cooperative.office_id, created_at=self.job.now)
            for name, value in changes.items():
                setattr(person, name, value)
            if person.citizen_number_index:
                found = (cooperative.office_id, person.citizen_number_index)
                self.by_citizen_number[found] = person
            changes = {}
        if is_new:
            self._place(person, cooperative.cooperative_id, row["position"])

        def apply() -> None:
            for name, value in changes.items():
                setattr(person, name, value)
            if is_new:
                db.session.add(
                    Officer(
                        cooperative_id=cooperative.cooperative_id,
                        person=person,
                        position=row["position"],
                    )
                )

        return Outcome("created" if is_new else "updated", apply)

    def _place(self, person: Person, cooperative_id: int, position: str) -> None:
        self.positions.add((person, cooperative_id, position))
        same_name = self.people_of[cooperative_id][match_key(person.full_name)]
        if person not in same_name:
            same_name.append(person)

    def _find(self, cooperative: Known, row: ReadRow) -> Person | None:
        """By citizen number, else by name among the people of the same cooperative."""
        index = None
        if row["citizen_number"]:
            index = keys.blind_index(row["citizen_number"], "citizen number")
            person = self.by_citizen_number.get((cooperative.office_id, index))
            if person:
                if not rules.is_like(person.full_name, row["name"]):
                    raise RowRefused(
                        "citizen_number", OTHER_PERSON, cause="conflict", name=person.full_name
                    )
                return person
        same_name = self.people_of[cooperative.cooperative_id][match_key(row["name"])]
        if index:  # somebody with another citizen number is somebody else
            same_name = [p for p in same_name if not p.citizen_number_index]
        return same_name[0] if len(same_name) == 1 else None

    def _changes(self, person: Person | None, row: ReadRow) -> dict:
        said = {"full_name": row["name"], "sex": row["sex"]}
        if row["phone"]:
            said["phone"] = row["phone"][0][:40]
        if row["email"] and row["email"][1]:
            said["email"] = row["email"][0][:254]
        changes = {
            key: value
            for key, value in said.items()
            if value is not None and (person is None or getattr(person, key) != value)
        }
        number = row["citizen_number"]
        if number and (person is None or not person.citizen_number_index):
            changes["citizen_number"] = number
            changes["citizen_number_index"] = keys.blind_index(number, "citizen number")
        return changes

    def _warn(self, row: ReadRow, cooperative: Known) -> None:
        subject = f"{row['name']}, {cooperative.name}"
        if row["phone"] and not row["phone"][1]:
            self.job.warn(row, "phone", PHONE_AS_TYPED, subject)
        if row["email"] and not row["email"][1]:
            self.job.warn(row, "email", EMAIL_DROPPED, subject)
