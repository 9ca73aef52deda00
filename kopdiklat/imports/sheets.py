"""Workbooks that leave: the template of a kind, and the rows of an import that were refused."""

from datetime import date

from kopdiklat.core.exports import ExportColumn, Page, workbook_bytes
from kopdiklat.imports.kinds import KINDS
from kopdiklat.imports.report import Report
from kopdiklat.imports.service import Workbook


def template(kind_code: str) -> bytes:
    """An empty workbook with the headings of a kind, and a sheet that explains them."""
    kind = KINDS[kind_code]
    columns = [ExportColumn(f.column.heading, "as_is", width=22) for f in kind.fields]
    guide = [
        (
            f.column.heading,
            "Wajib"
            if f.column.required
            else "Salah satu wajib"
            if f.column.one_of
            else "Boleh kosong",
            f"{f.example:%d/%m/%Y}" if isinstance(f.example, date) else str(f.example),
        )
        for f in kind.fields
    ]
    page = Page(
        "Petunjuk kolom",
        [ExportColumn("Judul kolom"), ExportColumn("Perlu diisi"), ExportColumn("Contoh isi")],
        guide,
        "Urutan kolom bebas. Ketik NIK sebagai teks, agar angka terakhirnya tidak hilang.",
        "Petunjuk",
    )
    return workbook_bytes(f"Templat {kind.label.lower()}", columns, [], more=(page,))


def refused_rows(workbook: Workbook, report: Report) -> bytes:
    """The refused rows as a workbook: the columns of the file and the reason, to be mended there
    and uploaded again. Numbers stay numbers, so that a NIK stored as one is refused again.
    """
    table = workbook.table
    columns = [ExportColumn(heading, "as_is") for heading in table.headings]
    columns.append(ExportColumn("Alasan ditolak", width=48))
    rows = []
    for finding in report.rejected:
        cells = [*table.raw[finding.row], *[""] * len(table.headings)][: len(table.headings)]
        rows.append([*cells, f"{finding.column}: {'; '.join((finding.reason, *finding.also))}"])
    title = f"Baris yang ditolak dari {workbook.filename}"
    return workbook_bytes(title, columns, rows, subtitle="Perbaiki isinya, lalu unggah berkas ini.")
