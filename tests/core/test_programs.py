"""A program of ours that does not end as it should is told apart from one that answers."""

import pytest

from kopdiklat.core import programs


def program(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(text)
    return path


def test_a_program_gets_its_content_and_answers(tmp_path):
    shout = program(
        tmp_path, "import sys; print(sys.stdin.read().upper() + sys.argv[1], end='', flush=True)"
    )

    assert programs.run(shout, "!", content=b"siap", seconds=20) == b"SIAP!"


def test_a_program_that_fails_tells_its_status_and_its_words(tmp_path):
    fail = program(tmp_path, "print('penuh', flush=True); raise SystemExit(3)")

    with pytest.raises(programs.ProgramFailed) as failure:
        programs.run(fail, content=b"", seconds=20)

    assert (failure.value.status, failure.value.words) == (3, b"penuh\n")


def test_a_program_that_does_not_end_is_ended(tmp_path):
    hang = program(tmp_path, "import time; time.sleep(60)")

    with pytest.raises(programs.ProgramFailed) as failure:
        programs.run(hang, content=b"", seconds=0.2)

    assert failure.value.status is None
