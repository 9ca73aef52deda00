"""The calendar with all its pages: month and agenda, the board, addresses for other programs."""

from kopdiklat.dashboard import (  # noqa: F401, the views register themselves
    board_views,
    feed_views,
)
from kopdiklat.dashboard.calendar_views import bp

__all__ = ["bp"]
