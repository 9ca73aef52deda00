"""The page of one step of a visit or a follow-up: its form, its refusal, and back to the thing."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template

from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.forms import BaseForm

Step = Callable[[], None]


def take_step(
    form: BaseForm,
    change: Step,
    template: str,
    *,
    said: str,
    then: str,
    **shown: Any,
):
    """Once the form is valid, the change; else the page, with what was typed.

    :param said: what the person reads afterwards
    :param then: the address to which it leads
    :param shown: what else the template prints
    """
    if form.validate_on_submit():
        try:
            with transaction():
                change()
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(said)
            return redirect(then, code=303)
    return render_template(template, form=form, **shown), form.status
