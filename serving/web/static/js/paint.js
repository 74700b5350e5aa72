// The brush: what is painted over is imagined anew. Works by pointer and by keyboard.

import { scale } from "./stage.js";
import { onChange, state } from "./store.js";

const brush = document.getElementById("brush");
const cursor = document.getElementById("cursor");
const size = document.getElementById("brush-size");
const context = brush.getContext("2d");
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let shownFor = null; // the picture the canvas was sized for
let at = null; // the brush, in pixels of the picture
let painted = false;

export const isPainted = () => painted;

// The brush's diameter in pixels of the picture: a share of its shorter side.
const width = () => (Number(size.value) / 100) * Math.min(brush.width, brush.height);

export function clear() {
  context.clearRect(0, 0, brush.width, brush.height);
  painted = false;
}

// White where the picture is to be imagined, black elsewhere.
export function mask() {
  const canvas = Object.assign(document.createElement("canvas"), {
    width: brush.width,
    height: brush.height,
  });
  const paper = canvas.getContext("2d");
  paper.drawImage(brush, 0, 0);
  paper.globalCompositeOperation = "source-in";
  paper.fillStyle = "#fff";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.globalCompositeOperation = "destination-over";
  paper.fillStyle = "#000";
  paper.fillRect(0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function stroke(to, from = to) {
  context.strokeStyle = "#e8365d";
  context.lineWidth = width();
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x + 0.01, to.y);
  context.stroke();
  painted = true;
}

function moveTo(point) {
  at = point;
  const onScreen = width() * scale();
  cursor.hidden = false;
  Object.assign(cursor.style, {
    left: `${brush.offsetLeft + point.x * scale()}px`,
    top: `${brush.offsetTop + point.y * scale()}px`,
    width: `${onScreen}px`,
    height: `${onScreen}px`,
  });
}

const pointOf = (event) => ({ x: event.offsetX / scale(), y: event.offsetY / scale() });

function press(event) {
  if (event.key in STEPS) {
    const [dx, dy] = STEPS[event.key];
    const far = width() / (event.shiftKey ? 1 : 4);
    const to = {
      x: Math.min(Math.max(at.x + dx * far, 0), brush.width),
      y: Math.min(Math.max(at.y + dy * far, 0), brush.height),
    };
    moveTo(to);
  } else if (event.key === " ") stroke(at);
  else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  event.preventDefault();
}

function draw() {
  const paints = Boolean(state.picture) && state.mode === "paint" && !state.result;
  brush.hidden = !paints;
  cursor.hidden = true;
  if (!state.picture || shownFor === state.picture) return;
  shownFor = state.picture;
  brush.width = state.picture.width;
  brush.height = state.picture.height;
  painted = false;
  at = null;
}

export function listen() {
  brush.addEventListener("pointerdown", (event) => {
    if (state.busy) return;
    event.preventDefault();
    brush.focus({ preventScroll: true });
    brush.setPointerCapture(event.pointerId);
    moveTo(pointOf(event));
    stroke(at);
  });
  brush.addEventListener("pointermove", (event) => {
    const from = at;
    moveTo(pointOf(event));
    if (event.buttons && !state.busy) stroke(at, from ?? at);
  });
  brush.addEventListener("pointerleave", () => (cursor.hidden = true));
  brush.addEventListener("focus", () => moveTo(at ?? { x: brush.width / 2, y: brush.height / 2 }));
  brush.addEventListener("blur", () => (cursor.hidden = true));
  brush.addEventListener("keydown", (event) => !state.busy && press(event));
  size.addEventListener("input", () => at && moveTo(at));
  document.getElementById("brush-clear").addEventListener("click", clear);
  onChange(draw);
}
