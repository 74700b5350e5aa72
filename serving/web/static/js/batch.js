// Several files, one after the other, with the settings of the one that is shown.

import { made } from "./imagine.js";
import { failed, finished, isBusy, onChange, opened, progressed, started, state } from "./machine.js";
import { seen } from "./open.js";
import { give } from "./save.js";
import { say, warn } from "./say.js";
import { request } from "./settings.js";

const bar = document.getElementById("batch");
const list = document.getElementById("batch-list");
const TOLD = { waiting: "waits", working: "at work", done: "done", failed: "failed" };

let items = []; // {blob, name, status, result, told}

export const isBatch = () => items.length > 1;

export function fill(files) {
  items = files.map((file) => ({ ...file, status: "waiting", result: null, told: "" }));
  draw();
}

function draw() {
  bar.hidden = !isBatch() || !state.picture;
  const done = items.filter(({ result }) => result).length;
  document.getElementById("batch-title").textContent = `${items.length} pictures, ${done} done`;
  const all = document.getElementById("batch-save");
  all.hidden = !done;
  all.disabled = isBusy();
  list.replaceChildren(
    ...items.map(({ name, status, told }) => {
      const line = document.createElement("li");
      line.dataset.status = status;
      line.textContent = `${name}: ${told || TOLD[status]}`;
      return line;
    }),
  );
}

// What is shown at the end is the last picture that was made; all can be downloaded.
export async function runBatch() {
  const shape = { ...state.edit, strokes: [] };
  const { token, signal } = started("Imagining");
  let last = null;
  for (const [number, item] of items.entries()) {
    if (item.result) continue;
    Object.assign(item, { status: "working", told: "" });
    draw();
    const step = (doing, share) => progressed(token, `${doing} ${number + 1} of ${items.length}`, share);
    try {
      const picture = await seen(item.blob, item.name, signal, (sent, size) => step("Sending", sent / size));
      const form = await request(picture, { shares: true });
      [item.result] = await made(picture, form, signal, step);
      item.status = "done";
      last = { picture, result: item.result };
    } catch (error) {
      if (signal.aborted) {
        item.status = "waiting";
        draw();
        return;
      }
      Object.assign(item, { status: "failed", told: error.message });
    }
    draw();
  }
  const lost = items.filter(({ status }) => status === "failed").length;
  if (last) show(last, shape);
  else failed(token);
  if (lost) warn(`${lost} of ${items.length} pictures failed; the list says why.`);
  else say(`All ${items.length} pictures are done.`);
}

function show({ picture, result }, shape) {
  opened(picture, shape);
  // An address of its own, as the page frees those of what it no longer shows.
  const shown = { ...result, url: URL.createObjectURL(result.blob) };
  finished(started("").token, [shown]);
}

export function listen() {
  document.getElementById("batch-save").addEventListener("click", async () => {
    for (const { name, result } of items.filter((item) => item.result)) {
      give(result.blob, name, "png");
      await new Promise((resolve) => setTimeout(resolve, 300)); // browsers drop what comes at once
    }
  });
  onChange(draw);
}
