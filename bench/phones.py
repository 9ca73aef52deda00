"""Phones that register, in a process of their own: `python -m bench.phones` reads a plan, tells times.

A phone opens its link, reads the form that stands on the page, ticks people, waits as a person
would, sends, and follows to its proof. It speaks plain HTTP/1.1 as a proxy does, one connection per
request, and names its own address in X-Forwarded-For. Cookies are kept; style sheets and scripts,
which a phone keeps for a year, are not fetched again.
"""

import asyncio
import gzip
import heapq
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from html import unescape
from itertools import count
from urllib.parse import urlencode, urlsplit

THINKS = 1.1  # seconds between a page and the press; a form that comes sooner is refused
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S)
INPUT = re.compile(r"<input\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')
LINK = re.compile(r'href="([^"]+/isian)"')
MOST_REQUESTS = 8


class Lost(Exception):
    """A page that leads nowhere, or an answer that no phone should get."""


@dataclass
class Phone:
    """One manager with one link."""

    address: str  # as the proxy tells it
    path: str  # where the phone goes next
    people: int = 1
    fields: list[tuple[str, str]] | None = None  # to send there; None opens the page
    cookies: dict[str, str] = field(default_factory=dict)
    spent: list[float] = field(default_factory=list)  # seconds per answer
    sent_at: float = 0.0  # when the first form went off
    ended_at: float = 0.0
    proof: str = ""
    failure: str = ""

    @property
    def is_done(self) -> bool:
        return bool(self.proof or self.failure)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    text: str


async def ask(host: str, port: int, phone: Phone) -> Answer:
    """Send what the phone is about to send, and read the whole answer."""
    body = b"" if phone.fields is None else urlencode(phone.fields).encode()
    lines = [
        f"{'GET' if phone.fields is None else 'POST'} {phone.path} HTTP/1.1",
        f"Host: {host}:{port}",
        f"X-Forwarded-For: {phone.address}",
        "Accept-Encoding: gzip",
        "Connection: close",
    ]
    if phone.cookies:
        lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in phone.cookies.items()))
    if phone.fields is not None:
        lines += [
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return _read(await reader.read())
    finally:
        writer.close()


def _read(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    if ("content-encoding", "gzip") in headers:
        body = gzip.decompress(body)
    return Answer(int(first.split()[1]), headers, body.decode(errors="replace"))


async def step(host: str, port: int, phone: Phone) -> bool:
    """One request and what follows from it.

    :return: whether the phone now shows a form that a person reads first
    """
    started = time.perf_counter()
    if phone.fields is not None and not phone.sent_at:
        phone.sent_at = started
    try:
        answer = await ask(host, port, phone)
        phone.spent.append(time.perf_counter() - started)
        return _go_on(phone, answer)
    except (OSError, Lost, ValueError, IndexError) as error:
        phone.failure = f"{type(error).__name__}: {error} at {phone.path}"[:300]
        return False
    finally:
        if phone.is_done:
            phone.ended_at = time.perf_counter()


def _go_on(phone: Phone, answer: Answer) -> bool:
    for name, value in answer.headers:
        if name == "set-cookie":
            cookie = value.partition(";")[0].partition("=")
            phone.cookies[cookie[0]] = cookie[2]
    if answer.status == 303:
        phone.path, phone.fields = dict(answer.headers)["location"], None
        return False
    if answer.status != 200:
        raise Lost(f"answer {answer.status}")
    if phone.path.startswith("/bukti/"):
        phone.proof = phone.path
        return False
    if len(phone.spent) > MOST_REQUESTS:
        raise Lost("no proof in sight")
    phone.path, phone.fields = next_press(answer.text, phone.people)
    return phone.fields is not None


def next_press(page: str, people: int) -> tuple[str, list[tuple[str, str]] | None]:
    """The address that the page's main button leads to, and what its form sends along."""
    found = {}
    for head, content in FORM.findall(page):
        inputs = [_attributes(text) for text in INPUT.findall(content)]
        if any(one.get("name") == "shown" for one in inputs):
            found[_attributes(head)["action"]] = _fill_in(inputs, people)
    for ending in ("/pendaftaran", "/periksa"):
        for action, fields in found.items():
            if action.endswith(ending):
                return action, fields
    link = LINK.search(page)
    if link is None:
        raise Lost("neither a form nor a way to one")
    return unescape(link[1]), None


def _fill_in(inputs: list[dict[str, str]], people: int) -> list[tuple[str, str]]:
    """Hidden fields as they are, the first persons ticked, the waiting list accepted if asked."""
    fields, ticked = [], 0
    for one in inputs:
        name, kind = one.get("name", ""), one.get("type", "text")
        if kind == "hidden" or name == "accept_waiting":
            fields.append((name, one.get("value", "y")))
        elif name == "officers" and ticked < people:
            fields.append((name, one["value"]))
            ticked += 1
    return fields


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in ATTRIBUTE.findall(text)}


async def at_once(host: str, port: int, phones: list[Phone]) -> None:
    """All pages are open, a few at a time; then all are sent in the same moment, to the answer.

    The proof that an answer leads to is not opened.
    """
    for start in range(0, len(phones), 8):
        await asyncio.gather(*(_open(host, port, phone) for phone in phones[start : start + 8]))
    await asyncio.sleep(THINKS)
    await asyncio.gather(*(_send(host, port, phone) for phone in phones if not phone.failure))


async def _open(host: str, port: int, phone: Phone) -> None:
    while not phone.is_done and not await step(host, port, phone):
        pass
    phone.spent.clear()


async def _send(host: str, port: int, phone: Phone) -> None:
    while not phone.is_done:
        await step(host, port, phone)
        if phone.path.startswith("/bukti/"):
            phone.proof = phone.path
            phone.ended_at = time.perf_counter()


async def in_a_stream(host: str, port: int, phones: list[Phone], seconds: float, most: int) -> None:
    """So many requests at a time, always; who has read the form comes before who opens a link.

    After `seconds` nobody opens a link any more; those who did go on to their proof.
    """
    waiting: list[tuple[float, int, Phone]] = []
    fresh, order = iter(phones), count()
    ends = time.perf_counter() + seconds
    busy = 0

    async def work() -> None:
        nonlocal busy
        while True:
            now = time.perf_counter()
            if waiting and waiting[0][0] <= now:
                phone = heapq.heappop(waiting)[2]
            elif now < ends and (new := next(fresh, None)):
                phone = new
            elif waiting or busy:
                await asyncio.sleep(0.01)
                continue
            else:
                return
            busy += 1
            while not phone.is_done:
                if await step(host, port, phone):
                    heapq.heappush(waiting, (time.perf_counter() + THINKS, next(order), phone))
                    break
            busy -= 1

    await asyncio.gather(*(work() for _ in range(most)))


def main() -> None:
    plan = json.load(sys.stdin)
    server = urlsplit(plan["server"])
    host, port = server.hostname or "", server.port or 80
    phones = [
        Phone(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", path, plan["people"])
        for n, path in enumerate(plan["paths"], plan["first"])
    ]
    if plan["seconds"]:
        asyncio.run(in_a_stream(host, port, phones, plan["seconds"], plan["most"]))
    else:
        asyncio.run(at_once(host, port, phones))
    told = [
        {k: v for k, v in asdict(phone).items() if k not in ("cookies", "fields")}
        for phone in phones
        if phone.spent or phone.failure
    ]
    json.dump({"phones": told, "processor": time.process_time()}, sys.stdout)


if __name__ == "__main__":
    main()
