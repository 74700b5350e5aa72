// Asks the server for the picture, and listens to how far it is.

import { isBatch, runBatch } from "./batch.js";
import { failed, finished, isBusy, onChange, progressed, started, state, stopped } from "./machine.js";
import { calm, say, warn } from "./say.js";
import { consentHeader, keyHeader, objection, request } from "./settings.js";
import { ADDRESS, blobOf, send } from "./transport.js";

const progress = document.getElementById("progress");
const bar = document.getElementById("progress-bar");
const text = document.getElementById("progress-text");
let spoken = "";

// A picture made of another; `onStep` is told what is being done and how much of it.
export async function made(picture, form, signal, onStep) {
  const onLine = (line) => "progress" in line && onStep("Imagining", line.progress);
  const onSent = (sent, size) => onStep("Sending", sent / size);
  const headers = { Accept: "application/x-ndjson", ...keyHeader(), ...consentHeader() };
  const last = await send(ADDRESS.outpaint, form, { headers, signal, onSent, onLine });
  if (last?.error) throw new Error(last.error.message);
  if (!last?.image) throw new Error("The server stopped before the picture was done. Try again.");
  // One picture, or several to choose from.
  return (last.variants ?? [last]).map((each) => shownOf({ ...last, ...each }));
}

function shownOf({ image, type, width, height, left, top }) {
  const blob = blobOf(image, type);
  return { blob, url: URL.createObjectURL(blob), width, height, left, top };
}

export async function start(event) {
  event.preventDefault();
  if (isBusy() || !state.picture) return;
  const reason = objection();
  if (reason) {
    warn(reason);
    return;
  }
  calm();
  if (isBatch()) {
    await runBatch();
    return;
  }
  const { picture } = state;
  const form = await request(picture);
  const { token, signal } = started("Sending");
  document.getElementById("stop").focus();
  try {
    const results = await made(picture, form, signal, (doing, share) => progressed(token, doing, share));
    if (!finished(token, results)) return;
    const [{ width, height }] = results;
    const choice = results.length > 1 ? ` ${results.length} to choose from.` : "";
    say(`Done: ${width} by ${height} pixels.${choice} The slider compares before and after.`);
    document.getElementById("split").focus({ preventScroll: true });
  } catch (error) {
    if (!failed(token)) return;
    warn(error.message);
    document.getElementById("go").focus();
  }
}

export function stop() {
  stopped();
  say("Stopped.");
  document.getElementById("go").focus();
}

function draw() {
  const { job } = state;
  progress.hidden = !job;
  document.getElementById("opening").hidden = !job || Boolean(state.picture);
  document.getElementById("size").hidden = Boolean(job);
  if (!job) {
    spoken = "";
    return;
  }
  const percent = Math.round(job.share * 100);
  bar.value = percent;
  text.textContent = `${job.doing}, ${percent} %`;
  document.getElementById("opening-text").textContent = text.textContent;
  const quarter = `${job.doing}, ${Math.floor(percent / 25) * 25} percent`;
  if (quarter !== spoken) say((spoken = quarter));
}

export const listen = () => onChange(draw);
