// The panes of the page: separators that move and fold them, by mouse and by keys. What was chosen is kept by the browser.
import { h } from "./dom.js";

const KEPT = "connie-panes";
/** What a key moves, in hundredths of the page. */
const BY_KEY = 2;
/** A pane that is made smaller than this is folded, in hundredths. */
const SMALLEST = 6;
const LARGEST = 60;

/** Where a pane is: the style's variable, its place beside the separator, and its size in hundredths at first. A pane
 *  that is folded at first has a size to which it opens. */
const PANES = {
  flame: { label: "Calls", before: "#calls > .tip", side: "top", size: 22 },
  left: { label: "The run", before: "#middle", side: "left", size: 19 },
  right: { label: "The moment", before: "#right", side: "right", size: 27 },
  story: { label: "Story", before: "#story", side: "bottom", size: 0, opens: 45 },
  console: { label: "Console", before: "#console", side: "bottom", size: 24 },
};

/** The size that a pointer asks for, in hundredths of `box`, from the side at which the pane is. */
export function sizeAt(side, { x, y }, box) {
  const share = {
    left: () => (x - box.left) / box.width,
    right: () => (box.right - x) / box.width,
    top: () => (y - box.top) / box.height,
    bottom: () => (box.bottom - y) / box.height,
  }[side]();
  return Math.round(share * 100);
}

/** A size that a pane may have: 0 if it is folded. */
export const allowed = (size) => (size < SMALLEST ? 0 : Math.min(size, LARGEST));

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

/** Keeps a size, where the browser lets pages store anything. */
function keep(name, size) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [name]: size }));
  } catch {
    // It is kept until the page is left.
  }
}

class Pane {
  #name;
  #pane;
  #bar;
  #size;
  /** The size that it gets when it is unfolded. */
  #open;

  #resized;

  /** `resized(isOpen)` is called when it got a size. */
  constructor(name, resized, first) {
    [this.#name, this.#resized] = [name, resized];
    this.#pane = PANES[name];
    const { label, side, size: usual, opens = usual } = this.#pane;
    const size = first ?? usual;
    this.#open = opens;
    this.#bar = h("div", {
      className: `separator ${side}`,
      role: "separator",
      tabIndex: 0,
      "aria-label": label,
      "aria-orientation": side === "bottom" || side === "top" ? "horizontal" : "vertical",
      "aria-controls": name,
      "aria-valuemin": 0,
      "aria-valuemax": LARGEST,
      title: "Drag to resize, double-click to fold",
      onkeydown: (event) => this.#key(event),
      onpointerdown: (event) => this.#drag(event),
      ondblclick: () => this.fold(),
    });
    document.querySelector(this.#pane.before).before(this.#bar);
    const found = kept()[name];
    this.#set(Number.isFinite(found) ? found : size);
  }

  #set(size) {
    this.#size = allowed(size);
    if (this.#size) this.#open = this.#size;
    document.body.style.setProperty(`--${this.#name}`, String(this.#size));
    document.getElementById(this.#name).classList.toggle("away", !this.#size);
    this.#resized(this.isOpen);
    this.#bar.setAttribute("aria-valuenow", this.#size);
  }

  #keep() {
    keep(this.#name, this.#size);
  }

  /** Whether it is not folded. */
  get isOpen() {
    return this.#size > 0;
  }

  /** Folds it, or unfolds it. */
  fold() {
    this.#set(this.#size ? 0 : this.#open);
    this.#keep();
  }

  #key(event) {
    const { side } = this.#pane;
    const larger = { left: "ArrowRight", right: "ArrowLeft", top: "ArrowDown", bottom: "ArrowUp" }[side];
    const smaller = { left: "ArrowLeft", right: "ArrowRight", top: "ArrowUp", bottom: "ArrowDown" }[side];
    const sizes = {
      [larger]: Math.max(this.#size, SMALLEST) + BY_KEY,
      [smaller]: this.#size - BY_KEY,
    };
    if (event.key === "Enter") this.fold();
    else if (event.key in sizes) {
      this.#set(sizes[event.key]);
      this.#keep();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #drag(event) {
    if (event.button) return;
    this.#bar.setPointerCapture(event.pointerId);
    const rect = (found) => document.querySelector(found).getBoundingClientRect();
    // Below a pane at the bottom there may be another one.
    const end = this.#size ? rect(`#${this.#name}`).bottom : this.#bar.getBoundingClientRect().bottom;
    const boxes = {
      bottom: () => ({ bottom: end, height: rect("#middle").height }),
      top: () => ({ top: rect("#flame").top, height: innerHeight }),
    };
    const box = (boxes[this.#pane.side] ?? (() => rect("main")))();
    this.#bar.onpointermove = (moved) => this.#set(sizeAt(this.#pane.side, moved, box));
    this.#bar.onpointerup = this.#bar.onpointercancel = () => {
      this.#bar.onpointermove = null;
      this.#keep();
    };
    event.preventDefault();
    this.#bar.focus();
  }
}

/** Puts separators between the panes, or between some of them. `resized` has, for some panes by name, what is called when
 *  they got a size; `sizes` has sizes at first. */
export function panes(resized = {}, { names = Object.keys(PANES), sizes = {} } = {}) {
  const made = Object.fromEntries(
    names.map((name) => [name, new Pane(name, resized[name] ?? (() => {}), sizes[name])]),
  );
  for (const section of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("#right > details"))) {
    section.open = kept()[section.dataset.pane] !== 0;
    // Kept at the click, before it is opened or closed: the event of that comes later, when the page may be gone.
    section.querySelector("summary").addEventListener("click", () => {
      keep(section.dataset.pane, section.open ? 0 : 1);
    });
  }
  return made;
}
