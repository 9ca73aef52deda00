"""Every page of an office in a real Chromium, as the role that opens it."""

from kopdiklat.demo import people
from scripts import live
from tests.browser import axe

ON_A_PHONE = (None, "mentor", "door_staff", "manager")  # whose pages are made for a phone


def walk(browser, app, pages, size, theme, look) -> list[str]:
    """What `look(tab, page)` finds, and the console, and foreign addresses."""
    faults = []
    with live.serving(app) as address:
        by_role = {}
        for page in pages:
            by_role.setdefault(page.role, []).append(page)
        for role, own in by_role.items():
            context = live.open_context(browser, address, size, color_scheme=theme)
            if role:
                email = next(a[3] for a in people.ACCOUNTS if a[0] == role)
                live.sign_in(context, email, people.PASSWORD)
            tab = axe.Tab(context, address)
            for page in own:
                tab.page.goto(page.path)
                found = [*look(tab.page, page), *tab.take()]
                faults += [f"{page.path} ({role}): {fault}" for fault in found]
            context.close()
    return faults
