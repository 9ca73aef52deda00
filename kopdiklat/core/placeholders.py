"""Texts with `{placeholders}`: a fixed set of names, each replaced once, and nothing else happens.

There is no template language in them: what a person typed is never run. One rule besides: a line
in which a placeholder is empty is left out, so that `Alasan: {alasan}` stands only where there is one.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

IN_BRACES = re.compile(r"\{([^{}\n]*)\}")
LONE_BRACE = re.compile(r"\{\s*(?P<name>\w*)|(?P<before>\w*)\s*\}")
# What a keyboard does not make: control characters, and marks that turn the direction of a line.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class PlaceholderRefused(RuleViolation):
    """A text that names what is not known, leaves out what must stand in it, or is not closed."""


def named(text: str) -> list[str]:
    """The names in braces, in the order of the text."""
    return IN_BRACES.findall(text)


def written(name: str) -> str:
    return "{" + name + "}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, without lines in which one is empty.

    :raises KeyError: it names one that `values` does not know
    """
    kept = []
    for line in text.split("\n"):
        found = named(line)
        if all(values[name].strip() for name in found):
            kept.append(IN_BRACES.sub(lambda match: values[match[1]], line).rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def check_names(text: str, known: Collection[str]) -> None:
    """:raises PlaceholderRefused: names the first that is unknown, with the nearest that is known"""
    for name in named(text):
        if name in known:
            continue
        wanted = name.strip().casefold().replace(" ", "_").replace("-", "_")
        near = get_close_matches(wanted, list(known), 1, cutoff=0.6)
        if near:
            raise PlaceholderRefused(
                N_("Tanda isian {typed} tidak dikenal. Maksud Anda {near}?"),
                typed=written(name),
                near=written(near[0]),
            )
        raise PlaceholderRefused(
            N_("Tanda isian {typed} tidak dikenal. Pakai yang ada di daftar."), typed=written(name)
        )
    lone = LONE_BRACE.search(IN_BRACES.sub("", text))
    if lone:
        raise PlaceholderRefused(
            N_("Kurung kurawal pada “{typed}” belum berpasangan. Tulis seperti {example}."),
            typed=lone.group().strip(),
            example=written(_meant(lone, known)),
        )


def _meant(lone: re.Match, known: Collection[str]) -> str:
    name = lone["name"] or lone["before"] or ""
    near = get_close_matches(name.casefold(), list(known), 1, cutoff=0.6)
    return near[0] if near else next(iter(known), "nama")


def check_required(text: str, required: Iterable[str]) -> None:
    """:raises PlaceholderRefused: names all that are missing"""
    there = set(named(text))
    missing = [written(name) for name in required if name not in there]
    if missing:
        raise PlaceholderRefused(
            N_("Sisipkan {missing}; tanpa itu penerima tidak tahu yang penting."),
            missing=", ".join(missing),
        )


def check_printable(text: str) -> None:
    """:raises PlaceholderRefused: it holds signs that cannot be seen"""
    if UNPRINTABLE.search(text):
        raise PlaceholderRefused(
            N_("Ada huruf yang tidak terlihat di teks ini. Hapus, lalu ketik ulang bagian itu.")
        )
