"""How long a register takes to come in: 192 and 5,000 cooperatives, with figures and audit trail."""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from time import perf_counter

import sqlalchemy as sa
from flask_migrate import upgrade

from kopdiklat import create_app
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import WAIT_FOR_WRITER, db, transaction
from kopdiklat.core.exports import ExportColumn, workbook_bytes
from kopdiklat.imports import service
from kopdiklat.imports.kinds.base import Options
from kopdiklat.imports.kinds.cooperatives import Cooperatives
from kopdiklat.offices.models import Office

LIMITS = {192: 2.0, 5000: 15.0}  # seconds
MOST_HELD = WAIT_FOR_WRITER / 3  # seconds; a busy machine may take thrice as long


def workbook(rows: int, code: str) -> bytes:
    """A register of `rows` made-up cooperatives of the office with this code."""
    chance = random.Random(rows)  # noqa: S311, made-up data
    fields = Cooperatives.fields
    money = {"own_capital", "external_capital", "assets", "business_volume", "surplus"}
    lines = []
    for n in range(rows):
        founded = datetime(1985, 1, 1, tzinfo=UTC).date() + timedelta(days=chance.randrange(14_000))
        men, women = chance.randrange(10, 200), chance.randrange(10, 200)
        values = {f.key: f.example for f in fields} | {
            "name": f"Koperasi Contoh {n:05d} {chance.choice(('Abadi', 'Makmur', 'Sentosa'))}",
            "cooperative_number": f"{code}{n % 90 + 10:02d}{n:07d}" if n % 8 else "",
            "legal_number": f"{n:04d}/BH/{chance.randrange(1990, 2020)}",
            "legal_date": f"{founded:%d/%m/%Y}" if n % 2 else founded,
            "region_code": f"{code[:2]}.{code[2:]}.{n % 9 + 1:02d}",
            "male_members": men,
            "female_members": women,
            "members": men + women,
            "phone": f"0812{chance.randrange(10**7, 10**8)}",
        }
        for key in money:
            amount = chance.randrange(10**6, 10**9)
            values[key] = f"{amount:,}".replace(",", ".") if n % 3 else float(amount)
        lines.append([values[f.key] for f in fields])
    columns = [ExportColumn(f.column.heading, "whole") for f in fields]
    return workbook_bytes("DATA KERAGAAN KOPERASI", columns, lines)


def run(database_url: str) -> dict:
    """Import each size once into an office of its own, then once more.

    :return: per size: seconds of the first and second import, of which held by the writing
        transaction of the first, the limit, audit entries written
    """
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": database_url, "INSTANCE_PATH": folder})
        with app.app_context():
            upgrade()
            for rows, limit in LIMITS.items():
                figures[f"cooperatives_{rows}"] = _measure(rows) | {"limit": limit}
            db.session.remove()
            db.engine.dispose()
    return figures


def _measure(rows: int) -> dict:
    code = _unused_code()
    with transaction() as session:
        session.add(Office(code=code, name=f"Dinas {code}", region_name=code, created_at=utc_now()))
    content = workbook(rows, code)
    entries = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    db.session.rollback()
    first, held, report = _import(content, code)
    again, _, second = _import(content, code)
    written = db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) - entries
    db.session.rollback()
    if (report.created, second.unchanged, report.rejected) != (rows, rows, []):
        raise AssertionError(f"{report.created} created, {second.unchanged} unchanged of {rows}")
    return {"seconds": first, "held": held, "seconds_again": again, "audit_entries": written}


def _import(content: bytes, code: str):
    started = perf_counter()
    book = service.Workbook("cooperatives", content, "register.xlsx")
    with transaction() as session:
        locked = perf_counter()
        office = session.scalars(sa.select(Office).where(Office.code == code)).one()
        report = service.save(
            book, office, Options(fiscal_year=2025), valid_only=False, now=utc_now()
        )
    ended = perf_counter()
    db.session.remove()
    return round(ended - started, 3), round(ended - locked, 3), report


def _unused_code() -> str:
    used = set(db.session.scalars(sa.select(Office.code)))
    db.session.rollback()
    return next(code for n in range(9700, 9799) if (code := str(n)) not in used)
