"""The official invitation of a batch: a look before it has a number, the number, the files."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.core import clock, files
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.departures import exporting
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.files import StoredFile
from kopdiklat.core.text import N_
from kopdiklat.documents import (  # noqa: F401, bundles registers its task
    bundles,
    invitation_letter,
    letters,
    queries,
    rules,
)
from kopdiklat.documents.blueprint import bp
from kopdiklat.documents.forms import LetterSettingsForm
from kopdiklat.documents.models import InvitationLetter
from kopdiklat.offices.models import Office
from kopdiklat.policy import guard
from kopdiklat.registration.models import Invitation
from kopdiklat.training.models import Batch

FILE_GONE = N_("Berkas surat tidak ditemukan. Minta pengelola server menjalankan flask doctor.")


def _load(batch_id: int) -> Batch:
    batch = queries.batch_to_print(batch_id)
    policy.check(batch, "batch.see")
    assert batch is not None  # noqa: S101, check refuses None
    return batch


@bp.get("/batches/<int:batch_id>/invitation-letter")
@guard("letter.issue")
def invitation_letter_page(batch_id):
    return _page(_load(batch_id))


def _page(batch: Batch, refusal: RuleViolation | None = None):
    letter = queries.standing_letter(batch.id)
    settings = queries.find_letter_settings(batch.office_id)
    copies = queries.copies_of_standing(letter.id, batch.id) if letter else {}
    invited = len(copies) if letter else queries.count_standing(batch.id)
    wanted = {copy for copy in copies.values() if copy is not None}
    is_stale = letter is not None and (None in copies.values() or wanted != set(letter.bundle_of))
    page = render_template(
        "documents/invitation_letter.html",
        batch=batch,
        letter=letter,
        settings=settings,
        number_format=queries.find_format(batch.office_id, rules.LETTERS),
        office_id=batch.office_id,
        invited=invited,
        refusal=refusal or _why_not(batch, invited),
        today=clock.local_day(utc_now(), batch.office.time_zone),
        is_bundling=letter is not None and letters.is_bundling(letter),
        is_stale=is_stale,
        has_changed=_has_changed(batch, letter),
        cancelled=queries.cancelled_letters(batch.id),
        zone=batch.office.time_zone,
    )
    return page, refusal.status if refusal else 200


def _why_not(batch: Batch, invited: int) -> RuleViolation | None:
    try:
        rules.check_may_issue(batch.state, len(batch.days), invited)
    except RuleViolation as refusal:
        return refusal
    return None


def _has_changed(batch: Batch, letter: InvitationLetter | None) -> bool:
    """Whether the batch is no longer what the letter says."""
    if letter is None or not batch.days:
        return letter is not None
    return invitation_letter.facts_of(batch) != letter.content["facts"]


@bp.post("/batches/<int:batch_id>/invitation-letter")
@guard("letter.issue")
def issue_letter(batch_id):
    """Take the number and queue the files; what is missing is said on the page, with the way."""
    batch = _load(batch_id)
    try:
        with transaction():
            text = letters.issue(batch_id, by=current_user, now=utc_now()).number.text
    except RuleViolation as refusal:
        return _page(_load(batch.id), refusal)
    flash(_("Surat undangan terbit dengan nomor %(number)s.", number=text))
    return _to_page(batch_id)


@bp.post("/batches/<int:batch_id>/invitation-letter/bundle")
@guard("letter.issue")
def make_bundle(batch_id):
    policy.load(Batch, batch_id)
    letter = queries.standing_letter(batch_id)
    if letter is None:
        return _not_issued(batch_id)
    with transaction():
        letters.request_bundle(letter.id, by=current_user, now=utc_now())
    return _to_page(batch_id)


@bp.get("/batches/<int:batch_id>/invitation-letter/progress")
@guard("letter.issue")
def bundle_progress(batch_id):
    """The part that script asks for again; when the work is over it asks for the page."""
    policy.load(Batch, batch_id)
    letter = queries.standing_letter(batch_id)
    if letter is None or not letters.is_bundling(letter):
        address = url_for("documents.invitation_letter_page", batch_id=batch_id)
        return "", 200, {"HX-Redirect": address}
    return render_template("documents/_bundle_progress.html", letter=letter)


@bp.get("/batches/<int:batch_id>/invitation-letter/draft.pdf")
@guard("letter.issue")
def draft_letter(batch_id):
    """How the first letter would look: without a number, and marked as an example."""
    batch = _load(batch_id)
    invited = queries.standing_invitations(batch_id)
    rules.check_may_issue(batch.state, len(batch.days), len(invited))
    settings = letters.find_settings(batch.office_id)
    now = utc_now()
    today = clock.local_day(now, batch.office.time_zone)
    content = invitation_letter.content_of(batch, settings, "……", today)
    to = letters.addressees(invited[:1], today)
    with exporting("invitation_letters", batch.office_id) as made:
        made.rows = len(to)
        draft = invitation_letter.pdf(content, to, at=now, draft=True)
    return _pdf(draft, "contoh-surat-undangan.pdf")


@bp.get("/batches/<int:batch_id>/invitation-letters.pdf")
@guard("letter.issue")
def show_bundle(batch_id):
    """All letters of the batch in one file."""
    policy.load(Batch, batch_id)
    letter = queries.standing_letter(batch_id)
    if letter is None or letter.bundle_file is None:
        return _not_issued(batch_id)
    return _stored(letter.bundle_file, len(letter.bundle_of))


@bp.post("/invitations/<int:invitation_id>/letter")
@guard("letter.issue")
def print_letter(invitation_id):
    """Keep the letter of one cooperative as it is printed now, and show it."""
    invitation = policy.load(Invitation, invitation_id)
    letter = queries.standing_letter(invitation.batch_id)
    if letter is None:
        return _not_issued(invitation.batch_id)
    if invitation.cancelled_at:
        raise RuleViolation(_("Undangan ini sudah ditarik; tidak ada surat untuknya."))
    if queries.find_copy(letter.id, invitation.token_hash) is None:
        now = utc_now()
        today = clock.local_day(now, invitation.batch.time_zone)
        to = letters.addressees([invitation], today)[0]
        printed = letters.print_copy(letter, to)
        with transaction():
            letters.keep_copy(letter.id, to, printed, now=now)
    return redirect(url_for("documents.show_letter", invitation_id=invitation_id), code=303)


@bp.get("/invitations/<int:invitation_id>/letter.pdf")
@guard("letter.issue")
def show_letter(invitation_id):
    """The letter of one cooperative, as it was printed first."""
    invitation = policy.load(Invitation, invitation_id)
    letter = queries.standing_letter(invitation.batch_id)
    copy = letter and queries.find_copy(letter.id, invitation.token_hash)
    if not copy:
        return _not_issued(invitation.batch_id)
    return _stored(copy.file, 1)


def _not_issued(batch_id: int):
    flash(_("Surat ini belum diterbitkan. Terbitkan di halaman ini."), "info")
    return _to_page(batch_id)


def _to_page(batch_id: int):
    return redirect(url_for("documents.invitation_letter_page", batch_id=batch_id), code=303)


def _stored(stored: StoredFile, letters_in_it: int) -> Response:
    with exporting("invitation_letters", stored.office_id) as made:
        made.rows = letters_in_it
        try:
            content = files.read_sealed(stored)
        except FileNotFoundError:
            raise NotFound(FILE_GONE) from None
    return _pdf(content, stored.name)


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, mimetype="application/pdf", headers=headers)


@bp.route("/offices/<int:office_id>/letter-settings", methods=["GET", "POST"])
@guard("office.edit")
def letter_settings(office_id):
    """Who signs the invitation letter, and its texts."""
    office = policy.load(Office, office_id)
    settings = queries.find_letter_settings(office.id)
    usual = letters.DEFAULTS | {"place": letters.usual_place(office)}
    form = LetterSettingsForm(obj=settings, data=None if settings else usual)
    if form.validate_on_submit():
        with transaction():
            letters.save_settings(office_id, {name: form[name].data for name in letters.SETTINGS})
        flash(_("Surat undangan tersimpan. Surat yang sudah terbit tidak berubah."))
        return redirect(url_for("documents.letter_settings", office_id=office_id), code=303)
    if request.method == "GET":
        form.show_number()
    return render_template(
        "documents/letter_settings.html",
        form=form,
        office=office,
        placeholders=rules.LETTER_PLACEHOLDERS,
    ), form.status
