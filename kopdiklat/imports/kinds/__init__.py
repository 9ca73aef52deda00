"""The six kinds of workbook, by the name that the command and the address use."""

from contextlib import suppress

from kopdiklat.core.workbook_reader import Sheet
from kopdiklat.core.workbooks import UnusableFile, find_table
from kopdiklat.imports.kinds.annual_meetings import AnnualMeetings
from kopdiklat.imports.kinds.assessments import Assessments
from kopdiklat.imports.kinds.base import Kind
from kopdiklat.imports.kinds.cooperatives import Cooperatives
from kopdiklat.imports.kinds.officers import Officers
from kopdiklat.imports.kinds.past_contacts import PastTraining, PastVisits

KINDS: dict[str, type[Kind]] = {
    kind.code: kind
    for kind in (Cooperatives, Officers, Assessments, AnnualMeetings, PastTraining, PastVisits)
}


def kind_of(sheets: list[Sheet]) -> type[Kind] | None:
    """The kind whose headings a file has; of several the one that knows most of its columns."""
    found = {}
    for kind in KINDS.values():
        with suppress(UnusableFile):
            found[kind] = len(find_table(sheets, kind.columns()).matched)
    return max(found, key=found.__getitem__, default=None)
