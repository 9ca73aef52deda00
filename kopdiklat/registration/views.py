"""The pages of registration; those of programmes and batches hang on the blueprint of training."""

from kopdiklat.registration import (  # noqa: F401, each registers its views
    batch_views,
    invitation_views,
    participant_views,
    programme_views,
    public_views,
    selection_views,
    ticket_views,
)
from kopdiklat.registration.blueprint import bp

__all__ = ["bp"]
