"""Rows with dull truths: a test names only what matters to it.

Each `make_*` commits its row and returns it; arguments override any column.
"""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa

from kopdiklat.accounts import passwords
from kopdiklat.accounts.models import Membership, User
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.attendance.models import Attendance
from kopdiklat.cooperatives.models import ActivityStatus, Cooperative, Officer, PastContact, Person
from kopdiklat.core import keys, numbers
from kopdiklat.core.db import db, transaction
from kopdiklat.core.text import match_key
from kopdiklat.documents.models import LetterSettings, NumberFormat
from kopdiklat.documents.rules import DEFAULT_PATTERN
from kopdiklat.health.models import AnnualMeeting, AssessmentScheme, HealthAssessment, YearlyFigures
from kopdiklat.mentoring.models import (
    FollowUp,
    MentoringAssignment,
    MentoringVisit,
    VisitNote,
)
from kopdiklat.messages.models import MessageTemplate
from kopdiklat.offices.models import Holiday, Office
from kopdiklat.registration import tokens
from kopdiklat.registration.models import (
    ChangeRequest,
    Invitation,
    Registration,
    RegistrationEvent,
    SeatShare,
)
from kopdiklat.registration.service import ONE_SERIES, SERIES
from kopdiklat.targeting.models import (
    Lottery,
    LotteryEntry,
    LotteryOutcome,
    Segment,
    SelectedCooperative,
    Selection,
)
from kopdiklat.training import feeds
from kopdiklat.training.models import (
    Batch,
    Course,
    DoorDuty,
    PatternBlock,
    Programme,
    Trainer,
    TrainingSession,
    Venue,
)

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)
PASSWORD = "kata sandi uji 2026"
_count = itertools.count(1)
_password_hash = None


def _save(row):
    with transaction() as session:
        session.add(row)
        session.flush()
        ident = row.id
    return db.session.get_one(type(row), ident)


def make_office(code="3576", name="Dinas Koperasi Kota Mojokerto", **columns):
    known = db.session.scalar(sa.select(Office).where(Office.code == code))
    if known:
        return known
    columns = {"region_name": "Kota Mojokerto", "time_zone": "WIB", "created_at": NOW} | columns
    return _save(Office(code=code, name=name, **columns))


def make_user(role="coordinator", office=None, cooperative=None, **columns):
    """A user with one membership; role None makes none."""
    global _password_hash
    _password_hash = _password_hash or passwords.make_hash(PASSWORD)
    n = next(_count)
    columns = {
        "name": f"Pengguna {n}",
        "email": f"pengguna{n}@contoh.id",
        "password_hash": _password_hash,
        "created_at": NOW,
    } | columns
    user = _save(User(**columns))
    if role:
        make_membership(user, role, office, cooperative)
    return db.session.get_one(User, user.id)


def make_membership(user, role, office=None, cooperative=None, **columns):
    if role == "manager":
        cooperative = cooperative or make_cooperative()
        office = None
    elif role != "platform_admin":
        office = office or make_office()
    return _save(
        Membership(
            user_id=user.id,
            role=role,
            office_id=office.id if office else None,
            cooperative_id=cooperative.id if cooperative else None,
            created_at=NOW,
            **columns,
        )
    )


def make_message_template(office=None, kind="registration.confirmed", **columns):
    columns = {
        "version": 1,
        "subject": "Selamat, {nama}",
        "body": "Anda terdaftar: {kegiatan}\n{jadwal}\n{tempat}\n{tautan}",
        "based_on": "0" * 64,
        "saved_at": NOW,
        "saved_by": "Rina",
    } | columns
    office = office or make_office()
    return _save(MessageTemplate(office_id=office.id, kind=kind, **columns))


def make_cooperative(office=None, name=None, **columns):
    n = next(_count)
    office = office or make_office()
    name = name or f"Koperasi Contoh {n}"
    columns = {
        "cooperative_number": f"{office.code}01{n:07d}"[:13].ljust(13, "0"),
        "legal_number": f"{n}/BH/2010",
        "village": "Kranggan",
        "district": "Kranggan",
        "region_code": f"{office.code}01",
        "cooperative_type": "consumer",
        "activity_status": "active",
        "created_at": NOW,
    } | columns
    return _save(Cooperative(office_id=office.id, name=name, name_key=match_key(name), **columns))


