"""Every sentence that a person sees has its English in the `en` catalogue; nothing is left over."""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "kopdiklat" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
EXTRACT = "pybabel -q extract -F babel.cfg -k N_ -k _l --no-location --omit-header -o"


def key(message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else message.id


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        tool = Path(sys.executable).parent / "pybabel"
        command = [str(tool), *EXTRACT.split()[1:], str(template), "."]
        subprocess.run(command, cwd=ROOT, check=True)
        with template.open("rb") as file:
            wanted = {key(m) for m in read_po(file) if m.id}
    with CATALOGUE.open("rb") as file:
        catalogue = {key(m): m for m in read_po(file, locale="en") if m.id}
    missing = sorted(w for w in wanted if w not in catalogue or not _is_translated(catalogue[w]))
    leftover = sorted(set(catalogue) - wanted)
    broken = sorted(name for name, m in catalogue.items() if name in wanted and list(m.check()))
    for title, names in (("missing", missing), ("left over", leftover), ("broken", broken)):
        for name in names[:20]:
            print(f"{title}: {name!r}")
    print(f"{len(wanted)} sentences, {len(missing)} missing, {len(leftover)} left over")
    return 1 if missing or leftover or broken else 0


def _is_translated(message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings) and not message.fuzzy


if __name__ == "__main__":
    sys.exit(main())
