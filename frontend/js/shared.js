// What every page can do, signed in or not. Each part is an addition: the page works without it.

const text = (name, fallback) => document.documentElement.dataset[name] || fallback;

/** Runs a listener for clicks on anything that matches, now and after a swap. */
export function onClick(selector, listener) {
  document.addEventListener("click", (event) => {
    const hit = event.target.closest(selector);
    if (hit) listener(hit, event);
  });
}

/** Puts the reader on the list of errors, and each of its links on the field it names. */
function guideToErrors() {
  // It has autofocus; a browser that knows that only for inputs gets it from here.
  addEventListener("load", () => {
    const summary = document.querySelector(".error-summary");
    setTimeout(() => document.activeElement === document.body && summary?.focus(), 100);
  });
  onClick(".error-summary a", (link, event) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const field = target.matches("fieldset") ? target.querySelector("input") || target : target;
    field.focus({ preventScroll: true });
    (target.closest(".field") || target).scrollIntoView({ block: "center" });
  });
}

/** One press, one action: the second submit of a POST form is dropped while the first is on its way. */
function submitOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-repeat]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter || form.querySelector("button[type=submit]");
    if (!button) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.dataset.label = button.innerHTML;
    button.setAttribute("aria-disabled", "true");
    button.textContent = text("busy", "Memproses…");
  });
  // Back from the next page, or an answer that stays on this one.
  const release = (scope) => {
    for (const form of scope.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[data-label]")) {
        button.innerHTML = button.dataset.label;
        button.removeAttribute("aria-disabled");
        button.style.minWidth = "";
        delete button.dataset.label;
      }
    }
  };
  addEventListener("pageshow", () => release(document));
  document.addEventListener("htmx:afterRequest", () => release(document));
}

function showPasswords() {
  for (const button of document.querySelectorAll("[data-reveal]")) {
    const show = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.reveal);
      const open = input.type === "password";
      input.type = open ? "text" : "password";
      button.textContent = open ? button.dataset.hide : show;
      button.setAttribute("aria-pressed", String(open));
    });
  }
}

/** Says the chosen date back with its weekday. */
function echoDates() {
  const locale = document.documentElement.lang || "id";
  const parts = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  const words = new Intl.DateTimeFormat(locale, parts);
  const echo = (input) => {
    const out = document.getElementById(input.dataset.echo);
    const date = new Date(`${input.value}T00:00:00Z`);
    if (out) out.textContent = input.value && !isNaN(date) ? words.format(date) : "";
  };
  document.querySelectorAll("input[data-echo]").forEach(echo);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[data-echo]")) echo(event.target);
  });
}

function copyTexts() {
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));
  onClick("[data-copy]", async (button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.setAttribute("aria-live", "polite");
    button.textContent = text("copied", "Tersalin");
  });
}

function printPages() {
  document.querySelectorAll("[data-print]").forEach((button) => (button.hidden = false));
  onClick("[data-print]", () => print());
  const foot = document.querySelector("[data-print-foot]");
  addEventListener("beforeprint", () => {
    const now = new Date().toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    if (foot) foot.textContent = `${location.href} · ${now}`;
  });
}

export function startShared() {
  document.documentElement.classList.add("js");
  guideToErrors();
  submitOnce();
  showPasswords();
  echoDates();
  copyTexts();
  printPages();
  onClick("[data-dismiss]", (button) => button.closest(".alert, .notice").remove());
}
