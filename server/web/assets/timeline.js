// The timeline: a strip to click or drag, with marks.
import { colour, find, number, plain } from "./dom.js";

export class Timeline {
  #strip = find("strip");
  #canvas = this.#strip.querySelector("canvas");
  #cursor = this.#strip.querySelector(".cursor");
  #tip = this.#strip.querySelector(".tip");
  #run = null;
  #writes = [];
  #dragging = false;
  #underWay = false;
  #wanted = null;
  #seek;

  /** `seek` goes to a step, and resolves when the view has arrived. */
  constructor(seek) {
    this.#seek = seek;
    const strip = this.#strip;
    strip.onpointerdown = (event) => {
      if (!this.#run) return;
      this.#dragging = true;
      strip.setPointerCapture(event.pointerId);
      this.#go(this.#near(this.#stepAt(event)).step);
    };
    strip.onpointermove = (event) => {
      if (!this.#run) return;
      const step = this.#stepAt(event);
      if (this.#dragging) this.#go(step);
      const mark = this.#near(step);
      const what = mark.breakpoint ? `breakpoint, step ${number(mark.step)}` : `step ${number(step)}`;
      this.#tip.textContent = mark.text ? plain(mark.text) : what;
      this.#tip.style.left = `${Math.min(event.clientX, window.innerWidth - 300)}px`;
      this.#tip.classList.add("visible");
    };
    strip.onpointerup = () => (this.#dragging = false);
    strip.onpointerleave = () => this.#tip.classList.remove("visible");
    strip.onkeydown = (event) => {
      const run = this.#run;
      if (!run) return;
      const stride = Math.max(1, Math.round(run.steps / 100));
      const to = { ArrowLeft: run.step - stride, ArrowRight: run.step + stride, Home: 1, End: run.steps }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.#go(Math.min(run.steps, Math.max(1, to)));
    };
    new ResizeObserver(() => this.#draw()).observe(strip);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** Shows a run from an answer to `connie/timeline`. */
  show(run) {
    this.#run = run;
    this.#draw();
  }

  /** Marks the writes to a value; none for an empty list. */
  mark(writes) {
    this.#writes = writes;
    this.#draw();
  }

  // One request at a time: a drag sends the latest place once the view has arrived.
  async #go(step) {
    this.#wanted = step;
    if (this.#underWay) return;
    this.#underWay = true;
    while (this.#wanted !== null) {
      const next = this.#wanted;
      this.#wanted = null;
      await this.#seek(next);
    }
    this.#underWay = false;
  }

  #fraction(step) {
    const { steps } = this.#run;
    return steps > 1 ? (step - 1) / (steps - 1) : 0;
  }

  #stepAt(event) {
    const { left, width } = this.#strip.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return 1 + Math.round(at * (this.#run.steps - 1));
  }

  /** The mark close to the pointer, if there is one. */
  #near(step) {
    const { steps, exceptions, hits } = this.#run;
    const reach = (4 * steps) / Math.max(1, this.#strip.clientWidth);
    const marks = [...exceptions, ...hits].filter((mark) => Math.abs(mark.step - step) <= reach);
    marks.sort((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step));
    return marks[0] ?? { step };
  }

  #draw() {
    const run = this.#run;
    if (!run) return;
    this.#strip.setAttribute("aria-valuemax", run.steps);
    this.#strip.setAttribute("aria-valuenow", run.step);
    this.#cursor.style.left = `${100 * this.#fraction(run.step)}%`;
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = this.#strip.getBoundingClientRect();
    [this.#canvas.width, this.#canvas.height] = [width * ratio, height * ratio];
    const pen = this.#canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const names = ["track", "passed", "dim", "breakpoint", "bad", "warning", "accent"];
    const colours = Object.fromEntries(names.map((name) => [name, colour(name)]));
    const mark = (step, top, tall, name, wide = 2) => {
      pen.fillStyle = colours[name];
      pen.fillRect(this.#fraction(step) * (width - wide), top, wide, tall);
    };
    pen.fillStyle = colours.track;
    pen.fillRect(0, 8, width, height - 16);
    pen.fillStyle = colours.passed;
    pen.fillRect(0, 8, this.#fraction(run.step) * width, height - 16);
    for (const { step } of run.output) mark(step, height - 6, 5, "dim", 1);
    for (const { step } of run.hits) mark(step, 1, 6, "breakpoint");
    for (const { step, uncaught } of run.exceptions) mark(step, 8, height - 16, uncaught ? "bad" : "warning");
    for (const { step } of this.#writes) mark(step, 8, 5, "accent");
  }
}
