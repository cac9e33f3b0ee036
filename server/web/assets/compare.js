// Two runs side by side: at the point where they part, and from there step by step.
import { ask } from "./ask.js";
import { counted, number } from "./amounts.js";
import { busy } from "./busy.js";
import { Differences, side } from "./differences.js";
import { find, h, mood, short } from "./dom.js";
import { showKeys } from "./keys.js";
import { Sides } from "./sides.js";
import { plain } from "./texts.js";
import { wayButtons } from "./ways.js";

/** Ways to travel: icon, title, key, what the server is asked for. The first half goes back. */
const WAYS = [
  ["end", "To the start", "Home", "start"],
  ["continue", "To the difference before", "C", "differenceBefore"],
  ["out", "Step back out: to the call", "F", "backOut"],
  ["into", "Step back into", "S", "backIn"],
  ["over", "Step back", "N", "backOver"],
  ["over", "Step over: the next line", "n", "over"],
  ["into", "Step into", "s", "in"],
  ["out", "Step out", "f", "out"],
  ["continue", "To the next difference", "c", "differenceAfter"],
  ["end", "To the end", "End", "end"],
];
/** Keys besides those of the buttons. */
const OTHERS = [
  ["p", "To the point where the runs part"],
  ["?", "This list"],
];
/** Ways that go far: the browser's button leads back. */
const FAR = ["start", "end"];

const ids = location.pathname.split("/").slice(2, 4);
const base = `/api/compare/${ids[0]}/${ids[1]}`;
/** The steps of both runs that are shown, and those to look at first. */
let [steps, first] = [null, null];
/** @type {[Sides?, Differences?]} */
let [sides, differences] = [];
/** The number of the latest question: answers to earlier ones are not shown. */
let turn = 0;
/** Whether an answer is awaited. */
let isUnderway = false;

function say(text, wrong = false) {
  find("where").textContent = plain(text);
  find("where").classList.toggle("wrong", wrong);
}

/** The steps that the address names; `null` if it names none. */
function wanted() {
  const given = new URLSearchParams(location.hash.slice(1));
  const found = ["left", "right"].map((name) => Number(given.get(name)));
  return found.every((step) => Number.isInteger(step) && step > 0) ? found : null;
}

/** Names the place in the address. A jump is an entry of the browser's history; a step is not. */
function named(isJump) {
  const address = `#${new URLSearchParams({ left: steps[0], right: steps[1] })}`;
  if (address === location.hash) return;
  if (isJump) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** Shows what the server answers to a question about a place. */
async function show(path, isJump, made = null) {
  const mine = ++turn;
  isUnderway = true;
  try {
    const place = await busy("reading both runs", (signal) => ask(`${base}/${path}`, { signal }));
    if (mine !== turn) return;
    const before = steps;
    steps = place.sides.map(({ step }) => step);
    find("place").hidden = false;
    await sides.show(place, made);
    if (mine !== turn) return;
    const isSame = before && steps.every((step, n) => step === before[n]);
    const end = isSame && path.startsWith("step") ? "This is as far as it goes. " : "";
    say(end + told(place));
    named(isJump && before !== null);
    differences.mark(steps);
  } catch (error) {
    if (mine === turn) {
      find("place").hidden = false;
      say(error.message, true);
    }
  } finally {
    if (mine === turn) isUnderway = false;
  }
}

/** The names of the sides. */
const SIDE = ["left", "right"];

/** What a place is, in words. */
function told({ relation, met, sides: both, variables }) {
  if (relation === "unknown") return "The comparison does not know how these two steps correspond.";
  if (relation === "paired") {
    const differing = variables.filter(({ differs }) => differs).length;
    return `Both runs are at the same place. ${differing ? `${counted(differing, "variable")} differ${differing === 1 ? "s" : ""}.` : "No variable differs."}`;
  }
  const waiting = SIDE.filter((_, n) => both[n].waits);
  const ended = SIDE.filter((_, n) => both[n].ended);
  return [
    "Here the runs are apart: each side goes on by its own steps.",
    met ? `They meet again at steps ${number(met[0])} and ${number(met[1])}.` : "They do not meet again.",
    ...waiting.map((name) => `The ${name} run waits there.`),
    ...ended.map((name) => `The ${name} run has ended.`),
  ].join(" ");
}

/** Goes to a step of each run. `made` has the lines that made the values, if they are known. */
const goTo = ([left, right], isJump = true, made = null) =>
  show(`place?${new URLSearchParams({ left, right })}`, isJump, made);

/** Goes to a difference of the list. */
function goToDifference(isForward) {
  const found = steps && differences.next(steps, isForward);
  if (found) return goTo(found.steps, true, found.made);
  return say(`There is no difference ${isForward ? "after" : "before"} this.`);
}

function travel(/** @type {string[]} */ [, , , way]) {
  if (!steps) return undefined;
  if (way === "differenceAfter" || way === "differenceBefore") return goToDifference(way === "differenceAfter");
  const [left, right] = steps;
  return show(`step?${new URLSearchParams({ left, right, way })}`, FAR.includes(way));
}

const part = () => first && goTo(first, true, differences.made(first));
const listKeys = () =>
  showKeys(
    WAYS.map(([, title, key]) => [key, title]),
    OTHERS,
  );

function keys() {
  find("keys").onclick = listKeys;
  find("part").onclick = part;
  document.addEventListener("keydown", (/** @type {KeyboardEvent & { target: HTMLElement }} */ event) => {
    if (event.target.closest("input, dialog, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS.find(([, , key]) => key === event.key);
    if (!way && event.key !== "p" && event.key !== "?") return;
    event.preventDefault();
    // A key that is held down waits for the answer.
    if (event.repeat && isUnderway) return;
    if (way) travel(way);
    else if (event.key === "p") part();
    else listKeys();
  });
}

function head(runs, results) {
  document.title = plain(`connie: ${runs[0].program}, two runs`);
  find("runs").replaceChildren(
    ...runs.map((run, n) =>
      side(
        n,
        h("a", { href: `/run/${ids[n]}` }, short(run.program, run.root)),
        h("span", { className: `badge ${mood(run.result)}` }, results[n]),
        h("span", { className: "dim" }, `${new Date(run.started).toLocaleString()} · ${counted(run.steps, "step")}`),
      ),
    ),
  );
}

find("travel").append(...wayButtons(WAYS, travel));
keys();
addEventListener("popstate", () => {
  const there = wanted() ?? first;
  if (there) void goTo(there, false);
});
try {
  const answer = await busy("comparing", (signal) => ask(base, { signal }));
  const roots = answer.runs.map(({ root }) => root);
  head(answer.runs, answer.found.results);
  const goFromList = (there, made) => {
    // The list is below the place that it leads to.
    scrollTo({ top: 0 });
    return goTo(there, true, made);
  };
  differences = new Differences(find("found"), base, { ids, roots, goTo: goFromList });
  differences.show(answer);
  sides = new Sides(find("halves"), find("worths"), base, { ids, roots });
  first = answer.first;
  find("part").disabled = !first;
  const there = wanted() ?? first;
  if (there) await goTo(there, false, differences.made(there));
} catch (error) {
  find("found").replaceChildren(h("p", { className: "nothing" }, error.message));
}
