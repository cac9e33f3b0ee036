// Answers in a panel: why, why not, origin, explain, and the hits of a line. Every place is a link that travels.
import { ask } from "./ask.js";
import { number } from "./amounts.js";
import { busy } from "./busy.js";
import { cellOr } from "./cells.js";
import { find, h } from "./dom.js";
import { table } from "./table.js";

/** Hits that are shown at a time. */
const PAGE = 200;

/** Parameters of an address; those without a value are left out. */
const parameters = (given) =>
  new URLSearchParams(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined && value !== ""),
  );

export class Answers {
  #panel = find("answer");
  #base;
  #sources;
  #seek;
  #goTo;
  #turn = 0;
  #before = null;

  /** `seek` goes to a step, `goTo(source, line)` shows a line; `info` has the sources. */
  constructor(base, info, { seek, goTo }) {
    [this.#base, this.#seek, this.#goTo] = [base, seek, goTo];
    const root = `${info.root}/`;
    this.#sources = new Map(
      info.sources.map(({ path, number: n }) => [path.startsWith(root) ? path.slice(root.length) : path, n]),
    );
    this.#panel.onkeydown = (event) => {
      if (event.key === "Escape") this.close();
    };
  }

  /** Which writes made a value, in a frame at a step. */
  why(expression, at) {
    return this.#show(`Why ${expression}`, "why", { expression, ...at }, ({ writes }) =>
      writes.length
        ? this.#list(writes.map((write) => this.#version(write)))
        : this.#nothing("No write to it is known before this step."),
    );
  }

  /** Where a value came from. */
  origin(expression, at) {
    return this.#show(`Origin of ${expression}`, "origin", { expression, ...at }, ({ hops, end }) => [
      this.#list(
        hops.map(({ how, spot, text, value }) => [h("b", {}, how), ` ${text} = ${value}  `, this.#spot(spot)]),
      ),
      h("p", {}, end),
    ]);
  }

  /** Why a line did not run; `at` is the call that is meant, else all calls are. */
  whyNot(source, line, at) {
    return this.#show(`Why not line ${line}`, "whynot", { source, line, ...at }, ({ headline, didNotRun, reasons }) => [
      h("p", {}, h("b", {}, headline)),
      this.#list(reasons.map((reason) => this.#reason(reason))),
      didNotRun && !reasons.length ? h("p", {}, "The recording does not tell why.") : null,
    ]);
  }

  /** Why the run failed. */
  explain() {
    return this.#show("Why it failed", "explain", {}, ({ failure, tree, isCut, slice, passing }) => [
      h(
        "p",
        {},
        h(
          "b",
          {},
          failure.type
            ? [failure.type, failure.message && ": ", failure.message.split("\n")[0]].join("")
            : "What happened",
        ),
        "  ",
        this.#spot(failure.spot),
      ),
      h("ul", { className: "tree" }, this.#branch(tree)),
      h(
        "p",
        { className: "dim" },
        `Numbers are ranks: 1 is the most telling line. It depends on ${number(slice.length)} ${slice.length === 1 ? "line" : "lines"}${isCut ? ", and maybe more" : ""}.`,
      ),
      passing ? this.#passing(passing) : null,
    ]);
  }

  /** The passing run with which a failure was compared, and the first difference. */
  #passing({ id, started, difference, isCut }) {
    const cut = isCut ? ", as far as they were compared" : "";
    const first = difference
      ? [`First difference${cut}: ${difference.why}  `, this.#spot(difference.spot), ". "]
      : [`No line that this depends on is known to differ${cut}. `];
    return h("p", { className: "dim" }, ...first, `Compared with the passing run ${id} of ${started}.`);
  }

  /** An object as a table. */
  table(expression, object, step) {
    const what = `table/${object}`;
    return this.#show(`${expression} as a table`, what, { step }, (answer) =>
      answer
        ? table(answer, (row, column) => this.#ask(what, { step, row, column }))
        : this.#nothing("Its items are not alike, so it is no table."),
    );
  }

  /** The names under which an object can be reached. */
  names(expression, object, step) {
    return this.#show(`Names of ${expression}`, `names/${object}`, { step }, (names) =>
      names.length
        ? this.#list(
            names.map(({ expression: name, function: of, frame }) => [
              h("b", { className: "code" }, name),
              h("span", { className: "dim" }, frame === null ? "  global" : `  in ${of}`),
            ]),
          )
        : this.#nothing("No variable of the stack leads to it."),
    );
  }

  /** The values at each hit of a line. */
  trace(source, line, title = `Hits of line ${line}`, asks = false) {
    const given = { text: "", where: "" };
    const asked = () => ({ source, line, most: PAGE, ...given });
    return this.#show(title, "trace", asked(), (answer) => {
      const rows = h("div", { className: "hits" });
      const more = h("button", { className: "quiet" }, "more…");
      const failures = h("div", { className: "warning" });
      let known = 0;
      const add = ({ hits, next, failures: failed }) => {
        known += hits.length;
        rows.append(...hits.map((hit) => this.#hit(hit)));
        if (!known) rows.replaceChildren(this.#nothing(given.where ? "It held at no hit." : "This line did not run."));
        failures.replaceChildren(...failed.map((text) => h("div", {}, text)));
        more.hidden = next === null;
        more.onclick = () =>
          void this.#ask("trace", { ...asked(), after: next }).then(add, (error) => this.#wrong(failures, error));
      };
      const field = (name, label, value) =>
        h("label", {}, label, h("input", { name, value, autocomplete: "off", spellcheck: false }));
      const form = h(
        "form",
        { className: "traced" },
        field("text", "Show", answer.text),
        field("where", "where", ""),
        h("button", { className: "main" }, "Trace"),
      );
      form.onsubmit = (event) => {
        event.preventDefault();
        for (const name of ["text", "where"]) given[name] = form.elements[name].value;
        void this.#ask("trace", asked()).then(
          (found) => {
            known = 0;
            rows.replaceChildren();
            add(found);
          },
          (error) => this.#wrong(failures, error),
        );
      };
      add(answer);
      if (asks) setTimeout(() => /** @type {Record<string, any>} */ (form.elements).text.select());
      return [form, failures, rows, more];
    });
  }

  close() {
    this.#turn++;
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    this.#before?.focus?.();
  }

  #ask(what, given) {
    return busy(what === "whynot" ? "why not" : what.split("/")[0], (signal) =>
      ask(`${this.#base}/${what}?${parameters(given)}`, { signal }),
    );
  }

  #wrong(place, error) {
    place.replaceChildren(h("p", { className: "wrong" }, error.message));
  }

  /** Asks, and shows what `draw` makes of the answer. */
  async #show(title, what, given, draw) {
    const mine = ++this.#turn;
    this.#before = document.activeElement;
    const inside = h("div", { className: "inside" }, h("p", { className: "nothing" }, "…"));
    const close = h(
      "button",
      { className: "quiet", title: "Close (Esc)", "aria-label": "Close", onclick: () => this.close() },
      "×",
    );
    const asked = given.step
      ? h(
          "button",
          { className: "way", title: "To where it was asked", onclick: () => this.#seek(given.step) },
          `asked at step ${number(given.step)}`,
        )
      : null;
    this.#panel.replaceChildren(h("header", {}, h("h2", {}, title), asked, close), inside);
    this.#panel.hidden = false;
    this.#panel.focus();
    try {
      const answer = await this.#ask(what, given);
      if (mine === this.#turn) inside.replaceChildren(...[draw(answer)].flat().filter(Boolean));
    } catch (error) {
      if (mine === this.#turn) this.#wrong(inside, error);
    }
  }

  #nothing(text) {
    return h("p", { className: "nothing" }, text);
  }

  #list(rows) {
    return h(
      "ul",
      {},
      rows.map((row) => h("li", {}, row)),
    );
  }

  /** A place in the run, as a link that goes there. */
  #spot({ step, file, line, function: name, by }) {
    return h(
      "button",
      { className: "way", "data-step": step, title: `Go to step ${number(step)}`, onclick: () => this.#seek(step) },
      `${cellOr(file)}:${line} in ${name}, step ${number(step)}${by ? `, ${by}` : ""}`,
    );
  }

  /** A place in the source without a step: `FILE:LINE`. */
  #place(text) {
    const [, file, line] = /^(.*):(\d+)/.exec(text) ?? [];
    const source = this.#sources.get(file);
    if (source === undefined) return text;
    return h(
      "button",
      { className: "way", title: "Show this line", onclick: () => this.#goTo(source, Number(line)) },
      text,
    );
  }

  #version({ at, seen, value, changed, since, through, isEqual, isUnsure }) {
    const shown = `${value ?? "deleted"}${isUnsure ? "?" : ""}`;
    const about = [
      isEqual && "an equal value",
      since !== null && `some time in steps ${number(since)} to ${number(seen)}`,
      through && `through ${through}, which changed in the same way`,
    ].filter(Boolean);
    return [
      changed.length ? `${changed.join(", ")} → ${shown}  ` : `wrote ${shown}  `,
      this.#spot(at),
      about.length ? h("span", { className: "dim" }, `  (${about.join("; ")})`) : null,
    ];
  }

  #reason({ at, place, said, times, values, because }) {
    const known = ({ text, value, from = [] }) =>
      h(
        "li",
        {},
        `${text} = ${value}`,
        from.map(({ how, text: name, at: spot }, n) => [
          n ? `; from ${how} at ` : `, ${name} ${how} at `,
          this.#spot(spot),
        ]),
      );
    return [
      at ? this.#spot(at) : place && this.#place(place),
      said,
      times ? h("span", { className: "dim" }, ` (the last of ${number(times)} times)`) : null,
      values.length ? h("ul", {}, values.map(known)) : null,
      because.length
        ? h(
            "ul",
            {},
            because.map((one) => h("li", {}, "because ", this.#reason(one))),
          )
        : null,
    ];
  }

  #branch({ spot, why, code, rank, from }) {
    const row = h(
      "li",
      {},
      h("b", { className: "rank" }, rank === null ? "" : String(rank)),
      why,
      "  ",
      this.#spot(spot),
      code ? h("code", {}, code) : null,
    );
    // One cause stands below its effect, at the same depth.
    if (from.length === 1) return [row, this.#branch(from[0])].flat();
    if (from.length)
      row.append(
        h(
          "ul",
          {},
          from.flatMap((one) => this.#branch(one)),
        ),
      );
    return [row];
  }

  #hit({ step, text, function: name }) {
    return h(
      "button",
      {
        className: "row",
        "data-step": step,
        title: `Go to step ${number(step)}, in ${name}`,
        onclick: () => this.#seek(step),
      },
      h("span", { className: "dim" }, number(step)),
      h("span", { className: "code" }, text || name),
    );
  }
}
