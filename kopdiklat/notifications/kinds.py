"""Every kind of message on one page: what it is called, when it may disturb, what WhatsApp fills in.

The text of a kind is templates/notifications/<kind>.txt.
"""

from dataclasses import dataclass

from kopdiklat.core.text import N_


@dataclass(frozen=True)
class Link:
    """Where the message leads: the address of a page that a token opens."""

    endpoint: str
    purpose: str
    argument: str = "token"


INVITATION = Link("registration.invitation", "invitation")
TICKET = Link("registration.ticket", "ticket", "ticket")


@dataclass(frozen=True)
class Kind:
    """What is true of all messages of a kind.

    :param label: what a list calls it, in the reader's language
    :param is_urgent: goes out at any hour, for who does not read it travels for nothing
    :param is_asked_for: the recipient has just pressed something and waits for it, at any hour
    :param parameters: what fills {{1}}, {{2}} … of its approved WhatsApp template: names of the
        payload, or `link`; none: no server may send it over WhatsApp
    """

    label: str
    is_urgent: bool = False
    is_asked_for: bool = False
    link: Link | None = None
    parameters: tuple[str, ...] = ()

    @property
    def keeps_quiet(self) -> bool:
        """Whether it waits for the end of the recipient's quiet hours."""
        return not (self.is_urgent or self.is_asked_for)


SEAT = ("person", "title", "days", "place", "link")  # what a message about a seat is filled with

KINDS = {
    "account_invitation": Kind(N_("Undangan akun"), is_asked_for=True),
    "batch.cancelled": Kind(
        N_("Angkatan dibatalkan"),
        is_urgent=True,
        parameters=("person", "title", "days", "contact"),
    ),
    "batch.moved": Kind(
        N_("Jadwal berubah"),
        is_urgent=True,
        parameters=("person", "title", "days", "place", "contact"),
    ),
    "batch.reminder": Kind(N_("Pengingat sehari sebelumnya"), link=TICKET, parameters=SEAT),
    "invitation.sent": Kind(
        N_("Undangan pelatihan"),
        link=INVITATION,
        parameters=("cooperative", "title", "days", "closes", "link"),
    ),
    "manager_joined": Kind(N_("Akun pengurus baru")),
    "password_reset": Kind(N_("Atur ulang kata sandi"), is_asked_for=True),
    "registration.cancelled": Kind(
        N_("Pendaftaran dibatalkan"), parameters=("person", "title", "contact")
    ),
    "registration.confirmed": Kind(
        N_("Pendaftaran diterima"), is_asked_for=True, link=TICKET, parameters=SEAT
    ),
    "registration.promoted": Kind(N_("Mendapat kursi"), link=TICKET, parameters=SEAT),
    "registration.replaced": Kind(N_("Peserta diganti"), parameters=("person", "title", "contact")),
    "registration.waitlisted": Kind(
        N_("Daftar tunggu"), is_asked_for=True, link=TICKET, parameters=SEAT
    ),
    "seat.offer_over": Kind(
        N_("Tawaran kursi berakhir"), parameters=("person", "title", "contact")
    ),
    "seat.offered": Kind(N_("Tawaran kursi"), link=TICKET, parameters=SEAT),
}
UNKNOWN = Kind("")


def kind_of(name: str) -> Kind:
    return KINDS.get(name, UNKNOWN)
