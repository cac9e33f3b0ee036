// Two runs side by side: where they differ.
import { ask } from "./ask.js";
import { counted, number } from "./amounts.js";
import { busy } from "./busy.js";
import { find, h, mood, short } from "./dom.js";
import { plain } from "./texts.js";

/** Characters of a value that are shown around its first difference. */
const SHOWN = 160;
const SIGNS = ["−", "+"];
const SIDES = ["before", "after"];

const ids = location.pathname.split("/").slice(2, 4);

/** A step of one of the runs: opens there, in a tab that gets this one's token. */
const step = (side, n) =>
  h(
    "a",
    { className: "step", href: `/run/${ids[side]}#step=${n}`, target: "_blank", rel: "opener" },
    `step ${number(n)}`,
  );

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

const side = (n, ...content) => h("div", { className: `side ${SIDES[n]}` }, h("b", {}, SIGNS[n]), ...content);
const code = (text) => h("code", {}, text);
const section = (title, ...content) => h("section", {}, h("h2", {}, title), ...content);

/** The line of code of both runs; two lines if it was edited. */
function lines(how, places, numbers, codes, roots) {
  const names = places.map((place, n) =>
    h("span", { className: "dim" }, `${how}${short(place.file, roots[n])}:${numbers[n]} `),
  );
  if (codes[0] === codes[1]) return [h("div", {}, names[0], code(codes[0]))];
  return codes.map((text, n) => side(n, names[n], code(text)));
}

const often = (times) => (times > 1 ? h("span", { className: "dim" }, ` ${number(times)} times`) : null);
const within = ({ function: name, thread }) => (thread === "MainThread" ? name : `${name} (${thread})`);

function value(one, roots) {
  const name = one.what === "variable" ? one.name + one.path : `${one.what}${one.path ? ` (…)${one.path}` : ""}`;
  const known = one.made_by[0] !== null || one.at[0].event === "call";
  const numbers = one.made_by.map((line, n) => line ?? one.at[n].line);
  const texts = shown(one.texts, "(nothing)");
  return h(
    "article",
    {},
    h(
      "h3",
      {},
      h("span", { className: "name" }, name),
      one.in_doubt ? "?" : "",
      ` in ${within(one.at[0])}`,
      often(one.times),
    ),
    ...lines(known ? "" : "before ", one.at, numbers, one.code, roots),
    ...texts.map((text, n) => side(n, h("span", { className: "worth" }, text), step(n, one.at[n].step))),
  );
}

function next(place, n) {
  if (place === null) return side(n, "ends");
  const said = { line: `${place.line}: ${place.code}`, raise: `${place.line}: ${place.code} raises` }[place.event];
  const leaves = place.event === "return" || place.event === "yield";
  return side(n, said ? code(said) : `${place.event}s ${leaves ? "from " : ""}${place.function}`, step(n, place.step));
}

function way(one, roots) {
  const { after } = one;
  const title = after ? `different ways in ${within(after[0])}` : "different from the start";
  const apart = one.met === null && one.next.every((place) => place !== null);
  return h(
    "article",
    {},
    h("h3", {}, title, often(one.times)),
    ...(after
      ? lines(
          "",
          after,
          after.map(({ line }) => line),
          after.map((place) => place.code),
          roots,
        )
      : []),
    ...one.next.map(next),
    apart ? h("div", { className: "dim" }, "the runs do not meet again") : null,
  );
}

/** Values and places where control flow differs, in order. */
function parting({ values, ways, more }, roots) {
  const first = (one) => (one.after ?? one.next)[0]?.step ?? Infinity;
  const all = [
    ...values.map((one) => [one.at[0].step, 0, value(one, roots)]),
    ...ways.map((one) => [first(one), 1, way(one, roots)]),
  ].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (!all.length) return null;
  return section(
    "where control flow differs",
    ...all.map(([, , shown]) => shown),
    more ? h("p", { className: "nothing" }, "and more") : null,
  );
}

function rest({ files, threads, output, calls, lines: single }) {
  const edited = files.map(({ path, ran }) =>
    ran[0] && ran[1] ? h("div", {}, `${path} was edited`) : side(ran[0] ? 0 : 1, path),
  );
  const alone = threads.flatMap((names, n) => names.map((name) => side(n, `thread ${name}`)));
  return [
    edited.length + alone.length ? section("files and threads", ...edited, ...alone) : null,
    ...output.map((one) =>
      section(
        `${one.stream}, line ${one.line}`,
        ...shown(one.texts, "(no more)").map((text, n) =>
          side(n, code(text), one.steps[n] ? step(n, one.steps[n]) : null),
        ),
      ),
    ),
    calls.length
      ? section(
          "calls",
          ...calls.map((one) =>
            h(
              "div",
              {},
              one.function,
              ` ${number(one.calls[0])} → ${number(one.calls[1])} `,
              h("span", { className: "dim" }, `${one.file}:${one.line[1] ?? one.line[0]}`),
            ),
          ),
        )
      : null,
    single.length
      ? section(
          "lines that ran in one only",
          ...single.map((one) =>
            side(one.ran_in, h("span", { className: "dim" }, `${one.file}:${one.line} `), code(one.code)),
          ),
        )
      : null,
  ];
}

try {
  const { runs, same, found } = await busy("comparing", (signal) =>
    ask(`/api/compare/${ids[0]}/${ids[1]}`, { signal }),
  );
  const roots = runs.map(({ root }) => root);
  document.title = plain(`connie: ${runs[0].program}, two runs`);
  find("runs").replaceChildren(
    ...runs.map((run, n) =>
      side(
        n,
        h("a", { href: `/run/${ids[n]}` }, short(run.program, run.root)),
        h("span", { className: `badge ${mood(run.result)}` }, found.results[n]),
        h("span", { className: "dim" }, `${new Date(run.started).toLocaleString()} · ${counted(run.steps, "step")}`),
      ),
    ),
  );
  const nothing = found.identical ? "Nothing differs." : "Nothing differs, as far as values were looked into.";
  const told = [parting(found, roots), ...rest(found)].filter((one) => one !== null);
  const part = `Nothing differs in the first ${number(found.compared)} steps; the rest was not compared.`;
  find("found").replaceChildren(...(told.length ? told : [h("p", { className: "nothing" }, same ? nothing : part)]));
} catch (error) {
  find("found").replaceChildren(h("p", { className: "nothing" }, error.message));
}
