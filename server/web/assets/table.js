// A value as a table: some rows and columns at a time.
import { number } from "./amounts.js";
import { h } from "./dom.js";

/** Which of all: `rows 0–99 of 5,000`. */
function which(what, first, count, all) {
  if (!all) return `no ${what}s`;
  if (count >= all) return `${number(all)} ${what}${all === 1 ? "" : "s"}`;
  return `${what}s ${number(first)}–${number(first + Math.max(0, count - 1))} of ${number(all)}`;
}

/**
 * A table that reads on. `ask(row, column)` answers with a part.
 * @param {any} first The first part.
 * @param {(row: number, column: number) => Promise<any>} ask
 */
export function table(first, ask) {
  const said = h("span", { className: "dim" });
  const wrong = h("p", { className: "wrong", role: "status" });
  const head = h("thead", {});
  const body = h("tbody", {});
  const [byRows, byColumns] = [first.body.length || 1, first.heads.length || 1];
  const move = (label, title, to) =>
    h(
      "button",
      { className: "quiet", type: "button", title, "aria-label": title, onclick: () => void go(to()) },
      label,
    );
  let part = first;
  const ways = {
    up: move("↑", "Earlier rows", () => [Math.max(0, part.row - byRows), part.column]),
    down: move("↓", "Later rows", () => [part.row + byRows, part.column]),
    left: move("←", "Columns before", () => [part.row, Math.max(0, part.column - byColumns)]),
    right: move("→", "Columns after", () => [part.row, part.column + byColumns]),
  };
  const at = h("input", { inputMode: "numeric", size: 8, "aria-label": "Go to a row", placeholder: "row" });
  const form = h("form", { className: "ways" }, said, ways.up, ways.down, ways.left, ways.right, at);
  form.onsubmit = (event) => {
    event.preventDefault();
    const row = Number(at.value.replace(/\D/g, ""));
    void go([Math.min(row, Math.max(0, part.rows - 1)), part.column]);
  };
  async function go([row, column]) {
    try {
      const found = await ask(row, column);
      if (found) draw(found);
      wrong.textContent = "";
    } catch (error) {
      wrong.textContent = error.message;
    }
  }
  function draw(found) {
    part = found;
    const { shape, rows, row, columns, column, heads, body: all } = found;
    const size = shape.length > 2 ? `shape ${shape.map(number).join(" × ")} · ` : "";
    said.textContent = `${size}${which("row", row, all.length, rows)} · ${which("column", column, heads.length, columns)}`;
    ways.up.hidden = ways.down.hidden = at.hidden = all.length >= rows;
    ways.left.hidden = ways.right.hidden = heads.length >= columns;
    ways.up.disabled = row === 0;
    ways.down.disabled = row + all.length >= rows;
    ways.left.disabled = column === 0;
    ways.right.disabled = column + heads.length >= columns;
    const title = ([name, type]) =>
      h("th", { scope: "col", title: type }, name, type && h("span", { className: "dim" }, ` ${type}`));
    head.replaceChildren(h("tr", {}, h("td", {}), heads.map(title)));
    const cell = (text) => h("td", { className: text === null ? "none" : "", title: text ?? "" }, text ?? "");
    body.replaceChildren(
      ...all.map(([label, cells]) => h("tr", {}, h("th", { scope: "row" }, label), cells.map(cell))),
    );
  }
  draw(first);
  const scrolled = h("div", { className: "scrolled", tabIndex: 0, role: "region", "aria-label": "Table" });
  scrolled.append(h("table", { className: "cells" }, head, body));
  return [form, wrong, scrolled];
}
