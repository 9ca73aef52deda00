"""Chosen ids as they stand in an address: short enough for hundreds. Pure.

Sorted, each as its distance from the one before, in base 36, joined by dots: 7, 8, 260 is `7.1.70`.
"""

from collections.abc import Iterable

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MOST = 500  # an address has an end
LONGEST = 4000
LARGEST = 2**53


def pack(ids: Iterable[int]) -> str:
    steps, before = [], 0
    for ident in sorted(set(ids)):
        steps.append(_base36(ident - before))
        before = ident
    return ".".join(steps)


def unpack(text: str | None) -> set[int]:
    """What was packed; what nobody packed is nothing."""
    found: set[int] = set()
    ident = 0
    for step in (text or "")[:LONGEST].split("."):
        if not step.isascii() or not step.isalnum() or len(step) > 11:
            continue
        ident += int(step, 36)
        if 0 < ident <= LARGEST:
            found.add(ident)
    return found


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
