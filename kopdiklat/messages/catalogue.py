"""Every kind of message: what a list calls it, when it goes, to whom, and what its text may print.

To add a kind: one line in KINDS and its text in templates/notifications/<name>.txt (the first line
is the subject, an empty line and the body follow). To add a placeholder: one line in FIELDS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kopdiklat.core import outbox
from kopdiklat.core.letters import token_link
from kopdiklat.core.text import N_
from kopdiklat.core.web import external_url

Payload = Mapping[str, object]

LINKS = {  # what a link of a message opens: (endpoint, purpose of its token, name of the argument)
    "ticket": ("registration.ticket", "ticket", "ticket"),
    "invitation": ("registration.invitation", "invitation", "token"),
    "account": ("accounts.accept_invitation", "account invitation", "token"),
    "application": ("applications.follow", "application", "application_token"),
    "reset": ("accounts.reset_password", "password reset", "token"),
    "own account": ("accounts.account", "", ""),  # of who is signed in: no token
}


@dataclass(frozen=True)
class Field:
    """What stands for a placeholder. An empty text takes its line with it.

    :param key: what must be in the payload of a message for it to be known
    :param read: the text from the payload; None: it is what `key` holds
    """

    meaning: str
    example: str
    key: str
    read: Callable[[Payload], str] | None = None

    def value(self, payload: Payload) -> str:
        return self.read(payload) if self.read else _text(payload, self.key)


def _text(payload: Payload, key: str) -> str:
    found = payload.get(key)
    return "" if found is None else str(found)


def _schedule(payload: Payload) -> str:
    """One line where all days have the same hours, else the days and below them one line for each."""
    days, hours = _text(payload, "days"), _text(payload, "hours")
    if hours:
        return f"{days}, pukul {hours}"
    lines: object = payload.get("hours_by_day") or []
    return "\n".join([days, *(f"{those}: pukul {theirs}" for those, theirs in lines)])  # type: ignore[attr-defined]


def _former(payload: Payload) -> str:
    parts = (_text(payload, f"was_{part}") for part in ("days", "hours", "place"))
    return ", ".join(part for part in parts if part)


def _listed(payload: Payload) -> str:
    items: object = payload.get("items") or []
    return "\n".join(f"– {sentence}\n  {link}" for sentence, link in items)  # type: ignore[attr-defined]


def _link(payload: Payload) -> str:
    """Made when the message is printed: the outbox keeps only its nonce.

    `masked` is set by a preview, whose reader is not the one whom the link lets in.
    """
    endpoint, purpose, argument = LINKS[str(payload["opens"])]
    if not purpose:
        return external_url(endpoint)
    nonce = payload.get("nonce")
    if not nonce:
        return ""
    link = token_link(endpoint, purpose, str(nonce), argument)
    return f"{link.rpartition('/')[0]}/••••••" if payload.get("masked") else link


FIELDS: dict[str, Field] = {
    "nama": Field(N_("nama penerima"), "Siti Aminah", "person"),
    "koperasi": Field(N_("nama koperasi"), "KSP Bina Artha", "cooperative"),
    "kegiatan": Field(
        N_("nama kegiatan dengan angkatannya"),
        "Bimtek Akuntabilitas Koperasi, angkatan 2",
        "title",
    ),
    "kantor": Field(N_("nama kantor"), "Dinas Koperasi dan UKM Kota Mojokerto", "office"),
    "jadwal": Field(
        N_("hari dan jam kegiatan, satu baris per hari bila jamnya berbeda"),
        "15–16 Juli 2026, pukul 09.00–15.30 WIB",
        "days",
        _schedule,
    ),
    "hari": Field(N_("hari kegiatan"), "15–16 Juli 2026", "days"),
    "hari_pertama": Field(N_("hari pertama kegiatan"), "Rabu, 15 Juli 2026", "first_day"),
    "jam_mulai": Field(N_("jam mulai di hari pertama"), "09.00 WIB", "begins"),
    "tempat": Field(N_("tempat dan alamat"), "Aula Balai Kota, Jl. Gajah Mada 145", "place"),
    "narahubung": Field(
        N_("nama dan nomor yang dapat dihubungi"), "Ibu Rina, 0812-3456-7890", "contact"
    ),
    "nomor": Field(N_("nomor pendaftaran"), "D-0417", "number"),
    "tautan": Field(
        N_("tautan pribadi penerima"), "https://kopdiklat.contoh.id/bukti/••••••", "nonce", _link
    ),
    "jumlah": Field(N_("berapa orang"), "2", "people"),
    "urutan": Field(N_("urutan di daftar tunggu"), "4", "position"),
    "batas": Field(N_("batas waktu mendaftar"), "Jumat, 10 Juli 2026, 16.00 WIB", "closes"),
    "alasan": Field(
        N_("alasan yang ditulis; barisnya hilang bila tidak ada"), "Berhalangan", "reason"
    ),
    "pengganti": Field(N_("nama peserta pengganti"), "Yoga Pratama", "substitute"),
    "perubahan": Field(N_("apa yang diubah"), "Nomor HP diganti", "changed"),
    "permintaan": Field(N_("apa yang diminta"), "membatalkan pendaftaran", "what"),
    "nomor_peserta": Field(
        N_("nomor peserta; barisnya hilang bila menunggu"),
        "D-0417, D-0418",
        "numbers",
        lambda payload: "" if payload.get("waiting") else _text(payload, "numbers"),
    ),
    "nomor_tunggu": Field(
        N_("nomor di daftar tunggu; barisnya hilang bila mendapat kursi"),
        "D-0417, D-0418",
        "numbers",
        lambda payload: _text(payload, "numbers") if payload.get("waiting") else "",
    ),
    "bawaan": Field(
        N_("yang perlu dibawa; barisnya hilang bila tidak ada"),
        "KTP dan neraca terakhir",
        "bring",
    ),
    "sebelumnya": Field(
        N_("hari, jam, dan tempat yang lama"),
        "14 Juli 2026, 09.00–15.30 WIB, Aula",
        "was_days",
        _former,
    ),
    "tanggal": Field(N_("tanggal ringkasan"), "Senin, 13 Juli 2026", "day"),
    "daftar": Field(
        N_("hal yang perlu dikerjakan, dengan tautannya"),
        "– 3 pendaftaran baru\n  https://kopdiklat.contoh.id/batches/3",
        "items",
        _listed,
    ),
    # of messages about accounts, whose text is ours
    "peran": Field(N_("peran di aplikasi"), "Pendamping", "role"),
    "pengundang": Field(N_("siapa yang mengundang"), "Rina Kartika", "by"),
    "jam_berlaku": Field(N_("berapa jam tautan berlaku"), "24", "hours"),
    "menit_berlaku": Field(N_("berapa menit tautan berlaku"), "30", "minutes"),
    # of the sample that an editor sends to himself
    "perihal": Field(N_("perihal pesan contoh"), "Pendaftaran diterima", "subject"),
    "isi": Field(N_("isi pesan contoh"), "Yth. Siti Aminah,", "body"),
}
VERBATIM = ("body",)  # of a payload: lines that a person wrote stay lines


@dataclass(frozen=True)
class Kind:
    """:param fields: names of its placeholders
    :param required: those of them that its text cannot do without
    :param about: whose facts it prints: a registration, an invitation, a digest or an account
    :param opens: which of LINKS its link is
    :param is_urgent: goes out at any hour, for who does not read it travels for nothing
    :param is_asked_for: the recipient has just pressed something and waits for it, at any hour
    :param blanks: the placeholders that fill {{1}}, {{2}} … of its approved WhatsApp template; none:
        no server may send it over WhatsApp
    """

    name: str
    label: str
    when: str
    to: str
    fields: tuple[str, ...]
    required: tuple[str, ...]
    about: str = "registration"
    opens: str = "ticket"
    is_editable: bool = True
    is_urgent: bool = False
    is_asked_for: bool = False
    blanks: tuple[str, ...] = ()

    @property
    def keeps_quiet(self) -> bool:
        """Whether it waits for the end of the recipient's quiet hours."""
        return not (self.is_urgent or self.is_asked_for)


