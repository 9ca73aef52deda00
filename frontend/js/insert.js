// Placeholders as buttons: a press puts one where the caret was last.
import { onClick } from "./shared.js";

export function startInsertions() {
  const buttons = document.querySelectorAll("[data-insert]");
  if (!buttons.length) return;
  const texts = [...document.querySelectorAll("[data-insert-into]")];
  let last = texts.find((text) => text.matches("textarea")) || texts[0];
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-insert-into]")) last = event.target;
  });
  buttons.forEach((button) => (button.hidden = false));
  onClick("[data-insert]", (button) => {
    last.focus();
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
