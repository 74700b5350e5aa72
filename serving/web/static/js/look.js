// Looks at the picture: where it lies on the stage, nearer or farther, and before against after.

import { dragging, handles, sizeOf } from "./extend.js";
import { isBusy, onChange, result, SIDES, state } from "./machine.js";

const stage = document.getElementById("stage");
const frame = document.getElementById("frame");
const picture = document.getElementById("picture");
const brush = document.getElementById("brush");
const compare = document.getElementById("compare");
const split = document.getElementById("split");
const after = document.getElementById("after");
const before = document.getElementById("before-picture");
const level = document.getElementById("zoom-level");
const MOST_SCALE = 3; // of the screen's pixels for one of the picture's, at first sight
const [LEAST_ZOOM, MOST_ZOOM] = [1, 16];
const ZOOM_STEP = 1.25;

let view = { scale: 1, x: 0, y: 0 }; // of the picture's corner on the stage
let zoom = 1; // against what fits
let shift = { x: 0, y: 0 }; // of the whole, in the screen's pixels
let shown = { picture: null, result: null };
const fingers = new Map();

export const scale = () => view.scale;

function put(element, left, top, width, height) {
  const places = { left, top, width, height };
  Object.entries(places).forEach(([name, value]) => (element.style[name] = `${value}px`));
}

const whole = () => result() ?? sizeOf(state.picture, state.edit.sides);
const origin = () => result() ?? state.edit.sides;

// The scale at which everything fits, with room to pull the sides further out.
function fitting() {
  const { clientWidth: wide, clientHeight: high } = stage;
  const room = state.phase === "idle" && state.edit.mode === "extend" ? 0.82 : 0.95;
  const { width, height } = whole();
  return Math.min((wide * room - 24) / width, (high * room - 24) / height, MOST_SCALE);
}

function settle() {
  const { clientWidth: wide, clientHeight: high } = stage;
  const s = fitting() * zoom;
  const { width, height } = whole();
  const most = { x: Math.max(0, (width * s - wide) / 2 + 40), y: Math.max(0, (height * s - high) / 2 + 40) };
  const within = (value, limit) => (zoom === 1 ? 0 : Math.min(Math.max(value, -limit), limit));
  shift = { x: within(shift.x, most.x), y: within(shift.y, most.y) };
  view = {
    scale: s,
    x: (wide - width * s) / 2 + origin().left * s + shift.x,
    y: (high - height * s) / 2 + origin().top * s + shift.y,
  };
}

function place() {
  const { width, height } = state.picture;
  const { sides } = state.edit;
  const { scale: s, x, y } = view;
  const box = { left: x - sides.left * s, top: y - sides.top * s };
  box.width = (width + sides.left + sides.right) * s;
  box.height = (height + sides.top + sides.bottom) * s;
  put(picture, x, y, width * s, height * s);
  put(brush, x, y, width * s, height * s);
  put(frame, box.left, box.top, box.width, box.height);
  const at = (side, left, top) => Object.assign(handles[side].style, { left: `${left}px`, top: `${top}px` });
  at("left", box.left, box.top + box.height / 2);
  at("right", box.left + box.width, box.top + box.height / 2);
  at("top", box.left + box.width / 2, box.top);
  at("bottom", box.left + box.width / 2, box.top + box.height);
  const made = result();
  if (made) {
    put(compare, x - made.left * s, y - made.top * s, made.width * s, made.height * s);
    put(before, made.left * s, made.top * s, width * s, height * s);
  }
}

function showPictures() {
  const made = result();
  picture.hidden = frame.hidden = Boolean(made);
  compare.hidden = !made;
  if (shown.picture !== state.picture) {
    picture.src = before.src = state.picture.url;
    [zoom, shift] = [1, { x: 0, y: 0 }];
  }
  if (made && shown.result !== made) {
    after.src = made.url;
    split.value = 0; // the result, whole
    moveSplit();
  }
  shown = { picture: state.picture, result: made };
}

function draw() {
  if (!state.picture) return;
  showPictures();
  stage.classList.toggle("working", isBusy());
  stage.classList.toggle("settled", !dragging.side && fingers.size === 0);
  stage.classList.toggle("near", zoom > 1);
  stage.classList.toggle("restoring", state.edit.mode === "restore" && !result());
  if (!dragging.side) settle();
  place();
  level.textContent = `${Math.round(view.scale * 100)} %`;
}

function zoomTo(wanted, at = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 }) {
  if (!state.picture) return;
  const next = Math.min(Math.max(wanted, LEAST_ZOOM), MOST_ZOOM);
  const ratio = next / zoom;
  const fromMiddle = { x: at.x - stage.clientWidth / 2, y: at.y - stage.clientHeight / 2 };
  shift = {
    x: fromMiddle.x - (fromMiddle.x - shift.x) * ratio,
    y: fromMiddle.y - (fromMiddle.y - shift.y) * ratio,
  };
  zoom = next;
  draw();
}

export const nearer = () => zoomTo(zoom * ZOOM_STEP);
export const farther = () => zoomTo(zoom / ZOOM_STEP);
export const fit = () => zoomTo(1);

const onStage = (event) => {
  const { left, top } = stage.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
};

// One finger, or the mouse, moves what is zoomed; two zoom.
function startPan(event) {
  const free = [stage, picture, frame].includes(event.target) || event.button === 1;
  const touch = event.pointerType === "touch" && event.target.tagName !== "BUTTON";
  if (!free && !(touch && fingers.size)) return;
  fingers.set(event.pointerId, onStage(event));
  if (fingers.size > 1 || zoom > 1) event.preventDefault();
  stage.setPointerCapture(event.pointerId);
}

function pan(event) {
  const from = fingers.get(event.pointerId);
  if (!from) return;
  const to = onStage(event);
  if (fingers.size === 2) {
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const distance = (at) => Math.hypot(at.x - other.x, at.y - other.y) || 1;
    zoomTo((zoom * distance(to)) / distance(from), { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 });
  } else if (zoom > 1) {
    shift = { x: shift.x + to.x - from.x, y: shift.y + to.y - from.y };
    draw();
  }
  fingers.set(event.pointerId, to);
}

function moveSplit() {
  compare.style.setProperty("--split", `${split.value}%`);
  compare.dataset.side = split.value < 12 ? "after" : split.value > 88 ? "before" : "both";
  split.setAttribute("aria-valuetext", `${split.value} percent before`);
}

export function listen() {
  split.addEventListener("input", moveSplit);
  stage.addEventListener("pointerdown", startPan);
  stage.addEventListener("pointermove", pan);
  ["pointerup", "pointercancel"].forEach((name) =>
    stage.addEventListener(name, (event) => fingers.delete(event.pointerId)),
  );
  stage.addEventListener(
    "wheel",
    (event) => {
      // With Ctrl, as everywhere; without, the page scrolls.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(zoom * Math.exp(-event.deltaY / 300), onStage(event));
    },
    { passive: false },
  );
  document.getElementById("zoom-in").addEventListener("click", nearer);
  document.getElementById("zoom-out").addEventListener("click", farther);
  document.getElementById("zoom-fit").addEventListener("click", fit);
  onChange(draw);
  new ResizeObserver(draw).observe(stage);
  SIDES.forEach((side) => (handles[side].draggable = false));
}
