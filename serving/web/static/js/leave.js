// Asks before anything is lost: by reload, Back, the logo, or another picture.

import { wouldLose } from "./machine.js";

const dialog = document.getElementById("lose");
const text = document.getElementById("lose-text");

// Whether what is shown may go: at once where nothing would be lost, or else as the person says.
export function mayLose(why) {
  if (!wouldLose()) return Promise.resolve(true);
  if (dialog.open) return Promise.resolve(false);
  text.textContent = `${why} What you have not downloaded is lost.`;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function listen() {
  window.addEventListener("beforeunload", (event) => {
    if (wouldLose()) event.preventDefault();
  });
}
