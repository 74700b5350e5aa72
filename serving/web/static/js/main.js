// Starts the page.

import * as batch from "./batch.js";
import * as choose from "./choose.js";
import * as extend from "./extend.js";
import * as imagine from "./imagine.js";
import * as leave from "./leave.js";
import * as look from "./look.js";
import { begun, canRedo, canUndo, closed, continued, redo, state, undo } from "./machine.js";
import * as open from "./open.js";
import * as paint from "./paint.js";
import { download } from "./save.js";
import { calm, say } from "./say.js";
import * as settings from "./settings.js";

const on = (id, event, act) => document.getElementById(id).addEventListener(event, act);

extend.listen(look.scale);
[settings, look, paint, imagine, choose, batch, open, leave].forEach((part) => part.listen());

function back() {
  calm();
  if (undo()) say(state.results.length ? "Undone: the result before." : "Undone.");
}

function again() {
  calm();
  if (redo()) say("Done again.");
}

on("form", "submit", imagine.start);
on("stop", "click", imagine.stop);
on("opening-stop", "click", imagine.stop);
on("undo", "click", back);
on("redo", "click", again);
on("new", "click", async () => {
  if (!(await leave.mayLose("The picture goes."))) return;
  batch.fill([]);
  closed();
  document.getElementById("file").focus();
});
on("continue", "click", () => {
  continued();
  say("The result is the picture now. Pull out a side, then press Imagine.");
  document.querySelector(".handle.right").focus({ preventScroll: true });
});
document.querySelectorAll("[data-download]").forEach((button) => {
  button.addEventListener("click", () => download(button.dataset.download));
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=number], input[type=password]")) return;
  const letter = event.key.toLowerCase();
  const forward = letter === "y" || (letter === "z" && event.shiftKey);
  if (!forward && letter !== "z") return;
  event.preventDefault();
  if (forward && canRedo()) again();
  if (!forward && canUndo()) back();
});
begun();
