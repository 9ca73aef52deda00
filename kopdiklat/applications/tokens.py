"""The link by which an application is followed."""

from kopdiklat.applications.models import Application
from kopdiklat.core import keys

APPLICATION = "application"


def token_of(application: Application) -> str:
    return keys.token_for(APPLICATION, application.nonce)


def hash_of(token: str) -> str:
    return keys.token_hash(APPLICATION, token)
