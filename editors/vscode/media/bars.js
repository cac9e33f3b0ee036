// Copied by cargo xtask codegen from server/web/assets/bars.js: change it there.
// The calls of a run as bars on a canvas: where they lie, what is written on them, which one is under the pointer. A chart
// is what the server answers; a view is the range of steps that is shown: `{ from, span }`.
import { number } from "./amounts.js";
import { plain } from "./texts.js";

/** The height of a row, in pixels. */
export const ROW = 18;
/** The width of a character of the bars' font. */
const CHARACTER = 6.7;
const FONT = '11px ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
/** The fewest steps that are shown. */
const LEAST = 10;
/** The number of colours of functions. */
export const COLOURS = 8;
/** Pixels from a mark at which it is meant. */
const NEAR = 5;

/** A range of steps that lies within the run. */
export function within({ from, span }, steps) {
  const shown = Math.min(Math.max(span, Math.min(LEAST, steps)), Math.max(1, steps));
  return { from: Math.min(Math.max(1, from), steps + 1 - shown), span: shown };
}

/** The view with `factor` times as many steps; the step `at` stays where it is. */
export function zoomed(view, factor, at, steps) {
  const { span } = within({ from: view.from, span: view.span * factor }, steps);
  return within({ from: at - ((at - view.from) * span) / view.span, span }, steps);
}

/** Where a step begins, in pixels from the left. */
export const left = (view, step, width) => ((step - view.from) / view.span) * width;

/** The step at a pixel. */
export const stepAt = (view, x, width, steps) =>
  Math.min(steps, Math.max(1, Math.floor(view.from + (x / width) * view.span)));

/** The bar of a row at a pixel: `[first, last, code, calls, mixed]`. */
function barAt(bars, view, x, width) {
  const reaches = ([first, last]) => left(view, last + 1, width) >= x - 1 && left(view, first, width) <= x + 1;
  const around = (bar) => Math.abs((left(view, bar[0], width) + left(view, bar[1] + 1, width)) / 2 - x);
  const holds = ([first, last]) => left(view, first, width) <= x && left(view, last + 1, width) > x;
  const found = bars.filter(reaches);
  return found.find(holds) ?? found.sort((a, b) => around(a) - around(b))[0] ?? null;
}

/** What is at a place of the chart: a bar, or a mark. */
export function under(chart, view, { x, y }, width) {
  const row = Math.floor(y / ROW);
  if (chart.lanes.some((lane) => lane.row === row)) {
    const marks = [...chart.exceptions.map((mark) => [...mark, true]), ...chart.output];
    const far = ([step]) => Math.abs(left(view, step + 0.5, width) - x);
    const near = marks.filter((mark) => mark[1] === row && far(mark) <= NEAR).sort((a, b) => far(a) - far(b));
    const [mark] = near;
    return mark ? { step: mark[0], mark: mark[3] ? (mark[2] ? "uncaught exception" : "exception") : "output" } : null;
  }
  const bars = chart.rows.find((one) => one.row === row)?.bars;
  const bar = bars && barAt(bars, view, x, width);
  return bar ? { step: bar[0], bar } : null;
}

/** The bar of the innermost call around a step, in one of the lanes; `{ row, bar }`. */
export function innermost(chart, lanes, step) {
  const isIn = (row) => lanes.some((lane) => row > lane.row && row <= lane.row + lane.depth);
  const found = chart.rows
    .filter(({ row }) => isIn(row))
    .map(({ row, bars }) => ({ row, bar: bars.find(([first, last]) => first <= step && step <= last) }));
  return found.findLast(({ bar }) => bar) ?? null;
}

/** The bar that a key leads to from a chosen one: its caller, its first call, or the call before or after it in its row;
 *  `null` if there is none. */
export function neighbour(chart, { row, bar }, key) {
  const bars = (of) => chart.rows.find((one) => one.row === of)?.bars ?? [];
  const [first, last] = bar;
  const to = {
    ArrowUp: () => [row - 1, bars(row - 1).find((one) => one[0] <= first && first <= one[1])],
    ArrowDown: () => [row + 1, bars(row + 1).find((one) => one[0] >= first && one[0] <= last)],
    ArrowLeft: () => [row, bars(row).findLast((one) => one[0] < first)],
    ArrowRight: () => [row, bars(row).find((one) => one[0] > last)],
  }[key];
  const [at, found] = to();
  return found ? { row: at, bar: found } : null;
}

/** The last part of a qualified name. */
const last = (name) => name.split(".").at(-1);

/** What fits on a bar that has room for so many characters; empty if nothing does. */
export function label(name, calls, room) {
  const times = calls > 1 ? ` ×${number(calls)}` : "";
  for (const text of [name + times, last(name) + times, last(name)]) if (text.length <= room) return text;
  return room >= 4 ? `${last(name).slice(0, room - 1)}…` : "";
}

/** Whether a name has a text, as the page's search takes it. */
const has = (name, text) => (/\p{Lu}/u.test(text) ? name : name.toLowerCase()).includes(text);

