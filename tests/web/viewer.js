// A project, its recordings, and a browser that shows them.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const CONNIE = process.env.CONNIE_BIN;

class Viewer {
  /** Creates a folder with these files: a folder to copy, or texts by name. */
  constructor(files) {
    this.folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "viewed-")));
    fs.writeFileSync(path.join(this.folder, "setup.py"), "");
    if (typeof files === "string") fs.cpSync(files, this.folder, { recursive: true });
    else for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(this.folder, name), text);
  }

  /** Records a program; it may fail. */
  record(...command) {
    const options = { cwd: this.folder, stdio: "ignore" };
    try {
      execFileSync(CONNIE, ["run", "--quiet", "--python", process.env.CONNIE_TEST_PYTHON, ...command], options);
    } catch {
      // The test checks the exit code.
    }
  }

  /** Starts `connie view` with these arguments. Returns the address that it prints. */
  async serve(...given) {
    return this.command(["view", "--no-browser", ...given], process.env);
  }

  async command(given, env) {
    this.server = spawn(CONNIE, given, { cwd: this.folder, env, stdio: ["ignore", "pipe", "inherit"] });
    this.address = await new Promise((done, failed) => {
      this.server.stdout.once("data", (data) => done(String(data).trim()));
      this.server.once("exit", (code) => failed(new Error(`connie view ended with ${code}`)));
    });
    return this.address;
  }

  /** Starts `connie view` with these arguments and opens it. Returns the page. */
  async open(...given) {
    await this.serve(...given);
    return this.browse(this.address);
  }

  /** Opens an address in a new browser. Returns the page. */
  async browse(address) {
    const arguments_ = [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ];
    this.browser = await chromium.launch({ executablePath: process.env.CONNIE_TEST_CHROMIUM, args: arguments_ });
    this.context = await this.browser.newContext({ viewport: { width: 1400, height: 850 } });
    this.page = await this.context.newPage();
    this.wrong = [];
    this.page.on("pageerror", (error) => this.wrong.push(error.message));
    this.page.on("console", (message) => message.type() === "error" && this.wrong.push(message.text()));
    this.page.setDefaultTimeout(15000);
    await this.page.goto(address);
    return this.page;
  }

  /** Waits until the view is at a line. */
  async at(line) {
    await this.page.waitForSelector(`.line.here[data-line="${line}"]`);
  }

  /** Waits until the view has arrived at a step, and the address names it. */
  async arrives(step) {
    await this.page.waitForFunction(
      (step) =>
        Number(document.getElementById("step")?.value.replace(/\D/g, "")) === step &&
        new URLSearchParams(location.hash.slice(1)).get("step") === String(step),
      step,
    );
  }

  /** Waits until a variable has a value. */
  async has(name, value) {
    const given = [name, value];
    await this.page.waitForFunction(([name, value]) => {
      const worth = document.querySelector(`#variables .variable[data-name="${name}"] .worth`);
      return worth?.textContent === value;
    }, given);
  }

  /** Waits until the value beside a line has a text. */
  async beside(line, text) {
    await this.page.waitForFunction(
      ([line, text]) => document.querySelector(`.line[data-line="${line}"] .beside`)?.textContent.includes(text),
      [line, text],
    );
  }

  travel(way) {
    return this.page.click(`[data-way="${way}"]`);
  }

  async step() {
    return Number((await this.page.inputValue("#step")).replace(/\D/g, ""));
  }

  /** Saves a picture if pictures for the docs are requested. */
  async picture(name) {
    const folder = process.env.CONNIE_PICTURES;
    if (!folder) return;
    await this.page.mouse.move(640, 620);
    await this.page.waitForTimeout(400);
    await this.page.screenshot({ path: path.join(folder, name) });
  }

  /** Closes everything after a test. Fails if a page had an error; a picture shows why a test failed. */
  async end(test) {
    if (test.state === "failed" && this.page) {
      const picture = path.join(os.tmpdir(), `connie-failed-${Date.now()}.png`);
      await this.page.screenshot({ path: picture }).catch(() => {});
      console.log(`what it looked like: ${picture}`);
    }
    await this.close();
    assert.deepEqual(this.wrong ?? [], []);
  }

  async close() {
    await this.browser?.close();
    this.server?.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * For tests that have a viewer each, which ends after the test: returns what records a program of some files and opens it with
 * the arguments of `connie view`. `get` and `set` are about the viewer of the test.
 */
function eachOpens({ get, set }) {
  afterEach(async function () {
    const ended = get();
    set(undefined);
    await ended?.end(this.currentTest);
  });
  return async (files, program, ...given) => {
    const viewer = new Viewer(files);
    set(viewer);
    viewer.record(program);
    return viewer.open(...given);
  };
}

module.exports = { Viewer, eachOpens };
