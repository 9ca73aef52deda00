"""What an office may write: subject and body in which only the kind's own placeholders stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kopdiklat.core import placeholders
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, ended_once

LONGEST_SUBJECT = 120  # as it is written; mail programs on phones show some 40
LONGEST_BODY = 2500
LONGEST_ON_WHATSAPP = 4096  # what WhatsApp takes as one message, with all names filled in


@dataclass(frozen=True)
class Wording:
    """The text of one kind. `short` is what WhatsApp gets; empty: the body."""

    subject: str
    body: str
    short: str = ""

    def on(self, channel: str) -> str:
        return self.short if channel == "whatsapp" and self.short else self.body


class WordingRefused(RuleViolation):
    """`part` is subject, body or short: where the sentence belongs."""

    def __init__(self, part: str, refusal: RuleViolation):
        super().__init__(refusal.sentence, **refusal.values)
        self.part = part


def parse(text: str) -> Wording:
    """A shipped text: the subject, an empty line, the body."""
    subject, _, body = text.strip().partition("\n")
    return Wording(subject.strip(), body.strip())


def clean(wording: Wording) -> Wording:
    """Without the line breaks of Windows, spaces at the ends of lines, and doubled empty lines."""
    return Wording(wording.subject.strip(), _tidy(wording.body), _tidy(wording.short))


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def check(wording: Wording, fields: Sequence[str], required: Sequence[str]) -> None:
    """Whether every message of the kind can be made from this text, and says what it must.

    :raises WordingRefused: the first fault, with the part it stands in
    """
    _check_part("subject", wording.subject, fields, LONGEST_SUBJECT)
    if "\n" in wording.subject or "\r" in wording.subject:
        _refuse("subject", RuleViolation(N_("Perihal hanya satu baris.")))
    for name in placeholders.named(wording.subject):
        if name in MANY_LINES:
            refusal = RuleViolation(
                N_("{name} terdiri dari beberapa baris; pakai di isi pesan."),
                name=placeholders.written(name),
            )
            _refuse("subject", refusal)
    for part, text in (("body", wording.body), ("short", wording.short)):
        if part == "short" and not text:
            continue
        _check_part(part, text, fields, LONGEST_BODY)
        try:
            placeholders.check_required(text, required)
        except RuleViolation as refusal:
            _refuse(part, refusal)


MANY_LINES = ("jadwal", "daftar", "isi")
EMPTY = {
    "subject": N_("Perihal perlu diisi."),
    "body": N_("Isi pesan perlu diisi."),
}


def _check_part(part: str, text: str, fields: Sequence[str], longest: int) -> None:
    try:
        if not text.strip():
            raise RuleViolation(EMPTY[part])
        if len(text) > longest:
            raise RuleViolation(
                N_("Paling panjang {longest} huruf; sekarang {length}."),
                longest=longest,
                length=len(text),
            )
        placeholders.check_printable(text)
        placeholders.check_names(text, fields)
    except RuleViolation as refusal:
        _refuse(part, refusal)


def _refuse(part: str, refusal: RuleViolation) -> None:
    raise WordingRefused(part, refusal) from None


def print_wording(wording: Wording, values: dict[str, str], channel: str) -> tuple[str, str]:
    """Subject and body with everything filled in. A subject is one line, whatever a name holds.

    :raises KeyError: it names a placeholder that `values` does not know
    """
    subject = " ".join(placeholders.fill(wording.subject, values).split())
    return ended_once(subject), ended_once(placeholders.fill(wording.on(channel), values))
