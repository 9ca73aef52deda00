"""The sixteen workbooks of two offices, through the command line, on both databases."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from kopdiklat.core.db import db
from tests.factories import make_office

DATA = Path(__file__).parent.parent / "data"
OFFICES = {
    "mojokerto-2022": ("3576", "Dinas Koperasi Kota Mojokerto", "Kota Mojokerto", "WIB"),
    "kutai-timur-2023": ("6408", "Dinas Koperasi Kabupaten Kutai Timur", "Kutai Timur", "WITA"),
}
KINDS = {
    "cooperatives": "cooperatives",
    "officers": "officers",
    "assessments": "assessments",
    "rat": "annual-meetings",
    "past-training": "past-training",
    "past-visits": "past-visits",
}
REASONS = {  # planted fault -> column, sentence
    "NIK of another cooperative with another name: conflict, nothing overwritten": (
        "NIK",
        "NIK ini milik {first}.",
    ),
    "name missing": ("Koperasi", "Nama koperasi perlu diisi."),
    "impossible date": ("Tanggal Badan Hukum", "Tanggal tidak ada di kalender."),
    "not a number": ("Anggota Pria", "Isi bukan angka. Tulis dengan angka, contoh 1.250."),
    "unknown status": ("Status Koperasi", "Status tidak dikenal. Pilih Aktif atau Tidak Aktif."),
    "malformed NIK": ("NIK", "Isi hanya boleh angka 0 sampai 9."),
    "a formula as a name: refused (a reader may see it as empty)": (
        "Koperasi",
        "Isi berupa rumus. Tulis isinya sebagai teks biasa.",
    ),
    "membership area is the province: not this office's, refused with the name of the office "
    "that has it": ("Bentuk Koperasi", "Wewenang {province}, bukan kantor Anda."),
    "unknown cooperative": (
        "Nama Koperasi",
        "Koperasi tidak ada di daftar. Periksa NIK dan namanya.",
    ),
    "score out of 0-100": ("Skor", "Skor antara 0 dan 100, contoh 62,35."),
    "score and status disagree": (
        "Predikat",
        "Skor 45,00 termasuk Dalam Pengawasan Khusus, bukan Sehat.",
    ),
}
FIRST_NAMES = {"3576": "Koperasi Konsumen Pasar Tani", "6408": "KSP Usaha Pasar"}
PROVINCES = {
    "3576": "Dinas Koperasi Provinsi Jawa Timur",
    "6408": "Dinas Koperasi Provinsi Kalimantan Timur",
}


def kind_of(file: str) -> str:
    return next(kind for start, kind in KINDS.items() if file.startswith(start))


def run(app, scenario, file, *more):
    code, name, region, zone = OFFICES[scenario]
    make_office(code, name, region_name=region, time_zone=zone)
    path = DATA / scenario / file
    arguments = ["import", kind_of(file), str(path), "--office", code, "--json", *more]
    result = app.test_cli_runner().invoke(args=arguments)
    return result.exit_code, json.loads(result.stdout)


def counts(result):
    return {
        "rows": result["rows"],
        "created": result["created"],
        "duplicates": result["duplicates"],
        "rejected": len(result["rejected"]),
    }


def rows_in_database():
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in db.metadata.sorted_tables
    }


@pytest.mark.parametrize("scenario", sorted(OFFICES))
def test_each_workbook_imports_to_its_truth_and_a_second_run_changes_nothing(app, scenario):
    truth = json.loads((DATA / scenario / "truth.json").read_text())

    for file, expected in truth["imports"].items():
        status, result = run(app, scenario, file, "--valid-only")
        assert (file, status, counts(result)) == (file, 0, expected)
        assert (result["updated"], result["unchanged"], result["saved"]) == (0, 0, True)
    before = rows_in_database()
    db.session.rollback()

    for file, expected in truth["imports"].items():
        status, result = run(app, scenario, file, "--valid-only")
        assert counts(result) == expected | {"created": 0}
        assert (result["updated"], result["unchanged"]) == (0, expected["created"])
    assert rows_in_database() == before


@pytest.mark.parametrize("scenario", sorted(OFFICES))
def test_each_planted_fault_is_refused_at_its_row_with_its_sentence(app, scenario):
    truth = json.loads((DATA / scenario / "truth.json").read_text())
    code = OFFICES[scenario][0]
    found = {}
    for file in truth["imports"]:
        if file.startswith(("cooperatives", "assessments")):
            _, result = run(app, scenario, file, "--valid-only")
            for entry in result["rejected"]:
                found[file, entry["row"]] = entry["column"], entry["reason"]

    expected = {}
    for fault in truth["faults"]:
        if fault["why"] in REASONS:
            column, reason = REASONS[fault["why"]]
            reason = reason.format(first=FIRST_NAMES[code], province=PROVINCES[code])
            expected[fault["file"], fault["row"]] = column, reason
    assert len(expected) == 8 + 9
    assert found == expected


def test_a_dry_run_says_the_same_and_writes_nothing(app):
    run(app, "mojokerto-2022", "cooperatives.xlsx", "--dry-run")  # makes the office
    before = rows_in_database()
    db.session.rollback()

    status, result = run(app, "mojokerto-2022", "cooperatives.xlsx", "--dry-run", "--valid-only")

    assert (status, result["created"], result["saved"]) == (0, 192, False)
    assert rows_in_database() == before


def test_without_valid_only_one_refused_row_saves_nothing(app):
    run(app, "mojokerto-2022", "cooperatives.xlsx", "--dry-run")
    before = rows_in_database()
    db.session.rollback()

    status, result = run(app, "mojokerto-2022", "cooperatives.xlsx")

    assert (status, result["created"], len(result["rejected"]), result["saved"]) == (
        1,
        192,
        8,
        False,
    )
    assert rows_in_database() == before


def test_a_file_without_faults_needs_no_valid_only(app):
    run(app, "mojokerto-2022", "cooperatives.xlsx", "--valid-only")

    status, result = run(app, "mojokerto-2022", "officers.xlsx")

    assert (status, result["created"], result["saved"]) == (0, 592, True)
