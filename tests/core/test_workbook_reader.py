"""Files opened with care: damaged ones, ones made to hurt, and the way back out of the program."""

import io
import random
import time as clock
import tracemalloc
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest

from kopdiklat.core.workbook_reader import Sheet, Unreadable, read_answer, read_sheets, write
from tests.core.archives import BOMBS, DATA, HEADER, TITLES, xlsx


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_goes_off_quickly_and_with_little_memory(bomb):
    content = bomb()
    started = clock.perf_counter()
    tracemalloc.start()

    with suppress(Unreadable):
        assert read_sheets(content, "xlsx")[0].cells == []

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert clock.perf_counter() - started < 3
    assert peak < 150_000_000


def test_any_damage_to_a_workbook_is_survived():
    good = xlsx(*TITLES, HEADER, DATA)
    chance = random.Random(4)
    for _ in range(300):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        if chance.random() < 0.3:
            broken = broken[: chance.randrange(len(broken))]
        with suppress(Unreadable):
            read_sheets(bytes(broken), "xlsx")


def test_every_kind_of_cell_survives_the_way_out_of_the_program():
    cells = [
        ["", None, 1.5, True, "a\n\u2028b", "\ud800"],
        [date(2026, 1, 5), datetime.fromisoformat("2026-01-05T09:30"), time(9, 30)],
        [timedelta(hours=30)],
    ]
    sheets = [Sheet("Data", True, cells, [(0, 0, 1, 0)]), Sheet("Kosong", False, [])]
    out = io.StringIO()

    write(sheets, None, out)

    assert read_answer(out.getvalue().encode()) == sheets


def test_only_the_first_filled_rows_are_written_when_no_more_are_wanted():
    out = io.StringIO()

    write([Sheet("Data", True, [["a"], [""], ["b"], ["c"]])], 2, out)

    assert read_answer(out.getvalue().encode()) == [
        Sheet("Data", True, [["a"], [""], ["b"]], is_cut=True)
    ]
