// The source as it ran: lines, how often each ran, values beside them, breakpoints, the line of the moment.
import { ask } from "./ask.js";
import { number } from "./amounts.js";
import { cellOr } from "./cells.js";
import { h } from "./dom.js";
import { plain } from "./texts.js";

/** Characters that a name may have, and an attribute's dot. */
const NAME = /[\p{L}\p{N}_]/u;

/** The dotted name around a column of a line, up to the part under the pointer. */
export function nameAt(text, column) {
  let [start, end] = [column, column];
  while (end < text.length && NAME.test(text[end])) end++;
  while (
    start > 0 &&
    (NAME.test(text[start - 1]) || (text[start - 1] === "." && start > 1 && NAME.test(text[start - 2])))
  )
    start--;
  const name = text.slice(start, end);
  return /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(name) ? name : null;
}

/**
 * What the user does with a line.
 * @typedef {object} Hands
 * @property {(line: number, event: Event) => void} [onGutter]
 * @property {(step: number) => void} onSeek
 * @property {(line: number, place: { x: number, y: number }) => void} [onMenu]
 */

export class Code {
  #element;
  #path;
  #rows = [];
  #sources = new Map();
  #base;
  /** The source that is shown. */
  source = null;

  #hasGutter;

  /** `onGutter(line, event)`, `onSeek(step)`, `onMenu(line, place)`: what the user does with a line. Without the first and
   *  the last, lines have neither breakpoints nor a menu. */
  constructor(element, path, base, /** @type {Hands} */ { onGutter, onSeek, onMenu }) {
    [this.#element, this.#path, this.#base, this.#hasGutter] = [element, path, base, Boolean(onGutter)];
    // A group may name the line that keys are about.
    element.setAttribute("role", "group");
    element.addEventListener("click", (event) => {
      const line = Number(event.target.closest(".line")?.dataset.line);
      if (line) this.choose(line);
      if (event.target.closest(".gutter")) onGutter?.(line, event);
      const step = event.target.closest("[data-step]")?.dataset.step;
      if (step) onSeek(Number(step));
    });
    element.addEventListener("contextmenu", (event) => {
      if (!onMenu) return;
      const row = event.target.closest(".line");
      // The browser's own menu stays where text is, since that is copied. Keys have no target but the element.
      const isOurs = event.target.closest(".gutter, .no, .times") || row?.classList.contains("never");
      if (row && !isOurs) return;
      const line = Number(row?.dataset.line ?? this.#chosen);
      if (!line) return;
      event.preventDefault();
      this.choose(line);
      onMenu(line, row && event.clientX ? { x: event.clientX, y: event.clientY } : this.#placeOf(line));
    });
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey || !this.source) return;
      const page = Math.max(1, Math.floor(element.clientHeight / 20) - 2);
      const way = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
      const from = this.#chosen || this.#standing();
      if (way) this.choose(Math.min(this.#rows.length, Math.max(1, this.#chosen ? from + way : from)), true);
      else if (event.key === "Enter" && from && onMenu) onMenu(from, this.#placeOf(from));
      else if (event.key === " " && from && onGutter) onGutter(from, event);
      else return;
      event.preventDefault();
    });
  }

  /** The line that keys are about; 0 for none. */
  #chosen = 0;

  /** Makes a line the one that keys are about. */
  choose(line, reveal = false) {
    this.#row(this.#chosen)?.classList.remove("chosen");
    this.#chosen = line;
    const row = this.#row(line);
    row?.classList.add("chosen");
    if (row) this.#element.setAttribute("aria-activedescendant", row.id);
    if (reveal) this.reveal(line);
  }

  /** The marked line, else the first one in view. */
  #standing() {
    const marked = this.#element.querySelector(".sought, .here, .caller");
    return Number((marked ?? this.#rows[0])?.dataset.line ?? 0);
  }

  #placeOf(line) {
    const { left, bottom } = this.#row(line).getBoundingClientRect();
    return { x: left + 40, y: bottom };
  }

  /** Drops the counts, because the run went on. */
  forget() {
    this.#sources.clear();
  }

  async load(n) {
    if (!this.#sources.has(n)) this.#sources.set(n, ask(`${this.#base}/source/${n}`));
    return this.#sources.get(n);
  }

  /** Shows a source, unless it is shown already. */
  async show(n) {
    const source = await this.load(n);
    if (this.source === source) return;
    const scrolled = this.source?.number === n ? this.#element.scrollTop : 0;
    this.source = source;
    this.#chosen = 0;
    this.#path.textContent = plain(cellOr(source.path));
    this.#path.title = plain(`${source.path}\nThe source exactly as it ran`);
    const times = new Map(source.times);
    const never = new Set(source.never);
    const widest = Math.max(0, ...source.times.map(([, count]) => number(count).length));
    // The sign ×, and some space on both sides.
    this.#element.style.setProperty("--times", `${widest + 3}ch`);
    this.#rows = source.lines.map((pieces, at) => {
      const line = at + 1;
      const count = times.get(line);
      const counted = count
        ? h("span", { className: "times", title: `ran ${number(count)} times` }, count > 1 ? `×${number(count)}` : "")
        : h("span", { className: "times" });
      const isNever = never.has(line);
      const text = pieces.map(([piece, of]) => (of ? h("span", { className: of }, piece) : piece));
      return h(
        "div",
        { className: `line${isNever ? " never" : ""}`, "data-line": line, id: `line-${line}` },
        h("span", {
          className: "gutter",
          title: !this.#hasGutter
            ? null
            : isNever
              ? "Never ran. Click: why not? Other button, or Enter: more"
              : "Breakpoint; with Shift: when it stops; other button, or Enter: more",
        }),
        h("span", { className: "no", "data-no": line }),
        counted,
        h("span", { className: "text" }, text),
        h("span", { className: "beside" }),
      );
    });
    this.#element.replaceChildren(...this.#rows);
    if (!source.known)
      this.#element.replaceChildren(h("p", { className: "nothing" }, "The text of this source was not recorded."));
    this.#element.scrollTop = scrolled;
  }

  #row(line) {
    return this.#rows[line - 1];
  }

  /** Whether a line of the source never ran. */
  isNever(line) {
    return this.source.never.includes(line);
  }

  /** How often a line ran; `undefined` if it was not counted. */
  times(line) {
    return this.source.times.find(([counted]) => counted === line)?.[1];
  }

  /** Marks the line where the view stands: of the top frame, or of a caller. */
  mark(line, kind) {
    for (const row of this.#element.querySelectorAll(".here, .caller, .sought"))
      row.classList.remove("here", "caller", "sought");
    const row = this.#row(line);
    row?.classList.add(kind);
    this.reveal(line);
  }

  /** Scrolls a line into view, unless it is in view comfortably. */
  reveal(line) {
    const row = this.#row(line);
    if (!row) return;
    const { top, bottom } = this.#element.getBoundingClientRect();
    const at = row.getBoundingClientRect();
    if (at.top < top + 40 || at.bottom > bottom - 60) row.scrollIntoView({ block: "center" });
  }

  /** Sets the values beside the lines. */
  beside({ values, raised }) {
    for (const place of this.#element.querySelectorAll(".beside:not(:empty)")) place.replaceChildren();
    const add = (line, what) => this.#row(line)?.lastChild.append(what);
    for (const { line, name, value, hit, step, outcome } of values) {
      const is = outcome ? (name && " ") + "→ " : " = ";
      const title = `${name}${is}${value}\nafter step ${number(hit)}: click to go there`;
      add(
        line,
        h(
          "button",
          { className: "value", title, "data-step": hit, "data-seen": step },
          h("i", {}, name),
          `${is}${value}`,
        ),
      );
    }
    for (const { line, step, text } of raised) {
      add(
        line,
        h(
          "button",
          { className: "value raised", title: `raised at step ${number(step)}`, "data-step": step },
          `⚡ ${text}`,
        ),
      );
    }
  }

  /** Shows the breakpoints of this source. */
  breakpoints(all) {
    for (const row of this.#element.querySelectorAll("[data-breakpoint]")) delete row.dataset.breakpoint;
    for (const { line, verified, message, condition, hitCondition, logMessage } of all) {
      const row = this.#row(line);
      if (!row) continue;
      row.dataset.breakpoint = !verified
        ? "unverified"
        : logMessage
          ? "log"
          : condition || hitCondition
            ? "conditional"
            : "plain";
      row.firstChild.title = plain(
        [message, condition, hitCondition, logMessage].filter(Boolean).join(" · ") || "Breakpoint",
      );
    }
  }

  /** The first and last line of the function around a line; the whole module outside of functions. */
  around(line) {
    const inside = this.source.functions.filter(({ line: first, lastLine }) => first <= line && line <= lastLine);
    return inside.at(-1) ?? null;
  }

  /** The dotted name under the pointer, with its line and place. */
  under(event) {
    const text = event.target.closest?.(".text");
    const line = Number(text?.parentElement.dataset.line);
    // Comments and strings name nothing.
    if (!line || event.target.closest(".comment, .text .text, .keyword")) return null;
    const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const [node, offset] = caret ? [caret.offsetNode, caret.offset] : [null, 0];
    if (!node || !text.contains(node)) return null;
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(node, offset);
    const name = nameAt(text.textContent, range.toString().length);
    return name && { name, line };
  }
}
