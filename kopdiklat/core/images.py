"""Photos from outside: checked, re-encoded as a small JPEG, stripped of all metadata.

Takes 0.2 to 2 seconds, so it is done outside `transaction()`. The decoder runs in a process of its
own (photo_encoder.py) with limits on time and memory, one at a time for each web worker.
"""

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_

ENCODER = Path(__file__).with_name("photo_encoder.py")
MAX_UPLOAD = 8_000_000
TIMEOUT_SECONDS = 20
TOO_MUCH = 3  # exit status of the encoder

NOT_A_PHOTO = N_("Berkas ini bukan foto JPEG, PNG, atau WebP. Pilih foto lain.")
TOO_HEAVY = N_("Foto lebih dari 8 MB. Kirim foto yang lebih kecil.")
TOO_LARGE = N_("Foto terlalu besar. Kirim foto yang lebih kecil, atau tangkapan layarnya.")
UNREADABLE = N_("Foto tidak dapat dibaca, mungkin rusak. Ambil atau pilih foto lain.")

_one_at_a_time = threading.Lock()


class PhotoRefused(RuleViolation):
    """The file is not taken; the text says what to send instead."""


@dataclass(frozen=True)
class Photo:
    """:param content: JPEG of at most 400 kB without metadata"""

    content: bytes
    width: int
    height: int


def kind_of(content: bytes) -> str | None:
    """JPEG, PNG or WEBP by the first bytes; the name of a file says nothing."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return None


def read_photo(content: bytes) -> Photo:
    """
    :raises PhotoRefused: no photo, heavier than 8 MB, more pixels than can be decoded, or not
        readable
    """
    if len(content) > MAX_UPLOAD:
        raise PhotoRefused(TOO_HEAVY)
    kind = kind_of(content)
    if kind is None:
        raise PhotoRefused(NOT_A_PHOTO)
    done = _run_encoder(kind, content)
    if done.returncode == TOO_MUCH:
        raise PhotoRefused(TOO_LARGE)
    if done.returncode != 0:
        raise PhotoRefused(UNREADABLE)
    width, height = done.stderr.split()
    return Photo(done.stdout, int(width), int(height))


def _run_encoder(kind: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        with _one_at_a_time:
            return subprocess.run(  # noqa: S603, our own program and one of three words
                [sys.executable, "-I", str(ENCODER), kind],
                input=content,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise PhotoRefused(UNREADABLE) from None
