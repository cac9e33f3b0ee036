// The sources of two runs side by side, each at its step, with the variables of both.
import { ask } from "./ask.js";
import { number } from "./amounts.js";
import { shown } from "./differences.js";
import { h, short } from "./dom.js";
import { plain } from "./texts.js";

const SIGNS = ["−", "+"];
const SIDES = ["before", "after"];
const NAMES = ["left run", "right run"];
/** The height of a line, in pixels. */
const ROW = 20;
/** Lines above and below a marked one that are visible with it. */
const AROUND = 2;
/** The number of a source that is not known. */
const NO_SOURCE = 2 ** 32 - 1;

/** Rows of two sources: `[line, line]`, from 1; 0 for a gap. Lines that differ are `edited`. */
export function rowsOf(blocks) {
  const rows = [];
  for (const { same, first, count } of blocks) {
    for (let n = 0; n < Math.max(...count); n++) {
      const lines = [0, 1].map((of) => (n < count[of] ? first[of] + n : 0));
      rows.push({ lines, edited: !same });
    }
  }
  return rows;
}

const DOING = { call: "is called", resume: "goes on", returned: "returns", yielded: "yields", raised: "raises" };

/** What a step does, if it is not at a line. */
const doing = ({ event, given }) => (given ? `${DOING[given.what]} ${given.text}` : (DOING[event] ?? ""));

export class Sides {
  #worths;
  #base;
  #ids;
  #roots;
  #halves;
  #sources = new Map();
  #blocks = new Map();
  /** The sources that are shown, as a text, and the row of each line of each. */
  #drawn = "";
  #places = [new Map(), new Map()];
  /** Whether both scroll together. */
  #together = false;
  /** The number of the latest place: values of earlier ones are not shown. */
  #turn = 0;

