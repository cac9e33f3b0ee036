// Draws the Timeline: a strip of the run that is clicked or dragged, a plot of a value, and what was printed.
"use strict";
(() => {
  const vscode = acquireVsCodeApi();
  // What colours a terminal says nothing here.
  const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, "g");
  // First and last of the characters that are not shown, or that turn text around.
  const HIDDEN = [
    [0, 8],
    [0xb, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x180e, 0x180e],
    [0x200b, 0x200b],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
    [0xe0000, 0xe007f],
  ];
  /** A recorded text as it is shown: such characters are written as Python writes them. */
  const plain = (text) =>
    Array.from(text.replaceAll("\r\n", "\n"), (c) => {
      const code = c.codePointAt(0);
      if (!HIDDEN.some(([first, last]) => first <= code && code <= last)) return c;
      const [sign, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
      return `\\${sign}${code.toString(16).padStart(width, "0")}`;
    }).join("");
  const element = (tag, parent, className = "") => {
    const made = document.createElement(tag);
    made.className = className;
    parent.append(made);
    return made;
  };
  const head = element("div", document.body, "head");
  const strip = element("div", document.body, "strip");
  const canvas = element("canvas", strip);
  const cursor = element("div", strip, "cursor");
  const tip = element("div", strip, "tip");
  const plot = element("div", document.body, "plot");
  const output = element("div", document.body, "output");
  strip.setAttribute("role", "slider");
  strip.setAttribute("aria-label", "Step of the run");
  strip.tabIndex = 0;

  let run = null;
  let history = null;
  let dragging = false;
  // One request at a time: a drag sends the latest place once the view has arrived.
  let underWay = false;
  let wanted = null;

  const colour = (name, otherwise) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const fraction = (step) => (run && run.steps > 1 ? (step - 1) / (run.steps - 1) : 0);
  const number = (n) => n.toLocaleString();

  function go(step) {
    wanted = step;
    if (!underWay) send();
  }

  function send() {
    if (wanted === null) return;
    underWay = true;
    vscode.postMessage({ seek: wanted });
    wanted = null;
  }

  function draw() {
    if (!run) return;
    const thread = run.threads.find(({ id }) => id === run.thread);
    const who = run.threads.length > 1 && thread ? ` · ${plain(thread.name)}` : "";
    const state = run.result === "recording" ? " · recording…" : "";
    head.textContent = `step ${number(run.step)} of ${number(run.steps)}${who}${state}`;
    strip.setAttribute("aria-valuemin", 1);
    strip.setAttribute("aria-valuemax", run.steps);
    strip.setAttribute("aria-valuenow", run.step);
    cursor.style.left = `${100 * fraction(run.step)}%`;
    const ratio = window.devicePixelRatio || 1;
    const { width, height } = strip.getBoundingClientRect();
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const mark = (step, top, tall, style, wide = 2) => {
      pen.fillStyle = style;
      pen.fillRect(fraction(step) * (width - wide), top, wide, tall);
    };
    pen.fillStyle = colour("editorWidget-background", "#8883");
    pen.fillRect(0, 8, width, height - 16);
    pen.fillStyle = colour("progressBar-background", "#08c");
    pen.globalAlpha = 0.35;
    pen.fillRect(0, 8, fraction(run.step) * width, height - 16);
    pen.globalAlpha = 1;
    const printed = colour("charts-lines", colour("descriptionForeground", "#888"));
    for (const { step } of run.output) mark(step, height - 6, 5, printed, 1);
    const hit = colour("debugIcon-breakpointForeground", "#e51400");
    for (const { step } of run.hits) mark(step, 1, 6, hit);
    const [caught, uncaught] = [
      run.exceptions.filter((one) => !one.uncaught),
      run.exceptions.filter((one) => one.uncaught),
    ];
    for (const { step } of caught) mark(step, 8, height - 16, colour("charts-yellow", "orange"));
    if (history) for (const { step } of history.writes) mark(step, 8, 4, colour("charts-blue", "#48f"));
    // What nothing caught lies above all else, and is wider than the line of the view.
    for (const { step } of uncaught) mark(step, 4, height - 8, colour("charts-red", "red"), 6);
  }

  /** Pieces of output as lines; each goes to the step of its beginning. */
  function lines(pieces) {
    const found = [];
    const open = {};
    for (const { step, category, text } of pieces) {
      text.split("\n").forEach((part, n, all) => {
        if (part) {
          if (open[category]) open[category].text += part;
          else found.push((open[category] = { step, category, text: part }));
        }
        if (n < all.length - 1) open[category] = null;
      });
    }
    return found;
  }

  let shown = -1;
  function print() {
    const all = lines(run.output);
    if (all.length !== shown) {
      output.replaceChildren();
      for (const { step, category, text } of all) {
        const line = element("button", output, category);
        line.textContent = plain(text.replace(COLOURS, ""));
        line.title = `printed at step ${number(step)}`;
        line.dataset.step = step;
        line.onclick = () => go(step);
      }
      shown = all.length;
    }
    for (const line of output.children) line.classList.toggle("later", Number(line.dataset.step) > run.step);
  }

  /** The values of an expression: a curve where they are numbers, else a list. */
  function value() {
    plot.replaceChildren();
    if (!history) return;
    const { expression, writes } = history;
    const title = element("div", plot, "title");
    title.textContent = `${plain(expression)}: ${writes.length === 1 ? "1 write" : `${number(writes.length)} writes`}`;
    const close = element("button", title, "close");
    close.textContent = "×";
    close.title = "Close";
    close.onclick = () => show(null);
    const numbers = writes.map(({ value }) => (/^-?(\d|\.\d|inf)/.test(value) ? Number(value) : NaN));
    const finite = numbers.length > 1 && numbers.every(Number.isFinite);
    if (finite) {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 1000 100");
      svg.setAttribute("preserveAspectRatio", "none");
      const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
      const y = (n) => 95 - (90 * (n - least)) / (most - least || 1);
      // A value holds until the next is written.
      const points = numbers.flatMap((n, at) => {
        const [from, to] = [fraction(writes[at].step), at + 1 < writes.length ? fraction(writes[at + 1].step) : 1];
        return [`${1000 * from},${y(n)}`, `${1000 * to},${y(n)}`];
      });
      const curve = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      curve.setAttribute("points", points.join(" "));
      svg.append(curve);
      svg.onclick = (event) => {
        const step = stepAt(event, svg);
        go(writes.filter((write) => write.step <= step).at(-1)?.step ?? writes[0].step);
      };
      plot.append(svg);
      element("div", plot, "scale").textContent = `${least} … ${most}`;
    }
    const list = element("div", plot, "writes");
    for (const { step, line, value } of finite ? writes.slice(-50) : writes) {
      const row = element("button", list);
      row.textContent = plain(`${value}`);
      row.title = `written at line ${line}, step ${number(step)}`;
      row.onclick = () => go(step);
    }
  }

  function show(one) {
    history = one;
    value();
    draw();
  }

  function stepAt(event, within) {
    const { left, width } = within.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return 1 + Math.round(at * (run.steps - 1));
  }

  /** A mark close to the pointer is what is meant. */
  function near(step) {
    const reach = (4 * run.steps) / Math.max(1, strip.clientWidth);
    const marks = [...run.exceptions, ...run.hits].filter((mark) => Math.abs(mark.step - step) <= reach);
    const far = (mark) => Math.abs(mark.step - step);
    // Of many marks on few pixels, what nothing caught is meant.
    marks.sort((a, b) => Boolean(b.uncaught) - Boolean(a.uncaught) || far(a) - far(b));
    return marks[0] ?? { step };
  }

  strip.onpointerdown = (event) => {
    if (!run) return;
    dragging = true;
    strip.setPointerCapture(event.pointerId);
    go(near(stepAt(event, strip)).step);
  };
  strip.onpointermove = (event) => {
    if (!run) return;
    const step = stepAt(event, strip);
    if (dragging) go(step);
    const mark = near(step);
    const what = mark.breakpoint ? `breakpoint, step ${number(mark.step)}` : `step ${number(step)}`;
    tip.textContent = mark.text ? plain(mark.text) : what;
    tip.classList.add("visible");
  };
  strip.onpointerup = () => (dragging = false);
  strip.onpointerleave = () => tip.classList.remove("visible");
  strip.onkeydown = ({ key }) => {
    if (!run) return;
    const stride = Math.max(1, Math.round(run.steps / 100));
    const to = { ArrowLeft: run.step - stride, ArrowRight: run.step + stride, Home: 1, End: run.steps }[key];
    if (to !== undefined) go(Math.min(run.steps, Math.max(1, to)));
  };

  window.addEventListener("message", ({ data }) => {
    if (data.run) {
      run = data.run;
      draw();
      print();
    }
    if (data.history) show(data.history);
    if (data.arrived !== undefined) {
      underWay = false;
      send();
    }
  });
  new ResizeObserver(draw).observe(strip);
  vscode.postMessage({ ready: true });
})();
