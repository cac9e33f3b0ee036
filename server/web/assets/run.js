// A recording: where the view stands, what is known there, and how to travel from there.
import { ask } from "./ask.js";
import { Answers } from "./answers.js";
import { Aside, openSearch } from "./aside.js";
import { Breakpoints } from "./breakpoints.js";
import { busy } from "./busy.js";
import { nameCells } from "./cells.js";
import { Code } from "./code.js";
import { Console } from "./console.js";
import { Dap } from "./dap.js";
import { number } from "./amounts.js";
import { find, h, mood, short } from "./dom.js";
import { Flame } from "./flame.js";
import { showHead } from "./head.js";
import { showValues } from "./history.js";
import { hovers } from "./hover.js";
import { showKeys } from "./keys.js";
import { menu } from "./menu.js";
import { panes } from "./panes.js";
import { Pins } from "./pins.js";
import { Places } from "./places.js";
import { say, trying } from "./said.js";
import { Stack } from "./stack.js";
import { Story } from "./story.js";
import { plain } from "./texts.js";
import { Timeline } from "./timeline.js";
import { CallTree } from "./tree.js";
import { Values } from "./values.js";
import { wayButtons } from "./ways.js";

/** The interval at which a run in progress is read again, in milliseconds. */
const GROWTH = 700;

/** Ways to travel (see ways.js): icon, title, key, request. Capital letters go back, with the mirrored icon. */
const WAYS = [
  ["end", "To the start", "Home", "evaluate", ":start"],
  ["continue", "Continue backward: to the breakpoint or exception before", "C", "reverseContinue"],
  ["out", "Step back out: to the call", "F", "connie/stepBackOut"],
  ["into", "Step back into", "S", "connie/stepBackInto"],
  ["over", "Step back", "N", "stepBack"],
  ["over", "Step over: the next line", "n", "next"],
  ["into", "Step into", "s", "stepIn"],
  ["out", "Step out", "f", "stepOut"],
  ["continue", "Continue: to the next breakpoint or exception", "c", "continue"],
  ["end", "To the end", "End", "evaluate", ":end"],
];

const id = location.pathname.split("/")[2];
const base = `/api/run/${id}`;
let [info, dap] = [null, null];
/** Where the view stands: thread, frames, the frame that is looked at, step. */
const view = { thread: 1, shown: null, frames: [], frame: null, step: 0, function: null };
let run = null;
/**
 * @type {[Code?, Values?, Timeline?, Flame?, Aside?, Console?, Breakpoints?, Answers?, Places?, Stack?, Story?,
 *   ReturnType<typeof panes>?]}
 */
let [code, values, timeline, flame, aside, words, breakpoints, answers, places, stack, story, pane] = [];
let turn = 0;

/** Requests that go far; the others are steps. */
const FAR = ["continue", "reverseContinue", "evaluate"];

const travel = trying(async ([, , , request, expression]) => {
  awaited = null;
  if (FAR.includes(request)) places.jump();
  const threadId = view.shown ?? view.thread;
  const given = expression ? { expression, context: "repl" } : { threadId };
  await busy("travelling", (signal) => dap.request(request, given, signal));
});

/** Goes to a step, as a jump: the browser's button leads back. */
const seek = trying((step) => {
  awaited = null;
  places.jump();
  return dap && busy("travelling", (signal) => dap.request("connie/seek", { step }, signal));
});

/** Shows what the adapter knows about the current stop. Skips a stop if another follows. */
async function arrived(stop) {
  const mine = ++turn;
  const isLatest = () => mine === turn;
  try {
    await show(stop, isLatest);
  } catch (error) {
    if (isLatest()) say(error.message, true);
  }
}

