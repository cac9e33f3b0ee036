// The calls of a report: bars of the flame chart from files in several levels of detail, and calls by function.

/** How many times more steps a column of the next level has. */
const FACTOR = 4;

/** @typedef {[number, number, number, number, number]} Bar First step, last step, code, calls, and 1 for several functions. */

/** The bars of a row of a file, which are written as five numbers each. @returns {Bar[]} */
export function barsOf(numbers) {
  /** @type {Bar[]} */
  const bars = [];
  let first = 0;
  for (let n = 0; n < numbers.length; n += 5) {
    first += numbers[n];
    bars.push([first, first + numbers[n + 1], numbers[n + 2], numbers[n + 3], numbers[n + 4]]);
  }
  return bars;
}

const isShort = (/** @type {Bar} */ [first, last, , calls], column) => calls > 1 || last - first < column - 1;

/** Merges bars that are shorter than a column with others that begin in it, as the server does. */
export function merged(bars, column) {
  /** @type {Bar[]} */
  const found = [];
  for (const bar of bars) {
    const last = found.at(-1);
    const isSame = last && Math.floor(last[0] / column) === Math.floor(bar[0] / column);
    if (isSame && isShort(last, column) && isShort(bar, column)) {
      last[1] = Math.max(last[1], bar[1]);
      last[3] += bar[3];
      if (bar[4] || last[2] !== bar[2]) last[4] = 1;
    } else found.push(/** @type {Bar} */ ([...bar]));
  }
  return found;
}

/** The level for columns of so many steps, and the numbers of the files that have a range of steps. */
export function filesOf({ columns, files }, from, to, column) {
  const level = Math.min(files.length - 1, Math.max(0, Math.floor(Math.log2(column) / Math.log2(FACTOR))));
  const span = columns * FACTOR ** level;
  const [first, last] = files[level];
  const [begin, end] = [Math.max(first, Math.floor(from / span)), Math.min(last, Math.floor(to / span))];
  return { level, numbers: Array.from({ length: Math.max(0, end - begin + 1) }, (_, n) => begin + n) };
}

/** What the server answers for a window of the flame chart. */
export async function chart({ flame, steps }, given, load) {
  const [from, to, width, row, rows] = ["from", "to", "width", "row", "rows"].map((name) => Number(given[name]));
  const column = 2 ** Math.ceil(Math.log2(Math.max(1, (to - from + 1) / width)));
  const { level, numbers } = filesOf(flame, from, to, column);
  const parts = await Promise.all(numbers.map((n) => load(`flame-${level}-${n}`)));
  /** @type {Map<number, Bar[]>} */
  const found = new Map();
  const [exceptions, output] = [[], []];
  for (const part of parts) {
    for (const [at, numbers] of part.rows) {
      if (at < row || at >= row + rows) continue;
      const bars = found.get(at) ?? [];
      const last = bars.at(-1)?.[0] ?? 0;
      // A bar that reaches into the next file is in both.
      bars.push(...barsOf(numbers).filter(([first]) => first > last));
      found.set(at, bars);
    }
    exceptions.push(...part.exceptions);
    output.push(...part.output);
  }
  const all = [...found].map(([at, bars]) => ({ row: at, bars: merged(bars, column) }));
  const { lanes, functions } = flame;
  return { lanes, functions, rows: all, column, steps, read: steps, whole: true, exceptions, output };
}

/** How a call ended, by the event of its last step. */
const ENDINGS = { return: "returned", yield: "yielded", raise: "raised" };

/** What a call was given, and how it ended. `at(step)` tells what is known at a step; null for a step that the report does
 *  not have. */
export async function call(first, last, at) {
  const begin = await at(first);
  const frame = begin?.stack.at(-1);
  if (!frame) return null;
  const end = last > first ? await at(last) : begin;
  const isSame = end?.stack.at(-1)?.frame === frame.frame;
  const ending = (isSame && ENDINGS[end.event]) || "unknown";
  return { arguments: [...frame.values], ending, value: ending === "unknown" ? null : end.value };
}

/** What the server answers for a function: who called it, what it called, and its calls. */
export function functionOf({ functions }, { edges, calls }, code) {
  const named = (of) => {
    const [name, source, line] = functions[of] ?? ["?", -1, 0];
    return { code: of, name, source, line };
  };
  const other = (of, [, from, , times, time]) => ({ ...named(of), from, times, time });
  const [known, first] = calls[code] ?? [0, []];
  return {
    ...named(code),
    callers: edges.filter((edge) => edge[2] === code).map((edge) => other(edge[0], edge)),
    callees: edges.filter((edge) => edge[0] === code).map((edge) => other(edge[2], edge)),
    first,
    known,
  };
}
