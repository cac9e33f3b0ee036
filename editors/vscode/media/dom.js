// Copied by cargo xtask codegen from server/web/assets/dom.js: change it there.
// Elements, in few words.
import { plain } from "./texts.js";

/** Properties that are shown. */
const SHOWN = ["title", "textContent", "placeholder"];

/**
 * An element with properties, `data-…` and `aria-…` attributes among them, and what it contains.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {any[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = SHOWN.includes(name) ? plain(String(value)) : value;
  }
  const shown = children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "");
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

/**
 * The element with an id. Unless another kind is expected, it is taken for an input, which has what others have.
 * @template {HTMLElement} [T=HTMLInputElement]
 * @param {string} id
 * @returns {T}
 */
export const find = (id) => /** @type {any} */ (document.getElementById(id));

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