async function show({ threadId, reason, text, description }, isLatest) {
  [view.thread, view.shown] = [threadId ?? view.thread, null];
  const [{ stackFrames }, told] = await Promise.all([dap.request("stackTrace", { threadId: view.thread }), glance()]);
  if (!isLatest()) return;
  view.step = told.step;
  say(
    text ??
      (["step", "goto", "entry", "breakpoint", "pause", "restart"].includes(reason) ? "" : (description ?? reason)),
  );
  document.title = plain(`${short(info.program, info.root)}: step ${number(view.step)}`);
  if (reason === "goto" && !awaited) places.jump();
  find("step").value = number(view.step);
  view.frames = stackFrames;
  const exception =
    reason === "exception" ? await dap.request("exceptionInfo", { threadId: view.thread }).catch(() => null) : null;
  if (!isLatest()) return;
  showException(exception);
  find("hover").hidden = true;
  const frame = awaited?.step === view.step ? awaited.frame : 0;
  // The stop of an earlier move may come in between.
  if (!isFirst && awaited?.step === view.step) awaited = null;
  await Promise.all([showThreads(), look(view.frames[frame] ? frame : 0)]);
}

/** The summary of the run: where the view stands, and marks along the run. */
async function glance() {
  run = await dap.request("connie/timeline", { marks: true });
  timeline.show(run);
  flame.show(run);
  story.show(run);
  aside.update(run);
  find("steps").textContent = `of ${number(run.steps)}`;
  return run;
}

function showException(exception) {
  const place = find("exception");
  place.hidden = !exception;
  if (!exception) return;
  place.replaceChildren(
    h("h2", { className: "named" }, `${exception.exceptionId}: ${exception.description ?? ""}`),
    h("details", {}, h("summary", {}, "traceback"), h("pre", {}, exception.details?.stackTrace ?? "")),
    h("button", { className: "way", onclick: () => answers.explain() }, "Explain"),
  );
}

async function showThreads() {
  const { threads } = await dap.request("threads");
  const chosen = find("thread");
  chosen.hidden = threads.length < 2;
  const wanted = threads.map(({ id: n, name }) => h("option", { value: n }, name));
  chosen.replaceChildren(...wanted);
  chosen.value = view.shown ?? view.thread;
}

/** Names the place of the view in the address. */
function named() {
  if (!view.step || awaited) return;
  const told = pane.story.isOpen ? story.filters : null;
  places.name({ step: view.step, frame: view.frames.indexOf(view.frame), tab: aside.tab, story: told });
}

/** Another tab is open: what its search has stands out among the calls. */
function opened() {
  named();
  flame.seek(find("search")?.value ?? "");
}

/** Selects a frame of the stack. */
async function look(n) {
  const frame = view.frames[n];
  stack.show(view.frames, n);
  view.frame = frame ?? null;
  named();
  if (!frame) {
    values.clear();
    return;
  }
  const anew = view.function !== frame.id;
  view.function = frame.id;
  const seen = [showVariables(frame, n, anew)];
  if (frame.source?.adapterData !== undefined)
    seen.push(goTo(frame.source.adapterData, frame.line, n === 0 ? "here" : "caller"));
  await Promise.all(seen);
}

/** Shows the variables of a frame; those that changed at the step come first. */
async function showVariables(frame, looked, anew) {
  const { frames, step } = view;
  const told = looked ? null : await ask(`${base}/changed?step=${step}`).catch(() => null);
  if (view.frame !== frame || view.step !== step) return;
  const changed = new Map(told?.frame === frame.id ? told.variables : []);
  await values.show(frame.id, anew, { frames, looked, changed });
}

/** Shows a line of a source, and marks it as the place of the moment or as a search result. */
async function goTo(source, line, kind = "sought") {
  await code.show(source);
  code.breakpoints(breakpoints.of(code.source.path));
  if (line) code.mark(line, kind);
  const at = view.frame;
  if (kind === "sought" && at && at.source?.adapterData === source && at.line !== line) code.mark(line, kind);
  const step = view.step;
  const told = await busy("values beside the code", (signal) =>
    ask(`${base}/beside/${source}?step=${step}`, { signal }),
  );
  if (code.source?.number === source && view.step === step) code.beside(told);
}

/** Sets or removes a breakpoint; `conditional` asks when it stops. */
const breakAt = trying(async (line, conditional) => {
  const { path } = code.source;
  if (conditional) await breakpoints.edit(path, line);
  else await breakpoints.toggle(path, line);
  code.breakpoints(breakpoints.of(path));
  await glance();
});

/** A line that never ran has no hits to stop at: a click asks why. */
function gutter(line, event) {
  const { path } = code.source;
  if (code.isNever(line) && !event.shiftKey && !breakpoints.at(path, line)) return whyNot(line);
  return breakAt(line, event.shiftKey);
}