PARTICIPANT = N_("Peserta")
MANAGERS = N_("Pengurus koperasi")
COORDINATORS = N_("Koordinator")
COLLEAGUE = N_("Pengguna Kopdiklat")
FACTS = "jadwal hari hari_pertama jam_mulai tempat"
ON_WHATSAPP = ("nama", "kegiatan", "hari", "tempat", "tautan")  # what is told of a seat there
WITHOUT_LINK = ("nama", "kegiatan", "narahubung")
SEAT = f"nama koperasi kegiatan {FACTS} bawaan nomor narahubung kantor"


def _kind(name: str, label: str, when: str, to: str, fields: str, **more) -> Kind:
    """`fields` in the order of the editor's list; a `!` behind a name says that it is required."""
    names = fields.split()
    return Kind(
        name,
        label,
        when,
        to,
        fields=tuple(name.rstrip("!") for name in names),
        required=tuple(name.rstrip("!") for name in names if name.endswith("!")),
        **more,
    )


def _must(fields: str, *required: str) -> str:
    return " ".join(f"{name}!" if name in required else name for name in fields.split())


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "invitation.sent", N_("Undangan pelatihan"),
            N_("Saat undangan dikirim; ditahan 60 detik agar dapat dibatalkan"), MANAGERS,
            _must(f"koperasi jumlah kegiatan {FACTS} batas tautan narahubung kantor",
                  "jadwal", "tempat", "tautan"),
            about="invitation", opens="invitation",
            blanks=("koperasi", "kegiatan", "hari", "batas", "tautan"),
        ),
        _kind(
            "invitation.reminder", N_("Pengingat undangan"),
            N_("Pada hari yang diatur kantor, kepada yang belum menjawab"), MANAGERS,
            _must(f"koperasi jumlah kegiatan {FACTS} batas tautan narahubung kantor",
                  "jadwal", "tempat", "tautan"),
            about="invitation", opens="invitation",
            blanks=("koperasi", "kegiatan", "hari", "batas", "tautan"),
        ),
        _kind(
            "registration.confirmed", N_("Pendaftaran diterima"),
            N_("Begitu peserta mendapat kursi"), PARTICIPANT,
            _must(f"{SEAT} tautan", "jadwal", "tempat", "tautan"),
            is_asked_for=True, blanks=ON_WHATSAPP,
        ),
        _kind(
            "registration.waitlisted", N_("Daftar tunggu"),
            N_("Begitu peserta masuk daftar tunggu"), PARTICIPANT,
            _must(f"{SEAT} urutan tautan", "urutan", "tautan"),
            is_asked_for=True, blanks=ON_WHATSAPP,
        ),
        _kind(
            "seat.offered", N_("Tawaran kursi"),
            N_("Begitu ada kursi kosong untuk rombongan terdepan"), PARTICIPANT,
            _must(f"{SEAT} jumlah tautan", "jadwal", "tempat", "tautan"),
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "seat.offer_over", N_("Tawaran kursi berakhir"),
            N_("Saat tawaran lewat batas tanpa jawaban"), PARTICIPANT, SEAT,
            blanks=WITHOUT_LINK,
        ),
        _kind(
            "registration.promoted", N_("Mendapat kursi"),
            N_("Tidak dikirim lagi; dipakai versi sebelumnya"), PARTICIPANT,
            f"{SEAT} tautan", is_editable=False,
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "registration.replaced", N_("Peserta diganti"),
            N_("Saat kursi peserta dipakai penggantinya"), PARTICIPANT,
            _must(f"{SEAT} pengganti", "pengganti"),
            blanks=WITHOUT_LINK,
        ),
        _kind(
            "registration.cancelled", N_("Pendaftaran dibatalkan"),
            N_("Saat pendaftaran dibatalkan"), PARTICIPANT, f"{SEAT} alasan",
            blanks=WITHOUT_LINK,
        ),
        _kind(
            "registration.corrected", N_("Data peserta diperbaiki"),
            N_("Saat data pendaftaran diubah"), PARTICIPANT,
            _must(f"{SEAT} perubahan tautan", "perubahan"),
        ),
        _kind(
            "request.declined", N_("Permintaan tidak dikabulkan"),
            N_("Saat koordinator menolak permintaan"), PARTICIPANT,
            _must(f"{SEAT} permintaan alasan tautan", "permintaan"),
        ),
        _kind(
            "application.received", N_("Pengajuan diterima"), N_("Begitu pengajuan masuk"), MANAGERS,
            _must(f"{SEAT} tautan", "tautan"),
            opens="application", is_asked_for=True,
        ),
        _kind(
            "application.approved", N_("Pengajuan disetujui"), N_("Saat pengajuan disetujui"), MANAGERS,
            _must(f"{SEAT} nomor_peserta nomor_tunggu tautan",
                  "nomor_peserta", "nomor_tunggu", "tautan"),
            opens="application",
        ),
        _kind(
            "application.declined", N_("Pengajuan tidak disetujui"), N_("Saat pengajuan ditolak"),
            MANAGERS, f"{SEAT} alasan", opens="application",
        ),
        _kind(
            "batch.moved", N_("Jadwal berubah"),
            N_("Saat hari, jam, atau tempat angkatan berubah"), PARTICIPANT,
            _must(f"nama kegiatan {FACTS} sebelumnya narahubung kantor tautan",
                  "jadwal", "tempat"),
            is_urgent=True, blanks=("nama", "kegiatan", "hari", "tempat", "narahubung"),
        ),
        _kind(
            "batch.cancelled", N_("Angkatan dibatalkan"),
            N_("Saat angkatan dibatalkan"), PARTICIPANT,
            _must("nama kegiatan hari alasan narahubung kantor", "kegiatan"),
            is_urgent=True, blanks=("nama", "kegiatan", "hari", "narahubung"),
        ),
        _kind(
            "batch.reminder_7", N_("Pengingat H-7"), N_("7 hari sebelumnya, pada jam pengingat"),
            PARTICIPANT, _must(f"{SEAT} tautan", "jadwal", "tempat", "tautan"),
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "batch.reminder_3", N_("Pengingat H-3"), N_("3 hari sebelumnya, pada jam pengingat"),
            PARTICIPANT, _must(f"{SEAT} tautan", "jadwal", "tempat", "tautan"),
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "batch.reminder", N_("Pengingat H-1"), N_("Sehari sebelumnya, pada jam pengingat"),
            PARTICIPANT, _must(f"{SEAT} tautan", "jadwal", "tempat", "tautan"),
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "batch.reminder_0", N_("Pengingat pagi"), N_("Pagi hari pertama, pukul 07.00"),
            PARTICIPANT, _must(f"{SEAT} tautan", "jam_mulai", "tempat", "tautan"),
            blanks=ON_WHATSAPP,
        ),
        _kind(
            "digest.daily", N_("Ringkasan harian"),
            N_("Setiap hari kerja pada jam ringkasan, bila ada yang perlu diketahui"),
            COORDINATORS, "nama kantor tanggal daftar! tautan",
            about="digest", opens="own account",
        ),
        _kind(
            "message.sample", N_("Contoh templat"), N_("Saat diminta di editor templat"),
            COLLEAGUE, "perihal isi!", is_editable=False, about="account",
            is_asked_for=True,
        ),
        _kind(
            "manager_joined", N_("Akun pengurus baru"),
            N_("Saat pengurus membuat akun lewat undangan"), COLLEAGUE,
            "nama koperasi kegiatan", is_editable=False, about="account",
        ),
        _kind(
            "account_invitation", N_("Undangan akun"), N_("Saat seorang rekan diundang"), COLLEAGUE,
            "nama kantor pengundang peran jam_berlaku tautan!",
            is_editable=False, about="account", opens="account",
            is_asked_for=True,
        ),
        _kind(
            "password_reset", N_("Atur ulang kata sandi"), N_("Saat diminta di halaman masuk"),
            COLLEAGUE, "nama menit_berlaku tautan!",
            is_editable=False, about="account", opens="reset",
            is_asked_for=True,
        ),
    )
}  # fmt: skip


outbox.BY_GATEWAY.update(name for name, kind in KINDS.items() if kind.blanks)
DISTURBING = [name for name, kind in KINDS.items() if not kind.keeps_quiet]


def values(kind: Kind, payload: Payload) -> dict[str, str]:
    """Placeholder -> what stands for it in a message with this payload."""
    told = {**payload, "opens": kind.opens}
    return {name: FIELDS[name].value(told) for name in kind.fields}


def examples(kind: Kind) -> dict[str, str]:
    return {name: FIELDS[name].example for name in kind.fields}
