"""Set one document. Runs as a program of its own, because the compiler with its fonts stays large:
`{"layout", "data", "at", "standards"}` as JSON on standard input, the PDF on standard output.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
LAYOUTS = HERE / "layouts"


def typeset(
    layout: str,
    data: Any,
    at: datetime,
    kind: Literal["pdf", "svg"] = "pdf",
    standards: Any = (),
) -> Any:
    """:param standards: what a PDF must keep, for example `ua-1`; one that cannot is refused
    :return: the file; for `svg` one for each page
    """
    import typst  # noqa: PLC0415, 80 MB

    compiler = typst.Compiler(root=str(LAYOUTS), font_paths=[str(FONTS)], ignore_system_fonts=True)
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    source = str(LAYOUTS / f"{layout}.typ")
    return compiler.compile(
        input=source, format=kind, sys_inputs=inputs, timestamp=at, pdf_standards=list(standards)
    )


def main() -> None:
    asked = json.load(sys.stdin)
    at = datetime.fromisoformat(asked["at"])
    sys.stdout.buffer.write(
        typeset(asked["layout"], asked["data"], at, standards=asked["standards"])
    )


if __name__ == "__main__":
    main()
