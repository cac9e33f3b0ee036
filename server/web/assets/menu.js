// A menu at a place of the page: by mouse and by keys.
import { h } from "./dom.js";

/** Shows a menu of `[label, action]`; `back` gets the focus when it closes. */
export function menu(label, items, { x, y }, back) {
  document.querySelector("body > .menu")?.remove();
  const buttons = items.map(([text, run]) =>
    h("button", { role: "menuitem", tabIndex: -1, onclick: () => (close(), run()) }, text),
  );
  const list = h("div", { className: "menu", role: "menu", "aria-label": label }, buttons);
  const outside = (event) => list.contains(event.target) || close(false);
  function close(returns = true) {
    list.remove();
    removeEventListener("pointerdown", outside, true);
    if (returns) back?.focus({ preventScroll: true });
  }
  list.onkeydown = (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) buttons.at(to % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("pointerdown", outside, true);
  document.body.append(list);
  const { width, height } = list.getBoundingClientRect();
  list.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 8))}px`;
  list.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 8))}px`;
  buttons[0]?.focus();
}
