// Starts the page.

import * as compare from "./compare.js";
import { download } from "./download.js";
import * as form from "./form.js";
import { nothing } from "./frame.js";
import * as open from "./open.js";
import { start, stop } from "./outpaint.js";
import * as paint from "./paint.js";
import { calm, say } from "./say.js";
import * as stage from "./stage.js";
import { startOver, state, step, undo } from "./store.js";

const on = (id, event, act) => document.getElementById(id).addEventListener(event, act);

[form, stage, paint, compare, open].forEach((part) => part.listen());

on("form", "submit", start);
on("stop", "click", stop);
on("undo", "click", () => {
  calm();
  undo();
  say(state.result ? "Undone: the result before." : "Undone: the picture as it was.");
});
on("new", "click", () => {
  startOver({ sides: nothing(), mode: "extend", ratio: "" });
  document.getElementById("file").focus();
});
on("again", "click", () => {
  const { blob, url, width, height, name } = state.result;
  step({ picture: { blob, url, width, height, name }, result: null, sides: nothing(), ratio: "" });
  say("The result is the picture now. Pull out a side, then press Imagine.");
  document.querySelector(".handle.right").focus({ preventScroll: true });
});
document.querySelectorAll("[data-download]").forEach((button) => {
  button.addEventListener("click", () => download(button.dataset.download));
});
