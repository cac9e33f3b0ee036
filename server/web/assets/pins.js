// Names that stay in sight: kept for the program, and shown wherever the view stands.

/** The name of a frame's function: the name of its task comes after it. */
const functionOf = ({ name }) => name.replace(/ \[[^\]]*\]$/, "");
const fileOf = ({ source }) => source?.path ?? source?.name ?? "";

/** Whether a frame runs the function of a pin. */
const runs = (frame, pin) => functionOf(frame) === pin.function && fileOf(frame) === pin.file;

export class Pins {
  #key;
  /** @type {{ expression: string, function: string, file: string }[]} */
  #all = [];

  /** `program` names the program: its next recording has the same pins. */
  constructor(program) {
    this.#key = `connie pins ${program}`;
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      if (Array.isArray(kept)) this.#all = kept.filter((pin) => typeof pin?.expression === "string");
    } catch {
      // What cannot be read is forgotten.
    }
  }

  get all() {
    return this.#all;
  }

  #find(expression, frame) {
    return this.#all.find((pin) => pin.expression === expression && runs(frame, pin));
  }

  has(expression, frame) {
    return Boolean(frame && this.#find(expression, frame));
  }

  /** Pins an expression of a frame's function, or takes the pin out. */
  toggle(expression, frame) {
    const known = this.#find(expression, frame);
    if (known) this.drop(known);
    else this.#keep([...this.#all, { expression, function: functionOf(frame), file: fileOf(frame) }]);
  }

  drop(pin) {
    this.#keep(this.#all.filter((other) => other !== pin));
  }

  #keep(all) {
    this.#all = all;
    try {
      localStorage.setItem(this.#key, JSON.stringify(all));
    } catch {
      // Without a storage, pins last as long as the page.
    }
  }

  /** The frame in which a pin is looked up: the nearest call of its function, from the frame that is looked at outward, else
   *  an inner one; `null` if its function does not run. */
  frameOf(pin, frames, looked) {
    return [...frames.slice(looked), ...frames.slice(0, looked)].find((frame) => runs(frame, pin)) ?? null;
  }
}
