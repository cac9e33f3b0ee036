// The story of a report, from its chunks: which lines a filter leaves, and which calls are folded. It answers as the
// server does.

/** The kinds of lines, by their number. */
const KINDS = "thread task comment code changes call resume return yield raise closed stdout stderr cut".split(" ");
/** The number of a line of code that goes on with a block. */
const GOES_ON = KINDS.length;

/** @typedef {import("./told.js").Told & { thread: number, task: number, code: number }} Line */

/**
 * What is asked for.
 * @typedef {object} Asked
 * @property {string} text
 * @property {boolean} changes
 * @property {number | null} thread
 * @property {number | null} task
 * @property {Set<number> | null} codes
 * @property {number | null} depth
 * @property {Set<number>} open
 * @property {Set<number>} closed
 */

/**
 * A call whose inside is left out: its frame, the number of calls around it, and its line if that is told.
 * @typedef {object} Inside
 * @property {number} frame
 * @property {number} depth
 * @property {Line} [call]
 */

/**
 * The lines of a chunk.
 * @returns {Line[]}
 */
export function linesOf({ first, texts, frames, rows }) {
  let step = first;
  return rows.map(([ahead, kind, thread, task, of, depth, text, source = -1, line = 0, pairs = [], more = 0]) => {
    step += ahead;
    const [frame, code] = frames[of];
    const changes = [];
    for (let n = 0; n < pairs.length; n += 2) changes.push([texts[pairs[n]], texts[pairs[n + 1]]]);
    const goesOn = kind === GOES_ON;
    const is = goesOn ? "code" : KINDS[kind];
    const told = { step, kind: is, thread, task, frame, code, depth, text: texts[text], line, changes, more };
    if (goesOn) told.goes_on = true;
    return source < 0 ? told : { ...told, source };
  });
}

/** The text of a line, for searches. */
function textOf({ kind, text, changes }) {
  const effects = changes.map(([name, value]) => `${name}=${value}`).join(", ");
  return kind === "call" ? `${text}(${effects})` : `${text} ${effects}`;
}

/** What separates the texts of a line, in the text that is searched. */
const BETWEEN = /[=,() ]+/;

/** Whether lines with these texts may have a text: each word of it is in one of them. */
export const mayHave = (texts, sought) =>
  sought
    .split(BETWEEN)
    .filter(Boolean)
    .every((word) => texts.some((text) => text.toLowerCase().includes(word)));

const tells = ({ kind, changes }) => kind !== "comment" && (kind !== "code" || changes.length > 0);

/** Whether calls of a frame with so many calls around it are folded. Nothing is folded if a text is searched. */
export const isFolded = ({ text, depth, open, closed }, frame, around) =>
  !text && (closed.has(frame) || (depth !== null && around >= depth && !open.has(frame)));

/** Whether a line is of the thread, task and function that are asked for. */
function isOf(asked, line) {
  if (asked.thread !== null && line.thread !== asked.thread) return false;
  if (asked.task !== null && line.task !== asked.task) return false;
  return !asked.codes || asked.codes.has(line.code);
}

/** Whether a line says what is asked for. */
const says = (asked, line) =>
  (!asked.changes || tells(line)) && (!asked.text || textOf(line).toLowerCase().includes(asked.text));

const ENDINGS = { return: "returned", yield: "yielded", raise: "raised" };

/** Takes a line to the end of a folded call. Returns whether it is inside of it. */
function within(line, inside) {
  if (line.depth <= inside.depth && line.frame !== inside.frame) return false;
  const fold = inside.call?.fold;
  if (!fold) return true;
  fold.last = line.step;
  if (line.frame !== inside.frame) return true;
  const ending = ENDINGS[line.kind];
  if (ending) [fold.ending, fold.value] = [ending, line.text];
  else if (line.kind === "code") [fold.ending, fold.value] = ["unknown", null];
  return true;
}

/**
 * The lines that are asked for. `inside` has the folded call of each thread in which its first line is; afterwards, that
 * in which its last line is.
 * @param {Line[]} lines
 * @param {Asked} asked
 * @param {Map<number, Inside>} inside
 */
