// The settings beside the picture: what may be chosen in which mode, and what is asked of the server.

import { firstSides, nothing, sidesForRatio, sidesForSteps, sizeOf } from "./frame.js";
import { isPainted, mask } from "./paint.js";
import { canUndo, change, onChange, SIDES, state } from "./store.js";

const form = document.getElementById("form");
const go = document.getElementById("go");
const size = document.getElementById("size");
const key = document.getElementById("key");
const { maxOutputPixels } = document.body.dataset;
const HINTS = {
  extend: "Pull the sides of the frame out, or pick a shape. With the keyboard: arrow keys on a handle.",
  "zoom-out": "Step back: each step adds a quarter on every side, and then goes on from there.",
  panorama: "Turn to one side: each step adds half of the picture's length there.",
  paint: "Paint over what you want imagined anew, and nothing else changes.",
  restore: "A test of the model: it hides a quarter on each side, imagines it, and you compare with the truth.",
};

let shownFor = null;

const chosen = (name) => form.elements[name].value;

export const keyHeader = () => (key?.value ? { "X-API-Key": key.value } : {});

// The sides that a mode begins with.
function sidesNow() {
  const { picture, mode } = state;
  if (mode === "extend") {
    if (!chosen("ratio")) return firstSides(picture);
    return sidesForRatio(picture, chosen("ratio"), chosen("anchor"));
  }
  if (mode === "zoom-out" || mode === "panorama") {
    return sidesForSteps(picture, mode, Number(chosen("steps")), chosen("side"));
  }
  return nothing();
}

// What is sent, as form fields.
export async function request() {
  const { picture, mode, sides } = state;
  const fields = new FormData();
  fields.set("image", picture.blob, "picture");
  fields.set("blend", chosen("blend"));
  if (mode !== "paint") fields.set("mode", mode);
  if (mode === "extend") {
    SIDES.filter((side) => sides[side]).forEach((side) => fields.set(side, `${sides[side]}px`));
  } else if (mode === "zoom-out" || mode === "panorama") fields.set("steps", chosen("steps"));
  if (mode === "panorama") fields.set("side", chosen("side"));
  if (mode === "paint") fields.set("mask", await mask(), "mask.png");
  return fields;
}

// Says why the button would do nothing, or nothing.
export function objection() {
  const { width, height } = sizeOf(state.picture, state.sides);
  if (width * height > maxOutputPixels) {
    return `That would be ${width} × ${height} pixels; at most ${maxOutputPixels / 1e6} megapixels are made.`;
  }
  if (state.mode === "paint" && !isPainted()) return "Paint over the area to imagine first.";
  if (state.mode === "extend" && !SIDES.some((side) => state.sides[side])) {
    return "Pull at least one side of the frame out first.";
  }
  return "";
}

function describeSize() {
  const { picture, result, sides } = state;
  const whole = result ?? sizeOf(picture, sides);
  const grown = whole.width !== picture.width || whole.height !== picture.height;
  size.textContent = `${picture.width} × ${picture.height}${grown ? ` → ${whole.width} × ${whole.height}` : ""} pixels`;
  size.classList.toggle("over", whole.width * whole.height > maxOutputPixels);
}

function draw() {
  document.getElementById("start").hidden = Boolean(state.picture);
  document.getElementById("studio").hidden = !state.picture;
  if (!state.picture) return;
  if (shownFor !== state.picture && !state.result) {
    shownFor = state.picture;
    if (!SIDES.some((side) => state.sides[side])) change({ sides: sidesNow() });
  }
  const editing = !state.result;
  document.getElementById("settings").hidden = !editing;
  document.getElementById("settings").disabled = state.busy;
  document.getElementById("done").hidden = editing;
  document.getElementById("undo").disabled = state.busy || !canUndo();
  document.getElementById("new").disabled = state.busy;
  document.getElementById("stage").classList.toggle("restoring", state.mode === "restore");
  go.hidden = !editing;
  go.disabled = state.busy;
  form.elements.mode.value = state.mode;
  form.elements.ratio.value = state.ratio ?? "";
  document.getElementById("hint").textContent = HINTS[state.mode];
  document.getElementById("steps-text").textContent = chosen("steps");
  form.querySelectorAll("[data-for]").forEach((part) => {
    part.hidden = !part.dataset.for.split(" ").includes(state.mode);
  });
  document.getElementById("anchors").hidden = state.mode !== "extend" || !state.ratio;
  describeSize();
}

export function listen() {
  form.addEventListener("input", ({ target }) => {
    if (target.name === "mode") state.mode = target.value;
    if (target.name === "ratio") state.ratio = target.value;
    if (["mode", "ratio", "anchor", "steps", "side"].includes(target.name)) change({ sides: sidesNow() });
  });
  onChange(draw);
}
