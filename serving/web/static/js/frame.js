// How far each side grows in each mode: what the frame shows before anything is imagined.

import { SIDES } from "./store.js";

const STEP_SHARE = { "zoom-out": 0.25, panorama: 0.5 }; // of a side, as the server does
const MIN_SIDE = 0;

export const nothing = () => Object.fromEntries(SIDES.map((side) => [side, 0]));

export const across = (side) => side === "left" || side === "right";

export const lengthOf = (picture, side) => (across(side) ? picture.width : picture.height);

export function clamped(picture, side, pixels) {
  return Math.round(Math.min(Math.max(pixels, MIN_SIDE), lengthOf(picture, side)));
}

// A quarter on the left and the right: something to press the button for at once.
export function firstSides(picture) {
  const share = Math.round(picture.width / 4);
  return { ...nothing(), left: share, right: share };
}

// The sides that make a ratio such as 16:9, the picture where the anchor says, as the server does.
export function sidesForRatio(picture, ratio, anchor) {
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
export function sidesForSteps(picture, mode, steps, towards) {
  const total = nothing();
  const size = { width: picture.width, height: picture.height };
  for (let i = 0; i < steps; i += 1) {
    const sides = mode === "panorama" ? [towards] : SIDES;
    const added = sides.map((side) => [side, Math.round(lengthOf(mode === "panorama" ? picture : size, side) * STEP_SHARE[mode])]);
    added.forEach(([side, pixels]) => {
      total[side] += pixels;
      size[across(side) ? "width" : "height"] += pixels;
    });
  }
  return total;
}

export function sizeOf(picture, sides) {
  return {
    width: picture.width + sides.left + sides.right,
    height: picture.height + sides.top + sides.bottom,
  };
}
