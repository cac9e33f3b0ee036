// The questions that the server answers, answered from the data of a report. It takes the place of ask.js there.
import { load } from "./report_data.js";
import { call, chart, functionOf } from "./report_flame.js";
import { momentAt, stacksBefore } from "./report_steps.js";
import { branch } from "./report_tree.js";
import {
  besideOf,
  close,
  endsOf,
  firstOf,
  insideOf,
  lastOf,
  linesOf,
  mayHave,
  question,
  visible,
} from "./report_story.js";

/** Chunks that are read for one answer. If there are too few lines in them, the page asks again. */
const READ = 12;
/** Chunks before that of the moment in which values beside lines are looked for. */
const BEFORE = 3;
/** Chunks whose visible lines are kept. */
const KEPT = 8;

/** @type {Promise<any> | null} */
let run = null;
/** @type {Promise<Map<number, any[]>> | null} */
let ends = null;
/** The visible lines of chunks, by what is asked for. */
const told = new Map();

/** What the report is about: the facts of the run, and the list of all other data. */
export const report = () => (run ??= load("run"));

/** The index of the chunk that has a step, or of the nearest one. */
export function chunkOf(chunks, step) {
  const found = chunks.findIndex(([, last]) => last >= step);
  return found < 0 ? chunks.length - 1 : found;
}

export const storyOf = (index) => load(`story-${index + 1}`);
export const stepsOf = (index) => load(`steps-${index + 1}`);

/** Whether a chunk may have lines that are asked for. */
function may([, , codes, threads], asked) {
  if (asked.thread !== null && !threads.includes(asked.thread)) return false;
  return !asked.codes || codes.some((code) => asked.codes.has(code));
}

/** The lines of a chunk that are asked for. */
async function tell(index, asked) {
  const folds = !asked.text && (asked.depth !== null || asked.closed.size > 0);
  const inside = folds ? insideOf(stacksBefore(await stepsOf(index)), asked) : new Map();
  const chunk = await storyOf(index);
  if (asked.text && !mayHave(chunk.texts, asked.text)) return [];
  const lines = visible(linesOf(chunk), asked, inside);
  if (folds) close(lines, await (ends ??= load("calls").then(endsOf)));
  return lines;
}

/** The same; the latest answers are kept. */
async function known(index, asked, key) {
  const name = `${index} ${key}`;
  if (!told.has(name)) {
    if (told.size >= KEPT) told.delete(told.keys().next().value);
    told.set(name, await tell(index, asked));
  }
  return told.get(name);
}

/** A page of the story: after a step, or before one. */
async function story(given, signal) {
  const facts = await report();
  const { chunks } = facts;
  const asked = question(given, facts);
  const count = Number(given.get("count") ?? 200);
  const isBack = given.has("before");
  const edge = Number(given.get(isBack ? "before" : "from") ?? 1);
  for (const name of ["from", "before", "count"]) given.delete(name);
  const key = String(given);
  const answer = (lines, reached, end) => ({ lines, reached, end, steps: facts.steps });
  if (!chunks.length || (isBack && edge <= chunks[0][0])) return answer([], 1, true);
  if (!isBack && edge > chunks.at(-1)[1]) return answer([], facts.steps, true);
  let lines = [];
  const ahead = isBack ? -1 : 1;
  let index = chunkOf(chunks, isBack ? edge - 1 : edge);
  for (let read = 0; ; index += ahead) {
    signal?.throwIfAborted();
    const [first, last] = chunks[index];
    if (may(chunks[index], asked)) {
      read++;
      const part = await known(index, asked, key);
      lines = isBack
        ? [...part.filter(({ step }) => step < edge), ...lines]
        : [...lines, ...part.filter(({ step }) => step >= edge)];
    }
    const isLast = isBack ? index === 0 : index === chunks.length - 1;
    if (lines.length >= count || isLast || read >= READ) {
      const page = isBack ? lastOf(lines, count) : firstOf(lines, count);
      const isWhole = page.length === lines.length;
      if (isWhole && isLast) return answer(page, isBack ? 1 : facts.steps, true);
      if (isWhole) return answer(page, isBack ? first : last, false);
      return answer(page, page.at(isBack ? 0 : -1).step, false);
    }
  }
}

