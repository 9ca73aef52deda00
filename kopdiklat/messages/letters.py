"""The words of a message: the office's own text where it wrote one, else ours."""

from functools import lru_cache
from pathlib import Path

from flask import current_app

from kopdiklat.core.letters import in_letters, one_line
from kopdiklat.messages import catalogue, rules
from kopdiklat.messages.rules import Wording


class NoText(LookupError):
    """There is no such kind of message."""


def kind_of(name: str) -> catalogue.Kind:
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


def fill(name: str, payload: dict, office_id: int, channel: str = "email") -> tuple[str, str]:
    """Subject and body as the recipient reads them.

    :raises NoText: no text for this kind
    """
    kind = kind_of(name)
    kept = {key: payload[key] for key in catalogue.VERBATIM if key in payload}
    with in_letters():
        values = catalogue.values(kind, one_line(payload) | kept)
    return rules.print_wording(shipped(name), values, channel)