def make_activity_status(cooperative, status="active", as_of=date(2020, 1, 1), **columns):
    columns = {"source": "office"} | columns
    return _save(
        ActivityStatus(cooperative_id=cooperative.id, status=status, as_of=as_of, **columns)
    )


def make_person(office=None, full_name=None, citizen_number=None, **columns):
    n = next(_count)
    office = office or make_office()
    columns = {"phone": f"+62812{n:08d}", "sex": "female", "created_at": NOW} | columns
    index = keys.blind_index(citizen_number, "citizen number") if citizen_number else None
    return _save(
        Person(
            office_id=office.id,
            full_name=full_name or f"Siti Contoh {n}",
            citizen_number=citizen_number,
            citizen_number_index=index,
            **columns,
        )
    )


def make_officer(cooperative=None, person=None, position="chair", **columns):
    cooperative = cooperative or make_cooperative()
    person = person or make_person(db.session.get_one(Office, cooperative.office_id))
    return _save(
        Officer(cooperative_id=cooperative.id, person_id=person.id, position=position, **columns)
    )


def make_past_contact(cooperative, kind="training", **columns):
    columns = {
        "activity": "Bimtek Akuntabilitas Koperasi",
        "held_on": date(2024, 7, 12),
        "lesson_hours": Decimal(16),
    } | columns
    return _save(
        PastContact(
            office_id=cooperative.office_id, cooperative_id=cooperative.id, kind=kind, **columns
        )
    )


def default_scheme():
    return db.session.scalars(sa.select(AssessmentScheme).where(AssessmentScheme.is_default)).one()


def make_assessment(cooperative, score="60.00", fiscal_year=2025, **columns):
    scheme = default_scheme()
    value = None if score is None else Decimal(score)
    band = next((b for b in scheme.bands if value is not None and value >= b.minimum), None)
    columns = {
        "scheme_id": scheme.id,
        "position_on": date(fiscal_year, 12, 31),
        "signed_on": date(fiscal_year + 1, 4, 1),
        "health_status": band.health_status if band else "under_supervision",
        "recorded_at": NOW,
    } | columns
    return _save(
        HealthAssessment(
            office_id=cooperative.office_id,
            cooperative_id=cooperative.id,
            fiscal_year=fiscal_year,
            score=value,
            **columns,
        )
    )


def make_annual_meeting(cooperative, fiscal_year=2025, **columns):
    columns = {"held_on": date(fiscal_year + 1, 3, 10)} | columns
    return _save(
        AnnualMeeting(
            office_id=cooperative.office_id,
            cooperative_id=cooperative.id,
            fiscal_year=fiscal_year,
            **columns,
        )
    )


def make_yearly_figures(cooperative, fiscal_year=2025, **columns):
    columns = {"members": 100, "assets": 1_000_000_000} | columns
    return _save(
        YearlyFigures(
            office_id=cooperative.office_id,
            cooperative_id=cooperative.id,
            fiscal_year=fiscal_year,
            **columns,
        )
    )


def make_programme(office=None, **columns):
    office = office or make_office()
    columns = {
        "name": f"Bimtek Akuntabilitas {next(_count)}",
        "year": 2026,
        "created_at": NOW,
    } | columns
    return _save(Programme(office_id=office.id, **columns))


def make_course(office=None, **columns):
    office = office or make_office()
    columns = {"name": f"Akuntabilitas Koperasi {next(_count)}", "created_at": NOW} | columns
    if columns.get("needs_citizen_number"):
        columns = {"citizen_number_reason": "Untuk laporan sumber dana."} | columns
    return _save(Course(office_id=office.id, **columns))


def make_holiday(day, name="Libur nasional", office=None):
    return _save(Holiday(office_id=(office or make_office()).id, day=day, name=name))


def make_trainer(name="Hendra Wijaya, S.E., Ak.", office=None, **columns):
    """The trainer of that name; the one that is there already."""
    office = office or make_office()
    key = match_key(name)
    known = sa.select(Trainer).where(Trainer.office_id == office.id, Trainer.name_key == key)
    return db.session.scalar(known) or _save(
        Trainer(office_id=office.id, name=name, name_key=key, **columns)
    )


def make_venue(name="Aula Balai Kota", office=None, **columns):
    """The venue of that name; the one that is there already."""
    office = office or make_office()
    key = match_key(name)
    known = sa.select(Venue).where(Venue.office_id == office.id, Venue.name_key == key)
    columns = {"time_zone": office.time_zone} | columns
    return db.session.scalar(known) or _save(
        Venue(office_id=office.id, name=name, name_key=key, **columns)
    )


