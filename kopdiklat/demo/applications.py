"""The demo's applications: two cooperatives without an invitation ask for seats in the open batch."""

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from kopdiklat.applications import tokens
from kopdiklat.applications.models import Application, ApplicationPerson
from kopdiklat.core import keys
from kopdiklat.core.db import db
from kopdiklat.core.numbers import NumberRegister
from kopdiklat.demo.register import Made
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch

OPEN_TO = "Koperasi di Kota Mojokerto, diundang atau tidak"
FROM_ELSEWHERE = ("KSP Sumber Rejeki Jetis", "Jetis", "3516130040021")  # of the regency around
PEOPLE = (
    (
        ("Nanik Sulastri", "+6281330114501", "chair"),
        ("Eko Prasetyo", "+6281330114502", "treasurer"),
    ),
    (("Mulyono", "+6285730114503", "manager"),),
)


def make_applications(batch: Batch, cooperatives: list[Made], now: datetime) -> None:
    """One that the register knows under nearly this name, one from another region."""
    batch.programme.open_registration, batch.programme.open_to = True, OPEN_TO
    dice = Random(batch.id)  # a dice of its own: what is made after it stays as it was
    invited = set(
        db.session.scalars(
            sa.select(Invitation.cooperative_id).where(Invitation.batch_id == batch.id)
        )
    )
    known = next(one.row for one in reversed(cooperatives) if one.row.id not in invited)
    asked = ((known.name.replace("Koperasi", "Kop."), known.district, None), FROM_ELSEWHERE)
    for n, ((name, district, number), people) in enumerate(zip(asked, PEOPLE), 1):
        nonce = f"{dice.getrandbits(128):032x}"
        contact = people[0]
        db.session.add(
            Application(
                office_id=batch.office_id,
                batch_id=batch.id,
                number=f"P-{n:04d}",
                team=f"00000000-0000-4000-8000-{n:012d}",
                nonce=nonce,
                token_hash=tokens.hash_of(keys.token_for(tokens.APPLICATION, nonce)),
                state="open",
                cooperative_name=name,
                district=district or "Magersari",
                cooperative_number=number,
                contact_name=contact[0],
                contact_phone=contact[1],
                created_at=max(batch.registration_opens_at, now - timedelta(days=2) / n),
                people=[
                    ApplicationPerson(full_name=who, phone=phone, position=position)
                    for who, phone, position in people
                ],
            )
        )
    db.session.add(
        NumberRegister(office_id=batch.office_id, series="application", year=0, last=len(asked))
    )
