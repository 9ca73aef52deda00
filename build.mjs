// Bundles frontend/ into static/dist/ under names that carry a content hash.
// manifest.json maps the logical name that templates use to the hashed file.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const out = "static/dist";
const target = ["es2020", "chrome90", "safari15.4", "firefox100"];

// The style sheets: what each page loads, what outsiders and staff add to it, drawings, and one for
// each room that has instruments of its own; the pages of a room (a blueprint) load it by themselves.
const rooms = (await readdir("frontend/css/rooms")).map((name) => basename(name, ".css")).sort();
const sheets = { app: "app", public: "public", staff: "staff", drawings: "drawings" };
for (const room of rooms) sheets[room] = `rooms/${room}`;

// Budgets of the page weights, in bytes; a build that breaks one fails.
const budgets = {
  "app.js": { gz: 40_000 },
  "public.js": { gz: 15_000 },
  "note.js": { gz: 6_000 },
  "board.js": { gz: 4_000 },
  "icons.svg": { raw: 8_000 },
};
// The style that one page loads, all sheets together.
const drawn = ["dashboard", "imports", "impact", "training"]; // rooms whose pages draw
const styles = {
  outsiders: { of: ["app", "public"], gz: 11_300 },
  staff: { of: ["app", "staff", "drawings"], gz: 14_000 },
};
for (const room of rooms) {
  const more = drawn.includes(room) ? ["drawings"] : [];
  styles[room] = { of: ["app", "staff", ...more, room], gz: 14_000 };
}

/** One sprite out of frontend/icons/: the file name is the id; size and stroke come from CSS. */
async function sprite() {
  const folder = "frontend/icons";
  const files = (await readdir(folder)).filter((name) => name.endsWith(".svg")).sort();
  const shapes = await Promise.all(
    files.map(async (name) => {
      const id = basename(name, ".svg");
      const inner = (await readFile(join(folder, name), "utf8"))
        .replace(/<svg[^>]*>|<\/svg>/g, "")
        .replace(/>\s+</g, "><")
        .trim();
      const alone = inner.indexOf("<", 1) === -1;
      return alone ? inner.replace(/^<(\w+)/, `<$1 id="${id}"`) : `<g id="${id}">${inner}</g>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${shapes.join("")}</svg>\n`;
}

function hashed(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
}

async function build() {
  const bundle = await esbuild.build({
    entryPoints: {
      app: "frontend/js/app.js",
      public: "frontend/js/public.js",
      note: "frontend/js/note.js",
      board: "frontend/js/board.js",
      ...Object.fromEntries(
        Object.entries(sheets).map(([name, file]) => [`${name}-css`, `frontend/css/${file}.css`]),
      ),
    },
    bundle: true,
    minify: true,
    legalComments: "none",
    format: "iife",
    charset: "utf8",
    outdir: out,
    target,
    write: false,
    logLevel: "warning",
  });
  const files = Object.fromEntries(
    bundle.outputFiles.map((file) => [basename(file.path), file.contents]),
  );
  const assets = {
    ...Object.fromEntries(
      Object.keys(sheets).map((name) => [`${name}.css`, files[`${name}-css.css`]]),
    ),
    "app.js": files["app.js"],
    "public.js": files["public.js"],
    "note.js": files["note.js"],
    "board.js": files["board.js"],
    "icons.svg": Buffer.from(await sprite()),
  };

  await mkdir(out, { recursive: true });
  const manifest = {};
  const sizes = {};
  let tooHeavy = false;
  for (const [name, contents] of Object.entries(assets)) {
    manifest[name] = hashed(name, contents);
    await writeFile(join(out, manifest[name]), contents);
    const size = { raw: contents.length, gz: gzipSync(contents, { level: 9 }).length };
    sizes[name] = size.gz;
    const over = Object.entries(budgets[name] ?? {}).filter(([kind, limit]) => size[kind] > limit);
    tooHeavy ||= over.length > 0;
    const note = over.map(([kind, limit]) => `  over the budget of ${limit} ${kind}`).join("");
    console.log(`${name.padEnd(17)} ${size.raw} B, ${size.gz} B gz${note}`);
  }
  for (const [page, { of, gz }] of Object.entries(styles)) {
    const sum = of.reduce((total, name) => total + sizes[`${name}.css`], 0);
    tooHeavy ||= sum > gz;
    console.log(`style of ${page}: ${sum} B gz${sum > gz ? `  over the budget of ${gz}` : ""}`);
  }
  await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
  if (tooHeavy) process.exitCode = 1;
  await sweep(new Set([...Object.values(manifest), "manifest.json"]));
}

/** Files of earlier builds stay a week: a page or a process that is still open names them. */
async function sweep(current) {
  const weekAgo = Date.now() - 7 * 24 * 3600 * 1000;
  for (const name of await readdir(out)) {
    const file = join(out, name);
    if (!current.has(name) && (await stat(file)).mtimeMs < weekAgo) await rm(file, { force: true });
  }
}

await build();

if (process.argv.includes("--watch")) {
  const { watch } = await import("node:fs");
  let timer;
  watch("frontend", { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 80);
  });
}
