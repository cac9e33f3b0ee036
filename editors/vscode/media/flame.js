// Copied by cargo xtask codegen from server/web/assets/flame.js: change it there.
// The calls of the run as a flame chart: zoomed by the wheel, by dragging over a range, and by keys. A click travels, and
// so does Enter at the bar that arrows choose. It is drawn for the viewer and for VS Code.
import { number } from "./amounts.js";
import { COLOURS, ROW, draw, innermost, neighbour, stepAt, under, within, zoomed } from "./bars.js";
import { colour, find, h } from "./dom.js";
import { plain } from "./texts.js";

/** Milliseconds that the pointer rests on a bar before the values of its call are asked for. */
const REST = 120;
/** Milliseconds until more is asked for, while the run is being read. */
const PAUSE = 30;
/** Rows that are asked for above and below the visible ones. */
const MARGIN = 8;
/** Pixels after which a click is a drag. */
const DRAG = 4;
/** How much a key moves or zooms. */
const [STRIDE, BY_KEY] = [0.2, 0.6];

/** What is drawn, and its colour in the style sheet. */
const PARTS = {
  text: "fore",
  back: "back",
  dim: "dim",
  track: "track",
  mixed: "line",
  cursor: "accent",
  caught: "warning",
  uncaught: "bad",
};

const LABEL = "Calls of the run, by thread and depth: arrows choose a call, Enter goes to it";

/**
 * Where calls come from: the answers of `connie/flame` and `connie/call`.
 * @typedef {object} Source
 * @property {(window: Record<string, number>) => Promise<any>} chart
 * @property {(first: number, last: number) => Promise<any>} call
 */

export class Flame {
  #canvas = h("canvas");
  #rows = h("div", { className: "rows" }, this.#canvas);
  #chart = h("div", { className: "chart", role: "group", tabIndex: 0, "aria-label": LABEL }, this.#rows);
  /** @type {HTMLElement} */
  #tip = find("calls").querySelector(".tip");
  #range = h("span", { className: "range dim", role: "status" });
  #said = h("span", { className: "chosen", role: "status" });
  /** @type {Source} */
  #source;
  #seek;
  #run = null;
  #view = null;
  #all = true;
  #known = null;
  #asked = null;
  #isAsking = false;
  #colours = null;
  #sought = "";
  #selected = null;
  /** The bar that keys are about: `{ row, bar }`. */
  #chosen = null;
  #underway = null;
  #resting = null;
  #isDrawing = false;
  /** The thread of the moment for which the lanes were scrolled. */
  #thread = null;

