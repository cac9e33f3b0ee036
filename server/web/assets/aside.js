// Beside the code: files, functions, what was printed, exceptions, search.
import { ask } from "./ask.js";
import { counted, duration, number } from "./amounts.js";
import { busy } from "./busy.js";
import { cellOr, fileOf } from "./cells.js";
import { find, h, short } from "./dom.js";
import { lines, plain, withoutColours } from "./texts.js";

/** Sources as folders within folders; a folder that has nothing but a folder is one with it. */
export function folders(sources, root, filter) {
  const words = filter.toLowerCase();
  const top = { name: "", path: "", inside: new Map(), files: [] };
  for (const source of sources) {
    const shown = cellOr(short(source.path, root));
    if (!shown.toLowerCase().includes(words)) continue;
    const steps = shown.split("/");
    const name = steps.pop();
    let at = top;
    for (const step of steps) {
      if (!at.inside.has(step))
        at.inside.set(step, { name: step, path: `${at.path}${step}/`, inside: new Map(), files: [] });
      at = at.inside.get(step);
    }
    at.files.push({ ...source, name });
  }
  const done = (folder) => {
    let { name, path, inside, files } = folder;
    while (path && inside.size === 1 && !files.length) {
      const [only] = inside.values();
      [name, path, inside, files] = [`${name}/${only.name}`, only.path, only.inside, only.files];
    }
    const byName = (a, b) => a.name.localeCompare(b.name);
    return { name, path, inside: [...inside.values()].map(done).sort(byName), files: files.sort(byName) };
  };
  return done(top);
}

/** Pieces of output, and exceptions, that are read at a time. */
const PAGE = 1000;
/** Rows of output that are shown at most; others are dropped at the other end. */
const MOST = 5000;
const TABS = ["Files", "Functions", "Calls", "Output", "Exceptions", "Search"];
/** Milliseconds without a key before a search begins. */
const REST = 250;

export class Aside {
  /** @type {HTMLElement} */
  #pane = document.querySelector("#left .pane");
  /** @type {HTMLElement} */
  #tabs = document.querySelector("#left .tabs");
  #base;
  #info;
  #run = null;
  #goTo;
  #seek;
  #tab = "Files";
  #opened;
  #offered;
  #tree;
  /** Folders that the user closed or opened, by path. */
  #folders = new Map();
  #filter = "";
  #order = "own";