/** The moment, for questions about values and calls. */
const moment = () => ({ step: view.step, frame: view.frame?.id });

/** Why a line did not run: in the call that is looked at, if it is of its function; otherwise in any. */
function whyNot(line) {
  const here = view.frame;
  const isOwn =
    here?.source?.adapterData === code.source.number &&
    code.around(line) &&
    code.around(line) === code.around(here.line);
  return answers.whyNot(code.source.number, line, isOwn && !code.isNever(line) ? moment() : {});
}

function lineMenu(line, place) {
  const { number: source, path } = code.source;
  const known = breakpoints.at(path, line);
  const items = [
    ["Why not?", () => whyNot(line)],
    ["Hits", () => answers.trace(source, line)],
    ["Trace…", () => answers.trace(source, line, `Trace of line ${line}`, true)],
    [known ? "Remove the breakpoint" : "Set a breakpoint", () => breakAt(line, false)],
    ["Breakpoint with a condition…", () => breakAt(line, true)],
  ];
  menu(`Line ${line}`, code.isNever(line) ? items.toSpliced(1, 2) : items, place, find("code"));
}

const written = trying(async (expression, frameId) => {
  const write = await busy("looking for the write", (signal) =>
    dap.request("connie/lastWrite", { expression, frameId }, signal),
  );
  if (!write?.step) return say(`nothing that was recorded wrote ${expression}`);
  if (write.between)
    say(`${expression} was written by code that was not recorded, between steps ${write.between.join(" and ")}`);
  return seek(write.step);
});

const showHistory = trying((expression, frameId) => {
  const request = (given) =>
    busy("history", (signal) => dap.request("connie/history", { expression, frameId, ...given }, signal));
  return showValues(expression, { request, seek, run, mark: (writes) => timeline.mark(writes) });
});

/** Opens the story and looks at it, or folds it. */
function tell() {
  pane.story.fold();
  if (pane.story.isOpen) /** @type {HTMLElement} */ (find("story").querySelector(".scroll")).focus();
}

const listKeys = () => showKeys(WAYS.map(([, title, key]) => [key, title]));

function keys() {
  find("left").addEventListener(
    "input",
    (/** @type {InputEvent & { target: HTMLInputElement }} */ { target }) =>
      target.id === "search" && flame.seek(target.value),
  );
  find("keys").onclick = listKeys;
  find("tell").onclick = tell;
  document.addEventListener("keydown", (/** @type {KeyboardEvent & { target: HTMLElement }} */ event) => {
    if (event.target.closest("input, dialog, select, [role=slider]") || event.ctrlKey || event.metaKey || event.altKey)
      return;
    const way = WAYS.find(([, , key]) => key === event.key);
    if (way) travel(way);
    else if (event.key === "/") openSearch();
    else if (event.key === "g") find("step").select();
    else if (event.key === ":") words.focus();
    else if (event.key === "y") tell();
    else if (event.key === "v") values.focus();
    else if (event.key === "?") listKeys();
    else return;
    if (event.key !== ":") event.preventDefault();
  });
}

/** Reads a run in progress again and again. */
const growing = trying(async () => {
  if (run?.result !== "recording") return;
  await glance();
  setTimeout(growing, GROWTH);
  if (run.result === "recording") return;
  info = await ask(base);
  head();
  aside.renew(info);
  code.forget();
});

function head() {
  nameCells(info);
  showHead(info);
  find("explain").hidden = mood(info.result) !== "bad";
}

