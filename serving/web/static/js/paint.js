// The brush and the eraser: what is painted over is imagined anew. By pointer and by keyboard. What is
// painted is a list of strokes, so that each can be undone, and drawn anew whenever it changes.

import { scale } from "./look.js";
import { edited, isBusy, onChange, state, took } from "./machine.js";

const brush = document.getElementById("brush");
const cursor = document.getElementById("cursor");
const size = document.getElementById("brush-size");
const context = brush.getContext("2d");
const COLOUR = "#e8365d";
const MOST = 2048; // pixels of the canvas' longer side; strokes keep the picture's own
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

let shownFor = null; // the picture the canvas was sized for
let drawn = null; // the strokes that are on it
let at = null; // the brush, in pixels of the picture
let current = null; // the stroke that is being made

export const isPainted = () => state.edit.strokes.some(({ erase }) => !erase);

// The brush's diameter in pixels of the picture: a share of its shorter side.
const width = () => (Number(size.value) / 100) * Math.min(state.picture.width, state.picture.height);

function trace(paper, { erase, width: wide, points }, colour) {
  paper.globalCompositeOperation = erase ? "destination-out" : "source-over";
  paper.strokeStyle = colour;
  paper.lineWidth = wide;
  paper.lineCap = paper.lineJoin = "round";
  paper.beginPath();
  paper.moveTo(points[0].x, points[0].y);
  points.forEach(({ x, y }) => paper.lineTo(x + 0.01, y));
  paper.stroke();
}

function paper(canvas, wide, colour) {
  const { width: across, height: down } = state.picture;
  const ratio = Math.min(1, wide / Math.max(across, down));
  Object.assign(canvas, { width: Math.max(1, Math.round(across * ratio)), height: Math.max(1, Math.round(down * ratio)) });
  const on = canvas.getContext("2d");
  on.setTransform(canvas.width / across, 0, 0, canvas.height / down, 0, 0);
  state.edit.strokes.forEach((stroke) => trace(on, stroke, colour));
  return on;
}

// White where the picture is to be imagined, black elsewhere; of the picture's size.
export function mask() {
  const canvas = document.createElement("canvas");
  const on = paper(canvas, Infinity, "#fff");
  on.setTransform(1, 0, 0, 1, 0, 0);
  on.globalCompositeOperation = "destination-over";
  on.fillStyle = "#000";
  on.fillRect(0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function begin(point) {
  current = { erase: state.tool === "eraser", width: width(), points: [point] };
  trace(context, current, COLOUR);
}

function goOn(point) {
  current.points.push(point);
  const points = current.points.slice(-2);
  trace(context, { ...current, points }, COLOUR);
}

function end() {
  if (!current) return;
  const stroke = current;
  current = null;
  drawn = [...state.edit.strokes, stroke];
  edited({ strokes: drawn });
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

const pointOf = (event) => {
  const { left, top } = brush.getBoundingClientRect();
  return { x: (event.clientX - left) / scale(), y: (event.clientY - top) / scale() };
};

function press(event) {
  if (event.ctrlKey || event.metaKey) return;
  if (event.key in STEPS) {
    const [dx, dy] = STEPS[event.key];
    const far = width() / (event.shiftKey ? 1 : 4);
    moveTo({
      x: Math.min(Math.max(at.x + dx * far, 0), state.picture.width),
      y: Math.min(Math.max(at.y + dy * far, 0), state.picture.height),
    });
  } else if (event.key === " ") {
    begin(at);
    end();
  } else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  event.preventDefault();
}

const clear = () => state.edit.strokes.length && edited({ strokes: [] });

function resize(by) {
  size.value = Number(size.value) + by;
  if (at) moveTo(at);
}

function draw() {
  const paints = state.phase === "idle" && state.tool !== "frame";
  brush.hidden = !state.picture || state.phase === "done";
  brush.classList.toggle("active", paints);
  brush.tabIndex = paints ? 0 : -1;
  if (!paints) cursor.hidden = true;
  if (!state.picture) return;
  if (shownFor === state.picture && drawn === state.edit.strokes) return;
  if (shownFor !== state.picture) at = null;
  shownFor = state.picture;
  drawn = state.edit.strokes;
  paper(brush, MOST, COLOUR);
}

export function listen() {
  brush.addEventListener("pointerdown", (event) => {
    if (isBusy() || event.button) return;
    event.preventDefault();
    brush.focus({ preventScroll: true });
    brush.setPointerCapture(event.pointerId);
    moveTo(pointOf(event));
    begin(at);
  });
  brush.addEventListener("pointermove", (event) => {
    moveTo(pointOf(event));
    if (current) goOn(at);
  });
  ["pointerup", "pointercancel"].forEach((name) => brush.addEventListener(name, end));
  brush.addEventListener("pointerleave", () => (cursor.hidden = true));
  brush.addEventListener("focus", () => moveTo(at ?? { x: state.picture.width / 2, y: state.picture.height / 2 }));
  brush.addEventListener("blur", () => (cursor.hidden = true));
  brush.addEventListener("keydown", (event) => !isBusy() && press(event));
  size.addEventListener("input", () => at && moveTo(at));
  document.getElementById("brush-clear").addEventListener("click", clear);
  document.querySelectorAll("[name=tool]").forEach((tool) => tool.addEventListener("change", () => took(tool.value)));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=radio]), select, textarea") || event.ctrlKey || event.metaKey) return;
    if (event.key === "[") resize(-2);
    if (event.key === "]") resize(2);
  });
  onChange(draw);
}
