"""Every page of the demo office: which address, as whom. Made from the route table, so a new page is
in the pictures, the benchmark and the accessibility crawl by itself.

A route with an argument needs a value: VALUES names one per argument, or per `endpoint:argument`
where the word means something else there. What is no page, or none that the demo can open, stands
in SKIPPED with the reason. `unseen` names the routes that neither knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from kopdiklat import demo, tables
from kopdiklat.accounts import people, recovery
from kopdiklat.core import files, keys, outbox, tasks
from kopdiklat.core.audit import Actor, acting
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.numbers import IssuedNumber
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.imports import kept, runs
from kopdiklat.imports.kinds.base import Options
from kopdiklat.mentoring import notes, photos
from kopdiklat.mentoring.note_rules import MetPerson, NoteContent
from kopdiklat.messages import service as texts
from kopdiklat.messages.rules import Wording
from kopdiklat.notifications import channels, whatsapp_answers
from kopdiklat.registration import changes, invitations, telling
from kopdiklat.registration.service import Participant
from kopdiklat.targeting import candidates, facets, lotteries, picks, service
from kopdiklat.targeting.facets import Filters
from kopdiklat.targeting.service import Basis, Chooser
from kopdiklat.training import feeds

ROLES = (
    "coordinator",
    "mentor",
    "assessor",
    "door_staff",
    "manager",
    "office_admin",
    "auditor",
    "head",
    "platform_admin",
)
SKIPPED = {  # endpoint: why it is no page of this crawl
    "static": "files",
    "api.healthz": "for machines",
    "api.readyz": "for machines",
    "accounts.second_factor_page": "leads on where the factor is not required",
    "dashboard.find_code": "leads to an invitation",
    "dashboard.language": "leads back",
    "dashboard.start_office": "only while nobody has an account: tests/dashboard",
    "documents.bundle_progress": "a part of documents.invitation_letter_page",
    "documents.show_bundle": "a file that is there once it was made: tests/documents",
    "documents.show_letter": "a file that is there once it was issued: tests/documents",
    "imports.progress": "a part of imports.show",
    "mentoring.show_unsent_photo": "a photo of a note that is not sent yet",
    "offices.settings": "leads to the own office",
    "applications.check": "only with answers; tests/applications walks it",
    "registration.check": "only with answers; the journeys walk it",
}
PUBLIC = (
    "/daftar",
    "/bukti",
    "/masuk",
    "/lupa",
    "/kata-sandi",
    "/undangan",
    "/jadwal",
    "/bantuan",
    "/pengajuan",
)
ALSO = {  # pages that look otherwise to another role
    "dashboard.home": (None,),
    "mentoring.show_visit": ("mentor",),
    "mentoring.follow_ups": ("mentor",),
    "mentoring.show_follow_up": ("mentor",),
    "attendance.show_session": ("door_staff",),
    "calendar.feeds": ("mentor",),
    "calendar.show": ("mentor", "door_staff", "head"),
    "attendance.ticket": ("door_staff", None),
    "cooperatives.show": ("manager", "assessor"),
    "impact.show": ("head",),
}
VARIANTS: dict[str, tuple] = {  # endpoint: (name, query string) of what else it shows
    "applications.index": (("nothing", "state=declined"),),
    "applications.show": (("searched", "q=koperasi"),),
    "calendar.show": (
        ("agenda", "view=agenda"),
        ("day", lambda: f"day={_running_batch().days[0]}"),
        ("empty", "month=2031-02"),
        ("nothing", "view=agenda&month=2031-02&mine=y"),
    ),
    "calendar.board_page": (
        ("open", lambda: f"day={_open_batch().days[0]}"),
        ("undo", lambda: _undo_of(_batch("draft"))),
        ("empty", "day=2031-02-03"),
    ),
    "documents.numbers_index": (("nothing", "q=zzzz"),),
    "training.show_batch": (
        ("invitations", "tab=invitations"),
        ("requests", "tab=requests"),
        ("unanswered", "tab=invitations&state=silent"),
        ("no-invitation", "tab=invitations&q=zzzz"),
        ("history", "tab=history"),
    ),
    "notifications.index": (("opened", "status=opened"), ("failed", "status=failed")),
    "notifications.deliveries": (
        ("batch", lambda: f"topic=batch:{_open_batch().id}"),
        ("failed", "state=failed"),
        ("nothing", "q=zzzz"),
    ),
    "cooperatives.index": (("filtered", "status=under_supervision"), ("nothing", "text=zzzz")),
    "mentoring.visits": (("done", "show=done"),),
    "mentoring.follow_ups": (("late", "state=late"), ("done", "state=done")),
    "targeting.selection": (
        ("everybody", "all=1&n=12"),
        ("nothing", "status=none&course=2019&all=1"),
        ("chosen", lambda: f"all=1&pick={picks.pack([_cooperative()])}&show=chosen"),
    ),
    "targeting.new_lottery": (
        ("strata", "all=1&status=under_supervision"),
        ("nobody", "all=1&status=none&course=2019"),
    ),
    "training.new_batch": (
        ("copied", lambda: f"copy={_past_batch().id}"),
        ("clash", lambda: f"copy={_open_batch().id}&first_day={_open_batch().days[0]}"),
    ),
}


@dataclass(frozen=True)
class Page:
    """One page: a file-safe name, its address, and the demo role that opens it (None: a visitor)."""

    name: str
    path: str
    role: str | None


def _first(model, *conditions, order=None):
    select = sa.select(model).where(*conditions).order_by(order if order is not None else model.id)
    return db.session.scalars(select).first()


def _batch(state: str, number: int = 1):
    Batch = tables.training.Batch
    return _first(Batch, Batch.state == state, Batch.number == number)


def _open_batch():
    return _batch("published", 2)


def _past_batch():
    return _batch("closed")


def _running_batch():
    return _batch("published")


def _undo_of(batch) -> str:
    """As the board is left by a session of a draft that just moved by a day."""
    session = batch.training_sessions[-1]
    was = (session.starts_at + timedelta(days=1)).isoformat().replace("+", "%2B")
    return f"day={session.day}&moved={session.id}&was={was}"


def _user(email: str):
    return _first(tables.accounts.User, tables.accounts.User.email == email)


def _cooperative() -> int:
    """One with a whole history: it took part, and the demo manager belongs to it."""
    M = tables.accounts.Membership
    return _first(M, M.role == "manager").cooperative_id


def _invitation():
    I, R = tables.registration.Invitation, tables.registration.Registration  # noqa: E741
    answered = sa.select(R.invitation_id).where(R.invitation_id.is_not(None))
    return _first(I, I.batch_id == _open_batch().id, I.id.not_in(answered))


def _registration(batch):
    R = tables.registration.Registration
    return _first(R, R.batch_id == batch.id, R.state == "confirmed")


def _visit(state: str):
    V = tables.mentoring.MentoringVisit
    return _first(V, V.state == state, V.mentor_id == _user("dedi@contoh.id").id)


def _follow_up(is_open: bool):
    F = tables.mentoring.FollowUp
    closed = F.closed_on.is_(None) if is_open else F.closed_on.is_not(None)
    mine = F.visit.has(mentor_id=_user("dedi@contoh.id").id)
    return _first(F, closed, mine)


def _token(purpose: str, row) -> str:
    return keys.token_for(purpose, row.nonce)


VALUES: dict[str, Callable[[], Any]] = {
    "accounts.accept_invitation:token": lambda: _token(
        people.PURPOSE, _first(tables.accounts.UserInvitation)
    ),
    "accounts.reset_password:token": lambda: _token(
        recovery.PURPOSE, _first(tables.accounts.PasswordReset)
    ),
    "attendance.correct:registration_id": lambda: _registration(_past_batch()).id,
    "attendance.show_batch:batch_id": lambda: _past_batch().id,
    "door_token": lambda: _token("door", _registration(_running_batch())),
    "attendance.show_session:training_session_id": lambda: _running_batch().training_sessions[0].id,
    "documents.number_format:series": lambda: "letter",
    "documents.attendance_sheet:batch_id": lambda: _running_batch().id,
    "impact.show:kind": lambda: "batch",
    "impact.names_behind:kind": lambda: "batch",
    "impact.export:kind": lambda: "batch",
    "message_templates.edit:kind": lambda: "registration.waitlisted",
    "imports.upload:kind": lambda: "officers",
    "imports.template:kind": lambda: "officers",
    "mentoring.cancel_visit:visit_id": lambda: _visit("planned").id,
    "mentoring.postpone_visit:visit_id": lambda: _visit("planned").id,
    "mentoring.write_note:visit_id": lambda: _visit("planned").id,
    "mentoring.reopen_follow_up:follow_up_id": lambda: _follow_up(is_open=False).id,
    "application_id": lambda: _first(tables.applications.Application).id,
    "application_token": lambda: _token("application", _first(tables.applications.Application)),
    "opening": lambda: _open_batch().id,
    "assessment_id": lambda: (
        _first(tables.health.HealthAssessment, order=-tables.health.HealthAssessment.fiscal_year).id
    ),
    "assignment_id": lambda: _first(tables.mentoring.MentoringAssignment).id,
    "batch_id": lambda: _open_batch().id,
    "cooperative_id": _cooperative,
    "course_id": lambda: _open_batch().course_id,
    "day": lambda: str(_running_batch().days[0]),
    "calendar.feed:token": lambda: _first(tables.feeds.CalendarFeed).token,
    "calendar.move_session:training_session_id": lambda: _open_batch().training_sessions[0].id,
    "follow_up_id": lambda: _follow_up(is_open=True).id,
    "holiday_id": lambda: _first(tables.offices.Holiday).id,
    "ident": lambda: _past_batch().id,
    "invitation_id": lambda: _invitation().id,
    "message_id": lambda: _first(OutboxMessage, OutboxMessage.channel == "whatsapp").id,
    "lottery_id": lambda: _first(tables.targeting.Lottery).id,
    "mentor_id": lambda: _user("dedi@contoh.id").id,
    "office_id": lambda: _open_batch().office_id,
    "photo_id": lambda: _first(tables.mentoring.VisitPhoto).id,
    "programme_id": lambda: _open_batch().programme_id,
    "registration_id": lambda: _registration(_open_batch()).id,
    "run_id": lambda: _first(tables.imports.ImportRun).id,
    "segment_id": lambda: _first(tables.targeting.Segment).id,
    "selection_id": lambda: _first(tables.targeting.Selection).id,
    "ticket": lambda: _token("ticket", _registration(_open_batch())),
    "token": lambda: _token("invitation", _invitation()),
    "trainer_id": lambda: _first(tables.training.Trainer).id,
    "training_session_id": lambda: _past_batch().training_sessions[1].id,
    "number_id": lambda: _first(IssuedNumber).id,
    "user_id": lambda: _user("sari@contoh.id").id,
    "user_invitation_id": lambda: _first(tables.accounts.UserInvitation).id,
    "venue_id": lambda: _first(tables.training.Venue).id,
    "visit_id": lambda: _first(tables.mentoring.VisitPhoto).note.visit_id,
}


def _value(endpoint: str, argument: str) -> Callable[[], Any] | None:
    return VALUES.get(f"{endpoint}:{argument}") or VALUES.get(argument)


# -- what the demo has not got ---------------------------------------------------------------------


def complete() -> None:
    """Invitations sent, a colleague invited, a password forgotten, a feed, a file checked, a photo."""
    now = utc_now()
    admin, mentor = _user("admin@contoh.id"), _user("dedi@contoh.id")
    office = _open_batch().office
    workbook = Path(__file__).parent.parent / "tests/data/mojokerto-2022/cooperatives.xlsx"
    upload = kept.Upload(workbook.name, files.put_sealed(workbook.read_bytes()))
    visit = _visit("held")
    photo = photos.open_token(photos.take(_photo(), visit.id), visit.id, "Buku kas toko")
    with acting(Actor(admin.id, admin.name, "demo")), transaction():
        texts.save(
            office.id, "registration.waitlisted",
            Wording("Daftar tunggu: {kegiatan}",
                    "Yth. {nama}, Anda di urutan ke-{urutan} daftar tunggu {kegiatan}.\n\n{tautan}"),
            seen=0, by=admin.name, now=now,
        )  # fmt: skip
        people.invite(
            office.id, "mentor", "Wahyu Firmansyah", "wahyu@contoh.id", None,
            ends_on=None, by=admin, now=now,
        )  # fmt: skip
        invitations.send_all(_open_batch().id, now=now, due_at=now)
        _ask_for_a_change(now)
        _deliver(now)
        recovery.make_reset(_user("sari@contoh.id").id, made_by_id=admin.id, now=now)
        feeds.subscribe(_user("rina@contoh.id").id, office.id, "person", now=now)
        runs.start(
            "cooperatives", office, admin,
            upload=upload, options=Options(), now=now,
        )  # fmt: skip
    _choose_and_draw(now)
    with acting(Actor(mentor.id, mentor.name, "demo")), transaction():
        _correct_note(visit, mentor, photo, now)
    tasks.run_next_task(utc_now)
    db.session.remove()


def _ask_for_a_change(now) -> None:
    """A participant of the open batch asks for somebody else; another had to stay."""
    R = tables.registration.Registration
    seats = sa.select(R).where(R.batch_id == _open_batch().id, R.state == "confirmed")
    *_others, kept, asks = db.session.scalars(seats.order_by(R.id)).all()
    wiwik = Participant(full_name="Wiwik Lestari", phone="+6281298765432", position="treasurer")
    wish = changes.Wish("substitute", wiwik, "Sakit")
    changes.ask(asks.id, wish, form="demo-1", by=asks.cooperative.name, now=now)
    wish = changes.Wish("cancel", reason="Tugas lain")
    made = changes.ask(kept.id, wish, form="demo-2", by=kept.cooperative.name, now=now)
    changes.decline(made.id, "Konsumsi sudah dipesan", by="Rina Wulandari", now=now)


def _choose_and_draw(now) -> None:
    """A segment, a choice by rank, a lottery that was drawn, and one whose list is locked."""
    coordinator = _user("rina@contoh.id")
    by = Chooser(coordinator.id, coordinator.name)
    batch = _open_batch()
    batch_id, office_id = batch.id, batch.office_id
    weak = Filters({"status": frozenset({"under_supervision"})})
    register = candidates.register_of(batch, now, now.date())
    eligible = facets.narrow(register.candidates, weak, now.date()).eligible
    lots = {"filters": weak, "records_since": register.records_since, "by": by, "now": now}
    with acting(Actor(coordinator.id, coordinator.name, "demo")), transaction():
        service.save_segment(office_id, "Dalam pengawasan", weak, by=by.name, now=now)
        service.choose(
            batch_id,
            list(enumerate(eligible[:3], 1)),
            eligible=len(eligible),
            basis=Basis("baseline_score", "baseline_score"),
            **lots,
        )
        lottery = lotteries.lock_list(
            batch_id, eligible[3:9], places=2, strata="district",
            element_source="Angka yang disebut tiga saksi", **lots,
        )  # fmt: skip
        lotteries.draw(lottery.id, "4 7 1", "Dewi Anggraini, Hadi Santoso", by=by, now=now)
        lotteries.lock_list(
            batch_id, eligible[9:14], places=2, strata="none",
            element_source="Kurs tengah dolar Bank Indonesia besok", **lots,
        )  # fmt: skip


def _deliver(now) -> None:
    """What became of some invitations: opened, refused by a gateway, given up; one was reminded."""
    told = sa.select(OutboxMessage).where(OutboxMessage.kind == "invitation.sent")
    opened, refused, failed = db.session.scalars(told.order_by(OutboxMessage.id).limit(3))
    outbox.note(opened, "opened", now=now, by_id=_user("rina@contoh.id").id)
    opened.opened_at, opened.opened_by_id = now, _user("rina@contoh.id").id
    refused.last_error = whatsapp_answers.UNDELIVERABLE % {"code": 131026}
    outbox.note(refused, "refused", now=now, error=refused.last_error)
    failed.channel, failed.recipient = "email", "pengurus@contoh.id"
    failed.last_error = channels.MAIL_REFUSED % {"code": 550}
    failed.given_up_at = now
    outbox.note(failed, "refused", now=now, error=failed.last_error)
    outbox.note(failed, "given_up", now=now)
    db.session.flush()
    silent = telling.remind_all(_open_batch().id, failed.id + 1000, now=now)
    assert silent["reminded"] == 1, silent  # noqa: S101, a page of the crawl is there


def _correct_note(visit, mentor, photo, now) -> None:
    N = tables.mentoring.VisitNote
    note = _first(N, N.visit_id == visit.id)
    notes.record_note(
        visit,
        NoteContent(
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            met_people=tuple(MetPerson(m["name"], m["position"]) for m in note.met_people),
            condition=note.condition,
            problem=note.problem or "",
            advice=note.advice or "",
            issue_areas=tuple(note.issue_areas),
            photos=(photo,),
            photo_consent=True,
            outcomes=(),
            agreements=(),
        ),
        note_uuid="7b0c9a52-6f3e-4a3b-9a51-0d6c1c1f2a77",
        writer=mentor,
        base_version=note.version,
        correction_reason="Foto menyusul",
        now=now,
    )


def _photo() -> bytes:
    """A landscape of lines, as a camera would send it."""
    import io  # noqa: PLC0415

    from PIL import Image, ImageDraw  # noqa: PLC0415, heavy

    picture = Image.new("RGB", (1600, 1200), "#d9d2c3")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(260, 240), (1380, 180), (1440, 1010), (330, 1060)], fill="#f7f5ee")
    for n in range(16):
        y = 300 + 44 * n
        draw.line([(340, y), (1340, y - 40)], fill="#7f93ab", width=4)
        draw.line([(360, y - 16), (420 + (n * 173) % 700, y - 40)], fill="#31405a", width=10)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()


# -- the pages -------------------------------------------------------------------------------------


def sign_in(client, role: str | None) -> None:
    """Sign a test client in as the demo account of a role."""
    if role is None:
        return
    email = next(a[3] for a in demo.people.ACCOUNTS if a[0] == role)
    with client.application.app_context():
        client.post("/masuk", data={"name": email, "password": demo.people.PASSWORD})


def get(client, path: str):
    """A request with an app context of its own: within another one it would act as the last person."""
    with client.application.app_context():
        return client.get(path)


def all_pages(app: Flask) -> list[Page]:
    """Every GET page that some demo role can open, each once, in the order of the addresses.

    The app must take forms without a token (WTF_CSRF_ENABLED False).
    """
    return _crawl(app)[0]


def unseen(app: Flask) -> list[str]:
    """Routes that stand neither in the crawl nor in SKIPPED."""
    return _crawl(app)[1]


def _crawl(app: Flask) -> tuple[list[Page], list[str]]:
    clients = {}
    for role in (*ROLES, None):
        clients[role] = app.test_client()
        sign_in(clients[role], role)
    pages, missing = [], []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" not in (rule.methods or ()) or rule.endpoint in SKIPPED:
            continue
        path = _path(app, rule)
        if path is None:
            missing.append(f"{rule.endpoint} {rule.rule}: no value")
            continue
        found, why = _open(clients, rule.endpoint, path)
        pages += found
        if why:
            missing.append(f"{rule.endpoint} {rule.rule}: {why}")
    return pages, missing


def _path(app: Flask, rule) -> str | None:
    makers = {argument: _value(rule.endpoint, argument) for argument in rule.arguments}
    try:
        values = {argument: maker() for argument, maker in makers.items() if maker}
    except AttributeError:  # the row that it shows is not there
        return None
    if len(values) < len(makers):
        return None
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def _asked(query: str | Callable[[], str]) -> str | None:
    try:
        return query() if callable(query) else query
    except AttributeError:  # the row that it asks for is not there
        return None


def _open(clients: dict, endpoint: str, path: str) -> tuple[list[Page], str]:
    """The pages at this address; a file is none. With neither, what came instead."""
    name = endpoint.replace(".", "-")
    order = (None, *ROLES) if path.startswith(PUBLIC) else (*ROLES, None)
    came = set()
    for role in order:
        answer = get(clients[role], path)
        came.add(answer.status_code)
        if answer.status_code != 200:
            continue
        if answer.mimetype != "text/html":
            return [], ""
        also = [
            Page(f"{name}-{other or 'visitor'}", path, other)
            for other in ALSO.get(endpoint, ())
            if get(clients[other], path).status_code == 200
        ]
        more = [
            Page(f"{name}-{word}", f"{path}?{asked}", role)
            for word, query in VARIANTS.get(endpoint, ())
            if (asked := _asked(query)) is not None
        ]
        return [Page(name, path, role), *also, *more], ""
    return [], f"answers {sorted(came)}"
