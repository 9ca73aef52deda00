from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, RadioField, SelectField
from wtforms.validators import NumberRange, Optional

from kopdiklat.core.forms import BaseForm, DayField, choices
from kopdiklat.imports.kinds.base import Kind, Options


class UploadForm(BaseForm):
    """A file and what it does not say itself; fields that its kind has no use for are dropped."""

    office_id = SelectField(_l("Kantor"), coerce=int)
    file = FileField(_l("Berkas"), validators=[FileRequired(_l("Pilih berkas lebih dulu."))])
    fiscal_year = IntegerField(
        _l("Tahun buku"),
        validators=[
            Optional(),
            NumberRange(1900, 2100, _l("Tahun perlu empat angka, contoh 2025.")),
        ],
    )
    as_of = DayField(_l("Status berlaku per tanggal"), validators=[Optional()])
    scheme = SelectField(_l("Skema penilaian"))

    def offer(self, kind: type[Kind], offices, schemes) -> "UploadForm":
        for name in ("fiscal_year", "as_of", "scheme"):
            if name not in kind.uses:
                del self[name]
        if "scheme" in self:
            self.scheme.choices = choices((s.code, s.name) for s in schemes)
        self.office_id.choices = choices((office.id, office.name) for office in offices)
        if len(offices) == 1:
            del self.office_id
        return self

    @property
    def options(self) -> Options:
        given = {
            name: self[name].data for name in ("as_of", "fiscal_year", "scheme") if name in self
        }
        return Options(**given)


class SaveForm(BaseForm):
    """All rows or none, or the rows that are ready."""

    rows = RadioField(
        _l("Yang diimpor"),
        choices=choices(
            (("valid", _l("Baris yang siap")), ("all", _l("Semua atau tidak sama sekali")))
        ),
    )
