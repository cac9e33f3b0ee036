// The list of what differs between two runs. Differences that are alike are one row, which is opened on demand.
import { ask } from "./ask.js";
import { number } from "./amounts.js";
import { h, short } from "./dom.js";

/** Characters of a value that are shown around its first difference. */
const SHOWN = 160;
/** Rows of a list that are shown at first, and each time more are asked for. */
const ROWS = 50;
const SIGNS = ["−", "+"];
const SIDES = ["before", "after"];

/** Two texts around their first difference; a word for a missing one. */
export function shown([left, right], missing) {
  let same = 0;
  if (left !== null && right !== null) while (same < left.length && left[same] === right[same]) same++;
  return [left, right].map((text) => {
    if (text === null) return missing;
    if (text.length <= SHOWN) return text;
    const from = Math.min(Math.max(same - SHOWN / 4, 0), text.length - SHOWN);
    return `${from > 0 ? "…" : ""}${text.slice(from, from + SHOWN)}${from + SHOWN < text.length ? "…" : ""}`;
  });
}

/** A line about the left run or the right one. */
export const side = (n, ...content) => h("div", { className: `side ${SIDES[n]}` }, h("b", {}, SIGNS[n]), ...content);

const code = (text) => h("code", {}, text);
const section = (title, ...content) => h("section", {}, h("h2", {}, title), ...content);
const often = (times) => (times > 1 ? h("span", { className: "dim" }, ` ${number(times)} times`) : null);
const within = ({ function: name, thread }) => (thread === "MainThread" ? name : `${name} (${thread})`);

/** The first rows of a list, and a button that shows more of them. */
function paged(rows, draw) {
  const made = rows.slice(0, ROWS).map(draw);
  if (rows.length <= ROWS) return made;
  const more = h("button", { className: "quiet more" }, `and ${number(rows.length - ROWS)} more`);
  more.onclick = () => {
    const next = paged(rows.slice(ROWS), draw);
    more.replaceWith(...next);
    next
      .map((row) => (row.matches("button") ? row : row.querySelector("button, a")))
      .find(Boolean)
      ?.focus();
  };
  return [...made, more];
}

/** The order of steps: by the left run, then by the right one. */
const order = (one, other) => one[0] - other[0] || one[1] - other[1];

export class Differences {
  #element;
  #base;
  #ids;
  #roots;
  #goTo;
  /** Values and ways, in order: where they are, the lines that made them, and their elements. */
  #rows = [];
  /** The steps that are shown. */
  #here = [0, 0];

  /** `goTo(steps, made)` goes to a step of each run; `made` has the lines that made what differs there, if known. */
  constructor(element, base, { ids, roots, goTo }) {
    [this.#element, this.#base, this.#ids, this.#roots, this.#goTo] = [element, base, ids, roots, goTo];
  }

  /** Shows what the server answers. */
  show({ same, found }) {
    const nothing = found.identical ? "Nothing differs." : "Nothing differs, as far as values were looked into.";
    const parts = [this.#parting(found), ...this.#rest(found)].filter((one) => one !== null);
    const part = `Nothing differs in the first ${number(found.compared)} steps; the rest was not compared.`;
    this.#element.replaceChildren(
      ...(parts.length ? parts : [h("p", { className: "nothing" }, same ? nothing : part)]),
    );
  }

  /** Marks the difference at a step of each run. */
  mark(steps) {
    this.#here = steps;
    this.#rows.forEach((row) => this.#markRow(row));
  }

  #markRow({ element, steps }) {
    if (order(steps, this.#here) === 0) element?.setAttribute("aria-current", "true");
    else element?.removeAttribute("aria-current");
  }

  /** The nearest difference after or before a step of each run. */
  next(steps, isForward) {
    if (isForward) return this.#rows.find((row) => order(row.steps, steps) > 0);
    return this.#rows.findLast((row) => order(row.steps, steps) < 0);
  }

  /** The lines that made the values that differ at a step of each run; `null` if they are not known. */
  made(steps) {
    return this.#rows.find((row) => order(row.steps, steps) === 0)?.made ?? null;
  }

  /** A step of one of the runs: opens there, in a tab that gets this one's token. */
  #step(n, step) {
    const href = `/run/${this.#ids[n]}#step=${step}`;
    return h("a", { className: "step", href, target: "_blank", rel: "opener" }, `step ${number(step)}`);
  }

  /** The line of code of both runs; two lines if it was edited. */
  #lines(how, places, numbers, codes) {
    const names = places.map((place, n) =>
      h("span", { className: "dim" }, `${how}${short(place.file, this.#roots[n])}:${numbers[n]} `),
    );
    if (codes[0] === codes[1]) return [h("div", {}, names[0], code(codes[0]))];
    return codes.map((text, n) => side(n, names[n], code(text)));
  }

