"""Keys: everything secret is derived from SECRET_KEY or DATA_KEY, one key per purpose.

Personal numbers are kept as AES-256-GCM with the column's name as associated data, and found
again by a keyed hash; a plain hash of such a number could be guessed in seconds.
"""

import base64
import hashlib
import hmac
import os
import secrets
from functools import lru_cache

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

KEY_ID = b"\x01"


@lru_cache(maxsize=32)
def _derive(root: str, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return hkdf.derive(root.encode())


def data_key(purpose: str) -> bytes:
    return _derive(current_app.config["DATA_KEY"], purpose)


def secret_key(purpose: str) -> bytes:
    return _derive(current_app.config["SECRET_KEY"], purpose)


class Encrypted(sa.types.TypeDecorator[str]):
    """Text that the database cannot read: key id, nonce, AES-GCM.

    :param place: table.column, bound to the value: copied elsewhere it fails to open
    """

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, place: str):
        super().__init__()
        self.place = place

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        nonce = os.urandom(12)
        cipher = AESGCM(data_key("column encryption"))
        return KEY_ID + nonce + cipher.encrypt(nonce, value.encode(), self.place.encode())

    def process_result_value(self, value, dialect):
        if value is None:
            return None
        cipher = AESGCM(data_key("column encryption"))
        return cipher.decrypt(bytes(value[1:13]), bytes(value[13:]), self.place.encode()).decode()


def seal(content: bytes, purpose: str) -> bytes:
    """Bytes that only this installation can open again: key id, nonce, AES-GCM."""
    nonce = os.urandom(12)
    return KEY_ID + nonce + AESGCM(data_key(purpose)).encrypt(nonce, content, None)


def unseal(sealed: bytes, purpose: str) -> bytes:
    return AESGCM(data_key(purpose)).decrypt(sealed[1:13], sealed[13:], None)


def blind_index(value: str, purpose: str) -> str:
    """The keyed hash under which an encrypted value is found again (64 hex digits)."""
    key = data_key(f"blind index: {purpose}")
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def new_nonce() -> str:
    """128 random bits, as text: the seed of a token that can be made again from its row."""
    return secrets.token_hex(16)


def token_for(purpose: str, nonce: str) -> str:
    """The token of a row (22 characters, 128 bits), made again from its nonce when it is shown."""
    digest = hmac.new(secret_key(f"token: {purpose}"), nonce.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def token_hash(purpose: str, token: str) -> str:
    """What the database keeps of a token, and how it is looked up (64 hex digits)."""
    key = secret_key(f"token hash: {purpose}")
    return hmac.new(key, token.encode(), hashlib.sha256).hexdigest()


def monitor_token() -> str:
    """What a monitor shows to read the detail of /readyz; `flask doctor` prints it."""
    return token_for("readyz", "detail")
