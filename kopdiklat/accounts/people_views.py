"""Pengguna & Peran: colleagues, their roles, invitations; and the invitation page itself."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from flask_login import current_user

from kopdiklat import policy
from kopdiklat.accounts import passwords, people, queries, recovery, rules, service, sessions
from kopdiklat.accounts.account_views import guesses
from kopdiklat.accounts.blueprint import bp
from kopdiklat.accounts.forms import AcceptForm, ColleagueForm, ReasonForm, RoleForm
from kopdiklat.accounts.models import Membership, User, UserInvitation
from kopdiklat.core import keys
from kopdiklat.core.audit import because
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db, transaction
from kopdiklat.core.errors import NotFound, RuleViolation
from kopdiklat.core.paging import paginate
from kopdiklat.core.web import external_url, whatsapp_url
from kopdiklat.extensions import limiter
from kopdiklat.offices.models import Office
from kopdiklat.policy import INVITABLE_ROLES, ROLE_LABELS, guard


def _offices() -> set[int]:
    return policy.offices_administered(current_user)


def _administered() -> list[Office]:
    found = db.select(Office).where(Office.id.in_(_offices())).order_by(Office.name)
    return list(db.session.scalars(found))


@bp.get("/users")
@guard("user.see")
def users():
    page = paginate(queries.people(_offices()), request.args.get("page", 1, type=int))
    now = utc_now()
    for user in page.rows:
        sessions.prepare(user, now)
    return render_template(
        "accounts/users.html",
        page=page,
        invitations=queries.open_invitations(_offices()),
        offices=_offices(),
        labels=ROLE_LABELS,
        now=now,
        zone=current_user.time_zone,
    )


@bp.route("/users/invitations/new", methods=["GET", "POST"])
@guard("user.invite")
@limiter.limit("60 per hour", methods=["POST"])
def invite_colleague():
    form = ColleagueForm().offer(_administered(), INVITABLE_ROLES)
    if form.validate_on_submit():
        try:
            email, phone = service.read_contact(form.email.data, form.phone.data)
            with transaction():
                invitation = people.invite(
                    form.office_id.data,
                    form.role.data,
                    form.name.data,
                    email,
                    phone,
                    ends_on=form.ends_on.data,
                    by=current_user,
                    now=utc_now(),
                )
                invitation_id = invitation.id
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            return _show_link_once(invitation_id)
    return render_template("accounts/invite.html", form=form), form.status


def _show_link_once(invitation_id: int):
    cookie["new_link"] = invitation_id
    return redirect(url_for("accounts.show_invitation", user_invitation_id=invitation_id), code=303)


@bp.get("/users/invitations/<int:user_invitation_id>")
@guard("user.invite")
def show_invitation(user_invitation_id):
    """The link is shown to its maker right after it was made, and not again."""
    invitation = policy.load(UserInvitation, user_invitation_id)
    link, text = None, ""
    if cookie.get("new_link") == invitation.id:
        cookie.pop("new_link")
        token = keys.token_for(people.PURPOSE, invitation.nonce)
        link = external_url("accounts.accept_invitation", token=token)
        text = _(
            "%(name)s, buat akun Kopdiklat %(office)s lewat tautan ini. Berlaku 24 jam: %(link)s",
            name=invitation.name,
            office=invitation.office.name,
            link=link,
        )
    return render_template(
        "accounts/invitation.html",
        invitation=invitation,
        link=link,
        whatsapp=whatsapp_url(invitation.phone, text) if link and invitation.phone else None,
        labels=ROLE_LABELS,
        zone=current_user.time_zone,
        now=utc_now(),
    )


@bp.post("/users/invitations/<int:user_invitation_id>/renewal")
@guard("user.invite")
@limiter.limit("60 per hour")
def renew_invitation(user_invitation_id):
    invitation = policy.load(UserInvitation, user_invitation_id)
    with transaction():
        people.renew_invitation(invitation.id, by=current_user, now=utc_now())
    return _show_link_once(user_invitation_id)


@bp.post("/users/invitations/<int:user_invitation_id>/cancellation")
@guard("user.invite")
def cancel_invitation(user_invitation_id):
    invitation = policy.load(UserInvitation, user_invitation_id)
    with transaction():
        people.cancel_invitation(invitation.id, now=utc_now())
    flash(_("Undangan dibatalkan. Tautannya tidak berlaku lagi."))
    return redirect(url_for("accounts.users"), code=303)


@bp.get("/users/<int:user_id>")
@guard("user.see")
def user(user_id):
    return _user_page(policy.load(User, user_id), _role_form(), ReasonForm(formdata=None))


def _role_form() -> RoleForm:
    return RoleForm(formdata=None).offer(_administered(), INVITABLE_ROLES)


def _user_page(person: User, role_form: RoleForm, reason_form: ReasonForm, status: int = 200):
    now = utc_now()
    sessions.prepare(person, now)
    reset = cookie.pop("new_reset", None)
    link = None
    if reset and reset[0] == person.id:
        token = keys.token_for(recovery.PURPOSE, reset[1])
        link = external_url("accounts.reset_password", token=token)
    live = [s for s in queries.live_sessions(person.id) if not sessions.is_over(s, now)]
    page = render_template(
        "accounts/user.html",
        person=person,
        role_form=role_form,
        reason_form=reason_form,
        devices=live,
        offices=_offices(),
        labels=ROLE_LABELS,
        is_self=person.id == current_user.id,
        link=link,
        zone=current_user.time_zone,
    )
    return page, status


@bp.post("/users/<int:user_id>/roles")
@guard("user.edit")
@guesses
def grant_role(user_id):
    person = policy.load(User, user_id)
    form = RoleForm().offer(_administered(), INVITABLE_ROLES)
    if form.validate_on_submit():
        try:
            shown = service.check_own_password(current_user, form.current_password.data)
            with transaction():
                service.check_unchanged(current_user, shown)
                people.grant_role(
                    person.id,
                    form.role.data,
                    form.office_id.data,
                    ends_on=form.ends_on.data,
                    by_id=current_user.id,
                    now=utc_now(),
                )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Peran diberikan. Orangnya perlu masuk lagi."))
            return _back_to(user_id)
    return _user_page(person, form, ReasonForm(formdata=None), form.status)


@bp.post("/memberships/<int:membership_id>/end")
@guard("user.edit")
def end_role(membership_id):
    membership = policy.load(Membership, membership_id)
    with transaction():
        people.end_role(membership.id, by_id=current_user.id, now=utc_now())
    flash(_("Peran diakhiri."))
    return _back_to(membership.user_id)


@bp.post("/users/<int:user_id>/closing")
@guard("user.edit")
def disable_user(user_id):
    _change(user_id, people.disable)
    flash(_("Akun ditutup dan dikeluarkan dari semua perangkat."))
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/reopening")
@guard("user.edit")
def enable_user(user_id):
    _change(user_id, people.enable)
    flash(_("Akun dibuka lagi."))
    return _back_to(user_id)


def _change(user_id: int, verb: Callable) -> None:
    person = policy.load(User, user_id)
    with transaction():
        verb(person.id, **_acting())


def _acting() -> dict:
    """Who changes a colleague, for which offices, and when."""
    return {"by_id": current_user.id, "offices": _offices(), "now": utc_now()}


def _back_to(user_id: int):
    return redirect(url_for("accounts.user", user_id=user_id), code=303)


@bp.post("/users/<int:user_id>/sign-out")
@guard("user.edit")
def sign_out_user(user_id):
    person = policy.load(User, user_id)
    with transaction():
        ended = service.end_sessions(person.id, now=utc_now())
    flash(_("Dikeluarkan dari %(count)s perangkat.", count=ended))
    return _back_to(user_id)


@bp.post("/users/<int:user_id>/second-factor/release")
@guard("user.edit")
@guesses
def release_second_factor(user_id):
    def tell(_made):
        flash(_("Faktor kedua dilepas. Orangnya memasang lagi saat masuk."))

    return _help_in(user_id, people.release_second_factor, tell)


@bp.post("/users/<int:user_id>/password-link")
@guard("user.edit")
@guesses
def make_password_link(user_id):
    def tell(reset):
        cookie["new_reset"] = [user_id, reset.nonce]

    return _help_in(user_id, people.hand_over_reset, tell)


def _help_in(user_id: int, verb: Callable, tell: Callable):
    """A way back in: with the admin's own password and a reason that the trail keeps.

    :param tell: says so, with what the verb made
    """
    person = policy.load(User, user_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            reason = rules.check_reason(form.reason.data)
            shown = service.check_own_password(current_user, form.current_password.data)
            with because(reason), transaction():
                service.check_unchanged(current_user, shown)
                made = verb(person.id, **_acting())
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            tell(made)
            return _back_to(user_id)
    return _user_page(person, _role_form(), form, form.status)


@bp.route("/undangan-akun/<token>", methods=["GET", "POST"])
@guard("account.sign_in")
@limiter.limit("30 per hour", methods=["POST"])
def accept_invitation(token):
    try:
        invitation = people.find_invitation(token, now=utc_now())
    except NotFound as refusal:
        return render_template("accounts/link_over.html", refusal=refusal, kind="invitation"), 404
    if current_user.is_authenticated:
        return _accept_signed_in(invitation)
    form = AcceptForm(data={"name": invitation.name})
    office = invitation.office
    words = [form.name.data or "", invitation.email or "", office.name, office.region_name]
    if form.validate_on_submit() and form.accepts(words):
        password_hash = passwords.make_hash(form.password.data)
        try:
            with transaction():
                people.accept_as_new(invitation.id, form.name.data, password_hash, now=utc_now())
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("Akun Anda siap. Silakan masuk."))
            return redirect(url_for("accounts.sign_in"), code=303)
    return _invitation_page(invitation, form), form.status


def _accept_signed_in(invitation: UserInvitation):
    if request.method == "POST":
        with transaction():
            people.accept_as(invitation.id, current_user.id, now=utc_now())
        flash(_("Peran baru Anda berlaku. Silakan masuk lagi."))
        return redirect(url_for("accounts.sign_in"), code=303)
    return _invitation_page(invitation, None)


def _invitation_page(invitation: UserInvitation, form: AcceptForm | None) -> str:
    return render_template(
        "accounts/accept.html",
        invitation=invitation,
        form=form,
        role=_(ROLE_LABELS[invitation.role]),
        fits=current_user.is_authenticated and people.is_for(invitation, current_user),
        zone=invitation.office.time_zone,
    )
