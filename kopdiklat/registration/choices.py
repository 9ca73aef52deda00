"""Why a cooperative was chosen, in the words that are kept with its invitation. Pure.

Facts in a fixed order, joined by "; ", in Indonesian: `reasons.told_choice` tells them again in the
reader's language, so each sentence stands here once.
"""

from datetime import date
from decimal import Decimal

from kopdiklat.core.text import N_
from kopdiklat.health.rules import NOT_ASSESSED, STATUS_LABELS

JOINT = "; "
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")

RANKED = N_("%(status)s, peringkat %(rank)s dari %(all)s")
WITHOUT_SCORE = N_("%(status)s, tanpa skor")
NOT_ACTIVE = N_("%(status)s, tidak aktif")
SCORED = N_("skor %(score)s posisi %(day)s")
NEVER_TRAINED = N_("belum pernah ikut bimtek")
NEVER_SINCE = N_("belum pernah ikut bimtek sejak %(year)s")
LAST_TRAINED = N_("bimtek terakhir %(day)s")
NEVER_THIS_COURSE = N_("belum pernah ikut kursus ini")
THIS_COURSE = N_("ikut kursus ini %(day)s")
IN_OTHER_BATCH = N_("terdaftar di angkatan lain kursus ini")
NEVER_VISITED = N_("belum pernah dikunjungi")
LAST_VISITED = N_("kunjungan terakhir %(day)s")
OPEN_FOLLOW_UPS = "%(num)s tindak lanjut terbuka"
DRAWN = N_("terundi urutan %(place)s dari %(winners)s di antara %(eligible)s yang memenuhi syarat")
SENTENCES = (
    RANKED, WITHOUT_SCORE, NOT_ACTIVE, SCORED, NEVER_SINCE, NEVER_TRAINED, LAST_TRAINED,
    NEVER_THIS_COURSE, THIS_COURSE, IN_OTHER_BATCH, NEVER_VISITED, LAST_VISITED, DRAWN, NOT_ASSESSED,
)  # fmt: skip


def month(day: date) -> str:
    """`Jul 2024`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def reason_of(
    *,
    health_status: str | None,
    rank: int,
    of: int,
    score: Decimal | None,
    position_on: date | None,
    last_training_on: date | None,
    course_on: date | None,
    in_other_batch: bool,
    last_visit_on: date | None,
    open_follow_ups: int,
    records_since: int | None,
    is_offered: bool = True,
) -> str:
    """`Dalam Pengawasan, peringkat 3 dari 32; skor 57,20 posisi Des 2025; belum pernah ikut …`.

    :param rank: within the status, of so many; 0 without one
    :param records_since: the year in which records of training begin: before it nobody knows
    """
    facts = [_standing(health_status, rank, of, is_offered)]
    if score is not None and position_on:
        facts.append(SCORED % {"score": _decimal(score), "day": month(position_on)})
    if last_training_on:
        facts.append(LAST_TRAINED % {"day": month(last_training_on)})
    elif records_since:
        facts.append(NEVER_SINCE % {"year": records_since})
    else:
        facts.append(NEVER_TRAINED)
    if in_other_batch:
        facts.append(IN_OTHER_BATCH)
    elif course_on:
        facts.append(THIS_COURSE % {"day": month(course_on)})
    elif last_training_on:
        facts.append(NEVER_THIS_COURSE)
    if last_visit_on:
        facts.append(LAST_VISITED % {"day": month(last_visit_on)})
    else:
        facts.append(NEVER_VISITED)
    if open_follow_ups:
        facts.append(OPEN_FOLLOW_UPS % {"num": open_follow_ups})
    return JOINT.join(facts)


def drawn(place: int, winners: int, eligible: int, reason: str) -> str:
    """The place in a lottery, before the facts of that day."""
    fact = DRAWN % {"place": place, "winners": winners, "eligible": eligible}
    return JOINT.join([fact, reason])


def _standing(health_status: str | None, rank: int, of: int, is_offered: bool) -> str:
    if not health_status:
        return NOT_ASSESSED
    status = STATUS_LABELS[health_status]
    if not is_offered:
        return NOT_ACTIVE % {"status": status}
    if not rank:
        return WITHOUT_SCORE % {"status": status}
    return RANKED % {"status": status, "rank": rank, "all": of}


def _decimal(score: Decimal) -> str:
    return f"{score:.2f}".replace(".", ",")
