// The settings beside the picture: what may be chosen in which mode, and what is asked of the server.

import { sidesFor, sizeOf } from "./extend.js";
import { canRedo, canUndo, edited, isBusy, onChange, result, SIDES, state, took } from "./machine.js";
import { isPainted, mask } from "./paint.js";

const form = document.getElementById("form");
const size = document.getElementById("size");
const key = document.getElementById("key");
const { maxOutputPixels } = document.body.dataset;
const HINTS = {
  extend: "Pull the sides of the frame out, type how far, or pick a shape. The brush adds what is to be imagined inside.",
  "zoom-out": "Step back: each step adds a quarter on every side, and then goes on from there.",
  panorama: "Turn to one side: each step adds half of the picture's length there.",
  paint: "Paint over what you want imagined anew, and nothing else changes. [ and ] make the brush smaller and larger.",
  restore: "A test of the model: it hides a quarter on each side, imagines it, and you compare with the truth.",
};
const SHAPING = ["mode", "ratio", "anchor", "steps", "side"];

const chosen = (name) => form.elements[name]?.value ?? "";

export const keyHeader = () => (key?.value ? { "X-API-Key": key.value } : {});

const sample = document.getElementById("sample");
export const consentHeader = () => (sample?.checked ? { "Outpaint-Sample": "yes" } : {});

// What is sent, as form fields. In a batch, lengths are shares of each picture.
export async function request(picture, { shares = false } = {}) {
  const { mode, sides, steps, side, ratio, anchor } = state.edit;
  const fields = new FormData();
  fields.set("image", picture.blob, "picture");
  ["blend", "synthesis", "variants", "seed"].forEach((name) => chosen(name) && fields.set(name, chosen(name)));
  if (form.elements.metadata?.checked) fields.set("metadata", "keep");
  const painted = !shares && isPainted();
  if (painted) fields.set("mask", await mask(), "mask.png");
  const grows = SIDES.some((name) => sides[name]);
  if (mode === "extend" && shares && ratio) {
    fields.set("ratio", ratio);
    fields.set("anchor", anchor);
  } else if (mode === "extend") {
    SIDES.filter((name) => sides[name]).forEach((name) => fields.set(name, lengthFor(name, shares)));
  } else if (mode === "zoom-out" || mode === "panorama") fields.set("steps", steps);
  if (mode === "panorama") fields.set("side", side);
  if (mode !== "paint" && (mode !== "extend" || grows)) fields.set("mode", mode);
  return fields;
}

function lengthFor(name, shares) {
  const pixels = state.edit.sides[name];
  if (!shares) return `${pixels}px`;
  const { width, height } = state.picture;
  return `${((100 * pixels) / (name === "left" || name === "right" ? width : height)).toFixed(3)}%`;
}

// Says why the button would do nothing, or nothing.
export function objection() {
  const { width, height } = sizeOf(state.picture, state.edit.sides);
  if (width * height > maxOutputPixels) {
    return `That would be ${width} × ${height} pixels; at most ${maxOutputPixels / 1e6} megapixels are made.`;
  }
  const { mode, sides } = state.edit;
  if (mode === "paint" && !isPainted()) return "Paint over the area to imagine first.";
  if (mode === "extend" && !isPainted() && !SIDES.some((side) => sides[side])) {
    return "Pull at least one side of the frame out first, or paint.";
  }
  return "";
}

function describeSize() {
  const { picture, edit } = state;
  const whole = result() ?? sizeOf(picture, edit.sides);
  const grown = whole.width !== picture.width || whole.height !== picture.height;
  const notes = picture.notes?.length ? ` (${picture.notes.join("; ")})` : "";
  size.textContent = `${picture.width} × ${picture.height}${grown ? ` → ${whole.width} × ${whole.height}` : ""} pixels${notes}`;
  size.classList.toggle("over", whole.width * whole.height > maxOutputPixels);
}

const byId = (id) => document.getElementById(id);

function draw() {
  const { phase, edit, picture } = state;
  document.body.dataset.phase = phase;
  byId("start").hidden = Boolean(picture);
  byId("studio").hidden = !picture;
  byId("undo").disabled = !canUndo();
  byId("redo").disabled = !canRedo();
  if (!picture) return;
  byId("settings").disabled = isBusy();
  [byId("done"), ...document.querySelectorAll(".after")].forEach((part) => (part.hidden = phase !== "done"));
  byId("new").disabled = isBusy();
  byId("go").disabled = isBusy();
  byId("go").textContent = phase === "done" ? "Again" : "Imagine";
  byId("go").classList.toggle("primary", phase !== "done");
  ["mode", "ratio", "anchor", "side"].forEach((name) => (form.elements[name].value = edit[name]));
  byId("steps").value = edit.steps;
  byId("steps-text").textContent = edit.steps;
  document.querySelectorAll("[name=tool]").forEach((tool) => {
    tool.checked = tool.value === state.tool;
    tool.disabled = phase !== "idle";
  });
  byId("brush-options").hidden = state.tool === "frame" || phase !== "idle";
  byId("hint").textContent = HINTS[edit.mode];
  form.querySelectorAll("[data-for]").forEach((part) => {
    part.hidden = !part.dataset.for.split(" ").includes(edit.mode);
  });
  byId("anchors").hidden = edit.mode !== "extend" || !edit.ratio;
  describeSize();
}

export function listen() {
  form.addEventListener("input", ({ target }) => {
    if (!SHAPING.includes(target.name)) return;
    const value = target.name === "steps" ? Number(target.value) : target.value;
    const wanted = { ...state.edit, [target.name]: value };
    edited({ [target.name]: value, sides: sidesFor(state.picture, wanted) });
    if (target.name === "mode") took(value === "paint" ? "brush" : "frame");
  });
  form.addEventListener("keydown", (event) => {
    // Enter in a field of numbers takes the number; it does not begin the work.
    if (event.key === "Enter" && event.target.type === "number") {
      event.preventDefault();
      event.target.dispatchEvent(new Event("change"));
    }
  });
  onChange(draw);
}
