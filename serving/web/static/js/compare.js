// The slider between before and after.

import { onChange, state } from "./store.js";

const compare = document.getElementById("compare");
const split = document.getElementById("split");
const after = document.getElementById("after");
const before = document.getElementById("before-picture");

let shown = null;

function move() {
  compare.style.setProperty("--split", `${split.value}%`);
  split.setAttribute("aria-valuetext", `${split.value} percent before`);
}

function draw() {
  compare.hidden = !state.result;
  if (!state.result || shown === state.result) return;
  shown = state.result;
  after.src = state.result.url;
  before.src = state.picture.url;
  split.value = 50;
  move();
}

export function listen() {
  split.addEventListener("input", move);
  onChange(draw);
}
