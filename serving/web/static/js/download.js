// Saves the result: the server's own PNG, or a JPEG made here.

import { warn } from "./say.js";
import { state } from "./store.js";

const JPEG_QUALITY = 0.93;

async function asJpeg(url, { width, height }) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
}

export async function download(kind) {
  const { result, picture } = state;
  const blob = kind === "png" ? result.blob : await asJpeg(result.url, result);
  if (!blob) {
    warn("The browser could not write this picture as JPEG; download the PNG.");
    return;
  }
  const name = picture.name.replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-") || "picture";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}-outpainted.${kind === "png" ? "png" : "jpg"}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
