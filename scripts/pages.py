"""Every page of the demo office: which address, as whom. Made from the route table, so a new page is
in the pictures, the benchmark and the accessibility crawl by itself."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from kopdiklat import demo, tables
from kopdiklat.core import keys
from kopdiklat.core.db import db

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
# Not pages: files, fragments, and doors that lead on.
SKIPPED = {"static", "dashboard.language", "api.healthz", "api.readyz"}


@dataclass(frozen=True)
class Page:
    """One page: a file-safe name, its address, and the demo role that opens it (None: a visitor)."""

    name: str
    path: str
    role: str | None


def _first(model, *conditions, order=None):
    select = sa.select(model).where(*conditions).order_by(order if order is not None else model.id)
    return db.session.scalars(select).first()


def _open_batch():
    Batch = tables.training.Batch
    return _first(Batch, Batch.state == "published", Batch.number == 2)


def _past_batch():
    Batch = tables.training.Batch
    return _first(Batch, Batch.state == "closed")


def _cooperative():
    A = tables.attendance.Attendance
    registration_id = sa.select(A.registration_id).limit(1).scalar_subquery()
    R = tables.registration.Registration
    return _first(R, R.id == registration_id).cooperative_id


def _token(model, purpose, *conditions):
    row = _first(model, *conditions)
    return keys.token_for(purpose, row.nonce) if row else None


def _values() -> dict:
    """Route argument -> a value that shows the page with something on it."""
    t = tables
    batch, past = _open_batch(), _past_batch()
    I, R = t.registration.Invitation, t.registration.Registration  # noqa: E741
    F, V, N = t.mentoring.FollowUp, t.mentoring.MentoringVisit, t.mentoring.VisitNote
    answered = sa.select(R.invitation_id).where(R.invitation_id.is_not(None))
    return {
        "programme_id": batch.programme_id,
        "course_id": batch.course_id,
        "batch_id": batch.id,
        "training_session_id": past.training_sessions[1].id,
        "cooperative_id": _cooperative(),
        "visit_id": _first(N).visit_id,
        "planned_visit_id": _first(V, V.state == "planned").id,
        "follow_up_id": _first(F, F.closed_on.is_(None)).id,
        "day": str(batch.days[0]),
        "token": _token(I, "invitation", I.batch_id == batch.id, I.id.not_in(answered)),
        "ticket": _token(R, "ticket", R.batch_id == batch.id, R.state == "confirmed"),
        "kind": "batch",
        "subject_id": past.id,
        "invitation_id": _first(I, I.batch_id == batch.id).id,
        "registration_id": _first(R, R.batch_id == batch.id).id,
        "user_id": _first(t.accounts.User, t.accounts.User.email == "sari@contoh.id").id,
        "mentor_id": _first(t.accounts.User, t.accounts.User.email == "dedi@contoh.id").id,
        "assessment_id": _first(t.health.HealthAssessment).id,
        "officer_id": _first(t.cooperatives.Officer).id,
    }


def sign_in(client, role: str | None) -> None:
    """Sign a test client in as the demo account of a role."""
    if role is None:
        return
    email = next(a[3] for a in demo.people.ACCOUNTS if a[0] == role)
    client.post("/masuk", data={"name": email, "password": demo.people.PASSWORD})


def all_pages(app: Flask) -> list[Page]:
    """Every GET page that some demo role can open, each once, in the order of the addresses."""
    clients = {}
    for role in (*ROLES, None):
        clients[role] = app.test_client()
        sign_in(clients[role], role)
    values = _values()
    pages = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" not in rule.methods or rule.endpoint in SKIPPED:
            continue
        if rule.arguments - set(values):
            continue
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **{a: values[a] for a in rule.arguments})
        page = _open(clients, rule.endpoint, path)
        if page:
            pages.append(page)
    return pages


def _open(clients: dict, endpoint: str, path: str) -> Page | None:
    order = (None, *ROLES) if path.startswith(("/daftar", "/bukti", "/masuk")) else (*ROLES, None)
    for role in order:
        answer = clients[role].get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            return Page(endpoint.replace(".", "-"), path, role)
    return None
