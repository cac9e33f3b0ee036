// The calls of a report: its flame chart, and its functions.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { isClean } = require("./clean.js");
const { CALLS, counting } = require("./programs.js");
const { Viewer } = require("./viewer.js");

describe("the calls of a report", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const record = (files, name, ...given) => {
    viewer = new Viewer(files);
    viewer.record(name);
    execFileSync(process.env.CONNIE_BIN, ["report", "-o", "out", ...given], { cwd: viewer.folder, stdio: "pipe" });
  };
  const open = async () => {
    page = await viewer.browse(`file://${path.join(viewer.folder, "out", "index.html")}`);
    await page.waitForSelector("#flame .chart[data-whole]");
  };
  /** What the page makes of the data: the answer for a window of the chart. */
  const reading = async () => {
    const text = fs.readFileSync(path.join(__dirname, "../../server/web/assets/report_flame.js"), "utf8");
    const { chart } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
    const load = (name) => {
      let found;
      const connieReport = (_, text) => (found = JSON.parse(text));
      const file = path.join(viewer.folder, "out", "data", `${name}.js`);
      vm.runInNewContext(fs.readFileSync(file, "utf8"), { connieReport });
      return found;
    };
    return (window) => chart(load("run"), window, load);
  };

  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("are those of the viewer, at each zoom", async () => {
    record({ "long.py": counting(3000, 5000) }, "long.py");
    const read = await reading();
    page = await viewer.open("latest");
    await page.waitForSelector(".line.here");
    const steps = Number((await page.textContent("#steps")).replace(/\D/g, ""));
    for (const [from, span, width] of [
      [1, steps, 1000],
      [1, steps, 300],
      [4000, 300, 700],
      [3900, 8400, 1000],
      [8000, 900, 800],
      [steps - 50, 51, 400],
    ]) {
      const window = { from, to: from + span - 1, width, row: 0, rows: 50 };
      const answer = await page.evaluate(async (window) => {
        const { ask } = await import("/assets/ask.js");
        return ask(`/api/run/${location.pathname.split("/")[2]}/flame?${new URLSearchParams(window)}`);
      }, window);
      const own = await read(window);
      assert.equal(own.column, answer.column);
      assert.deepEqual(own.lanes, answer.lanes);
      const inside = ([first, last]) => last >= window.from && first <= window.to;
      const rows = (chart) => chart.rows.map(({ row, bars }) => [row, bars.filter(inside)]);
      assert.deepEqual(rows(own), rows(answer), JSON.stringify(window));
    }
  });

  it("are drawn, tell what they were given, and are clicked", async () => {
    record({ "calls.py": CALLS }, "calls.py");
    await open();
    const box = await page.locator("#flame .chart").boundingBox();
    const { rows } = await (await reading())({ from: 1, to: 1e6, width: 1e6, row: 0, rows: 50 });
    const steps = Number((await page.textContent("#steps")).replace(/\D/g, ""));
    const [first, last] = rows.find(({ row }) => row === 3).bars.at(-1);
    const x = box.x + (((first + last) / 2 - 0.5) / steps) * box.width;
    await page.mouse.move(x, box.y + 3 * 18 + 9);
    await page.waitForFunction(() => /n = 19\s*→ 81/.test(document.querySelector("#calls .tip").textContent));
    await page.mouse.click(x, box.y + 3 * 18 + 9);
    await viewer.arrives(first);
    await viewer.has("n", "19");
    await isClean(page);
  });

  it("are told by function", async () => {
    record({ "calls.py": CALLS }, "calls.py");
    await open();
    await page.click('[data-tab="Functions"]');
    await page.locator("#left .profile tr", { hasText: "count" }).click();
    await page.waitForSelector("#left h2:has-text('count')");
    const told = await page.locator("#left .row").allTextContents();
    assert.match(told.join("\n"), /work.*×40/);
    assert.match(told.join("\n"), /half.*×354/);
    await page.getByRole("button", { name: "call 3", exact: true }).click();
    await viewer.has("n", "2");
    await isClean(page);
  });

  it("are a tree, with what they were given", async () => {
    record({ "long.py": counting(3000, 5000) }, "long.py");
    await open();
    await page.click('[data-tab="Calls"]');
    const row = (text) => page.locator("#left .branch", { hasText: text });
    await row("<module>()").locator(".fold").click();
    await row("count(n=5000)").waitFor();
    const names = await page.locator("#left .branch .says").allTextContents();
    const expected = ["<module>() → None", "count(n=3000) → 3000", "needle() → 'in the hay'", "count(n=5000) → 5000"];
    assert.deepEqual(names, expected);
    await row("count(n=5000)").locator(".fold").click();
    await row("later calls…").waitFor();
    await row("add(n=").nth(3).waitFor();
    const before = await page.locator("#left .branch").count();
    await row("later calls…").click();
    await page.waitForFunction((before) => document.querySelectorAll("#left .branch").length > before, before);
    await row("needle()").locator(".says").click();
    await page.waitForSelector("#stack .row:has-text('needle')");
    await isClean(page);
  });

  it("are those of a part", async () => {
    record({ "long.py": counting(3000, 5000) }, "long.py", "--steps", "9000..12000");
    await open();
    const { rows } = await (await reading())({ from: 9100, to: 9200, width: 400, row: 0, rows: 50 });
    assert.ok(rows.at(-1).bars.length > 5);
    await page.click('[data-tab="Functions"]');
    await page.locator("#left .profile tr", { hasText: "add" }).click();
    await page.waitForSelector("#left .row:has-text('call 1')");
    await isClean(page);
  });
});
