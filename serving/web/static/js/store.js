// What the page shows: the picture, how far each side is pulled out, the result, and how to undo.

export const SIDES = ["left", "right", "top", "bottom"];

export const state = {
  picture: null, // {blob, url, width, height, name}
  result: null, // the same, and {left, top}: where the picture lies in it
  sides: { left: 0, right: 0, top: 0, bottom: 0 }, // pixels of the picture
  mode: "extend",
  busy: false,
};

const listeners = [];
const past = [];

export const onChange = (listener) => listeners.push(listener);

export function change(values) {
  Object.assign(state, values);
  listeners.forEach((listener) => listener(state));
}

// Changes what undo brings back.
export function step(values) {
  const { picture, result, sides, mode } = state;
  past.push({ picture, result, sides, mode });
  change(values);
}

export function undo() {
  if (past.length) change(past.pop());
}

export const canUndo = () => past.length > 0;

export function startOver(values) {
  const shown = [...past, state].flatMap(({ picture, result }) => [picture, result]);
  past.length = 0;
  change({ picture: null, result: null, ...values });
  new Set(shown.filter(Boolean).map(({ url }) => url)).forEach(URL.revokeObjectURL);
}
