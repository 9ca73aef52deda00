"""Every room's tables, imported so that the metadata is whole."""

from kopdiklat.accounts import models as accounts
from kopdiklat.applications import models as applications
from kopdiklat.attendance import models as attendance
from kopdiklat.cooperatives import models as cooperatives
from kopdiklat.core import audit, departures, files, heartbeats, numbers, outbox, tasks
from kopdiklat.documents import models as documents
from kopdiklat.health import models as health
from kopdiklat.imports import models as imports
from kopdiklat.mentoring import models as mentoring
from kopdiklat.messages import models as messages
from kopdiklat.offices import models as offices
from kopdiklat.registration import models as registration
from kopdiklat.targeting import models as targeting
from kopdiklat.training import feeds
from kopdiklat.training import models as training

__all__ = [
    "accounts",
    "applications",
    "attendance",
    "audit",
    "cooperatives",
    "departures",
    "documents",
    "feeds",
    "files",
    "health",
    "heartbeats",
    "imports",
    "mentoring",
    "messages",
    "numbers",
    "offices",
    "outbox",
    "registration",
    "targeting",
    "tasks",
    "training",
]
