"""Small workbooks for tests: a header and rows, as XLSX bytes."""

import io

import openpyxl

REGISTER = {
    "Koperasi": "KSP Maju",
    "Nomor Badan Hukum": "1/BH/2000",
    "Kecamatan": "Kranggan",
    "Kabupaten": "Kota Mojokerto",
    "Provinsi": "Jawa Timur",
    "Bentuk Koperasi": "Primer Kab/Kota",
    "Jenis Koperasi": "Simpan Pinjam",
    "NIK": "3576030010001",
    "Status Koperasi": "Aktif",
    "Kode Wilayah": "35.76.03",
    "Total Anggota": 120,
    "Telepon": "081234567890",
}


def xlsx(rows: list[dict], above=("DATA", "", "")) -> bytes:
    """Title rows, then the keys of the first row as header, then the values."""
    book = openpyxl.Workbook()
    sheet = book.active
    for title in above:
        sheet.append([title])
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([row.get(heading, "") for heading in rows[0]])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def register(*changes: dict) -> bytes:
    """A register with one row per dict of changes to the usual row; its first data row is 5."""
    return xlsx([REGISTER | change for change in changes or ({},)])
