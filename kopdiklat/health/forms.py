from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, Required, choices, choices_of
from kopdiklat.core.parsing import read_decimal
from kopdiklat.core.text import collapse_spaces
from kopdiklat.health.models import HealthAssessment
from kopdiklat.health.rules import STATUS_LABELS, check_score

YEARS_BACK = 6


class OptionalRadio(RadioField):
    """Radios of which none need be chosen."""

    data: str | None

    def pre_validate(self, form):
        if self.data in (None, "", "None"):
            self.data = None
        else:
            super().pre_validate(form)


class AssessmentForm(BaseForm):
    fiscal_year = SelectField(_l("Tahun buku"), coerce=int)
    scheme_id = SelectField(_l("Instrumen"), coerce=int)
    position_on = DateField(
        _l("Posisi per"), validators=[Required(_l("Tanggal posisi perlu diisi."))]
    )
    signed_on = DateField(_l("Tanggal disahkan"), validators=[Optional()])
    score = StringField(_l("Skor"), validators=[Required(_l("Skor perlu diisi, contoh 62,35."))])
    health_status = OptionalRadio(
        _l("Status pada laporan"),
        choices=choices_of(STATUS_LABELS),
        validators=[Optional()],
    )
    mismatch_reason = StringField(
        _l("Alasan bila berbeda dari skor"),
        filters=[collapse_spaces],
        validators=[Optional(), Length(max=300)],
    )
    assessor_name = StringField(
        _l("Nama penilai"), filters=[collapse_spaces], validators=[Optional(), Length(max=120)]
    )

    def offer(self, schemes, last_fiscal_year: int) -> "AssessmentForm":
        self.scheme_id.choices = choices((scheme.id, scheme.name) for scheme in schemes)
        years = range(last_fiscal_year, last_fiscal_year - YEARS_BACK, -1)
        self.fiscal_year.choices = choices((year, str(year)) for year in years)
        return self

    def read_score(self) -> Decimal | None:
        """The score as a number; None when it cannot be read, which is said at its field."""
        try:
            score = read_decimal((self.score.data or "").strip(), places=6)
            if score is None:
                raise RuleViolation(gettext("Skor perlu diisi, contoh 62,35."))
            return check_score(score)
        except RuleViolation as refusal:
            self.refuse_at("score", refusal)
            return None


class CorrectionForm(AssessmentForm):
    replacement_reason = TextAreaField(
        _l("Alasan koreksi"),
        validators=[Required(_l("Tulis alasan koreksi.")), Length(max=300)],
    )

    def offer_only(self, corrected: HealthAssessment) -> None:
        """A correction keeps the year and the instrument of the result that it corrects."""
        self.fiscal_year.choices = [(corrected.fiscal_year, str(corrected.fiscal_year))]
        self.scheme_id.choices = [(corrected.scheme_id, corrected.scheme.name)]


class MeetingForm(BaseForm):
    fiscal_year = SelectField(_l("Tahun buku"), coerce=int)
    held_on = DateField(_l("Tanggal RAT"), validators=[Optional()])
    reported_on = DateField(_l("Tanggal lapor"), validators=[Optional()])
    members_present = IntegerField(
        _l("Anggota hadir"),
        validators=[
            Optional(),
            NumberRange(0, 1_000_000, _l("Tulis jumlah orang, contoh 67.")),
        ],
    )

    def offer(self, last_fiscal_year: int) -> "MeetingForm":
        years = range(last_fiscal_year + 1, last_fiscal_year - YEARS_BACK, -1)
        self.fiscal_year.choices = choices((year, str(year)) for year in years)
        return self

    @property
    def values(self) -> dict:
        return {
            "held_on": self.held_on.data,
            "reported_on": self.reported_on.data,
            "members_present": self.members_present.data,
        }
