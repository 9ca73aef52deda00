// The note of a visit: parts as tabs, rows that are added, photos shrunk on the phone, and a draft that
// survives a closed page. Without this script the four parts stand below each other and all is sent at once.

const form = document.querySelector("[data-note]");
const LONGEST = 1920;
const MOST_BYTES = 400_000;
const MOST_PHOTOS = 5;

const $ = (selector, scope = document) => scope.querySelector(selector);
const $$ = (selector, scope = document) => [...scope.querySelectorAll(selector)];
const csrf = () => $("meta[name=csrf-token]")?.content;

// -- parts ------------------------------------------------------------------------------------------
const sections = $$("[data-part]");
const tabs = $$(".part");
let current = 0;

function isDone(index) {
  const value = (name) => form.elements[name]?.value?.trim();
  const some = (selector) => $$(selector, form).some((e) => (e.type === "checkbox" || e.type === "radio" ? e.checked : e.value.trim()));
  return [
    () => some("[name=met_officers]") || some("[name^=people-][name$=-name]"),
    () => Boolean(value("condition")),
    () => some("[name^=outcomes-][name$=-outcome]") || some("[name^=agreements-][name$=-what]"),
    () => some("[name^=photos-][name$=-token]"),
  ][index]();
}

function markTabs() {
  tabs.forEach((tab, index) => {
    const dot = $(".part__dot", tab);
    tab.toggleAttribute("aria-current", false);
    if (index === current) tab.setAttribute("aria-current", "step");
    const done = index !== current && isDone(index);
    tab.classList.toggle("part--done", done);
    dot.replaceChildren(done ? $("[data-template=tick]").content.cloneNode(true) : String(index + 1));
  });
}

function open(index, focus = true) {
  current = index;
  sections.forEach((section, n) => (section.hidden = n !== index));
  markTabs();
  const previous = $("[data-previous-part]");
  const next = $("[data-next-part]");
  const isLast = index === sections.length - 1;
  previous.hidden = index === 0;
  previous.querySelector("span").textContent = index ? tabs[index - 1].lastChild.textContent.trim() : "";
  next.hidden = isLast;
  if (!isLast) next.textContent = next.dataset.words.replace("%n", tabs[index + 1].lastChild.textContent.trim());
  $("[data-send]").hidden = !isLast;
  if (isLast) summarise();
  if (focus) {
    sections[index].focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function startParts() {
  tabs.forEach((tab, index) =>
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      open(index);
    }),
  );
  $("[data-previous-part]").addEventListener("click", () => open(current - 1));
  $("[data-next-part]").addEventListener("click", () => open(current + 1));
  // A link of the error list opens the part where its field stands, before the field gets the focus.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.(".error-summary a");
      const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const index = sections.findIndex((section) => section.contains(target));
      if (index >= 0) open(index, false);
    },
    true,
  );
  const wanted = sections.findIndex((section) => `#${section.id}` === location.hash);
  const faulty = sections.findIndex((section) => $(".field--invalid", section));
  open(Math.max(wanted >= 0 ? wanted : faulty, 0), false);
}

// -- rows -------------------------------------------------------------------------------------------
function nextIndex(name) {
  const used = $$(`[name^="${name}-"]`, form).map((e) => Number(e.name.split("-")[1]));
  return Math.max(-1, ...used.filter(Number.isInteger)) + 1;
}

function addRow(name, index = nextIndex(name)) {
  const markup = $(`[data-template=${name}]`).innerHTML.replaceAll("__n__", index);
  const holder = document.createElement("div");
  holder.innerHTML = markup;
  const row = holder.firstElementChild;
  $(`[data-rows=${name}]`).append(row);
  showRowButtons();
  return row;
}

function showRowButtons() {
  for (const holder of $$("[data-rows]", form)) {
    const rows = $$("[data-row]", holder);
    rows.forEach((row, index) => {
      const number = $("[data-row-number]", row);
      if (number) number.textContent = index + 1;
      const button = $("[data-remove-row]", row);
      if (button) button.hidden = holder.dataset.rows === "agreements" && rows.length === 1;
    });
  }
}

