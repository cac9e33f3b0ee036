// The story of the run: what each step did, line by line. Of a story of any length, only the lines near the visible
// ones are known. The scroll bar stands for the steps of the run.
import { ask } from "./ask.js";
import { number } from "./amounts.js";
import { busy } from "./busy.js";
import { find, h } from "./dom.js";
import { Filters } from "./story_filters.js";
import { blockKey, drawn, foldOf, rowsOf } from "./told.js";

/** The height of a row in pixels. */
const ROW = 20;
/** The greatest height of the scrolled element: browsers have a limit. */
const TALLEST = 4_000_000;
/** Rows that are known above and below the visible ones. */
const MARGIN = 80;
/** Lines that are asked for at a time. */
const PAGE = 200;
/** Lines that are kept. */
const KEPT = 3000;
/** Milliseconds without a move before a place is read. */
const PAUSE = 60;
/** Calls that are folded or opened one by one. */
const FOLDS = 500;

/** Whether two lines are the same, even if they were read twice. */
const isSame = (a, b) => a === b || (b && a.step === b.step && a.kind === b.kind && a.text === b.text);

/** @typedef {import("./told.js").Told} Told */
/** @typedef {import("./told.js").Row} Row */

export class Story {
  #pane = find("story");
  /** @type {HTMLElement} */
  #scroll = this.#pane.querySelector(".scroll");
  /** @type {HTMLElement} */
  #all = this.#pane.querySelector(".all");
  /** @type {HTMLElement} */
  #window = this.#pane.querySelector(".window");
  #said = this.#pane.querySelector(".said");
  #progress = this.#pane.querySelector(".progress");
  #filters;
  #base;
  #code;
  #seek;
  #changed;
  #steps = 0;
  #step = 0;
  /** The step for which the story was scrolled. */
  #followed = 0;
  /** @type {Told[]} The lines that are known, without gaps. */
  #lines = [];
  /** @type {Row[]} */
  #rows = [];
  /** The steps that the lines stand for. */
  #first = 1;
  #last = 0;
  #isStart = false;
  #isEnd = false;
  /** Pixels from the first row to the upper edge. */
  #top = 0;
  /** @type {Told | null} The line that keys are about. */
  #chosen = null;
  #blocks = new Set();
  #folds = { open: new Set(), closed: new Set() };
  #pieces = new Map();
  #turn = 0;
  /** @type {AbortController | null} */
  #asking = null;
  #reading = { ahead: false, back: false };
  #isStopped = false;
  #synced = 0;
  #isDrawing = false;
  #moving;

  /** `code` has the sources, `seek` goes to a step, `changed` is called when a filter was changed. */
  constructor(base, { code, seek, changed }) {
    [this.#base, this.#code, this.#seek, this.#changed] = [base, code, seek, changed];
    this.#filters = new Filters(this.#pane.querySelector("form"), {
      changed: (isDepth) => this.#filtered(isDepth),
      left: () => this.#scroll.focus(),
    });
    this.#scroll.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#scroll.onscroll = () => this.#scrolled();
    this.#scroll.onclick = (event) => this.#click(event);
    this.#scroll.onkeydown = (event) => this.#key(event);
    new ResizeObserver(() => this.#resized()).observe(this.#scroll);
    ask(`${base}/actors`).then(
      (actors) => this.#filters.offer(actors),
      () => {},
    );
  }

