"""Memory of a web worker: given back to the machine after a workbook was made.

A list of thousands of rows leaves cycles and freed pages all over the heap; the allocator would
keep them for good.
"""

import ctypes
import gc
import sys
from functools import cache

from flask import Response

from kopdiklat.core.exports import XLSX_TYPE


def release_after_workbook(response: Response) -> Response:
    """Once the answer is sent, and the request and its rows are gone."""
    if response.mimetype == XLSX_TYPE:
        response.call_on_close(release)
    return response


def release() -> None:
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim():
    """`malloc_trim` of the GNU C library; None elsewhere."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
