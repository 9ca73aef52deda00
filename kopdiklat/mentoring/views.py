"""The pages of mentoring; those that show the health of each cooperative stand in the dashboard."""

# Each registers its views.
import kopdiklat.mentoring.follow_up_views
import kopdiklat.mentoring.note_views
import kopdiklat.mentoring.visit_views  # noqa: F401
from kopdiklat.mentoring.blueprint import bp

__all__ = ["bp"]
