"""The columns of the register, as the national register's public page has them, and the words in them."""

from datetime import date
from typing import Any

from kopdiklat.core.parsing import (
    read_date,
    read_digits,
    read_money,
    read_name,
    read_phone,
    read_region_code,
    read_text,
    read_whole,
)
from kopdiklat.core.text import N_
from kopdiklat.core.workbooks import Column
from kopdiklat.imports.kinds.base import Field, one_of_words

NAME_NEEDED = N_("Nama koperasi perlu diisi.")
TYPE_NEEDED = N_("Jenis koperasi perlu diisi.")

FORMS = {
    "Primer Kab/Kota": ("primary", "regency"),
    "Primer Kabupaten/Kota": ("primary", "regency"),
    "Primer Kabupaten": ("primary", "regency"),
    "Primer Kota": ("primary", "regency"),
    "Primer": ("primary", "regency"),
    "Primer Provinsi": ("primary", "province"),
    "Primer Nasional": ("primary", "national"),
    "Sekunder Kab/Kota": ("secondary", "regency"),
    "Sekunder Kabupaten/Kota": ("secondary", "regency"),
    "Sekunder Kabupaten": ("secondary", "regency"),
    "Sekunder Kota": ("secondary", "regency"),
    "Sekunder": ("secondary", "regency"),
    "Sekunder Provinsi": ("secondary", "province"),
    "Sekunder Nasional": ("secondary", "national"),
}
TYPES = {
    "Produsen": "producer",
    "Konsumen": "consumer",
    "Pemasaran": "marketing",
    "Jasa": "service",
    "Simpan Pinjam": "savings_and_loan",
    "KSP": "savings_and_loan",
    "Serba Usaha": "multi_purpose",
    "KSU": "multi_purpose",
}
ACTIVITY = {
    "Aktif": "active",
    "Tidak Aktif": "inactive",
    "Nonaktif": "inactive",
    "Pasif": "inactive",
    "Dalam Pembubaran": "dissolving",
    "Bubar": "dissolved",
    "Dibubarkan": "dissolved",
    "Belum Diverifikasi": "unverified",
}
CERTIFIED = {"Bersertifikat": True, "Belum Bersertifikat": False, "Tidak Bersertifikat": False}
PATTERNS = {"Konvensional": False, "Syariah": True}
GRADES = {grade: grade for grade in ("A", "B", "C1", "C2", "D")}


def text(key: str, heading: str, *also: str, length: int = 80, example: str = "") -> Field:
    return Field(
        Column(key, heading, also), lambda cell: read_text(cell, length=length), example=example
    )


def day(key: str, heading: str, *also: str, example: Any = "") -> Field:
    return Field(Column(key, heading, also), read_date, cause="date", example=example)


def whole(key: str, heading: str, *also: str, example: Any = "") -> Field:
    return Field(Column(key, heading, also), read_whole, cause="number", example=example)


def money(key: str, heading: str, *also: str, example: Any = "") -> Field:
    return Field(Column(key, heading, also), read_money, cause="number", example=example)


def word(key: str, heading: str, words: dict, sentence: str, *also: str, **more: Any) -> Field:
    required = bool(more.get("needed"))
    column = Column(key, heading, also, required=required)
    return Field(column, one_of_words(words, sentence), cause="word", **more)


