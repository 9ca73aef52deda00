"""Which cooperative of an office a few words mean."""

from collections import defaultdict

import sqlalchemy as sa

from kopdiklat.cooperatives import rules
from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.text import match_key

NOISE = {"koperasi", "kop"}
MOST_CANDIDATES = 8


class Directory:
    """The cooperatives of an office by their names, read once."""

    def __init__(self, office_id: int):
        found = sa.select(Cooperative.id, Cooperative.name_key, Cooperative.cooperative_number)
        rows = db.session.execute(found.where(Cooperative.office_id == office_id)).all()
        self.office_id = office_id
        self.names = [(row.id, row.name_key) for row in rows]
        self.by_name: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            self.by_name[row.name_key].append(row.id)
        self.by_number = {row.cooperative_number: row.id for row in rows if row.cooperative_number}

    def find(self, text: str) -> list[Cooperative]:
        """The one that is meant, else those that may be, the likeliest first."""
        if text.startswith("#") and text[1:].isdecimal():
            return self._load([int(text[1:])])
        digits = "".join(c for c in text if c.isdecimal())
        if digits in self.by_number and len(digits) >= 10:
            return self._load([self.by_number[digits]])
        key = match_key(text)
        if ids := self.by_name.get(key):
            return self._load(ids)
        near = rules.alike(key, self.names)
        words = set(key.split()) - NOISE
        within = [i for i, name in self.names if words and words <= set(name.split())]
        begun = [i for i, name in self.names if len(key) > 2 and key in name]
        return self._load(list(dict.fromkeys([*near, *within, *begun]))[:MOST_CANDIDATES])

    def is_certain(self, cooperative: Cooperative, text: str) -> bool:
        """Named in full, by number, or chosen; a likeness alone is asked about."""
        digits = "".join(c for c in text if c.isdecimal())
        return (
            text == f"#{cooperative.id}"
            or cooperative.name_key == match_key(text)
            or (bool(digits) and digits == cooperative.cooperative_number)
        )

    def _load(self, ids: list[int]) -> list[Cooperative]:
        found = db.session.scalars(
            sa.select(Cooperative).where(
                Cooperative.id.in_(ids), Cooperative.office_id == self.office_id
            )
        )
        return sorted(found, key=lambda cooperative: ids.index(cooperative.id))
