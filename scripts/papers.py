"""`python -m scripts.papers`: the papers of the demo office as pictures, pictures/papers/<paper>-<page>.png.

Needs `pdftoppm` (poppler-utils); `make pictures` leaves the papers out where it is not there.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from kopdiklat import create_app, demo
from kopdiklat.core.clock import utc_now
from kopdiklat.documents import invitation_letter, letters, queries, sheet
from scripts.pages import _running_batch

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "pictures" / "papers"
DOTS_PER_INCH = "150"


def papers() -> dict[str, bytes]:
    """Each paper as PDF, by name; in the context of an app with the demo office."""
    batch = queries.batch_to_print(_running_batch().id)
    letter = queries.standing_letter(batch.id)
    first = letters.addressees(queries.standing_invitations(batch.id)[:1], letter.dated_on)
    content, at = letter.content, letter.issued_at
    return {
        "invitation-letter": invitation_letter.pdf(content, first, at=at),
        "invitation-letter-example": invitation_letter.pdf(content, first, at=at, draft=True),
        "attendance-sheet": sheet.attendance_sheet(
            batch, batch.days[0], printed_by="Rina Wulandari", now=utc_now()
        ),
    }


def draw(name: str, pdf: bytes) -> None:
    """The pages of a PDF as pictures."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        raise SystemExit("pdftoppm is not there: install poppler-utils")
    command = [tool, "-r", DOTS_PER_INCH, "-png", "-", str(TARGET / name)]
    subprocess.run(command, input=pdf, check=True, stderr=subprocess.DEVNULL)


def main() -> int:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": f"sqlite:///{folder}/papers.db", "INSTANCE_PATH": folder})
        with app.app_context():
            upgrade()
            demo.load(now=utc_now())
            for name, pdf in papers().items():
                draw(name, pdf)
    print(f"{len(list(TARGET.glob('*.png')))} pages in {TARGET.relative_to(ROOT)}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
