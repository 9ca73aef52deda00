// Pages behind the sign-in: htmx for the parts that refresh, and what makes a desk quicker.
import htmx from "htmx.org";
import { startChoice } from "./choose.js";
import { startGrid } from "./grid.js";
import { startInsertions } from "./insert.js";
import { onClick, startShared } from "./shared.js";

window.htmx = htmx;

// Every request of htmx carries the token of the page.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});

/** "/" goes to the search box, unless something is being typed. */
function searchKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const search = document.querySelector("[data-search-key]");
    if (!search || !search.offsetParent) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}

/** A filter acts when it is chosen; free text waits for Enter. */
function autoSubmit() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-autosubmit]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) {
      form.requestSubmit();
    }
  });
  // Empty choices stay out of the address, so that a link can be shared.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-autosubmit]")) return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

/** Menus are <details>; Esc and a press elsewhere close them, and Esc gives the focus back. */
function closeMenus() {
  const close = (menu) => (menu.open = false);
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) close(menu);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details[open]") || document.querySelector("details.menu[open]");
    if (!menu) return;
    close(menu);
    menu.querySelector("summary").focus();
  });
}

/**
 * <input type="checkbox" data-select-all="ids"> ticks every input of that name in its table;
 * <output data-count-of="ids" data-template="%n dipilih dari %m"> says how many.
 */
function selectAll() {
  const boxes = (name, place = document) =>
    [...place.querySelectorAll(`input[type=checkbox][name="${CSS.escape(name)}"]`)];
  const under = (head) => boxes(head.dataset.selectAll, head.closest("table"));
  const refresh = (name) => {
    const all = boxes(name);
    const chosen = all.filter((box) => box.checked).length;
    for (const head of document.querySelectorAll(`[data-select-all="${CSS.escape(name)}"]`)) {
      const own = under(head);
      const ticked = own.filter((box) => box.checked).length;
      head.hidden = own.length === 0;
      head.checked = ticked > 0 && ticked === own.length;
      head.indeterminate = ticked > 0 && ticked < own.length;
    }
    for (const out of document.querySelectorAll(`[data-count-of="${CSS.escape(name)}"]`)) {
      const words = out.dataset.template || "%n";
      out.textContent = words.replace("%n", chosen).replace("%m", all.length);
    }
    for (const box of all) box.closest("tr")?.classList.toggle("is-selected", box.checked && "mark" in box.dataset);
  };
  const refreshAll = () => {
    const names = new Set();
    document.querySelectorAll("[data-select-all]").forEach((e) => names.add(e.dataset.selectAll));
    document.querySelectorAll("[data-count-of]").forEach((e) => names.add(e.dataset.countOf));
    names.forEach(refresh);
  };
  document.addEventListener("change", (event) => {
    const head = event.target.closest?.("[data-select-all]");
    if (head) under(head).forEach((box) => (box.checked = head.checked));
    const name = head ? head.dataset.selectAll : event.target.name;
    if (name) refresh(name);
  }, true); // before the form asks the server, which would count the old ticks
  document.addEventListener("htmx:afterSwap", refreshAll);
  addEventListener("pageshow", refreshAll);
}

/** The choice is kept on the device, and in a cookie so that the next page comes in it at once. */
function themeSwitch() {
  const apply = (theme) => (document.documentElement.dataset.theme = theme);
  const kept = localStorage.getItem("tema");
  if (kept) apply(kept);
  for (const field of document.querySelectorAll("[data-theme-field]")) {
    field.hidden = false;
    const choice = field.querySelector("[data-theme-switch]");
    if (kept) choice.value = kept;
    choice.addEventListener("change", () => {
      apply(choice.value);
      localStorage.setItem("tema", choice.value);
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `tema=${choice.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    });
  }
}

/** data-until="47" counts its seconds down in the words of data-until-text, then says data-over. */
function countDown() {
  for (const box of document.querySelectorAll("[data-until]")) {
    const words = box.querySelector("[data-until-text]");
    const ends = Date.now() + box.dataset.until * 1000;
    if (box.dataset.until > 600) continue; // not until the morning, which the page names
    const tick = () => {
      const left = Math.ceil((ends - Date.now()) / 1000);
      if (left <= 0) words.setAttribute("role", "status"); // said aloud once, not every second
      words.textContent = left > 0 ? words.dataset.untilText.replace("%n", left) : box.dataset.over;
      if (left > 0) setTimeout(tick, 500);
      else box.querySelector("form")?.remove();
    };
    tick();
  }
}

startShared();
countDown();
searchKey();
autoSubmit();
closeMenus();
selectAll();
themeSwitch();
startGrid();
startInsertions();
startChoice();
onClick("[data-open]", (button) => document.querySelector(button.dataset.open)?.setAttribute("open", ""));
