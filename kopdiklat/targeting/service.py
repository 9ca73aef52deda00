"""Verbs of targeting: a choice that is kept with its reasons, and the segments of an office."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import GONE, db, flush_unless, lock
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.text import N_, collapse_spaces, match_key
from kopdiklat.registration import choices, invitations, rules
from kopdiklat.registration.invitations import Choice
from kopdiklat.targeting.facets import OFFERED, Candidate, Filters
from kopdiklat.targeting.models import Segment, SelectedCooperative, Selection
from kopdiklat.training.models import Batch

NAME_TAKEN = N_("Segmen dengan nama ini sudah ada.")


@dataclass(frozen=True)
class Chooser:
    """Who chose."""

    id: int | None
    name: str


@dataclass(frozen=True)
class Basis:
    """On what a choice rests: what is recorded, what the list itself says, and why they differ."""

    recorded: str
    derived: str
    reason: str | None = None


def reason_of(candidate: Candidate, records_since: int | None) -> str:
    """Why this one, as it stands today."""
    return choices.reason_of(
        health_status=candidate.health_status,
        rank=candidate.rank,
        of=candidate.of,
        score=candidate.score,
        position_on=candidate.position_on,
        last_training_on=candidate.last_training_on,
        course_on=candidate.course_on,
        in_other_batch=candidate.in_other_batch,
        last_visit_on=candidate.last_visit_on,
        open_follow_ups=candidate.open_follow_ups,
        records_since=records_since,
        is_offered=candidate.activity_status in OFFERED,
    )


def facts_of(candidate: Candidate) -> dict[str, Any]:
    """What a kept line says of a cooperative, besides its place and its reason."""
    return {
        "cooperative_id": candidate.id,
        "assessment_id": candidate.assessment_id,
        "health_status": candidate.health_status,
        "score": candidate.score,
        "position_on": candidate.position_on,
        "rank": candidate.rank or None,
    }


def choose(
    batch_id: int,
    chosen: Sequence[tuple[int, Candidate]],
    *,
    filters: Filters,
    eligible: int,
    basis: Basis,
    records_since: int | None,
    by: Chooser,
    now: datetime,
    hold_until: datetime | None = None,
) -> list[int]:
    """Invite these cooperatives and keep the choice; who was invited meanwhile stays as it is.

    Locks the batch and the cooperatives.
    :param chosen: each with its place in the list
    :return: the cooperatives that were invited
    """
    batch = lock(Batch, batch_id)
    rules.check_batch_alive(batch.state)
    lock_cooperatives([candidate.id for _place, candidate in chosen])
    reasons = {c.id: reason_of(c, records_since) for _place, c in chosen}
    made = invitations.invite(
        batch_id,
        [choice_of(candidate, reasons[candidate.id]) for _place, candidate in chosen],
        now=now,
        hold_until=hold_until,
        basis=basis.recorded,
    )
    invited = {invitation.cooperative_id for invitation in made}
    if not invited:
        raise RuleViolation(N_("Semua koperasi yang dipilih sudah diundang."))
    keep(
        Selection(
            office_id=batch.office_id,
            batch_id=batch_id,
            filters=filters.pairs(),
            basis=basis.recorded,
            derived_basis=basis.derived,
            basis_reason=basis.reason,
            eligible=eligible,
            made_by_id=by.id,
            made_by_name=by.name,
            made_at=now,
        ),
        [
            facts_of(candidate)
            | {"place": place, "is_chosen": True, "reason": reasons[candidate.id]}
            for place, candidate in chosen
            if candidate.id in invited
        ],
    )
    return sorted(invited)


def choice_of(candidate: Candidate, reason: str) -> Choice:
    return Choice(
        candidate.id,
        health_status=candidate.health_status,
        score=candidate.score,
        rank=candidate.rank or None,
        reason=reason,
    )


def keep(selection: Selection, lines: Sequence[dict]) -> None:
    """Write a selection and its lines, which are one insert however many they are."""
    db.session.add(selection)
    db.session.flush()
    db.session.execute(
        sa.insert(SelectedCooperative),
        [{"stratum": ""} | line | {"selection_id": selection.id} for line in lines],
    )


def lock_cooperatives(ids: Collection[int]) -> None:
    """Hold these rows; an import that is being taken back may not take one away.

    :raises NotFound: one of them is gone
    """
    found = (
        sa.select(Cooperative.id)
        .where(Cooperative.id.in_(ids))
        .order_by(Cooperative.id)
        .with_for_update(key_share=True)
    )
    if len(db.session.scalars(found).all()) < len(set(ids)):
        raise NotFound(GONE)


# -- segments ---------------------------------------------------------------------------------------


def check_name(name: str | None) -> str:
    """:raises RuleViolation: empty or too long."""
    shown = collapse_spaces(name) or ""
    if not match_key(shown):
        raise RuleViolation(N_("Tulis nama segmen."))
    if len(shown) > 80:
        raise RuleViolation(N_("Nama segmen paling banyak 80 huruf."))
    return shown


def save_segment(
    office_id: int, name: str | None, filters: Filters, *, by: str, now: datetime
) -> Segment:
    """Keep a question under a name that the office has not used yet."""
    shown = check_name(name)
    segment = Segment(
        office_id=office_id,
        name=shown,
        name_key=match_key(shown),
        filters=filters.pairs(),
        made_by_name=by,
        made_at=now,
    )
    db.session.add(segment)
    _refuse_double()
    return segment


def rename_segment(segment_id: int, name: str | None) -> Segment:
    shown = check_name(name)
    segment = lock(Segment, segment_id)
    segment.name, segment.name_key = shown, match_key(shown)
    _refuse_double()
    return segment


def delete_segment(segment_id: int) -> str:
    """:return: its name."""
    segment = lock(Segment, segment_id)
    name = segment.name
    db.session.delete(segment)
    return name


def _refuse_double() -> None:
    flush_unless({"uq_segments_office_id_name_key": RuleViolation(NAME_TAKEN)})
