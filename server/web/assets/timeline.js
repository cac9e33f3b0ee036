// The run at a glance, in the colours of the page.
import { colour, find } from "./dom.js";
import { Strip } from "./drawing.js";

/** What is drawn, and its colour in the style sheet. */
const COLOURS = {
  track: "track",
  passed: "passed",
  output: "dim",
  hit: "breakpoint",
  caught: "warning",
  uncaught: "bad",
  write: "accent",
};

export class Timeline extends Strip {
  /** `seek` goes to a step, and resolves when the view has arrived. */
  constructor(seek) {
    const colours = () => Object.fromEntries(Object.entries(COLOURS).map(([part, name]) => [part, colour(name)]));
    super(find("strip"), { seek, colours });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }
}