def make_pattern(course, *blocks):
    """Blocks as (day, "08.00", "09.30", topic, kind, trainer); kind and trainer may be left out."""
    per_day = {}
    for day, starts, ends, topic, *more in blocks:
        kind, trainer = more + ["teaching", None][len(more) :]
        per_day[day] = per_day.get(day, 0) + 1
        _save(
            PatternBlock(
                course_id=course.id,
                day_number=day,
                position=per_day[day],
                starts=time.fromisoformat(starts.replace(".", ":")),
                ends=time.fromisoformat(ends.replace(".", ":")),
                topic=topic,
                kind=kind,
                trainer_id=trainer.id if trainer else None,
            )
        )
    db.session.expire_all()
    return course


def make_batch(office=None, seats=2, taken=0, state="published", sessions=1, **columns):
    """A batch two days after NOW with `taken` confirmed seats and `sessions` training sessions."""
    office = office or make_office()
    programme = columns.pop("programme", None) or make_programme(office)
    course = columns.pop("course", None) or make_course(office)
    columns = {
        "number": 1,
        "venue": "Aula Balai Kota",
        "time_zone": office.time_zone,
        "registration_opens_at": NOW - timedelta(days=7),
        "registration_closes_at": NOW + timedelta(days=1),
        "created_at": NOW,
    } | columns
    if "venue_id" not in columns:
        columns["venue_id"] = make_venue(
            columns["venue"],
            office,
            time_zone=columns["time_zone"],
            address=columns.get("venue_address"),
        ).id
    batch = _save(
        Batch(
            office_id=office.id,
            programme_id=programme.id,
            course_id=course.id,
            seats=seats,
            state=state,
            **columns,
        )
    )
    for n in range(sessions):
        make_training_session(batch, starts_at=NOW + timedelta(days=2, hours=n * 2))
    for _ in range(taken):
        make_registration(batch)
    return db.session.get_one(Batch, batch.id)


def make_segment(office=None, name=None, **columns):
    office = office or make_office()
    name = name or f"Segmen {next(_count)}"
    columns = {
        "filters": [["all", "1"], ["status", "under_supervision"]],
        "made_by_name": "uji",
        "made_at": NOW,
    } | columns
    return _save(Segment(office_id=office.id, name=name, name_key=match_key(name), **columns))


def make_selection(batch=None, cooperative=None, **columns):
    """One cooperative, chosen by score."""
    batch = batch or make_batch()
    cooperative = cooperative or make_cooperative(db.session.get_one(Office, batch.office_id))
    columns = {
        "filters": [["all", "1"]],
        "basis": "baseline_score",
        "derived_basis": "baseline_score",
        "eligible": 1,
        "made_by_name": "uji",
        "made_at": NOW,
    } | columns
    selection = _save(Selection(office_id=batch.office_id, batch_id=batch.id, **columns))
    _save(
        SelectedCooperative(
            selection_id=selection.id,
            cooperative_id=cooperative.id,
            is_chosen=True,
            place=1,
            reason="Belum Dinilai",
        )
    )
    return db.session.get_one(Selection, selection.id)


def make_lottery(batch=None, cooperative=None, outcome=None, **columns):
    """A locked list of one; `outcome` "withdrawn" ends it."""
    batch = batch or make_batch()
    cooperative = cooperative or make_cooperative(db.session.get_one(Office, batch.office_id))
    columns = {
        "number": 1,
        "filters": [["all", "1"]],
        "strata": "none",
        "winners": {"": 1},
        "eligible": 1,
        "list_hash": "a" * 64,
        "commitment": "b" * 64,
        "sealed_seed": "c" * 64,
        "element_source": "Angka tiga saksi",
        "locked_by_name": "uji",
        "locked_at": NOW,
    } | columns
    lottery = _save(Lottery(office_id=batch.office_id, batch_id=batch.id, **columns))
    _save(
        LotteryEntry(
            lottery_id=lottery.id,
            cooperative_id=cooperative.id,
            identifier=cooperative.cooperative_number,
            reason="Belum Dinilai",
        )
    )
    if outcome:
        _save(
            LotteryOutcome(
                office_id=batch.office_id,
                lottery_id=lottery.id,
                kind=outcome,
                reason="Saksi berhalangan",
                by_name="uji",
                at=NOW,
            )
        )
    return db.session.get_one(Lottery, lottery.id)


