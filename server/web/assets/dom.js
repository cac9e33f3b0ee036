// Elements, numbers and requests, in few words.
import { token } from "./token.js";

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

/** Properties that are shown. */
const SHOWN = ["title", "textContent", "placeholder"];

/** An element with properties, `data-…` and `aria-…` attributes among them, and what it contains. */
export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = SHOWN.includes(name) ? plain(String(value)) : value;
  }
  const shown = children.flat().filter((child) => child !== null && child !== undefined);
  made.append(...shown.map((child) => (typeof child === "string" ? plain(child) : child)));
  return made;
}

/** The same in SVG; attributes alone. */
export function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A colour of the style sheet, as a canvas takes it. */
export function colour(name) {
  const probe = h("i", {});
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const find = (id) => document.getElementById(id);

export const number = (n) => n.toLocaleString("en-US");

/** Nanoseconds, for people. */
export function duration(n) {
  if (n === null || n === undefined) return "…";
  if (n < 1e3) return `${n} ns`;
  if (n < 1e6) return `${(n / 1e3).toFixed(0)} µs`;
  if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} ms`;
  return n < 6e10
    ? `${(n / 1e9).toFixed(2)} s`
    : `${Math.floor(n / 6e10)}:${String(Math.floor((n % 6e10) / 1e9)).padStart(2, "0")} min`;
}

/** Bytes, for people. */
export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let [n, unit] = [bytes, 0];
  while (n >= 1024 && unit < units.length - 1) [n, unit] = [n / 1024, unit + 1];
  return `${unit ? n.toFixed(1) : n} ${units[unit]}`;
}

/** What the server answers; throws its sentence where it cannot. */
export async function ask(path, method = "GET") {
  const response = await fetch(path, { method, headers: { authorization: `Bearer ${token()}` } });
  const answer = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** The last part of a path, and as much before it as tells those of `all` apart. */
export function short(path, root) {
  return root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

// outcomes: cargo xtask codegen
// prettier-ignore
const MOODS = new Map([["ok", "good"], ["failed", "bad"], ["exception", "bad"], ["signal", "bad"], ["stopped", "good"], ["recording", "live"], ["cut", "warning"]]);
// end of outcomes

/** How a run ended, as a class of the style sheet. */
export const mood = (result) => MOODS.get(result) ?? "bad";
