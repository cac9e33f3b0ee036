// The calls of the run as a tree: a page of calls is read when it is opened, and what a call was given once it is seen. The
// call of the moment is open and marked.
import { counted, number } from "./amounts.js";
import { h } from "./dom.js";

/** Milliseconds until more is asked for, while the run is being read. */
const PAUSE = 60;
/** Milliseconds in which rows that come into sight are asked for together. */
const TOGETHER = 40;
/** The most calls whose values are asked for at once. */
const MOST = 60;

/**
 * Where calls come from.
 * @typedef {object} Source
 * @property {(given: Record<string, any>) => Promise<any>} branch Lanes, and some calls.
 * @property {(spans: string[]) => Promise<any[]>} values What calls were given, and how they ended.
 */

/**
 * A lane or a call.
 * @typedef {object} Branch
 * @property {Branch | null} parent
 * @property {number} level
 * @property {{ thread: number, task: number }} lane
 * @property {number} depth The depth of the calls inside.
 * @property {number} first The first step; 0 for a lane.
 * @property {number} last
 * @property {string} name
 * @property {string} place
 * @property {boolean} hasInside
 * @property {boolean} isOpen
 * @property {Branch[] | null} calls
 * @property {number} earlier The number of calls before those that are known.
 * @property {number} later
 * @property {any} [told] What it was given; null if that is not known.
 * @property {HTMLElement} [row]
 */

/** A row: a branch, or what reads more of one. @typedef {{ of: Branch, more?: "before" | "after" }} Row */

/** How a call ended. */
const ENDED = { returned: "→ ", yielded: "yields ", raised: "raises " };

export class CallTree {
  /** @type {Source} */
  #source;
  #seek;
  /** @type {HTMLElement | null} */
  #pane = null;
  #tree = h("div", { className: "tree", role: "tree", "aria-label": "Calls" });
  #said = h("p", { className: "nothing", role: "status", hidden: true });
  #run = null;
  /** @type {Branch[] | null} */
  #lanes = null;
  #steps = 0;
  /** The call of the moment, and the row that has the focus, or would get it. */
  #here = null;
  /** @type {HTMLElement | null} */
  #active = null;
  #turn = 0;
  /** Branches that were seen and whose values are not known. */
  #seen = new Set();
  #isAsking = false;
  #watch = new IntersectionObserver((entries) => this.#saw(entries));
  /** @type {WeakMap<Element, Row>} */
  #rows = new WeakMap();

