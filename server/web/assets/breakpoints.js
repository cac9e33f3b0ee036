// Breakpoints of the page: set at lines of sources, sent to the adapter, kept for the next visit.
import { find, h } from "./dom.js";

export class Breakpoints {
  #key;
  #request;
  #said = new Map();
  #set;

  /** `name` is the program's: its next recording has the same breakpoints. */
  constructor(name, request) {
    [this.#key, this.#request] = [`connie breakpoints ${name}`, request];
    try {
      this.#set = new Map(JSON.parse(localStorage.getItem(this.#key) ?? "[]"));
    } catch {
      this.#set = new Map();
    }
  }

  /** Sends all breakpoints to the adapter. */
  async restore() {
    for (const path of this.#set.keys()) await this.#tell(path);
  }

  /** The breakpoints of a source, each where the adapter put it. */
  of(path) {
    return this.#said.get(path) ?? [];
  }

  at(path, line) {
    return (this.#set.get(path) ?? []).find((known) => known.line === line || known.moved === line);
  }

  async toggle(path, line) {
    const known = this.at(path, line);
    const others = (this.#set.get(path) ?? []).filter((other) => other !== known);
    await this.#keep(path, known ? others : [...others, { line }]);
  }

  async #keep(path, all) {
    if (all.length) this.#set.set(path, all);
    else this.#set.delete(path);
    await this.#tell(path);
    localStorage.setItem(this.#key, JSON.stringify([...this.#set]));
  }

  async #tell(path) {
    const all = this.#set.get(path) ?? [];
    const wanted = all.map(({ line, condition, hitCondition, logMessage }) => ({
      line,
      condition,
      hitCondition,
      logMessage,
    }));
    const { breakpoints } = await this.#request("setBreakpoints", { source: { path }, breakpoints: wanted });
    breakpoints.forEach(({ line }, n) => (all[n].moved = line));
    this.#said.set(
      path,
      breakpoints.map((said, n) => ({ ...all[n], ...said, line: said.line ?? all[n].line })),
    );
  }

  /** Asks when a breakpoint stops. Resolves when that is known, or when the user cancels. */
  edit(path, line) {
    const known = this.at(path, line) ?? { line };
    /** @type {HTMLDialogElement} */
    const dialog = find("breakpoint");
    const field = (name, label, placeholder) =>
      h(
        "label",
        {},
        label,
        h("input", { name, placeholder, value: known[name] ?? "", autocomplete: "off", spellcheck: false }),
      );
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, `Breakpoint at line ${line}`),
      field("condition", "Stops where this holds", "total > 100"),
      field("hitCondition", "At which hits", ">= 5, % 3, 7"),
      field("logMessage", "Does not stop; writes", "total is {total}"),
      h(
        "menu",
        {},
        h("button", { value: "" }, "Cancel"),
        h("button", { value: "remove", type: "submit" }, "Remove"),
        h("button", { value: "set", className: "main" }, "Set"),
      ),
    );
    dialog.replaceChildren(form);
    // Enter means "set": the first button of a form is pressed otherwise.
    form.onkeydown = (/** @type {KeyboardEvent & { target: HTMLElement }} */ event) => {
      if (event.key === "Enter" && event.target.tagName === "INPUT") {
        event.preventDefault();
        dialog.close("set");
      }
    };
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => {
      dialog.onclose = async () => {
        const others = (this.#set.get(path) ?? []).filter((other) => other !== known);
        const given = Object.fromEntries(
          [...new FormData(form)].filter((/** @type {[string, string]} */ [, value]) => value.trim()),
        );
        if (dialog.returnValue === "set") await this.#keep(path, [...others, { line: known.line, ...given }]);
        if (dialog.returnValue === "remove") await this.#keep(path, others);
        done();
      };
    });
  }
}
