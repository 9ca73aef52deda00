"""The gate of every request: who comes in, in whose name the trail is written, whether the view opens.

Refuses by default. To a signed-in person who may do an action to nothing at all, the thing in the
address decides what the refusal is: one that may be seen is there and shut (403), any other does
not exist (404).
"""

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import AnonymousUserMixin, current_user

from kopdiklat import policy, refusals, tables
from kopdiklat.accounts import sessions
from kopdiklat.core import audit
from kopdiklat.core.clock import utc_now
from kopdiklat.core.errors import NotFound
from kopdiklat.extensions import login_manager

THINGS = {  # what an address is about, by the name in its route
    "application_id": tables.applications.Application,
    "assessment_id": tables.health.HealthAssessment,
    "assignment_id": tables.mentoring.MentoringAssignment,
    "batch_id": tables.training.Batch,
    "change_request_id": tables.registration.ChangeRequest,
    "cooperative_id": tables.cooperatives.Cooperative,
    "course_id": tables.training.Course,
    "feed_id": tables.feeds.CalendarFeed,
    "follow_up_id": tables.mentoring.FollowUp,
    "holiday_id": tables.offices.Holiday,
    "invitation_id": tables.registration.Invitation,
    "lottery_id": tables.targeting.Lottery,
    "membership_id": tables.accounts.Membership,
    "message_id": tables.outbox.OutboxMessage,
    "note_id": tables.mentoring.VisitNote,
    "number_id": tables.numbers.IssuedNumber,
    "office_id": tables.offices.Office,
    "photo_id": tables.mentoring.VisitPhoto,
    "programme_id": tables.training.Programme,
    "registration_id": tables.registration.Registration,
    "run_id": tables.imports.ImportRun,
    "segment_id": tables.targeting.Segment,
    "selection_id": tables.targeting.Selection,
    "session_id": tables.accounts.LoginSession,
    "task_id": tables.tasks.Task,
    "trainer_id": tables.training.Trainer,
    "training_session_id": tables.training.TrainingSession,
    "user_id": tables.accounts.User,
    "user_invitation_id": tables.accounts.UserInvitation,
    "venue_id": tables.training.Venue,
    "visit_id": tables.mentoring.MentoringVisit,
}


class Visitor(AnonymousUserMixin):
    """Somebody who is not signed in: holds no membership."""

    id = None
    name = ""
    initials = ""
    current_memberships = ()


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    login_manager.anonymous_user = Visitor
    login_manager.request_loader(_load_user)
    login_manager.session_protection = None  # the session table does this work
    app.before_request(_name_the_actor)
    app.before_request(_check_policy)
    app.before_request(_keep_session_alive)


def _load_user(_request):
    token = cookie.get("login")
    login = sessions.find(token, utc_now()) if token else None
    g.login_session = login
    g.awaits_factor = login is not None and _lacks_second_factor(login)
    # Until the second factor is shown, a password alone makes nobody more than a visitor.
    return login.user if login and not g.awaits_factor else None


def _lacks_second_factor(login: sessions.LoginSession) -> bool:
    """Whether this session still owes it: staff in production, and anyone who set it up."""
    if login.second_factor_at:
        return False
    required = current_app.config["PRODUCTION"] and policy.needs_second_factor(login.user)
    return bool(login.user.totp_confirmed_at or required)


def _name_the_actor():
    user = current_user if current_user.is_authenticated else None
    g.user_id = user.id if user else None
    name = user.name if user else "pengunjung"
    office_id = policy.office_of(user) if user else None
    audit.act_as(audit.Actor(g.user_id, name, g.request_id, office_id=office_id))


def _check_policy():
    """Refuse by default: a view without an action is nobody's."""
    if request.endpoint in (None, "static"):
        return None
    view = current_app.view_functions[request.endpoint]
    g.policy_action = action = getattr(view, "policy_action", None)
    if action is None:
        current_app.logger.critical("view without a policy: %s", request.endpoint)
        return render_template("errors/403.html"), 403
    allowed = policy.can(current_user, action)
    if g.get("awaits_factor") and (not allowed or request.endpoint == "dashboard.home"):
        if not policy.can(g.login_session.user, action):
            return refusals.not_here()
        back = request.full_path if request.method == "GET" else None
        return redirect(url_for("accounts.second_factor_page", next=back))
    if allowed:
        return None
    if current_user.is_authenticated:
        return _refuse()
    return refusals.sign_in_first()


def _refuse():
    """For an action that this person may do to nothing at all.

    :raises Forbidden: the first thing in the address may be seen
    :raises NotFound: it may not, or there is none
    """
    for name, ident in (request.view_args or {}).items():
        if name in THINGS:
            policy.load(THINGS[name], ident)
    raise NotFound(policy.NOT_HERE)


def _keep_session_alive():
    if g.get("login_session"):
        sessions.touch(g.login_session, utc_now())
