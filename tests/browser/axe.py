"""What is wrong with a page that a browser shows: axe-core, the console, foreign addresses, width."""

import re

from axe_playwright_python.base import AXE_FILE_PATH

ONLY = {"resultTypes": ["violations"], "xpath": False, "ancestry": False}
RULES = ONLY | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = ONLY | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
TOUCH, ANYWHERE = 44, 24  # CSS pixels
# Words that only a programmer would leave on a page (ux.md 15.39).
LEFT_OVER = re.compile(
    r"\b(Submit|Error|Invalid|Required|Loading|None|NaN|undefined|null|Traceback)\b|%\(|\{\{|\{%"
)
# Boxes of what a finger must meet: not links within a sentence, not what cannot be seen. The label
# around a tick or a radio button belongs to its target.
SMALL_TARGETS = """([least, leastLink]) => {
  const found = [];
  const inSentence = a => {
    const around = a.closest('p, li, dd, td, small, figcaption, label, .muted, .prose');
    if (!around) return false;
    const own = a.textContent.trim().length;
    return around.textContent.trim().length > own + 3;
  };
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (e.type === 'hidden' || e.closest('svg')) continue;
    let box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    if (!box.width || !box.height || style.visibility === 'hidden') continue;
    if (e.closest('.visually-hidden, .skip, [hidden]') || box.width <= 1) continue;
    const head = e.closest('thead');
    if (head && getComputedStyle(head).clipPath !== 'none') continue;
    if (box.bottom < 0 || box.right < 0) continue;
    if (e.matches('a') && inSentence(e)) continue;
    if (e.matches('input[type=checkbox], input[type=radio], input[type=file]')) {
      const label = e.closest('label') || (e.id && document.querySelector(`label[for="${e.id}"]`));
      if (label) {
        const around = label.getBoundingClientRect();
        const left = Math.min(box.left, around.left), right = Math.max(box.right, around.right);
        const top = Math.min(box.top, around.top), bottom = Math.max(box.bottom, around.bottom);
        box = {width: right - left, height: bottom - top};
      }
    }
    const needed = (e.matches('a') ? leastLink : least) - 0.5;
    if (box.height < needed || box.width < needed) {
      const size = `${Math.round(box.width)}×${Math.round(box.height)}`;
      found.push(`${size} ${e.outerHTML.replace(/\\s+/g, ' ').slice(0, 110)}`);
    }
  }
  return found;
}"""

CUT_WORDS = """() => {
  const isCut = e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
  const cut = [...document.querySelectorAll('.topbar__back span')]
    .filter(e => e.clientWidth && isCut(e));
  const range = document.createRange();
  for (const e of document.querySelectorAll('.check__text')) {
    const text = e.firstChild;
    if (text?.nodeType !== Node.TEXT_NODE || /\\s/.test(text.data.trim())) continue;
    range.selectNodeContents(text);
    if (range.getClientRects().length > 1) cut.push(e);
  }
  return cut.map(e => e.textContent.trim());
}"""
# Labels of a drawing, as the browser measures them with its own font: none may touch another one
# of the same drawing, or leave the drawing at its sides.
CROWDED_LABELS = """() => {
  const found = [];
  for (const chart of document.querySelectorAll('svg')) {
    if (chart.ownerSVGElement) continue;
    const around = chart.getBoundingClientRect();
    const boxes = [...chart.querySelectorAll('text')]
      .map(e => [e.textContent, e.getBoundingClientRect()]).filter(([, box]) => box.width);
    for (const [words, box] of boxes) {
      const out = Math.max(around.left - box.left, box.right - around.right);
      if (out > 1) found.push(`"${words}" leaves its drawing by ${Math.round(out)} px`);
    }
    boxes.forEach(([words, a], n) => {
      for (const [others, b] of boxes.slice(n + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 0 && high > 3) found.push(`"${words}" runs ${Math.round(wide)} px into "${others}"`);
      }
    });
  }
  return found;
}"""


class Tab:
    """A tab that remembers what went wrong in it: console, scripts, foreign addresses."""

    def __init__(self, context, address: str):
        self.page = context.new_page()
        self.address = address
        self.seen: list[str] = []
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.seen.append(f"script: {error}"))
        self.page.on("request", self._note_request)

    def _note_console(self, message) -> None:
        # A refused form answers 422, and the browser says so in its console.
        if message.type == "error" and "status of 4" not in message.text:
            self.seen.append(f"console: {message.text}")

    def _note_request(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.seen.append(f"foreign request: {request.url}")

    def take(self) -> list[str]:
        """What was seen since the last call."""
        seen, self.seen = self.seen, []
        return seen

    def close(self) -> None:
        self.page.close()


def run(page, rules: dict = RULES) -> list[str]:
    """Violations of axe-core on the page as it is now."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE_FILE_PATH.read_text())
    kept = page.viewport_size
    height = page.evaluate("document.documentElement.scrollHeight")
    # At full height the bar at the bottom covers nothing, as when one scrolls.
    page.set_viewport_size(kept | {"height": max(kept["height"], height)})
    result = page.evaluate("options => axe.run(document, options)", rules)
    page.set_viewport_size(kept)
    return [
        f"{violation['id']}: {node['html'][:140]} — {node['failureSummary'][:200]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


def scrolls_sideways(page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    width = page.viewport_size["width"]
    return [f"scrolls sideways by {wide} px at {width} px"] if wide > 0 else []


def small_targets(page, is_phone_page: bool, least: int = TOUCH) -> list[str]:
    """Buttons and fields under `least`; links too on pages that are made for a phone, else under 24."""
    found = page.evaluate(SMALL_TARGETS, [least, least if is_phone_page else ANYWHERE])
    return [f"target {target}" for target in found]


def left_over_words(page) -> list[str]:
    text = page.evaluate("document.body.innerText")
    return [
        f"word {match.group()!r}: …{_around(text, match)}…" for match in LEFT_OVER.finditer(text)
    ]


def _around(text: str, match) -> str:
    return text[max(0, match.start() - 30) : match.end() + 30].replace("\n", " ")


def narrow(page) -> list[str]:
    """The page at 320 px: nothing may need scrolling to the side, or be cut."""
    kept = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    found = scrolls_sideways(page) + cut_words(page)
    page.set_viewport_size(kept)
    return found


def cut_words(page) -> list[str]:
    """The name of the place that Back leads to, and words beside a tick that break within."""
    width = page.viewport_size["width"]
    return [f"cut at {width} px: {words}" for words in page.evaluate(CUT_WORDS)]


def crowded_labels(page) -> list[str]:
    """Labels of drawings that touch each other or leave their drawing."""
    return [f"label {found}" for found in page.evaluate(CROWDED_LABELS)]


def high_contrast(page) -> list[str]:
    """The contrast of the theme for outdoors."""
    page.evaluate("document.documentElement.dataset.theme = 'contrast'")
    return [f"high contrast {found}" for found in run(page, CONTRAST)]
