"""The screen of a choice: the question, what was ticked, and the address that holds both.

Until a person ticks, the first `n` of the list are chosen, whatever the question. From then on the
choice is `hand`: exactly those ids, which stay chosen on other pages and under other filters.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from kopdiklat.targeting import picks
from kopdiklat.targeting.facets import Filters

SHOWN = ("", "chosen", "without_phone")  # which of the list
LARGEST = 5000


@dataclass(frozen=True)
class Screen:
    """What the address says."""

    batch_id: int
    filters: Filters
    n: int
    hand: frozenset[int] | None = None
    show: str = ""
    page: int = 1

    @classmethod
    def read(
        cls, batch_id: int, args: Any, default_statuses: Iterable[str], suggested: int
    ) -> "Screen":
        show = args.get("show", "")
        return cls(
            batch_id,
            Filters.read(args, default_statuses),
            min(max(0, args.get("n", suggested, type=int)), LARGEST),
            frozenset(picks.unpack(args["pick"])) if "pick" in args else None,
            show if show in SHOWN else "",
            max(1, args.get("page", 1, type=int)),
        )

    def ticked(self, form: MultiDict, checked: Collection[int]) -> "Screen":
        """After a form: ticks of the rows that it showed, over what was chosen elsewhere.

        `kept` is everything that was chosen, `seen` the rows that could be ticked.
        """
        kept, seen = picks.unpack(form.get("kept")), picks.unpack(form.get("seen"))
        is_touched = set(checked) != kept & seen
        by_hand = is_touched or form.get("hand") == "1" or "kept" not in form
        return replace(self, hand=frozenset(kept - seen | set(checked)) if by_hand else None)

    def url(self, **changes: Any) -> str:
        """The address of this screen with changes."""
        screen = replace(self, **{"page": 1} | changes)
        query: dict[str, Any] = {**screen.filters.query(), "n": screen.n}
        if screen.hand is not None:
            query["pick"] = picks.pack(screen.hand)
        if screen.show:
            query["show"] = screen.show
        if screen.page > 1:
            query["page"] = screen.page
        return url_for("targeting.selection", batch_id=screen.batch_id, **query)
