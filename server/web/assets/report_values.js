// Values of a report are texts. They are opened by their text: items of lists, tuples, sets and dicts, and attributes of
// objects.

const CLOSES = { "[": "]", "(": ")", "{": "}", "<": ">" };

/** The index after a string that begins at an index. */
function afterString(text, at) {
  const quote = text[at];
  for (let n = at + 1; n < text.length; n++) {
    if (text[n] === "\\") n++;
    else if (text[n] === quote) return n + 1;
  }
  return text.length;
}

/** Whether a `<` opens an object: it is no comparison. */
const opens = (text, at) => text[at] !== "<" || /[\w]/.test(text[at + 1] ?? "");

/**
 * Splits a text at separators that are in no string and no brackets.
 * @returns {string[] | null} null if brackets are not closed.
 */
function split(text, separator) {
  const parts = [];
  const open = [];
  let begin = 0;
  for (let at = 0; at < text.length; at++) {
    const one = text[at];
    if (one === "'" || one === '"') at = afterString(text, at) - 1;
    else if (CLOSES[one] && opens(text, at)) open.push(CLOSES[one]);
    else if (one === open.at(-1)) open.pop();
    else if (!open.length && text.startsWith(separator, at)) {
      parts.push(text.slice(begin, at));
      begin = at + separator.length;
      at = begin - 1;
    }
  }
  if (open.length) return null;
  return [...parts, text.slice(begin)];
}

/** The brackets of a text and what is before them: `deque([1, 2])` has `deque(`, `[1, 2]`. */
function inside(text) {
  const named = /^([\w.]*)([[({])([^]*)$/.exec(text);
  if (!named || !text.endsWith(CLOSES[named[2]])) return null;
  const [, name, bracket, rest] = named;
  return { name, bracket, content: rest.slice(0, -1) };
}

/**
 * What is in a value, by its text: names and texts. null if it cannot be opened.
 * @returns {[string, string][] | null}
 */
export function partsOf(text) {
  const object = /^<[\w.]+ ([^]*)>$/.exec(text);
  if (object) {
    const attributes = (split(object[1], " ") ?? []).map((part) => /^(\w+)=([^]*)$/.exec(part));
    return attributes.length && attributes.every(Boolean) ? attributes.map(([, name, value]) => [name, value]) : null;
  }
  const found = inside(text);
  if (!found) return null;
  const parts = split(found.content, ", ")?.filter((part) => part !== "");
  if (!parts?.length) return null;
  // A class around one container, as in `deque([…])`, is no level of its own.
  if (found.name && parts.length === 1 && !/^\w+=/.test(parts[0])) return partsOf(parts[0]);
  return parts.map((part, n) => {
    const pair = found.bracket === "{" ? split(part, ": ") : found.name ? /^(\w+)=([^]*)$/.exec(part)?.slice(1) : null;
    if (pair?.length === 2) return [pair[0], pair[1]];
    return [part.startsWith("…") ? "" : String(n), found.bracket === "(" ? part.replace(/,$/, "") : part];
  });
}
