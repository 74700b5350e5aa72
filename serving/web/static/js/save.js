// Saves the result: the server's own PNG, or a JPEG made here that says the same of itself.

import { result, saved, state } from "./machine.js";
import { warn } from "./say.js";

const JPEG_QUALITY = 0.93;
const XMP_IN_PNG = "XML:com.adobe.xmp\0\0\0\0\0";
const XMP_IN_JPEG = "http://ns.adobe.com/xap/1.0/\0";

const lettersOf = (bytes) => String.fromCharCode(...bytes);
const bytesOf = (letters) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));

// What the server wrote into its PNG: that a model imagined part of it.
async function labelOf(png) {
  const bytes = new Uint8Array(await png.arrayBuffer());
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const kind = lettersOf(bytes.subarray(at + 4, at + 8));
    if (kind === "IDAT") return null;
    const data = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    if (kind === "iTXt" && lettersOf(data.subarray(0, XMP_IN_PNG.length)) === XMP_IN_PNG) {
      return data.slice(XMP_IN_PNG.length);
    }
  }
  return null;
}

async function labelled(jpeg, label) {
  if (!jpeg || !label) return jpeg;
  const name = bytesOf(XMP_IN_JPEG);
  const length = 2 + name.length + label.length;
  const head = new Uint8Array([0xff, 0xe1, length >> 8, length & 0xff]);
  return new Blob([jpeg.slice(0, 2), head, name, label, jpeg.slice(2)], { type: "image/jpeg" });
}

async function asJpeg({ blob, url, width, height }) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  const jpeg = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  return labelled(jpeg, await labelOf(blob));
}

const stemOf = (name) => name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-") || "picture";

export function give(blob, name, suffix) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${stemOf(name)}-outpainted.${suffix}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function download(kind) {
  const { picture } = state;
  const made = result();
  const blob = kind === "png" ? made.blob : await asJpeg(made).catch(() => null);
  if (!blob) {
    warn("The browser could not write this picture as JPEG; download the PNG.");
    return;
  }
  give(blob, picture.name, kind === "png" ? "png" : "jpg");
  if (made === result()) saved();
}
