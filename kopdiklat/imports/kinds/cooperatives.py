"""The register: one cooperative a row. Which cooperative it means, whose it is, and what changes.

Blank cells never erase what is known. The figures belong to one book year, the activity status to
one day. The names of the board in this file are text only; the file of officers rules.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from kopdiklat.cooperatives.models import ActivityStatus, Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.text import N_, match_key
from kopdiklat.health.models import YearlyFigures
from kopdiklat.imports import rules
from kopdiklat.imports.kinds.base import UNCHANGED, Job, Kind, Outcome, ReadRow
from kopdiklat.imports.kinds.cooperative_columns import DETAILS, FIELDS, FIGURES
from kopdiklat.imports.kinds.directory import (
    OTHER_NAME,
    OTHER_NUMBER,
    SEVERAL,
    Directory,
    cooperatives_of,
    numbers_elsewhere,
)
from kopdiklat.imports.report import RowRefused
from kopdiklat.imports.rules import Known
from kopdiklat.offices.models import Office
from kopdiklat.offices.rules import dotted, level_of, responsible_code

ALL_ZEROS = N_("NIK tidak boleh nol semua. Kosongkan bila belum ada.")
UNUSUAL_NUMBER = N_("NIK koperasi biasanya 13 angka.")
ELSEWHERE = N_("NIK ini sudah tercatat di kantor lain.")
RECORDED_AT = N_("Koperasi ini tercatat pada {office}.")
OTHER_OFFICE = N_("Wewenang {office}, bukan kantor Anda.")
MINISTRY = N_("Wewenang kementerian, bukan kantor Anda.")
REGION_NEEDED = N_("Kode wilayah perlu diisi, contoh 35.76.01.")
PHONE_AS_TYPED = N_("Nomor telepon belum dikenali. Disimpan seperti tertulis.")
MEMBERS_DIFFER = N_("Pria dan wanita tidak sama dengan total anggota.")


class Cooperatives(Kind):
    code = "cooperatives"
    label = N_("Data koperasi")
    subject_key = "name"
    uses = frozenset({"as_of", "fiscal_year"})
    fields = FIELDS

    def begin(self, job: Job) -> None:
        self.job = job
        self.as_of = job.options.as_of or job.today
        self.fiscal_year = job.options.fiscal_year or self.as_of.year - 1
        self.by_code = {office.code: office for office in job.offices.values()}
        self.names_of_offices = self._names_of_other_offices()
        self.directory: Directory = cooperatives_of(job)
        self.elsewhere = numbers_elsewhere(
            (row["cooperative_number"] for row in job.rows if row["cooperative_number"]), job
        )
        in_area = Cooperative.office_id.in_(job.office_ids)
        self.cooperatives = {
            c.id: c for c in db.session.scalars(sa.select(Cooperative).where(in_area))
        }
        self.figures_of = {
            f.cooperative_id: f
            for f in db.session.scalars(
                sa.select(YearlyFigures).where(
                    YearlyFigures.office_id.in_(job.office_ids),
                    YearlyFigures.fiscal_year == self.fiscal_year,
                )
            )
        }
        said = (
            sa.select(ActivityStatus.cooperative_id, ActivityStatus.status, ActivityStatus.as_of)
            .join(Cooperative)
            .where(in_area)
        )
        self.said = {(s.cooperative_id, s.status, s.as_of) for s in db.session.execute(said)}

    def _names_of_other_offices(self) -> dict[str, str]:
        codes = {
            code
            for row in self.job.rows
            if (code := self._responsible_code(row)) and code not in self.by_code
        }
        found = sa.select(Office.code, Office.name).where(Office.code.in_(sorted(codes)))
        return {office.code: office.name for office in db.session.execute(found)}

    def decide(self, row: ReadRow) -> Outcome:
        known = self._find(row)
        if known and known.row:
            return self._repeat(known, row)
        office = self._office(row)
        if known and known.office_id != office.id:
            recorded = self.job.offices[known.office_id].name
            raise RowRefused("name", RECORDED_AT, cause="jurisdiction", office=recorded)
        self._warn(row)
        outcome = self._update(known, row) if known else self._create(row, office)
        self._remember(known, row)
        return outcome

    def _repeat(self, known: Known, row: ReadRow) -> Outcome:
        return self.repeated(known.row, row) or UNCHANGED

    def _remember(self, known: Known | None, row: ReadRow) -> None:
        """A later row that means the same cooperative finds this one first."""
        self.repeated(row.number, row)
        before = known or Known("", "", None)
        if known:
            self.directory.by_name[known.name_key].remove(known)
        self.directory.add(
            Known(
                name=row["name"],
                name_key=match_key(row["name"]),
                number=row["cooperative_number"] or before.number,
                legal_key=match_key(row["legal_number"] or "") or before.legal_key,
                district=row["district"] or before.district,
                row=row.number,
            )
        )

    # --- which cooperative -------------------------------------------------------------------

    def _find(self, row: ReadRow) -> Known | None:
        number, key = row["cooperative_number"], match_key(row["name"])
        if number:
            if not number.strip("0"):
                raise RowRefused("cooperative_number", ALL_ZEROS, cause="code")
            if number in self.elsewhere:
                raise RowRefused("cooperative_number", ELSEWHERE, cause="conflict")
            if known := self.directory.by_number.get(number):
                if known.name_key != key:
                    raise RowRefused(
                        "cooperative_number", OTHER_NAME, cause="conflict", name=known.name
                    )
                return known
        same_name = self.directory.by_name.get(key, ())
        found = rules.namesakes(same_name, row["legal_number"], row["district"])
        if number:
            found = self._without_another_number(found, row)
        if len(found) > 1:
            names = "; ".join(known.described for known in found[:3])
            raise RowRefused("name", SEVERAL, cause="conflict", names=names)
        return found[0] if found else None

    def _without_another_number(self, found: list[Known], row: ReadRow) -> list[Known]:
        """A namesake with another NIK is another cooperative, but for an equal legal number."""
        legal = match_key(row["legal_number"] or "")
        for known in found:
            if known.number and legal and known.legal_key == legal:
                raise RowRefused(
                    "cooperative_number", OTHER_NUMBER, cause="conflict", number=known.number
                )
        return [known for known in found if not known.number]

    # --- whose cooperative -------------------------------------------------------------------

    def _scope(self, row: ReadRow) -> str:
        return (row["form"] or ("primary", "regency"))[1]

    def _responsible_code(self, row: ReadRow) -> str | None:
        """The code of the office that has jurisdiction; empty when the row does not tell."""
        own = self.job.office.code
        scope, code = self._scope(row), row["region_code"] or ""
        if scope == "regency" and len(code) < 4:
            code = own if len(own) == 4 and own.startswith(code) else self._code_by_name(row)
        return responsible_code(scope, code or own) if code or scope != "regency" else ""

    def _code_by_name(self, row: ReadRow) -> str:
        name = match_key(row["regency"] or "")
        offices = self.job.offices.values()
        found = [o.code for o in offices if len(o.code) == 4 and match_key(o.region_name) == name]
        return found[0] if name and len(found) == 1 else ""

    def _office(self, row: ReadRow) -> Office:
        code = self._responsible_code(row)
        if code is None:
            raise RowRefused("form", MINISTRY, cause="jurisdiction")
        if not code:
            raise RowRefused("region_code", REGION_NEEDED, cause="empty")
        if office := self.by_code.get(code):
            return office
        if len(code) == 4 and code[:2] == self.job.office.code:
            return self._new_office(code, row)
        key = "form" if self._scope(row) == "province" else "region_code"
        name = self.names_of_offices.get(code) or self._name_from_file(code, row)
        raise RowRefused(key, OTHER_OFFICE, cause="jurisdiction", office=name)

    def _name_from_file(self, code: str, row: ReadRow) -> str:
        if len(code) == 2:
            return f"Dinas Koperasi Provinsi {row['province'] or dotted(code)}"
        return f"Dinas Koperasi {self._region_name(code, row)}"

    def _region_name(self, code: str, row: ReadRow) -> str:
        kind = "Kota" if level_of(code) == "city" else "Kabupaten"
        name = (row["regency"] or dotted(code))[:68]
        return name if name.casefold().startswith(("kota ", "kabupaten ")) else f"{kind} {name}"

    def _new_office(self, code: str, row: ReadRow) -> Office:
        """An office below this province that its file names first: made without users."""
        region = self._region_name(code, row)
        office = Office(
            code=code,
            parent_id=self.job.office.id,
            name=f"Dinas Koperasi {region}",
            region_name=region,
            time_zone=self.job.office.time_zone,
            created_at=self.job.now,
        )
        self.by_code[code] = office
        self.job.new_offices.append(office)
        return office

    # --- what changes ------------------------------------------------------------------------

    def _values(self, row: ReadRow) -> dict[str, Any]:
        values = {key: row[key] for key in DETAILS if row[key] is not None}
        values["name_key"] = match_key(row["name"])
        if row["form"]:
            values["form"], values["membership_scope"] = row["form"]
        if row["phone"]:
            values["phone"] = row["phone"][0][:40]
        if row["cooperative_number"]:
            values["cooperative_number"] = row["cooperative_number"]
        return values

    def _figures(self, row: ReadRow) -> dict[str, int]:
        return {key: row[key] for key in FIGURES if row[key] is not None}

    def _create(self, row: ReadRow, office: Office) -> Outcome:
        def apply() -> None:
            cooperative = Cooperative(
                office_id=office.id,
                last_meeting_on=row["last_meeting_on"],
                activity_status=row["activity_status"] or "unverified",
                activity_status_on=self.as_of if row["activity_status"] else None,
                created_at=self.job.now,
                **self._values(row),
            )
            db.session.add(cooperative)
            if row["activity_status"]:
                db.session.add(self._statement(row, cooperative=cooperative))
            if figures := self._figures(row):
                db.session.add(
                    YearlyFigures(
                        office_id=office.id,
                        cooperative=cooperative,
                        fiscal_year=self.fiscal_year,
                        **figures,
                    )
                )

        return Outcome("created", apply)

    def _statement(self, row: ReadRow, **cooperative: Any) -> ActivityStatus:
        return ActivityStatus(
            status=row["activity_status"], source="office", as_of=self.as_of, **cooperative
        )

    def _update(self, known: Known, row: ReadRow) -> Outcome:
        cooperative = self.cooperatives[known.cooperative_id]
        changes = _differences(cooperative, self._values(row))
        held = row["last_meeting_on"]
        if held and (cooperative.last_meeting_on is None or held > cooperative.last_meeting_on):
            changes["last_meeting_on"] = held
        says_new = self._says_new(cooperative, row["activity_status"])
        if says_new and self.as_of >= (cooperative.activity_status_on or date.min):
            changes |= {
                "activity_status": row["activity_status"],
                "activity_status_on": self.as_of,
                "activity_source": "office",
            }
        figures = self.figures_of.get(cooperative.id)
        new_figures = self._figures(row)
        if figures:
            new_figures = _differences(figures, new_figures)
        if not (changes or says_new or new_figures):
            return UNCHANGED

        def apply() -> None:
            for key, value in changes.items():
                setattr(cooperative, key, value)
            if says_new:
                db.session.add(self._statement(row, cooperative_id=cooperative.id))
            if figures:
                for key, value in new_figures.items():
                    setattr(figures, key, value)
            elif new_figures:
                db.session.add(
                    YearlyFigures(
                        office_id=cooperative.office_id,
                        cooperative_id=cooperative.id,
                        fiscal_year=self.fiscal_year,
                        **new_figures,
                    )
                )

        return Outcome("updated", apply)

    def _says_new(self, cooperative: Cooperative, status: str | None) -> bool:
        """The same status is news only when the day was named and nobody said so for that day."""
        if not status or (cooperative.id, status, self.as_of) in self.said:
            return False
        return status != cooperative.activity_status or self.job.options.as_of is not None

    def _warn(self, row: ReadRow) -> None:
        number = row["cooperative_number"]
        if number and len(number) != 13:
            self.job.warn(row, "cooperative_number", UNUSUAL_NUMBER, row["name"])
        if row["phone"] and not row["phone"][1]:
            self.job.warn(row, "phone", PHONE_AS_TYPED, row["name"])
        men, women, total = (row[k] for k in ("male_members", "female_members", "members"))
        if None not in (men, women, total) and men + women != total:
            self.job.warn(row, "members", MEMBERS_DIFFER, row["name"])


def _differences(thing: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if getattr(thing, key) != value}
