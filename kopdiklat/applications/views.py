"""The pages of applications."""

# Each registers its views.
import kopdiklat.applications.cancel_views
import kopdiklat.applications.desk_views
import kopdiklat.applications.public_views  # noqa: F401
from kopdiklat.applications.blueprint import bp

__all__ = ["bp"]
