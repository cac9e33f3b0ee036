// Values of a report, which are texts, are opened by their text.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { isClean } = require("./clean.js");
const { Viewer } = require("./viewer.js");

const BOXES = `class Box:
    def __init__(self, name, inside):
        self.name = name
        self.inside = inside


shelf = {"a, b": [1, (2, "x: y")], "tools": Box("it's", [3])}
`;

describe("the values of a report", function () {
  this.timeout(60000);

  it("are split where their parts are", async () => {
    const text = fs.readFileSync(path.join(__dirname, "../../server/web/assets/report_values.js"), "utf8");
    const { partsOf } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    for (const [value, parts] of [
      ["[1, 'a, b', [2, 3]]", ["0=1", "1='a, b'", "2=[2, 3]"]],
      ["{'a': {1: 2}, \"it's\": 'x: y'}", ["'a'={1: 2}", "\"it's\"='x: y'"]],
      ["<Account owner='a b' log=[1, <X y=2>]>", ["owner='a b'", "log=[1, <X y=2>]"]],
      ["(1,)", ["0=1"]],
      ["deque([1, 2])", ["0=1", "1=2"]],
      ["Point(x=1, y=(2, 3))", ["x=1", "y=(2, 3)"]],
      ["{1, 2}", ["0=1", "1=2"]],
      ["['\\'[', 1 < 2]", ["0='\\'['", "1=1 < 2"]],
    ])
      assert.deepEqual(
        partsOf(value)?.map(([name, one]) => `${name}=${one}`),
        parts,
        value,
      );
    for (const value of ["5", "'[1]'", "[]", "{}", "[1, 2", "<function f>", "<module 'x'>", "…", "", "f(", "None"])
      assert.equal(partsOf(value), null, value);
  });

  it("are opened in the page", async () => {
    const viewer = new Viewer({ "boxes.py": BOXES });
    try {
      viewer.record("boxes.py");
      execFileSync(process.env.CONNIE_BIN, ["report", "-o", "out"], { cwd: viewer.folder, stdio: "pipe" });
      const page = await viewer.browse(`file://${path.join(viewer.folder, "out", "index.html")}`);
      const summary = (name) => page.locator(`#variables summary:has([data-name="${name}"])`).last();
      await summary("shelf").click();
      await summary("'tools'").click();
      await viewer.has("name", `"it's"`);
      await summary("'a, b'").click();
      await summary("1").click();
      await page.waitForFunction(() => document.querySelector("#variables").textContent.includes("1 = 'x: y'"));
      await isClean(page);
      assert.deepEqual(viewer.wrong, []);
    } finally {
      await viewer.close();
    }
  });
});
