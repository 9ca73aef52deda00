"""The six kinds of workbook, by the name that the command and the address use."""

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
