"""Verbs of a lottery: lock the list, draw once, or withdraw it with a reason."""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from kopdiklat.core.db import db, flush_unless, lock
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, collapse_spaces
from kopdiklat.registration import choices, invitations, rules
from kopdiklat.registration.invitations import Choice
from kopdiklat.registration.models import Invitation
from kopdiklat.targeting import drawing
from kopdiklat.targeting.drawing import Entry, Record
from kopdiklat.targeting.facets import Candidate, Filters
from kopdiklat.targeting.models import (
    Lottery,
    LotteryEntry,
    LotteryOutcome,
    SelectedCooperative,
    Selection,
)
from kopdiklat.targeting.service import Chooser, facts_of, keep, lock_cooperatives, reason_of
from kopdiklat.training.models import Batch

STILL_OPEN = N_("Masih ada daftar terkunci yang belum diundi. Undi atau tarik dulu.")
OVER = N_("Undian ini sudah selesai. Hasilnya tidak dapat diubah.")


def lock_list(
    batch_id: int,
    eligible: Sequence[Candidate],
    *,
    places: int,
    strata: str,
    element_source: str | None,
    filters: Filters,
    records_since: int | None,
    by: Chooser,
    now: datetime,
) -> Lottery:
    """Lock who may be drawn and promise a seed; from here on only the draw decides.

    Locks the batch and the cooperatives.
    """
    batch = lock(Batch, batch_id)
    rules.check_batch_alive(batch.state)
    source = collapse_spaces(element_source) or ""
    if not source:
        raise RuleViolation(N_("Tulis dari mana unsur terbuka akan diambil, sebelum diketahui."))
    if open_lottery(batch_id):
        raise RuleViolation(STILL_OPEN)
    invited = invited_here(batch_id)
    eligible = [candidate for candidate in eligible if candidate.id not in invited]
    groups = {c.id: _stratum(c, strata) for c in eligible}
    winners = drawing.share_out(places, Counter(groups.values()))
    entries = [Entry(drawing.identifier_of(c.number, c.id), groups[c.id]) for c in eligible]
    lock_cooperatives(list(groups))
    seed = secrets.token_hex(32)
    lottery = Lottery(
        office_id=batch.office_id,
        batch_id=batch_id,
        number=1 + _count(batch_id),
        filters=filters.pairs(),
        strata=strata,
        winners=winners,
        eligible=len(entries),
        list_hash=drawing.digest(drawing.list_text(entries)),
        commitment=drawing.digest(seed),
        sealed_seed=seed,
        element_source=source[:200],
        locked_by_id=by.id,
        locked_by_name=by.name,
        locked_at=now,
    )
    db.session.add(lottery)
    flush_unless({"uq_lotteries_batch_id_number": RuleViolation(STILL_OPEN)})
    db.session.execute(
        sa.insert(LotteryEntry),
        [
            facts_of(candidate)
            | {
                "lottery_id": lottery.id,
                "identifier": entry.identifier,
                "stratum": entry.stratum,
                "reason": reason_of(candidate, records_since),
            }
            for candidate, entry in zip(eligible, entries, strict=True)
        ],
    )
    return lottery


def invited_here(batch_id: int) -> set[int]:
    """Cooperatives with a standing invitation to the batch."""
    found = sa.select(Invitation.cooperative_id).where(
        Invitation.batch_id == batch_id, Invitation.cancelled_at.is_(None)
    )
    return set(db.session.scalars(found))


def _stratum(candidate: Candidate, strata: str) -> str:
    return "" if strata == "none" else getattr(candidate, strata) or ""


def _count(batch_id: int) -> int:
    found = sa.select(sa.func.count(Lottery.id)).where(Lottery.batch_id == batch_id)
    return db.session.scalar(found) or 0


def open_lottery(batch_id: int) -> Lottery | None:
    """The one whose list is locked and that has no end yet."""
    ended = sa.select(LotteryOutcome.lottery_id)
    found = sa.select(Lottery).where(Lottery.batch_id == batch_id, Lottery.id.not_in(ended))
    return db.session.scalar(found)


