"""A list as people paste it, read into rows."""

import pytest

from kopdiklat.core.errors import RuleViolation
from kopdiklat.registration import pasted


def people(text):
    return [(r["cooperative"], r["name"], r["position"], r["phone"]) for r in pasted.read(text)]


SITI = ("KSP Maju", "Siti Aminah", "Bendahara", "081234567890")


@pytest.mark.parametrize(
    "text",
    [
        # the export of a form, as its cells are copied
        "Timestamp\tNama Lengkap\tAsal Koperasi\tJabatan\tNomor HP (WhatsApp)\n"
        "12/11/2026 09:12:01\tSiti Aminah\tKSP Maju\tBendahara\t081234567890",
        # other orders, separators and headings
        "No HP;JABATAN;nama peserta;Nama Koperasi\n081234567890;Bendahara;Siti Aminah;KSP Maju",
        "Nama,Koperasi,HP,Posisi\nSiti Aminah,KSP Maju,081234567890,Bendahara",
        # a chat
        "KSP Maju\n1. Siti Aminah, Bendahara, 081234567890",
        "*KSP Maju:*\n- Siti Aminah (Bendahara) 081234567890",
        "[12/11/26 09.12] Bu Rina: KSP Maju\n[12/11/26 09.13] Bu Rina: Siti Aminah | Bendahara | "
        "081234567890",
        "12/11/26 09.12 - Bu Rina: KSP Maju, Siti Aminah, Bendahara, 081234567890",
        # a form that was answered as text
        "Nama Koperasi : KSP Maju\nNama: Siti Aminah\nJabatan = Bendahara\nNo. HP/WA: 081234567890",
        # cells without headings
        "KSP Maju\tSiti Aminah\tBendahara\t081234567890",
        # invisible marks of a chat, line ends of another system
        "\ufeffKSP Maju\u200e\r\n\u200fSiti Aminah, Bendahara, 081234567890\r\n",
    ],
)
def test_one_person_is_read_from_whatever_it_was_pasted_from(text):
    assert people(text) == [SITI]


def test_people_stand_under_their_cooperative_until_the_next():
    assert people(
        "Mekar Abadi\nPaijan, anggota pengawas\nSukarti, 0812 1111 2222\n\n"
        "Koperasi Wanita Melati\nEndang, S.E., ketua\nSri, juru masak, 0812"
    ) == [
        ("Mekar Abadi", "Paijan", "anggota pengawas", ""),
        ("Mekar Abadi", "Sukarti", "", "0812 1111 2222"),
        ("Koperasi Wanita Melati", "Endang, S.E.", "ketua", ""),
        ("Koperasi Wanita Melati", "Sri", "juru masak", "0812"),
    ]


def test_a_cooperative_that_stands_once_in_a_table_is_that_of_the_rows_below():
    assert people("Koperasi\tNama\nKSP Maju\tSiti\n\tBudi\nKSU Dua\tYoga") == [
        ("KSP Maju", "Siti", "", ""),
        ("KSP Maju", "Budi", "", ""),
        ("KSU Dua", "Yoga", "", ""),
    ]


def test_a_row_keeps_the_line_it_came_from():
    assert [r.number for r in pasted.read("KSP Maju\n\nSiti, ketua\nBudi, 081234567890")] == [3, 4]
    assert [r.number for r in pasted.read("Nama;Koperasi\n\nSiti;KSP Maju")] == [3]


@pytest.mark.parametrize("text", ["", "  \n\n", "KSP Maju\n\n"])
def test_a_text_without_anybody_says_so(text):
    with pytest.raises(RuleViolation, match="Belum ada nama"):
        pasted.read(text)


def test_five_hundred_are_read_and_one_more_is_refused():
    rows = [f"KSP {n};Orang {n};0812{n:08d}" for n in range(501)]

    assert len(pasted.read("\n".join(["Koperasi;Nama;HP", *rows[:500]]))) == 500
    with pytest.raises(RuleViolation) as refusal:
        pasted.read("\n".join(["Koperasi;Nama;HP", *rows]))
    assert refusal.value.values == {"most": 500}
    with pytest.raises(RuleViolation, match="terlalu panjang"):
        pasted.read("x" * 200_001)


def test_what_was_read_is_read_again_from_its_text():
    rows = pasted.read("KSP Maju\nSiti Aminah, Bendahara, 081234567890\nBudi, ketua")

    again = pasted.read(pasted.as_text(rows))

    assert [(r["cooperative"], r["name"], r["phone"]) for r in again] == [
        ("KSP Maju", "Siti Aminah", "081234567890"),
        ("KSP Maju", "Budi", ""),
    ]


def test_the_cooperative_of_one_row_is_mended_for_all_that_were_written_like_it():
    rows = pasted.read("Koperasi;Nama\nMaju;Siti\nDua;Yoga\nMaju;Budi")

    fixes = pasted.spread(rows, {2: {"cooperative": "#7"}, 4: {"name": "Budi S"}})
    mended = pasted.mended(rows, fixes)

    assert [(r["cooperative"], r["name"]) for r in mended] == [
        ("#7", "Siti"),
        ("Dua", "Yoga"),
        ("#7", "Budi S"),
    ]


def test_a_long_line_of_digits_is_read_in_no_time():
    pasted.read("Siti " + "0812 " * 30_000)
