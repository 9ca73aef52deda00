"""What an import writes down while it saves, so that it can be taken back (see reversal.py)."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kopdiklat.core.data_classes import may_be_told
from kopdiklat.core.db import db


@dataclass
class Journal:
    """What an import must remember besides the trail: the id of its entries there, and the former
    personal values, which the trail masks: table, id, column."""

    request_id: str = field(default_factory=lambda: f"import-{secrets.token_hex(8)}")
    replaced: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def note(self) -> None:
        """Look at what is about to be written. Call it before the flush."""
        with db.session.no_autoflush:
            for row in db.session.dirty:
                if values := dict(_masked_before(row)):
                    self.replaced.setdefault(row.__tablename__, {})[row.id] = values

    def sealed(self) -> str | None:
        return json.dumps(self.replaced) if self.replaced else None


def _masked_before(row: Any) -> Iterator[tuple[str, Any]]:
    state = sa.inspect(row)
    for prop in state.mapper.column_attrs:
        column = prop.columns[0]
        if not may_be_told(column):
            history = state.attrs[prop.key].load_history()
            if history.has_changes():
                yield column.name, history.deleted[0] if history.deleted else None
