from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.data_classes import K1, K2, K3, K4
from kopdiklat.core.db import JSON, UTC, Model, one_of
from kopdiklat.core.keys import Encrypted
from kopdiklat.health.models import HEALTH_STATUSES
from kopdiklat.targeting.drawing import OUTCOMES, STRATA
from kopdiklat.targeting.ranking import BASES
from kopdiklat.training.models import Batch


class Segment(Model):
    """A question that an office asks often: filters with a name. Its answer is today's, never kept."""

    __tablename__ = "segments"
    __table_args__ = (sa.UniqueConstraint("office_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    name: Mapped[str] = mapped_column(sa.String(80), info=K1)
    name_key: Mapped[str] = mapped_column(sa.String(80), info=K1)
    filters: Mapped[list] = mapped_column(JSON, info=K2)
    made_by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    made_at: Mapped[datetime] = mapped_column(UTC, info=K2)


class Lottery(Model):
    """A lottery whose list is locked: who may be drawn, how many, and a promise of the seed.

    `list_hash` names the list as it is printed, `commitment` the seed that is told with the draw,
    and `element_source` where the public element will come from, said before it is known.
    `winners` is how many of each stratum, {"": 20} without strata. Append-only.
    """

    __tablename__ = "lotteries"
    __append_only__ = True
    __table_args__ = (
        one_of("strata", STRATA),
        sa.CheckConstraint("eligible > 0", name="eligible_positive"),
        sa.UniqueConstraint("batch_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    number: Mapped[int] = mapped_column(info=K1)
    filters: Mapped[list] = mapped_column(JSON, info=K2)
    strata: Mapped[str] = mapped_column(sa.String(20), info=K1)
    winners: Mapped[dict] = mapped_column(JSON, info=K1)
    eligible: Mapped[int] = mapped_column(info=K1)
    list_hash: Mapped[str] = mapped_column(sa.String(64), info=K1)
    commitment: Mapped[str] = mapped_column(sa.String(64), info=K1)
    sealed_seed: Mapped[str] = mapped_column(Encrypted("lotteries.sealed_seed"), info=K4)
    element_source: Mapped[str] = mapped_column(sa.String(200), info=K1)
    locked_by_id: Mapped[int | None] = mapped_column(info=K2)
    locked_by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    locked_at: Mapped[datetime] = mapped_column(UTC, info=K1)

    batch: Mapped[Batch] = relationship()
    entries: Mapped[list["LotteryEntry"]] = relationship(
        back_populates="lottery", order_by="LotteryEntry.identifier"
    )
    outcome: Mapped["LotteryOutcome | None"] = relationship(back_populates="lottery")

    @property
    def drawn_places(self) -> int:
        return sum(self.winners.values())


class LotteryEntry(Model):
    """Who may be drawn, under a name that is public and stays, as it stood when the list was locked."""

    __tablename__ = "lottery_entries"
    __append_only__ = True
    __audited__ = False  # one entry of the trail for the lottery, not one for each line of its list
    __table_args__ = (
        one_of("health_status", HEALTH_STATUSES),
        sa.UniqueConstraint("lottery_id", "cooperative_id"),
        sa.UniqueConstraint("lottery_id", "identifier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lottery_id: Mapped[int] = mapped_column(sa.ForeignKey("lotteries.id"))
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    identifier: Mapped[str] = mapped_column(sa.String(24), info=K1)
    stratum: Mapped[str] = mapped_column(sa.String(80), default="", info=K1)
    assessment_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("health_assessments.id"), index=True
    )
    health_status: Mapped[str | None] = mapped_column(sa.String(26), info=K2)
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2), info=K2)
    position_on: Mapped[date | None] = mapped_column(info=K2)
    rank: Mapped[int | None] = mapped_column(info=K2)
    reason: Mapped[str] = mapped_column(sa.String(300), info=K2)

    lottery: Mapped[Lottery] = relationship(back_populates="entries")
    cooperative: Mapped[Cooperative] = relationship()


class LotteryOutcome(Model):
    """The end of a lottery, once: drawn with its seed and element told, or withdrawn with a reason."""

    __tablename__ = "lottery_outcomes"
    __append_only__ = True
    __table_args__ = (
        one_of("kind", OUTCOMES),
        sa.CheckConstraint("(kind = 'drawn') = (seed IS NOT NULL)", name="seed_of_draw"),
        sa.CheckConstraint("(seed IS NULL) = (element IS NULL)", name="element_of_draw"),
        sa.CheckConstraint("(kind = 'withdrawn') = (reason IS NOT NULL)", name="reason_of_end"),
        sa.UniqueConstraint("lottery_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    lottery_id: Mapped[int] = mapped_column(sa.ForeignKey("lotteries.id"))
    kind: Mapped[str] = mapped_column(sa.String(10), info=K1)
    seed: Mapped[str | None] = mapped_column(sa.String(64), info=K1)
    element: Mapped[str | None] = mapped_column(sa.String(200), info=K1)
    witnesses: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    by_id: Mapped[int | None] = mapped_column(info=K2)
    by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    at: Mapped[datetime] = mapped_column(UTC, info=K1)

    lottery: Mapped[Lottery] = relationship(back_populates="outcome")


class Selection(Model):
    """One choice of cooperatives for a batch: the question, who answered it, and on what basis.

    `basis` is what the method of impact reads; `derived_basis` what the list itself says, which a
    coordinator may correct with a reason. `eligible` is how many could be chosen. Append-only.
    """

    __tablename__ = "selections"
    __append_only__ = True
    __table_args__ = (
        one_of("basis", BASES),
        one_of("derived_basis", BASES),
        sa.CheckConstraint("(basis = derived_basis) = (basis_reason IS NULL)", name="basis_reason"),
        sa.CheckConstraint("(basis = 'lottery') = (lottery_id IS NOT NULL)", name="lottery_drawn"),
        sa.UniqueConstraint("lottery_id"),
        sa.Index("ix_selections_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"))
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("batches.id"))
    lottery_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lotteries.id"))
    filters: Mapped[list] = mapped_column(JSON, info=K2)
    basis: Mapped[str] = mapped_column(sa.String(20), info=K2)
    derived_basis: Mapped[str] = mapped_column(sa.String(20), info=K2)
    basis_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    eligible: Mapped[int] = mapped_column(info=K2)
    made_by_id: Mapped[int | None] = mapped_column(info=K2)
    made_by_name: Mapped[str] = mapped_column(sa.String(120), info=K2)
    made_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    batch: Mapped[Batch] = relationship()
    lottery: Mapped[Lottery | None] = relationship()
    cooperatives: Mapped[list["SelectedCooperative"]] = relationship(
        back_populates="selection", order_by="SelectedCooperative.place"
    )


class SelectedCooperative(Model):
    """A line of a selection, as it stood that day; of a lottery also those who were not drawn.

    `place` is that in the list, or in the order of the draw within its stratum.
    """

    __tablename__ = "selected_cooperatives"
    __append_only__ = True
    __audited__ = False  # one entry of the trail for the selection
    __table_args__ = (
        one_of("health_status", HEALTH_STATUSES),
        sa.UniqueConstraint("selection_id", "cooperative_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[int] = mapped_column(sa.ForeignKey("selections.id"))
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("health_assessments.id"), index=True
    )
    is_chosen: Mapped[bool] = mapped_column(info=K2)
    place: Mapped[int] = mapped_column(info=K2)
    stratum: Mapped[str] = mapped_column(sa.String(80), default="", info=K1)
    health_status: Mapped[str | None] = mapped_column(sa.String(26), info=K2)
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2), info=K2)
    position_on: Mapped[date | None] = mapped_column(info=K2)
    rank: Mapped[int | None] = mapped_column(info=K2)
    reason: Mapped[str] = mapped_column(sa.String(300), info=K2)

    selection: Mapped[Selection] = relationship(back_populates="cooperatives")
    cooperative: Mapped[Cooperative] = relationship()