  /**
   * `seek` goes to a step.
   * @param {Source} source
   * @param {(step: number) => any} seek
   */
  constructor(source, seek) {
    [this.#source, this.#seek] = [source, seek];
    this.#tree.onclick = (event) => this.#click(event);
    this.#tree.onkeydown = (event) => this.#key(event);
    this.#tree.addEventListener("focusin", ({ target }) => this.#activate(/** @type {HTMLElement} */ (target)));
  }

  /** Shows the tree in a pane. */
  open(pane) {
    this.#pane = pane;
    pane.replaceChildren(this.#said, this.#tree);
    if (this.#run) this.show(this.#run);
  }

  get #isShown() {
    return Boolean(this.#pane?.isConnected && this.#tree.isConnected);
  }

  /** Shows where the view stands in a run. */
  show(run) {
    this.#run = run;
    if (!this.#isShown) return;
    void this.#follow(++this.#turn);
  }

  /** Opens the calls of the moment. */
  async #follow(turn) {
    const { step, thread, steps } = this.#run;
    try {
      const told = await this.#whole({ thread, at: step }, () => turn === this.#turn);
      if (!told) return;
      if (!this.#lanes || this.#steps !== steps) {
        this.#lanes = told.lanes.map((lane) => this.#lane(lane, told.steps));
        this.#steps = steps;
      }
      let at = told.lane === null ? null : this.#lanes[told.lane];
      for (const [first] of told.calls) {
        if (!at.calls?.some((call) => call.first === first)) await this.#load(at, { at: first });
        if (turn !== this.#turn) return;
        at.isOpen = true;
        const inside = at.calls.find((call) => call.first === first);
        if (!inside) break;
        at = inside;
      }
      if (this.#lanes.length === 1 && !this.#lanes[0].isOpen) await this.#unfold(this.#lanes[0]);
      this.#here = at;
      this.#draw();
      at?.row?.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (turn === this.#turn) this.#say(error.message);
    }
  }

  /** Asks until the run was read; `null` if the answer is not wanted any more. */
  async #whole(given, isWanted = () => true) {
    for (;;) {
      const told = await this.#source.branch(given);
      if (!isWanted()) return null;
      if (told.whole || told.calls.length) {
        this.#say(told.lanes.length ? "" : "No call was recorded.");
        return told;
      }
      if (!told.steps || this.#run.result === "recording") return told;
      this.#say(`reading the calls… ${Math.floor((100 * told.read) / told.steps)} %`);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  #say(text) {
    this.#said.textContent = text;
    this.#said.hidden = !text;
  }

  /** @returns {Branch} */
  #lane({ name, thread, task }, steps) {
    const of = { parent: null, level: 1, lane: { thread, task }, depth: 0, first: 0, last: steps };
    return { ...of, name, place: "", hasInside: true, isOpen: false, calls: null, earlier: 0, later: 0, told: null };
  }

  /** Reads calls inside of a branch; `which` says which ones. What is next to those that are known is added to them. */
  async #load(branch, which) {
    const { lane, depth, first, last } = branch;
    const told = await this.#whole({ ...lane, depth, inside: first, to: last, ...which });
    const calls = told.calls.map(([from, to, code, inside]) => ({
      parent: branch,
      level: branch.level + 1,
      lane,
      depth: depth + 1,
      first: from,
      last: to,
      name: told.functions[code]?.name ?? "?",
      place: told.functions[code]?.place ?? "",
      hasInside: Boolean(inside),
      isOpen: false,
      calls: null,
      earlier: 0,
      later: 0,
    }));
    if (which.before !== undefined && calls.length) {
      branch.calls = [...calls, ...branch.calls];
      branch.earlier = told.earlier;
    } else if (which.after !== undefined && branch.calls) {
      branch.calls = [...branch.calls, ...calls];
      branch.later = calls.length ? told.later : 0;
    } else [branch.calls, branch.earlier, branch.later] = [calls, told.earlier, told.later];
    return calls;
  }

  async #unfold(branch) {
    if (!branch.calls) await this.#load(branch, { after: branch.first });
    branch.isOpen = true;
  }

  /** The rows that are shown, in order. @returns {Row[]} */
  #visible() {
    const rows = [];
    const add = (/** @type {Branch[]} */ branches) => {
      for (const of of branches) {
        rows.push({ of });
        if (!of.isOpen || !of.calls) continue;
        if (of.earlier) rows.push({ of, more: "before" });
        add(of.calls);
        if (of.later) rows.push({ of, more: "after" });
      }
    };
    add(this.#lanes ?? []);
    return rows;
  }

  #draw() {
    const hadFocus = this.#tree.contains(document.activeElement);
    const rows = this.#visible().map((row) => (row.more ? this.#more(row) : this.#row(row.of)));
    this.#tree.replaceChildren(...rows);
    if (!rows.includes(this.#active)) this.#activate(this.#here?.row ?? rows[0] ?? null);
    if (hadFocus) this.#active?.focus({ preventScroll: true });
  }

  /** The element of a branch. */
  #row(/** @type {Branch} */ branch) {
    if (!branch.row) {
      branch.row = h("div", { className: "branch", role: "treeitem", tabIndex: -1 });
      branch.row.style.setProperty("--level", String(Math.min(branch.level - 1, 30)));
      this.#rows.set(branch.row, { of: branch });
      if (branch.told === undefined) this.#watch.observe(branch.row);
      this.#fill(branch);
    }
    const { row, parent } = branch;
    row.setAttribute("aria-level", String(branch.level));
    const siblings = parent?.calls ?? this.#lanes;
    const [earlier, later] = [parent?.earlier ?? 0, parent?.later ?? 0];
    // -1 says that the number is not known.
    const all = earlier + siblings.length + later;
    row.setAttribute("aria-setsize", String(Number.isFinite(all) ? all : -1));
    if (Number.isFinite(earlier)) row.setAttribute("aria-posinset", String(earlier + siblings.indexOf(branch) + 1));
    if (branch.hasInside) row.setAttribute("aria-expanded", String(branch.isOpen));
    if (branch === this.#here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    row.querySelector(".fold").textContent = branch.hasInside ? (branch.isOpen ? "▾" : "▸") : "";
    return row;
  }

  /** Says what is known of a branch. */
  #fill(/** @type {Branch} */ branch) {
    const { row, name, place, first, last, told } = branch;
    const fold = h("span", { className: "fold", "aria-hidden": "true" });
    if (!first) {
      row.replaceChildren(fold, h("b", {}, name));
      return;
    }
    const given = told?.arguments ?? [];
    const each = given.flatMap(([of, value], n) => [n ? ", " : "", h("i", {}, of), `=${value}`]);
    const ended = ENDED[told?.ending];
    const says = h(
      "span",
      { className: "says" },
      h("b", { className: "called" }, name),
      h("span", { className: "given" }, "(", told ? each : "…", ")"),
      ended && h("span", { className: told.ending === "raised" ? "bad" : "dim" }, ` ${ended}${told.value}`),
    );
    const steps = h("span", { className: "right dim" }, counted(last - first + 1, "step"));
    row.title = `${place} · steps ${number(first)} to ${number(last)}\n${says.textContent}`.slice(0, 1000);
    row.replaceChildren(fold, says, steps);
    fold.textContent = branch.hasInside ? (branch.isOpen ? "▾" : "▸") : "";
  }

  /** The element that reads more calls of a branch. */
  #more(/** @type {Row} */ { of, more }) {
    const [count, what] = more === "before" ? [of.earlier, "earlier call"] : [of.later, "later call"];
    const text = `${Number.isFinite(count) ? counted(count, what) : `${what}s`}…`;
    const made = h("div", { className: "branch more", role: "treeitem", tabIndex: -1, "aria-level": of.level + 1 });
    made.append(h("span", { className: "fold", "aria-hidden": "true" }), h("span", { className: "says" }, text));
    made.style.setProperty("--level", String(Math.min(of.level, 30)));
    this.#rows.set(made, { of, more });
    return made;
  }

  /** Rows came into sight. */
  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      const { of } = this.#rows.get(target) ?? {};
      if (!of || of.told !== undefined) this.#watch.unobserve(target);
      else if (isIntersecting) this.#seen.add(of);
      else this.#seen.delete(of);
    }
    if (this.#isAsking || !this.#seen.size) return;
    this.#isAsking = true;
    setTimeout(() => void this.#tell(), TOGETHER);
  }

  /** Asks what the calls in sight were given, until all is known. */
  async #tell() {
    try {
      while (this.#seen.size) {
        const wanted = [...this.#seen].slice(0, MOST);
        const told = await this.#source.values(wanted.map(({ first, last }) => `${first}-${last}`));
        if (!told.length) break;
        told.forEach((one, n) => {
          const branch = wanted[n];
          branch.told = one;
          this.#seen.delete(branch);
          this.#watch.unobserve(branch.row);
          this.#fill(branch);
        });
      }
    } catch {
      // The rows are asked about again when they come into sight.
      this.#seen.clear();
    } finally {
      this.#isAsking = false;
    }
  }

  /** Makes a row the one that gets the focus. */
  #activate(/** @type {HTMLElement | null} */ row) {
    const made = /** @type {HTMLElement | null} */ (row?.closest("[role=treeitem]"));
    if (!made) return;
    if (this.#active) this.#active.tabIndex = -1;
    this.#active = made;
    made.tabIndex = 0;
  }

  #focus(/** @type {Element | null | undefined} */ row) {
    /** @type {HTMLElement | null} */ (row)?.focus();
  }

  /** Does what a click on a row does: reads more, or goes to the call. */
  async #use(row) {
    const { of, more } = this.#rows.get(row) ?? {};
    if (!of) return;
    if (more) {
      const calls = await this.#load(
        of,
        more === "before" ? { before: of.calls[0].first } : { after: of.calls.at(-1).first },
      );
      this.#draw();
      this.#focus((more === "before" ? calls.at(-1) : calls[0])?.row);
    } else if (of.first) await this.#seek(of.first);
    else await this.#toggle(of);
  }

