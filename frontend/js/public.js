// Outsiders' pages: invitation, registration, certificate check. No library.
import { onClick, startShared } from "./shared.js";

/** Draws the code large on white, so that a gallery picture of it can be scanned. */
async function pictureOf(svg, caption) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", "720");
  copy.setAttribute("height", "720");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(copy.outerHTML)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 900;
  canvas.height = caption ? 1010 : 900;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 90, 90, 720, 720);
  pen.fillStyle = "#17212B";
  pen.textAlign = "center";
  pen.font = "700 56px system-ui, sans-serif";
  if (caption) pen.fillText(caption, 450, 920, 820);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** <button data-save-qr="#qr-1" data-name="D-0417" hidden>: without script the link beside it serves. */
function saveCodes() {
  document.querySelectorAll("[data-save-qr]").forEach((button) => (button.hidden = false));
  document.querySelectorAll("[data-save-qr-fallback]").forEach((link) => (link.hidden = true));
  onClick("[data-save-qr]", async (button) => {
    const svg = document.querySelector(`${button.dataset.saveQr} svg, svg${button.dataset.saveQr}`);
    const blob = svg && (await pictureOf(svg, button.dataset.name));
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `QR ${button.dataset.name || "Kopdiklat"}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

/** <button data-share data-share-title="…" data-share-url="…" hidden> where the phone can share. */
function sharePages() {
  if (!navigator.share) return;
  document.querySelectorAll("[data-share]").forEach((button) => (button.hidden = false));
  onClick("[data-share]", (button) => {
    const { shareTitle: title, shareText: text, shareUrl: url } = button.dataset;
    navigator.share({ title, text, url: url || location.href }).catch(() => {});
  });
}

/** <form data-seen method="post">: says that a person looks at the page, which a link preview is not. */
function tellSeen() {
  const form = document.querySelector("form[data-seen]");
  if (form) fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
}

startShared();
tellSeen();
saveCodes();
sharePages();
