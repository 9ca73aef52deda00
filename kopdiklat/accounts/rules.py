"""Decisions of accounts: passwords, delays, who may change whose role."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from kopdiklat.core.errors import RuleViolation
from kopdiklat.core.text import N_, match_key

FREE_FAILURES = 5
LONGEST_DELAY = 60  # seconds
FORGET_FAILURES_AFTER = timedelta(hours=1)

PASSWORD_LENGTH = (12, 128)
INVITATION_LIFE = timedelta(hours=24)
RESET_LIFE = timedelta(minutes=30)

# What people here choose when they are told to choose: short words, keyboard rows, the work itself.
GUESSABLE_WORDS = """
kata sandi katasandi password passw0rd rahasia admin administrator user pengguna login
selamat datang welcome qwerty qwertyuiop asdfghjkl zxcvbnm abcdefghijkl indonesia merdeka
pancasila garuda bismillah alhamdulillah assalamualaikum sayang cinta aku kamu keluarga
koperasi dinas kopdiklat diklat bimtek pelatihan pendampingan kantor umkm ukm kota kabupaten
provinsi pemkot pemkab perindustrian perdagangan pns asn letmein iloveyou monkey dragon
januari februari maret april mei juni juli agustus september oktober november desember
senin selasa rabu kamis jumat sabtu minggu jakarta surabaya bandung semarang mojokerto
""".split()  # noqa: SIM905, shorter to read than a list


def check_password(password: str, own_words: Iterable[str] = ()) -> None:
    """Length, and no password that is guessed from the person, the office or a list.

    :param own_words: name, e-mail, office: their words count for nothing
    :raises RuleViolation: with the sentence that helps
    """
    shortest, longest = PASSWORD_LENGTH
    if len(password) < shortest:
        raise RuleViolation(N_("Kata sandi paling sedikit 12 karakter. Kalimat pendek boleh."))
    if len(password) > longest:
        raise RuleViolation(N_("Kata sandi paling panjang 128 karakter."))
    if not _is_hard_to_guess(password, own_words):
        raise RuleViolation(
            N_("Kata sandi ini mudah ditebak. Pakai beberapa kata yang tidak berhubungan.")
        )


def _is_hard_to_guess(password: str, own_words: Iterable[str]) -> bool:
    """Whether enough is left once known words, digits in order and repetitions are taken out."""
    words = {word for text in own_words for word in match_key(text).split() if len(word) > 2}
    rest = match_key(password).replace(" ", "")
    for word in sorted(words.union(GUESSABLE_WORDS), key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = "".join(
        char
        for before, char in zip(" " + rest, rest)
        if char != before and ord(char) - ord(before) != 1
    )
    return len(rest) >= 5 and len(set(rest)) >= 4


def delay_after(failures: int) -> int:
    """Seconds to wait after that many failures in a row: none, then 1, 2, 4 … 60."""
    if failures < FREE_FAILURES:
        return 0
    return min(2 ** (failures - FREE_FAILURES), LONGEST_DELAY)


def seconds_to_wait(failures: int, last_failed_at: datetime, now: datetime) -> int:
    """Whole seconds until the next attempt is looked at; 0 is now."""
    left = last_failed_at + timedelta(seconds=delay_after(failures)) - now
    return max(0, -(-left // timedelta(seconds=1)))


def check_not_self(actor_id: int | None, user_id: int) -> None:
    if actor_id == user_id:
        raise RuleViolation(
            N_("Peran dan akun Anda sendiri diubah oleh admin lain, bukan oleh Anda.")
        )


def check_membership_end(ends_on: date | None, today: date, *, is_needed: bool) -> None:
    """Nobody gets a role that has ended.

    :param is_needed: whether the role is given for a set time only
    """
    if is_needed and ends_on is None:
        raise RuleViolation(N_("Pemeriksa diberi akses sampai tanggal tertentu. Isi tanggalnya."))
    if ends_on is not None and ends_on < today:
        raise RuleViolation(N_("Tanggal berakhirnya sudah lewat."))


def check_admin_remains(other_admins: int) -> None:
    if other_admins == 0:
        raise RuleViolation(
            N_("Ini admin kantor terakhir. Jadikan orang lain admin kantor dahulu.")
        )


def check_reason(reason: str) -> str:
    """A reason that says something.

    :return: it, without blanks around
    """
    reason = " ".join(reason.split())
    if len(reason) < 5:
        raise RuleViolation(N_("Tulis alasannya, agar dapat ditelusuri kemudian."))
    return reason[:300]


BROWSERS = (  # the first name found in the user agent, most specific first
    ("EdgA/", "Edge"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("CrOS", "Chromebook"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(user_agent: str) -> str:
    """`Chrome, Android`: enough for its owner to know it again."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or N_("Peramban lain")