/** Connects, and goes where the address says. */
async function begin() {
  dap = await Dap.connect(`${base}/debug`);
  const request = (command, args) => dap.request(command, args);
  const value = (ask) => (expression, frame) => ask(expression, { step: view.step, frame });
  const questions = {
    written,
    why: value((...asked) => answers.why(...asked)),
    history: showHistory,
    origin: value((...asked) => answers.origin(...asked)),
    table: (expression, frame, object) => answers.table(expression, object, view.step),
    names: (expression, frame, object) => answers.names(expression, object, view.step),
  };
  values = new Values(find("variables"), request, questions, new Pins(info.program));
  code = new Code(find("code"), find("path"), base, { onGutter: gutter, onSeek: seek, onMenu: lineMenu });
  places = new Places((wanted) => goBack(wanted));
  stack = new Stack(find("stack"), trying(look));
  answers = new Answers(base, info, { seek, goTo: trying(goTo) });
  find("explain").onclick = () => answers.explain();
  timeline = new Timeline(seek);
  const calls = {
    chart: (asked) => ask(`${base}/flame?${new URLSearchParams(asked)}`),
    call: (first, last) => ask(`${base}/call?first=${first}&last=${last}`),
  };
  flame = new Flame(calls, seek);
  story = new Story(base, { code, seek, changed: named });
  const tree = new CallTree(
    {
      branch: (given) => ask(`${base}/tree?${new URLSearchParams(given)}`),
      values: (spans) => ask(`${base}/calls?of=${spans.join()}`),
    },
    seek,
  );
  aside = new Aside(base, info, { goTo: trying(goTo), seek, opened: () => opened(), tree });
  breakpoints = new Breakpoints(info.program, request);
  words = new Console(
    (expression) =>
      busy("evaluating", (signal) =>
        dap.request("evaluate", { expression, frameId: view.frame?.id, context: "repl" }, signal),
      ),
    seek,
  );
  const initialized = new Promise((done) => dap.on("initialized", done));
  dap.on("output", ({ output, category }) => words.write(output, category));
  dap.on("gone", () => say("the viewer is gone: start connie view again", true));
  await dap.request("initialize", {
    clientID: "connie-view",
    adapterID: "connie",
    linesStartAt1: true,
    columnsStartAt1: true,
    pathFormat: "path",
  });
  await dap.request("attach");
  await initialized;
  await breakpoints.restore();
  await dap.request("setExceptionBreakpoints", { filters: ["uncaught"] });
  const wanted = places.wanted();
  // The address is as it was until the view has arrived there.
  awaited = wanted.step ? wanted : null;
  const first = new Promise((done) => dap.on("stopped", done));
  dap.on("terminated", () => run ?? say("No line of the project ran: there is nothing to stand at.", true));
  await dap.request("configurationDone");
  // A recording that is still being made may not have any step yet.
  const newest = () => dap.request("pause").catch(() => setTimeout(newest, GROWTH));
  if (info.result === "recording") newest();
  const stop = await first;
  dap.on("stopped", arrived);
  isFirst = true;
  await arrived(stop);
  isFirst = false;
  growing();
  if (wanted.step || wanted.tab || wanted.story !== null) await goBack(wanted);
}

/** Whether the view has not arrived anywhere before. */
let isFirst = false;
/** The place of an address that the view is on its way to. */
let awaited = null;

/** Goes where an address says; that is no jump. */
const goBack = trying(async ({ step, frame, tab, story: told }) => {
  awaited = { step, frame };
  if (told !== null) {
    story.filters = told;
    if (!pane.story.isOpen) pane.story.fold();
  }
  if (tab !== aside.tab) aside.open(tab ?? "Files");
  try {
    if (step && step !== view.step) return await dap.request("connie/seek", { step });
  } catch (error) {
    awaited = null;
    throw error;
  }
  awaited = null;
  return look(view.frames[frame] ? frame : 0);
});

find("travel").append(...wayButtons(WAYS, travel));
find("seek").onsubmit = (event) => {
  event.preventDefault();
  seek(Number(find("step").value.replace(/\D/g, "")));
  find("step").blur();
};
find("step").onfocus = (/** @type {FocusEvent & { target: HTMLInputElement }} */ { target }) => target.select();
find("thread").onchange = trying(async ({ target }) => {
  view.shown = Number(target.value);
  view.frames = (await dap.request("stackTrace", { threadId: view.shown })).stackFrames;
  await look(0);
});
hovers({
  place: () => code,
  frame: () => view.frame,
  evaluate: (expression, frameId) => dap.request("evaluate", { expression, frameId, context: "hover" }),
});
keys();
pane = panes({
  story: (isOpen) => {
    find("tell").setAttribute("aria-expanded", isOpen);
    if (!aside) return;
    named();
    // The source has another height: what it marks stays in sight.
    const at = view.frame;
    if (at && at.source?.adapterData === code.source?.number) code.reveal(at.line);
  },
});
try {
  info = await ask(base);
  head();
  await begin();
} catch (error) {
  say(error.message, true);
}
