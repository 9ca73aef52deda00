import pytest
import sqlalchemy as sa

from kopdiklat.cooperatives import service
from kopdiklat.cooperatives.models import ActivityStatus, Cooperative
from kopdiklat.core.audit import AuditEntry
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from tests.factories import make_cooperative, make_office


def values(**changes):
    return {
        "name": "KSU Tunas Karya",
        "cooperative_number": "3576020030014",
        "membership_scope": "regency",
        "region_code": "357602",
        "cooperative_type": "consumer",
        "form": "primary",
        "activity_status": "active",
        "activity_source": "office",
        "activity_status_on": None,
    } | changes


def add(now, **changes):
    is_another = changes.pop("is_another", False)
    with transaction():
        return service.add_cooperative(
            make_office_row(), values(**changes), is_another=is_another, now=now
        )


def make_office_row():
    return db.session.scalars(sa.select(service.Office)).one()


def test_add_cooperative_folds_its_name_and_notes_what_was_said_of_activity(app, now):
    office = make_office()

    cooperative = add(now, name="K.S.U. “Tunas Karya”")

    assert (cooperative.office_id, cooperative.name_key) == (office.id, "k s u tunas karya")
    said = db.session.scalars(sa.select(ActivityStatus)).one()
    assert (said.cooperative_id, said.status, said.source) == (cooperative.id, "active", "office")


def test_add_cooperative_stops_at_a_name_that_is_nearly_there(app, now):
    known = make_cooperative(make_office(), "KSU Tunas Karya Pulorejo", cooperative_number=None)

    with pytest.raises(service.AlikeExists) as refusal:
        add(now, name="KSU TUNAS KARYA, Pulorejo")

    assert [other.id for other in refusal.value.others] == [known.id]
    assert db.session.scalar(sa.select(sa.func.count(Cooperative.id))) == 1


def test_add_cooperative_saves_a_namesake_that_the_officer_has_looked_at(app, now):
    make_cooperative(make_office(), "KSU Tunas Karya", cooperative_number=None)

    add(now, name="KSU Tunas Karya", is_another=True)

    assert db.session.scalar(sa.select(sa.func.count(Cooperative.id))) == 2


def test_add_cooperative_refuses_a_number_that_another_has(app, now):
    make_cooperative(make_office(), "KPRI Bina Husada", cooperative_number="3576020030014")

    with pytest.raises(RuleViolation) as refusal:
        add(now)

    assert str(refusal.value) == "NIK koperasi 3576020030014 sudah dipakai KPRI Bina Husada."


def test_add_cooperative_refuses_the_area_of_the_province(app, now):
    make_office()

    with pytest.raises(RuleViolation, match="dinas provinsi"):
        add(now, membership_scope="province")


def test_change_cooperative_keeps_each_thing_that_was_said_of_activity(app, now):
    cooperative = make_cooperative(make_office())

    for status in ("inactive", "inactive", "active"):
        with transaction():
            service.change_cooperative(cooperative, values(activity_status=status))

    said = db.session.scalars(sa.select(ActivityStatus.status).order_by(ActivityStatus.id)).all()
    assert said == ["inactive", "active"]


def test_change_cooperative_leaves_its_trail(app, now):
    cooperative = make_cooperative(make_office(), "KSU Lama", cooperative_number="3576020030014")

    with transaction():
        service.change_cooperative(cooperative, values(name="KSU Baru"))

    entries = sa.select(AuditEntry).where(
        AuditEntry.object_type == "cooperatives", AuditEntry.action == "update"
    )
    entry = db.session.scalars(entries).one()
    assert (entry.before["name"], entry.after["name"]) == ("KSU Lama", "KSU Baru")
