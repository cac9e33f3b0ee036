// The run at a glance, and a value over the run: drawn for the viewer and for VS Code. A run is what `connie/timeline`
// answers.
import { number } from "./amounts.js";
import { plain } from "./texts.js";

/** Where a step lies in its run: 0 is the first, 1 the last. */
export const fraction = (run, step) => (run && run.steps > 1 ? (step - 1) / (run.steps - 1) : 0);

/** The step under the pointer, in an element that is as wide as the run. */
export function stepAt(run, event, within) {
  const { left, width } = within.getBoundingClientRect();
  const at = Math.min(1, Math.max(0, (event.clientX - left) / width));
  return 1 + Math.round(at * (run.steps - 1));
}

/** A mark close to a step is what is meant; else the step itself. */
export function near(run, step, width) {
  const reach = (4 * run.steps) / Math.max(1, width);
  const marks = [...run.exceptions, ...run.hits].filter((mark) => Math.abs(mark.step - step) <= reach);
  const far = (mark) => Math.abs(mark.step - step);
  // Of many marks on few pixels, what nothing caught is meant.
  marks.sort(
    (a, b) => /** @type {any} */ (Boolean(b.uncaught)) - /** @type {any} */ (Boolean(a.uncaught)) || far(a) - far(b),
  );
  return marks[0] ?? { step };
}

/** The step that a key goes to; undefined for other keys. */
export function stepOfKey(run, key) {
  const stride = Math.max(1, Math.round(run.steps / 100));
  const to = { ArrowLeft: run.step - stride, ArrowRight: run.step + stride, Home: 1, End: run.steps }[key];
  return to === undefined ? undefined : Math.min(run.steps, Math.max(1, to));
}

/** What stands under the pointer, in words. */
function words(run, step, width) {
  const mark = near(run, step, width);
  if (mark.text) return plain(mark.text);
  return mark.breakpoint ? `breakpoint, step ${number(mark.step)}` : `step ${number(step)}`;
}

/** Draws a run: what has passed, output, hits, exceptions and the writes to a value. `colours` has one for each. */
export function drawStrip(canvas, run, writes, colours) {
  const ratio = window.devicePixelRatio || 1;
  const { width, height } = canvas.parentElement.getBoundingClientRect();
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const mark = (step, top, tall, colour, wide = 2) => {
    pen.fillStyle = colour;
    pen.fillRect(fraction(run, step) * (width - wide), top, wide, tall);
  };
  pen.fillStyle = colours.track;
  pen.fillRect(0, 8, width, height - 16);
  pen.globalAlpha = colours.alpha ?? 1;
  pen.fillStyle = colours.passed;
  pen.fillRect(0, 8, fraction(run, run.step) * width, height - 16);
  pen.globalAlpha = 1;
  for (const { step } of run.output) mark(step, height - 6, 5, colours.output, 1);
  for (const { step } of run.hits) mark(step, 1, 6, colours.hit);
  for (const { step } of run.exceptions.filter((one) => !one.uncaught)) mark(step, 8, height - 16, colours.caught);
  for (const { step } of writes) mark(step, 8, 5, colours.write);
  // What nothing caught lies above all else, and is wider than the line of the view.
  for (const { step } of run.exceptions.filter((one) => one.uncaught)) mark(step, 4, height - 8, colours.uncaught, 6);
}

/** A strip of the run that is clicked or dragged, or moved along by keys. The element has a canvas, a cursor and a tip. */
export class Strip {
  #strip;
  #canvas;
  #cursor;
  #tip;
  #colours;
  #seek;
  #run = null;
  #writes = [];
  #dragging = false;
  #underWay = false;
  #wanted = null;

  /** `seek` goes to a step, and is done when the view has arrived; `colours` tells those that `drawStrip` takes. */
  constructor(strip, { seek, colours }) {
    this.#strip = strip;
    this.#canvas = strip.querySelector("canvas");
    this.#cursor = strip.querySelector(".cursor");
    this.#tip = strip.querySelector(".tip");
    [this.#seek, this.#colours] = [seek, colours];
    strip.onpointerdown = (event) => {
      if (!this.#run) return;
      this.#dragging = true;
      strip.setPointerCapture(event.pointerId);
      void this.go(near(this.#run, stepAt(this.#run, event, strip), strip.clientWidth).step);
    };
    strip.onpointermove = (event) => {
      if (!this.#run) return;
      const step = stepAt(this.#run, event, strip);
      if (this.#dragging) void this.go(step);
      this.#tip.textContent = words(this.#run, step, strip.clientWidth);
      this.#tip.style.setProperty("--pointer", `${event.clientX}px`);
      this.#tip.classList.add("visible");
    };
    strip.onpointerup = () => (this.#dragging = false);
    strip.onpointerleave = () => this.#tip.classList.remove("visible");
    strip.onkeydown = (event) => {
      const to = this.#run ? stepOfKey(this.#run, event.key) : undefined;
      if (to === undefined) return;
      event.preventDefault();
      void this.go(to);
    };
    new ResizeObserver(() => this.draw()).observe(strip);
  }

  /** Shows a run. */
  show(run) {
    this.#run = run;
    this.draw();
  }

  /** Marks the writes to a value; none for an empty list. */
  mark(writes) {
    this.#writes = writes;
    this.draw();
  }

  /** Goes to a step, one request at a time: a drag sends the latest place once the view has arrived. */
  async go(step) {
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

  draw() {
    const run = this.#run;
    if (!run) return;
    this.#strip.setAttribute("aria-valuemin", 1);
    this.#strip.setAttribute("aria-valuemax", run.steps);
    this.#strip.setAttribute("aria-valuenow", run.step);
    this.#cursor.style.left = `${100 * fraction(run, run.step)}%`;
    drawStrip(this.#canvas, run, this.#writes, this.#colours());
  }
}

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Numbers as a curve over the run, with the least and the most; null where not all are numbers. A value holds until the
 *  next is written; a click goes to the write before it. Where `ends` says that there are earlier or later writes than
 *  these, the curve ends at the first or last of these. */
export function curve(run, writes, go, ends = {}) {
  const numbers = writes.map(({ value }) => (/^-?(\d|\.\d)/.test(value) ? Number(value) : NaN));
  if (numbers.length < 2 || !numbers.every(Number.isFinite)) return null;
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const y = (n) => 95 - (90 * (n - least)) / (most - least || 1);
  const first = ends.earlier ? writes[0].step : 1;
  const last = ends.later ? writes.at(-1).step : (run?.steps ?? 1);
  const x = (at) => 1000 * (at < writes.length ? (writes[at].step - first) / Math.max(1, last - first) : 1);
  const points = numbers.flatMap((n, at) => [`${x(at)},${y(n)}`, `${x(at + 1)},${y(n)}`]);
  const label = `from ${least} to ${most}`;
  const drawn = svg("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": label });
  drawn.append(svg("polyline", { points: points.join(" ") }));
  drawn.onclick = (event) => {
    const { left, width } = drawn.getBoundingClientRect();
    const step = first + Math.round(((event.clientX - left) / width) * (last - first));
    go(writes.filter((write) => write.step <= step).at(-1)?.step ?? writes[0].step);
  };
  return { drawn, least, most };
}
