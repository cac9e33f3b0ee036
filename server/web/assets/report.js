// A report: a run on pages that need no server. It has the viewer's panes; what the server tells there comes from scripts
// beside the page.
import { duration, number } from "./amounts.js";
import { Aside } from "./aside.js";
import { ask } from "./ask.js";
import { busy } from "./busy.js";
import { Code } from "./code.js";
import { find, h, short } from "./dom.js";
import { Flame } from "./flame.js";
import { showHead } from "./head.js";
import { panes } from "./panes.js";
import { Pins } from "./pins.js";
import { Places } from "./places.js";
import { chunkOf, report, stepsOf } from "./report_ask.js";
import { arrival, momentAt } from "./report_steps.js";
import { partsOf } from "./report_values.js";
import { say, trying } from "./said.js";
import { Stack } from "./stack.js";
import { Story } from "./story.js";
import { plain } from "./texts.js";
import { Timeline } from "./timeline.js";
import { CallTree } from "./tree.js";
import { Values } from "./values.js";
import { wayButtons } from "./ways.js";

/** Ways to travel (see ways.js): icon, title, key, name, and where it goes. */
const WAYS = [
  ["end", "To the first step", "Home", "start"],
  ["continue", "Back to the exception before", "C", "reverseContinue", "continue"],
  ["out", "Step back out: to the call", "F", "stepBackOut", "out"],
  ["into", "Step back into", "S", "stepBackInto", "into"],
  ["over", "Step back", "N", "stepBack", "over"],
  ["over", "Step over: the next line", "n", "next", "over"],
  ["into", "Step into", "s", "stepIn", "into"],
  ["out", "Step out", "f", "stepOut", "out"],
  ["continue", "To the next exception", "c", "continue", "continue"],
  ["end", "To the last step", "End", "end"],
].map(([icon, title, key, name, way]) => [icon, title, key, way, name]);

const BASE = "report";
let facts = null;
/** Where the view stands: what is known at the step, its frames from the innermost on, and the one that is looked at. */
let moment = null;
let [frames, looked] = [[], 0];
/** @type {[Aside?, Code?, Flame?, Places?, Stack?, Story?, Timeline?, Values?]} */
let [aside, code, flame, places, stack, story, timeline, values] = [];
let turn = 0;

/** Frames of a stack as the debug adapter tells them. */
function framesOf({ stack: told }) {
  return told.toReversed().map(({ frame, code: number, line, values: known }) => {
    const [name, source] = facts.functions[number] ?? ["?", -1];
    const path = facts.sources[source]?.path ?? "?";
    return { id: frame, name, line, source: { name: path.split("/").at(-1), adapterData: source }, known };
  });
}

/** What a step gives, by its event. */
const GIVES = { return: "Returned", yield: "Yielded", raise: "Raised" };

/** References of scopes; those of values that can be opened are greater. */
const [LOCALS, GIVEN, FIRST] = [1, 2, 10];
/** The texts of the values that were shown and can be opened. */
let opened = [];

function variable([name, value], isOwn = false) {
  const variablesReference = partsOf(value) ? FIRST + opened.push(value) - 1 : 0;
  return { name, value, variablesReference, evaluateName: isOwn ? name : undefined };
}

/** What a reference of the variables' pane stands for: names and texts. */
function variablesOf(reference, frame) {
  if (reference >= FIRST) return partsOf(opened[reference - FIRST]) ?? [];
  return reference === GIVEN ? [["value", moment.value]] : [...frame.known];
}

/** Answers the questions of the variables' pane: scopes, and what is in them. */
async function request(command, { frameId, variablesReference: reference, start, expression }) {
  const frame = frames.find(({ id }) => id === frameId) ?? frames[looked];
  if (command === "evaluate") {
    const value = frame.known.get(expression);
    if (value === undefined) throw new Error("no value here");
    const { variablesReference } = variable([expression, value]);
    return { result: value, variablesReference };
  }
  if (command === "scopes") {
    opened = [];
    const gives = looked === 0 && moment.value !== null ? GIVES[moment.event] : undefined;
    const given = gives ? [{ name: gives, variablesReference: GIVEN, expensive: false }] : [];
    return { scopes: [...given, { name: "Locals", variablesReference: LOCALS, expensive: false }] };
  }
  return {
    variables: variablesOf(reference, frame)
      .slice(start, start + 200)
      .map((one) => variable(one, reference === LOCALS)),
  };
}

