// Lines of the story as rows: what is one row, and how it looks.
import { number } from "./amounts.js";
import { h } from "./dom.js";
import { plain } from "./texts.js";

/**
 * A line of the story, as the server tells it.
 * @typedef {object} Told
 * @property {number} step
 * @property {string} kind
 * @property {number} frame
 * @property {number} depth
 * @property {number} [source]
 * @property {number} [line]
 * @property {string} text
 * @property {[string, string][]} [changes]
 * @property {number} [more]
 * @property {boolean} [goes_on] Whether it goes on with a block of lines that change nothing.
 * @property {{ last: number, ending: string, value: string | null }} [fold]
 */

/**
 * A row: a line, or a block of lines that change nothing.
 * @typedef {object} Row
 * @property {Told} first
 * @property {number} step
 * @property {number} last The last step that it stands for.
 * @property {Told[]} [block] The lines of a folded block.
 * @property {boolean} [head] Whether it begins a block that can be folded.
 */

/** Lines of code in a row that change nothing are one row if they are at least so many. */
const BLOCK = 3;
/** The number of calls around a line that are shown by indentation. */
const DEEPEST = 24;
/** Pixels for each call around a line. */
const INDENT = 14;

/** The key of a block: its first line. */
export const blockKey = ({ frame, step }) => `${frame} ${step}`;

/**
 * The rows of lines. Blocks are folded unless `open` has their key.
 * @param {Told[]} lines
 * @param {Set<string>} open
 * @returns {Row[]}
 */
export function rowsOf(lines, open) {
  const rows = [];
  for (let at = 0; at < lines.length;) {
    const first = lines[at];
    let end = at + 1;
    while (end < lines.length && lines[end].goes_on) end++;
    const block = lines.slice(at, end);
    const isBlock = block.length >= BLOCK;
    if (isBlock && !open.has(blockKey(first))) rows.push({ first, step: first.step, last: block.at(-1).step, block });
    else {
      for (const line of block)
        rows.push({
          first: line,
          step: line.step,
          last: line.fold?.last ?? line.step,
          head: isBlock && line === first,
        });
    }
    at = end;
  }
  return rows;
}

/** Names and values that changed. */
function changesOf({ changes = [], more }, of = "") {
  const each = changes.flatMap(([name, value], n) => [n ? ", " : "", h("i", {}, name), `=${value}`]);
  const rest = more ? `${changes.length ? ", " : ""}… and ${number(more)} more` : "";
  return changes.length || rest ? h("span", { className: `effects ${of}` }, each, rest) : null;
}

/** What the parts of a source line are, without its indentation. */
function code(line, pieces) {
  if (!pieces) return [line.text];
  const [first, ...others] = pieces;
  const parts = first ? [[first[0].trimStart(), first[1]], ...others] : [];
  return parts.map(([text, of]) => (of ? h("span", { className: of }, text) : text));
}

const ENDINGS = { returned: "◀ ", yielded: "◁ yields ", raised: "✗ ", unknown: "" };

function fold({ fold: inside, step }) {
  if (!inside) return [];
  const steps = inside.last - step;
  const count = steps ? h("span", { className: "dim" }, `  … ${number(steps)} step${steps === 1 ? "" : "s"}  `) : "  ";
  const of = inside.ending === "raised" ? "bad" : "";
  return [count, h("span", { className: of }, `${ENDINGS[inside.ending] ?? ""}${inside.value ?? ""}`)];
}

/** What a line says, by its kind. */
const SAYS = {
  thread: ({ text }) => [h("b", {}, `── ${text}`)],
  task: ({ text }) => [h("b", {}, `── ${text}`)],
  comment: ({ text }) => [h("span", { className: "comment" }, text)],
  code: (line, pieces) => [
    h("span", { className: "at" }, String(line.line)),
    h("span", { className: "text" }, code(line, pieces)),
    changesOf(line),
  ],
  changes: (line) => [h("span", { className: "dim" }, "⤷ "), changesOf(line)],
  call: (line) => [h("b", { className: "called" }, line.text), "(", changesOf(line, "given"), ")", fold(line)],
  resume: (line) => [h("b", { className: "called" }, line.text), " goes on", fold(line)],
  return: ({ text }) => [h("span", { className: "called" }, "◀ "), text],
  yield: ({ text }) => [h("span", { className: "called" }, "◁ yields "), text],
  raise: ({ text }) => [h("span", { className: "bad" }, `✗ ${text}`)],
  closed: () => [h("span", { className: "dim" }, "⨯ closed")],
  stdout: ({ text }) => [h("span", { className: "good" }, "stdout│ "), text],
  stderr: ({ text }) => [h("span", { className: "bad" }, "stderr│ "), text],
  cut: ({ more }) => [h("span", { className: "dim" }, `… ${number(more)} more lines`)],
};

/** The sign before a row that can be folded: `true` if it is folded, `false` if not, `null` if it has no inside. */
export function foldOf(/** @type {Row} */ { first, block, head }) {
  if (block) return true;
  if (head) return false;
  return first.kind === "call" || first.kind === "resume" ? Boolean(first.fold) : null;
}

/**
 * A row as an element. `pieces(source)` gives the coloured lines of a source, if they are known.
 * @param {Row} row
 * @param {(source: number) => [string, string?][][] | null} pieces
 */
export function drawn(row, pieces) {
  const { first, block } = row;
  const text = first.source === undefined ? null : pieces(first.source)?.[first.line - 1];
  const says = block
    ? [
        h("span", { className: "at" }, String(first.line)),
        h("span", { className: "text" }, code(first, text)),
        h("span", { className: "dim" }, `  … ${number(block.length - 1)} more lines that change nothing`),
      ]
    : (SAYS[first.kind]?.(first, text) ?? []);
  const folded = foldOf(row);
  const sign = h("span", { className: "fold" }, folded === null ? "" : folded ? "▸" : "▾");
  const indent = h("span", { className: "indent" });
  indent.style.width = `${Math.min(first.depth, DEEPEST) * INDENT}px`;
  const made = h(
    "div",
    { className: `told ${first.kind}`, "data-step": first.step },
    h("span", { className: "no" }, number(first.step)),
    indent,
    sign,
    h("span", { className: "says" }, says),
  );
  made.title = plain(made.lastChild.textContent.slice(0, 1000));
  return made;
}