  async #toggle(/** @type {Branch} */ branch) {
    if (!branch.hasInside) return;
    if (branch.isOpen) branch.isOpen = false;
    else await this.#unfold(branch);
    this.#draw();
  }

  /** Does some work, and says why if it fails. */
  #try(work) {
    work.catch((error) => this.#say(error.message));
  }

  #click({ target }) {
    const row = target.closest("[role=treeitem]");
    if (!row) return;
    this.#focus(row);
    const { of, more } = this.#rows.get(row);
    this.#try(target.closest(".fold") && !more ? this.#toggle(of) : this.#use(row));
  }

  #key(event) {
    const row = event.target.closest("[role=treeitem]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const { of, more } = this.#rows.get(row);
    const isOpen = !more && of.isOpen;
    const opens = () => (isOpen ? this.#focus(row.nextElementSibling) : this.#try(this.#toggle(of)));
    const work = {
      ArrowDown: () => this.#focus(row.nextElementSibling),
      ArrowUp: () => this.#focus(row.previousElementSibling),
      ArrowRight: () => !more && of.hasInside && opens(),
      ArrowLeft: () => (isOpen ? this.#try(this.#toggle(of)) : this.#focus((more ? of : of.parent)?.row)),
      Home: () => this.#focus(this.#tree.firstElementChild),
      End: () => this.#focus(this.#tree.lastElementChild),
      Enter: () => this.#try(this.#use(row)),
      " ": () => this.#try(this.#use(row)),
    }[event.key];
    if (!work) return;
    work();
    event.preventDefault();
    event.stopPropagation();
  }
}