  /**
   * Fills the element `flame` within `calls`, which also has a tip. `seek` goes to a step.
   * @param {Source} source
   * @param {(step: number) => any} seek
   */
  constructor(source, seek) {
    [this.#source, this.#seek] = [source, seek];
    const button = (of, sign, title, label, onclick) =>
      h("button", { "data-zoom": of, title, "aria-label": label, onclick }, sign);
    const buttons = [
      button("out", "−", "Zoom out (-)", "Zoom out", () => this.#zoom(1 / BY_KEY)),
      button("in", "+", "Zoom in (+)", "Zoom in", () => this.#zoom(BY_KEY)),
      button("all", "All", "Show all calls (0)", null, () => this.#showAll()),
    ];
    const head = h("header", {}, h("h2", {}, "Calls"), this.#said, this.#range, buttons);
    find("flame").replaceChildren(head, this.#chart);
    this.#pointer();
    this.#chart.onkeydown = (event) => this.#key(event);
    this.#chart.onscroll = () => this.#changed();
    new ResizeObserver(() => this.#changed()).observe(this.#chart);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
  }

  /** The colours of the page have changed. */
  repaint() {
    this.#colours = null;
    this.#changed();
  }

  /** Shows where the view stands in a run. */
  show(run) {
    const isNew = this.#run?.recording !== run.recording || !this.#run;
    if (isNew) [this.#known, this.#asked, this.#chosen, this.#thread, this.#all] = [null, null, null, null, true];
    this.#run = run;
    if (isNew || this.#all) this.#view = within({ from: 1, span: run.steps }, run.steps);
    const { from, span } = this.#view;
    if (run.step < from || run.step >= from + span) this.#view = within({ from: run.step - span / 2, span }, run.steps);
    this.#changed();
  }

  /** Scrolls to the lane of the moment's thread, if it is another than before and out of sight. */
  #follow() {
    const { thread } = this.#run;
    const lanes = this.#known?.lanes.filter((lane) => lane.thread === thread) ?? [];
    if (thread === this.#thread || !lanes.length) return;
    this.#thread = thread;
    const [top, end] = [lanes[0].row * ROW, (lanes.at(-1).row + 1 + lanes.at(-1).depth) * ROW];
    const { scrollTop, clientHeight } = this.#chart;
    if (top >= scrollTop + clientHeight - ROW || end <= scrollTop + ROW) this.#chart.scrollTop = top;
  }

  /** Makes bars of functions stand out whose name has a text; all for an empty one. */
  seek(text) {
    this.#sought = text.trim();
    this.#changed();
  }

  get #width() {
    return this.#chart.clientWidth;
  }

  /** Draws once the browser paints, and asks for what is missing. */
  #changed() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      if (!this.#run || find("flame").classList.contains("away") || !this.#width) return;
      this.#draw();
      void this.#ask();
    });
  }

  #showAll() {
    this.#go({ from: 1, span: this.#run.steps });
  }

  #go(view) {
    if (!this.#run) return;
    this.#view = within(view, this.#run.steps);
    this.#all = this.#view.span >= this.#run.steps;
    this.#changed();
  }

  /** Zooms around a step: that of the moment, if it is shown. */
  #zoom(factor, at = null) {
    if (!this.#run) return;
    const { from, span } = this.#view;
    const { step } = this.#run;
    const middle = step >= from && step < from + span ? step + 0.5 : from + span / 2;
    this.#go(zoomed(this.#view, factor, at ?? middle, this.#run.steps));
  }

  /** What the server is asked for: more than is visible, so that a small move needs no answer. */
  #wanted() {
    const { from, span } = this.#view;
    const column = 2 ** Math.ceil(Math.log2(Math.max(1, span / this.#width)));
    const top = Math.floor(this.#chart.scrollTop / ROW);
    const count = Math.ceil(this.#chart.clientHeight / ROW);
    return { from, to: from + span - 1, column, top, count };
  }

  /** Whether an answer has all that is wanted. */
  #isKnown({ from, to, column, top, count }) {
    const [has, { steps }] = [this.#asked, this.#run];
    if (!has || !this.#known || this.#known.steps < steps) return false;
    const covers = has.from <= Math.max(1, from) && has.to >= Math.min(steps, Math.floor(to));
    const last = Math.min(top + count, this.#known.rows_);
    return covers && has.column === column && has.row <= top && has.row + has.rows >= last;
  }

  async #ask() {
    if (this.#isAsking || this.#isKnown(this.#wanted())) return;
    this.#isAsking = true;
    const { from, to, column, top, count } = this.#wanted();
    const margin = (to - from) / 2;
    /** @type {Record<string, number>} */
    const asked = {
      from: Math.max(1, Math.floor(from - margin)),
      to: Math.min(this.#run.steps, Math.ceil(to + margin)),
      row: Math.max(0, top - MARGIN),
      rows: count + 2 * MARGIN,
    };
    // The server takes the smallest column that is not narrower than a pixel.
    asked.width = Math.ceil((asked.to - asked.from + 1) / column);
    const { recording } = this.#run;
    try {
      const chart = await this.#source.chart(asked);
      // Another recording may be shown meanwhile.
      if (this.#run.recording !== recording) {
        this.#isAsking = false;
        return this.#changed();
      }
      const end = chart.lanes.at(-1);
      chart.rows_ = end ? end.row + 1 + end.depth : 1;
      this.#known = chart;
      this.#asked = { ...asked, column };
      this.#rows.style.height = `${chart.rows_ * ROW}px`;
      if (!chart.whole) {
        this.#asked = null;
        setTimeout(() => this.#changed(), PAUSE);
      }
      this.#draw();
    } catch (error) {
      this.#range.textContent = error.message;
      // It is asked again when the view changes.
      this.#asked = { ...asked, column };
      return;
    } finally {
      this.#isAsking = false;
    }
    // The view may have moved meanwhile.
    if (this.#asked) void this.#ask();
  }

  #draw() {
    if (!this.#run) return;
    this.#follow();
    this.#canvas.style.height = `${this.#chart.clientHeight}px`;
    this.#colours ??= {
      ...Object.fromEntries(Object.entries(PARTS).map(([part, name]) => [part, colour(name)])),
      functions: Array.from({ length: COLOURS }, (_, n) => colour(`call-${n}`)),
    };
    const { step, thread, steps } = this.#run;
    const lanes = this.#known?.lanes.filter((lane) => lane.thread === thread) ?? [];
    const top = this.#chart.scrollTop;
    const isHere = (y) => lanes.some(({ row, depth }) => y + top > row * ROW && y + top <= (row + depth) * ROW);
    const lit = ([first, last, , calls], y) => calls === 1 && first <= step && step <= last && isHere(y);
    const scene = {
      chart: this.#known,
      view: this.#view,
      top,
      step,
      lit,
      sought: this.#sought,
      selected: this.#selected,
      chosen: this.#chosen,
    };
    draw(this.#canvas, scene, this.#colours);
    const { from, span } = this.#view;
    const [first, last] = [Math.ceil(from), Math.min(steps, Math.floor(from + span - 1))];
    this.#range.textContent = this.#all ? "" : `steps ${number(first)} to ${number(last)}`;
    this.#chart.dataset.from = String(from);
    this.#chart.dataset.span = String(span);
    if (this.#known) this.#chart.dataset.read = String(this.#known.read);
    this.#chart.toggleAttribute("data-whole", Boolean(this.#known?.whole && this.#isKnown(this.#wanted())));
  }

  /** Where the pointer is in the chart. */
  #at(event) {
    const { left: x, top: y } = this.#chart.getBoundingClientRect();
    return { x: event.clientX - x, y: event.clientY - y + this.#chart.scrollTop };
  }

  #step(x) {
    return stepAt(this.#view, x, this.#width, this.#run.steps);
  }

  #pointer() {
    const chart = this.#chart;
    chart.onpointerdown = (event) => {
      // On the scroll bar, it scrolls.
      if (event.button || !this.#run || this.#at(event).x >= this.#width) return;
      this.#underway = { x: event.clientX, at: this.#at(event), moved: false };
      chart.setPointerCapture(event.pointerId);
    };
    chart.onpointermove = (event) => {
      if (!this.#run) return;
      const from = this.#underway;
      if (!from) {
        this.#point(event);
        return;
      }
      from.moved ||= Math.abs(event.clientX - from.x) > DRAG;
      if (!from.moved) return;
      this.#hide();
      const ends = [this.#step(from.at.x), this.#step(Math.min(this.#width, Math.max(0, this.#at(event).x)))];
      this.#selected = ends.sort((a, b) => a - b);
      this.#changed();
    };
    chart.onpointerup = () => {
      const from = this.#underway;
      const range = this.#selected;
      [this.#underway, this.#selected] = [null, null];
      if (!from) return;
      if (range) this.#go({ from: range[0], span: range[1] + 1 - range[0] });
      else if (!from.moved) this.#click(from.at);
    };
    chart.onpointercancel = () => {
      [this.#underway, this.#selected] = [null, null];
      this.#changed();
    };
    chart.onpointerleave = () => this.#hide();
    chart.ondblclick = (event) => {
      const bar = this.#known && under(this.#known, this.#view, this.#at(event), this.#width)?.bar;
      if (bar) this.#go({ from: bar[0] - (bar[1] - bar[0]) / 20, span: (bar[1] + 1 - bar[0]) * 1.1 });
    };
    chart.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #click(at) {
    if (!this.#known) return;
    void this.#seek(under(this.#known, this.#view, at, this.#width)?.step ?? this.#step(at.x));
  }

  #wheel(event) {
    if (!this.#run) return;
    event.preventDefault();
    this.#hide();
    const unit = event.deltaMode === 1 ? 30 : 1;
    if (event.shiftKey) this.#chart.scrollTop += (event.deltaY || event.deltaX) * unit;
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const { from, span } = this.#view;
      this.#go({ from: from + (event.deltaX * unit * span) / this.#width, span });
    } else {
      const at = this.#view.from + (this.#at(event).x / this.#width) * this.#view.span;
      this.#zoom(Math.exp((event.deltaY * unit) / 400), at);
    }
  }

  /** Chooses the bar that a key leads to; first, the innermost call of the moment. */
  #choose(key) {
    const { step, thread } = this.#run;
    const lanes = this.#known?.lanes.filter((lane) => lane.thread === thread) ?? [];
    if (!this.#known) return;
    const found = this.#chosen ? neighbour(this.#known, this.#chosen, key) : innermost(this.#known, lanes, step);
    if (!found) return;
    this.#chosen = found;
    const { row, bar } = found;
    const [first, last, code, calls, mixed] = bar;
    const steps = first === last ? `step ${number(first)}` : `steps ${number(first)} to ${number(last)}`;
    const name = mixed ? "several functions" : (this.#known.functions[code]?.name ?? "?");
    this.#said.textContent = plain([name, calls > 1 && `${number(calls)} calls`, steps].filter(Boolean).join(", "));
    this.#reveal(row, first, last);
  }

  /** Moves until a bar is visible. */
  #reveal(row, first, last) {
    const { scrollTop, clientHeight } = this.#chart;
    const y = row * ROW;
    if (y < scrollTop) this.#chart.scrollTop = y - ROW;
    else if (y + ROW > scrollTop + clientHeight) this.#chart.scrollTop = y + 2 * ROW - clientHeight;
    const { from, span } = this.#view;
    const isVisible = last >= from && first < from + span;
    if (!isVisible) this.#go({ from: (first + last + 1 - span) / 2, span });
    else this.#changed();
  }

  #key(event) {
    if (!this.#run || event.ctrlKey || event.metaKey || event.altKey) return;
    const { from, span } = this.#view;
    const scroll = (rows) => (this.#chart.scrollTop += rows * ROW);
    const moves = {
      ArrowLeft: () => this.#go({ from: from - span * STRIDE, span }),
      ArrowRight: () => this.#go({ from: from + span * STRIDE, span }),
      ArrowUp: () => scroll(-3),
      ArrowDown: () => scroll(3),
    };
    const chooses = Object.fromEntries(Object.keys(moves).map((key) => [key, () => this.#choose(key)]));
    const work = {
      ...(event.shiftKey ? moves : chooses),
      Enter: this.#chosen && (() => void this.#seek(this.#chosen.bar[0])),
      "+": () => this.#zoom(BY_KEY),
      "=": () => this.#zoom(BY_KEY),
      "-": () => this.#zoom(1 / BY_KEY),
      0: () => this.#showAll(),
    }[event.key];
    if (!work) return;
    work();
    event.preventDefault();
    event.stopPropagation();
  }

  #hide() {
    clearTimeout(this.#resting);
    this.#tip.hidden = true;
  }

  /** Tells what is under the pointer; after a rest, also the arguments and the result of a call. */
  #point(event) {
    clearTimeout(this.#resting);
    const at = this.#at(event);
    const found = this.#known && at.x < this.#width ? under(this.#known, this.#view, at, this.#width) : null;
    if (!found) {
      this.#tip.hidden = true;
      return;
    }
    const place = { x: event.clientX, y: event.clientY };
    if (found.mark) {
      this.#say(place, [h("b", {}, found.mark), ` at step ${number(found.step)}`]);
      return;
    }
    const [first, last, code, calls, mixed] = found.bar;
    const known = this.#known.functions[code];
    const steps = first === last ? `step ${number(first)}` : `steps ${number(first)} to ${number(last)}`;
    const name = mixed ? `${number(calls)} calls of several functions` : (known?.name ?? "?");
    const told = [
      h("b", {}, name),
      calls > 1 && !mixed ? ` ${number(calls)} calls` : "",
      h("div", { className: "dim" }, [!mixed && known?.place, steps].filter(Boolean).join(" · ")),
    ];
    this.#say(place, told);
    if (calls > 1) return;
    this.#resting = setTimeout(async () => {
      const call = await this.#source.call(first, last).catch(() => null);
      if (!call || this.#tip.hidden || this.#tip.dataset.bar !== `${first} ${code}`) return;
      const ended = { returned: "→ ", yielded: "yields ", raised: "raises " }[call.ending];
      const given = call.arguments.map(([argument, value]) => h("div", {}, `${argument} = ${value}`));
      this.#say(place, [...told, h("pre", {}, given, ended ? h("div", {}, ended + call.value) : "")]);
      this.#tip.dataset.bar = `${first} ${code}`;
    }, REST);
    this.#tip.dataset.bar = `${first} ${code}`;
  }

  /** Shows a tip near the pointer. */
  #say({ x, y }, told) {
    this.#tip.replaceChildren(...told.filter(Boolean));
    this.#tip.hidden = false;
    const { width, height } = this.#tip.getBoundingClientRect();
    this.#tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - width - 8))}px`;
    this.#tip.style.top = `${y + 18 + height > innerHeight ? y - height - 12 : y + 18}px`;
  }
}
