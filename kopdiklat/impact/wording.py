"""The words of before and after: labels, shares, reasons. Says what moved, never why."""

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from kopdiklat.core import formats
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS
from kopdiklat.impact import cohorts, rules, transitions
from kopdiklat.impact.transitions import Movement, ScoreChange

MOVEMENT_LABELS = {
    transitions.UP: _l("naik"),
    transitions.SAME: _l("tetap"),
    transitions.DOWN: _l("turun"),
    transitions.UNCOMPARED: _l("tidak dapat dibandingkan"),
}
GROUP_LABELS = {
    cohorts.PARTICIPANTS: _l("Peserta"),
    cohorts.COMPARISON: _l("Pembanding"),
    cohorts.LEFT_OUT: _l("Tidak masuk hitungan"),
}
STATE_LABELS = {
    rules.COMPLETE: _l("dinilai dua kali"),
    rules.NO_BASELINE: _l("tanpa penilaian awal"),
    rules.NOT_DUE: _l("belum waktunya dinilai lagi"),
    rules.AWAITING_ASSESSMENT: _l("menunggu penilaian akhir"),
    rules.LOST: _l("tidak dinilai lagi dalam jangka waktunya"),
    rules.OTHER_INSTRUMENT: _l("dinilai dengan cara lain"),
    rules.EXCLUDED: _l("sudah bubar"),
}
REASON_LABELS = {
    rules.BELOW_MINIMUM: _l("hadir kurang dari 75% jam"),
    rules.INVITED: _l("diundang tetapi tidak ikut"),
    rules.DISSOLVED: _l("sudah bubar"),
    rules.OTHER_PROGRAMME: _l("ikut program lain"),
    rules.ACTIVITY_UNKNOWN: _l("tidak diketahui aktif atau tidak pada tanggal acuan"),
    rules.INACTIVE: _l("tidak aktif pada tanggal acuan"),
    rules.NOT_ASSESSED: _l("belum dinilai sebelum kegiatan"),
}
FLAG_LABELS = {
    rules.BASELINE_SIGNED_LATE: _l("Penilaian awal ditandatangani sesudah kegiatan."),
    rules.BASELINE_DATE_ESTIMATED: _l("Tanggal posisi awal diperkirakan."),
    rules.ENDLINE_DATE_ESTIMATED: _l("Tanggal posisi akhir diperkirakan."),
    rules.STATUS_MISMATCH: _l("Status tidak sesuai skornya, dengan alasan tercatat."),
}


def status_label(status: str | None) -> str:
    return _(STATUS_LABELS[status]) if status else _(NOT_ASSESSED)


def sentence(text: str, **parts) -> Markup:
    """A translated sentence with links in it; what is no markup is escaped."""
    return Markup(escape(text)) % parts  # noqa: S704, the text is ours and escaped


def joined(parts: list) -> Markup:
    return Markup(", ").join(parts)


def whole_percent(rate: float) -> str:
    return formats.number(Decimal(str(rate * 100)).quantize(Decimal(1)))


def share(movement: Movement, level: str, with_range: bool = True) -> str:
    """What may be said beside a count: nothing, "dari 7", or "48% (kisaran 36–61%)".

    Below 20 cooperatives a share is never without its "x dari n".
    """
    if level == transitions.COUNTS_ONLY or movement.rate is None or movement.range is None:
        return ""
    of_all = _("dari %(total)s", total=formats.number(movement.total))
    if level == transitions.NO_RANGE:
        return of_all
    text = f"{whole_percent(movement.rate)}%"
    if with_range:
        low, high = movement.range
        text = _(
            "%(share)s (kisaran %(low)s–%(high)s%%)",
            share=text,
            low=whole_percent(low),
            high=whole_percent(high),
        )
    return f"{of_all}, {text}" if movement.total < 20 else text


def score_sentence(change: ScoreChange | None, level: str) -> str:
    """What many scores did: one decimal, a mean is not as exact as the scores that it is made of."""
    if change is None or level == transitions.COUNTS_ONLY:
        return ""
    if level == transitions.NO_RANGE:
        return _(
            "Perubahan skor: nilai tengah %(median)s poin, dari %(count)s koperasi yang punya skor"
            " dua kali.",
            median=formats.signed(change.median, 1),
            count=formats.number(change.count),
        )
    if change.range is None:
        spread = ""
    else:
        low, high = change.range
        spread = _(
            " (kisaran %(low)s sampai %(high)s)",
            low=formats.signed(low, 1),
            high=formats.signed(high, 1),
        )
    return _(
        "Rata-rata skor %(before)s menjadi %(after)s: berubah %(mean)s poin%(spread)s, nilai tengah"
        " %(median)s. %(count)s koperasi punya skor dua kali.",
        before=formats.number(change.mean_before, 1),
        after=formats.number(change.mean_after, 1),
        mean=formats.signed(change.mean, 1),
        spread=spread,
        median=formats.signed(change.median, 1),
        count=formats.number(change.count),
    )


def net_sentence(table: transitions.TransitionTable, level: str) -> str:
    if level != transitions.RANGES or table.net is None:
        return ""
    net, low, high = (formats.signed(100 * rate) for rate in table.net)
    return _(
        "Naik dikurangi turun: %(net)s poin persentase (kisaran %(low)s sampai %(high)s).",
        net=net,
        low=low,
        high=high,
    )


def period(days: tuple[date, date] | None) -> str:
    """`31 Des 2023`, or first and last when they differ."""
    if days is None:
        return ""
    return formats.day_range(*days)


def positions_sentence(before: tuple[date, date] | None, after: tuple[date, date] | None) -> str:
    if before and after:
        return _(
            "Posisi %(before)s dibanding posisi %(after)s. Satu koperasi dihitung satu kali.",
            before=period(before),
            after=period(after),
        )
    if before:
        return _(
            "Posisi awal %(before)s. Belum ada penilaian akhir.",
            before=period(before),
        )
    return _("Belum ada penilaian awal. Satu koperasi dihitung satu kali.")