def make_training_session(batch=None, starts_at=NOW + timedelta(days=2), minutes=90, **columns):
    batch = batch or make_batch(sessions=0)
    columns = {
        "topic": "Pembukuan harian",
        "time_zone": batch.time_zone,
        "ends_at": starts_at + timedelta(minutes=minutes),
    } | columns
    if columns.get("trainer_name") and "trainer_id" not in columns:
        office = db.session.get_one(Office, batch.office_id)
        columns["trainer_id"] = make_trainer(columns["trainer_name"], office).id
    return _save(TrainingSession(batch_id=batch.id, starts_at=starts_at, **columns))


def make_door_duty(user, batch, duty_on=None):
    return _save(DoorDuty(user_id=user.id, batch_id=batch.id, duty_on=duty_on or batch.days[0]))


def make_invitation(batch=None, cooperative=None, **columns):
    batch = batch or make_batch()
    cooperative = cooperative or make_cooperative(db.session.get_one(Office, batch.office_id))
    nonce = keys.new_nonce()
    token = keys.token_for("invitation", nonce)
    columns = {"people": 2, "created_at": NOW} | columns
    return _save(
        Invitation(
            office_id=batch.office_id,
            batch_id=batch.id,
            cooperative_id=cooperative.id,
            nonce=nonce,
            token_hash=keys.token_hash("invitation", token),
            **columns,
        )
    )


def make_application(batch=None, people=(), state="open", **columns):
    """:param people: names; one by default"""
    batch = batch or make_batch()
    n = next(_count)
    nonce = keys.new_nonce()
    columns = {
        "number": f"P-{n:04d}",
        "team": f"pengajuan-{n}",
        "cooperative_name": f"Koperasi Pengaju {n}",
        "district": "Kranggan",
        "contact_name": f"Pengaju {n}",
        "contact_phone": f"+62813{n:08d}",
        "created_at": NOW,
    } | columns
    return _save(
        Application(
            office_id=batch.office_id,
            batch_id=batch.id,
            state=state,
            nonce=nonce,
            token_hash=keys.token_hash("application", keys.token_for("application", nonce)),
            people=[
                ApplicationPerson(full_name=name, phone=f"+62814{n:06d}{i:02d}", position="member")
                for i, name in enumerate(people or (f"Calon {n}",))
            ],
            **columns,
        )
    )


def make_registration(batch=None, cooperative=None, person=None, state="confirmed", **columns):
    batch = batch or make_batch()
    office = db.session.get_one(Office, batch.office_id)
    cooperative = cooperative or make_cooperative(office)
    person = person or make_person(office)
    n = next(_count)
    nonce = keys.new_nonce()
    if "number" not in columns:
        with transaction():
            columns["number"] = f"D-{numbers.next_number(office.id, SERIES, ONE_SERIES):04d}"
    columns = {
        "position": "chair",
        "team": f"team-{n}",
        "registered_at": NOW,
        "queued_at": NOW if state == "waitlisted" else None,
    } | columns
    registration = _save(
        Registration(
            office_id=office.id,
            batch_id=batch.id,
            cooperative_id=cooperative.id,
            person_id=person.id,
            state=state,
            nonce=nonce,
            **tokens.hashes_of(nonce),
            **columns,
        )
    )
    _save(
        RegistrationEvent(
            office_id=office.id,
            registration_id=registration.id,
            action="confirm" if state == "confirmed" else "queue",
            state=state,
            at=columns["registered_at"],
            by="uji",
        )
    )
    return db.session.get_one(Registration, registration.id)


def make_seat_share(batch, facet="district", value="Kranggan", **columns):
    return _save(
        SeatShare(office_id=batch.office_id, batch_id=batch.id, facet=facet, value=value, **columns)
    )


def make_change_request(registration, kind="cancel", **columns):
    columns = {"form": f"form-{next(_count)}", "state": "open", "asked_at": NOW} | columns
    return _save(
        ChangeRequest(
            office_id=registration.office_id,
            batch_id=registration.batch_id,
            registration_id=registration.id,
            kind=kind,
            **columns,
        )
    )


