"""`flask import`: what it prints, how it ends, and files that cannot be used."""

import json

import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core import files
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.workbook_reader import OLE_MAGIC
from kopdiklat.imports import kept, reversal
from kopdiklat.imports.models import ImportRun
from tests.factories import make_cooperative, make_office
from tests.imports.files import REGISTER, register, xlsx

KEYS = [
    "file",
    "kind",
    "rows",
    "created",
    "updated",
    "unchanged",
    "duplicates",
    "rejected",
    "warnings",
    "offices_created",
    "saved",
]


@pytest.fixture
def run(app, tmp_path):
    """`run(content, *options)`: import these bytes as a register of 35.76."""

    def invoke(content, *options, kind="cooperatives", name="register.xlsx", office="35.76"):
        path = tmp_path / name
        path.write_bytes(content)
        arguments = ["import", kind, str(path), "--office", office, *options]
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


def count():
    return db.session.scalar(sa.select(sa.func.count(Cooperative.id)))


def test_the_json_has_exactly_its_keys(run):
    make_office()

    result = run(register({}, {"Koperasi": "", "NIK": ""}), "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert list(found) == KEYS
    assert found["rejected"] == [
        {"row": 6, "column": "Koperasi", "value": "", "reason": "Nama koperasi perlu diisi."}
    ]
    assert (found["file"], found["kind"], found["saved"]) == (
        "register.xlsx",
        "cooperatives",
        False,
    )


def test_people_read_counts_refused_rows_and_what_to_do(run):
    make_office()

    result = run(register({}, {"Koperasi": "KSP Dua", "NIK": "12A45"}, {}))

    assert result.exit_code == 1
    assert result.stdout == (
        "register.xlsx: 3 baris. 1 baru, 0 berubah, 0 sama, 1 ganda, 1 ditolak.\n"
        "  baris 6, NIK [12A45]: Isi hanya boleh angka 0 sampai 9.\n"
        "  baris 7 sama dengan baris 5, dilewati\n"
        "Tidak ada yang disimpan. Perbaiki baris yang ditolak, atau tambahkan --valid-only.\n"
    )
    assert count() == 0


def test_a_saved_import_ends_with_zero(run):
    make_office()

    result = run(register(), "--as-of", "2026-01-31", "--fiscal-year", "2025")

    assert result.exit_code == 0
    assert result.stdout.endswith("Tersimpan.\n")
    assert count() == 1


def test_a_saved_import_stands_in_the_history_and_can_be_taken_back(run, app):
    make_office()

    content = register({}, {"Koperasi": ""})
    run(content, "--valid-only")

    saved = db.session.scalars(sa.select(ImportRun)).one()
    assert (saved.state, saved.created_by_name, saved.file_name) == (
        "saved",
        "perintah",
        "register.xlsx",
    )
    assert files.read_sealed(saved.file) == content
    assert kept.read(saved.refused_file).startswith(b"PK")
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.object_type == "cooperatives")
    ).one()
    assert (entry.actor, entry.request_id) == ("perintah", saved.request_id)
    with transaction():
        reversal.reverse(db.session.get_one(ImportRun, saved.id), saved.saved_at)
    assert count() == 0


def test_what_writes_nothing_leaves_no_history(run):
    make_office()
    run(register(), "--dry-run")
    run(register({"Koperasi": ""}))
    run(register({"Koperasi": ""}), "--valid-only")
    assert db.session.scalar(sa.select(sa.func.count(ImportRun.id))) == 0
    db.session.rollback()

    run(register())
    run(register())

    assert db.session.scalar(sa.select(sa.func.count(ImportRun.id))) == 1


def test_the_office_may_be_named_without_dots(run):
    make_office()

    assert run(register(), office="3576").exit_code == 0


def test_valid_only_without_a_valid_row_saves_nothing(run):
    make_office()

    result = run(register({"Koperasi": ""}), "--valid-only", "--json")

    assert (result.exit_code, json.loads(result.stdout)["saved"]) == (1, False)


def test_a_csv_is_read_as_a_workbook_is(run):
    make_office()
    text = "\r\n".join(["DATA", ";".join(REGISTER), ";".join(map(str, REGISTER.values()))])

    for name, content in (
        ("bom.csv", text.encode("utf-8-sig")),
        ("windows.csv", text.encode("cp1252")),
        ("comma.csv", text.replace(";", ",").encode()),
        ("utf16.csv", text.encode("utf-16")),
    ):
        result = run(content, "--json", name=name)
        assert (result.exit_code, json.loads(result.stdout)["rows"]) == (0, 1), name
    assert count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Berkas kosong. Pilih berkas yang berisi data."),
        (
            b"bukan buku kerja",
            "Berkas ini bukan buku kerja Excel atau CSV. Simpan ulang sebagai .xlsx.",
        ),
        (
            OLE_MAGIC + "EncryptedPackage".encode("utf-16-le"),
            "Berkas dikunci kata sandi. Buka di Excel, hapus kata sandinya, simpan, lalu unggah lagi.",
        ),
        (
            xlsx([{"NIK": "1", "Alamat": "x"}]),
            "Judul kolom belum lengkap. Yang belum ada: Koperasi, Jenis Koperasi.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_two_and_says_why(run, content, sentence):
    make_office()

    result = run(content, "--json")

    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (2, sentence + "\n")
    assert (found["error"], found["rows"], found["saved"]) == (sentence, 0, False)


def test_an_office_that_does_not_exist_ends_with_two(run):
    result = run(register())

    assert result.exit_code == 2
    assert result.stderr == (
        "Kantor 35.76 belum ada. Buat dulu: flask offices create 35.76 NAMA.\n"
    )


def test_an_unknown_kind_or_a_missing_file_ends_with_two(run, app):
    make_office()

    assert run(register(), kind="koperasi").exit_code == 2
    missing = ["import", "cooperatives", "tidak-ada.xlsx", "--office", "3576"]
    assert app.test_cli_runner().invoke(args=missing).exit_code == 2


def test_a_nik_of_a_person_typed_as_a_number_gets_the_help_text(run):
    make_office()
    make_cooperative(name="KSP Maju")
    row = {
        "Nama Koperasi": "KSP Maju",
        "Nama Lengkap": "Siti",
        "NIK KTP": 9901016505738546,
        "Jabatan": "Ketua",
    }

    result = run(xlsx([row]), "--json", kind="officers")

    assert json.loads(result.stdout)["rejected"] == [
        {
            "row": 5,
            "column": "NIK KTP",
            "value": "9901••••••••8546",
            "reason": "Kolom NIK terbaca sebagai angka sehingga angka terakhir hilang. "
            "Ubah kolom menjadi Teks, lalu unggah lagi.",
        }
    ]


def test_ten_thousand_faults_are_all_counted_and_the_first_hundred_printed(run):
    make_office()
    content = "Koperasi;Jenis Koperasi;NIK\n" + "KSP Maju;Jasa;x\n" * 10_000

    result = run(content.encode(), name="register.csv")

    assert result.exit_code == 1
    assert "10000 ditolak" in result.stdout
    assert result.stdout.count("  baris ") == 100
    assert "  dan 9900 lainnya. Daftar lengkap: tambahkan --json.\n" in result.stdout