async function exceptionAt(step) {
  if (!facts.counts.exceptions) return null;
  const { exceptions } = await ask(`${BASE}/exceptions?after=${step - 1}&count=1`);
  return exceptions[0]?.step === step ? exceptions[0] : null;
}

/** The exception of the step, with the lines that it came through. */
async function showException(step, isLatest) {
  const raised = moment.event === "raise" ? await exceptionAt(step) : null;
  if (!isLatest()) return;
  const place = find("exception");
  place.hidden = !raised;
  if (!raised) return;
  const row = ({ function: name, file, source, line }) =>
    h(
      "button",
      { className: "row", title: `${file}:${line}`, onclick: () => void goTo(source, line) },
      h("span", {}, name),
      h("span", { className: "right dim" }, `${file.split("/").at(-1)}:${line}`),
    );
  place.replaceChildren(
    h("h2", { className: "named" }, raised.text),
    h("details", {}, h("summary", {}, "traceback"), raised.traceback.map(row)),
  );
}

/** Shows a line of a source, and marks it as the place of the moment or as what was looked for. */
const goTo = trying(async (source, line, kind = "sought") => {
  await code.show(source);
  if (line) code.mark(line, kind);
  const { step } = moment ?? {};
  const at = frames[looked];
  if (kind === "sought" && at?.source.adapterData === source && at.line !== line) code.mark(line ?? at.line, kind);
  if (!step) return;
  const told = await busy("values beside the code", () => ask(`${BASE}/beside/${source}?step=${step}`));
  if (code.source?.number === source && moment.step === step) code.beside(told);
});

/** Names the place of the view in the address. */
function named() {
  if (!moment) return;
  places.name({ step: moment.step, frame: looked, tab: aside.tab, story: story.filters });
}

/** The frame whose variables are shown. */
let shown = 0;

/** Looks at a frame of the stack. */
const look = trying(async (n) => {
  const before = frames[looked];
  looked = n;
  stack.show(frames, n);
  find("stale").hidden = n === 0;
  named();
  const frame = frames[n];
  if (!frame) return values.clear();
  const anew = shown !== frame.id;
  shown = frame.id;
  const changed = n === 0 ? moment.changed : undefined;
  const seen = [values.show(frame.id, anew, { frames, looked: n, changed })];
  if (frame.source.adapterData >= 0 && facts.sources[frame.source.adapterData]?.known)
    seen.push(goTo(frame.source.adapterData, frame.line, n === 0 ? "here" : "caller"));
  else if (before !== frame) code.mark(0, "here");
  return Promise.all(seen);
});

/** Goes to a step; the nearest one of the report. */
async function stand(wanted, frame = 0) {
  const mine = ++turn;
  const isLatest = () => mine === turn;
  const { chunks } = facts;
  const step = Math.min(Math.max(wanted, chunks[0][0]), chunks.at(-1)[1]);
  const chunk = await busy("travelling", () => stepsOf(chunkOf(chunks, step)));
  if (!isLatest()) return;
  moment = momentAt(chunk, step);
  frames = framesOf(moment);
  say(wanted === step || wanted === Infinity ? "" : `This report begins at step ${number(chunks[0][0])}.`);
  document.title = plain(`${short(facts.program, facts.root)}: step ${number(moment.step)}`);
  find("step").value = number(moment.step);
  const run = { ...facts.marks, steps: facts.steps, step: moment.step, thread: moment.thread, hits: [] };
  timeline.show(run);
  flame.show(run);
  story.show(run);
  aside.update(run);
  await Promise.all([showException(moment.step, isLatest), look(frames[frame] ? frame : 0)]);
}

