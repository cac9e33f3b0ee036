// The values that a variable or an expression had: a curve if they are numbers, and a list.
import { counted, number } from "./amounts.js";
import { find, h } from "./dom.js";
import { curve } from "./drawing.js";
import { trying } from "./said.js";

/** Values of a history that are read at a time. */
const VERSIONS = 200;

/**
 * Shows the values that an expression had. `request` asks for writes, `seek` goes to a step, and `mark` shows writes along
 * the run.
 * @param {string} expression
 * @param {{ request: (given: object) => Promise<any>, seek: (step: number) => any, run: any, mark: (writes: any[]) => void }} of
 */
export async function showValues(expression, { request, seek, run, mark }) {
  const ask = (given) => request({ count: VERSIONS, ...given });
  const first = await ask({ later: true });
  let all = [...first.writes.toReversed(), ...first.later];
  const ends = { earlier: first.writes.length === VERSIONS, later: first.later.length === VERSIONS };
  const place = find("history");
  place.hidden = false;
  const close = h(
    "button",
    {
      className: "quiet",
      title: "Close",
      onclick: () => {
        place.hidden = true;
        mark([]);
      },
    },
    "×",
  );
  const about = ({ equal, by }) =>
    [equal && "equal", by]
      .filter(Boolean)
      .map((word) => `${word} · `)
      .join("");
  const row = ({ step, line, value, between, equal, by }) =>
    h(
      "button",
      { className: "row", "data-step": step, title: `line ${line}, step ${number(step)}`, onclick: () => seek(step) },
      h("span", {}, value),
      h(
        "span",
        { className: "right dim" },
        about({ equal, by }) +
          (between ? `between ${between.map(number).join(" and ")}` : `line ${line} · ${number(step)}`),
      ),
    );
  const more = (text, work) => h("button", { className: "quiet more", onclick: () => void work() }, text);
  const earlier = trying(async () => {
    const { writes } = await ask({ before: all[0].seen });
    ends.earlier = writes.length === VERSIONS;
    all = [...writes.toReversed(), ...all];
    draw();
  });
  const later = trying(async () => {
    const found = await ask({ before: all.at(-1).seen + 1, later: true });
    ends.later = found.later.length === VERSIONS;
    all = [...all, ...found.later];
    draw();
  });
  function draw() {
    // More writes than these are known to exist, so this is no count of all.
    const which = ends.earlier || ends.later ? `${number(all.length)} of more writes` : counted(all.length, "write");
    place.replaceChildren(
      ...[
        h("h2", {}, `${expression}: ${which}`, close),
        curve(run, all, seek, ends)?.drawn,
        ends.earlier && more("earlier writes…", earlier),
        ...all.map(row),
        ends.later && more("later writes…", later),
      ].filter(Boolean),
    );
    mark(all);
  }
  draw();
  place.scrollIntoView({ block: "nearest" });
}
