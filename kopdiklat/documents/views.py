"""The pages of documents."""

# Each registers its views.
import kopdiklat.documents.letter_views
import kopdiklat.documents.number_views
import kopdiklat.documents.sheet_views  # noqa: F401
from kopdiklat.documents.blueprint import bp

__all__ = ["bp"]
