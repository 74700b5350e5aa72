// What the page is doing: the one owner of its state. Everybody else reads it, and asks for a change
// by one of the functions below.
//
//   empty ── opened ──▶ idle ── started ──▶ working ── finished ──▶ done
//                        ▲ ◀── edited ───────── stopped, failed ────┘
//
// Work has a token. Whatever makes the picture another, or stops, gives out a new one, and what comes
// in under an old one is not listened to.

export const SIDES = ["left", "right", "top", "bottom"];
export const noSides = () => Object.fromEntries(SIDES.map((side) => [side, 0]));
const freshEdit = () => ({
  mode: "extend",
  ratio: "",
  anchor: "center",
  steps: 2,
  side: "right",
  sides: noSides(),
  strokes: [], // {erase, width, points: [{x, y}]}, in pixels of the picture
});

export const state = {
  phase: "empty",
  picture: null, // {blob, url, width, height, name, notes}; what `url` shows may be smaller
  edit: freshEdit(),
  results: [], // {blob, url, width, height, left, top}: where the picture lies in each
  chosen: 0,
  saved: true, // whether nothing would be lost
  tool: "frame", // or brush, or eraser
  job: null, // {doing, share}: what is being done, and how much of it
};

const listeners = [];
let past = [];
let future = [];
let token = 0;
let abort = null;

export const onChange = (listener) => listeners.push(listener);
const change = (values) => {
  Object.assign(state, values);
  listeners.forEach((listener) => listener(state));
};
const snapshot = () => {
  const { picture, edit, results, chosen, saved } = state;
  return { picture, edit, results, chosen, saved };
};
const shownIn = (values) => (values.results.length ? "done" : "idle");

export const result = () => state.results[state.chosen] ?? null;
export const isBusy = () => state.phase === "working";
export const canUndo = () => past.length > 0 && !isBusy();
export const canRedo = () => future.length > 0 && !isBusy();
export const wouldLose = () => isBusy() || !state.saved;

function remember() {
  past.push(snapshot());
  future = [];
}

function endJob() {
  token += 1;
  abort?.abort();
  abort = null;
}

// Frees what nothing can bring back any more.
function forget(keep) {
  const kept = new Set(keep);
  [...past, ...future, snapshot()]
    .flatMap(({ picture, results }) => [picture, ...results])
    .filter((shown) => shown && !kept.has(shown.url))
    .forEach(({ url }) => URL.revokeObjectURL(url));
  past = [];
  future = [];
}

// Everybody listens: the page can be used.
export const begun = () => change({});

// A picture to work on; nothing of the one before is kept but, in `edit`, what is handed on.
export function opened(picture, edit = {}) {
  endJob();
  forget([picture.url]);
  const fresh = { ...freshEdit(), ...edit };
  change({ phase: "idle", picture, edit: fresh, results: [], chosen: 0, saved: true, job: null, tool: "frame" });
}

export function closed() {
  endJob();
  forget([]);
  change({ phase: "empty", picture: null, edit: freshEdit(), results: [], saved: true, job: null, tool: "frame" });
}

// What is asked for is changed. A result that is shown steps back behind Undo.
export function edited(values, { step = true } = {}) {
  if (isBusy() || !state.picture) return;
  if (step || state.results.length) remember();
  change({ phase: "idle", edit: { ...state.edit, ...values }, results: [], chosen: 0, saved: true });
}

// The result becomes the picture.
export function continued() {
  const { blob, url, width, height } = result();
  const { name } = state.picture;
  const { mode, steps, side } = state.edit;
  remember();
  const picture = { blob, url, width, height, name, notes: [] };
  change({ phase: "idle", picture, edit: { ...freshEdit(), mode, steps, side }, results: [], chosen: 0, tool: "frame" });
}

// Begins work; its token and signal go with everything that comes of it.
export function started(doing) {
  endJob();
  abort = new AbortController();
  change({ phase: "working", job: { doing, share: 0 } });
  return { token, signal: abort.signal };
}

export function progressed(of, doing, share) {
  if (of === token) change({ job: { doing, share } });
}

// Gives back whether it was still wanted.
export function finished(of, results) {
  if (of !== token) {
    results.forEach(({ url }) => URL.revokeObjectURL(url));
    return false;
  }
  remember();
  change({ phase: "done", results, chosen: 0, saved: false, job: null });
  return true;
}

export function failed(of) {
  if (of !== token) return false;
  change({ phase: state.picture ? shownIn(state) : "empty", job: null });
  return true;
}

export function stopped() {
  endJob();
  change({ phase: state.picture ? shownIn(state) : "empty", job: null });
}

export const chose = (chosen) => change({ chosen, saved: false });
export const saved = () => change({ saved: true });
export const took = (tool) => change({ tool });

function travel(from, to) {
  if (!from.length || isBusy()) return false;
  to.push(snapshot());
  const values = from.pop();
  change({ ...values, phase: shownIn(values) });
  return true;
}

export const undo = () => travel(past, future);
export const redo = () => travel(future, past);
