// The board: a session is taken by the mouse or by its Geser button, and put down on another day or hour.
// Both fill the one small form that the plain "Pindahkan" page sends as well; the server decides and asks.

const board = document.querySelector("[data-board]");
const form = board.querySelector("[data-board-form]");
const live = board.querySelector("[data-board-say]");
const ghost = board.querySelector("[data-board-ghost]");
const QUARTER = 15 * 60_000;
const HOUR = 4 * QUARTER;
const DAY = 24 * HOUR;
const STEPS = { ArrowLeft: -DAY, ArrowRight: DAY, ArrowUp: -QUARTER, ArrowDown: QUARTER, PageUp: -HOUR, PageDown: HOUR };
const NEAR_THE_EDGE = 56;

let held = null; // { card, cell, next, at, words }: what is in hand, where it stood, where it would go
let settling = false; // the card is being put into another cell, which takes the focus away for a moment

// -- a wall clock without a zone, kept as if it were UTC ------------------------------------------------
const clockOf = (card) => new Date(`${card.dataset.begins}:00Z`);
const two = (number) => String(number).padStart(2, "0");
const dayKey = (at) => at.toISOString().slice(0, 10);
const hourOf = (at) => `${two(at.getUTCHours())}.${two(at.getUTCMinutes())}`;
const cellAt = (at) => board.querySelector(`td[data-day="${dayKey(at)}"][data-hour="${at.getUTCHours()}"]`);
const dayCell = (at) => board.querySelector(`td[data-day="${dayKey(at)}"]`);

function dayName(at) {
  const options = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return dayCell(at)?.dataset.label || new Intl.DateTimeFormat(document.documentElement.lang, options).format(at);
}

function hoursOf(card, at) {
  const ends = new Date(at.getTime() + card.dataset.minutes * 60_000);
  return `${hourOf(at)}–${hourOf(ends)} ${card.dataset.zone}`;
}

function words(template, card, at) {
  const text = board.dataset[template]
    .replace("{t}", card.dataset.topic)
    .replace("{d}", dayName(at))
    .replace("{h}", hoursOf(card, at));
  const cell = dayCell(at);
  const notes = [cell?.dataset.note, cell?.classList.contains("is-over") && board.dataset.over];
  return template === "moved" ? [text, ...notes.filter(Boolean)].join(", ") : text;
}

const say = (text) => (live.textContent = text);

// -- taking, carrying, putting down ---------------------------------------------------------------------
function take(card) {
  giveUp();
  const label = card.querySelector("[data-hours]");
  held = { card, cell: card.parentElement, next: card.nextElementSibling, at: clockOf(card), label, words: label.textContent };
  card.classList.add("is-held");
}

function carry(at) {
  held.at = at;
  held.label.textContent = hoursOf(held.card, at);
  mark(cellAt(at));
  say(words("moved", held.card, at));
}

function mark(cell) {
  for (const other of board.querySelectorAll(".is-target")) other.classList.remove("is-target");
  cell?.classList.add("is-target");
}

function putBack() {
  const { card, cell, next, label, words: was } = held;
  label.textContent = was;
  card.classList.remove("is-held");
  if (card.parentElement !== cell) cell.insertBefore(card, next);
  mark(null);
  ghost.hidden = true;
  held = null;
}

function giveUp() {
  if (!held) return;
  const { card } = held;
  settling = true;
  putBack();
  settling = false;
  say(words("given", card, clockOf(card)));
}

function drop() {
  const { card, at } = held;
  if (at.getTime() === clockOf(card).getTime()) return giveUp();
  say(words("dropped", card, at));
  form.action = card.dataset.move;
  form.elements.day.value = dayKey(at);
  form.elements.hour.value = hourOf(at);
  form.elements.seen.value = card.dataset.seen;
  form.requestSubmit();
  return undefined;
}

// -- keys ----------------------------------------------------------------------------------------------
function startKeys() {
  for (const grip of board.querySelectorAll("[data-grip]")) grip.hidden = false;
  document.querySelector("[data-board-keys]").hidden = !form;

  board.addEventListener("click", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || held) return;
    const card = grip.closest("[data-card]");
    take(card);
    grip.focus();
    say(words("taken", card, held.at));
  });
  board.addEventListener("keydown", (event) => {
    if (!held || !event.target.matches("[data-grip]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) {
      event.preventDefault();
      carry(new Date(held.at.getTime() + STEPS[event.key]));
      moveInto(cellAt(held.at), event.target);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      drop();
    } else if (event.key === "Escape") {
      event.preventDefault();
      giveUp();
      event.target.focus();
    }
  });
  board.addEventListener("focusout", (event) => {
    if (held && !settling && !held.isDragged && event.target.matches("[data-grip]")) giveUp();
  });
}

/** The card goes where it would go, and keeps the focus on its way. */
function moveInto(cell, grip) {
  if (!cell || held.card.parentElement === cell) return;
  settling = true;
  cell.append(held.card);
  grip.focus({ preventScroll: true });
  grip.scrollIntoView({ block: "nearest" });
  settling = false;
}

// -- the mouse -----------------------------------------------------------------------------------------
/** In its own row a session keeps its minutes; in another, the upper half of a cell is the full hour. */
function timeIn(cell, card, y) {
  const own = clockOf(card);
  const box = cell.getBoundingClientRect();
  const hour = Number(cell.dataset.hour);
  const minutes = hour === own.getUTCHours() ? own.getUTCMinutes() : y < box.top + box.height / 2 ? 0 : 30;
  return new Date(`${cell.dataset.day}T${two(hour)}:${two(minutes)}:00Z`);
}

function startDragging() {
  for (const link of board.querySelectorAll("[data-card] a")) link.draggable = false;
  let wasDragged = false;
  let from = null; // where the button went down, until it is clear that this is no click

  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-card]");
    wasDragged = false;
    if (!card || event.button !== 0 || event.pointerType === "touch") return;
    from = { card, x: event.clientX, y: event.clientY };
  });
  // The press that ends a drag is no press on the link or the button under it.
  board.addEventListener("click", (event) => {
    if (!wasDragged) return;
    wasDragged = false;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!held?.isDragged) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < 6) return;
      take(from.card);
      held.isDragged = true;
      board.classList.add("is-dragging");
    }
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("td[data-day]");
    if (cell) carry(timeIn(cell, held.card, event.clientY));
    mark(cell);
    held.isOverCell = Boolean(cell);
    ghost.hidden = false;
    ghost.textContent = words("moved", held.card, held.at);
    ghost.style.transform = `translate(${event.clientX + 14}px, ${event.clientY + 14}px)`;
    if (event.clientY < NEAR_THE_EDGE) scrollBy(0, -12);
    else if (event.clientY > innerHeight - NEAR_THE_EDGE) scrollBy(0, 12);
  });
  const end = (put) => {
    if (!from) return;
    from = null;
    board.classList.remove("is-dragging");
    if (!held?.isDragged) return;
    wasDragged = true;
    ghost.hidden = true;
    if (put && held.isOverCell) drop();
    else giveUp();
  };
  addEventListener("pointerup", () => end(true));
  addEventListener("pointercancel", () => end(false));
  addEventListener("keydown", (event) => event.key === "Escape" && from && end(false));
}

startKeys();
startDragging();
// Back from the page that asks: everything stands where it stands on the server.
addEventListener("pageshow", () => held && putBack());
