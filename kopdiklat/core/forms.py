"""Forms: shape of input only. A business rule is not a field error."""

from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.validators import InputRequired, StopValidation

from kopdiklat.core.errors import KopdiklatError


class BaseForm(FlaskForm):
    """Adds `form_errors` (refusals of a rule) and `refuse()` to put one there."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self):
            return (str(get_locale() or "id"), "id")

    def refuse(self, refusal: KopdiklatError) -> None:
        """Show the sentence of a refusal above the form; what was typed stays."""
        self.form_errors.append(str(refusal))

    def refuse_at(self, field_name: str, refusal: KopdiklatError) -> None:
        """Show the sentence at one field."""
        field = self[field_name]
        field.errors = (*field.errors, str(refusal))

    @property
    def status(self) -> int:
        return 422 if self.errors or self.form_errors else 200


class Required(InputRequired):
    """A required field with our sentence; refuses blanks that InputRequired lets pass."""

    def __call__(self, form, field):
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip():
            field.errors = []
            raise StopValidation(self.message)


class OptionalSelect(SelectField):
    """A select whose empty choice means None."""

    def process_formdata(self, valuelist):
        if valuelist and valuelist[0] == "":
            self.data = None
        else:
            super().process_formdata(valuelist)

    def pre_validate(self, form):
        if self.data is not None:
            super().pre_validate(form)
