// Places the picture, its frame and the handles on the stage, and lets the sides be pulled out.

import { clamped, lengthOf, across, sizeOf } from "./frame.js";
import { change, onChange, SIDES, state } from "./store.js";

const stage = document.getElementById("stage");
const frame = document.getElementById("frame");
const picture = document.getElementById("picture");
const brush = document.getElementById("brush");
const compare = document.getElementById("compare");
const handles = Object.fromEntries(SIDES.map((side) => [side, stage.querySelector(`.handle.${side}`)]));
const OUTWARDS = { left: "ArrowLeft", right: "ArrowRight", top: "ArrowUp", bottom: "ArrowDown" };
const INWARDS = { left: "ArrowRight", right: "ArrowLeft", top: "ArrowDown", bottom: "ArrowUp" };
const MOST_SCALE = 3; // of the screen's pixels for one of the picture's

let view = { scale: 1, x: 0, y: 0 }; // of the picture's corner on the stage
let dragging = null;

export const scale = () => view.scale;

function put(element, left, top, width, height) {
  const places = { left, top, width, height };
  Object.entries(places).forEach(([name, value]) => (element.style[name] = `${value}px`));
}

// Finds the scale at which everything fits, with room to pull the sides further out.
function fit() {
  const { clientWidth: wide, clientHeight: high } = stage;
  const whole = state.result ?? sizeOf(state.picture, state.sides);
  const room = !state.result && state.mode === "extend" ? 0.82 : 0.95;
  const best = Math.min((wide * room - 24) / whole.width, (high * room - 24) / whole.height, MOST_SCALE);
  const before = state.result ?? state.sides;
  view = {
    scale: best,
    x: (wide - whole.width * best) / 2 + before.left * best,
    y: (high - whole.height * best) / 2 + before.top * best,
  };
}

function place() {
  const { width, height } = state.picture;
  const { scale: s, x, y } = view;
  const pulled = Object.fromEntries(SIDES.map((side) => [side, state.sides[side] * s]));
  const box = { left: x - pulled.left, top: y - pulled.top };
  box.width = width * s + pulled.left + pulled.right;
  box.height = height * s + pulled.top + pulled.bottom;
  put(picture, x, y, width * s, height * s);
  put(brush, x, y, width * s, height * s);
  put(frame, box.left, box.top, box.width, box.height);
  const at = (side, left, top) => Object.assign(handles[side].style, { left: `${left}px`, top: `${top}px` });
  at("left", box.left, box.top + box.height / 2);
  at("right", box.left + box.width, box.top + box.height / 2);
  at("top", box.left + box.width / 2, box.top);
  at("bottom", box.left + box.width / 2, box.top + box.height);
  if (state.result) {
    const { left, top } = state.result;
    put(compare, x - left * s, y - top * s, state.result.width * s, state.result.height * s);
    put(document.getElementById("before-picture"), left * s, top * s, width * s, height * s);
  }
}

function describe(side) {
  const pixels = state.sides[side];
  const share = Math.round((100 * pixels) / lengthOf(state.picture, side));
  handles[side].setAttribute("aria-valuenow", share);
  handles[side].setAttribute("aria-valuetext", `${share} percent, ${pixels} pixels`);
}

function draw() {
  if (!state.picture) return;
  const editing = !state.result;
  const pullable = editing && state.mode === "extend" && !state.busy;
  if (picture.src !== state.picture.url) picture.src = state.picture.url;
  picture.hidden = !editing;
  frame.hidden = !editing;
  SIDES.forEach((side) => {
    handles[side].hidden = !pullable;
    describe(side);
  });
  stage.classList.toggle("working", state.busy);
  stage.classList.toggle("settled", !dragging);
  if (!dragging) fit();
  place();
}

function pull(side, pixels) {
  const sides = { ...state.sides, [side]: clamped(state.picture, side, pixels) };
  change({ sides, ratio: "" });
}

function startDrag(event, side) {
  event.preventDefault();
  const handle = handles[side];
  handle.focus({ preventScroll: true });
  handle.setPointerCapture(event.pointerId);
  const sign = side === "left" || side === "top" ? -1 : 1;
  const position = (move) => (across(side) ? move.clientX : move.clientY);
  dragging = { from: position(event), pixels: state.sides[side] };
  handle.onpointermove = (move) => {
    pull(side, dragging.pixels + (sign * (position(move) - dragging.from)) / view.scale);
  };
  handle.onpointerup = handle.onpointercancel = () => {
    handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
    dragging = null;
    draw();
  };
}

function press(event, side) {
  const length = lengthOf(state.picture, side);
  const portion = length * (event.shiftKey ? 0.1 : 0.01);
  const now = state.sides[side];
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

export function listen() {
  SIDES.forEach((side) => {
    handles[side].addEventListener("pointerdown", (event) => startDrag(event, side));
    handles[side].addEventListener("keydown", (event) => press(event, side));
  });
  onChange(draw);
  new ResizeObserver(draw).observe(stage);
}
