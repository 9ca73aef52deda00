"""A workbook leaves nothing behind in the worker that made it."""

import weakref

from flask import Response

from kopdiklat.core.exports import XLSX_TYPE
from kopdiklat.core.memory import release_after_workbook


class Node:
    def __init__(self):
        self.itself = self


def kept_after(mimetype):
    """Whether a cycle of rows outlives the answer."""
    response = release_after_workbook(Response(b"", mimetype=mimetype))
    node = weakref.ref(Node())
    response.close()
    return node() is not None


def test_what_a_workbook_was_made_of_is_given_back_when_it_is_sent():
    assert not kept_after(XLSX_TYPE)
    assert kept_after("text/html")
