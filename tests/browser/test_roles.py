"""Each role of the demo office follows every link that it sees, and none leads nowhere; each form that
it sees leads to a door that is open to it (ux.md 15.40)."""

from collections import deque
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from kopdiklat import policy
from kopdiklat.accounts import sessions
from kopdiklat.accounts.models import User
from kopdiklat.core.clock import utc_now
from kopdiklat.core.db import db
from kopdiklat.dashboard.navigation import PLACES
from kopdiklat.demo import people
from scripts.pages import ROLES, get, sign_in

DEPTH = 3
OF_A_KIND = 3  # addresses of one route that are tried: the first rows of a list tell of the others


class Links(HTMLParser):
    """Addresses of links and of forms, with their method."""

    def __init__(self, page: str):
        super().__init__()
        self.links: list[str] = []
        self.posts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form" and (given.get("method") or "get").lower() == "post":
            self.posts.append(given.get("action") or "")
        elif tag in ("button", "input") and given.get("formaction"):
            self.posts.append(given["formaction"])


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_link_and_button_of_a_role_leads_somewhere(office, role):
    app = office("full")
    client = app.test_client()
    sign_in(client, role)

    broken, seen = _walk(app, client, _user(role))

    assert broken == [], "\n".join(broken)
    assert len(seen) > 5


@pytest.mark.parametrize("role", ROLES)
def test_the_places_of_a_role_are_those_of_the_table(office, role):
    app = office("full")
    client = app.test_client()
    sign_in(client, role)
    page = get(client, "/account").get_data(as_text=True)

    shown = page.partition('class="places__list"')[2].partition("</ul>")[0]
    words = [part.partition("</span>")[0] for part in shown.split("<span>")[1:]]
    with app.test_request_context():
        assert words == [str(PLACES[name][0]) for name in policy.PLACES[role]]


def _user(role):
    """Whose policy is asked about the buttons; a visitor has none."""
    if role is None:
        return SimpleNamespace(is_authenticated=False, current_memberships=())
    email = next(account[3] for account in people.ACCOUNTS if account[0] == role)
    return sessions.prepare(
        db.session.scalar(sa.select(User).where(User.email == email)), utc_now()
    )


def _is_open(app, router, target: str, user) -> bool:
    """Whether something answers a POST there, and policy lets this person do it to anything at all."""
    endpoint = _matches(router, target, "POST")
    return endpoint is not None and policy.can(user, app.view_functions[endpoint].policy_action)


def _walk(app, client, user) -> tuple[list[str], set[str]]:
    """Breadth first from the start page. :return: what is broken, and every address that was opened"""
    router = app.url_map.bind("127.0.0.1")
    waiting, seen, kinds, broken = deque([("/", "/", 0)]), {"/"}, {}, []
    while waiting:
        path, came_from, depth = waiting.popleft()
        answer = get(client, path)
        if answer.status_code >= 400:
            broken.append(f"{path} answers {answer.status_code} (linked on {came_from})")
        if answer.status_code in (301, 302, 303):
            target = _own(answer.headers["Location"], path)
            if target and target.startswith("/masuk") and not path.startswith("/masuk"):
                broken.append(f"{path} asks to sign in (linked on {came_from})")
            if target and target not in seen:
                seen.add(target)
                waiting.append((target, path, depth))
            continue
        if answer.mimetype != "text/html" or depth >= DEPTH:
            continue
        found = Links(answer.get_data(as_text=True))
        broken += [
            f"{target} has no door to post at (form on {path})"
            for target in (_own(post, path) for post in found.posts)
            if target and not _is_open(app, router, target, user)
        ]
        for target in filter(None, (_own(link, path) for link in found.links)):
            kind = _matches(router, target, "GET")
            if target in seen:
                continue
            seen.add(target)
            if kind is None:
                broken.append(f"{target} has no page (linked on {path})")
                continue
            kind = (kind, urlsplit(target).query.partition("=")[0])
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= OF_A_KIND:
                waiting.append((target, path, depth + 1))
    return broken, seen


def _own(link: str, path: str) -> str | None:
    """The address within this app, without its fragment; None for other places."""
    target = urldefrag(urljoin(f"http://localhost{path}", link)).url
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or parts.hostname not in ("localhost", "127.0.0.1"):
        return None
    if parts.path.startswith(("/static/", "/bahasa/")):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _matches(router, target: str, method: str) -> str | None:
    try:
        return router.match(urlsplit(target).path, method=method)[0]
    except (MethodNotAllowed, NotFound, RequestRedirect):
        return None
