// Where the view was: the address names the place, jumps are entries of the browser's history, steps are not.
import { find } from "./dom.js";

/** Jumps that follow each other within this time are one, as while the strip is dragged; in milliseconds. */
const ONE_JUMP = 700;

export class Places {
  #depth = history.state?.depth ?? 0;
  #jumps = false;
  // Time counts from the load of the page: a first jump soon after it is an entry too.
  #last = -Infinity;

  /** `go({step, frame, tab, story})` goes where an address says. */
  constructor(go) {
    addEventListener("popstate", ({ state }) => {
      this.#depth = state?.depth ?? 0;
      this.#draw();
      go(this.wanted());
    });
    find("back").onclick = () => history.back();
    this.#draw();
  }

  /** What the address names; without a step, the adapter chooses. */
  wanted() {
    const given = new URLSearchParams(location.hash.slice(1));
    const [step, frame] = [Number(given.get("step")), Number(given.get("frame"))];
    return { step, frame, tab: given.get("tab"), story: given.get("story") };
  }

  /** The next stop is a jump, not a step. */
  jump() {
    this.#jumps = true;
  }

  /** Names a place in the address: `story` has the filters of the story if it is open. The token is never part of it. */
  name({ step, frame, tab, story = null }) {
    const named = new URLSearchParams({ step });
    if (frame) named.set("frame", frame);
    if (tab && tab !== "Files") named.set("tab", tab);
    if (story !== null) named.set("story", story);
    const now = performance.now();
    const isElsewhere = this.wanted().step !== step && this.wanted().step > 0;
    const isEntry = this.#jumps && isElsewhere && now - this.#last > ONE_JUMP;
    if (this.#jumps) this.#last = now;
    this.#jumps = false;
    if (isEntry) history.pushState({ depth: ++this.#depth }, "", `#${named}`);
    else history.replaceState({ depth: this.#depth }, "", `#${named}`);
    this.#draw();
  }

  #draw() {
    find("back").disabled = this.#depth === 0;
  }
}
