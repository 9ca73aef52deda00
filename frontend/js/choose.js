// Choosing from a list by keyboard: arrows move between the rows, x ticks, Shift and arrows tick what is
// passed, Ctrl+Enter sends. The list itself comes from the server, which counts; this only presses.

const boxesOf = (form) => [...form.querySelectorAll("tbody input[type=checkbox]")];

/** One event for as many ticks as there were: the form asks the server once. */
function tick(boxes, checked) {
  const changed = boxes.filter((box) => box.checked !== checked);
  for (const box of changed) box.checked = checked;
  changed.at(-1)?.dispatchEvent(new Event("change", { bubbles: true }));
}

export function startChoice() {
  let last = null; // where a range begins
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-choose]");
    if (!form || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.getElementById(form.dataset.choose).click();
      return;
    }
    const row = event.target.closest("tbody tr");
    if (!row || event.ctrlKey || event.metaKey) return;
    const boxes = boxesOf(form);
    const own = row.querySelector("input[type=checkbox]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "x" && own) {
      event.preventDefault();
      tick([own], !own.checked);
    } else if (step) {
      event.preventDefault();
      const next = boxes[boxes.indexOf(own) + step];
      if (!next) return;
      next.focus();
      if (event.shiftKey) tick([own, next], own.checked);
    }
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-choose] tbody input[type=checkbox]");
    if (!box) return;
    const boxes = boxesOf(box.form);
    const [from, to] = [boxes.findIndex((b) => b.id === last), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) tick(boxes.slice(from, to + 1), box.checked);
    last = box.id;
  });
}
