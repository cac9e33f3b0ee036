// The tree of calls of a report, from the bars of the flame chart: those of the first level, where a column is a step, are
// all calls.
import { barsOf } from "./report_flame.js";

/** Files that are read for one answer. */
const READ = 40;

/** @typedef {import("./report_flame.js").Bar} Bar */

/** The bars of a row in a file of the first level. @returns {Promise<Bar[]>} */
async function barsIn(load, file, row) {
  const { rows } = await load(`flame-0-${file}`);
  const found = rows.find(([at]) => at === row);
  return found ? barsOf(found[1]) : [];
}

/** The lane and the calls from the outermost to the innermost one at a step of a thread. */
async function path({ lanes, columns, files }, thread, step, load) {
  const [first, last] = files[0];
  const file = Math.min(last, Math.max(first, Math.floor(step / columns)));
  let best = { lane: null, calls: [] };
  for (const [n, lane] of lanes.entries()) {
    if (lane.thread !== thread) continue;
    const calls = [];
    for (let depth = 0; depth < lane.depth; depth++) {
      const bars = await barsIn(load, file, lane.row + depth + 1);
      const around = bars.findLast(([from, to]) => from <= step && step <= to);
      if (!around) break;
      calls.push(around);
    }
    // Where the calls of several tasks are around a step, the one that began last runs.
    if (calls.length && calls.at(-1)[0] >= (best.calls.at(-1)?.[0] ?? 0)) best = { lane: n, calls };
  }
  return best;
}

/** Calls of a row that begin after a step, up to another. */
async function after({ columns, files }, row, { from, to }, count, load) {
  const found = [];
  const last = Math.min(files[0][1], Math.floor(to / columns));
  let file = Math.max(files[0][0], Math.floor((from + 1) / columns));
  for (let read = 0; file <= last && found.length <= count; file++) {
    const known = found.at(-1)?.[0] ?? from;
    found.push(...(await barsIn(load, file, row)).filter(([first]) => first > known && first <= to));
    // Within a call there is no other one of its row.
    if (found.length) file = Math.max(file, Math.floor(found.at(-1)[1] / columns) - 1);
    if (++read >= READ && found.length) break;
  }
  const isAll = file > last && found.length <= count;
  return { calls: found.slice(0, count), more: isAll ? 0 : Infinity };
}

/** Calls of a row that begin before a step, down to another. */
async function before({ columns, files }, row, { from, to }, count, load) {
  let found = [];
  const first = Math.max(files[0][0], Math.floor((from + 1) / columns));
  let file = Math.min(files[0][1], Math.floor((to - 1) / columns));
  for (let read = 0; file >= first && found.length <= count; file--) {
    const edge = found[0]?.[0] ?? to;
    found = [...(await barsIn(load, file, row)).filter(([begin]) => begin > from && begin < edge), ...found];
    if (++read >= READ && found.length) break;
  }
  const isAll = file < first && found.length <= count;
  return { calls: found.slice(-count), more: isAll ? 0 : Infinity };
}

/** Which calls made calls. What is not in the file of their first step is taken to be there. */
async function listed(flame, lane, depth, calls, load) {
  const all = [];
  for (const [first, last, code] of calls) {
    const file = Math.floor(first / flame.columns);
    const isLast = depth + 1 >= lane.depth;
    const inside = isLast ? [] : await barsIn(load, file, lane.row + depth + 2);
    const isBeyond = !isLast && last >= (file + 1) * flame.columns;
    const has = isBeyond || inside.some(([begin]) => begin > first && begin <= last);
    all.push([first, last, code, has ? 1 : 0]);
  }
  return all;
}

/** What the server answers for the tree of calls. */
export async function branch({ flame, steps }, given, load) {
  const asked = (name) => (given[name] === undefined ? null : Number(given[name]));
  const { lanes, functions } = flame;
  const answer = { lanes, functions, lane: null, calls: [], earlier: 0, later: 0, steps, read: steps, whole: true };
  const [thread, at, depth] = [asked("thread"), asked("at"), asked("depth")];
  if (depth === null) {
    const found = await path(flame, thread, at, load);
    return { ...answer, lane: found.lane, calls: found.calls.map(([first, last, code]) => [first, last, code, 1]) };
  }
  const lane = lanes.find((one) => one.thread === thread && one.task === (asked("task") ?? 0));
  if (!lane || depth >= lane.depth) return answer;
  const [row, count] = [lane.row + depth + 1, asked("count") ?? 100];
  const range = { from: asked("inside") ?? 0, to: asked("to") ?? steps };
  if (range.from === 0) range.from = -1;
  const done = async ({ calls, earlier = 0, later = 0 }) => ({
    ...answer,
    lane: lanes.indexOf(lane),
    calls: await listed(flame, lane, depth, calls, load),
    earlier,
    later,
  });
  if (asked("before") !== null) {
    const { calls, more } = await before(flame, row, { ...range, to: asked("before") }, count, load);
    return done({ calls, earlier: more });
  }
  if (at !== null) {
    const half = Math.floor(count / 2);
    const earlier = await before(flame, row, { ...range, to: at }, half, load);
    const later = await after(flame, row, { ...range, from: at - 1 }, count - half, load);
    return done({ calls: [...earlier.calls, ...later.calls], earlier: earlier.more, later: later.more });
  }
  const { calls, more } = await after(flame, row, { ...range, from: asked("after") ?? range.from }, count, load);
  return done({ calls, later: more });
}