/** Draws the visible part of a chart. `scene` has the chart, the view, the first pixel that is visible, the step and the
 *  thread of the moment, the text that is sought, and the range of steps that is being selected. */
export function draw(canvas, scene, colours) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = FONT;
  pen.textBaseline = "middle";
  const { chart, view, top } = scene;
  if (!chart) return;
  const place = { pen, width, height, top, view, colours };
  for (const { row, bars } of chart.rows) {
    const y = row * ROW - top;
    if (y > -ROW && y < height) drawRow(place, bars, y, scene);
  }
  if (!chart.whole) drawUnread(place, chart);
  for (const lane of chart.lanes) drawLane(place, lane, chart);
  drawChosen(place, scene.chosen);
  drawMoment(place, scene);
}

function drawRow({ pen, width, view, colours }, bars, y, { chart, sought, lit }) {
  for (const bar of bars) {
    const [first, end, code, calls, mixed] = bar;
    const from = Math.max(-2, left(view, first, width));
    const to = Math.min(width + 2, left(view, end + 1, width));
    if (to < 0 || from > width) continue;
    const wide = Math.max(1, to - from - (to - from > 3 ? 1 : 0));
    const name = plain(chart.functions[code]?.name ?? "?");
    pen.globalAlpha = sought && (mixed || !has(name, sought)) ? 0.25 : 1;
    pen.fillStyle = mixed ? colours.mixed : colours.functions[code % COLOURS];
    pen.fillRect(from, y + 1, wide, ROW - 2);
    if (lit(bar, y)) {
      pen.strokeStyle = colours.cursor;
      pen.strokeRect(from + 0.5, y + 1.5, Math.max(1, wide - 1), ROW - 3);
    }
    if (wide < 4 * CHARACTER) continue;
    const start = Math.max(0, from) + 4;
    const room = Math.floor((from + wide - start - 2) / CHARACTER);
    const text = mixed ? (room > 10 ? `${number(calls)} calls` : "") : label(name, calls, room);
    pen.fillStyle = colours.text;
    pen.fillText(text, start, y + ROW / 2 + 0.5);
  }
  pen.globalAlpha = 1;
}

/** The bar that keys are about. */
function drawChosen({ pen, width, top, view, colours }, chosen) {
  if (!chosen) return;
  const [from, to] = [left(view, chosen.bar[0], width), left(view, chosen.bar[1] + 1, width)].map((x) =>
    Math.min(width + 2, Math.max(-2, x)),
  );
  pen.strokeStyle = colours.text;
  pen.lineWidth = 2;
  pen.strokeRect(from + 1, chosen.row * ROW - top + 2, Math.max(2, to - from - 3), ROW - 4);
  pen.lineWidth = 1;
}

/** What is not read yet. */
function drawUnread({ pen, width, height, view, colours }, chart) {
  const from = Math.max(0, left(view, chart.read + 1, width));
  if (from >= width) return;
  pen.fillStyle = colours.track;
  pen.fillRect(from, 0, width - from, height);
  pen.fillStyle = colours.dim;
  const share = Math.floor((100 * chart.read) / Math.max(1, chart.steps));
  pen.fillText(`reading… ${share} %`, from + 6, height / 2);
}

/** The name of a lane, and the marks of its row. */
function drawLane({ pen, width, height, top, view, colours }, lane, chart) {
  const y = lane.row * ROW - top;
  if (y < -ROW * (lane.depth + 1) || y > height) return;
  const mark = (marks, wide, tall, colour) => {
    pen.fillStyle = colour;
    for (const [step, row] of marks)
      if (row === lane.row) pen.fillRect(left(view, step + 0.5, width) - wide / 2, y + ROW - 2 - tall, wide, tall);
  };
  mark(chart.output, 2, 5, colours.dim);
  mark(
    chart.exceptions.filter(([, , uncaught]) => !uncaught),
    2,
    10,
    colours.caught,
  );
  const uncaught = chart.exceptions.filter(([, row, is]) => is && row === lane.row);
  mark(uncaught, 5, 13, colours.uncaught);
  const name = plain(lane.name);
  pen.fillStyle = colours.back;
  pen.globalAlpha = 0.85;
  pen.fillRect(0, y + 1, name.length * CHARACTER + 10, ROW - 2);
  pen.globalAlpha = 1;
  pen.fillStyle = colours.dim;
  pen.fillText(name, 5, y + ROW / 2 + 0.5);
}

function drawMoment({ pen, width, height, view, colours }, { step, selected }) {
  if (selected) {
    const [from, to] = [left(view, selected[0], width), left(view, selected[1] + 1, width)];
    pen.globalAlpha = 0.2;
    pen.fillStyle = colours.cursor;
    pen.fillRect(from, 0, to - from, height);
    pen.globalAlpha = 1;
  }
  pen.fillStyle = colours.cursor;
  pen.fillRect(left(view, step + 0.5, width) - 1, 0, 2, height);
}
