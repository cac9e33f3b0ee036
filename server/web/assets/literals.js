// Strings as Python writes them, and as they are.

const ESCAPES = { n: "\n", t: "\t", r: "\r" };

/**
 * The text of a string that a value begins with, and what comes after it.
 * @returns {{ text: string, rest: string } | null} null if it is no string.
 */
export function textOf(value) {
  const quote = value[0];
  if (quote !== "'" && quote !== '"') return null;
  let text = "";
  for (let at = 1; at < value.length; at++) {
    const one = value[at];
    if (one === quote) return { text, rest: value.slice(at + 1) };
    if (one !== "\\") {
      text += one;
      continue;
    }
    const next = value[++at];
    const digits = { x: 2, u: 4, U: 8 }[next];
    if (digits) {
      text += String.fromCodePoint(parseInt(value.slice(at + 1, at + 1 + digits), 16));
      at += digits;
    } else text += ESCAPES[next] ?? next;
  }
  return null;
}

/** The number of an object, which is in the text of its type; `null` for values without an identity. */
export const objectOf = (type) => /#(\d+)$/.exec(type ?? "")?.[1] ?? null;

/** Types whose values are tables. */
const TABLES = /^(ndarray|Series|DataFrame|Tensor|Parameter|ArrayImpl)\b/;
/** How a container begins whose items have parts. */
const ROWS = /^(?:[\w.]*\()?\[(?:[[({<]|[A-Za-z_][\w.]*\()|^(?:[\w.]*\([^{]*)?\{[^[{(]*: ?(?:[[({<]|[A-Za-z_][\w.]*\()/;

/** Whether a value may be a table; the server knows. */
export const mayBeTable = (type, value) => objectOf(type) !== null && (TABLES.test(type) || ROWS.test(value));
