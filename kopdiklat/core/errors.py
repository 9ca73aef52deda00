"""Refusals that a person reads. The text is the Indonesian sentence that helps."""


from flask_babel import gettext


class KopdiklatError(Exception):
    """A refusal meant for a person. `values` fill the {placeholders} after translation."""

    status = 400

    def __init__(self, sentence: str, **values):
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return gettext(self.sentence).format(**self.values) if self.values else gettext(self.sentence)


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
