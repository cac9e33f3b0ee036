// The stack: the frame that is looked at, calls of the same function folded, and no more than fits.
import { number } from "./amounts.js";
import { cellOf } from "./cells.js";
import { h } from "./dom.js";

/** Frames of the same function in a row that are shown before they are folded. */
const SAME = 3;
/** Rows that are shown at first. */
const ROWS = 40;

/** Parts of a stack: frames that are shown, and runs of a recursion that are folded. `[from, to)`, `folded`. */
export function parts(frames, looked) {
  const key = ({ name, source }) => `${name} ${source?.adapterData}`;
  const found = [];
  for (let from = 0; from < frames.length;) {
    let to = from + 1;
    while (to < frames.length && key(frames[to]) === key(frames[from])) to++;
    const inside = looked >= from + SAME - 1 && looked < to - 1;
    if (to - from <= SAME + 1 || inside) found.push({ from, to, folded: false });
    else {
      // The first ones, and the one that was called first.
      found.push({ from, to: from + SAME - 1, folded: false });
      found.push({ from: from + SAME - 1, to: to - 1, folded: true });
      found.push({ from: to - 1, to, folded: false });
    }
    from = to;
  }
  return found;
}

export class Stack {
  #element;
  #look;

  /** `look(n)` selects a frame. */
  constructor(element, look) {
    [this.#element, this.#look] = [element, look];
  }

  show(frames, looked) {
    const row = (n) => {
      const { name, line, source } = frames[n];
      return h(
        "button",
        { className: "row", "aria-current": n === looked, title: name, onclick: () => this.#look(n) },
        h("span", {}, name),
        h("span", { className: "right dim" }, `${cellOf(source?.path) ?? source?.name ?? "?"}:${line}`),
      );
    };
    const range = (from, to) => Array.from({ length: to - from }, (_, n) => row(from + n));
    const opens = (text, from, to) => {
      const button = h("button", { className: "row dim folded" }, text);
      button.onclick = () => button.replaceWith(...range(from, to));
      return button;
    };
    const rows = [];
    for (const { from, to, folded } of parts(frames, looked)) {
      if (folded) rows.push(opens(`… ${number(to - from)} more of ${frames[from].name}`, from, to));
      else if (rows.length < ROWS || (looked >= from && looked < to)) rows.push(...range(from, to));
      else {
        rows.push(opens(`… and ${number(frames.length - from)} more`, from, frames.length));
        break;
      }
    }
    if (!rows.length) rows.push(h("p", { className: "nothing" }, "No recorded code runs here."));
    this.#element.replaceChildren(...rows);
    this.#element.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }
}
