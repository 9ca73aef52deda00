"""Passwords: Argon2id, rehashed on sign-in when the parameters were raised.

Slow on purpose, so never inside transaction(): on SQLite everybody else who writes would wait.
"""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from kopdiklat.core.db import is_writing

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _refuse_while_writing() -> None:
    if is_writing():
        raise RuntimeError("Argon2 inside transaction()")


def make_hash(password: str) -> str:
    _refuse_while_writing()
    return _hasher.hash(password)


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return _hasher.hash("tidak ada akun dengan nama ini")


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without an account the same work is done on a dummy."""
    _refuse_while_writing()
    try:
        return _hasher.verify(stored or _dummy_hash(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)
