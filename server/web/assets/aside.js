// Beside the code: files, functions, what was printed, exceptions, search.
import { duration, number } from "./amounts.js";
import { ask, find, h, short } from "./dom.js";
import { lines, plain, withoutColours } from "./texts.js";

export class Aside {
  #pane = document.querySelector("#left .pane");
  #tabs = document.querySelector("#left .tabs");
  #base;
  #info;
  #run = null;
  #goTo;
  #seek;
  #tab = "Files";
  #order = "own";

  /** `goTo(source, line)` shows a line, `seek(step)` goes to a step. */
  constructor(base, info, { goTo, seek }) {
    [this.#base, this.#info, this.#goTo, this.#seek] = [base, info, goTo, seek];
    for (const name of ["Files", "Functions", "Output", "Exceptions", "Search"]) {
      this.#tabs.append(h("button", { role: "tab", "data-tab": name, onclick: () => this.open(name) }, name));
    }
    this.open("Files");
  }

  /** The last answer to `connie/timeline`. */
  update(run) {
    const news =
      this.#run?.output.length !== run.output.length || this.#run?.exceptions.length !== run.exceptions.length;
    this.#run = run;
    if (news && ["Output", "Exceptions"].includes(this.#tab)) this.open(this.#tab);
    this.#later();
  }

  renew(info) {
    this.#info = info;
    if (["Files", "Functions"].includes(this.#tab)) this.open(this.#tab);
  }

  /** Shows a tab. */
  open(name) {
    this.#tab = name;
    for (const tab of this.#tabs.children) tab.setAttribute("aria-selected", tab.dataset.tab === name);
    ({
      Files: () => this.#files(),
      Functions: () => this.#functions(),
      Output: () => this.#output(),
      Exceptions: () => this.#exceptions(),
      Search: () => this.#search(),
    })[name]();
  }

  /** Dims what comes after the moment. */
  #later() {
    for (const row of this.#pane.querySelectorAll("[data-step]"))
      row.classList.toggle("later", Number(row.dataset.step) > this.#run?.step);
  }

  #nothing(text) {
    this.#pane.replaceChildren(h("p", { className: "nothing" }, text));
  }

  #step(step, text, kind = "") {
    const title = `step ${number(step)}`;
    return h(
      "button",
      { className: `row ${kind}`, title, "data-step": step, onclick: () => this.#seek(step) },
      withoutColours(text),
    );
  }

  #files() {
    const all = this.#info.sources.filter(({ known }) => known);
    all.sort((a, b) => a.path.localeCompare(b.path));
    const row = ({ number: n, path, hits }) =>
      h(
        "button",
        { className: "row", title: path, "data-source": n, onclick: () => this.#goTo(n, null) },
        h("span", {}, short(path, this.#info.root)),
        h("span", { className: "right dim" }, hits ? number(hits) : ""),
      );
    this.#pane.replaceChildren(...all.map(row));
    if (!all.length) this.#nothing("No source was recorded.");
  }

  async #functions() {
    this.#nothing("…");
    let told;
    try {
      told = await ask(`${this.#base}/functions`);
    } catch (error) {
      return this.#nothing(error.message);
    }
    if (this.#tab !== "Functions") return undefined;
    if (!told.counted) return this.#nothing("Times are known once the recording has ended.");
    const order = this.#order;
    const all = told.functions;
    all.sort((a, b) => (order === "name" ? a.name.localeCompare(b.name) : b[order] - a[order]));
    const most = Math.max(1, ...all.map(({ own }) => own));
    const head = (key, label, title) =>
      h(
        "th",
        { scope: "col" },
        h(
          "button",
          {
            className: "quiet",
            title,
            "aria-pressed": order === key,
            onclick: () => {
              this.#order = key;
              void this.#functions();
            },
          },
          label,
        ),
      );
    const file = (n) => this.#info.sources[n]?.path.split("/").at(-1) ?? "?";
    const row = ({ code, name: short, source, calls, total, own }) => {
      // Every module has one of that name.
      const name = short === "<module>" ? file(source) : short;
      const bar = h("td", { className: "right bar" }, duration(own));
      bar.style.setProperty("--share", `${(100 * own) / most}%`);
      return h(
        "tr",
        { onclick: () => this.#function(code) },
        h("td", {}, h("button", { className: "quiet", title: `${short}, ${file(source)}` }, name)),
        h("td", { className: "right" }, number(calls)),
        h("td", { className: "right" }, duration(total)),
        bar,
      );
    };
    const heads = [
      head("name", "function", "By name"),
      head("calls", "calls", "By calls"),
      head("total", "all", "By time with what it called"),
      head("own", "own", "By time in itself"),
    ];
    this.#pane.replaceChildren(
      h("table", { className: "profile" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, all.map(row))),
    );
    return undefined;
  }

  async #function(code) {
    const one = await ask(`${this.#base}/function/${code}`);
    this.#goTo(one.source, one.line);
    const other = ({ code: of, name, from, times, time, source }, line) =>
      h(
        "button",
        {
          className: "row",
          title: `line ${from}`,
          onclick: () => (line ? this.#goTo(source, from) : this.#function(of)),
        },
        h("span", {}, name),
        h("span", { className: "right dim" }, `line ${from} ×${number(times)}${time ? ` · ${duration(time)}` : ""}`),
      );
    const calls = one.first.map((step, n) => this.#step(step, `call ${number(n + 1)}`));
    this.#pane.replaceChildren(
      h("button", { className: "quiet", onclick: () => this.open("Functions") }, "← all functions"),
      h("h2", {}, one.name),
      h("h3", {}, "called by"),
      ...one.callers.map((edge) => other(edge, true)),
      h("h3", {}, "calls"),
      ...one.callees.map((edge) => other(edge, false)),
      h("h3", {}, `calls of it (${number(one.known)})`),
      ...calls,
    );
    this.#later();
  }

  #output() {
    const all = lines(this.#run?.output ?? []);
    if (!all.length) return this.#nothing("Nothing was printed.");
    this.#pane.replaceChildren(...all.map(({ step, category, text }) => this.#step(step, text, `printed ${category}`)));
    this.#later();
    return undefined;
  }

  #exceptions() {
    const all = this.#run?.exceptions ?? [];
    if (!all.length) return this.#nothing("Nothing was raised.");
    this.#pane.replaceChildren(
      ...all.map(({ step, text, uncaught, name, line }) => {
        const row = this.#step(step, `${text}`, uncaught ? "uncaught" : "");
        row.append(h("span", { className: "dim" }, ` ${name ?? ""}${line ? `:${line}` : ""}`));
        return row;
      }),
    );
    this.#later();
    return undefined;
  }

  #search() {
    const found = h("div", {});
    let turn = 0;
    const look = async ({ target }) => {
      const mine = ++turn;
      const answer = await ask(`${this.#base}/search?q=${encodeURIComponent(target.value)}`);
      if (mine !== turn) return;
      const part = (name, all) =>
        all.length ? [h("h3", {}, `${name} (${all.length}${all.length >= 100 ? " or more" : ""})`), ...all] : [];
      const place = ({ source, line, text, name, path }) =>
        h(
          "button",
          { className: "row", title: path ? `${path}:${line}` : "", onclick: () => this.#goTo(source, line) },
          h("span", { className: "code" }, text ?? name),
          h("span", { className: "right dim" }, path ? `${path.split("/").at(-1)}:${line}` : `line ${line}`),
        );
      found.replaceChildren(
        ...part("functions", answer.functions.map(place)),
        ...part(
          "output",
          answer.output.map(({ step, text }) => this.#step(step, text)),
        ),
        ...part(
          "exceptions",
          answer.exceptions.map(({ step, text }) => this.#step(step, text)),
        ),
        ...part("source", answer.lines.map(place)),
      );
      if (!found.childElementCount && target.value.trim())
        found.append(h("p", { className: "nothing" }, "Found nowhere."));
      this.#later();
    };
    const box = h("input", {
      type: "search",
      id: "search",
      placeholder: "in functions, output, exceptions, source",
      oninput: (event) => look(event).catch((error) => found.replaceChildren(plain(error.message))),
    });
    this.#pane.replaceChildren(box, found);
    box.focus();
  }
}

export const openSearch = () => find("search") ?? document.querySelector('[data-tab="Search"]').click();
