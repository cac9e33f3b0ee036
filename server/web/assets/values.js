// Variables as trees. Children are requested when a variable is opened.
import { h } from "./dom.js";

/** The number of children that are requested at a time. */
const PAGE = 200;
/** A value that is longer than this can be shown whole. */
const LONG = 40;
/** From so many variables on, there is a filter. */
const MANY = 8;

export class Values {
  #element;
  #request;
  #actions;
  /** The open nodes, by their path from the scope; they stay open at the next stop. */
  #open = new Set(["Locals"]);
  /** Values at the previous stop, by path. */
  #before = new Map();
  #now = new Map();
  #turn = 0;
  #filter = h("input", {
    type: "search",
    className: "filter",
    placeholder: "Filter variables",
    "aria-label": "Filter variables",
    hidden: true,
    oninput: () => this.#sift(),
  });

  constructor(element, request, actions) {
    [this.#element, this.#request, this.#actions] = [element, request, actions];
    element.before(this.#filter);
  }

  /** Hides the variables whose names do not have the filter's text. */
  #sift() {
    const wanted = this.#filter.value.toLowerCase();
    const rows = [...this.#element.querySelectorAll(":scope > details > .inside > :is(.leaf, .holder)")];
    this.#filter.hidden = rows.length < MANY && !wanted;
    for (const row of rows) {
      const { name } = row.querySelector("[data-name]").dataset;
      row.hidden = !name.toLowerCase().includes(wanted);
    }
  }

  /** Shows the scopes of a frame. `anew`: it is another function, so that nothing is marked as changed. */
  async show(frame, anew) {
    const turn = ++this.#turn;
    const { scopes } = await this.#request("scopes", { frameId: frame });
    [this.#before, this.#now] = [anew ? new Map() : this.#now, new Map()];
    const made = [];
    for (const scope of scopes) {
      const way = scope.name;
      // What is returned or raised is why one stands here.
      if (!scope.expensive && way !== "Locals" && way !== "Closure") this.#open.add(way);
      made.push(await this.#branch(way, h("span", { className: "scope" }, way), scope.variablesReference, frame));
    }
    if (turn !== this.#turn) return;
    this.#element.replaceChildren(...made);
    this.#sift();
  }

  clear() {
    this.#turn++;
    this.#element.replaceChildren();
  }

  async #branch(way, head, reference, frame) {
    const inside = h("div", { className: "inside", role: "group" });
    const branch = h("details", { open: this.#open.has(way) }, h("summary", {}, head), inside);
    let filled = false;
    const fill = async () => {
      filled = true;
      await this.#fill(inside, way, reference, frame, 0);
    };
    if (branch.open) await fill();
    branch.ontoggle = () => {
      if (branch.open) this.#open.add(way);
      else this.#open.delete(way);
      if (branch.open && !filled) void fill();
    };
    return branch;
  }

  async #fill(inside, way, reference, frame, start) {
    let variables;
    try {
      ({ variables } = await this.#request("variables", { variablesReference: reference, start, count: PAGE }));
    } catch (error) {
      inside.append(h("div", { className: "nothing" }, error.message));
      return;
    }
    for (const variable of variables) inside.append(await this.#variable(way, variable, frame));
    if (variables.length === PAGE) {
      const more = h("button", { className: "quiet" }, "more…");
      more.onclick = () => {
        more.remove();
        void this.#fill(inside, way, reference, frame, start + PAGE);
      };
      inside.append(more);
    } else if (start === 0 && variables.length === 0) {
      inside.append(h("div", { className: "nothing" }, "none"));
    }
    this.#sift();
  }

  async #variable(way, variable, frame) {
    const { name, value, type, variablesReference, evaluateName } = variable;
    const own = `${way}\n${name}`;
    const changed = this.#before.has(own) && this.#before.get(own) !== value;
    this.#now.set(own, value);
    const head = h(
      "span",
      { className: `variable${changed ? " changed" : ""}`, "data-name": name, title: type ?? "" },
      h("span", { className: "name" }, name),
      " = ",
      variablesReference || value.length <= LONG ? h("span", { className: "worth" }, value) : this.#long(value),
    );
    const acts = evaluateName && this.#acts(evaluateName, frame);
    if (!variablesReference) return h("div", { className: "leaf" }, head, acts);
    return h("div", { className: "holder" }, await this.#branch(own, head, variablesReference, frame), acts);
  }

  /** A long text takes one line, and is shown whole by a click. */
  #long(value) {
    const made = h("span", { className: "worth", role: "button", tabIndex: 0, "aria-expanded": "false" }, value);
    const toggle = () => {
      const isWhole = made.parentElement.classList.toggle("whole");
      made.setAttribute("aria-expanded", String(isWhole));
    };
    made.onclick = toggle;
    made.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      toggle();
      event.preventDefault();
      event.stopPropagation();
    };
    return made;
  }

  /** Questions about a variable. They are beside what opens it, not in it, as a button is in no other one. */
  #acts(expression, frame) {
    const action = (text, title, run) =>
      h(
        "button",
        { className: "act", title, "aria-label": `${title}: ${expression}`, onclick: () => run(expression, frame) },
        text,
      );
    return h(
      "span",
      { className: "acts" },
      action("↶", "Go to the line that wrote it", this.#actions.written),
      action("why", "Why", this.#actions.why),
      action("history", "History", this.#actions.history),
      action("origin", "Origin", this.#actions.origin),
    );
  }
}