/** A page of things that happened: after a step, or before one. */
async function happened(kind, given) {
  const { pages, counts } = await report();
  const count = Number(given.get("count") ?? 500);
  const isBack = given.has("before");
  const edge = Number(given.get(isBack ? "before" : "after") ?? 0);
  const isWanted = ({ step }) => (isBack ? step < edge : step > edge);
  const numbered = pages[kind].map(([first, last], n) => ({ first, last, n }));
  const wanted = numbered.filter(({ first, last }) => (isBack ? first < edge : last > edge));
  let found = [];
  let left = wanted.length;
  for (const { n } of isBack ? wanted.reverse() : wanted) {
    const part = (await load(`${kind}-${n + 1}`)).filter(isWanted);
    found = isBack ? [...part, ...found] : [...found, ...part];
    left--;
    if (found.length >= count) break;
  }
  const more = left > 0 || found.length > count;
  return { found: isBack ? found.slice(-count) : found.slice(0, count), more, total: counts[kind] };
}

async function output(given) {
  const { found, more, total } = await happened("output", given);
  return { output: found, more, total };
}

async function exceptions(given) {
  const { found, more, total } = await happened("exceptions", given);
  const { uncaught } = await report();
  return { exceptions: found, uncaught, total, next: more ? found.at(-1).step : null };
}

/** The values beside the lines of a source: at the moment of the report those that the recorder knows, at other steps
 *  those that the story has of the calls on the stack. */
async function beside(source, step) {
  const { chunks } = await report();
  const { beside: values } = await load(`source-${source}`);
  if (values?.step === step) return values;
  if (!chunks.length) return { step, values: [], raised: [] };
  const index = chunkOf(chunks, step);
  const { stack } = momentAt(await stepsOf(index), step);
  const frames = new Set(stack.map(({ frame }) => frame));
  const lines = [];
  for (let at = Math.max(0, index - BEFORE); at <= index; at++) lines.push(...linesOf(await storyOf(at)));
  return { step, ...besideOf(lines, source, frames, step) };
}

/** What is known at a step; null if the report does not have it. */
async function momentOf(step) {
  const { chunks } = await report();
  const index = chunks.findIndex(([first, last]) => first <= step && step <= last);
  return index < 0 ? null : momentAt(await stepsOf(index), step);
}

/** What calls were given, and how they ended: `FIRST-LAST`, with commas between. */
async function callsOf(spans) {
  const all = [];
  for (const span of spans.split(",")) {
    const [first, last] = span.split("-").map(Number);
    all.push(await call(first, last, momentOf));
  }
  return all;
}

/** What the server would answer; throws a sentence where it cannot. */
export async function ask(path, /** @type {{ signal?: AbortSignal }} */ { signal } = {}) {
  const { pathname, searchParams: given } = new URL(path, "file:///");
  const [, , what, number] = pathname.split("/");
  switch (what) {
    case "story":
      return story(given, signal);
    case "actors":
      return report();
    case "source":
      return load(`source-${number}`);
    case "beside":
      return beside(Number(number), Number(given.get("step")));
    case "output":
      return output(given);
    case "exceptions":
      return exceptions(given);
    case "functions":
      return load("functions");
    case "function":
      return functionOf(await report(), await load("edges"), Number(number));
    case "flame":
      return chart(await report(), Object.fromEntries(given), load);
    case "call":
      return call(Number(given.get("first")), Number(given.get("last")), momentOf);
    case "tree":
      return branch(await report(), Object.fromEntries(given), load);
    case "calls":
      return callsOf(given.get("of"));
    default:
      throw new Error(`a report does not tell ${what}`);
  }
}
