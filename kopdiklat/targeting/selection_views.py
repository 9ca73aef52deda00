"""Choosing the cooperatives of a batch: a question, a ranked list, and the reason of each."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from kopdiklat.cooperatives.rules import check_all_here
from kopdiklat.core import clock, formats
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import transaction
from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.paging import of_rows
from kopdiklat.core.parsing import read_date
from kopdiklat.core.text import collapse_spaces
from kopdiklat.policy import guard
from kopdiklat.registration import choices, halls, reasons
from kopdiklat.registration.batch_views import load_batch
from kopdiklat.registration.seating import Hall
from kopdiklat.targeting import candidates, facets, fitting, picks, queries, ranking, service, words
from kopdiklat.targeting.blueprint import bp
from kopdiklat.targeting.candidates import Register
from kopdiklat.targeting.facets import Candidate, Filters, Found
from kopdiklat.targeting.fitting import Picked
from kopdiklat.targeting.screen import Screen
from kopdiklat.targeting.service import Basis, Chooser
from kopdiklat.training.models import Batch

TYPED = ("basis", "basis_reason", "hold_until")
LOWEST_TWO = ("under_supervision", "under_special_supervision")


@dataclass
class Choosing:
    """One screen, answered from the register as it is now."""

    batch: Batch
    now: datetime
    today: date
    register: Register
    hall: Hall
    screen: Screen
    found: Found
    picked: Picked

    @cached_property
    def everyone(self) -> dict[int, Candidate]:
        return {c.id: c for c in self.register.candidates}

    @property
    def chosen(self) -> frozenset[int]:
        """Who is chosen and may still be invited, also those that the filters do not show."""
        if self.screen.hand is None:
            return frozenset(self.picked.ids)
        there = self.screen.hand & self.everyone.keys()
        return frozenset(ident for ident in there if not self.everyone[ident].is_invited)

    def first(self, count: int) -> Picked:
        """The first so many of the question, as far as caps and reserves let them."""
        return _pick(self.found, self.hall, count, self.batch.people_per_cooperative)


def _pick(found: Found, hall: Hall, count: int, people: int) -> Picked:
    eligible = (
        (c.id, halls.groups_of(c, hall.shares)) for c in found.candidates if not c.is_invited
    )
    return fitting.pick_first(hall, eligible, count, people)


@bp.route("/batches/<int:batch_id>/selection", methods=["GET", "POST"])
@guard("invitation.send")
def selection(batch_id):
    """GET asks and preselects; POST invites, or looks again (`do`) at an address of its own."""
    batch = load_batch(batch_id)
    now = utc_now()
    hall = halls.hall(batch, now)
    is_form = request.method == "POST" and "all" in request.form
    screen = Screen.read(
        batch_id,
        request.form if is_form else request.args,
        batch.programme.target_statuses or LOWEST_TWO,
        -(-max(0, hall.free) // batch.people_per_cooperative),
    )
    do = ""
    if request.method == "POST":
        do = request.form.get("do", "invite")
        checked = {int(i) for i in request.form.getlist("cooperative") if i.isdecimal()}
        screen = screen.ticked(request.form, checked)
    choosing = choose_from(batch, hall, screen, now)
    if do == "invite":
        try:
            return _invite(choosing)
        except RuleViolation as refusal:
            return _page(choosing, str(refusal)), 422
    if do:
        return _look_again(choosing, do)
    return _page(choosing)


def choose_from(batch: Batch, hall: Hall, screen: Screen, now: datetime) -> Choosing:
    today = clock.local_day(now, batch.time_zone)
    register = candidates.register_of(batch, now, today)
    found = facets.narrow(register.candidates, screen.filters, today)
    picked = _pick(found, hall, screen.n, batch.people_per_cooperative)
    return Choosing(batch, now, today, register, hall, screen, found, picked)


def _look_again(choosing: Choosing, do: str):
    """Where a pressed button leads: an address that holds the question and the choice.

    The script takes the page at once and puts its address into the bar; without it, it is fetched.
    """
    screen = choosing.screen
    if do == "more":  # the first n of this question besides what was chosen before
        more = choosing.first(screen.n).ids
        choosing.screen = screen = replace(screen, hand=choosing.chosen | set(more))
    if screen.hand is not None and len(screen.hand) > picks.MOST:
        return _page(choosing, _too_many()), 422
    if "HX-Request" in request.headers:
        return _page(choosing), 200, {"HX-Push-Url": screen.url()}
    return redirect(screen.url(), code=303)


def _too_many() -> str:
    return _("Paling banyak %(most)s koperasi sekali pilih.", most=picks.MOST)


def _page(choosing: Choosing, error: str = "") -> str:
    found, screen, chosen = choosing.found, choosing.screen, choosing.chosen
    everyone = choosing.everyone
    listed = list(enumerate(found.candidates, 1))
    if screen.show == "chosen":
        places = {c.id: place for place, c in listed}
        own = sorted((everyone[i] for i in chosen), key=facets.order)
        listed = [(places.get(c.id, 0), c) for c in own]
    elif screen.show == "without_phone":
        listed = [(place, c) for place, c in listed if c.id in chosen and not c.has_phone]
    page = of_rows(listed, screen.page)
    fit = _fit(choosing)
    segments = queries.segments_of(choosing.batch.office_id)
    picked = choosing.picked
    return render_template(
        "targeting/selection.html",
        batch=choosing.batch,
        hall=choosing.hall,
        found=found,
        screen=screen,
        page=page,
        page_links=page.addresses(lambda page: screen.url(page=page)),
        chosen=chosen,
        seen=picks.pack(c.id for _place, c in page.rows if not c.is_invited),
        kept=picks.pack(chosen),
        hidden=len(chosen - {c.id for c in found.candidates}),
        without_phone=sum(not everyone[i].has_phone for i in chosen),
        skipped=_skipped(choosing),
        last_chosen=picked.ids[-1] if picked.ids and screen.hand is None else 0,
        fit=fit,
        obstacles=words.obstacles(fit),
        limit_words=words.limit,
        group_name=words.group_name,
        left_out=choosing.register.left_out,
        reasons={
            c.id: _rest_of_reason(c, choosing.register.records_since) for _place, c in page.rows
        },
        facets=words.facets_shown(found, screen.filters),
        position_on=max(
            (c.position_on for c in choosing.register.candidates if c.position_on), default=None
        ),
        strictest=_strictest(choosing),
        months=facets.MONTHS,
        segments=segments,
        segment_urls={
            segment.id: replace(screen, filters=Filters.kept(segment.filters)).url(show="")
            for segment in segments
        },
        titles={name: _(title) for name, title in words.TITLES.items()},
        no_filters=Filters(),
        lottery_url=url_for(
            "targeting.new_lottery", batch_id=choosing.batch.id, **screen.filters.query()
        ),
        typed={name: request.form.get(name, "") for name in TYPED},
        error_basis=bool(error and request.form.get("basis")),
        bases=[(key, _(ranking.BASIS_LABELS[key])) for key in ranking.SAID],
        basis=_(ranking.BASIS_LABELS[_derived(choosing)]) if chosen else "",
        error=error,
    )


def _rest_of_reason(candidate: Candidate, records_since: int | None) -> str:
    """The reason without what the columns say: the status with its rank, and the score."""
    facts = service.reason_of(candidate, records_since).split(choices.JOINT)
    rest = facts[2 if candidate.score is not None else 1 :]
    return reasons.told_choice(choices.JOINT.join(rest))


def _skipped(choosing: Choosing) -> dict[int, str]:
    """Whom the caps and reserves passed over on the way to the first n, and why."""
    if choosing.screen.hand is not None:
        return {}
    people = choosing.batch.people_per_cooperative
    return {
        ident: reasons.told(reasons.passed(obstacle, people))
        for ident, obstacle in choosing.picked.skipped.items()
    }


def _fit(choosing: Choosing) -> fitting.Fit:
    """Whether the chosen can sit, in the order of the list."""
    own = sorted((choosing.everyone[i] for i in choosing.chosen), key=facets.order)
    groups = [halls.groups_of(c, choosing.hall.shares) for c in own]
    return fitting.fit(choosing.hall, groups, choosing.batch.people_per_cooperative)


def _strictest(choosing: Choosing) -> str:
    """Which filter removed most; unless nothing is left only one that a person chose besides the
    statuses, which are the purpose.
    """
    name, found = choosing.found.strictest, choosing.found
    if found.candidates and (name == "status" or name not in choosing.screen.filters.chosen):
        return ""
    return name


def _derived(choosing: Choosing) -> str:
    """What the list itself says of this choice."""
    everyone, chosen = choosing.everyone, choosing.chosen
    first = choosing.first(len(chosen))
    days = choosing.batch.days
    return ranking.basis_of(
        chosen,
        [everyone[i] for i in first.ids],
        everyone[first.after] if first.after else None,
        days[0] if days else choosing.today,
    )


def _invite(choosing: Choosing):
    screen, everyone, batch = choosing.screen, choosing.everyone, choosing.batch
    check_all_here(screen.hand or (), everyone)
    chosen = choosing.chosen
    if not chosen:
        raise RuleViolation(_("Pilih paling sedikit satu koperasi."))
    if len(chosen) > picks.MOST:
        raise RuleViolation(_too_many())
    derived = _derived(choosing)
    recorded, reason = ranking.check_basis(
        derived,
        request.form.get("basis", ""),
        (collapse_spaces(request.form.get("basis_reason")) or "")[:300],
    )
    hold_until = _hold_until(batch)
    places = {c.id: place for place, c in enumerate(choosing.found.candidates, 1)}
    own = sorted((everyone[i] for i in chosen), key=facets.order)
    with transaction():
        made = service.choose(
            batch.id,
            [(places.get(c.id, 0), c) for c in own],
            filters=screen.filters,
            eligible=len(choosing.found.eligible),
            basis=Basis(recorded, derived, reason),
            records_since=choosing.register.records_since,
            by=Chooser(current_user.id, current_user.name),
            now=choosing.now,
            hold_until=hold_until,
        )
    flash(
        ngettext(
            "%(num)s koperasi ditambahkan. Belum ada yang diberi tahu; kirim undangannya di sini.",
            "%(num)s koperasi ditambahkan. Belum ada yang diberi tahu; kirim undangannya di sini.",
            len(made),
        )
    )
    return redirect(invitations_url(batch.id), code=303)


def invitations_url(batch_id: int) -> str:
    return url_for("training.show_batch", batch_id=batch_id, tab="invitations") + "#tabs"


def _hold_until(batch: Batch):
    """The end of the day until which seats are kept; nothing typed keeps none."""
    day: date | None = read_date(request.form.get("hold_until"))
    if day is None:
        return None
    until = clock.moment(day, time(23, 59), batch.time_zone)
    if until <= utc_now() or until > batch.registration_closes_at:
        raise RuleViolation(
            _(
                "Kursi dapat ditahan sampai pendaftaran ditutup, %(day)s.",
                day=formats.moment(batch.registration_closes_at, batch.time_zone),
            )
        )
    return until
