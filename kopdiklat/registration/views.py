from flask import Blueprint

from kopdiklat.policy import guard

bp = Blueprint("registration", __name__)


@bp.get("/bukti/<ticket>")
@guard("registration.own")
def ticket(ticket):
    return ticket


@bp.get("/daftar/<token>")
@guard("invitation.answer")
def invitation(token):
    return token
