"""A clash in words: who or what is elsewhere then, and where."""

from flask_babel import gettext as _

from kopdiklat.core import formats
from kopdiklat.training.clashes import Clash

NAMED = 3  # participants who are named; of the others the number is told


def told_of(clash: Clash) -> tuple[str, str]:
    """The whole sentence, and the short one for a narrow place."""
    there = clash.busy
    when = {
        "day": formats.day(there.day, "full"),
        "hours": formats.hours(there.starts_at, there.ends_at, there.time_zone),
        "title": there.title,
        "venue": there.venue,
    }
    time = formats.hours(there.starts_at, there.ends_at, there.time_zone, False)
    if clash.kind == "trainer":
        return (
            _(
                "%(day)s, %(hours)s %(name)s mengajar di %(title)s, %(venue)s.",
                name=there.trainer_name,
                **when,
            ),
            _("Bentrok: mengajar di %(title)s, %(hours)s", title=there.title, hours=time),
        )
    if clash.kind == "venue":
        return (
            _("%(day)s, %(hours)s %(venue)s dipakai %(title)s.", **when),
            _("Bentrok: ruang dipakai %(title)s, %(hours)s", title=there.title, hours=time),
        )
    names = ", ".join(clash.people[:NAMED])
    more = len(clash.people) - NAMED
    if more > 0:
        names = _("%(names)s, dan %(num)s lagi", names=names, num=more)
    return (
        _("%(day)s, %(hours)s %(names)s terdaftar di %(title)s, %(venue)s.", names=names, **when),
        _("Bentrok: peserta di %(title)s, %(hours)s", title=there.title, hours=time),
    )
