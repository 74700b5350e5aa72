// Tells the user: quietly to the screen reader, or as an alert that everybody sees.

const status = document.getElementById("status");
const box = document.getElementById("alert");
const text = document.getElementById("alert-text");

export function say(message) {
  status.textContent = message;
}

export function warn(message) {
  text.textContent = message;
  box.hidden = false;
}

export function calm() {
  box.hidden = true;
}

document.getElementById("alert-close").addEventListener("click", calm);