def make_attendance(registration, training_session, state="present", **columns):
    columns = {
        "method": "list",
        "arrived_at": training_session.starts_at,
        "recorded_by_name": "uji",
        "recorded_at": NOW,
    } | columns
    return _save(
        Attendance(
            office_id=registration.office_id,
            registration_id=registration.id,
            training_session_id=training_session.id,
            state=state,
            **columns,
        )
    )


def make_assignment(mentor=None, cooperative=None, **columns):
    cooperative = cooperative or make_cooperative()
    mentor = mentor or make_user("mentor", db.session.get_one(Office, cooperative.office_id))
    columns = {"starts_on": date(2026, 1, 1), "created_at": NOW} | columns
    return _save(
        MentoringAssignment(
            office_id=cooperative.office_id,
            mentor_id=mentor.id,
            cooperative_id=cooperative.id,
            **columns,
        )
    )


def make_visit(mentor=None, cooperative=None, starts_at=NOW, state="planned", **columns):
    cooperative = cooperative or make_cooperative()
    office = db.session.get_one(Office, cooperative.office_id)
    mentor = mentor or make_user("mentor", office)
    columns = {
        "ends_at": starts_at + timedelta(hours=1),
        "time_zone": office.time_zone,
        "created_at": NOW,
    } | columns
    return _save(
        MentoringVisit(
            office_id=office.id,
            mentor_id=mentor.id,
            cooperative_id=cooperative.id,
            starts_at=starts_at,
            state=state,
            **columns,
        )
    )


def make_visit_note(visit=None, **columns):
    visit = visit or make_visit(state="held")
    n = next(_count)
    columns = {
        "note_uuid": f"00000000-0000-4000-8000-{n:012d}",
        "number": f"K-{n:04d}",
        "condition": "Pembukuan belum harian.",
        "written_by_id": visit.mentor_id,
        "written_at": NOW,
    } | columns
    return _save(VisitNote(office_id=visit.office_id, visit_id=visit.id, **columns))


def make_follow_up(cooperative=None, **columns):
    cooperative = cooperative or make_cooperative()
    columns = {
        "what": "Susun neraca bulanan",
        "owner_name": "Siti Aminah, Bendahara",
        "agreed_on": date(2026, 7, 1),
        "due_on": date(2026, 8, 1),
        "created_at": NOW,
    } | columns
    return _save(
        FollowUp(office_id=cooperative.office_id, cooperative_id=cooperative.id, **columns)
    )


def make_issued_number(office=None, series="letter", year=2026, **use):
    """The next number of a series, as the register gives it."""
    office = office or make_office()
    use = {"purpose": "Undangan", "subject": "Koperasi Contoh", "by": "Rina Wulandari"} | use
    with transaction():
        issued = numbers.issue(
            office.id, series, year, lambda n: f"{series}/{n:04d}/{year}",
            numbers.Use(**use), now=NOW,
        )  # fmt: skip
        ident = issued.id
    return db.session.get_one(numbers.IssuedNumber, ident)


def make_number_format(office=None, series="letter", **columns):
    office = office or make_office()
    columns = {
        "pattern": DEFAULT_PATTERN,
        "classification": "400.3.10",
        "unit": "DISKOP",
        "last_before_year": 2026,
    } | columns
    return _save(NumberFormat(office_id=office.id, series=series, **columns))


def make_letter_settings(office=None, **columns):
    office = office or make_office()
    columns = {
        "place": "Mojokerto",
        "signatory_name": "Ir. Ani Kusumawati, M.M.",
        "signatory_title": "Kepala Dinas",
        "signatory_rank": "Pembina Utama Muda",
        "signatory_number": "197001011995032001",
        "character": "Penting",
        "subject": "Undangan {kegiatan}",
        "opening": "Kami mengundang {jumlah} orang dalam {kegiatan} pada:",
        "closing": "Terima kasih.",
        "copies_to": "Wali Kota Mojokerto\nArsip",
    } | columns
    return _save(LetterSettings(office_id=office.id, **columns))


def make_feed(user, kind="person", office=None, batch=None, venue=None):
    """A living address of this person."""
    with transaction():
        feed = feeds.subscribe(
            user.id,
            (office or make_office()).id,
            kind,
            batch_id=batch and batch.id,
            venue_id=venue and venue.id,
            now=NOW,
        )
        ident = feed.id
    return db.session.get_one(feeds.CalendarFeed, ident)
