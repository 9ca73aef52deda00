"""The pages of targeting."""

# Each registers its views.
import kopdiklat.targeting.lottery_views
import kopdiklat.targeting.record_views
import kopdiklat.targeting.segment_views
import kopdiklat.targeting.selection_views  # noqa: F401
from kopdiklat.targeting.blueprint import bp

__all__ = ["bp"]