/** Goes to a step, as a jump: the browser's button leads back. */
const seek = trying((step) => {
  places.jump();
  return stand(step);
});

/** The step of the exception after the moment, or before it; `null` if there is none. */
async function nextException(back) {
  const edge = `${back ? "before" : "after"}=${moment.step}`;
  const { exceptions } = await ask(`${BASE}/exceptions?${edge}&count=1`);
  if (exceptions.length) places.jump();
  return exceptions[0]?.step ?? null;
}

const travel = trying(async ([, title, , way, name]) => {
  if (!moment) return undefined;
  const { chunks } = facts;
  if (!way) {
    places.jump();
    return stand(name === "start" ? chunks[0][0] : chunks.at(-1)[1]);
  }
  const back = /back|reverse/i.test(name);
  const found = await busy("travelling", async (signal) => {
    if (way === "continue") return nextException(back);
    const ahead = back ? -1 : 1;
    for (let at = chunkOf(chunks, moment.step); chunks[at]; at += ahead) {
      signal.throwIfAborted();
      const arrived = arrival(await stepsOf(at), way, moment, back);
      if (arrived !== null) return arrived;
    }
    return null;
  });
  if (found !== null) return stand(found);
  return say(`${title}: there is none in this report.`);
});

function keys() {
  document.addEventListener("keydown", (/** @type {KeyboardEvent & { target: HTMLElement }} */ event) => {
    if (event.target.closest("input, select, [role=slider]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS.find(([, , key]) => key === event.key);
    if (way) void travel(way);
    else if (event.key === "g") find("step").select();
    else if (event.key === "v") values.focus();
    else return;
    event.preventDefault();
  });
}

/** Shows the facts of the run. */
function showFacts() {
  showHead(facts);
  find("steps").textContent = `of ${number(facts.steps)}`;
  const { argv, python, duration: took, raised } = facts;
  const line = [argv.join(" "), python && `Python ${python}`, took !== null && duration(took), raised];
  find("about").firstElementChild.textContent = plain(line.filter(Boolean).join(" · "));
  find("facts").append(...facts.about.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  find("part").hidden = !facts.part;
  find("part").textContent = facts.part ?? "";
}

async function begin() {
  facts = await report();
  showFacts();
  code = new Code(find("code"), find("path"), BASE, { onSeek: seek });
  values = new Values(find("variables"), request, {}, new Pins(facts.program));
  stack = new Stack(find("stack"), look);
  places = new Places(({ step, frame }) => void trying(stand)(step || facts.moment, frame));
  timeline = new Timeline(seek);
  const calls = {
    chart: (asked) => ask(`${BASE}/flame?${new URLSearchParams(asked)}`),
    call: (first, last) => ask(`${BASE}/call?first=${first}&last=${last}`),
  };
  flame = new Flame(calls, seek);
  story = new Story(BASE, { code, seek, changed: named });
  const tree = new CallTree(
    {
      branch: (given) => ask(`${BASE}/tree?${new URLSearchParams(given)}`),
      values: (spans) => ask(`${BASE}/calls?of=${spans.join()}`),
    },
    seek,
  );
  const tabs = ["Files", "Functions", "Calls", "Output", "Exceptions"];
  aside = new Aside(BASE, facts, { goTo, seek, opened: named, tabs, tree });
  keys();
  if (!facts.chunks.length) {
    say("No step was recorded.");
    return;
  }
  const wanted = places.wanted();
  if (wanted.story) story.filters = wanted.story;
  if (wanted.tab) aside.open(wanted.tab);
  await stand(wanted.step || facts.moment, wanted.frame);
}

find("travel").append(...wayButtons(WAYS, travel));
find("seek").onsubmit = (event) => {
  event.preventDefault();
  if (moment) void seek(Number(find("step").value.replace(/\D/g, "")));
  find("step").blur();
};
find("step").onfocus = (/** @type {FocusEvent & { target: HTMLInputElement }} */ { target }) => target.select();
panes({}, { names: ["flame", "left", "right", "story"], sizes: { story: 50 } });
begin().catch((error) => say(error.message, true));
