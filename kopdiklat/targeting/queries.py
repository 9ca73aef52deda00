"""What was chosen and drawn, and the segments of an office."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.db import db
from kopdiklat.core.paging import Page, paginate
from kopdiklat.targeting.models import Lottery, Segment, SelectedCooperative, Selection


def segments_of(office_id: int) -> list[Segment]:
    found = sa.select(Segment).where(Segment.office_id == office_id).order_by(Segment.name_key)
    return list(db.session.scalars(found))


def selections_of(batch_id: int) -> list[tuple[Selection, int]]:
    """The choices of a batch with how many each chose, the last first."""
    chosen = (
        sa.select(sa.func.count(SelectedCooperative.id))
        .where(SelectedCooperative.selection_id == Selection.id, SelectedCooperative.is_chosen)
        .scalar_subquery()
    )
    found = (
        sa.select(Selection, chosen)
        .where(Selection.batch_id == batch_id)
        .order_by(Selection.id.desc())
    )
    return [(selection, count) for selection, count in db.session.execute(found)]


def lotteries_of(batch_id: int) -> list[Lottery]:
    """The lotteries of a batch with their ends, the last first."""
    found = (
        sa.select(Lottery)
        .where(Lottery.batch_id == batch_id)
        .options(joinedload(Lottery.outcome))
        .order_by(Lottery.number.desc())
    )
    return list(db.session.scalars(found))


def lines_select(selection_id: int, is_chosen: bool | None = None) -> sa.Select:
    """(SelectedCooperative, Cooperative) of a selection, the chosen first, in the order of the list."""
    found = (
        sa.select(SelectedCooperative, Cooperative)
        .join(Cooperative, Cooperative.id == SelectedCooperative.cooperative_id)
        .where(SelectedCooperative.selection_id == selection_id)
        .order_by(
            SelectedCooperative.is_chosen.desc(),
            SelectedCooperative.stratum,
            SelectedCooperative.place,
        )
    )
    return found if is_chosen is None else found.where(SelectedCooperative.is_chosen == is_chosen)


def lines_of(selection_id: int, page: int) -> Page:
    return paginate(lines_select(selection_id), page, scalars=False)


def count_chosen(selection_id: int) -> int:
    found = sa.select(sa.func.count(SelectedCooperative.id)).where(
        SelectedCooperative.selection_id == selection_id, SelectedCooperative.is_chosen
    )
    return db.session.scalar(found) or 0


def selection_of_lottery(lottery_id: int) -> Selection | None:
    return db.session.scalar(sa.select(Selection).where(Selection.lottery_id == lottery_id))
