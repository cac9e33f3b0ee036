// The head of the page of a run: its program and its outcome.
import { duration } from "./amounts.js";
import { find, mood, short } from "./dom.js";
import { plain } from "./texts.js";

/** Shows what ran, and how it ended. */
export function showHead(info) {
  find("program").textContent = plain(short(info.program, info.root));
  find("program").title = [
    info.argv.join(" "),
    info.cwd,
    `Python ${info.python}`,
    `took ${duration(info.duration)}`,
    info.trouble,
  ]
    .filter(Boolean)
    .map(plain)
    .join("\n");
  find("outcome").textContent = info.outcome;
  find("outcome").className = `badge ${mood(info.result)}`;
}