  get #isShown() {
    return !this.#pane.classList.contains("away") && this.#scroll.clientHeight > 0;
  }

  /** The conditions that are set, as text of an address; empty if there are none. */
  get filters() {
    return this.#filters.text;
  }

  set filters(text) {
    this.#filters.text = text;
  }

  #filtered(isDepth) {
    if (isDepth) this.#folds = { open: new Set(), closed: new Set() };
    this.#changed();
    this.#renew(this.#step);
  }

  /** Shows where the view stands in a run. */
  show(run) {
    const grew = this.#steps && run.steps > this.#steps;
    [this.#steps, this.#step] = [run.steps, run.step];
    this.#scroll.style.setProperty("--digits", String(number(run.steps).length));
    if (!this.#isShown) return;
    // The last line of a run that goes on may have got its effects.
    if (!grew || !this.#isEnd) this.#follow();
    else if (run.step === this.#followed) this.#again();
    else this.#renew(run.step);
  }

  /** Reads anew what is visible, which stays where it is. */
  #again() {
    const at = Math.max(0, Math.floor(this.#top / ROW));
    const row = this.#rows[at];
    if (row) this.#renew(row.step, at * ROW - this.#top);
    else this.#renew(this.#step);
  }

  /** The pane was opened, folded or resized. */
  #resized() {
    if (this.#isShown && this.#steps) this.#follow();
    this.#later();
  }

  /** Scrolls to the moment, unless the story was scrolled since. */
  #follow() {
    if (this.#followed === this.#step) {
      this.#later();
      return;
    }
    this.#followed = this.#step;
    const at = this.#here();
    if (at === null) {
      this.#renew(this.#step);
      return;
    }
    this.#reveal(at);
  }

  /** The row of the moment, by index; `null` if it is not known. */
  #here() {
    if (!this.#last || this.#step < this.#first || this.#step > this.#last) return null;
    const at = this.#rows.findLastIndex(({ step }) => step <= this.#step);
    return at >= 0 || this.#isStart ? at : null;
  }

  /** Scrolls a row into view, unless it is in view comfortably. */
  #reveal(at) {
    const height = this.#scroll.clientHeight;
    const y = at * ROW - this.#top;
    if (y < ROW || y > height - 3 * ROW) this.#top = at * ROW - Math.floor(height * 0.4);
    this.#later();
  }

  /** Reads anew around a step, whose row is then `y` pixels below the edge. */
  #renew(step, y = null) {
    if (!this.#isShown || !this.#steps) {
      // It is read once it is shown.
      this.#followed = 0;
      this.#last = 0;
      return;
    }
    this.#turn++;
    this.#asking?.abort();
    this.#asking = new AbortController();
    this.#isStopped = false;
    this.#scroll.removeAttribute("data-whole");
    // Nothing is read backward until the first lines of the new place are there.
    this.#reading = { ahead: false, back: true };
    this.#followed = this.#step;
    const from = Math.min(Math.max(1, step), this.#steps);
    this.#say("");
    void this.#read("ahead", { from, y: y ?? Math.floor(this.#scroll.clientHeight * 0.4) });
  }

  /** Drops what is known for the lines of a new place. */
  #begin({ from, y }) {
    [this.#lines, this.#rows] = [[], []];
    [this.#first, this.#last] = [from, from - 1];
    [this.#isStart, this.#isEnd] = [from === 1, false];
    this.#top = -y;
    this.#reading.back = false;
  }

  #question(given) {
    const { open, closed } = this.#folds;
    const asked = new URLSearchParams(this.filters);
    if (open.size) asked.set("open", [...open].join());
    if (closed.size) asked.set("closed", [...closed].join());
    for (const [name, value] of Object.entries(given)) asked.set(name, String(value));
    return asked;
  }

  /** Whether rows are missing in a direction. */
  #isMissing(way) {
    if (this.#isStopped) return false;
    if (way === "back") return !this.#isStart && this.#top < MARGIN * ROW;
    return !this.#isEnd && this.#rows.length * ROW - this.#top - this.#scroll.clientHeight < MARGIN * ROW;
  }

  /** Reads on until enough is known in a direction. With a `place`, everything else is dropped first. */
  async #read(way, place = null) {
    if (this.#reading[way] || (!place && !this.#isMissing(way))) return;
    this.#reading[way] = true;
    const turn = this.#turn;
    const { signal } = this.#asking;
    try {
      await busy("reading the story", async (stop) => {
        const both = AbortSignal.any([signal, stop]);
        for (let begins = place; turn === this.#turn && (begins || this.#isMissing(way)); begins = null) {
          const where = begins
            ? { from: begins.from }
            : way === "back"
              ? { before: this.#first }
              : { from: this.#last + 1 };
          const page = await ask(`${this.#base}/story?${this.#question({ ...where, count: PAGE })}`, { signal: both });
          if (turn !== this.#turn) return;
          if (begins) this.#begin(begins);
          // Where much is read for few lines, a reader sees how far.
          const isEmpty = !page.lines.length && !page.end;
          this.#progress.textContent = isEmpty ? `at step ${number(page.reached)} of ${number(page.steps)}` : "";
          this.#add(way, page);
          if (begins) void this.#read("back");
        }
      });
    } catch (error) {
      if (turn === this.#turn && !signal.aborted) this.#failed(error, this.#reading.back && place);
    } finally {
      if (turn === this.#turn) {
        this.#reading[way] = false;
        this.#progress.textContent = "";
      }
    }
    if (turn === this.#turn) this.#later();
  }

  /** Says why reading ended. Without the first lines of a new place, nothing is shown. */
  #failed(error, isNew) {
    this.#isStopped = true;
    if (isNew) {
      [this.#lines, this.#rows, this.#last] = [[], [], 0];
      this.#window.replaceChildren();
    }
    const more = h("button", { className: "quiet", type: "button", onclick: () => this.#goOn() }, "Read on");
    this.#say(error.message, more);
  }

  #goOn() {
    this.#isStopped = false;
    this.#say("");
    if (this.#last) this.#later();
    else this.#renew(this.#step);
  }

  #say(text, ...more) {
    this.#said.replaceChildren(text, ...more);
  }

  /** Adds a page at an end. What is at the top of the view stays there. */
  #add(way, { lines, reached, end }) {
    if (way === "back") {
      this.#keepingPlace(() => (this.#lines = [...lines, ...this.#lines]));
      [this.#first, this.#isStart] = [reached, end];
      if (this.#lines.length > KEPT && this.#rows.length * ROW - this.#top > KEPT * ROW * 0.6) this.#drop("ahead");
    } else {
      this.#lines = [...this.#lines, ...lines];
      [this.#last, this.#isEnd] = [reached, end];
      this.#rows = rowsOf(this.#lines, this.#blocks);
      if (this.#lines.length > KEPT && this.#top > KEPT * ROW * 0.4) this.#drop("back");
    }
    this.#later();
  }

  /** Forgets the lines that are far in a direction. Lines of one step stay together. */
  #drop(way) {
    if (way === "ahead") {
      let end = Math.floor(KEPT * 0.8);
      while (end > 0 && this.#lines[end - 1].step === this.#lines[end].step) end--;
      [this.#last, this.#isEnd] = [this.#lines[end].step - 1, false];
      this.#keepingPlace(() => (this.#lines = this.#lines.slice(0, end)));
    } else {
      let start = this.#lines.length - Math.floor(KEPT * 0.8);
      while (start > 0 && this.#lines[start - 1].step === this.#lines[start].step) start--;
      [this.#first, this.#isStart] = [this.#lines[start].step, false];
      this.#keepingPlace(() => (this.#lines = this.#lines.slice(start)));
    }
  }

  /** Changes lines or blocks. The row at the upper edge stays where it is. */
  #keepingPlace(change) {
    const at = Math.min(this.#rows.length - 1, Math.max(0, Math.floor(this.#top / ROW)));
    const anchor = this.#rows[at]?.first;
    change();
    this.#rows = rowsOf(this.#lines, this.#blocks);
    this.#top += (anchor ? this.#rowOf(anchor) - at : this.#rows.length) * ROW;
  }

  /** The index of the row that has a line. */
  #rowOf(line) {
    const has = (/** @type {Row} */ { first, block }) => isSame(first, line) || block?.some((one) => isSame(one, line));
    return Math.max(0, this.#rows.findIndex(has));
  }

  /** Draws when the browser paints next, and reads what is missing. */
  #later() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      if (!this.#isShown || !this.#last) return;
      this.#draw();
      void this.#read("ahead");
      void this.#read("back");
    });
  }

  /** The coloured lines of a source; `null` until they are known. */
  #piecesOf(source) {
    if (!this.#pieces.has(source)) {
      this.#pieces.set(source, null);
      this.#code.load(source).then(
        ({ lines }) => {
          this.#pieces.set(source, lines);
          this.#later();
        },
        () => {},
      );
    }
    return this.#pieces.get(source);
  }

  #draw() {
    const height = this.#scroll.clientHeight;
    const end = this.#rows.length * ROW - height;
    if (this.#isEnd) this.#top = Math.min(this.#top, end);
    if (this.#isStart) this.#top = Math.max(this.#top, 0);
    const from = Math.max(0, Math.floor(this.#top / ROW));
    const to = Math.min(this.#rows.length, Math.ceil((this.#top + height) / ROW));
    const here = this.#here();
    const rows = this.#rows.slice(from, to).map((row, n) => {
      const made = drawn(row, (source) => this.#piecesOf(source));
      made.id = `told-${from + n}`;
      made.dataset.row = String(from + n);
      if (from + n === here) {
        made.classList.add(row.step <= this.#step && this.#step <= row.last ? "present" : "nearest");
        made.setAttribute("aria-current", "true");
      }
      if (isSame(row.first, this.#chosen)) made.classList.add("chosen");
      return made;
    });
    const isEmpty = this.#isStart && this.#isEnd && !this.#rows.length;
    const nothing =
      isEmpty &&
      h("p", { className: "nothing" }, this.filters ? "No line of the story matches." : "The story is empty.");
    this.#window.replaceChildren(...(nothing ? [nothing] : rows));
    this.#window.style.height = `${height}px`;
    this.#window.style.setProperty("--shift", `${from * ROW - this.#top}px`);
    this.#highlight();
    const chosen = this.#window.querySelector(".chosen");
    if (chosen) this.#scroll.setAttribute("aria-activedescendant", chosen.id);
    else this.#scroll.removeAttribute("aria-activedescendant");
    this.#sync(height, end);
    this.#scroll.dataset.first = String(this.#first);
    this.#scroll.dataset.last = String(this.#last);
    this.#scroll.toggleAttribute("data-whole", !this.#isMissing("ahead") && !this.#isMissing("back"));
  }

  /** Makes the text that is searched stand out, where the browser can. */
  #highlight() {
    const { highlights } = globalThis.CSS;
    if (!highlights) return;
    highlights.delete("story");
    const sought = this.#filters.sought.toLowerCase();
    if (!sought) return;
    const ranges = [];
    const nodes = /** @type {TreeWalker & { currentNode: Text }} */ (
      document.createTreeWalker(this.#window, NodeFilter.SHOW_TEXT)
    );
    while (nodes.nextNode()) {
      const text = nodes.currentNode.data.toLowerCase();
      // Other letters may take more or less room than what is searched.
      if (text.length !== nodes.currentNode.data.length || nodes.currentNode.parentElement.closest(".no")) continue;
      for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length)) {
        const range = new Range();
        range.setStart(nodes.currentNode, at);
        range.setEnd(nodes.currentNode, at + sought.length);
        ranges.push(range);
      }
    }
    highlights.set("story", new globalThis.Highlight(...ranges));
  }

  /** Whether all lines are known: then the scroll bar stands for rows, not for steps. */
  get #isWhole() {
    return this.#isStart && this.#isEnd;
  }

  /** Sets the scroll bar. */
  #sync(height, end) {
    const total = this.#isWhole
      ? this.#rows.length * ROW
      : Math.min(TALLEST, Math.max(this.#steps * ROW, height * 2, this.#rows.length * ROW));
    this.#all.style.height = `${total}px`;
    const row = this.#rows[Math.max(0, Math.floor(this.#top / ROW))];
    const share = this.#steps > 1 ? ((row?.step ?? this.#first) - 1) / (this.#steps - 1) : 0;
    let place = this.#isWhole ? this.#top : share * (total - height);
    // At the ends there is nothing beyond, and only there.
    if (!this.#isWhole) {
      if (this.#isEnd && this.#top >= end) place = total - height;
      else if (this.#isStart && this.#top <= 0) place = 0;
      else place = Math.min(Math.max(place, 1), total - height - 1);
    }
    if (Math.abs(this.#scroll.scrollTop - place) >= 1) this.#scroll.scrollTop = place;
    this.#synced = this.#scroll.scrollTop;
  }

  /** The scroll bar, or a finger, moved the view. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    const moved = scrollTop - this.#synced;
    if (Math.abs(moved) < 1 || !this.#last) return;
    this.#synced = scrollTop;
    this.#isStopped = false;
    clearTimeout(this.#moving);
    if (this.#isWhole || Math.abs(moved) < 2 * clientHeight) {
      this.#top = this.#isWhole ? scrollTop : this.#top + moved;
      this.#later();
      return;
    }
    const share = scrollTop / Math.max(1, scrollHeight - clientHeight);
    const step = 1 + Math.round(share * (this.#steps - 1));
    // Near the end, the last lines are at the lower edge.
    const y = share > 0.999 ? clientHeight : 0;
    this.#moving = setTimeout(() => this.#renew(step, y), PAUSE);
  }

  #wheel(event) {
    if (event.ctrlKey || event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY) || !this.#last) return;
    event.preventDefault();
    this.#move(event.deltaY * (event.deltaMode === 1 ? ROW : 1));
  }

  #move(pixels) {
    this.#isStopped = false;
    this.#top += pixels;
    // Nothing is known farther away yet.
    const height = this.#scroll.clientHeight;
    this.#top = Math.min(Math.max(this.#top, -height / 2), this.#rows.length * ROW - height / 2);
    this.#later();
  }

  #click(event) {
    const row = this.#rows[Number(event.target.closest(".told")?.dataset.row)];
    if (!row) return;
    this.#chosen = row.first;
    if (event.target.closest(".fold") && foldOf(row) !== null) this.#toggle(row);
    else if (!String(getSelection())) void this.#seek(row.step);
    this.#later();
  }

  /** Folds the inside of a row, or shows it. */
  #toggle(row) {
    const isFolded = foldOf(row);
    if (row.block || row.head) {
      this.#keepingPlace(() => this.#blocks[isFolded ? "add" : "delete"](blockKey(row.first)));
      this.#later();
      return;
    }
    const { frame } = row.first;
    const { open, closed } = this.#folds;
    (isFolded ? closed : open).delete(frame);
    const more = isFolded ? open : closed;
    more.add(frame);
    if (more.size > FOLDS) more.delete(more.values().next().value);
    this.#renew(row.step, this.#rowOf(row.first) * ROW - this.#top);
  }

  #key(event) {
    if (event.target !== this.#scroll || event.ctrlKey || event.metaKey || event.altKey || !this.#rows.length) return;
    const at = this.#chosen ? this.#rowOf(this.#chosen) : Math.max(0, this.#here() ?? 0);
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / ROW) - 1);
    const way = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const row = this.#rows[at];
    if (way) this.#choose(this.#chosen ? at + way : at);
    else if (event.key === "Enter") void this.#seek(row.step);
    else if (event.key === "ArrowRight" && foldOf(row) === true) this.#toggle(row);
    else if (event.key === "ArrowLeft" && foldOf(row) === false) this.#toggle(row);
    else if (!["ArrowRight", "ArrowLeft"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(at) {
    const to = Math.min(this.#rows.length - 1, Math.max(0, at));
    this.#chosen = this.#rows[to].first;
    const y = to * ROW - this.#top;
    const height = this.#scroll.clientHeight;
    this.#isStopped = false;
    if (y < 0) this.#top = to * ROW;
    else if (y > height - ROW) this.#top = (to + 1) * ROW - height;
    this.#later();
  }
}
