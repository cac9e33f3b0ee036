// The conditions on lines of the story: a form, and its text in the address.
import { h } from "./dom.js";

/** Milliseconds without a key before a filter is used. */
const REST = 250;

/** Conditions on lines: the name at the server, and what a reader sees. */
const FILTERS = [
  ["text", "Text", "Only lines with this text"],
  ["function", "Function", "Only functions whose name has this text"],
  ["file", "File", "Only files whose path has this text"],
  ["thread", "Thread", "Only this thread: its name or number"],
  ["task", "Task", "Only this task: its name or number"],
];
const DEPTHS = [1, 2, 3, 4, 5, 6, 8, 10];

export class Filters {
  #form;
  #changed;
  #clear = h("button", { type: "button", className: "quiet", hidden: true }, "Clear");
  #waiting;

  /** `changed(isDepth)` is called when a condition was changed: the depth, or another one. `left` is called when all were
   *  dropped by hand. */
  constructor(form, { changed, left }) {
    [this.#form, this.#changed] = [form, changed];
    this.#clear.onclick = () => {
      this.text = "";
      left();
    };
    this.#fill();
  }

  /** The text that lines must have. */
  get sought() {
    return this.#form.elements.text.value;
  }

  #use(isDepth) {
    this.#clear.hidden = !this.text;
    this.#changed(isDepth);
  }

  #fill() {
    const field = ([name, label, title]) =>
      h(
        "label",
        { title, "data-filter": name, hidden: name === "thread" || name === "task" },
        h("input", { type: "search", name, placeholder: label, autocomplete: "off", "aria-label": title }),
      );
    const depths = DEPTHS.map((depth) => h("option", { value: depth }, `${depth}`));
    this.#form.append(
      ...FILTERS.map(field),
      h(
        "label",
        { title: "Calls below this depth are folded" },
        h("span", {}, "Depth"),
        h(
          "select",
          { name: "depth", "aria-label": "Fold calls below this depth" },
          h("option", { value: "" }, "all"),
          depths,
        ),
      ),
      h(
        "label",
        { className: "check", title: "Without lines that changed nothing" },
        h("input", { type: "checkbox", name: "changes", value: "1" }),
        h("span", {}, "changes only"),
      ),
      this.#clear,
    );
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      this.#use(false);
    };
    this.#form.oninput = ({ target }) => {
      clearTimeout(this.#waiting);
      const rest = target.type === "search" ? REST : 0;
      this.#waiting = setTimeout(() => this.#use(target.name === "depth"), rest);
    };
  }

  /** Offers threads and tasks where there are several. */
  offer({ threads, tasks }) {
    for (const [name, all] of [
      ["thread", threads],
      ["task", tasks],
    ]) {
      const label = this.#form.querySelector(`[data-filter="${name}"]`);
      if (all.length < 2) continue;
      label.hidden = false;
      const list = h(
        "datalist",
        { id: `story-${name}s` },
        all.map(({ id, name: called }) => h("option", { value: id }, called)),
      );
      label.append(list);
      label.querySelector("input").setAttribute("list", list.id);
    }
  }

  /** The conditions that are set, as text of an address; empty if there are none. */
  get text() {
    const set = /** @type {[string, string][]} */ ([...new FormData(this.#form)].filter(([, value]) => value !== ""));
    return new URLSearchParams(set).toString();
  }

  /** Sets the conditions that an address has. */
  set text(text) {
    if (text === this.text) return;
    const given = new URLSearchParams(text);
    for (const input of this.#form.elements) {
      if (input.type === "checkbox") input.checked = given.get(input.name) === input.value;
      else if (input.name) input.value = given.get(input.name) ?? "";
      const label = input.closest("label");
      if (input.value && label?.hidden) label.hidden = false;
    }
    this.#use(true);
  }
}
