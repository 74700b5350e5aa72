// Several results of one picture: small ones to choose from.

import { chose, onChange, state } from "./machine.js";

const list = document.getElementById("variants");
let shown = null;

function draw() {
  const { results, chosen } = state;
  list.hidden = results.length < 2;
  if (shown !== results) {
    shown = results;
    list.replaceChildren(
      ...results.map(({ url }, number) => {
        const button = document.createElement("button");
        const image = Object.assign(document.createElement("img"), { src: url, alt: "" });
        Object.assign(button, { type: "button", className: "variant" });
        button.setAttribute("aria-label", `Variant ${number + 1} of ${results.length}`);
        button.append(image);
        button.addEventListener("click", () => chose(number));
        return button;
      }),
    );
  }
  [...list.children].forEach((button, number) => button.setAttribute("aria-pressed", number === chosen));
}

export const listen = () => onChange(draw);
