"""Refusals that a person reads. The text is the Indonesian sentence that helps."""

from datetime import date

from flask_babel import gettext

from kopdiklat.core.formats import day
from kopdiklat.core.text import ended_once


class KopdiklatError(Exception):
    """A refusal meant for a person. `values` fill the {placeholders} after translation; a date is
    printed as 5 Jan 2026."""

    status = 400

    def __init__(self, sentence: str, **values):
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        told = gettext(self.sentence)
        if not self.values:
            return told
        shown = {name: _shown(value) for name, value in self.values.items()}
        return ended_once(told.format(**shown))


def _shown(value):
    return day(value) if isinstance(value, date) else value


class RuleViolation(KopdiklatError):
    """A broken rule: lands on the form, which keeps what was typed."""

    status = 422


class TransitionRefused(RuleViolation):
    """The state does not allow this step."""

    status = 409


class NotFound(KopdiklatError):
    """It does not exist, or not for this person."""

    status = 404


class Forbidden(KopdiklatError):
    """It may be seen but not done."""

    status = 403
