"""What a row means against the register, and that a save is all or nothing."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import ActivityStatus, Cooperative, Officer, PastContact, Person
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.workbooks import UnusableFile
from kopdiklat.health.models import AnnualMeeting, HealthAssessment, YearlyFigures
from kopdiklat.health.queries import is_not_replaced
from kopdiklat.health.service import record_assessment
from kopdiklat.imports import service
from kopdiklat.imports.kinds.base import Options
from kopdiklat.offices.models import Office
from tests.at_once import meanwhile, refusal_of
from tests.factories import (
    default_scheme,
    make_annual_meeting,
    make_assessment,
    make_cooperative,
    make_office,
    make_officer,
    make_past_contact,
    make_person,
    make_yearly_figures,
)
from tests.imports.files import register, xlsx

CITIZEN_NUMBER = "9901016505738546"


def save(kind, content, now, office=None, *, valid_only=False, **options):
    office = office or make_office()
    book = service.Workbook(kind, content, f"{kind}.xlsx")
    with transaction():
        office = db.session.get_one(Office, office.id)
        return service.save(book, office, Options(**options), valid_only=valid_only, now=now)


def counts(report):
    return report.created, report.updated, report.unchanged


def reasons(report):
    return [(f.row, f.column, f.value, f.reason) for f in report.rejected]


def only(model):
    return db.session.scalars(sa.select(model)).one()


# --- cooperatives --------------------------------------------------------------------------------


def test_a_cooperative_comes_in_with_its_figures_and_its_status(app, now):
    report = save("cooperatives", register(), now, fiscal_year=2025, as_of=date(2026, 1, 31))

    cooperative = only(Cooperative)
    assert counts(report) == (1, 0, 0)
    assert report.saved
    assert (cooperative.name, cooperative.cooperative_number) == ("KSP Maju", "3576030010001")
    assert (cooperative.form, cooperative.membership_scope) == ("primary", "regency")
    assert cooperative.cooperative_type == "savings_and_loan"
    assert cooperative.phone == "+6281234567890"
    assert cooperative.region_code == "357603"
    assert (cooperative.activity_status, cooperative.activity_status_on) == (
        "active",
        date(2026, 1, 31),
    )
    assert (only(YearlyFigures).fiscal_year, only(YearlyFigures).members) == (2025, 120)
    assert only(ActivityStatus).as_of == date(2026, 1, 31)


def test_the_figures_belong_to_the_year_before_the_status_unless_said_otherwise(app, now):
    save("cooperatives", register(), now)

    assert only(YearlyFigures).fiscal_year == 2025


def test_a_changed_row_updates_what_changed_and_says_so_in_the_trail(app, now):
    save("cooperatives", register(), now)

    report = save("cooperatives", register({"Total Anggota": 130, "Alamat": "Jl. Baru"}), now)

    assert counts(report) == (0, 1, 0)
    entry = db.session.scalars(
        sa.select(AuditEntry).where(
            AuditEntry.object_type == "yearly_figures", AuditEntry.action == "update"
        )
    ).one()
    assert (entry.before, entry.after) == ({"members": 120}, {"members": 130})
    assert entry.reason == "Impor cooperatives.xlsx"


def test_blank_cells_erase_nothing(app, now):
    save("cooperatives", register(), now)

    report = save("cooperatives", register({"Telepon": "", "NIK": "-", "Kecamatan": ""}), now)

    assert counts(report) == (0, 0, 1)
    assert only(Cooperative).phone == "+6281234567890"


def test_a_status_on_a_later_day_is_kept_beside_the_earlier_one(app, now):
    save("cooperatives", register(), now, as_of=date(2025, 1, 1))
    change = register({"Status Koperasi": "Tidak Aktif"})

    first = save("cooperatives", change, now, as_of=date(2026, 1, 1))
    again = save("cooperatives", change, now, as_of=date(2026, 1, 1))
    older = save("cooperatives", register(), now, as_of=date(2024, 1, 1))

    assert (counts(first), counts(again), counts(older)) == ((0, 1, 0), (0, 0, 1), (0, 1, 0))
    assert only(Cooperative).activity_status == "inactive"
    assert db.session.scalar(sa.select(sa.func.count(ActivityStatus.id))) == 3


def test_the_last_meeting_never_goes_back(app, now):
    save("cooperatives", register({"Tanggal RAT Terakhir": "5 Maret 2026"}), now)

    report = save("cooperatives", register({"Tanggal RAT Terakhir": "5 Maret 2020"}), now)

    assert counts(report) == (0, 0, 1)
    assert only(Cooperative).last_meeting_on == date(2026, 3, 5)


def test_without_nik_a_cooperative_is_found_by_name_legal_number_and_district(app, now):
    make_cooperative(
        name="KSP Maju", legal_number="1/BH/2000", district="Kranggan", cooperative_number=None
    )

    report = save("cooperatives", register({"Koperasi": "ksp  MAJU"}), now)

    assert counts(report) == (0, 1, 0)
    assert only(Cooperative).cooperative_number == "3576030010001"


def test_a_namesake_with_another_legal_number_is_another_cooperative(app, now):
    make_cooperative(name="KSP Maju", legal_number="2/BH/2001", cooperative_number=None)

    report = save("cooperatives", register({"NIK": ""}), now)

    assert counts(report) == (1, 0, 0)


def test_two_namesakes_refuse_the_row_and_are_named(app, now):
    for district in ("Kranggan", "Magersari"):
        make_cooperative(
            name="KSP Maju", legal_number=None, district=district, cooperative_number=None
        )

    report = save("cooperatives", register({"NIK": "", "Kecamatan": ""}), now)

    assert reasons(report) == [
        (
            5,
            "Koperasi",
            "KSP Maju",
            "Lebih dari satu koperasi cocok: KSP Maju (Kec. Kranggan); KSP Maju (Kec. Magersari).",
        )
    ]


def test_a_nik_of_another_cooperative_is_a_conflict_and_overwrites_nothing(app, now):
    make_cooperative(name="KSP Lama", cooperative_number="3576030010001")

    report = save("cooperatives", register(), now)

    assert reasons(report) == [(5, "NIK", "3576030010001", "NIK ini milik KSP Lama.")]
    assert only(Cooperative).name == "KSP Lama"


def test_a_known_cooperative_keeps_its_nik(app, now):
    make_cooperative(
        name="KSP Maju",
        legal_number="1/BH/2000",
        district="Kranggan",
        cooperative_number="3576039999999",
    )

    report = save("cooperatives", register(), now)

    assert reasons(report) == [
        (5, "NIK", "3576030010001", "Koperasi ini tercatat dengan NIK 3576039999999.")
    ]


def test_a_nik_of_another_office_is_refused_without_naming_the_cooperative(app, now):
    elsewhere = make_office("6408", "Dinas Koperasi Kutai Timur", region_name="Kutai Timur")
    make_cooperative(elsewhere, "KSP Rahasia", cooperative_number="3576030010001")

    report = save("cooperatives", register(), now)

    assert reasons(report) == [
        (5, "NIK", "3576030010001", "NIK ini sudah tercatat di kantor lain.")
    ]


def test_the_same_row_twice_is_a_duplicate_and_a_different_one_is_refused(app, now):
    content = register({}, {}, {"Total Anggota": 99})

    report = save("cooperatives", content, now, valid_only=True)

    assert (counts(report), report.duplicates) == ((1, 0, 0), [(6, 5)])
    assert reasons(report) == [
        (7, "Koperasi", "KSP Maju", "Sudah ada di baris 5 dengan isi berbeda.")
    ]


@pytest.mark.parametrize(
    ("change", "column", "value", "reason"),
    [
        (
            {"Kode Wilayah": "64.08.02"},
            "Kode Wilayah",
            "64.08.02",
            "Wewenang Dinas Koperasi Kutai Timur, bukan kantor Anda.",
        ),
        (
            {"Bentuk Koperasi": "Primer Provinsi"},
            "Bentuk Koperasi",
            "Primer Provinsi",
            "Wewenang Dinas Koperasi Provinsi Jawa Timur, bukan kantor Anda.",
        ),
        (
            {"Bentuk Koperasi": "Primer Nasional"},
            "Bentuk Koperasi",
            "Primer Nasional",
            "Wewenang kementerian, bukan kantor Anda.",
        ),
        (
            {"Kode Wilayah": "35.15", "Kabupaten": "Sidoarjo"},
            "Kode Wilayah",
            "35.15",
            "Wewenang Dinas Koperasi Kabupaten Sidoarjo, bukan kantor Anda.",
        ),
    ],
)
def test_jurisdiction_follows_the_membership_area_and_names_the_office(
    app, now, change, column, value, reason
):
    make_office("6408", "Dinas Koperasi Kutai Timur", region_name="Kutai Timur")

    report = save("cooperatives", register(change), now)

    assert reasons(report) == [(5, column, value, reason)]


def test_a_row_without_region_code_belongs_to_the_importing_city(app, now):
    report = save("cooperatives", register({"Kode Wilayah": ""}), now)

    assert counts(report) == (1, 0, 0)


def test_a_province_imports_for_its_whole_area_and_makes_missing_offices(app, now):
    province = make_office("35", "Dinas Koperasi Jawa Timur", region_name="Jawa Timur")
    city = make_office()  # not tied to its province yet; the region code is what counts
    content = register(
        {},
        {"Koperasi": "KSP Dua", "NIK": "", "Kode Wilayah": "35.15.01", "Kabupaten": "Sidoarjo"},
        {"Koperasi": "KSP Tiga", "NIK": "", "Kode Wilayah": "35.15.02", "Kabupaten": "Sidoarjo"},
        {"Koperasi": "KSP Empat", "NIK": "", "Bentuk Koperasi": "Primer Provinsi"},
        {"Koperasi": "KSP Lima", "NIK": "", "Kode Wilayah": "", "Kabupaten": "Kota Mojokerto"},
        {"Koperasi": "KSP Enam", "NIK": "", "Kode Wilayah": "", "Kabupaten": ""},
        {"Koperasi": "KSP Tujuh", "NIK": "", "Kode Wilayah": "64.08.01"},
    )

    report = save("cooperatives", content, now, province, valid_only=True)

    made = db.session.scalars(sa.select(Office).where(Office.code == "3515")).one()
    assert report.offices_created == ["Dinas Koperasi Kabupaten Sidoarjo (35.15)"]
    assert (made.name, made.parent_id, made.time_zone) == (
        "Dinas Koperasi Kabupaten Sidoarjo",
        province.id,
        "WIB",
    )
    homes = dict(db.session.execute(sa.select(Cooperative.name, Cooperative.office_id)).all())
    assert homes == {
        "KSP Maju": city.id,
        "KSP Dua": made.id,
        "KSP Tiga": made.id,
        "KSP Empat": province.id,
        "KSP Lima": city.id,
    }
    assert [(f.row, f.reason) for f in report.rejected] == [
        (10, "Kode wilayah perlu diisi, contoh 35.76.01."),
        (11, "Wewenang Dinas Koperasi Kota Mojokerto, bukan kantor Anda."),
    ]
    again = save("cooperatives", content, now, province, valid_only=True)
    assert (counts(again), again.offices_created) == ((0, 0, 5), [])


def test_a_phone_that_is_not_valid_is_kept_as_typed_with_a_warning(app, now):
    report = save("cooperatives", register({"Telepon": "0812-34"}), now)

    assert counts(report) == (1, 0, 0)
    assert [w.plain() for w in report.warnings] == [
        {
            "row": 5,
            "column": "Telepon",
            "value": "0812-34",
            "reason": "Nomor telepon belum dikenali. Disimpan seperti tertulis.",
        }
    ]
    assert only(Cooperative).phone == "0812-34"


def test_a_nik_typed_as_a_number_is_the_nik(app, now):
    save("cooperatives", register({"NIK": 3576030010001}), now)

    assert only(Cooperative).cooperative_number == "3576030010001"


def test_a_nik_too_long_for_a_number_is_refused_with_the_help_text(app, now):
    report = save("cooperatives", register({"NIK": 3576030010001000}), now)

    assert reasons(report) == [
        (
            5,
            "NIK",
            "3576030010001000",
            "Kolom NIK terbaca sebagai angka sehingga angka terakhir hilang. "
            "Ubah kolom menjadi Teks, lalu unggah lagi.",
        )
    ]
    assert report.rejected[0].cause == "number_stored"


def test_a_row_with_several_faults_is_refused_once_and_names_them_all(app, now):
    report = save(
        "cooperatives", register({"Total Anggota": "banyak", "Status Koperasi": "Mati Suri"}), now
    )

    assert len(report.rejected) == 1
    assert report.rejected[0].also == (
        "Total Anggota: Isi bukan angka. Tulis dengan angka, contoh 1.250.",
    )


# --- officers ------------------------------------------------------------------------------------

OFFICER = {
    "NIK Koperasi": "3576030010001",
    "Nama Koperasi": "KSP Maju",
    "Nama Lengkap": "Siti Aminah",
    "NIK KTP": CITIZEN_NUMBER,
    "Jabatan": "Bendahara",
    "L/P": "P",
    "No. HP/WA": "081234567890",
    "Email": "siti@contoh.id",
}


def officers(*changes):
    return xlsx([OFFICER | change for change in changes or ({},)])


def maju(**columns):
    return make_cooperative(name="KSP Maju", cooperative_number="3576030010001", **columns)


def test_an_officer_comes_in_with_an_encrypted_citizen_number(app, now):
    maju()

    report = save("officers", officers(), now)

    person = only(Person)
    assert counts(report) == (1, 0, 0)
    assert (person.full_name, person.sex, person.phone) == (
        "Siti Aminah",
        "female",
        "+6281234567890",
    )
    assert person.citizen_number == CITIZEN_NUMBER
    assert only(Officer).position == "treasurer"
    kept = db.session.scalar(sa.text("SELECT citizen_number FROM persons"))
    assert CITIZEN_NUMBER.encode() not in bytes(kept)


def test_one_person_may_hold_two_positions_and_change_the_phone(app, now):
    maju()
    save("officers", officers({}, {"Jabatan": "Manajer"}), now)

    report = save("officers", officers({"No. HP/WA": "081299999999"}), now)

    assert counts(report) == (0, 1, 0)
    assert only(Person).phone == "+6281299999999"
    positions = db.session.scalars(sa.select(Officer.position).order_by(Officer.position))
    assert list(positions) == ["manager", "treasurer"]


def test_the_same_officer_twice_in_a_file_is_a_duplicate(app, now):
    maju()

    report = save("officers", officers({}, {}), now)

    assert (counts(report), report.duplicates) == ((1, 0, 0), [(6, 5)])


def test_an_officer_without_citizen_number_is_found_by_name_in_the_cooperative(app, now):
    make_officer(maju(), make_person(full_name="Siti Aminah", phone=None), "treasurer")

    report = save("officers", officers(), now)

    assert counts(report) == (0, 1, 0)
    assert only(Person).citizen_number == CITIZEN_NUMBER


def test_a_new_phone_and_a_degree_make_no_second_treasurer(app, now):
    make_officer(maju(), make_person(full_name="Siti Aminah, S.E."), "treasurer")

    report = save("officers", officers({"NIK KTP": ""}), now)

    assert counts(report) == (0, 1, 0)
    assert (only(Person).full_name, only(Person).phone) == ("Siti Aminah", "+6281234567890")


def test_a_member_of_the_same_name_with_another_phone_is_somebody_else(app, now):
    make_officer(maju(), make_person(full_name="Siti Aminah"), "member")
    rows = officers({"NIK KTP": "", "Jabatan": "Anggota"})

    first = save("officers", rows, now)
    again = save("officers", rows, now)

    assert (counts(first), counts(again)) == ((1, 0, 0), (0, 0, 1))
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 2


def test_a_number_learned_in_one_row_finds_the_person_in_the_next(app, now):
    make_officer(maju(), make_person(full_name="Siti Aminah", phone=None), "treasurer")
    make_cooperative(name="KSP Mundur", cooperative_number="3576030010002")
    other = {"NIK Koperasi": "3576030010002", "Nama Koperasi": "KSP Mundur"}

    report = save("officers", officers({}, other), now)

    assert counts(report) == (1, 1, 0)
    assert only(Person).citizen_number == CITIZEN_NUMBER


def test_a_citizen_number_of_somebody_else_is_a_conflict(app, now):
    maju()
    make_person(full_name="Budi Hartono", citizen_number=CITIZEN_NUMBER)

    report = save("officers", officers(), now)

    assert reasons(report) == [(5, "NIK KTP", "9901••••••••8546", "NIK ini milik Budi Hartono.")]


def test_a_citizen_number_is_never_shown_whole(app, now):
    maju()

    report = save("officers", officers({"NIK KTP": 9901016505738546}), now)

    assert reasons(report)[0][2] == "9901••••••••8546"
    assert CITIZEN_NUMBER not in str(report.as_record())


def test_an_email_that_is_none_is_dropped_with_a_warning(app, now):
    maju()

    report = save("officers", officers({"Email": "siti at contoh"}), now)

    assert [(w.column, w.reason) for w in report.warnings] == [
        ("Email", "Alamat email belum dikenali. Tidak disimpan.")
    ]
    assert only(Person).email is None


def test_an_unknown_cooperative_is_refused_with_the_nearest_name(app, now):
    maju()

    report = save("officers", officers({"NIK Koperasi": "", "Nama Koperasi": "KSP Majuu"}), now)

    assert reasons(report) == [
        (5, "Nama Koperasi", "KSP Majuu", "Koperasi tidak ada di daftar. Terdekat: KSP Maju.")
    ]


def test_a_nik_with_the_name_of_another_cooperative_is_a_conflict(app, now):
    maju()

    report = save("officers", officers({"Nama Koperasi": "KUD Lain Sekali"}), now)

    assert reasons(report) == [(5, "NIK Koperasi", "3576030010001", "NIK ini milik KSP Maju.")]


def test_cooperatives_of_other_offices_are_not_found(app, now):
    elsewhere = make_office("6408", "Dinas Koperasi Kutai Timur", region_name="Kutai Timur")
    make_cooperative(elsewhere, "KSP Maju", cooperative_number="3576030010001")

    report = save("officers", officers(), now)

    assert [f.cause for f in report.rejected] == ["unknown"]


# --- assessments ---------------------------------------------------------------------------------

ASSESSMENT = {
    "NIK Koperasi": "3576030010001",
    "Tahun Buku": 2025,
    "Tanggal Penilaian": "14/04/2026",
    "Skor": "73,71",
    "Predikat": "Cukup Sehat",
    "Penilai": "Rina",
}


def assessments(*changes):
    return xlsx([ASSESSMENT | change for change in changes or ({},)])


def test_an_assessment_describes_the_end_of_its_fiscal_year(app, now):
    cooperative = maju()

    report = save("assessments", assessments(), now)

    row = only(HealthAssessment)
    assert counts(report) == (1, 0, 0)
    assert (row.cooperative_id, row.score, row.health_status) == (
        cooperative.id,
        Decimal("73.71"),
        "fairly_healthy",
    )
    assert (row.position_on, row.signed_on) == (date(2025, 12, 31), date(2026, 4, 14))
    assert (row.source, row.assessor_name) == ("import", "Rina")


@pytest.mark.parametrize(
    ("score", "status"),
    [
        ("50,99", "under_special_supervision"),
        ("51", "under_supervision"),
        ("65,99", "under_supervision"),
        ("66", "fairly_healthy"),
        ("79,99", "fairly_healthy"),
        ("80", "healthy"),
        ("100", "healthy"),
        ("0", "under_special_supervision"),
    ],
)
def test_a_score_without_status_takes_the_status_of_its_band(app, now, score, status):
    maju()

    save("assessments", assessments({"Skor": score, "Predikat": ""}), now)

    assert only(HealthAssessment).health_status == status


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"Skor": "130"}, "Skor", "Skor antara 0 dan 100, contoh 62,35."),
        ({"Skor": "-1"}, "Skor", "Skor antara 0 dan 100, contoh 62,35."),
        (
            {"Skor": 45, "Predikat": "Sehat"},
            "Predikat",
            "Skor 45,00 termasuk Dalam Pengawasan Khusus, bukan Sehat.",
        ),
        ({"Skor": "", "Predikat": ""}, "Skor", "Skor atau predikat perlu diisi."),
        ({"Tahun Buku": ""}, "Tahun Buku", "Tahun buku perlu diisi."),
        (
            {"Tanggal Penilaian": "14/04/2027"},
            "Tanggal Penilaian",
            "Tanggal tidak boleh setelah hari ini.",
        ),
        (
            {"Tanggal Penilaian": "14/04/2024"},
            "Tanggal Penilaian",
            "Tanggal pengesahan tidak boleh sebelum tanggal posisi.",
        ),
        ({"Predikat": "Baik"}, "Predikat", "Predikat tidak dikenal. Contoh: Cukup Sehat."),
    ],
)
def test_an_assessment_that_cannot_be_is_refused(app, now, change, column, reason):
    maju()

    report = save("assessments", assessments(change), now)

    assert [(f.column, f.reason) for f in report.rejected] == [(column, reason)]


def test_a_corrected_assessment_replaces_the_first_and_a_second_run_does_not(app, now):
    cooperative = maju()
    first = make_assessment(cooperative, "60.00", 2025)

    report = save("assessments", assessments(), now)
    again = save("assessments", assessments(), now)

    assert (counts(report), counts(again)) == ((0, 1, 0), (0, 0, 1))
    second = db.session.scalars(
        sa.select(HealthAssessment).where(HealthAssessment.id != first.id)
    ).one()
    assert second.replaces_id == first.id


def current():
    found = sa.select(HealthAssessment).where(is_not_replaced()).order_by(HealthAssessment.id)
    return db.session.scalars(found).all()


def test_another_position_of_a_year_that_has_its_result_corrects_it(app, now):
    first = make_assessment(maju(), "73.71", 2025, signed_on=date(2026, 4, 14))

    report = save("assessments", assessments({"Tanggal Posisi": "30/09/2025"}), now)

    assert counts(report) == (0, 1, 0)
    assert [(a.replaces_id, a.position_on) for a in current()] == [(first.id, date(2025, 9, 30))]


def test_a_file_without_positions_keeps_the_one_on_record(app, now):
    maju()

    saved = save("assessments", assessments({"Tanggal Posisi": "30/09/2025"}), now)
    again = save("assessments", assessments(), now)

    assert (counts(saved), counts(again)) == ((1, 0, 0), (0, 0, 1))


def test_two_positions_of_one_year_in_a_file_are_a_refused_row(app, now):
    maju()
    rows = assessments({"Tanggal Posisi": "30/09/2025"}, {"Tanggal Posisi": "31/12/2025"})

    report = save("assessments", rows, now, valid_only=True)

    assert counts(report) == (1, 0, 0)
    assert [f.reason for f in report.rejected] == ["Sudah ada di baris 5 dengan isi berbeda."]


@pytest.fixture
def of_one_year(app, now):
    """A workbook and an assessor, each with a result of the same year: (import, record)."""
    cooperative_id, office_id = maju().id, make_office().id
    book = service.Workbook("assessments", assessments({"Tanggal Posisi": "30/09/2025"}), "a.xlsx")

    def bring():
        office = db.session.get_one(Office, office_id)
        service.save(book, office, Options(), valid_only=False, now=now)

    def record():
        record_assessment(
            db.session.get_one(Cooperative, cooperative_id),
            default_scheme(),
            fiscal_year=2025,
            position_on=date(2025, 12, 31),
            score=Decimal("60.00"),
            now=now,
            today=date(2026, 7, 13),
        )

    return bring, record


def test_an_import_waits_for_an_assessor_of_the_year_and_corrects_the_result(app, of_one_year):
    bring, record = of_one_year

    with meanwhile(app, record):
        assert refusal_of(bring) is None

    first = db.session.scalars(sa.select(HealthAssessment.id).order_by(HealthAssessment.id)).first()
    assert [(a.replaces_id, a.position_on) for a in current()] == [(first, date(2025, 9, 30))]


def test_an_assessor_waits_for_an_import_of_the_year_and_is_told_of_its_result(app, of_one_year):
    bring, record = of_one_year

    with meanwhile(app, bring):
        sentence = refusal_of(record)

    assert sentence == "Tahun buku 2025 sudah punya hasil. Buat koreksi dari hasil itu."
    assert [(a.replaces_id, a.position_on) for a in current()] == [(None, date(2025, 9, 30))]


def test_an_unknown_scheme_is_no_row_but_the_call(app, now):
    maju()

    with pytest.raises(UnusableFile, match="Skema abc tidak dikenal. Yang ada: juknis-2021,"):
        save("assessments", assessments(), now, scheme="abc")


# --- annual meetings and the past ----------------------------------------------------------------


def test_an_annual_meeting_comes_in_and_a_later_report_updates_it(app, now):
    cooperative = maju()
    make_annual_meeting(cooperative, 2025, held_on=date(2026, 3, 10))
    row = {"NIK Koperasi": "3576030010001", "Tahun Buku": 2025, "Tanggal Lapor": "1 April 2026"}

    report = save("annual-meetings", xlsx([row]), now)

    assert counts(report) == (0, 1, 0)
    assert (only(AnnualMeeting).held_on, only(AnnualMeeting).reported_on) == (
        date(2026, 3, 10),
        date(2026, 4, 1),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Tanggal RAT": "", "Tanggal Lapor": ""}, "Isi tanggal RAT atau tanggal lapor."),
        ({"Tanggal RAT": "1/1/2027"}, "Tanggal tidak boleh setelah hari ini."),
        ({"Tanggal RAT": "1/1/2024"}, "RAT tidak mungkin sebelum tahun buku 2025 dimulai."),
        ({"Tanggal Lapor": "1/2/2026"}, "Tanggal lapor tidak boleh sebelum tanggal RAT."),
    ],
)
def test_an_annual_meeting_on_an_impossible_day_is_refused(app, now, change, reason):
    maju()
    row = {
        "NIK Koperasi": "3576030010001",
        "Tahun Buku": 2025,
        "Tanggal RAT": "10/03/2026",
        "Tanggal Lapor": "",
    }

    report = save("annual-meetings", xlsx([row | change]), now)

    assert [f.reason for f in report.rejected] == [reason]


def test_the_fiscal_year_of_the_call_fills_a_file_without_that_column(app, now):
    maju()
    row = {"Nama Koperasi": "KSP Maju", "Tanggal RAT": "10/03/2026"}

    report = save("annual-meetings", xlsx([row]), now, fiscal_year=2025)

    assert counts(report) == (1, 0, 0)
    assert only(AnnualMeeting).fiscal_year == 2025


def test_past_training_updates_its_hours_and_is_kept_once(app, now):
    cooperative = maju()
    make_past_contact(cooperative, held_on=date(2025, 7, 12), lesson_hours=None)
    row = {
        "Nama Koperasi": "KSP Maju",
        "Kegiatan": "bimtek akuntabilitas koperasi",
        "Tanggal": "12 Juli 2025",
        "JP": 16,
    }

    report = save(
        "past-training", xlsx([row, row, row | {"Tanggal": "1/1/2027"}]), now, valid_only=True
    )

    assert (counts(report), report.duplicates) == ((0, 1, 0), [(6, 5)])
    assert [f.reason for f in report.rejected] == ["Tanggal tidak boleh setelah hari ini."]
    assert only(PastContact).lesson_hours == 16


# --- all or nothing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["cooperatives", "activity_statuses", "yearly_figures", "audit_entries"]
)
def test_a_failure_at_any_statement_leaves_nothing_behind(app, now, table):
    make_office()
    before = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    content = register({}, {"Koperasi": "KSP Dua", "NIK": ""})

    def fail(connection, cursor, statement, *rest):
        if statement.startswith(f"INSERT INTO {table}"):
            raise RuntimeError("listrik padam")

    sa.event.listen(db.engine, "after_cursor_execute", fail)
    try:
        with pytest.raises(RuntimeError, match="listrik padam"):
            save("cooperatives", content, now)
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", fail)

    assert db.session.scalar(sa.select(sa.func.count(Cooperative.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == before


def test_a_check_writes_nothing(app, now):
    office = make_office()
    make_yearly_figures(make_cooperative(name="KSP Maju"), 2025)
    before = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    book = service.Workbook(
        "cooperatives", register({"NIK": ""}, {"Koperasi": "KSP Dua"}), "a.xlsx"
    )

    report = service.check(book, office, Options(), now=now)

    assert report.rows == 2
    assert not db.session.new
    assert not db.session.dirty
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == before


def test_an_import_makes_as_many_queries_for_three_rows_as_for_thirty(app, now):
    office = make_office()

    def queries_for(rows):
        content = register(
            *({"Koperasi": f"KSP {n}", "NIK": f"357603{n:07d}"} for n in range(rows))
        )
        book = service.Workbook("cooperatives", content, "a.xlsx")
        statements = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        service.check(book, db.session.get_one(Office, office.id), Options(), now=now)
        return len(statements)

    assert queries_for(3) == queries_for(30)