function startRows() {
  for (const button of $$("[data-add-row]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      addRow(button.dataset.addRow).querySelector("input, textarea, select").focus();
      changed();
    });
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-row]");
    if (!button) return;
    button.closest("[data-row]").remove();
    showRowButtons();
    changed();
  });
  // Enter in a one-line field would send the note half written.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=submit])")) event.preventDefault();
  });
  showRowButtons();
}

// -- photos -----------------------------------------------------------------------------------------
const inMegabytes = (bytes) =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1).replace(".", ",")} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;

/** Draws the photo anew: smaller, upright and without where and when it was taken. */
async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  let scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  for (let round = 0; round < 5; round += 1, scale *= 0.8) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of [0.82, 0.7, 0.58]) {
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (blob && blob.size <= MOST_BYTES) return blob;
    }
  }
  return file;
}

function photoError(words) {
  const box = $("[data-photo-error]");
  box.textContent = words;
  box.hidden = !words;
}

async function sendPhoto(file) {
  const small = await shrink(file).catch(() => file); // what the phone cannot read, the server refuses in words
  const data = new FormData();
  data.append("photo", small, "foto.jpg");
  const answer = await fetch(form.dataset.photos, {
    method: "POST",
    body: data,
    headers: { "X-CSRFToken": csrf(), Accept: "application/json" },
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error || "");
  showPhoto(told.token, told.url, `${told.size}, asal ${inMegabytes(file.size)}`);
}

function showPhoto(token, url, size, index = nextIndex("photos")) {
  const row = addRow("photos", index);
  $("img", row).src = url;
  $("[name$=-token]", row).value = token;
  $("[data-photo-size]", row).textContent = size;
  return row;
}

async function takePhotos(input) {
  const room = MOST_PHOTOS - $$("[data-rows=photos] [data-row]").length;
  const files = [...input.files].slice(0, Math.max(0, room));
  const left = [];
  photoError("");
  for (const [index, file] of files.entries()) {
    say(state.dataset.sending.replace("%n", index + 1).replace("%m", files.length));
    try {
      await sendPhoto(file);
    } catch (failure) {
      left.push(failure.message || input.dataset.failed);
    }
  }
  if (input.files.length > files.length) left.push(input.dataset.most);
  input.value = "";
  photoError(left.join(" "));
  changed();
}

function startPhotos() {
  const input = form.elements.files;
  if (!window.createImageBitmap || !input) return;
  const buttons = $("[data-photo-buttons]");
  buttons.hidden = false;
  $("[data-photo-field]").hidden = !$("[data-photo-field]").matches(".field--invalid");
  for (const button of $$("[data-pick-photo]", buttons)) {
    button.addEventListener("click", () => {
      if (button.dataset.pickPhoto) input.setAttribute("capture", button.dataset.pickPhoto);
      else input.removeAttribute("capture");
      input.click();
    });
  }
  input.addEventListener("change", () => takePhotos(input));
}

// -- what the note holds, before it is sent ---------------------------------------------------------
function summarise() {
  const box = $("[data-summary]");
  const list = $(".summary-list", box);
  const filled = (selector) => $$(selector, form).filter((e) => e.value.trim()).length;
  const ticked = (selector) => $$(`${selector}:checked`, form).length;
  const people = ticked("[name=met_officers]") + filled("[name^=people-][name$=-name]");
  const agreed = filled("[name^=agreements-][name$=-what]");
  const outcomes = ticked("[name^=outcomes-][name$=-outcome]");
  const areas = ticked("[name=issue_areas]");
  const rows = [
    [list.dataset.people.replace("%n", people), people > 0],
    isDone(1) ? [list.dataset.written, true] : [list.dataset.unwritten, false],
  ];
  if (areas) rows.push([list.dataset.areas.replace("%n", areas), true]);
  if (agreed) rows.push([list.dataset.agreed.replace("%n", agreed), true]);
  if (outcomes) rows.push([list.dataset.outcomes.replace("%n", outcomes), true]);
  rows.push([list.dataset.photoCount.replace("%n", $$("[data-rows=photos] [data-row]").length), true]);
  list.replaceChildren(
    ...rows.map(([words, ok]) => {
      const item = document.createElement("li");
      item.classList.toggle("is-missing", !ok);
      item.append($(`[data-template=${ok ? "tick" : "missing"}]`).content.cloneNode(true), words);
      return item;
    }),
  );
  box.hidden = false;
}

// -- the draft: kept on this phone until the server has the note ------------------------------------
const state = $("[data-note-state]");
let timer;
let touched = false;

function say(words, note = "") {
  state.hidden = false;
  $("[data-note-state-text]", state).textContent = words;
  $("[data-note-state-note]", state).textContent = note;
}

function changed() {
  touched = true;
  clearTimeout(timer);
  timer = setTimeout(keep, 600);
}

const KEPT = "input, textarea, select";
const isKept = (e) => e.name && e.type !== "file" && e.name !== "csrf_token";

function keep() {
  markTabs();
  if (current === sections.length - 1) summarise();
  if (!touched) return;
  const fields = $$(KEPT, form)
    .filter(isKept)
    .filter((e) => !(e.type === "checkbox" || e.type === "radio") || e.checked)
    .map((e) => [e.name, e.value]);
  const sizes = $$("[data-rows=photos] [data-row]").map((row) => [
    $("[name$=-token]", row).value,
    $("img", row).getAttribute("src"),
    $("[data-photo-size]", row).textContent,
  ]);
  try {
    localStorage.setItem(form.dataset.draft, JSON.stringify({ fields, sizes, base: form.elements.base_version.value }));
  } catch {
    return; // storage is full or shut: the page itself still holds what was typed
  }
  const time = new Date().toLocaleTimeString("id", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  say(state.dataset.saved, state.dataset.savedAt.replace("%h", time));
}

/** Puts a draft back into a fresh form; a draft on top of an older version is of no use any more. */
function restore() {
  const draft = JSON.parse(localStorage.getItem(form.dataset.draft) || "null");
  if (!draft || "submitted" in form.dataset) return;
  if (draft.base !== form.elements.base_version.value) {
    localStorage.removeItem(form.dataset.draft);
    return;
  }
  $$("[data-rows=photos] [data-row]").forEach((row) => row.remove());
  for (const [token, url, size] of draft.sizes) showPhoto(token, url, size);
  for (const name of ["people", "agreements"]) {
    const most = Math.max(0, ...draft.fields.map(([field]) => (field.startsWith(`${name}-`) ? Number(field.split("-")[1]) : 0)));
    for (let index = 1; index <= most; index += 1) {
      if (draft.fields.some(([field]) => field.startsWith(`${name}-${index}-`)) && !$(`[name^="${name}-${index}-"]`, form)) addRow(name, index);
    }
  }
  // The list of earlier follow-ups may have changed since: an answer belongs to its id, not to its place.
  const saved = Object.fromEntries(draft.fields);
  const isSame = (e) => {
    if (!e.name.startsWith("outcomes-")) return true;
    const id = `${e.name.split("-").slice(0, 2).join("-")}-follow_up_id`;
    return e.name !== id && saved[id] === form.elements[id].value;
  };
  $$(KEPT, form)
    .filter(isKept)
    .filter(isSame)
    .forEach((e) => {
      const values = draft.fields.filter(([name]) => name === e.name).map(([, value]) => value);
      if (e.type === "checkbox" || e.type === "radio") e.checked = values.includes(e.value);
      else if (values.length && !e.name.startsWith("photos-")) e.value = values[0];
      else if (values.length && e.name.endsWith("-caption")) e.value = values[0];
    });
  for (const e of $$("input[data-echo]", form)) e.dispatchEvent(new Event("change", { bubbles: true }));
  say(state.dataset.saved, "");
}

function startDraft() {
  say(state.dataset.fresh, state.dataset.freshNote);
  try {
    restore();
  } catch {
    localStorage.removeItem(form.dataset.draft);
  }
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("pagehide", keep);
  const offline = $("[data-offline]");
  const look = () => (offline.hidden = navigator.onLine);
  addEventListener("online", look);
  addEventListener("offline", look);
  look();
}

// -- the page after it: the server has the note, the phone may forget -------------------------------
for (const sent of $$("[data-note-sent]")) localStorage.removeItem(sent.dataset.noteSent);

if (form) {
  startRows();
  startDraft();
  startPhotos();
  startParts();
}
