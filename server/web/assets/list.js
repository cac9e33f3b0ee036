// The list of recordings.
import { ask } from "./ask.js";
import { duration, number, size } from "./amounts.js";
import { find, h, mood, short } from "./dom.js";

/** The interval at which the list is read again, in milliseconds. */
const PAUSE = 2000;

let all = [];
let shown = "";
/** Ids of the recordings to compare, at most two. */
let chosen = [];

function choose(id) {
  chosen = chosen.includes(id) ? chosen.filter((known) => known !== id) : [...chosen, id].slice(-2);
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("tbody input")))
    box.checked = chosen.includes(box.value);
  find("compare").disabled = chosen.length < 2;
}

/** Compares two runs, the earlier one on the left. */
function compare() {
  const started = (id) => all.find((recording) => recording.id === id)?.started ?? 0;
  const [left, right] = [...chosen].sort((a, b) => started(a) - started(b)).map(encodeURIComponent);
  location.href = `/compare/${left}/${right}`;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} Seconds in larger units, the largest first. */
const UNITS = [
  ["year", 31557600],
  ["month", 2629800],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** A time as people say it: `2 hours ago`. */
export function relative(then, now = Date.now()) {
  const seconds = (then - now) / 1000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? ago.format(Math.round(seconds / unit[1]), unit[0]) : "just now";
}

async function remove(recording) {
  if (!confirm(`Delete the recording of ${recording.program ?? recording.id}? It cannot be had back.`)) return;
  try {
    await ask(`/api/recordings/${encodeURIComponent(recording.id)}/delete`, { method: "POST" });
  } catch (error) {
    alert(error.message);
  }
  await refresh();
}

function row(recording) {
  const bin = h(
    "button",
    { className: "quiet", title: "Delete", "aria-label": "Delete", onclick: () => remove(recording) },
    "🗑",
  );
  const href = `/run/${encodeURIComponent(recording.id)}`;
  if (recording.error) {
    return h(
      "tr",
      { className: "unreadable" },
      h("td", {}),
      h("td", {}, recording.id),
      h("td", { colSpan: 6 }, recording.error),
      h("td", {}, bin),
    );
  }
  const { id, program, root, result, outcome, started, steps, python, raised } = recording;
  const given = recording.arguments.join(" ");
  return h(
    "tr",
    { "data-id": recording.id },
    h(
      "td",
      {},
      h("input", {
        type: "checkbox",
        value: recording.id,
        checked: chosen.includes(recording.id),
        title: "Compare",
        "aria-label": "Compare",
        onchange: () => choose(recording.id),
      }),
    ),
    h(
      "td",
      { className: "program" },
      h("a", { href, title: recording.argv.join(" ") }, short(program, root)),
      given && h("span", { className: "given", title: given }, ` ${given}`),
    ),
    h(
      "td",
      {},
      h("span", { className: `badge ${mood(result)}`, title: recording.trouble ?? "" }, outcome),
      raised && h("span", { className: "raised", title: raised }, ` ${raised.split("\n")[0]}`),
    ),
    h("td", { title: new Date(started).toLocaleString(), "data-started": started }, relative(started)),
    h("td", { className: "right" }, number(steps)),
    h("td", { className: "right" }, duration(recording.duration)),
    h("td", { className: "right" }, size(recording.size)),
    h("td", { className: "dim", title: `Python ${python ?? "?"}` }, id),
    h("td", {}, bin),
  );
}

function draw() {
  const words = find("filter").value.toLowerCase();
  const failed = find("errors").checked;
  const wanted = all.filter(({ program, argv, result, outcome, raised, id }) => {
    const good = mood(result) === "good";
    const text = [program, id, outcome, raised, ...(argv ?? [])].join(" ").toLowerCase();
    return !(failed && good) && text.includes(words);
  });
  const named = ["Program", "Result", "Started", "Steps", "Took", "Size", "Id"].map((name) =>
    h("th", { scope: "col" }, name),
  );
  const heads = [h("td", {}), ...named, h("td", {})];
  const nothing = all.length
    ? "None of them is like that."
    : "There are no recordings here. Make one with: connie run SCRIPT";
  find("recordings").replaceChildren(
    wanted.length
      ? h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, wanted.map(row)))
      : h("p", { className: "nothing" }, nothing),
  );
}

async function refresh() {
  try {
    const { recordings } = await ask("/api/recordings");
    const text = JSON.stringify(recordings);
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-started]")))
      cell.textContent = relative(Number(cell.dataset.started));
    if (text !== shown) {
      [all, shown] = [recordings, text];
      chosen = chosen.filter((id) => all.some((recording) => recording.id === id));
      find("compare").disabled = chosen.length < 2;
      draw();
    }
  } catch (error) {
    find("recordings").replaceChildren(h("p", { className: "nothing" }, error.message));
    shown = "";
  }
}

find("compare").onclick = compare;
find("filter").oninput = draw;
find("errors").onchange = draw;
await refresh();
setInterval(() => document.hidden || refresh(), PAUSE);
