// A real VS Code in a real browser: a fresh profile with nothing but the extension, driven as a person would.
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "window.commandCenter": false,
  "editor.minimap.enabled": false,
};

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Asks again until there is something, at most so many seconds. */
async function until(what, ask, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: it did not come true within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder with these files, and the interpreter that the tests are about. */
function project(files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shop-"));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  fs.mkdirSync(path.join(folder, ".venv/bin"), { recursive: true });
  fs.symlinkSync(process.env.CONNIE_TEST_PYTHON, path.join(folder, ".venv/bin/python"));
  return folder;
}

class Code {
  /** Opens a folder in a fresh profile. */
  static async open(folder, { env = {}, settings = {}, more = [], without = [] } = {}) {
    const self = new Code();
    self.home = fs.mkdtempSync(path.join(os.tmpdir(), "connie-code-"));
    const [data, extensions] = ["data", "extensions"].map((name) => path.join(self.home, name));
    fs.mkdirSync(path.join(data, "User"), { recursive: true });
    fs.writeFileSync(path.join(data, "User/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
    // Paths on the server's machine are its own settings.
    const { "connie.path": program } = settings;
    fs.mkdirSync(path.join(data, "Machine"));
    fs.writeFileSync(
      path.join(data, "Machine/settings.json"),
      JSON.stringify(program ? { "connie.path": program } : {}),
    );
    for (const part of ["package.json", "dist", "media", "bin"].filter((part) => !without.includes(part))) {
      fs.cpSync(
        path.join(process.env.CONNIE_TEST_EXTENSION, part),
        path.join(extensions, "connie.connie-0.1.0", part),
        { recursive: true },
      );
    }
    for (const extension of more)
      fs.cpSync(extension, path.join(extensions, `connie.${path.basename(extension)}-0.0.1`), { recursive: true });
    self.port = await freePort();
    const entry = path.join(process.env.CONNIE_TEST_CODE, "out/node/entry.js");
    const flags = [
      "disable-telemetry",
      "disable-update-check",
      "disable-workspace-trust",
      "disable-getting-started-override",
    ];
    const args = [
      entry,
      "--auth",
      "none",
      "--bind-addr",
      `127.0.0.1:${self.port}`,
      ...flags.map((flag) => `--${flag}`),
    ];
    args.push("--user-data-dir", data, "--extensions-dir", extensions, folder);
    self.server = spawn(process.execPath, args, {
      env: {
        ...process.env,
        XDG_CONFIG_HOME: data,
        XDG_DATA_HOME: data,
        EXTENSIONS_GALLERY: '{"serviceUrl":""}',
        PATH: `${path.dirname(process.env.CONNIE_BIN)}:${process.env.PATH}`,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    self.log = "";
    for (const stream of [self.server.stdout, self.server.stderr]) stream.on("data", (text) => (self.log += text));
    const url = `http://127.0.0.1:${self.port}`;
    await until("the server answers", async () => (await fetch(`${url}/healthz`)).ok, 60);
    self.browser = await chromium.launch({ executablePath: process.env.CONNIE_TEST_CHROMIUM, args: ["--no-sandbox"] });
    self.page = await self.browser.newPage({ viewport: { width: 1280, height: 800 } });
    await self.page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
    await self.page.waitForSelector(".monaco-workbench .explorer-folders-view", { timeout: 40000 });
    return self;
  }

  async close() {
    await this.browser?.close();
    if (this.server) {
      try {
        process.kill(-this.server.pid);
      } catch {
        // It has gone.
      }
    }
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** After a test: what it looked like if it failed. */
  async finish(test) {
    if (test.state === "failed" && this.page) {
      const picture = path.join(os.tmpdir(), `connie-failed-${Date.now()}.png`);
      await this.page.screenshot({ path: picture }).catch(() => {});
      console.log(`what it looked like: ${picture}`);
    }
    await this.close();
  }

  /** Points at something until what that shows is there: a hint of what the pointer passed may be in its way. */
  async hover(selector, shown) {
    await until(`${selector} shows ${shown}`, async () => {
      await this.page.mouse.move(640, 500);
      await this.page.hover(selector);
      return this.page.waitForSelector(shown, { timeout: 3000 });
    });
  }

  /** Records a program with `connie run`. */
  record(folder, ...given) {
    const args = ["run", "--quiet", "--python", process.env.CONNIE_TEST_PYTHON, ...given];
    return spawnSync(process.env.CONNIE_BIN, args, { cwd: folder, encoding: "utf8" });
  }

  /** Whether the extension runs `connie WORD`. */
  runs(word) {
    const command = [path.join(this.home, "extensions/connie.connie-0.1.0/bin/connie"), word].join("\0");
    return fs.readdirSync("/proc").some((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(command);
      } catch {
        return false;
      }
    });
  }

  /** Waits until the extension runs, with its language server. */
  async awake() {
    await until("the extension is awake", async () => this.runs("lsp"), 40);
  }

  /** Waits until no session is left. */
  async ended() {
    await this.page.waitForSelector(".debug-toolbar", { state: "hidden" });
  }

  /** Opens the Debug Console, and waits for a line there. */
  async console(text) {
    await this.command("Debug Console: Focus on Debug Console View");
    return this.page.waitForSelector(`.repl .monaco-list-row:has-text("${text}")`);
  }

  async openFile(name) {
    await this.page.dblclick(`.explorer-folders-view .monaco-list-row:has-text("${name}")`);
    await this.page.waitForSelector(`.tab.active:has-text("${name}")`);
    await this.page.waitForSelector(".editor-instance .view-line");
    // The extension has been found: its button is there.
    await this.page.waitForSelector(".editor-actions .codicon-history");
  }

  /** Runs a command by its title; one of the debugger's is there when the extension is awake. */
  async command(title) {
    const row = `.quick-input-list .monaco-list-row:has-text("${title}")`;
    for (let tries = 10; ; tries--) {
      await this.page.keyboard.press("F1");
      await this.page.waitForSelector(".quick-input-widget .input");
      await this.page.keyboard.type(title);
      // What takes the focus meanwhile, as a stop does, closes the list: it is opened again.
      const timeout = tries ? 3000 : 30000;
      const done = await this.page.click(row, { timeout }).then(
        () => true,
        (problem) => problem,
      );
      if (done === true) return;
      if (!tries) throw done;
      await this.page.keyboard.press("Escape");
    }
  }

  async goToLine(line) {
    await this.page.keyboard.press("Control+G");
    await this.page.waitForSelector(".quick-input-widget .input");
    await this.page.keyboard.type(String(line));
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector(`.editor-instance .line-numbers.active-line-number:text-is("${line}")`);
  }

  /** Sets a breakpoint with F9; it takes until the extension is awake. */
  async setBreakpoint(line) {
    await this.goToLine(line);
    const dot = async () =>
      (
        await this.page.$$(
          ".editor-instance .glyph-margin-widgets .codicon-debug-breakpoint, .editor-instance .codicon-debug-breakpoint-unverified",
        )
      ).length;
    const before = await dot();
    for (let tries = 0; tries < 50; tries++) {
      await this.page.keyboard.press("F9");
      await this.page.waitForTimeout(300);
      if ((await dot()) > before) return;
    }
    throw new Error(`no breakpoint at line ${line}`);
  }

  /** Sets a logpoint; the extension is awake. */
  async setLogpoint(line, message) {
    await this.goToLine(line);
    await this.command("Debug: Add Logpoint");
    await this.page.waitForSelector(".breakpoint-widget .monaco-editor.focused");
    await this.page.keyboard.type(message);
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector(
      ".editor-instance .codicon-debug-breakpoint-log, .editor-instance [class*=breakpoint-log]",
    );
  }

  /** The text of a line of the open editor, with what is shown in it. */
  async line(number) {
    return this.page.evaluate((wanted) => {
      const top = (node) => Math.round(node.getBoundingClientRect().top);
      const label = [...document.querySelectorAll(".editor-instance .line-numbers")].find(
        (n) => n.textContent === wanted,
      );
      if (!label) return undefined;
      const line = [...document.querySelectorAll(".editor-instance .view-line")].find(
        (n) => Math.abs(top(n) - top(label)) < 3,
      );
      return line?.textContent.replaceAll("\u00a0", " ");
    }, String(number));
  }

  /** The line that the view stands at: that of the top frame in the call stack. */
  async stoppedAt() {
    return this.page.evaluate(() => {
      const arrow = document.querySelector('.editor-instance [class*="stackframe"]');
      const place = document.querySelector(".debug-call-stack .stack-frame .line-number");
      return (arrow && Number(place?.textContent.split(":")[0])) || undefined;
    });
  }

  async waitToStopAt(line) {
    await until(`it stops at line ${line}`, async () => (await this.stoppedAt()) === line);
  }

  /** A variable's row in the Variables view. */
  async variable(name) {
    return this.page.evaluate((wanted) => {
      const rows = [...document.querySelectorAll(".debug-variables .monaco-list-row .expression")];
      const row = rows.find((one) => one.querySelector(".name")?.textContent.replace(/\s*[=:]?\s*$/, "") === wanted);
      return row?.querySelector(".value")?.textContent;
    }, name);
  }

  /** Waits for something of the page. */
  until(what, ask, seconds) {
    return until(what, ask, seconds);
  }

  /** The document inside the Timeline view. */
  async timeline() {
    return until("the Timeline is there", async () => {
      for (const frame of this.page.frames()) {
        if (await frame.$(".strip").catch(() => null)) return frame;
      }
      return undefined;
    });
  }

  /** A picture, where the docs' pictures are wanted. */
  async picture(name) {
    const folder = process.env.CONNIE_PICTURES;
    if (!folder) return;
    // The pointer's hints are not part of it.
    await this.page.mouse.move(640, 790);
    await this.page.waitForTimeout(700);
    await this.page.screenshot({ path: path.join(folder, name) });
  }
}

module.exports = { Code, project, until };
