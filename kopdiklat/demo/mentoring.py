"""The demo's mentoring: who visits whom, visits held and planned, notes and follow-ups."""

from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from kopdiklat.accounts.models import User
from kopdiklat.core import clock
from kopdiklat.core.db import db
from kopdiklat.core.numbers import NumberRegister
from kopdiklat.demo.register import Calendar, Made, past_contact
from kopdiklat.mentoring.models import FollowUp, MentoringAssignment, MentoringVisit, VisitNote
from kopdiklat.offices.models import Office

AGREED = (
    ("Susun neraca bulanan", "Neraca tersusun dan disimpan di kantor koperasi."),
    ("Pisahkan kas simpan pinjam dari kas toko", "Dua buku kas sudah dipakai."),
    ("Tagih pinjaman macet di atas 90 hari", "Empat dari enam peminjam sudah membayar."),
    ("Tetapkan tanggal RAT dan kirim undangan ke anggota", "Undangan RAT sudah dikirim."),
    ("Perpanjang sertifikat NIK koperasi", "Permohonan sudah diajukan."),
    ("Susun SOP kas dan tempel di kantor", "SOP kas sudah ditempel."),
)
CONDITIONS = (
    "Pembukuan harian dikerjakan, tetapi belum ditutup setiap bulan.",
    "Kas toko dan simpan pinjam masih dicatat dalam satu buku.",
    "Buku anggota lengkap; neraca terakhir dari tiga bulan lalu.",
)
PROBLEMS = (
    "Bendahara baru dan belum pernah menyusun neraca.",
    "Piutang di atas 90 hari belum ditagih tertulis.",
    "Tanggal RAT belum ditetapkan.",
)
ADVICE = (
    "Tutup buku setiap tanggal 5 dan simpan bukti transaksi berurutan.",
    "Mulai dari peminjam terbesar; buat surat penagihan pertama minggu ini.",
    "Tetapkan tanggal RAT dalam rapat pengurus minggu depan.",
)
AREAS = (["accounting"], ["capital"], ["annual_meeting"], ["institution", "accounting"])


def make_mentoring(
    office: Office,
    users: dict[str, list[User]],
    cooperatives: list[Made],
    calendar: Calendar,
    dice: Random,
    now: datetime,
) -> None:
    """Forty participants are mentored after the bimtek; so are those who took part in nothing else."""
    mentors = users["mentor"]
    mentored = [one for one in cooperatives if one.took_part][:40]
    notes = 0
    for index, one in enumerate(mentored):
        mentor = mentors[index % len(mentors)]
        _assign(office, mentor, one, calendar, now)
        notes = _history(office, mentor, one, calendar, dice, now, notes)
    for one in cooperatives:
        if one.was_visited:
            held_on = date(calendar.year - 1, dice.randint(2, 11), dice.randint(1, 28))
            past_contact(
                one,
                office,
                "Pendampingan intensif",
                held_on,
                kind="visit",
                mentor_name="Bagus Purnomo",
            )
    _plan(office, mentors, mentored, calendar, now)
    db.session.add(NumberRegister(office_id=office.id, series="visit_note", year=0, last=notes))


def _assign(office: Office, mentor: User, one: Made, calendar: Calendar, now: datetime) -> None:
    db.session.add(
        MentoringAssignment(
            office_id=office.id,
            mentor_id=mentor.id,
            cooperative_id=one.row.id,
            letter_number=f"500.3.5/{mentor.id + 100}/2026",
            starts_on=calendar.bimtek_day + timedelta(days=14),
            created_at=now,
        )
    )


def _visit(office: Office, mentor: User, one: Made, on: date, start: time, state: str, now):
    starts_at = clock.moment(on, start, "WIB")
    visit = MentoringVisit(
        office_id=office.id,
        mentor_id=mentor.id,
        cooperative_id=one.row.id,
        state=state,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        time_zone="WIB",
        created_at=min(starts_at - timedelta(days=7), now),
    )
    db.session.add(visit)
    db.session.flush()
    return visit


def _history(office, mentor, one: Made, calendar: Calendar, dice: Random, now, notes: int) -> int:
    """Two to five held visits since the bimtek, each with a note and a follow-up."""
    on = calendar.bimtek_day + timedelta(days=dice.randint(20, 60))
    for number in range(dice.randint(2, 5)):
        on += timedelta(days=dice.randint(60, 150))
        while on.weekday() > 4:
            on += timedelta(days=1)
        if on >= calendar.today - timedelta(days=2):
            break
        visit = _visit(office, mentor, one, on, time(9 + number % 5), "held", now)
        notes += 1
        _note(office, mentor, one, visit, dice, notes)
        _follow_up(office, one, visit, on, dice, now, is_closed=True)
    if dice.random() < 0.45:
        on = calendar.today - timedelta(days=dice.randint(6, 40))
        visit = _visit(office, mentor, one, on, time(10), "held", now)
        notes += 1
        _note(office, mentor, one, visit, dice, notes)
        _follow_up(office, one, visit, on, dice, now, is_closed=False)
    return notes


def _note(office, mentor, one: Made, visit: MentoringVisit, dice: Random, notes: int) -> None:
    met = [
        {"name": officer.person.full_name, "position": officer.position}
        for officer in one.officers[: dice.randint(1, 2)]
    ]
    db.session.add(
        VisitNote(
            office_id=office.id,
            visit_id=visit.id,
            note_uuid=str(UUID(int=dice.getrandbits(128), version=4)),
            number=f"K-{notes:04d}",
            met_people=met,
            issue_areas=dice.choice(AREAS),
            condition=dice.choice(CONDITIONS),
            problem=dice.choice(PROBLEMS),
            advice=dice.choice(ADVICE),
            written_by_id=mentor.id,
            written_at=visit.ends_at,
        )
    )


def _follow_up(office, one: Made, visit, on: date, dice: Random, now, *, is_closed: bool) -> None:
    what, result = dice.choice(AGREED)
    due_on = on + timedelta(days=dice.choice((14, 21, 30)))
    closed_on = due_on + timedelta(days=dice.randint(-6, 9))
    owner = dice.choice(one.officers)
    db.session.add(
        FollowUp(
            office_id=office.id,
            cooperative_id=one.row.id,
            visit_id=visit.id,
            what=what,
            owner_name=owner.person.full_name,
            agreed_on=on,
            due_on=due_on,
            closed_on=closed_on if is_closed else None,
            result=result if is_closed else None,
            created_at=now,
        )
    )


def _plan(
    office: Office, mentors: list[User], mentored: list[Made], calendar: Calendar, now
) -> None:
    """Each mentor has two visits today and three in the coming days."""
    for index, mentor in enumerate(mentors):
        own = mentored[index :: len(mentors)]
        plan = ((0, time(9)), (0, time(13, 30)), (1, time(9)), (3, time(10)), (6, time(9)))
        for (days, start), one in zip(plan, own):
            _visit(
                office, mentor, one, calendar.today + timedelta(days=days), start, "planned", now
            )
