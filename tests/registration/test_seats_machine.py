"""Any order of registering, cancelling, replacing, offering, holding, sharing and time keeps I1."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import audit, halls, invitations, offers, service, shares
from kopdiklat.registration.models import Invitation, Registration
from kopdiklat.registration.seating import Share
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch
from tests.factories import make_batch, make_cooperative, make_officer

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)


WHICH = st.integers(0, 11)
DISTRICTS = ("Kranggan", "Magersari", "Prajurit Kulon")
ACTIVE = ("confirmed", "offered", "waitlisted")


class Seats(RuleBasedStateMachine):
    teams: list = []  # (cooperative id, officer ids), made once per database

    def __init__(self):
        super().__init__()
        self.batch_id = make_batch(seats=4).id
        self.now = NOW

    @contextmanager
    def _try(self):
        """A refusal is an answer: it must leave nothing behind, which the invariant sees."""
        try:
            with transaction():
                yield
        except RuleViolation:
            pass

    def _active(self, n, *states):
        states = states or ACTIVE
        found = db.session.scalars(
            sa.select(Registration)
            .where(
                Registration.batch_id == self.batch_id,
                Registration.state.in_(states),
            )
            .order_by(Registration.id)
        ).all()
        return found[n % len(found)].id if found else None

    @rule(which=WHICH, hold=st.booleans())
    def invite(self, which, hold):
        choice = invitations.Choice(self.teams[which][0])
        until = self.now + timedelta(hours=1) if hold else None
        with self._try():
            invitations.invite(self.batch_id, [choice], now=self.now, hold_until=until)

    @rule(which=WHICH, people=st.integers(1, 2), accept=st.sampled_from((True, True, False)))
    def register(self, which, people, accept):
        cooperative_id, officers = self.teams[which]
        with self._try():
            service.register_team(
                self.batch_id,
                cooperative_id,
                [Participant(officer_id=officer) for officer in officers[:people]],
                team=service.new_team(),
                by="uji",
                now=self.now,
                accept_waiting=accept,
            )

    @rule(n=st.integers(0, 9))
    def cancel(self, n):
        if ident := self._active(n):
            with self._try():
                service.cancel(ident, "tidak jadi", by="uji", now=self.now)

    @rule(n=st.integers(0, 9))
    def replace(self, n):
        if ident := self._active(n):
            with self._try():
                substitute = Participant(full_name=f"Pengganti {ident}", position="member")
                service.replace(ident, substitute, "berhalangan", by="uji", now=self.now)

    @rule(n=st.integers(0, 9), step=st.sampled_from(("decline", "cancel")))
    def end_an_invitation(self, n, step):
        invited = sa.select(Invitation.id).where(Invitation.batch_id == self.batch_id)
        found = db.session.scalars(invited.order_by(Invitation.id)).all()
        if found:
            with self._try():
                if step == "decline":
                    invitations.decline(found[n % len(found)], None, now=self.now)
                else:
                    invitations.cancel_invitation(found[n % len(found)], now=self.now)

    @rule(seats=st.integers(1, 8))
    def change_the_quota(self, seats):
        with self._try():
            service.change_seats(self.batch_id, seats, by="uji", now=self.now)

    @rule(hours=st.integers(0, 2))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        with self._try():
            offers.move_on(self.batch_id, now=self.now)

    @rule(n=st.integers(0, 9), yes=st.booleans())
    def answer_an_offer(self, n, yes):
        if ident := self._active(n, "offered"):
            with self._try():
                if yes:
                    offers.accept(ident, by="uji", now=self.now)
                else:
                    offers.decline(ident, "berhalangan", by="uji", now=self.now)

    @rule()
    def messages_go_out(self):
        with self._try():
            db.session.execute(
                sa.update(OutboxMessage)
                .where(OutboxMessage.sent_at.is_(None))
                .values(sent_at=self.now)
            )

    @rule(n=st.integers(0, 9))
    def put_first(self, n):
        if ident := self._active(n, "waitlisted"):
            team = db.session.get_one(Registration, ident).team
            with self._try():
                offers.put_first(self.batch_id, team, "darurat", by="uji", now=self.now)

    @rule(
        bounds=st.lists(st.tuples(st.none() | st.integers(0, 4), st.integers(0, 2)), max_size=3),
        hours=st.integers(1, 8),
    )
    def change_the_shares(self, bounds, hours):
        wanted = [
            Share(("district", DISTRICTS[n]), cap, reserve)
            for n, (cap, reserve) in enumerate(bounds)
        ]
        until = self.now + timedelta(hours=hours)
        with self._try():
            shares.change_shares(self.batch_id, wanted, until, now=self.now)

    @invariant()
    def seats_are_sound(self):
        db.session.rollback()
        batch = db.session.get_one(Batch, self.batch_id)
        assert audit.faults_of(batch, self.now) == []
        assert halls.count_used_seats(batch.id, self.now) <= batch.seats
        db.session.rollback()


@pytest.mark.race
def test_seats_stay_sound_whatever_happens(app):
    cooperatives = [make_cooperative(district=DISTRICTS[n % 3]) for n in range(12)]
    Seats.teams = [(c.id, [make_officer(c).id, make_officer(c).id]) for c in cooperatives]
    run_state_machine_as_test(
        Seats,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
