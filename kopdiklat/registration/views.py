"""The pages of registration; those of programmes and batches hang on the blueprint of training."""

# Each registers its views.
import kopdiklat.registration.batch_views
import kopdiklat.registration.change_views
import kopdiklat.registration.invitation_views
import kopdiklat.registration.participant_views
import kopdiklat.registration.paste_views
import kopdiklat.registration.programme_views
import kopdiklat.registration.public_views
import kopdiklat.registration.request_views
import kopdiklat.registration.sending_views
import kopdiklat.registration.share_views
import kopdiklat.registration.sign_up_views
import kopdiklat.registration.telling_views
import kopdiklat.registration.ticket_views  # noqa: F401
from kopdiklat.registration.blueprint import bp

__all__ = ["bp"]
