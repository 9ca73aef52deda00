"""Our own small programs, each run as a process of its own: what it took of memory ends with it.

A program reads standard input, writes standard output, sets its own limits (`resource`), and
imports nothing of ours, so that it starts in some 50 ms.
"""

import subprocess
import sys
from pathlib import Path


class ProgramFailed(Exception):
    """It ended otherwise than it should, or not in time; `status` is None then."""

    def __init__(self, program: Path, status: int | None, words: bytes):
        super().__init__(f"{program.name}: {status}")
        self.status = status
        self.words = words


def run(program: Path, *arguments: str, content: bytes, seconds: float) -> bytes:
    """What the program answers to this content.

    :param seconds: after which it is ended
    """
    try:
        done = subprocess.run(  # noqa: S603, one of our own programs
            [sys.executable, "-I", str(program), *arguments],
            input=content,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(program, None, b"") from None
    if done.returncode != 0:
        raise ProgramFailed(program, done.returncode, done.stdout)
    return done.stdout
