// Asks the server for a picture and listens to how far it is.

import { keyHeader, objection, request } from "./form.js";
import { measured } from "./open.js";
import { calm, say, warn } from "./say.js";
import { change, state, step } from "./store.js";

const progress = document.getElementById("progress");
const bar = document.getElementById("progress-bar");
const text = document.getElementById("progress-text");

let stopping = null;

// The lines of a response as they come, each of JSON.
async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

async function refusal(response) {
  const content = await response.json().catch(() => null);
  return content?.error?.message ?? `The server answered ${response.status} ${response.statusText}.`;
}

function show(share) {
  const percent = Math.round(share * 100);
  bar.value = percent;
  text.textContent = `Imagining, ${percent} %`;
  if (percent % 25 === 0) say(`Imagining, ${percent} percent`);
}

async function ask(signal) {
  const response = await fetch("/v1/outpaint", {
    method: "POST",
    body: await request(),
    headers: { Accept: "application/x-ndjson", ...keyHeader() },
    signal,
  });
  if (!response.ok) throw new Error(await refusal(response));
  for await (const line of linesOf(response)) {
    if (line.error) throw new Error(line.error.message);
    if (line.image) return line;
    show(line.progress);
  }
  throw new Error("The server stopped before the picture was done. Try again.");
}

async function received({ image, left, top }) {
  const bytes = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
  const picture = await measured(new Blob([bytes], { type: "image/png" }), state.picture.name);
  return { ...picture, left, top };
}

function told(error) {
  if (error.name === "AbortError") say("Stopped.");
  else if (error instanceof TypeError) warn("The server cannot be reached; is it still running?");
  else warn(error.message);
}

export async function start(event) {
  event.preventDefault();
  const reason = objection();
  if (reason) return warn(reason);
  if (state.busy) return null;
  calm();
  stopping = new AbortController();
  progress.hidden = false;
  document.getElementById("size").hidden = true;
  show(0);
  change({ busy: true });
  document.getElementById("stop").focus();
  try {
    const result = await received(await ask(stopping.signal));
    state.busy = false;
    step({ result });
    say(`Done: ${result.width} by ${result.height} pixels. The slider compares before and after.`);
    document.getElementById("split").focus({ preventScroll: true });
  } catch (error) {
    change({ busy: false });
    told(error);
    document.getElementById("go").focus();
  } finally {
    progress.hidden = true;
    document.getElementById("size").hidden = false;
  }
  return null;
}

export const stop = () => stopping?.abort();