def draw(
    lottery_id: int,
    element: str | None,
    witnesses: str | None,
    *,
    by: Chooser,
    now: datetime,
) -> Selection:
    """Draw, once: tell the seed, keep the order of everybody, and invite the winners.

    Locks the batch.
    """
    lottery = db.session.get_one(Lottery, lottery_id)
    batch = lock(Batch, lottery.batch_id)
    rules.check_batch_alive(batch.state)
    shown = collapse_spaces(element) or ""
    if not shown:
        raise RuleViolation(N_("Tulis unsur terbuka yang disaksikan bersama."))
    if len(shown) > 200:
        raise RuleViolation(N_("Unsur terbuka paling banyak 200 huruf."))
    _end(
        lottery, "drawn", by, now,
        seed=lottery.sealed_seed, element=shown,
        witnesses=(collapse_spaces(witnesses) or "")[:300] or None,
    )  # fmt: skip
    lines = _lines_of(lottery, lottery.sealed_seed, shown)
    invitations.invite(
        batch.id,
        [
            Choice(
                line["cooperative_id"],
                health_status=line["health_status"],
                score=line["score"],
                rank=line["rank"],
                reason=line["reason"],
            )
            for line in lines
            if line["is_chosen"]
        ],
        now=now,
        basis="lottery",
    )
    selection = Selection(
        office_id=lottery.office_id,
        batch_id=batch.id,
        lottery_id=lottery.id,
        filters=lottery.filters,
        basis="lottery",
        derived_basis="lottery",
        eligible=lottery.eligible,
        made_by_id=by.id,
        made_by_name=by.name,
        made_at=now,
    )
    keep(selection, lines)
    return selection


def _lines_of(lottery: Lottery, seed: str, element: str) -> list[dict]:
    """Everybody of the list in the order of the draw; the winners' reason says so first."""
    kept = {entry.identifier: entry for entry in lottery.entries}
    sizes = Counter(entry.stratum for entry in lottery.entries)
    entries = [Entry(e.identifier, e.stratum) for e in lottery.entries]
    lines = []
    for drawn in drawing.draw(entries, lottery.winners, seed, element):
        entry, stratum = kept[drawn.entry.identifier], drawn.entry.stratum
        reason = entry.reason
        if drawn.is_winner:
            reason = choices.drawn(
                drawn.place, lottery.winners[stratum], sizes[stratum], entry.reason
            )
        lines.append(
            {
                "cooperative_id": entry.cooperative_id,
                "assessment_id": entry.assessment_id,
                "health_status": entry.health_status,
                "score": entry.score,
                "position_on": entry.position_on,
                "rank": entry.rank,
                "stratum": stratum,
                "place": drawn.place,
                "is_chosen": drawn.is_winner,
                "reason": reason[:300],
            }
        )
    return lines


def withdraw(lottery_id: int, reason: str | None, *, by: Chooser, now: datetime) -> None:
    """End a lottery that will not be drawn; it stays on record. Locks the batch."""
    lottery = db.session.get_one(Lottery, lottery_id)
    lock(Batch, lottery.batch_id)
    why = (collapse_spaces(reason) or "")[:300]
    if not why:
        raise RuleViolation(N_("Tulis alasan menarik undian ini."))
    _end(lottery, "withdrawn", by, now, reason=why)


def _end(lottery: Lottery, kind: str, by: Chooser, now: datetime, **told: str | None) -> None:
    there = sa.select(LotteryOutcome.id).where(LotteryOutcome.lottery_id == lottery.id)
    if db.session.scalar(there):
        raise RuleViolation(OVER)
    outcome = LotteryOutcome(
        office_id=lottery.office_id,
        lottery_id=lottery.id,
        kind=kind,
        by_id=by.id,
        by_name=by.name,
        at=now,
        **told,
    )
    db.session.add(outcome)
    flush_unless({"uq_lottery_outcomes_lottery_id": RuleViolation(OVER)})


def record_of(lottery: Lottery, outcome: LotteryOutcome) -> Record:
    """What was kept of a draw, to be computed again."""
    results = db.session.execute(
        sa.select(LotteryEntry.identifier, SelectedCooperative.place, SelectedCooperative.is_chosen)
        .select_from(SelectedCooperative)
        .join(Selection, Selection.id == SelectedCooperative.selection_id)
        .join(
            LotteryEntry,
            sa.and_(
                LotteryEntry.lottery_id == Selection.lottery_id,
                LotteryEntry.cooperative_id == SelectedCooperative.cooperative_id,
            ),
        )
        .where(Selection.lottery_id == lottery.id)
    )
    return Record(
        entries=[Entry(e.identifier, e.stratum) for e in lottery.entries],
        winners=lottery.winners,
        list_hash=lottery.list_hash,
        commitment=lottery.commitment,
        seed=outcome.seed or "",
        element=outcome.element or "",
        results={row.identifier: (row.place, row.is_chosen) for row in results},
    )


def differences(lottery: Lottery) -> list[str] | None:
    """What does not come out when the draw is computed again; None while it is not drawn."""
    outcome = lottery.outcome
    if outcome is None or outcome.kind != "drawn":
        return None
    return drawing.differences(record_of(lottery, outcome))