  /** `goTo(source, line)` shows a line, `seek(step)` goes to a step; `opened()` is called when a tab was opened. Only some
   *  `tabs` may be offered. `tree` shows calls. */
  constructor(base, info, { goTo, seek, opened = () => {}, tabs = TABS, tree = null }) {
    [this.#base, this.#info, this.#goTo, this.#seek, this.#opened] = [base, info, goTo, seek, opened];
    [this.#offered, this.#tree] = [tabs, tree];
    for (const name of tabs) {
      this.#tabs.append(h("button", { role: "tab", "data-tab": name, onclick: () => this.open(name) }, name));
    }
    this.#tabs.onkeydown = (event) => this.#key(event);
    this.open("Files");
  }

  /** Arrows choose a tab. Home and End travel, as everywhere. */
  #key(event) {
    const at = this.#offered.indexOf(this.#tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
    if (to === undefined) return;
    this.open(this.#offered.at(to % this.#offered.length));
    /** @type {HTMLElement} */ (this.#tabs.querySelector("[aria-selected=true]")).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  /** The last answer to `connie/timeline`. */
  update(run) {
    const grew = this.#run && this.#run.steps !== run.steps;
    this.#run = run;
    this.#tree?.show(run);
    if (grew && ["Output", "Exceptions"].includes(this.#tab)) this.open(this.#tab);
    this.#later();
  }

  renew(info) {
    this.#info = info;
    if (["Files", "Functions"].includes(this.#tab)) this.open(this.#tab);
  }

  /** The tab that is shown. */
  get tab() {
    return this.#tab;
  }

  /** Shows a tab. */
  open(name) {
    if (!this.#offered.includes(name)) return;
    if (this.#tab !== name) {
      this.#tab = name;
      this.#opened();
    }
    for (const tab of /** @type {Iterable<HTMLElement>} */ (this.#tabs.children)) {
      tab.setAttribute("aria-selected", /** @type {any} */ (tab.dataset.tab === name));
      tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
    }
    this.#pane.setAttribute("aria-label", name);
    ({
      Files: () => this.#files(),
      Functions: () => this.#functions(),
      Calls: () => this.#tree.open(this.#pane),
      Output: () => this.#output(),
      Exceptions: () => this.#exceptions(),
      Search: () => this.#search(),
    })[name]();
  }

  /** Dims what comes after the moment. */
  #later() {
    const now = this.#run?.step ?? 0;
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (this.#pane.querySelectorAll("[data-step]"))) {
      const isLater = Number(row.dataset.step) > now;
      // Most rows stay as they are, which costs nothing.
      if (row.classList.contains("later") !== isLater) row.classList.toggle("later", isLater);
    }
  }

  /** Asks for a page of a tab; `null` if another tab was opened meanwhile. */
  async #page(name, what, given) {
    const answer = await busy(name.toLowerCase(), (signal) =>
      ask(`${this.#base}/${what}?${new URLSearchParams({ count: PAGE, ...given })}`, { signal }),
    );
    return this.#tab === name ? answer : null;
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
    if (!all.length) return this.#nothing("No source was recorded.");
    const tree = h("div", { className: "files" });
    const draw = () => tree.replaceChildren(...this.#folder(folders(all, this.#info.root, this.#filter)));
    const filter = h("input", {
      type: "search",
      value: this.#filter,
      placeholder: "Filter files",
      "aria-label": "Filter files",
      oninput: ({ target }) => {
        this.#filter = target.value;
        draw();
      },
    });
    draw();
    this.#pane.replaceChildren(...(all.length > 8 ? [filter] : []), tree);
    return undefined;
  }

  /**
   * The rows of a folder: folders first, then files.
   * @param {{ inside?: any, files?: any }} folder
   */
  #folder({ inside, files }) {
    const folder = ({ name, path, ...more }) => {
      const isOpen =
        this.#folders.get(path) ?? (Boolean(this.#filter) || !/(^|\/)(lib|site-packages|\.venv)(\/|$)/.test(path));
      const made = h(
        "details",
        { open: isOpen },
        h("summary", { title: path }, `${name}/`),
        h("div", { className: "inside" }),
      );
      const fill = () =>
        /** @type {Element} */ (made.lastChild).childElementCount ||
        /** @type {Element} */ (made.lastChild).append(...this.#folder(more));
      if (isOpen) fill();
      made.ontoggle = () => {
        if (!this.#filter) this.#folders.set(path, made.open);
        if (made.open) fill();
      };
      return made;
    };
    const file = ({ name, path, number: n, hits }) =>
      h(
        "button",
        { className: "row", title: path, "data-source": n, onclick: () => this.#goTo(n, null) },
        h("span", {}, name),
        h("span", { className: "right dim" }, hits ? number(hits) : ""),
      );
    return [...inside.map(folder), ...files.map(file)];
  }

  async #functions() {
    this.#nothing("…");
    let told;
    try {
      told = await busy("functions", (signal) => ask(`${this.#base}/functions`, { signal }));
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
    const file = (n) => fileOf(this.#info.sources[n]?.path ?? "?");
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
    const one = await busy("function", (signal) => ask(`${this.#base}/function/${code}`, { signal }));
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
      h("h2", { className: "named" }, one.name),
      h("h3", {}, "called by"),
      ...one.callers.map((edge) => other(edge, true)),
      h("h3", {}, "calls"),
      ...one.callees.map((edge) => other(edge, false)),
      h("h3", {}, `calls of it (${number(one.known)})`),
      ...calls,
    );
    this.#later();
  }

  /** The output around the moment; more of it in both directions on demand. */
  async #output() {
    const from = Math.max(0, (this.#run?.step ?? 0) + 1);
    let before, after;
    try {
      before = await this.#page("Output", "output", { before: from });
      after = before && (await this.#page("Output", "output", { after: from - 1 }));
    } catch (error) {
      return this.#nothing(error.message);
    }
    if (!before || !after) return undefined;
    if (!before.total) return this.#nothing("Nothing was printed.");
    // A page may begin within a line, which would look like a whole one.
    const whole = ({ output, more }) =>
      output.slice(more ? output.findIndex(({ text }) => text.endsWith("\n")) + 1 : 0);
    let pieces = [...whole(before), ...after.output];
    let [earlier, later] = [before.more, after.more];
    const draw = () => {
      const rows = lines(pieces).map(({ step, category, text }) => this.#step(step, text, `printed ${category}`));
      const more = (text, work) => h("button", { className: "quiet more", onclick: () => void work() }, text);
      const all = counted(before.total, "piece");
      const shown = pieces.length < before.total ? `${number(pieces.length)} of ${all} of output` : "";
      this.#pane.replaceChildren(
        ...[
          shown && h("p", { className: "nothing" }, shown),
          earlier && more("earlier output…", () => add({ before: pieces[0].step })),
          ...rows,
          later && more("later output…", () => add({ after: pieces.at(-1).step })),
        ].filter(Boolean),
      );
      this.#later();
    };
    const add = async (given) => {
      try {
        const page = await this.#page("Output", "output", given);
        if (!page) return;
        if (given.before) {
          pieces = [...whole(page), ...pieces].slice(0, MOST);
          [earlier, later] = [page.more, later || pieces.length === MOST];
        } else {
          pieces = [...pieces, ...page.output].slice(-MOST);
          [earlier, later] = [earlier || pieces.length === MOST, page.more];
        }
        draw();
      } catch (error) {
        this.#pane.append(h("p", { className: "nothing" }, error.message));
      }
    };
    draw();
    // What was printed last before the moment.
    [...this.#pane.querySelectorAll("[data-step]:not(.later)")].at(-1)?.scrollIntoView({ block: "nearest" });
    return undefined;
  }

  async #exceptions() {
    let page;
    try {
      page = await this.#page("Exceptions", "exceptions", {});
    } catch (error) {
      return this.#nothing(error.message);
    }
    if (!page) return undefined;
    if (!page.total && !page.exceptions.length) return this.#nothing("Nothing was raised.");
    const row = ({ step, text, uncaught, function: name, file, line }) => {
      const made = this.#step(step, text, uncaught ? "uncaught" : "");
      const place = [file && `${file}:${line}`, name].filter(Boolean).join(" in ");
      made.append(h("span", { className: "right dim" }, place));
      return made;
    };
    const rows = h("div", {}, page.exceptions.map(row));
    const more = h("button", { className: "quiet more" });
    const rest = (next) => {
      const left = page.total - rows.childElementCount;
      more.textContent = `and ${number(left)} more…`;
      more.hidden = next === null;
      more.onclick = async () => {
        try {
          const answer = await this.#page("Exceptions", "exceptions", { after: next });
          if (!answer) return;
          rows.append(...answer.exceptions.map(row));
          rest(answer.next);
          this.#later();
        } catch (error) {
          more.textContent = error.message;
        }
      };
    };
    rest(page.next);
    const isLong = page.next !== null;
    const head = (text) => h("h3", {}, text);
    this.#pane.replaceChildren(
      ...(isLong && page.uncaught.length
        ? [head("not caught"), ...page.uncaught.map(row), head(counted(page.total, "exception"))]
        : []),
      rows,
      more,
    );
    this.#later();
    return undefined;
  }

  /** Adds the places that held a value: exactly this one. */
  async #searchValues(place, text, signal, isFirst) {
    const rows = h("div", {});
    const head = h("h3", {}, "values");
    const more = h("button", { className: "quiet more", hidden: true }, "more…");
    const read = async (after) => {
      const { found, next } = await busy("searching values", (stop) =>
        ask(`${this.#base}/values?${new URLSearchParams({ q: text, after })}`, {
          signal: AbortSignal.any([signal, stop]),
        }),
      );
      if (signal.aborted || !place.isConnected) return;
      for (const { step, what, function: name } of found) {
        const row = this.#step(step, what);
        row.append(h("span", { className: "right dim" }, name));
        rows.append(row);
      }
      more.hidden = next === null;
      more.onclick = () => void read(next).catch((error) => (more.textContent = error.message));
      const count = rows.childElementCount;
      head.textContent = `values that are ${text.trim()} (${count}${next === null ? "" : " or more"})`;
      this.#later();
      if (!count) return;
      if (isFirst) place.replaceChildren();
      place.append(head, rows, more);
    };
    await read(0);
  }

  #search() {
    const found = h("div", {});
    let [turn, waiting, latest] = [0, null, null];
    const look = async ({ target }) => {
      const mine = ++turn;
      // The server stops a search whose answer is not wanted any more.
      latest?.abort();
      latest = new AbortController();
      const { signal } = latest;
      const answer = await busy("searching", (stop) =>
        ask(`${this.#base}/search?q=${encodeURIComponent(target.value)}`, { signal: AbortSignal.any([signal, stop]) }),
      );
      if (mine !== turn) return;
      const part = (name, all) =>
        all.length ? [h("h3", {}, `${name} (${all.length}${all.length >= 100 ? " or more" : ""})`), ...all] : [];
      const place = ({ source, line, text, name, path }) =>
        h(
          "button",
          { className: "row", title: path ? `${path}:${line}` : "", onclick: () => this.#goTo(source, line) },
          h("span", { className: "code" }, text ?? name),
          h("span", { className: "right dim" }, path ? `${fileOf(path)}:${line}` : `line ${line}`),
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
      const isEmpty = !found.childElementCount;
      if (isEmpty && target.value.trim()) found.append(h("p", { className: "nothing" }, "Found nowhere."));
      this.#later();
      if (target.value.trim()) await this.#searchValues(found, target.value, signal, isEmpty);
    };
    const box = h("input", {
      type: "search",
      id: "search",
      placeholder: "in functions, output, exceptions, source, values",
      oninput: (event) => {
        clearTimeout(waiting);
        const mine = turn;
        const wrong = (error) => error.name === "AbortError" || found.replaceChildren(plain(error.message));
        waiting = setTimeout(() => mine === turn && look(event).catch(wrong), REST);
      },
    });
    this.#pane.replaceChildren(box, found);
    box.focus();
  }
}

export const openSearch = () =>
  find("search") ?? /** @type {HTMLElement} */ (document.querySelector('[data-tab="Search"]')).click();