FIELDS = (
    Field(
        Column("name", "Koperasi", ("Nama Koperasi", "Nama"), required=True),
        lambda cell: read_name(cell, length=200),
        needed=NAME_NEEDED,
        example="KSP Contoh Sejahtera",
    ),
    text(
        "legal_number",
        "Nomor Badan Hukum Pendirian",
        "Nomor Badan Hukum",
        "No Badan Hukum",
        "Badan Hukum",
        "Nomor BH",
        "No BH",
        example="054/BH/M.KUKM.2/1992",
    ),
    day("legal_date", "Tanggal Badan Hukum", "Tgl Badan Hukum", "Tanggal BH",
        example=date(1992, 7, 4)),
    text("amendment_number", "Nomor Perubahan AD", "No Perubahan AD", "Nomor PAD"),
    day("amendment_date", "Tanggal Perubahan AD", "Tgl Perubahan AD", "Tanggal PAD"),
    day("last_meeting_on", "Tanggal RAT Terakhir", "RAT Terakhir", "Tgl RAT Terakhir",
        example=date(2022, 3, 5)),
    text("address", "Alamat", "Alamat Koperasi", length=240, example="Jl. Contoh No. 1"),
    text("village", "Desa/Kelurahan", "Kelurahan", "Desa", "Kel/Desa", "Desa/Kel",
         example="Kranggan"),
    text("district", "Kecamatan", "Kec", example="Kranggan"),
    text("regency", "Kabupaten", "Kabupaten/Kota", "Kab/Kota", "Kota",
         example="Kota Mojokerto"),
    text("province", "Provinsi", "Propinsi", example="Jawa Timur"),
    word("form", "Bentuk Koperasi", FORMS,
         N_("Bentuk tidak dikenal. Contoh: Primer Kab/Kota."), "Bentuk",
         example="Primer Kab/Kota"),
    word("cooperative_type", "Jenis Koperasi", TYPES,
         N_("Jenis tidak dikenal. Contoh: Simpan Pinjam atau Konsumen."), "Jenis",
         needed=TYPE_NEEDED, example="Simpan Pinjam"),
    text("group_name", "Kelompok Koperasi", "Kelompok", example="Karyawan"),
    text("sector", "Sektor Usaha", "Sektor", example="Jasa keuangan"),
    whole("male_members", "Anggota Pria", "Anggota Laki-laki", "Anggota L", example=34),
    whole("female_members", "Anggota Wanita", "Anggota Perempuan", "Anggota P", example=145),
    whole("members", "Total Anggota", "Jumlah Anggota", "Anggota", example=179),
    whole("managers", "Total Manajer", "Jumlah Manajer", "Manajer", example=1),
    whole("employees", "Total Karyawan", "Jumlah Karyawan", "Karyawan", example=5),
    Field(
        Column("cooperative_number", "NIK", ("NIK Koperasi", "Nomor Induk Koperasi")),
        lambda cell: read_digits(cell, length=20),
        cause="code",
        example="3576030010001",
    ),
    word("is_certified", "Status NIK", CERTIFIED,
         N_("Status NIK tidak dikenal. Tulis Bersertifikat atau Belum Bersertifikat."),
         example="Bersertifikat"),
    day("certificate_valid_until", "Tanggal Berlaku Sertifikat", "Berlaku Sertifikat"),
    word("grade", "Status Grade", GRADES,
         N_("Grade tidak dikenal. Pilih A, B, C1, C2, atau D."), "Grade", example="B"),
    word("activity_status", "Status Koperasi", ACTIVITY,
         N_("Status tidak dikenal. Pilih Aktif atau Tidak Aktif."), "Status",
         "Status Keaktifan", "Keaktifan", example="Aktif"),
    word("is_sharia", "Pola", PATTERNS,
         N_("Pola tidak dikenal. Pilih Konvensional atau Syariah."), "Pola Pengelolaan",
         example="Konvensional"),
    Field(
        Column("region_code", "Kode Wilayah", ("Kode Kemendagri", "Kode Kecamatan")),
        read_region_code,
        cause="code",
        example="35.76.03",
    ),
    money("own_capital", "Modal Sendiri", example=132605000),
    money("external_capital", "Modal Luar", example=72803000),
    money("assets", "Aset", "Total Aset", "Jumlah Aset", example=205408000),
    money("business_volume", "Volume Usaha", example=202892000),
    money("surplus", "SHU", "Sisa Hasil Usaha", example=1180000),
    Field(
        Column("phone", "Telepon", ("No Telepon", "Nomor Telepon", "No HP", "Telp", "No Telp")),
        read_phone,
        example="0858-6280-5407",
    ),
)  # fmt: skip
FIGURES = (  # columns of YearlyFigures
    "male_members",
    "female_members",
    "members",
    "managers",
    "employees",
    "own_capital",
    "external_capital",
    "assets",
    "business_volume",
    "surplus",
)
DETAILS = (  # columns of Cooperative that are written as they are read
    "name",
    "legal_number",
    "legal_date",
    "amendment_number",
    "amendment_date",
    "address",
    "village",
    "district",
    "regency",
    "province",
    "cooperative_type",
    "group_name",
    "sector",
    "is_certified",
    "certificate_valid_until",
    "grade",
    "is_sharia",
    "region_code",
)
