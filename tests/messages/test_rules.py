"""What an office may write, and how it is printed."""

import pytest

from kopdiklat.messages import rules
from kopdiklat.messages.rules import Wording, WordingRefused

FIELDS = ("nama", "jadwal", "tautan", "alasan")
REQUIRED = ("jadwal", "tautan")
GOOD = Wording("Undangan {nama}", "Yth. {nama}\n\n{jadwal}\n{tautan}")


def refused(**parts):
    with pytest.raises(WordingRefused) as refusal:
        rules.check(Wording(**(vars(GOOD) | parts)), FIELDS, REQUIRED)
    return refusal.value.part, str(refusal.value)


def test_check_takes_a_text_that_says_what_it_must():
    rules.check(GOOD, FIELDS, REQUIRED)
    rules.check(Wording(GOOD.subject, GOOD.body, "{jadwal} {tautan}"), FIELDS, REQUIRED)


@pytest.mark.parametrize(
    ("parts", "part", "sentence"),
    [
        ({"subject": " "}, "subject", "Perihal perlu diisi."),
        ({"body": ""}, "body", "Isi pesan perlu diisi."),
        ({"subject": "a" * 121}, "subject", "Paling panjang 120 huruf; sekarang 121."),
        ({"body": "a" * 2501}, "body", "Paling panjang 2500 huruf; sekarang 2501."),
        ({"subject": "Satu\nBcc: x@y.id"}, "subject", "Perihal hanya satu baris."),
        ({"subject": "Satu\r\nBcc: x@y.id"}, "subject",
         "Ada huruf yang tidak terlihat di teks ini. Hapus, lalu ketik ulang bagian itu."),
        ({"subject": "{jadwal}"}, "subject",
         "{jadwal} terdiri dari beberapa baris; pakai di isi pesan."),
        ({"body": "{jadwal}"}, "body",
         "Sisipkan {tautan}; tanpa itu penerima tidak tahu yang penting."),
        ({"short": "{tautan}"}, "short",
         "Sisipkan {jadwal}; tanpa itu penerima tidak tahu yang penting."),
        ({"short": "{jadwal} {tutan}"}, "short",
         "Tanda isian {tutan} tidak dikenal. Maksud Anda {tautan}?"),
    ],
)  # fmt: skip
def test_check_names_the_part_and_the_fault(parts, part, sentence):
    assert refused(**parts) == (part, sentence)


def test_clean_tidies_what_a_browser_sends():
    sent = Wording(" Undangan ", "Satu  \r\n\r\n\r\n\r\nDua\r\n", "\r\n")

    assert rules.clean(sent) == Wording("Undangan", "Satu\n\nDua", "")


def test_whatsapp_gets_its_own_text_where_there_is_one():
    values = {"nama": "Siti", "jadwal": "Rabu", "tautan": "https://a", "alasan": ""}
    both = Wording(GOOD.subject, GOOD.body, "{jadwal}: {tautan}")

    assert rules.print_wording(both, values, "whatsapp")[1] == "Rabu: https://a"
    assert rules.print_wording(both, values, "email")[1] == "Yth. Siti\n\nRabu\nhttps://a"
    assert rules.print_wording(GOOD, values, "whatsapp")[1] == "Yth. Siti\n\nRabu\nhttps://a"


def test_a_subject_stays_one_line_and_a_sentence_ends_once():
    printed = rules.print_wording(
        Wording("Untuk {nama}.", "Kepada {nama}."), {"nama": "Siti, S.E.\nBcc: x@y.id"}, "email"
    )

    assert printed[0] == "Untuk Siti, S.E. Bcc: x@y.id."
    assert rules.print_wording(Wording("a", "Kepada {nama}."), {"nama": "Siti, S.E."}, "email")[
        1
    ] == ("Kepada Siti, S.E.")
