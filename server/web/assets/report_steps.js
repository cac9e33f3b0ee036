// Steps of a report: the stack and the variables at a step, and ways to travel. A chunk has the stacks before its first
// step, and for each step what changed.

/** The names of events, by their number. */
export const EVENTS = ["call", "line", "return", "raise", "yield", "resume", "output"];
const LINE = 1;

/**
 * A frame on a stack.
 * @typedef {object} Frame
 * @property {number} frame
 * @property {number} code
 * @property {number} line
 * @property {Map<string, string>} values
 */

/** Sets or removes values: pairs of a name and a text, as numbers of texts. */
function change(values, pairs, texts) {
  for (let n = 0; n < pairs.length; n += 2) {
    if (pairs[n + 1] < 0) values.delete(texts[pairs[n]]);
    else values.set(texts[pairs[n]], texts[pairs[n + 1]]);
  }
}

function frames(all, texts) {
  return all.map(([frame, code, line, pairs]) => {
    const values = new Map();
    change(values, pairs, texts);
    return { frame, code, line, values };
  });
}

/** Takes a step to the stacks of its threads. */
function apply(stacks, row, texts) {
  const [, thread, depth, frame, code, line, , pairs, whole] = row;
  if (whole) stacks.set(thread, frames(whole, texts));
  const stack = stacks.get(thread) ?? [];
  stacks.set(thread, stack);
  if (!depth) {
    stack.length = 0;
    return;
  }
  if (stack[depth - 1]?.frame === frame) stack.length = depth;
  else {
    stack.length = Math.min(stack.length, depth - 1);
    stack.push({ frame, code, line, values: new Map() });
  }
  const top = stack.at(-1);
  top.line = line;
  if (pairs) change(top.values, pairs, texts);
}

/** The stacks before the first step of a chunk, by thread, the outermost frame first. */
export const stacksBefore = ({ stacks, texts }) =>
  new Map(stacks.map(([thread, stack]) => [thread, frames(stack, texts)]));

/** What is known at a step of a chunk: its event, thread and stack, and the value that it gives. */
export function momentAt(chunk, step) {
  const { first, rows, texts } = chunk;
  const stacks = stacksBefore(chunk);
  const at = Math.min(rows.length - 1, Math.max(0, step - first));
  for (let n = 0; n < at; n++) apply(stacks, rows[n], texts);
  const [event, thread, depth, frame, , , value = -1, pairs = []] = rows[at];
  const changed = new Map();
  const before = stacks.get(thread)?.findLast((one) => one.frame === frame)?.values;
  // All that a call has is new.
  for (let n = 0; n < pairs.length && EVENTS[event] !== "call"; n += 2)
    changed.set(texts[pairs[n]], before?.get(texts[pairs[n]]) ?? null);
  apply(stacks, rows[at], texts);
  return {
    step: first + at,
    event: EVENTS[event],
    thread,
    depth,
    stack: stacks.get(thread),
    value: value < 0 ? null : texts[value],
    changed,
  };
}

/** Ways to travel: whether a step is where one arrives, from a step of this thread and depth. */
const ARRIVES = {
  into: ({ thread }, [event, of]) => event === LINE && of === thread,
  over: ({ thread, depth }, [event, of, deep]) => event === LINE && of === thread && deep <= depth,
  out: ({ thread, depth }, [event, of, deep]) => event === LINE && of === thread && deep < depth,
};

/** The next step of a chunk at which one arrives after `from`, or the last one before it with `back`; `null` if there is
 *  none. */
export function arrival({ first, rows }, way, from, back) {
  const arrives = ARRIVES[way];
  const ahead = back ? -1 : 1;
  const edge = from.step - first + ahead;
  for (let at = back ? Math.min(edge, rows.length - 1) : Math.max(edge, 0); at >= 0 && at < rows.length; at += ahead)
    if (arrives(from, rows[at])) return first + at;
  return null;
}
