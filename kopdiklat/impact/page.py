"""What the page of one change shows: every number with the address of the names behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from markupsafe import Markup

from kopdiklat.core import charts, formats
from kopdiklat.core.web import asset_url
from kopdiklat.impact import cohorts, rules, transitions, wording
from kopdiklat.impact.cohorts import Cohort, Group
from kopdiklat.impact.transitions import CLASSES, DOWN, SAME, UNCOMPARED, UP

Address = Callable[..., str]  # names_url(group=…, before=…) -> address of the list


@dataclass(frozen=True)
class Count:
    label: str
    count: int
    url: str
    share: str = ""


@dataclass(frozen=True)
class Cell:
    count: int
    url: str
    way: str
    uncompared: int = 0
    uncompared_url: str = ""


@dataclass(frozen=True)
class Row:
    status: str | None
    cells: Sequence[Cell]
    total: int
    url: str


@dataclass(frozen=True)
class GroupPage:
    """One of the two columns, always in the same parts."""

    name: str
    label: str
    total: int
    url: str
    in_table: int
    in_table_url: str
    compared: int
    compared_url: str
    counts: Sequence[Count]
    bar: Markup
    edge: Markup
    score: str
    net: str
    rows: Sequence[Row]
    columns: Sequence[Count]
    ribbons: Markup
    missing: Markup


@dataclass(frozen=True)
class ChangePage:
    groups: Sequence[GroupPage]
    has_comparison: bool
    shows_pictures: bool
    too_few: str
    like_for_like: Markup
    lead: str
    needs_notice: bool
    overlap: Markup
    overlaps_much: bool
    left_out: Markup
    unknown_activity: bool
    undated: Markup
    from_elsewhere: int
    anchor: date | None
    windows: rules.Windows
    missing: Sequence[Markup]


def linked(count: int, url: str) -> Markup:
    """The number, leading to its list; nothing to open behind 0."""
    text = formats.number(count)
    return Markup('<a href="{}">{}</a>').format(url, text) if count else Markup("{}").format(text)


def change_page(cohort: Cohort, group_label: str, names_url: Address) -> ChangePage:
    scale = charts.ribbon_scale(cohort.participants.table.total, cohort.comparison.table.total)
    labels = {cohorts.PARTICIPANTS: group_label, cohorts.COMPARISON: _("Pembanding, tidak ikut")}
    groups = [
        _group_page(group, labels[group.name], scale, names_url)
        for group in (cohort.participants, cohort.comparison)
    ]
    return ChangePage(
        groups=groups,
        has_comparison=bool(cohort.comparison.members),
        shows_pictures=cohort.participants.level != transitions.COUNTS_ONLY,
        too_few=_too_few(cohort),
        like_for_like=_like_for_like(cohort, names_url),
        lead=wording.positions_sentence(cohort.positions("baseline"), cohort.positions("endline")),
        needs_notice=cohort.needs_notice,
        overlap=_overlap(cohort, names_url),
        overlaps_much=cohort.overlaps_much,
        left_out=_left_out(cohort, names_url),
        unknown_activity=rules.ACTIVITY_UNKNOWN in cohort.reasons,
        undated=_undated(cohort, names_url),
        from_elsewhere=cohort.from_elsewhere,
        anchor=cohort.anchor,
        windows=cohort.windows,
        missing=[page.missing for page in groups if page.missing],
    )


def _too_few(cohort: Cohort) -> str:
    """Fewer than five pairs: no more than counts, and when more may be expected."""
    group = cohort.participants
    if group.level != transitions.COUNTS_ONLY or cohort.anchor is None:
        return ""
    if group.table.compared:
        return _(
            "Baru %(count)s koperasi punya penilaian awal dan akhir."
            " Terlalu sedikit untuk disimpulkan.",
            count=formats.number(group.table.compared),
        )
    return _(
        "Belum ada koperasi yang punya penilaian awal dan akhir. Penilaian akhir dihitung mulai"
        " posisi %(day)s.",
        day=formats.day(rules.add_months(cohort.anchor, cohort.windows.lag)),
    )


def _group_page(group: Group, label: str, scale: float, names_url: Address) -> GroupPage:
    table = group.table

    def url(**filters) -> str:
        return names_url(group=group.name, **filters)

    moved = ((UP, table.up), (SAME, table.same), (DOWN, table.down))
    names = {UP: _("Naik status"), SAME: _("Tetap"), DOWN: _("Turun")}
    counts = [
        Count(
            names[way],
            movement.count,
            url(moved=way),
            wording.share(movement, group.level, with_range=way != SAME),
        )
        for way, movement in moved
    ]
    pictures = group.level != transitions.COUNTS_ONLY
    return GroupPage(
        name=group.name,
        label=label,
        total=len(group.members),
        url=url(),
        in_table=table.total,
        in_table_url=url(in_table=1),
        compared=table.compared,
        compared_url=url(state=rules.COMPLETE),
        counts=counts,
        bar=_bar(counts, label) if pictures else Markup(""),
        edge=_edge(table, url) if pictures else Markup(""),
        score=wording.score_sentence(group.change, group.level),
        net=wording.net_sentence(table, group.level),
        rows=[_row(table, before, url) for before in CLASSES],
        columns=[
            Count("", table.column_total(after), url(after=after or "none")) for after in CLASSES
        ],
        ribbons=_ribbons(table, label, scale) if pictures and table.total else Markup(""),
        missing=_missing(group, url),
    )


def _bar(counts: Sequence[Count], label: str) -> Markup:
    parts = [
        charts.Part(count.label, count.count, f"m-{way}")
        for way, count in zip((UP, SAME, DOWN), counts, strict=True)
    ]
    text = ", ".join(f"{count.label} {formats.number(count.count)}" for count in counts)
    return charts.split_bar(parts, title=f"{label}: {text}")


def _edge(table: transitions.TransitionTable, url: Callable[..., str]) -> Markup:
    """How many could not have risen or fallen, whatever was done."""
    top, bottom = rules.HEALTH_STATUSES[0], rules.HEALTH_STATUSES[-1]
    parts = []
    if table.cannot_rise:
        parts.append(
            wording.sentence(
                _("%(count)s dari %(total)s sudah Sehat, tidak dapat naik lagi."),
                count=linked(table.cannot_rise, url(before=top, state=rules.COMPLETE)),
                total=formats.number(table.compared),
            )
        )
    else:
        parts.append(wording.sentence(_("Tidak ada yang sudah Sehat.")))
    if table.cannot_fall:
        parts.append(
            wording.sentence(
                _("%(count)s dari %(total)s mulai di kelas terendah, tidak dapat turun lagi."),
                count=linked(table.cannot_fall, url(before=bottom, state=rules.COMPLETE)),
                total=formats.number(table.compared),
            )
        )
    return Markup(" ").join(parts)


def _row(table: transitions.TransitionTable, before: str | None, url) -> Row:
    cells = []
    for after in CLASSES:
        way = transitions.movement(before, after)
        place = {"before": before or "none", "after": after or "none"}
        uncompared = table.uncompared.get((before, after), 0)
        cells.append(
            Cell(
                table.cell(before, after),
                url(**place, moved=way),
                way,
                uncompared,
                url(**place, moved=UNCOMPARED) if uncompared else "",
            )
        )
    return Row(before, cells, table.row_total(before), url(before=before or "none"))


def _ribbons(table: transitions.TransitionTable, label: str, scale: float) -> Markup:
    nodes = [
        charts.Node(
            status or "none",
            wording.status_label(status),
            f"s-{status or 'none'}",
            f"{asset_url('icons.svg')}#status-{status or 'none'}",
        )
        for status in CLASSES
    ]
    flows = []
    for (before, after), total in table.counts.items():
        uncompared = table.uncompared.get((before, after), 0)
        way = transitions.movement(before, after)
        for count, kind in ((total - uncompared, way), (uncompared, UNCOMPARED)):
            title = _(
                "%(before)s ke %(after)s: %(count)s",
                before=wording.status_label(before),
                after=wording.status_label(after),
                count=count,
            )
            flows.append(charts.Flow(before or "none", after or "none", count, f"m-{kind}", title))
    order = [f"m-{way}" for way in (SAME, UNCOMPARED, UP, DOWN)]
    flows.sort(key=lambda flow: order.index(flow.css))
    return charts.ribbons(
        flows,
        nodes,
        scale=scale,
        title=_("%(label)s: dari status sebelum ke status sesudah", label=label),
        desc=_("Angka yang sama ada di tabel di atas."),
    )


def _missing(group: Group, url) -> Markup:
    """How many of the group cannot be compared, by why."""
    states = [
        (state, count) for state, count in group.states.items() if state != rules.COMPLETE and count
    ]
    if not states:
        return Markup("")
    reasons = [
        wording.sentence(
            "%(count)s %(reason)s",
            count=linked(count, url(state=state)),
            reason=wording.STATE_LABELS[state],
        )
        for state, count in sorted(
            states, key=lambda item: list(wording.STATE_LABELS).index(item[0])
        )
    ]
    text = _("Peserta yang tidak dapat dibandingkan: %(reasons)s.")
    if group.name == cohorts.COMPARISON:
        text = _("Pembanding yang tidak dapat dibandingkan: %(reasons)s.")
    return wording.sentence(text, reasons=wording.joined(reasons))


def _like_for_like(cohort: Cohort, names_url: Address) -> Markup:
    """Those who began in the two lowest classes, side by side."""
    if cohort.participants.level == transitions.COUNTS_ONLY or not cohort.comparison.members:
        return Markup("")
    sides = []
    for group, text in (
        (cohort.participants, _("%(count)s dari %(total)s peserta naik%(share)s")),
        (cohort.comparison, _("%(count)s dari %(total)s pembanding naik%(share)s")),
    ):
        movement = group.table.up_from_lowest_two
        share = ""
        level = transitions.display_level(movement.total)
        if level == transitions.RANGES and movement.rate is not None:
            share = Markup(" (<b>{}%</b>)").format(wording.whole_percent(movement.rate))
        sides.append(
            wording.sentence(
                text,
                count=linked(
                    movement.count, names_url(group=group.name, before=cohorts.LOWEST_TWO, moved=UP)
                ),
                total=linked(
                    movement.total,
                    names_url(group=group.name, before=cohorts.LOWEST_TWO, state=rules.COMPLETE),
                ),
                share=share,
            )
        )
    return wording.joined(sides) + Markup(".")


def _overlap(cohort: Cohort, names_url: Address) -> Markup:
    count = cohort.participants.overlapping
    if not count:
        return Markup("")
    return wording.sentence(
        _("%(count)s dari %(total)s peserta juga mengikuti program lain."),
        count=linked(count, names_url(group=cohorts.PARTICIPANTS, overlapping=1)),
        total=formats.number(len(cohort.participants.members)),
    )


def _undated(cohort: Cohort, names_url: Address) -> Markup:
    count = cohort.comparison.undated
    if not count:
        return Markup("")
    return wording.sentence(
        _("%(count)s pembanding dianggap aktif dari catatan tanpa tanggal."),
        count=linked(count, names_url(group=cohorts.COMPARISON, undated=1)),
    )


def _left_out(cohort: Cohort, names_url: Address) -> Markup:
    if not cohort.left_out:
        return Markup("")
    reasons = [
        wording.sentence(
            "%(count)s %(reason)s",
            count=linked(cohort.reasons[reason], names_url(group=cohorts.LEFT_OUT, reason=reason)),
            reason=label,
        )
        for reason, label in wording.REASON_LABELS.items()
        if reason in cohort.reasons
    ]
    return wording.sentence(
        _("%(count)s koperasi lain tidak masuk: %(reasons)s."),
        count=linked(len(cohort.left_out), names_url(group=cohorts.LEFT_OUT)),
        reasons=wording.joined(reasons),
    )
