from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from kopdiklat.cooperatives import rules
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm, OptionalSelect, Required, choices, choices_of
from kopdiklat.core.parsing import read_phone
from kopdiklat.core.text import collapse_spaces

TEXT_FIELDS = (
    "name",
    "legal_number",
    "amendment_number",
    "address",
    "village",
    "district",
    "regency",
    "province",
    "form",
    "membership_scope",
    "cooperative_type",
    "group_name",
    "sector",
    "grade",
    "activity_status",
    "activity_source",
)
OTHER_FIELDS = (
    "legal_date",
    "amendment_date",
    "activity_status_on",
    "is_sharia",
    "is_certified",
    "certificate_valid_until",
)


def _text(label, length: int, *validators):
    return StringField(
        label,
        filters=[collapse_spaces],
        validators=[*(validators or [Optional()]), Length(max=length)],
    )


class CooperativeForm(BaseForm):
    name = _text(_l("Nama koperasi"), 200, Required(_l("Nama koperasi perlu diisi.")))
    cooperative_number = _text(_l("NIK koperasi"), 30)
    legal_number = _text(_l("Nomor badan hukum"), 80)
    legal_date = DateField(_l("Tanggal badan hukum"), validators=[Optional()])
    amendment_number = _text(_l("Nomor perubahan anggaran dasar"), 80)
    amendment_date = DateField(_l("Tanggal perubahan"), validators=[Optional()])
    form = SelectField(_l("Bentuk"), choices=choices_of(rules.FORM_LABELS), default="primary")
    membership_scope = SelectField(
        _l("Wilayah keanggotaan"), choices=choices_of(rules.SCOPE_LABELS), default="regency"
    )
    cooperative_type = SelectField(_l("Jenis"), choices=choices_of(rules.TYPE_LABELS))
    group_name = _text(_l("Kelompok"), 80)
    sector = _text(_l("Sektor usaha"), 80)
    is_sharia = BooleanField(_l("Dikelola dengan pola syariah"))
    address = _text(_l("Alamat"), 240)
    village = _text(_l("Desa atau kelurahan"), 80, Required(_l("Desa atau kelurahan perlu diisi.")))
    district = _text(_l("Kecamatan"), 80, Required(_l("Kecamatan perlu diisi.")))
    regency = _text(_l("Kabupaten atau kota"), 80)
    province = _text(_l("Provinsi"), 80)
    region_code = _text(_l("Kode wilayah"), 20)
    phone = _text(_l("Telepon kantor"), 40)
    is_certified = BooleanField(_l("Punya sertifikat NIK"))
    certificate_valid_until = DateField(_l("Sertifikat berlaku sampai"), validators=[Optional()])
    grade = OptionalSelect(
        _l("Peringkat ODS"),
        choices=choices(((grade, grade) for grade in rules.GRADES), _l("Belum ada")),
    )
    activity_status = SelectField(
        _l("Keaktifan"), choices=choices_of(rules.ACTIVITY_LABELS), default="unverified"
    )
    activity_source = SelectField(
        _l("Menurut"), choices=choices_of(rules.SOURCE_LABELS), default="office"
    )
    activity_status_on = DateField(_l("Per tanggal"), validators=[Optional()])
    is_another = HiddenField()

    def values(self, office_code: str) -> dict | None:
        """What is to be saved, cleaned; None when a code cannot be read, which is said at its field."""
        values = {name: self[name].data or None for name in TEXT_FIELDS}
        values |= {name: self[name].data for name in OTHER_FIELDS}
        cleaned = {
            "cooperative_number": lambda text: rules.clean_cooperative_number(text),
            "region_code": lambda text: rules.clean_region_code(text, office_code),
            "phone": lambda text: (read_phone(text) or (None,))[0],
        }
        for name, clean in cleaned.items():
            try:
                values[name] = clean(self[name].data)
            except RuleViolation as refusal:
                self.refuse_at(name, refusal)
        number = values.get("cooperative_number")
        if number and len(number) > 20:
            self.refuse_at(
                "cooperative_number",
                RuleViolation(gettext("NIK koperasi paling panjang 20 angka.")),
            )
        return None if self.errors else values
