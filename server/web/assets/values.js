// Variables as trees. Children are requested when a variable is opened.
import { number } from "./amounts.js";
import { h } from "./dom.js";
import { mayBeTable, objectOf, textOf } from "./literals.js";
import { plain } from "./texts.js";

/** The number of children that are requested at a time. */
const PAGE = 200;
/** A value that is longer than this can be shown whole. */
const LONG = 40;
/** From so many variables on, there is a filter. */
const MANY = 8;
/** The branch of pinned names. */
const PINNED = "Pinned";
/** Scopes whose variables are those of the function. */
const OWN = ["Locals", "Closure"];

/**
 * What is known where the view stands.
 * @typedef {object} Moment
 * @property {any[]} [frames] The frames of the stack, the innermost first.
 * @property {number} [looked] The frame that is looked at.
 * @property {Map<string, string | null>} [changed] The variables that changed at the step, with their texts before.
 */

/** Where rows are: the path of what has them, its handle, and the frame. @typedef {{ way: string, reference: number, frame: any }} Place */

export class Values {
  #element;
  #request;
  #actions;
  #pins;
  /** The open nodes, by their path from the scope; they stay open at the next stop. */
  #open = new Set(["Locals", PINNED]);
  /** Values at the previous stop, by path. */
  #before = new Map();
  #now = new Map();
  /** @type {Moment} */
  #moment = {};
  #turn = 0;
  #filter = h("input", {
    type: "search",
    className: "filter",
    placeholder: "Filter by name or value",
    "aria-label": "Filter variables",
    hidden: true,
    oninput: () => this.#sift(),
  });

  /** `request` asks the debug adapter. `actions` are questions about a value; what there is none of has no button. `pins` are
   *  the names that stay in sight. */
  constructor(element, request, actions, pins = null) {
    [this.#element, this.#request, this.#actions, this.#pins] = [element, request, actions, pins];
    element.before(this.#filter);
    element.addEventListener("click", (event) => this.#sameClicked(event));
  }

  /** Hides the variables that have the filter's text neither in their name nor in their value. */
  #sift() {
    const wanted = this.#filter.value.toLowerCase();
    const rows = [...this.#element.querySelectorAll(":scope > details > .inside > :is(.leaf, .holder)")];
    this.#filter.hidden = rows.length < MANY && !wanted;
    for (const row of rows) {
      const head = row.querySelector("[data-name]");
      const text = `${head.dataset.name} ${head.querySelector(".worth").textContent}`;
      row.hidden = !text.toLowerCase().includes(wanted);
    }
    this.#markSame();
  }

  /**
   * Shows the scopes of a frame. `anew`: it is another function, so that nothing is compared with the stop before.
   * @param {number} frame
   * @param {boolean} anew
   * @param {Moment} [moment]
   */
  async show(frame, anew, moment = {}) {
    const turn = ++this.#turn;
    this.#moment = moment;
    const { scopes } = await this.#request("scopes", { frameId: frame });
    [this.#before, this.#now] = [anew ? new Map() : this.#now, new Map()];
    const made = [];
    const pinned = await this.#pinned();
    if (pinned) made.push(pinned);
    for (const scope of scopes) {
      const way = scope.name;
      // What is returned or raised is why one stands here.
      if (!scope.expensive && !OWN.includes(way)) this.#open.add(way);
      const place = { way, reference: scope.variablesReference, frame };
      made.push(await this.#branch(place, h("span", { className: "scope" }, way)));
    }
    if (turn !== this.#turn) return;
    this.#element.replaceChildren(...made);
    this.#sift();
  }

  /** Shows the same again, after pins changed. */
  async #again(frame) {
    this.#before = this.#now;
    await this.show(frame, false, this.#moment);
  }

  clear() {
    this.#turn++;
    this.#element.replaceChildren();
  }

  /** Looks at the first variable: those that changed come first. */
  focus() {
    const changed = this.#element.querySelector(".changed") ?? this.#element.querySelector("[data-name]");
    (changed?.closest("summary") ?? changed)?.focus();
  }

  /** The pinned names, each in the nearest call of its function; `null` if there are none. */
  async #pinned() {
    const { frames = [], looked = 0 } = this.#moment;
    if (!this.#pins?.all.length) return null;
    const inside = h("div", { className: "inside", role: "group" });
    for (const pin of this.#pins.all) {
      const frame = this.#pins.frameOf(pin, frames, looked);
      inside.append(await this.#pin(pin, frame));
    }
    const branch = h(
      "details",
      { open: this.#open.has(PINNED) },
      h("summary", {}, h("span", { className: "scope" }, PINNED)),
      inside,
    );
    branch.ontoggle = () => this.#open[branch.open ? "add" : "delete"](PINNED);
    return branch;
  }

  async #pin(pin, frame) {
    const { expression } = pin;
    const none = (text) => {
      const head = h(
        "span",
        { className: "variable", "data-name": expression, title: `${expression} in ${pin.function}` },
        h("span", { className: "name" }, expression),
        " ",
        h("span", { className: "worth dim" }, text),
      );
      const drop = this.#act("★", "Unpin", () => this.#unpin(pin), expression);
      return h("div", { className: "leaf" }, head, h("span", { className: "acts" }, drop));
    };
    if (!frame) return none(`${pin.function} does not run here`);
    let told;
    try {
      told = await this.#request("evaluate", { expression, frameId: frame.id, context: "watch" });
    } catch (error) {
      return none(error.message);
    }
    const { result: value, type, variablesReference } = told;
    const variable = { name: expression, value, type, variablesReference, evaluateName: expression };
    const row = await this.#variable({ way: PINNED, reference: 0, frame: frame.id }, variable);
    row.querySelector(".variable").append(h("span", { className: "dim" }, `  in ${frame.name}`));
    return row;
  }

  #unpin(pin) {
    this.#pins.drop(pin);
    const { frames = [], looked = 0 } = this.#moment;
    void this.#again(frames[looked]?.id);
  }

  async #branch(/** @type {Place} */ place, head) {
    const { way } = place;
    const inside = h("div", { className: "inside", role: "group" });
    const branch = h("details", { open: this.#open.has(way) }, h("summary", {}, head), inside);
    let filled = false;
    const fill = async () => {
      filled = true;
      await this.#fill(inside, place, 0);
    };
    if (branch.open) await fill();
    branch.ontoggle = () => {
      if (branch.open) this.#open.add(way);
      else this.#open.delete(way);
      if (branch.open && !filled) void fill();
    };
    return branch;
  }

  async #fill(inside, /** @type {Place} */ place, start) {
    let variables;
    try {
      const asked = { variablesReference: place.reference, start, count: PAGE };
      ({ variables } = await this.#request("variables", asked));
    } catch (error) {
      inside.append(h("div", { className: "nothing" }, error.message));
      return;
    }
    const rows = [];
    for (const variable of variables) rows.push(await this.#variable(place, variable));
    // What changed comes first among the variables of a function; items of containers stay in their order.
    const isFirst = (row) => OWN.includes(place.way) && row.querySelector(".variable").classList.contains("changed");
    inside.append(...rows.filter(isFirst), ...rows.filter((row) => !isFirst(row)));
    if (variables.length === PAGE) {
      const more = h("button", { className: "quiet" }, "more…");
      more.onclick = () => {
        more.remove();
        void this.#fill(inside, place, start + PAGE);
      };
      inside.append(more);
    } else if (start === 0 && variables.length === 0) {
      inside.append(h("div", { className: "nothing" }, "none"));
    }
    this.#sift();
  }

  /** What a variable was, if it changed; `undefined` if it did not. */
  #was({ way }, name, value) {
    const own = `${way}\n${name}`;
    const [before, { changed }] = [this.#before.get(own), this.#moment];
    this.#now.set(own, value);
    if (OWN.includes(way) && changed?.has(name)) return changed.get(name);
    return before !== undefined && before !== value ? before : undefined;
  }

  async #variable(/** @type {Place} */ place, variable) {
    const { name, value, type, variablesReference, evaluateName } = variable;
    const was = this.#was(place, name, value);
    const isChanged = was !== undefined;
    const about = isChanged ? `${type ?? ""}\n${was === null ? "It had no value before." : `It was ${was}`}` : type;
    const object = objectOf(type);
    const head = h(
      "span",
      { className: `variable${isChanged ? " changed" : ""}`, "data-name": name, title: about ?? "" },
      h("span", { className: "name" }, name),
      " = ",
      variablesReference || value.length <= LONG
        ? h("span", { className: "worth" }, value)
        : this.#long(variable, place.frame),
    );
    if (object !== null) {
      head.dataset.object = object;
      head.dataset.called = evaluateName ?? name;
    }
    const acts = this.#acts(variable, place.frame);
    if (!variablesReference) {
      if (isChanged) head.tabIndex = -1;
      return h("div", { className: "leaf" }, head, acts);
    }
    const own = { way: `${place.way}\n${name}`, reference: variablesReference, frame: place.frame };
    return h("div", { className: "holder" }, await this.#branch(own, head), acts);
  }

  /** A long text takes one line, and is shown whole by a click: a string as it is, everything else as it is written. */
  #long({ value, evaluateName }, frame) {
    const made = h("span", { className: "worth", role: "button", tabIndex: 0, "aria-expanded": "false" }, value);
    const raw = h("pre", { className: "raw", tabIndex: 0, "aria-label": "The whole text" });
    const toggle = async () => {
      const head = made.closest(".variable");
      const isWhole = head.classList.toggle("whole");
      made.setAttribute("aria-expanded", String(isWhole));
      raw.remove();
      if (!isWhole || !textOf(value.replace(/…$/, ""))) return;
      const whole = evaluateName ? await this.#wholeText(evaluateName, frame).catch(() => value) : value;
      const { text, rest } = textOf(whole) ?? { text: whole, rest: "" };
      const about = [`${number([...text].length)} characters`, rest.replace(/^…/, "").trim() || (rest && "cut")];
      raw.replaceChildren(plain(text), h("span", { className: "dim about" }, about.filter(Boolean).join(" ")));
      if (head.classList.contains("whole")) head.append(raw);
    };
    made.onclick = () => void toggle();
    made.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      void toggle();
      event.preventDefault();
      event.stopPropagation();
    };
    return made;
  }

  async #wholeText(expression, frame) {
    return (await this.#request("evaluate", { expression, frameId: frame, context: "hover" })).result;
  }

  #act(text, title, run, expression) {
    return h("button", { className: "act", title, "aria-label": `${title}: ${expression}`, onclick: run }, text);
  }

  /** Questions about a variable. They are beside what opens it, not in it, as a button is in no other one. */
  #acts({ name, value, type, evaluateName }, frame) {
    const { written, why, history, origin, table, names } = this.#actions;
    const { frames = [] } = this.#moment;
    const object = objectOf(type);
    const called = evaluateName ?? name;
    const action = (text, title, run) => run && this.#act(text, title, () => run(called, frame, object), called);
    const whole = frames.find(({ id }) => id === frame);
    const isPinned = evaluateName && this.#pins?.has(evaluateName, whole);
    const pin = () => {
      this.#pins.toggle(evaluateName, whole);
      void this.#again(frames[this.#moment.looked ?? 0]?.id);
    };
    const acts = [
      ...(evaluateName
        ? [
            action("↶", "Go to the line that wrote it", written),
            action("why", "Why", why),
            action("history", "History", history),
            action("origin", "Origin", origin),
          ]
        : []),
      mayBeTable(type, value) && action("▦", "As a table", table),
      object !== null && action("≡", "All names of this object", names),
      evaluateName && whole && this.#pins && action(isPinned ? "★" : "☆", isPinned ? "Unpin" : "Pin", pin),
    ].filter(Boolean);
    return acts.length ? h("span", { className: "acts" }, acts) : null;
  }

  /** Marks rows that show the same object: each has the names of the others. */
  #markSame() {
    const all = new Map();
    for (const head of this.#element.querySelectorAll("[data-object]")) {
      const rows = all.get(head.dataset.object) ?? [];
      rows.push(head);
      all.set(head.dataset.object, rows);
    }
    for (const [object, rows] of all) {
      const names = new Set(rows.map(({ dataset }) => dataset.called));
      for (const head of rows) {
        head.querySelector(":scope > .same")?.remove();
        const others = [...names].filter((name) => name !== head.dataset.called);
        if (!others.length) continue;
        const title = `The same object as ${others.join(", ")}. Click: where it is`;
        const sign = h("span", { className: "same", title, "data-same": object }, `≡ ${others[0]}`);
        head.querySelector(".name").after(" ", sign);
      }
    }
  }

  /** Shows where the others are that show the same object. */
  #sameClicked(event) {
    const object = event.target.closest?.(".same")?.dataset.same;
    if (!object) return;
    event.preventDefault();
    const rows = [...this.#element.querySelectorAll(`[data-object="${object}"]`)];
    const here = rows.indexOf(event.target.closest("[data-object]"));
    for (const other of this.#element.querySelectorAll(".sought")) other.classList.remove("sought");
    for (const row of rows) row.classList.add("sought");
    const next = rows[(here + 1) % rows.length];
    next.scrollIntoView({ block: "nearest" });
    next.closest("summary")?.focus({ preventScroll: true });
  }
}
