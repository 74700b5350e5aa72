// Pulls the sides of the frame out: by handles, by keys, by numbers, by a shape, by steps.

import { edited, isBusy, noSides, onChange, SIDES, state } from "./machine.js";

const STEP_SHARE = { "zoom-out": 0.25, panorama: 0.5 }; // of a side, as the server does
const OUTWARDS = { left: "ArrowLeft", right: "ArrowRight", top: "ArrowUp", bottom: "ArrowDown" };
const INWARDS = { left: "ArrowRight", right: "ArrowLeft", top: "ArrowDown", bottom: "ArrowUp" };
const MOST = 4; // times a side of the picture, that may be added to it at once

export const across = (side) => side === "left" || side === "right";
export const lengthOf = (picture, side) => (across(side) ? picture.width : picture.height);
export const handles = Object.fromEntries(SIDES.map((side) => [side, document.querySelector(`.handle.${side}`)]));
const fields = Object.fromEntries(SIDES.map((side) => [side, document.getElementById(`side-${side}`)]));

export const dragging = { side: null };

export function sizeOf(picture, sides) {
  return {
    width: picture.width + sides.left + sides.right,
    height: picture.height + sides.top + sides.bottom,
  };
}

// A quarter on the left and the right: something to press the button for at once.
export function firstSides(picture) {
  const share = Math.round(picture.width / 4);
  return { ...noSides(), left: share, right: share };
}

// The sides that make a ratio such as 16:9, the picture where the anchor says, as the server does.
function sidesForRatio(picture, ratio, anchor) {
  const [wide, high] = ratio.split(":").map(Number);
  const dx = Math.max(0, Math.round((picture.height * wide) / high) - picture.width);
  const dy = Math.max(0, Math.round((picture.width * high) / wide) - picture.height);
  const before = (total, first, last) => {
    if (anchor.includes(first)) return 0;
    return anchor.includes(last) ? total : Math.floor(total / 2);
  };
  const left = before(dx, "left", "right");
  const top = before(dy, "top", "bottom");
  return { left, right: dx - left, top, bottom: dy - top };
}

// What zooming out or a panorama of so many steps adds.
function sidesForSteps(picture, mode, steps, towards) {
  const total = noSides();
  const size = { width: picture.width, height: picture.height };
  for (let i = 0; i < steps; i += 1) {
    const sides = mode === "panorama" ? [towards] : SIDES;
    const base = mode === "panorama" ? picture : { ...size };
    sides.forEach((side) => {
      const pixels = Math.round(lengthOf(base, side) * STEP_SHARE[mode]);
      total[side] += pixels;
      size[across(side) ? "width" : "height"] += pixels;
    });
  }
  return total;
}

// The sides that the settings stand for.
export function sidesFor(picture, { mode, ratio, anchor, steps, side }) {
  if (mode === "extend") return ratio ? sidesForRatio(picture, ratio, anchor) : firstSides(picture);
  if (mode === "zoom-out" || mode === "panorama") return sidesForSteps(picture, mode, steps, side);
  return noSides();
}

function clamped(side, pixels) {
  const most = MOST * lengthOf(state.picture, side);
  return Math.round(Math.min(Math.max(pixels || 0, 0), most));
}

function pull(side, pixels, step = true) {
  const { mode, sides } = state.edit;
  const length = clamped(side, pixels);
  if (length === sides[side] && mode === "extend") return;
  edited({ sides: { ...sides, [side]: length }, ratio: "", mode: "extend" }, { step });
}

function startDrag(event, side, scale) {
  event.preventDefault();
  const handle = handles[side];
  handle.focus({ preventScroll: true });
  handle.setPointerCapture(event.pointerId);
  const sign = side === "left" || side === "top" ? -1 : 1;
  const position = (move) => (across(side) ? move.clientX : move.clientY);
  const from = position(event);
  const pixels = state.edit.sides[side];
  const s = scale();
  let first = true;
  dragging.side = side;
  handle.onpointermove = (move) => {
    pull(side, pixels + (sign * (position(move) - from)) / s, first);
    first = false;
  };
  handle.onpointerup = handle.onpointercancel = () => {
    handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
    dragging.side = null;
    edited({}, { step: false }); // drawn anew, at the scale that fits
  };
}

function press(event, side) {
  const length = lengthOf(state.picture, side);
  const portion = length * (event.shiftKey ? 0.1 : 0.01);
  const now = state.edit.sides[side];
  const targets = {
    [OUTWARDS[side]]: now + portion,
    [INWARDS[side]]: now - portion,
    PageUp: now + length * 0.1,
    PageDown: now - length * 0.1,
    Home: 0,
    End: length,
  };
  if (!(event.key in targets)) return;
  event.preventDefault();
  pull(side, targets[event.key]);
}

function draw() {
  if (!state.picture) return;
  const { mode, sides } = state.edit;
  const pullable = state.phase === "idle" && mode === "extend" && state.tool === "frame";
  SIDES.forEach((side) => {
    handles[side].hidden = !pullable;
    const share = Math.round((100 * sides[side]) / lengthOf(state.picture, side));
    handles[side].setAttribute("aria-valuenow", share);
    handles[side].setAttribute("aria-valuetext", `${share} percent, ${sides[side]} pixels`);
    if (document.activeElement !== fields[side]) fields[side].value = sides[side];
    fields[side].disabled = isBusy();
  });
}

export function listen(scale) {
  SIDES.forEach((side) => {
    handles[side].addEventListener("pointerdown", (event) => startDrag(event, side, scale));
    handles[side].addEventListener("keydown", (event) => press(event, side));
    fields[side].addEventListener("change", () => {
      pull(side, Number(fields[side].value));
      fields[side].value = state.edit.sides[side];
    });
  });
  onChange(draw);
}
