// A timetable: arrows move between its sessions, Enter edits one and comes back, Esc only comes back.
// Without it the sessions open by a press and "Susun ulang" sends the form.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const placeOf = (cell) => cell.dataset.cell.split(".").map(Number);

/** The nearest session in that direction; days with fewer sessions are stepped over. */
function neighbour(cell, [down, right]) {
  const [row, column] = placeOf(cell);
  const distance = (other) => {
    const [r, c] = placeOf(other);
    if (down) return c === column && Math.sign(r - row) === down ? Math.abs(r - row) : Infinity;
    return r === row && Math.sign(c - column) === right ? Math.abs(c - column) : Infinity;
  };
  const others = [...cell.closest("[data-grid]").querySelectorAll("[data-cell]")];
  const nearest = others.reduce((best, other) => (distance(other) < distance(best) ? other : best), cell);
  return distance(nearest) === Infinity ? null : nearest;
}

const valuesOf = (cell) => JSON.stringify([...cell.querySelectorAll("input")].map((i) => (i.type === "checkbox" ? i.checked : i.value)));

function close(cell) {
  cell.open = false;
  cell.querySelector("summary").focus();
}

export function startGrid() {
  const showKeys = () => document.querySelectorAll("[data-keys]").forEach((hint) => (hint.hidden = false));
  showKeys();
  document.addEventListener("htmx:afterSwap", showKeys);

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const onSummary = event.target.matches("summary");
    if (onSummary && STEPS[event.key]) {
      event.preventDefault();
      neighbour(cell, STEPS[event.key])?.querySelector("summary").focus();
    } else if (event.key === "Escape" && cell.open) {
      event.preventDefault();
      close(cell);
    } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
      event.preventDefault(); // not the form: only this session is done
      close(cell);
    }
  });

  // An open session takes the focus; closed with other words in it, the grid is looked at again.
  document.addEventListener("toggle", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    if (!cell || event.target !== cell) return;
    if (cell.open) {
      cell.dataset.before = valuesOf(cell);
      cell.querySelector("input:not([type=hidden])").focus();
    } else if (cell.dataset.before && cell.dataset.before !== valuesOf(cell)) {
      document.getElementById("refresh-grid")?.click();
    }
  }, true);

  // What was typed while an answer was on its way is not written over: it is asked for once more.
  let typed = false;
  let again = null;
  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-timetable]")) typed = true;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.closest("[data-timetable], .dock")) typed = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!typed || !event.detail.target.closest?.("[data-timetable]")) return;
    event.detail.shouldSwap = false;
    again = event.detail.requestConfig.elt;
  });
  document.addEventListener("change", (event) => {
    if (!again || event.target === again || !event.target.closest("[data-timetable]")) return;
    const asked = again;
    again = null;
    if (asked.matches("button")) asked.click();
    else window.htmx.trigger(asked, "change");
  });
}
