"""A lottery that anyone can recompute: docs/lottery.md tells how, with sha256sum. Pure.

First the list is locked: its SHA-256 and that of a secret seed are shown. Then a public element is
named that nobody knew when the list was locked. Each line of the list gets the ticket
SHA-256(seed, element, identifier); the lowest tickets of each stratum win. Who holds the seed does
not know the element, and who names the element does not know the seed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

OUTCOMES = ("drawn", "withdrawn")
STRATA = ("none", "district", "cooperative_type")


@dataclass(frozen=True)
class Entry:
    """One line of the list: a public identifier, and the stratum within which it is drawn."""

    identifier: str
    stratum: str = ""


@dataclass(frozen=True)
class Drawn:
    """Where a line came out: its ticket, its place within its stratum, and whether it won."""

    entry: Entry
    ticket: str
    place: int
    is_winner: bool


def identifier_of(cooperative_number: str | None, cooperative_id: int) -> str:
    """A name that is public and stays: the number of the cooperative, else our own."""
    return cooperative_number or f"kopdiklat-{cooperative_id}"


def list_text(entries: Iterable[Entry]) -> str:
    """The list as it is hashed and given out: a line each, sorted, each with its line end."""
    lines = (f"{e.identifier};{e.stratum}" if e.stratum else e.identifier for e in entries)
    return "".join(f"{line}\n" for line in sorted(lines))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def ticket(seed: str, element: str, identifier: str) -> str:
    return digest(f"{seed}\n{element}\n{identifier}\n")


def draw(
    entries: Iterable[Entry], winners: Mapping[str, int], seed: str, element: str
) -> list[Drawn]:
    """The order of the draw, stratum by stratum.

    :param winners: how many win in each stratum
    """
    strata: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for entry in entries:
        strata[entry.stratum].append((ticket(seed, element, entry.identifier), entry))
    return [
        Drawn(entry, its_ticket, place, place <= winners.get(stratum, 0))
        for stratum in sorted(strata)
        for place, (its_ticket, entry) in enumerate(sorted(strata[stratum], key=_by_ticket), 1)
    ]


def _by_ticket(pair: tuple[str, Entry]) -> str:
    return pair[0]


def share_out(places: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """The places over the strata in proportion to their size; what is left goes to the largest
    remainders, of equal ones to the first by name.

    :raises RuleViolation: no place, or more than there are lines
    """
    total = sum(sizes.values())
    if places < 1:
        raise RuleViolation(N_("Tulis berapa koperasi yang diundi, paling sedikit 1."))
    if places >= total:
        raise RuleViolation(
            N_("Hanya {total} koperasi memenuhi syarat. Undian perlu jumlah yang lebih kecil."),
            total=total,
        )
    shares = {name: places * size // total for name, size in sizes.items()}
    remainders = sorted(sizes, key=lambda name: (-(places * sizes[name] % total), name))
    for name in remainders[: places - sum(shares.values())]:
        shares[name] += 1
    return shares


@dataclass(frozen=True)
class Record:
    """What was printed of a draw, to be checked against itself.

    :param results: identifier -> (place within its stratum, whether it won)
    """

    entries: Sequence[Entry]
    winners: Mapping[str, int]
    list_hash: str
    commitment: str
    seed: str
    element: str
    results: Mapping[str, tuple[int, bool]]


def differences(record: Record) -> list[str]:
    """What does not come out when it is computed again, in words; empty when all is equal."""
    found = []
    if digest(list_text(record.entries)) != record.list_hash:
        found.append("daftar tidak sama dengan sidik daftar yang dikunci")
    if digest(record.seed) != record.commitment:
        found.append("benih tidak sama dengan ikrar benih yang dikunci")
    again = {
        drawn.entry.identifier: (drawn.place, drawn.is_winner)
        for drawn in draw(record.entries, record.winners, record.seed, record.element)
    }
    for identifier in sorted(set(again) | set(record.results)):
        computed, kept = again.get(identifier), record.results.get(identifier)
        if computed != kept:
            found.append(f"{identifier}: tercatat {_told(kept)}, seharusnya {_told(computed)}")
    return found


def _told(result: tuple[int, bool] | None) -> str:
    if result is None:
        return "tidak ada"
    place, is_winner = result
    return f"urutan {place}, {'terpilih' if is_winner else 'tidak terpilih'}"
