// The buttons of ways to travel. A way is `[icon, title, key, request, …]`: the first half of a list goes back.
import { h, svg } from "./dom.js";

/** Icons of ways forward, in a square of 16. */
const ICONS = {
  over: "M2 8a6 5.5 0 0 1 11 -1.5M13.4 2.6v4h-4M8 12.6h.01",
  into: "M8 2v6.5M4.8 5.5 8 8.7l3.2 -3.2M8 12.8h.01",
  out: "M8 8.7V2.2M4.8 5.4 8 2.2l3.2 3.2M8 12.8h.01",
  continue: "M5 3.2v9.6l7.5 -4.8z",
  end: "M4 3.2v9.6l6.5 -4.8zM12.5 3.2v9.6",
};

/** A button for each way, which calls `travel(way)`. */
export function wayButtons(ways, travel) {
  return ways.map((way, n) => {
    const button = h("button", {
      title: `${way[1]} (${way[2]})`,
      "aria-label": way[1],
      "data-way": way[4] ?? way[3],
      onclick: () => travel(way),
    });
    const icon = svg("svg", {
      viewBox: "0 0 16 16",
      class: n < ways.length / 2 ? "mirrored" : "",
      "aria-hidden": true,
    });
    icon.append(svg("path", { d: ICONS[way[0]] }));
    button.append(icon);
    return button;
  });
}
