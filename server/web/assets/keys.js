// The list of keys, which the key ? shows.
import { h } from "./dom.js";

/** Keys besides those of the buttons: what is pressed, what it does. */
const OTHERS = [
  ["g", "Go to a step"],
  ["/", "Search"],
  [":", "The console"],
  ["↑ ↓ in the source", "Choose a line"],
  ["Space in the source", "Set or remove a breakpoint; at a line that never ran, ask why"],
  ["Shift Space in the source", "Set a breakpoint with a condition"],
  ["Enter in the source", "The menu of the line"],
  ["v", "The variables: those that changed come first"],
  ["y", "The story: open it, or fold it"],
  ["↑ ↓ in the story", "Choose a line"],
  ["Enter in the story", "Go to the step of the line"],
  ["→ ← in the story", "Open a call or a block, fold it"],
  ["↑ ↓ ← → in the calls", "Choose a call: the caller, the first call, the calls before and after"],
  ["Enter in the calls", "Go to the chosen call"],
  ["Shift ← → ↑ ↓ in the calls", "Move"],
  ["→ ← in the tree of calls", "Open a call, close it or go to its caller"],
  ["Enter in the tree of calls", "Go to the call"],
  ["+ - 0 in the calls", "Zoom in, zoom out, show all"],
  ["← → on a tab or on a separator of panes", "Choose a tab, move the separator"],
  ["Enter on a separator of panes", "Fold the pane, or unfold it"],
  ["Esc", "Close the answer"],
  ["?", "This list"],
];

/** A key as it is on a keyboard. */
const written = (key) => (/^[A-Z]$/.test(key) ? `Shift ${key.toLowerCase()}` : key);

/** Shows the keys; `ways` are those of buttons, as `[key, title]`, `others` those besides. */
export function showKeys(ways, others = OTHERS) {
  document.querySelector("dialog.keys")?.remove();
  const rows = [...ways.map(([key, title]) => [written(key), title]), ...others];
  const dialog = h(
    "dialog",
    { className: "keys", "aria-label": "Keys", onclose: () => dialog.remove() },
    h("h1", {}, "Keys"),
    h(
      "dl",
      {},
      rows.map(([key, does]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does))),
    ),
    h("menu", {}, h("button", { className: "main", onclick: () => dialog.close() }, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}
