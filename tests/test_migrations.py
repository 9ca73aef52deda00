"""An empty database, upgraded, equals the models; down and up again keeps rows and guards."""

import pytest
import sqlalchemy as sa
from flask_migrate import check, downgrade, upgrade

from kopdiklat.core import migrations
from kopdiklat.core.db import db, transaction
from tests import doors, factories

GUARDED = ("audit_entries", "health_assessments", "registration_events")


def fill():
    """Something in most tables."""
    office = factories.make_office()
    cooperative = factories.make_cooperative(office)
    factories.make_officer(cooperative)
    factories.make_assessment(cooperative)
    factories.make_annual_meeting(cooperative)
    factories.make_yearly_figures(cooperative)
    factories.make_past_contact(cooperative)
    batch = factories.make_batch(office, seats=3, taken=2)
    factories.make_invitation(batch, cooperative)
    note = factories.make_visit_note()
    factories.make_follow_up(cooperative, visit_id=note.visit_id)
    factories.make_user("coordinator", office)
    db.session.rollback()  # reads nothing while the schema moves


def rows():
    return doors.hash_rows(None)


def guards():
    """Names of the triggers that stand."""
    if db.engine.dialect.name == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    names = set(db.session.scalars(sa.text(found)))
    db.session.rollback()
    return names


def test_the_schema_equals_the_models(app):
    check()  # leaves with an error when something differs

    assert migrations.current_revision() == migrations.head_revision()


def test_down_and_up_again_keeps_every_row_and_guard(app):
    fill()
    before, stood = rows(), guards()

    downgrade(revision="0001")
    assert guards() == set()
    upgrade()

    check()
    assert rows() == before
    assert guards() == stood
    assert all(any(name.startswith(table) for name in stood) for table in GUARDED)


def test_all_the_way_down_and_up_again_is_an_empty_office(app):
    fill()

    downgrade(revision="base")
    upgrade()

    check()
    assert db.session.scalar(sa.text("SELECT count(*) FROM offices")) == 0
    assert db.session.scalar(sa.text("SELECT count(*) FROM assessment_schemes")) == 2


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_guards_still_refuse_after_down_and_up(app, table, change):
    fill()
    downgrade(revision="0001")
    upgrade()

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), transaction() as session:
        session.execute(sa.text(change.format(table)))
