// Brings pictures in: chosen, dropped, pasted, or one of the samples. The server looks at each first,
// so that what is shown is what will be worked on, the right way up.

import { fill } from "./batch.js";
import { firstSides } from "./extend.js";
import { mayLose } from "./leave.js";
import { closed, failed, isBusy, opened, progressed, started, state, stopped } from "./machine.js";
import { calm, say, warn } from "./say.js";
import { keyHeader } from "./settings.js";
import { ADDRESS, blobOf, send } from "./transport.js";

const { maxBytes } = document.body.dataset;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// What the server sees in a file.
export async function seen(blob, name, signal, onSent) {
  if (blob.size > maxBytes) {
    throw new Error(`${name} has ${megabytes(blob.size)} MB; at most ${maxBytes / 1e6} are taken.`);
  }
  const form = new FormData();
  form.set("image", blob, "picture");
  const answer = await send(ADDRESS.preview, form, { headers: keyHeader(), signal, onSent }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error(`${name}: ${error.message}`);
  });
  const { width, height, notes, image, type } = answer;
  const url = URL.createObjectURL(blobOf(image, type));
  return { blob, url, width, height, notes, name };
}

export async function open(blob, name, { ask = true } = {}) {
  if (ask && !(await mayLose("Another picture takes the place of this one."))) return false;
  calm();
  if (isBusy()) stopped();
  const before = state.picture;
  const { token, signal } = started(`Reading ${name}`);
  try {
    const picture = await seen(blob, name, signal, (sent, size) => progressed(token, `Sending ${name}`, sent / size));
    if (signal.aborted) return false;
    opened(picture, { sides: firstSides(picture) });
    const notes = picture.notes.length ? ` Note: ${picture.notes.join("; ")}.` : "";
    say(`${name} opened, ${picture.width} by ${picture.height} pixels.${notes} Pull out a side, then press Imagine.`);
    document.getElementById("studio").scrollIntoView({ block: "nearest" });
    document.querySelector(".handle.right").focus({ preventScroll: true });
    return true;
  } catch (error) {
    if (!failed(token)) return false;
    if (!before) closed();
    if (error.name !== "AbortError") warn(error.message);
    return false;
  }
}

async function openAll(files, otherwise) {
  const all = [...files];
  if (!all.length) {
    if (otherwise) warn(otherwise);
    return;
  }
  const named = all.map((file) => ({ blob: file, name: file.name || "The pasted picture" }));
  if (!(await mayLose("Another picture takes the place of this one."))) return;
  fill(named.length > 1 ? named : []);
  await open(named[0].blob, named[0].name, { ask: false });
}

export function listen() {
  const file = document.getElementById("file");
  file.addEventListener("change", async () => {
    const files = [...file.files];
    file.value = ""; // so that the same file may be chosen again
    await openAll(files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) openAll(event.clipboardData.files);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    openAll(event.dataTransfer.files, "What was dropped is not a file. Save the picture, then drop the file.");
  });
  document.querySelectorAll("[data-sample]").forEach((button) => {
    button.addEventListener("click", async () => {
      const { sample, name } = button.dataset;
      const response = await fetch(sample).catch(() => null);
      if (response?.ok) {
        fill([]);
        open(await response.blob(), name);
      } else warn(`${name} could not be fetched; is the server still running?`);
    });
  });
}