  constructor(element, worths, base, { ids, roots }) {
    [this.#worths, this.#base, this.#ids, this.#roots] = [worths, base, ids, roots];
    this.#halves = [0, 1].map((n) => this.#half(n));
    element.replaceChildren(...this.#halves.map(({ whole }) => whole));
  }

  /** One of the sides. Its parts stay when the place changes, and so does the focus. */
  #half(n) {
    const step = h("a", { className: "step", target: "_blank", rel: "opener" });
    const title = h("h2", { className: "named" });
    const path = h("span", { className: "dim" });
    const does = h("span", { className: "doing" });
    const source = h("div", {
      className: "source",
      tabIndex: 0,
      role: "group",
      "aria-label": `Source of the ${NAMES[n]}`,
    });
    source.onscroll = () => {
      const other = this.#halves[1 - n].source;
      if (this.#together && other.scrollTop !== source.scrollTop) other.scrollTop = source.scrollTop;
    };
    const stack = h("ol", {});
    const whole = h(
      "section",
      { className: `half ${SIDES[n]}`, "aria-label": `The ${NAMES[n]}` },
      h("header", {}, h("b", {}, SIGNS[n]), title, path, does, step),
      source,
      h("details", { className: "stack" }, h("summary", {}, "Stack"), stack),
    );
    return { whole, step, title, path, does, source, stack };
  }

  /** Shows a place. `made` has the line of each run that made what differs there. */
  async show(place, made) {
    const numbers = place.sides.map((one) => one.number);
    const [blocks, ...sources] = await Promise.all([
      this.#linesOf(numbers),
      ...numbers.map((source, n) => this.#source(n, source)),
    ]);
    const key = numbers.join();
    if (this.#drawn !== key) {
      this.#drawn = key;
      this.#draw(sources, blocks);
    }
    place.sides.forEach((one, n) => this.#tell(one, n));
    this.#mark(place, made, Boolean(blocks));
    this.#compare(place);
    void this.#beside(place, Boolean(blocks));
  }

  #source(n, source) {
    const key = `${n} ${source}`;
    if (source === NO_SOURCE) return null;
    if (!this.#sources.has(key)) this.#sources.set(key, ask(`/api/run/${this.#ids[n]}/source/${source}`));
    return this.#sources.get(key);
  }

  /** Which lines stand side by side; `null` if the sources do not correspond. */
  async #linesOf([left, right]) {
    const key = `${left} ${right}`;
    if (left === NO_SOURCE || right === NO_SOURCE) return null;
    if (!this.#blocks.has(key))
      this.#blocks.set(key, ask(`${this.#base}/lines?${new URLSearchParams({ left, right })}`));
    return (await this.#blocks.get(key)).blocks;
  }

  #draw(sources, blocks) {
    const rows = blocks && rowsOf(blocks);
    sources.forEach((source, n) => {
      const lines = source?.lines ?? [];
      const own = rows
        ? rows.map(({ lines: both, edited }) => ({ line: both[n], edited }))
        : lines.map((_, at) => ({ line: at + 1, edited: false }));
      this.#places[n] = new Map(own.map(({ line }, row) => [line, row]));
      const elements = own.map(({ line, edited }) => {
        if (!line) return h("div", { className: "line gap" });
        const text = (lines[line - 1] ?? []).map(([piece, of]) => (of ? h("span", { className: of }, piece) : piece));
        return h(
          "div",
          { className: `line${edited ? " edited" : ""}`, "data-line": line },
          h("span", { className: "sign" }, edited ? SIGNS[n] : ""),
          h("span", { className: "no", "data-no": line }),
          h("span", { className: "text" }, text),
          h("span", { className: "beside" }),
        );
      });
      const nothing = h("p", { className: "nothing" }, "The text of this source was not recorded.");
      this.#halves[n].source.replaceChildren(...(source?.known ? elements : [nothing]));
    });
  }

  /** Tells where one of the sides is. */
  #tell(one, n) {
    const half = this.#halves[n];
    half.step.textContent = `step ${number(one.step)}`;
    half.step.href = `/run/${this.#ids[n]}#step=${one.step}`;
    half.step.title = `Open the ${NAMES[n]} at this step`;
    half.title.textContent = plain(one.thread === "MainThread" ? one.function : `${one.function} (${one.thread})`);
    half.path.textContent = plain(`${short(one.file, this.#roots[n])}:${one.line}`);
    half.does.textContent = plain(doing(one));
    half.does.title = plain(doing(one));
    half.does.classList.toggle("bad", one.event === "raise");
    const deeper = one.depth - one.stack.length;
    half.stack.replaceChildren(
      ...one.stack.map(({ function: name, file, line }) =>
        h("li", {}, name, h("span", { className: "dim" }, ` ${file}:${line}`)),
      ),
      ...(deeper > 0 ? [h("li", { className: "dim" }, `and ${number(deeper)} more`)] : []),
    );
  }

  #mark({ sides }, made, isAligned) {
    const marked = sides.map((one, n) => {
      const { source } = this.#halves[n];
      for (const row of source.querySelectorAll(".here, .sought")) {
        row.classList.remove("here", "sought");
        row.removeAttribute("aria-current");
        row.querySelector(".state")?.remove();
      }
      /** @type {HTMLElement & { lastChild: HTMLElement }} */
      const row = source.querySelector(`[data-line="${one.line}"]`);
      row?.classList.add("here");
      row?.setAttribute("aria-current", "true");
      const word = one.waits ? "waits here" : one.ended ? "ended" : "";
      if (word) row?.lastChild.prepend(h("span", { className: "state" }, word));
      if (made && made[n] !== one.line) source.querySelector(`[data-line="${made[n]}"]`)?.classList.add("sought");
      return this.#places[n].get(one.line) ?? 0;
    });
    const room = this.#halves[0].source.clientHeight;
    const isNear = Math.abs(marked[0] - marked[1]) * ROW < room - 2 * AROUND * ROW;
    this.#together = isAligned && isNear;
    const middle = (marked[0] + marked[1]) / 2;
    marked.forEach((at, n) => {
      const { source } = this.#halves[n];
      const [top, bottom] = [source.scrollTop + AROUND * ROW, source.scrollTop + source.clientHeight - AROUND * ROW];
      const ends = this.#together ? marked : [at];
      if (ends.every((row) => row * ROW >= top && (row + 1) * ROW <= bottom)) return;
      source.scrollTop = ((this.#together ? middle : at) + 0.5) * ROW - source.clientHeight / 2;
    });
  }

  /** Sets the values beside the lines. Those that differ from the value beside the other line are marked. */
  async #beside({ sides }, isAligned) {
    const mine = ++this.#turn;
    const answers = await Promise.all(
      sides.map(({ number: source, step }, n) =>
        source === NO_SOURCE ? null : ask(`/api/run/${this.#ids[n]}/beside/${source}?step=${step}`).catch(() => null),
      ),
    );
    if (mine !== this.#turn) return;
    const key = (n, { line, name }) => `${this.#places[n].get(line)} ${name}`;
    const known = answers.map((answer, n) => new Map(answer?.values.map((one) => [key(n, one), one.value])));
    answers.forEach((answer, n) => {
      const { source } = this.#halves[n];
      for (const old of source.querySelectorAll(".beside > .value")) old.remove();
      const add = (line, chip) =>
        /** @type {HTMLElement & { lastChild: HTMLElement }} */ (
          source.querySelector(`[data-line="${line}"]`)
        )?.lastChild.append(chip);
      const differing = (one) => {
        const other = isAligned ? known[1 - n].get(key(n, one)) : undefined;
        return other !== undefined && other !== one.value;
      };
      const values = (answer?.values ?? []).map((one) => ({ ...one, differs: differing(one) }));
      // Those that differ come first: others may be out of sight.
      for (const { line, name, value, outcome, differs } of values.sort((a, b) => b.differs - a.differs)) {
        const text = `${outcome ? `${name && " "}→ ` : " = "}${value}`;
        const chip = { className: `value${differs ? " differs" : ""}`, title: `${name}${text}` };
        add(line, h("span", chip, differs ? "≠ " : "", h("i", {}, name), text));
      }
      for (const { line, text } of answer?.raised ?? [])
        add(line, h("span", { className: "value raised", title: text }, `⚡ ${text}`));
    });
  }

  /** The variables of both sides. Those that differ come first. */
  #compare({ variables, left_out: more }) {
    const row = ({ name, texts, differs, paths, in_doubt: doubt }) => {
      const said = shown(texts, "—");
      return h(
        "tr",
        { className: differs ? "differs" : "" },
        h(
          "th",
          { scope: "row" },
          differs ? h("span", { className: "sign", role: "img", "aria-label": "differs" }, "≠") : null,
          h("span", { className: "name" }, name),
          doubt ? "?" : "",
          paths.length ? h("div", { className: "dim" }, paths.join(" ")) : null,
        ),
        texts.map((text, n) => h("td", { className: `${SIDES[n]}${text === null ? " dim" : ""}` }, said[n])),
      );
    };
    const heads = ["Variable", "− left", "+ right"].map((name) => h("th", { scope: "col" }, name));
    const table = h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, variables.map(row)));
    const left = more ? h("p", { className: "nothing" }, `and ${number(more)} more`) : null;
    this.#worths.replaceChildren(
      ...(variables.length
        ? [table, left].filter(Boolean)
        : [h("p", { className: "nothing" }, "There are no variables here.")]),
    );
  }
}
