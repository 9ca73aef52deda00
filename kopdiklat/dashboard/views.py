"""Pages made of several rooms."""

from flask_login import current_user

from kopdiklat.dashboard import public
from kopdiklat.dashboard.blueprint import bp
from kopdiklat.policy import guard


@bp.get("/")
@guard("page.public")
def home():
    """The start page: what a visitor may do, or the work of today."""
    if not current_user.is_authenticated:
        return public.start()
    return public.signed_in()
