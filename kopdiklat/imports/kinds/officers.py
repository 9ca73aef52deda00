"""Board, supervisors and managers: one person in one position a row."""

import sqlalchemy as sa

from kopdiklat.cooperatives.citizen_numbers import check_citizen_number
from kopdiklat.cooperatives.models import Officer, Person
from kopdiklat.cooperatives.people import (
    NumberOfAnother,
    flush_people,
    number_index,
    read_people,
)
from kopdiklat.cooperatives.rules import POSITION_WORDS, Identity
from kopdiklat.core.db import db
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.parsing import read_digits, read_email, read_name, read_phone, read_text
from kopdiklat.core.text import N_, match_key
from kopdiklat.core.workbooks import Column
from kopdiklat.imports.kinds.base import UNCHANGED, Field, Job, Kind, Outcome, ReadRow, one_of_words
from kopdiklat.imports.kinds.cooperatives import PHONE_AS_TYPED
from kopdiklat.imports.kinds.directory import DISTRICT, LEGAL_NUMBER, cooperatives_of
from kopdiklat.imports.report import RowRefused
from kopdiklat.imports.rules import Known

NAME_NEEDED = N_("Nama lengkap perlu diisi.")
POSITION_NEEDED = N_("Jabatan perlu diisi.")
OTHER_PERSON = N_("NIK ini milik {name}.")
EMAIL_DROPPED = N_("Alamat email belum dikenali. Tidak disimpan.")

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
            one_of_words(
                POSITION_WORDS, N_("Jabatan tidak dikenal. Contoh: Ketua atau Bendahara.")
            ),
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
        self.people = read_people(job.office_ids)
        held = (
            sa.select(Officer.cooperative_id, Officer.person_id, Officer.position)
            .join(Person)
            .where(Person.office_id.in_(job.office_ids))
        )
        self.held = {
            (o.cooperative_id, db.session.get_one(Person, o.person_id), o.position)
            for o in db.session.execute(held)
        }

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
            (cooperative.cooperative_id, person, row["position"]) not in self.held
        )
        if not is_new and not changes:
            return UNCHANGED
        if person is None:
            person = Person(office_id=cooperative.office_id, created_at=self.job.now)
            for name, value in changes.items():
                setattr(person, name, value)
            changes = {}
        self.people.note_number(person, number_index(row["citizen_number"]))
        self.people.note_position(person, cooperative.cooperative_id, row["position"])
        self.held.add((cooperative.cooperative_id, person, row["position"]))

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

    def _find(self, cooperative: Known, row: ReadRow) -> Person | None:
        said = Identity(
            row["name"],
            number_index(row["citizen_number"]),
            row["phone"] and row["phone"][0][:40],
            frozenset({row["position"]}),
        )
        try:
            return self.people.find(cooperative.office_id, cooperative.cooperative_id, said)
        except NumberOfAnother as refusal:
            name = refusal.holder.full_name if refusal.holder else ""
            raise RowRefused("citizen_number", OTHER_PERSON, cause="conflict", name=name) from None

    def write(self) -> None:
        flush_people()

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
            changes["citizen_number_index"] = number_index(number)
        return changes

    def _warn(self, row: ReadRow, cooperative: Known) -> None:
        subject = f"{row['name']}, {cooperative.name}"
        if row["phone"] and not row["phone"][1]:
            self.job.warn(row, "phone", PHONE_AS_TYPED, subject)
        if row["email"] and not row["email"][1]:
            self.job.warn(row, "email", EMAIL_DROPPED, subject)
