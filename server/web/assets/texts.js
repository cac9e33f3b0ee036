// Recorded texts as they are shown, for the viewer and for VS Code.

/** Characters that are not shown, or that turn text around: controls but for ends of lines and tabs, marks of direction,
 *  those without a width. First and last of each range. */
const HIDDEN = [
  [0, 8],
  [0xb, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
];

// What colours a terminal says nothing on a page.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g");

/** A recorded text as it is shown: such characters are written as Python writes them. */
export function plain(text) {
  if (!/[^\n\t -~]/.test(text)) return text;
  const written = (c) => {
    const code = c.codePointAt(0);
    if (!HIDDEN.some(([first, last]) => first <= code && code <= last)) return c;
    if (c === "\r") return "\\r";
    const [sign, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return `\\${sign}${code.toString(16).padStart(width, "0")}`;
  };
  return Array.from(text.replaceAll("\r\n", "\n"), written).join("");
}

/** A text that was printed, without its colours. */
export const withoutColours = (text) => text.replace(COLOURS, "");

/** Pieces of output as lines; each has the step of its beginning. */
export function lines(pieces) {
  const found = [];
  const open = {};
  for (const { step, category, text } of pieces) {
    text.split("\n").forEach((part, n, all) => {
      if (part) {
        if (open[category]) open[category].text += part;
        else found.push((open[category] = { step, category, text: part }));
      }
      if (n < all.length - 1) open[category] = null;
    });
  }
  return found;
}
