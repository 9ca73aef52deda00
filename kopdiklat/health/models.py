from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kopdiklat.cooperatives.models import Cooperative
from kopdiklat.core.data_classes import K1, K2, K3
from kopdiklat.core.db import UTC, Model, one_of

HEALTH_STATUSES = (  # best first
    "healthy",
    "fairly_healthy",
    "under_supervision",
    "under_special_supervision",
)


class AssessmentScheme(Model):
    """An instrument of assessment, e.g. Juknis 15/2021, valid from a day."""

    __tablename__ = "assessment_schemes"
    __table_args__ = (sa.UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(40), info=K1)
    name: Mapped[str] = mapped_column(sa.String(160), info=K1)
    valid_from: Mapped[date] = mapped_column(info=K1)
    is_default: Mapped[bool] = mapped_column(default=False, info=K1)

    bands: Mapped[list["AssessmentBand"]] = relationship(
        back_populates="scheme", order_by="AssessmentBand.minimum.desc()", lazy="selectin"
    )


class AssessmentBand(Model):
    """A status from a score (included) up to the next band (not included)."""

    __tablename__ = "assessment_bands"
    __table_args__ = (
        one_of("health_status", HEALTH_STATUSES),
        sa.UniqueConstraint("scheme_id", "health_status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(sa.ForeignKey("assessment_schemes.id"))
    health_status: Mapped[str] = mapped_column(sa.String(26), info=K1)
    minimum: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2), info=K1)

    scheme: Mapped[AssessmentScheme] = relationship(back_populates="bands")


class HealthAssessment(Model):
    """An official result: score 0..100 with two places, and the status that was signed.

    `position_on` is the day that the result describes (the end of its fiscal year unless the file
    says otherwise); `signed_on` the day it was signed. Insert-only, guarded by triggers.
    """

    __tablename__ = "health_assessments"
    __append_only__ = True
    __table_args__ = (
        one_of("health_status", HEALTH_STATUSES),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
        # One first result of a year, each corrected at most once, within its year: one that counts.
        sa.UniqueConstraint("replaces_id"),
        sa.UniqueConstraint("id", "cooperative_id", "scheme_id", "fiscal_year"),
        sa.ForeignKeyConstraint(
            ["replaces_id", "cooperative_id", "scheme_id", "fiscal_year"],
            [
                "health_assessments.id",
                "health_assessments.cooperative_id",
                "health_assessments.scheme_id",
                "health_assessments.fiscal_year",
            ],
        ),
        sa.Index(
            "uq_health_assessments_first_of_year",
            "cooperative_id",
            "scheme_id",
            "fiscal_year",
            unique=True,
            sqlite_where=sa.text("replaces_id IS NULL"),
            postgresql_where=sa.text("replaces_id IS NULL"),
        ),
        sa.Index("ix_health_assessments_cooperative", "cooperative_id", "position_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"))
    scheme_id: Mapped[int] = mapped_column(sa.ForeignKey("assessment_schemes.id"))
    fiscal_year: Mapped[int] = mapped_column(info=K2)
    position_on: Mapped[date] = mapped_column(info=K2)
    signed_on: Mapped[date | None] = mapped_column(info=K2)
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2), info=K2)
    health_status: Mapped[str] = mapped_column(sa.String(26), info=K2)
    mismatch_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    assessor_name: Mapped[str | None] = mapped_column(sa.String(120), info=K2)
    source: Mapped[str] = mapped_column(sa.String(10), default="form", info=K2)
    replaces_id: Mapped[int | None]
    replacement_reason: Mapped[str | None] = mapped_column(sa.String(300), info=K3)
    recorded_by_id: Mapped[int | None] = mapped_column(info=K2)
    recorded_at: Mapped[datetime] = mapped_column(UTC, info=K2)

    cooperative: Mapped[Cooperative] = relationship()
    scheme: Mapped[AssessmentScheme] = relationship()


class AnnualMeeting(Model):
    """A members' meeting (RAT) for one fiscal year: held on one day, reported on another."""

    __tablename__ = "annual_meetings"
    __table_args__ = (
        sa.UniqueConstraint("cooperative_id", "fiscal_year"),
        sa.CheckConstraint("held_on IS NOT NULL OR reported_on IS NOT NULL", name="dated"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    fiscal_year: Mapped[int] = mapped_column(info=K2)
    held_on: Mapped[date | None] = mapped_column(info=K2)
    reported_on: Mapped[date | None] = mapped_column(info=K2)
    members_present: Mapped[int | None] = mapped_column(info=K2)

    cooperative: Mapped[Cooperative] = relationship()

    @property
    def day(self) -> date:
        """When it was held, or else reported; `dated` demands one of the two."""
        day = self.held_on or self.reported_on
        if day is None:
            raise ValueError("a meeting without a day")
        return day


class YearlyFigures(Model):
    """A cooperative's figures of one fiscal year; money in whole rupiah."""

    __tablename__ = "yearly_figures"
    __table_args__ = (sa.UniqueConstraint("cooperative_id", "fiscal_year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("offices.id"), index=True)
    cooperative_id: Mapped[int] = mapped_column(sa.ForeignKey("cooperatives.id"), index=True)
    fiscal_year: Mapped[int] = mapped_column(info=K2)
    male_members: Mapped[int | None] = mapped_column(info=K2)
    female_members: Mapped[int | None] = mapped_column(info=K2)
    members: Mapped[int | None] = mapped_column(info=K2)
    managers: Mapped[int | None] = mapped_column(info=K2)
    employees: Mapped[int | None] = mapped_column(info=K2)
    own_capital: Mapped[int | None] = mapped_column(sa.BigInteger, info=K2)
    external_capital: Mapped[int | None] = mapped_column(sa.BigInteger, info=K2)
    assets: Mapped[int | None] = mapped_column(sa.BigInteger, info=K2)
    business_volume: Mapped[int | None] = mapped_column(sa.BigInteger, info=K2)
    surplus: Mapped[int | None] = mapped_column(sa.BigInteger, info=K2)

    cooperative: Mapped[Cooperative] = relationship()