  /** A difference: its title leads to its place. */
  #article(row, title, ...content) {
    row.element = h(
      "article",
      {},
      h("h3", {}, h("button", { className: "way", onclick: () => this.#goTo(row.steps, row.made) }, title)),
      ...content,
    );
    this.#markRow(row);
    return row.element;
  }

  #value(row) {
    const { one } = row;
    const name = one.what === "variable" ? one.name + one.path : `${one.what}${one.path ? ` (…)${one.path}` : ""}`;
    const known = one.made_by[0] !== null || one.at[0].event === "call";
    const numbers = one.made_by.map((line, n) => line ?? one.at[n].line);
    const texts = shown(one.texts, "(nothing)");
    const doubt = one.in_doubt ? "?" : "";
    return this.#article(
      row,
      [h("span", { className: "name" }, name), doubt, ` in ${within(one.at[0])}`, often(one.times)],
      ...this.#lines(known ? "" : "before ", one.at, numbers, one.code),
      ...texts.map((text, n) => side(n, h("span", { className: "worth" }, text), this.#step(n, one.at[n].step))),
      this.#alike(row, one.alike ? `… and ${number(one.alike)} more like this` : "each time"),
    );
  }

  #next(place, n) {
    if (place === null) return side(n, "ends");
    const said = { line: `${place.line}: ${place.code}`, raise: `${place.line}: ${place.code} raises` }[place.event];
    const leaves = place.event === "return" || place.event === "yield";
    const text = said ? code(said) : `${place.event}s ${leaves ? "from " : ""}${place.function}`;
    return side(n, text, this.#step(n, place.step));
  }

  #way(row) {
    const { one } = row;
    const { after } = one;
    const title = after ? `different ways in ${within(after[0])}` : "different from the start";
    const apart = one.met === null && one.next.every((place) => place !== null);
    const lines = () =>
      this.#lines(
        "",
        after,
        after.map(({ line }) => line),
        after.map((place) => place.code),
      );
    return this.#article(
      row,
      [title, often(one.times)],
      ...(after ? lines() : []),
      ...one.next.map((place, n) => this.#next(place, n)),
      apart ? h("div", { className: "dim" }, "the runs do not meet again") : null,
      this.#alike(row, "each time"),
    );
  }

  /** The differences that are like the one of a row; nothing if there are none. */
  #alike({ list, index, one }, label) {
    if (one.times + (one.alike ?? 0) < 2) return null;
    const rows = h("ol", {});
    const all = h("details", { className: "alike" }, h("summary", {}, label), rows);
    all.ontoggle = () => {
      if (all.open && !rows.children.length) void this.#fill(rows, list, index, 0);
    };
    return all;
  }

  async #fill(rows, list, index, from) {
    let answer;
    try {
      answer = await ask(`${this.#base}/repeats?${new URLSearchParams({ list, row: index, from })}`);
    } catch (error) {
      rows.append(h("li", { className: "nothing" }, error.message));
      return;
    }
    const made = answer.repeats.map((repeat) => this.#repeat(repeat));
    rows.append(...made);
    if (from > 0) made[0]?.querySelector("button")?.focus();
    if (!answer.more) return;
    const text = `and ${number(answer.more)} more`;
    if (!answer.known) rows.append(h("li", { className: "dim" }, text));
    else {
      const more = h("button", { className: "quiet" }, text);
      const last = h("li", {}, more);
      more.onclick = async () => {
        await this.#fill(rows, list, index, from + answer.repeats.length);
        last.remove();
      };
      rows.append(last);
    }
  }

  #repeat({ steps, path, texts }) {
    const names = steps.map((step) => (step === null ? "the end" : number(step)));
    const title = `steps ${names.join(" and ")}`;
    const known = steps.every((step) => step !== null);
    const place = known ? h("button", { className: "way", onclick: () => this.#goTo(steps) }, title) : title;
    const values = texts.some((text) => text !== null) ? ` ${shown(texts, "(nothing)").join(" → ")}` : "";
    return h("li", {}, place, path && h("span", { className: "name" }, ` ${path}`), values);
  }

  /** Values and places where control flow differs, in order. */
  #parting({ values, ways, more }) {
    const value = (one, index) => {
      const steps = one.at.map(({ step }) => step);
      const made = one.made_by[0] === null ? null : one.made_by;
      return { list: "values", index, one, steps, made, first: one.at[0].step, draw: (row) => this.#value(row) };
    };
    const way = (one, index) => {
      const steps = one.next.map((place, n) => (place ?? one.after?.[n])?.step ?? 1);
      const first = (one.after ?? one.next)[0]?.step ?? Infinity;
      const made = one.after ? one.after.map(({ line }) => line) : null;
      return { list: "ways", index, one, steps, made, first, draw: (row) => this.#way(row) };
    };
    const all = [...values.map(value), ...ways.map(way)].sort(
      (a, b) => a.first - b.first || (a.list === b.list ? 0 : a.list === "values" ? -1 : 1),
    );
    this.#rows = all.toSorted((a, b) => order(a.steps, b.steps));
    if (!all.length) return null;
    return section(
      "where the runs differ",
      ...paged(all, (row) => row.draw(row)),
      more ? h("p", { className: "nothing" }, "and more: the comparison ended at its limit") : null,
    );
  }

  #rest({ files, threads, output, calls, lines: single }) {
    const edited = files.map(({ path, ran }) =>
      ran[0] && ran[1] ? h("div", {}, `${path} was edited`) : side(ran[0] ? 0 : 1, path),
    );
    const alone = threads.flatMap((names, n) => names.map((name) => side(n, `thread ${name}`)));
    const others = [...edited, ...alone];
    const call = (one) =>
      h(
        "div",
        {},
        one.function,
        ` ${number(one.calls[0])} → ${number(one.calls[1])} `,
        h("span", { className: "dim" }, `${one.file}:${one.line[1] ?? one.line[0]}`),
      );
    const line = (one) => side(one.ran_in, h("span", { className: "dim" }, `${one.file}:${one.line} `), code(one.code));
    return [
      others.length ? section("files and threads", ...paged(others, (one) => one)) : null,
      ...output.map((one) =>
        section(
          `${one.stream}, line ${one.line}`,
          ...shown(one.texts, "(no more)").map((text, n) =>
            side(n, code(text), one.steps[n] ? this.#step(n, one.steps[n]) : null),
          ),
        ),
      ),
      calls.length ? section("calls", ...paged(calls, call)) : null,
      single.length ? section("lines that ran in one only", ...paged(single, line)) : null,
    ];
  }
}