export function visible(lines, asked, inside) {
  const found = [];
  /** The heads of a thread and of a task that come before the next line. */
  const heads = { thread: null, task: null };
  /** Those of the line that was told last. A run begins in its first thread. */
  const told = lines[0]?.step === 1 ? { thread: 1, task: 0 } : { thread: null, task: null };
  for (const line of lines) {
    if (line.kind in heads) {
      heads[line.kind] = line;
      continue;
    }
    const around = inside.get(line.thread);
    if (around && within(line, around)) {
      // A generator that goes on is another part of the story.
      const isLeft = line.frame === around.frame && (line.kind === "return" || line.kind === "yield");
      if (isLeft) inside.delete(line.thread);
      continue;
    }
    inside.delete(line.thread);
    if (!isOf(asked, line)) continue;
    for (const kind of ["thread", "task"]) {
      const head = heads[kind];
      if (head && line[kind] !== told[kind]) found.push({ ...head, step: line.step, frame: line.frame });
      [told[kind], heads[kind]] = [line[kind], null];
    }
    const before = found.at(-1);
    // Without what it called, a line has the changes that came after the calls.
    if (line.kind === "changes" && before?.kind === "code" && before.frame === line.frame) {
      found[found.length - 1] = { ...before, changes: [...before.changes, ...line.changes] };
      continue;
    }
    const begins = line.kind === "call" || line.kind === "resume";
    if (begins && isFolded(asked, line.frame, line.depth)) {
      const call = { ...line, fold: { last: line.step, ending: "unknown", value: null } };
      inside.set(line.thread, { frame: line.frame, depth: line.depth, call });
      found.push(call);
    } else found.push(line);
  }
  for (const [kind, head] of Object.entries(heads)) {
    const isNews = head && head[kind] !== told[kind] && isOf(asked, head) && !inside.has(head.thread);
    if (isNews) found.push(head);
  }
  return found.filter((line) => says(asked, line));
}

const ENDS = ["returned", "yielded", "raised", "unknown"];

/** Sets the ends of folded calls that no line of their chunk tells. `ends` has them by first step. */
export function close(lines, ends) {
  for (const { step, fold } of lines) {
    const [, last, ending, value] = (fold && ends.get(step)) ?? [];
    if (last) Object.assign(fold, { last, ending: ENDS[ending], value });
  }
}

/** The ends of calls, by first step. */
export const endsOf = (calls) => new Map(calls.map((call) => [call[0], call]));

/** For each thread, the outermost folded call on its stack. */
export function insideOf(stacks, asked) {
  const inside = new Map();
  for (const [thread, stack] of stacks) {
    const depth = stack.findIndex(({ frame }, around) => isFolded(asked, frame, around));
    if (depth >= 0) inside.set(thread, { frame: stack[depth].frame, depth });
  }
  return inside;
}

/** A number, or the number of the one with this name; `null` without a name. */
function actor(kind, name, all) {
  if (!name) return null;
  const found = all.find((one) => one.name === name || String(one.id) === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found.id;
}

/**
 * What an address asks for.
 * @returns {Asked}
 */
export function question(given, { functions, sources, threads, tasks }) {
  const part = (name) => (given.get(name) ?? "").toLowerCase();
  const [name, file] = [part("function"), part("file")];
  const numbers = (list) => new Set((given.get(list) ?? "").split(",").filter(Boolean).map(Number));
  const has = ([called, source]) =>
    called.toLowerCase().includes(name) && (sources[source]?.path ?? "").toLowerCase().includes(file);
  const codes = name || file ? new Set(functions.flatMap((one, code) => (has(one) ? [code] : []))) : null;
  return {
    text: part("text"),
    changes: given.get("changes") === "1",
    thread: actor("thread", given.get("thread"), threads),
    task: actor("task", given.get("task"), tasks),
    codes,
    depth: given.get("depth") ? Number(given.get("depth")) : null,
    open: numbers("open"),
    closed: numbers("closed"),
  };
}

/** The first `count` lines, and those of the same step; the others are for the next page. */
export function firstOf(lines, count) {
  let end = Math.min(count, lines.length);
  while (end > 0 && end < lines.length && lines[end].step === lines[end - 1].step) end++;
  return lines.slice(0, end);
}

/** The last `count` lines, and those of the same step. */
export function lastOf(lines, count) {
  let start = Math.max(0, lines.length - count);
  while (start > 0 && lines[start].step === lines[start - 1].step) start--;
  return lines.slice(start);
}

/** What is beside the lines of a source: the latest values that these frames wrote up to a step, and the exceptions that
 *  appeared in them. */
export function besideOf(lines, source, frames, step) {
  const [latest, raised] = [new Map(), []];
  /** The line that each frame ran last: what a call changes is told after the lines of that call. */
  const ran = new Map();
  for (const line of lines) {
    if (line.step > step || !frames.has(line.frame)) continue;
    if (line.source !== undefined) ran.set(line.frame, line);
    const at = ran.get(line.frame);
    if (at?.source !== source) continue;
    if (line.kind === "raise") raised.push({ line: at.line, step: line.step, text: line.text });
    for (const [name, value] of line.changes)
      latest.set(`${at.line} ${name}`, { line: at.line, name, value, hit: at.step, step: line.step });
  }
  return { values: [...latest.values()], raised };
}
