"""Any order of registering, cancelling, replacing, offering, holding, sharing and time keeps I1."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.outbox import OutboxMessage
from kopdiklat.registration import (
    audit,
    batches,
    halls,
    invitations,
    offers,
    rules,
    seating,
    service,
    shares,
    steps,
)
from kopdiklat.registration.models import Invitation, Registration, SeatShare
from kopdiklat.registration.seating import Share
from kopdiklat.registration.service import Participant
from kopdiklat.training.models import Batch
from tests.factories import make_batch, make_cooperative, make_officer

NOW = datetime(2026, 7, 13, 2, 0, tzinfo=UTC)


WHICH = st.integers(0, 11)
DISTRICTS = ("Kranggan", "Magersari", "Prajurit Kulon")
ACTIVE = ("confirmed", "offered", "waitlisted")
BOUND = st.tuples(st.none() | st.integers(0, 3), st.integers(0, 2)).filter(
    lambda bound: bound[1] > 0 if bound[0] is None else bound[0] >= bound[1]
)
BOUNDS = st.dictionaries(st.sampled_from(DISTRICTS), BOUND, max_size=2)


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

    @initialize(bounds=BOUNDS, teams=st.lists(WHICH, max_size=6, unique=True))
    def begin(self, bounds, teams):
        """Most of what can go wrong needs a few people first."""
        self.change_the_shares(bounds, 8)
        self.register(teams, 1, True)

    @rule(
        teams=st.lists(WHICH, min_size=1, max_size=3, unique=True),
        people=st.integers(1, 2),
        accept=st.sampled_from((True, True, False)),
    )
    def register(self, teams, people, accept):
        for which in teams:
            self._register(which, people, accept)

    def _register(self, which, people, accept):
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

    @rule(bounds=BOUNDS, hours=st.integers(1, 8))
    def change_the_shares(self, bounds, hours):
        wanted = [
            Share(("district", name), cap, reserve) for name, (cap, reserve) in bounds.items()
        ]
        until = self.now + timedelta(hours=hours)
        with self._try():
            shares.change_shares(self.batch_id, wanted, until, now=self.now)

    @rule(step=st.sampled_from(("close", "reopen")))
    def close_and_reopen(self, step):
        with self._try():
            if step == "close":
                batches.close(self.batch_id)
            else:
                batches.reopen(self.batch_id, now=self.now)

    @rule(n=st.integers(0, 9))
    def come_again(self, n):
        """The same people once more, from a second tab or by an officer: nobody sits twice."""
        if ident := self._active(n):
            sits = db.session.get_one(Registration, ident)
            people = [Participant(full_name=sits.person.full_name, phone=sits.person.phone)]
            batch_id, cooperative_id = sits.batch_id, sits.cooperative_id
            with self._try():
                service.register_team(
                    batch_id,
                    cooperative_id,
                    people,
                    team=service.new_team(),
                    by="uji",
                    now=self.now,
                    accept_waiting=True,
                    by_staff=True,
                )

    @invariant()
    def seats_are_sound(self):
        db.session.rollback()
        batch = db.session.get_one(Batch, self.batch_id)
        assert audit.faults_of(batch, self.now) == []
        assert Recount(batch, self.now).faults() == []
        db.session.rollback()


class Recount:
    """The promise of the seats once more, by hand: what decides must not be its own judge."""

    def __init__(self, batch, now):
        self.batch, self.now = batch, now
        found = sa.select(Registration).where(Registration.batch_id == batch.id)
        self.rows = db.session.scalars(found.order_by(Registration.id)).all()
        self.seated = [r for r in self.rows if r.state in ("confirmed", "offered")]
        self.shares = db.session.scalars(
            sa.select(SeatShare).where(SeatShare.batch_id == batch.id)
        ).all()
        self.held = {i.id: (self._held(i), i.cooperative.district) for i in self._invitations()}

    def _invitations(self):
        found = sa.select(Invitation).where(Invitation.batch_id == self.batch.id)
        return db.session.scalars(found).all()

    def _held(self, invitation):
        over = invitation.held_until is None or invitation.held_until <= self.now
        if over or invitation.cancelled_at or invitation.declined_at:
            return 0
        sit = sum(r.invitation_id == invitation.id for r in self.seated)
        return max(0, invitation.held_seats - sit)

    def _of(self, district):
        sit = sum(r.cooperative.district == district for r in self.seated)
        return sit + sum(held for held, of in self.held.values() if of == district)

    def _fits(self, team):
        own, _ = self.held.get(team[0].invitation_id, (0, ""))
        more = len(team) - min(own, len(team))
        mine = team[0].cooperative.district
        free = self.batch.seats - len(self.seated) - sum(held for held, _ in self.held.values())
        over = self.batch.reserves_until and self.now >= self.batch.reserves_until
        for share in self.shares:
            if share.value == mine and share.cap is not None:
                if self._of(mine) + more > share.cap:
                    return False
            elif share.value != mine and not over:
                free -= max(0, share.reserve - self._of(share.value))
        return more <= max(0, free)

    def faults(self):
        found = []
        used = len(self.seated) + sum(held for held, _ in self.held.values())
        if used > self.batch.seats:
            found.append(f"{used} of {self.batch.seats} seats")
        found += [
            f"{share.value} has {self._of(share.value)} of {share.cap}"
            for share in self.shares
            if share.cap is not None and self._of(share.value) > share.cap
        ]
        persons = [r.person_id for r in self.rows if r.state in ACTIVE]
        if len(persons) > len(set(persons)):
            found.append("a person sits twice")
        runs = self.batch.state in ("published", "closed")
        waiting = [r for r in self.rows if r.state == "waitlisted"]
        for name in {r.team for r in waiting}:
            team = [r for r in waiting if r.team == name]
            if runs and self._fits(team):
                found.append(f"{len(team)} wait and fit")
        return found


def run_machine(**options):
    cooperatives = [make_cooperative(district=DISTRICTS[n % 3]) for n in range(12)]
    Seats.teams = [(c.id, [make_officer(c).id, make_officer(c).id]) for c in cooperatives]
    run_state_machine_as_test(
        Seats,
        settings=settings(
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


@pytest.mark.race
def test_seats_stay_sound_whatever_happens(app):
    run_machine(max_examples=25)


def no_cap(hall, team):
    shares, hall.shares = hall.shares, [Share(s.group, None, s.reserve) for s in hall.shares]
    try:
        return OBSTACLE(hall, team)
    finally:
        hall.shares = shares


def silent(registration, action, reason, *, by, now):
    registration.state = rules.next_state(registration.state, action)


OBSTACLE = seating.Hall.obstacle
PLANTED = {  # what would go wrong if this were wrong
    "nobody is ever next": (halls, "somebody_fits", lambda batch_id, hall: False),
    "holds are not counted": (rules, "open_hold", lambda held, until, seated, now: 0),
    "caps are not looked at": (seating.Hall, "obstacle", no_cap),
    "all that is free is kept": (seating.Hall, "kept_for_others", lambda hall, groups: hall.free),
    "a step is not written down": (steps, "take", silent),
}


@pytest.mark.race
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(app, monkeypatch, fault):
    """The canaries: a machine that lets one of these pass would prove nothing."""
    owner, name, wrong = PLANTED[fault]
    monkeypatch.setattr(owner, name, wrong)

    with pytest.raises(AssertionError):
        run_machine(max_examples=200, derandomize=True, phases=[Phase.generate], database=None)
