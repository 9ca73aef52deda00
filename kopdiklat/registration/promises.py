"""What must hold among the rows of one batch; each check tells what is broken in words. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kopdiklat.registration import rules

# The jobs process looks at each queue every minute; a restart of it is no broken promise.
MOST_OVERDUE = timedelta(minutes=10)
MOVES = {action for steps in rules.TRANSITIONS.values() for action in steps}
NOTES = set(rules.ACTION_LABELS) - MOVES - set(rules.FIRST_STATES)  # told, and nothing moved
ENDS = {"accepted": "accept", "declined": "decline", "expired": "expire"}  # outcome -> its step


@dataclass(frozen=True)
class Rows:
    """The rows of one batch.

    :param steps: of each registration by its id, the first first
    :param offers: ended ones too
    :param present: registrations with a mark of presence
    :param replaces: what a substitute's first step says of the number that it stands for
    """

    batch: Any
    registrations: Sequence[Any]
    steps: Mapping[int, Sequence[Any]]
    offers: Sequence[Any]
    invitations: Sequence[Any]
    present: Collection[int]
    replaces: Callable[[str], str]

    @property
    def active(self) -> list:
        return [r for r in self.registrations if r.state in rules.ACTIVE]

    def teams(self, registrations: Iterable) -> dict[str, list]:
        found: dict[str, list] = defaultdict(list)
        for registration in registrations:
            found[registration.team].append(registration)
        return found


def broken(rows: Rows, now: datetime) -> list[tuple[str, str]]:
    """(promise, what is wrong), in the order of the checks."""
    return [(promise, words) for promise, check in CHECKS.items() for words in check(rows, now)]


def _persons(rows: Rows, now: datetime) -> Iterator[str]:
    for person, count in Counter(r.person_id for r in rows.active).items():
        if count > 1:
            yield f"orang {person} terdaftar {count} kali"


def _teams(rows: Rows, now: datetime) -> Iterator[str]:
    for team, members in rows.teams(rows.active).items():
        states = sorted({r.state for r in members})
        if len(states) > 1:
            yield f"rombongan {team} terbagi: {', '.join(states)}"
        if len({r.cooperative_id for r in members}) > 1:
            yield f"rombongan {team} berisi lebih dari satu koperasi"


def _queue(rows: Rows, now: datetime) -> Iterator[str]:
    """Positions rest on it: a team was queued in one moment and is put first whole, with a reason."""
    waiting = [r for r in rows.active if r.state == "waitlisted"]
    for r in waiting:
        if r.queued_at is None:
            yield f"{r.number} menunggu tanpa waktu antre"
        moved = any(step.action == "move" and step.reason for step in rows.steps.get(r.id, ()))
        if r.priority and not moved:
            yield f"{r.number} didahulukan tanpa alasan"
    for team, members in rows.teams(waiting).items():
        if len({(r.priority, r.queued_at) for r in members}) > 1:
            yield f"rombongan {team} punya lebih dari satu tempat di antrean"


def _offers(rows: Rows, now: datetime) -> Iterator[str]:
    offered = rows.teams(r for r in rows.active if r.state == "offered")
    open_ = Counter(offer.team for offer in rows.offers if offer.ended_at is None)
    for team in sorted(offered.keys() - open_.keys()):
        yield f"rombongan {team} ditawari kursi tanpa tawaran"
    for team in sorted(open_.keys() - offered.keys()):
        yield f"rombongan {team} punya tawaran tanpa kursi"
    for team, count in open_.items():
        if count > 1:
            yield f"rombongan {team} punya {count} tawaran terbuka"
    for offer in rows.offers:
        overdue = offer.ended_at is None and offer.answer_by is not None
        if overdue and now - offer.answer_by > MOST_OVERDUE:
            yield f"tawaran rombongan {offer.team} lewat batas waktunya dan belum diteruskan"


def _answers(rows: Rows, now: datetime) -> Iterator[str]:
    """An offer that ended says how; the history of its team must say the same."""
    taken: dict[str, Counter] = defaultdict(Counter)
    for r in rows.registrations:
        for step in rows.steps.get(r.id, ()):
            taken[r.team][step.action] += 1
    for offer in rows.offers:
        step = ENDS.get(offer.outcome or "")
        if step and not taken[offer.team][step]:
            yield f"tawaran rombongan {offer.team} berakhir {offer.outcome}, riwayatnya tidak"
        if not taken[offer.team]["offer"]:
            yield f"tawaran rombongan {offer.team} tidak ada di riwayat"


def _history(rows: Rows, now: datetime) -> Iterator[str]:
    """Every step is one that the table allows, and the last leads to the state of the row."""
    for r in rows.registrations:
        state = ""
        for step in rows.steps.get(r.id, ()):
            wanted = _after(state, step.action)
            if wanted != step.state:
                yield (
                    f"{r.number}: langkah {step.action} dari {state or 'awal'}"
                    f" ke {step.state} tidak ada"
                )
            state = step.state
        if state != r.state:
            yield f"{r.number} berstatus {r.state}, riwayatnya {state or 'kosong'}"


def _after(state: str, action: str) -> str | None:
    """The state after this step; None where the table has no such step."""
    if not state:
        return rules.FIRST_STATES.get(action)
    if action in NOTES:
        return state
    return rules.TRANSITIONS.get(state, {}).get(action)


def _substitutes(rows: Rows, now: datetime) -> Iterator[str]:
    said = {
        steps[0].reason for r in rows.registrations if (steps := rows.steps.get(r.id)) and steps[0]
    }
    for r in rows.registrations:
        if r.state == "replaced" and rows.replaces(r.number) not in said:
            yield f"{r.number} diganti, penggantinya tidak ada"


def _cancelled(rows: Rows, now: datetime) -> Iterator[str]:
    if rows.batch.state != "cancelled":
        return
    for r in rows.active:
        yield f"{r.number} masih aktif di angkatan yang batal"
    for invitation in rows.invitations:
        if invitation.held_seats:
            yield f"undangan {invitation.id} masih menahan kursi di angkatan yang batal"


def _invitations(rows: Rows, now: datetime) -> Iterator[str]:
    people = Counter(r.invitation_id for r in rows.active)
    for invitation in rows.invitations:
        if people[invitation.id] > invitation.people:
            yield (
                f"undangan {invitation.id} untuk {invitation.people} orang,"
                f" terdaftar {people[invitation.id]}"
            )
    by_id = {invitation.id: invitation for invitation in rows.invitations}
    for r in rows.registrations:
        if r.invitation_id is None:
            continue
        own = by_id.get(r.invitation_id)
        if own is None or own.cooperative_id != r.cooperative_id:
            yield f"{r.number} memakai undangan koperasi atau angkatan lain"


def _holds(rows: Rows, now: datetime) -> Iterator[str]:
    for i in rows.invitations:
        if i.held_seats and (i.held_until is None or i.declined_at or i.cancelled_at):
            yield f"undangan {i.id} menahan kursi tanpa alasan"
        if i.held_seats > i.people:
            yield f"undangan {i.id} untuk {i.people} orang menahan {i.held_seats} kursi"


def _presence(rows: Rows, now: datetime) -> Iterator[str]:
    for r in rows.registrations:
        if r.id in rows.present and r.state != "confirmed":
            yield f"{r.number} punya presensi, statusnya {r.state}"


def _office(rows: Rows, now: datetime) -> Iterator[str]:
    for r in rows.registrations:
        if r.office_id != rows.batch.office_id:
            yield f"{r.number} tercatat di kantor lain"


CHECKS = {
    "satu orang satu kursi": _persons,
    "rombongan utuh": _teams,
    "urutan": _queue,
    "tawaran": _offers,
    "jawaban": _answers,
    "riwayat": _history,
    "pengganti": _substitutes,
    "batal": _cancelled,
    "jumlah per koperasi": _invitations,
    "tahanan": _holds,
    "presensi": _presence,
    "kantor": _office,
}
