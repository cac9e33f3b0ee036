// The Timeline: a strip of the run that is clicked or dragged, its calls as a flame chart, a plot of a value, and what was
// printed.
import { counted, number } from "./amounts.js";
import { curve, Strip } from "./drawing.js";
import { Flame } from "./flame.js";
import { lines, plain, withoutColours } from "./texts.js";

const vscode = acquireVsCodeApi();
const element = (tag, parent, className = "") => {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
};
const head = element("div", document.body, "head");
const place = element("div", document.body, "strip");
element("canvas", place);
element("div", place, "cursor");
element("div", place, "tip");
const calls = element("section", document.body);
calls.id = "calls";
calls.setAttribute("aria-label", "Calls");
element("div", calls).id = "flame";
element("div", calls, "tip").hidden = true;
const plot = element("div", document.body, "plot");
const output = element("div", document.body, "output");
place.setAttribute("role", "slider");
place.setAttribute("aria-label", "Step of the run");
place.tabIndex = 0;

let run = null;
let history = null;
let arrived = () => {};

const colour = (name, otherwise) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`).trim() || otherwise;
const colours = () => ({
  track: colour("editorWidget-background", "#8883"),
  passed: colour("progressBar-background", "#08c"),
  alpha: 0.35,
  output: colour("charts-lines", colour("descriptionForeground", "#888")),
  hit: colour("debugIcon-breakpointForeground", "#e51400"),
  caught: colour("charts-yellow", "orange"),
  uncaught: colour("charts-red", "red"),
  write: colour("charts-blue", "#48f"),
});
const seek = (step) =>
  new Promise((done) => {
    arrived = done;
    vscode.postMessage({ seek: step });
  });
const strip = new Strip(place, { seek, colours });
const go = (step) => void strip.go(step);

/** Questions to the debug adapter that wait for their answers, by number. */
const asked = new Map();
let last = 0;
const ask = (request, given) =>
  new Promise((done, failed) => {
    asked.set(++last, { done, failed });
    vscode.postMessage({ ask: last, request, given });
  });
const flame = new Flame(
  {
    chart: (given) => ask("connie/flame", given),
    call: (first, last) => ask("connie/call", { first, last }),
  },
  seek,
);
// A theme changes the classes of the page.
new MutationObserver(() => flame.repaint()).observe(document.body, { attributes: true, attributeFilter: ["class"] });

function answered({ answer, body, error }) {
  const question = asked.get(answer);
  asked.delete(answer);
  if (error === undefined) question?.done(body);
  else question?.failed(new Error(error));
}

function tell() {
  const thread = run.threads.find(({ id }) => id === run.thread);
  const who = run.threads.length > 1 && thread ? ` · ${plain(thread.name)}` : "";
  const state = run.result === "recording" ? " · recording…" : "";
  head.textContent = `step ${number(run.step)} of ${number(run.steps)}${who}${state}`;
}

let shown = -1;
function print() {
  const all = lines(run.output);
  if (all.length !== shown) {
    output.replaceChildren();
    for (const { step, category, text } of all) {
      const line = element("button", output, category);
      line.textContent = plain(withoutColours(text));
      line.title = `printed at step ${number(step)}`;
      line.dataset.step = step;
      line.onclick = () => go(step);
    }
    shown = all.length;
  }
  for (const line of output.children) line.classList.toggle("later", Number(line.dataset.step) > run.step);
}

/** The values of an expression: a curve where they are numbers, else a list. */
function show(one) {
  history = one;
  plot.replaceChildren();
  strip.mark(history?.writes ?? []);
  if (!history) return;
  const { expression, writes } = history;
  const title = element("div", plot, "title");
  title.textContent = `${plain(expression)}: ${counted(writes.length, "write")}`;
  const close = element("button", title, "close");
  close.textContent = "×";
  close.title = "Close";
  close.onclick = () => show(null);
  const drawing = curve(run, writes, go);
  if (drawing) {
    plot.append(drawing.drawn);
    element("div", plot, "scale").textContent = `${drawing.least} … ${drawing.most}`;
  }
  const list = element("div", plot, "writes");
  for (const { step, line, value } of drawing ? writes.slice(-50) : writes) {
    const row = element("button", list);
    row.textContent = plain(`${value}`);
    row.title = `written at line ${line}, step ${number(step)}`;
    row.onclick = () => go(step);
  }
}

window.addEventListener("message", ({ data }) => {
  if (data.run) {
    run = data.run;
    tell();
    strip.show(run);
    flame.show(run);
    print();
  }
  if (data.history) show(data.history);
  if (data.arrived !== undefined) arrived();
  if (data.answer !== undefined) answered(data);
});
vscode.postMessage({ ready: true });
