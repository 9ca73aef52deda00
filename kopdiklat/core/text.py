"""Words: marking sentences for translation, and small text shapes."""

import re
import unicodedata

# A stop, what may close an element, and another stop at the end of a sentence; "..." is left alone.
TWO_STOPS = re.compile(r"(?<=[\w)])\.((?:</\w+>)*)\.(?=[\s<]|$)")


def N_(sentence: str) -> str:  # noqa: N802, the name that extraction tools know
    """Mark a sentence for translation where Flask-Babel may not be imported (rules.py)."""
    return sentence


def ended_once(text: str) -> str:
    """A sentence ends once, also after what ends in a full stop: `Oleh Siti, S.E.`, never `S.E..`."""
    return type(text)(TWO_STOPS.sub(r".\1", str(text)))


def ended(text: str | None) -> str:
    """A sentence that somebody typed, with the full stop that they may have left out."""
    words = (text or "").strip()
    return words if not words or words[-1] in ".?!" else f"{words}."


def collapse_spaces(text: str | None) -> str | None:
    """Form filter: one space between words, none around; None stays None."""
    return None if text is None else " ".join(unicodedata.normalize("NFC", text).split())


def match_key(text: str) -> str:
    """The form in which two spellings of one name are the same: letters and digits, folded."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())
