// Brings a picture in: chosen, dropped, pasted, or one of the samples.

import { calm, say, warn } from "./say.js";
import { startOver } from "./store.js";

const { maxBytes, maxPixels } = document.body.dataset;
const NOT_A_PICTURE = "is not a picture that can be read. Take a PNG, JPEG, WebP, GIF or BMP file.";

// Reads a file's size in pixels, upright, as the browser shows it.
export async function measured(blob, name) {
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    throw new Error(`${name} ${NOT_A_PICTURE}`);
  }
  return { blob, url, name, width: image.naturalWidth, height: image.naturalHeight };
}

async function open(blob, name) {
  calm();
  try {
    if (blob.size > maxBytes) {
      throw new Error(`${name} has ${(blob.size / 1e6).toFixed(1)} MB; at most ${maxBytes / 1e6} are taken.`);
    }
    const picture = await measured(blob, name);
    if (picture.width * picture.height > maxPixels) {
      URL.revokeObjectURL(picture.url);
      throw new Error(`${name} has ${picture.width} × ${picture.height} pixels; at most ${maxPixels / 1e6} megapixels are taken.`);
    }
    startOver({ picture });
    say(`${name} opened, ${picture.width} by ${picture.height} pixels. Pull out a side, then press Imagine.`);
    document.getElementById("studio").scrollIntoView({ block: "nearest" });
    document.querySelector(".handle.right").focus({ preventScroll: true });
  } catch (error) {
    warn(error.message);
  }
}

function openFirst(files, otherwise) {
  if (files.length) open(files[0], files[0].name || "The pasted picture");
  else if (otherwise) warn(otherwise);
}

export function listen() {
  const file = document.getElementById("file");
  file.addEventListener("change", () => {
    openFirst(file.files);
    file.value = ""; // so that the same file may be chosen again
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) openFirst(event.clipboardData.files);
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
    openFirst(event.dataTransfer.files, "What was dropped is not a file. Save the picture, then drop the file.");
  });
  document.querySelectorAll("[data-sample]").forEach((button) => {
    button.addEventListener("click", async () => {
      const { sample, name } = button.dataset;
      const response = await fetch(sample).catch(() => null);
      if (response?.ok) open(await response.blob(), name);
      else warn(`${name} could not be fetched; is the server still running?`);
    });
  });
}
