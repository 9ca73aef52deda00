"""The words of a message: the office's own text where it wrote one, else ours."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import current_app

from kopdiklat.core.letters import in_letters, one_line
from kopdiklat.messages import catalogue, queries, rules
from kopdiklat.messages.catalogue import Kind
from kopdiklat.messages.models import MessageTemplate
from kopdiklat.messages.rules import Wording, WordingRefused

logger = logging.getLogger(__name__)


class NoText(LookupError):
    """There is no such kind of message."""


@dataclass(frozen=True)
class Standing:
    """What holds for one kind in one office, and why. `fault` is the sentence on a text of the
    office that can no longer be sent: ours goes out in its place until it is repaired."""

    kind: Kind
    edition: MessageTemplate | None
    fault: WordingRefused | None
    shipped: Wording

    @property
    def own(self) -> Wording | None:
        return self.edition.wording if self.edition else None

    @property
    def wording(self) -> Wording:
        """What a message is made of."""
        return self.shipped if self.own is None or self.fault else self.own

    @property
    def is_outdated(self) -> bool:
        """Whether our text has changed since the office wrote its own."""
        return bool(self.own and self.edition and self.edition.based_on != digest(self.shipped))

    @property
    def version(self) -> int:
        return self.edition.version if self.edition else 0


def kind_of(name: str) -> Kind:
    """:raises NoText: no such kind"""
    if name not in catalogue.KINDS:
        raise NoText(name)
    return catalogue.KINDS[name]


def shipped(name: str) -> Wording:
    """Our text of a kind. :raises NoText: there is none"""
    folder = Path(current_app.root_path).parent / (current_app.template_folder or "templates")
    return _shipped(folder / "notifications" / f"{kind_of(name).name}.txt")


@lru_cache(maxsize=64)
def _shipped(path: Path) -> Wording:
    return rules.parse(path.read_text(encoding="utf-8"))


def digest(wording: Wording) -> str:
    return sha256(f"{wording.subject}\n\n{wording.body}".encode()).hexdigest()


def standing(office_id: int, name: str) -> Standing:
    """What holds for one kind. :raises NoText: no such kind"""
    kind = kind_of(name)
    return _standing(kind, queries.current(office_id, name) if kind.is_editable else None)


def standings(office_id: int) -> list[Standing]:
    """What holds for each kind that an office may write, in the order of the table; one select."""
    written = queries.all_current(office_id)
    editable = (kind for kind in catalogue.KINDS.values() if kind.is_editable)
    return [_standing(kind, written.get(kind.name)) for kind in editable]


def _standing(kind: Kind, edition: MessageTemplate | None) -> Standing:
    own = edition.wording if edition else None
    return Standing(kind, edition, fault_of(own, kind) if own else None, shipped(kind.name))


def fault_of(wording: Wording, kind: Kind) -> WordingRefused | None:
    """Why no message can be made of this text; None when one can."""
    try:
        rules.check(wording, kind.fields, kind.required)
    except WordingRefused as refusal:
        return refusal
    return None


def fill(name: str, payload: dict, office_id: int, channel: str = "email") -> tuple[str, str]:
    """Subject and body as the recipient reads them. An office's text with a fault gives way to ours.

    :raises NoText: no text for this kind
    """
    found = standing(office_id, name)
    if found.fault:
        logger.warning("office %s: its text of %s is not used: %s", office_id, name, found.fault)
    return rules.print_wording(found.wording, values_of(found.kind, payload), channel)


def values_of(kind: Kind, payload: dict) -> dict[str, str]:
    """Placeholder -> what this message prints for it, in the language of letters."""
    kept = {key: payload[key] for key in catalogue.VERBATIM if key in payload}
    with in_letters():
        return catalogue.values(kind, one_line(payload) | kept)


def example_of(kind: Kind, payload: dict) -> dict[str, str]:
    """As `values_of` for a message that was not written yet: what its payload would only bring
    then is shown by its example, and its link is masked."""
    known = values_of(kind, {**payload, "masked": True})
    return {
        name: known[name] or ("" if catalogue.FIELDS[name].key in payload else example)
        for name, example in catalogue.examples(kind).items()
    }
