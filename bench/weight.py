"""What a phone loads to open an invitation: every byte over the wire, cold."""

import gzip
import re

from bench.table import Figure
from kopdiklat.core.db import db
from scripts.pages import all_pages


def run(app, where: str) -> list[Figure]:
    """The page and each file that it names, compressed as the server sends them."""
    page = next(page for page in all_pages(app) if page.path.startswith("/daftar/"))
    db.session.remove()
    client = app.test_client()
    total = 0
    html = client.get(page.path, headers={"Accept-Encoding": "gzip"})
    total += _transferred(html)
    text = gzip.decompress(html.data).decode()
    for address in sorted(set(re.findall(r'(?:href|src)="(/static/[^"#]+)', text))):
        total += _transferred(client.get(address, headers={"Accept-Encoding": "gzip"}))
    return [Figure("invitation page, transferred cold", where, total / 1000, "kB", 60)]


def _transferred(answer) -> int:
    headers = sum(len(name) + len(value) + 4 for name, value in answer.headers)
    return len(answer.data) + headers
