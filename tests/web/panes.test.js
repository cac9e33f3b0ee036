// Panes of the viewer: moved and folded, by mouse and by keys.
"use strict";
const assert = require("node:assert/strict");
const { Viewer } = require("./viewer.js");

describe("panes", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const width = async (part) => Math.round((await page.locator(part).boundingBox())?.width ?? 0);
  const bar = (label) => page.locator(`[role=separator][aria-label="${label}"]`);
  /** Drags a separator by so many pixels. */
  const drag = async (label, x, y) => {
    const box = await bar(label).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + x, box.y + box.height / 2 + y, { steps: 4 });
    await page.mouse.up();
  };

  beforeEach(async () => {
    viewer = new Viewer({ "count.py": "total = 0\nfor n in range(3):\n    total += n\nprint(total)\n" });
    viewer.record("count.py");
    page = await viewer.open("latest");
    await page.waitForSelector(".line.here");
    await page.click('.line[data-line="4"] .gutter');
    await viewer.travel("continue");
    await viewer.at(4);
  });
  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("are resized by the mouse, and stay so", async () => {
    const before = [await width("#left"), await width("#right"), await width("#middle")];
    await drag("The run", 140, 0);
    await drag("The moment", -70, 0);
    const after = [await width("#left"), await width("#right"), await width("#middle")];
    assert.ok(Math.abs(after[0] - before[0] - 140) < 15, `${before} ${after}`);
    assert.ok(Math.abs(after[1] - before[1] - 70) < 15, `${before} ${after}`);
    assert.ok(Math.abs(before[2] - after[2] - 210) < 30, `${before} ${after}`);
    const { height } = await page.locator("#console").boundingBox();
    await drag("Console", 0, -100);
    assert.ok((await page.locator("#console").boundingBox()).height > height + 80);
    await page.reload();
    await viewer.at(4);
    assert.deepEqual([await width("#left"), await width("#right"), await width("#middle")], after);
  });

  it("are folded by a double click, by dragging far and by keys", async () => {
    const before = await width("#left");
    await bar("The run").dblclick();
    assert.equal(await page.locator("#left").isVisible(), false);
    await page.reload();
    await viewer.at(4);
    assert.equal(await page.locator("#left").isVisible(), false);
    await bar("The run").focus();
    await page.keyboard.press("Enter");
    assert.equal(await width("#left"), before);
    await page.keyboard.press("ArrowRight");
    assert.ok((await width("#left")) > before);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await width("#left"), before);
    await drag("The moment", 900, 0);
    assert.equal(await bar("The moment").getAttribute("aria-valuenow"), "0");
    await bar("Console").focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#console").isVisible(), false);
    // A view without its console still has keys.
    await page.locator("#code").focus();
    await page.keyboard.press("N");
    await viewer.at(2);
  });

  it("fold the stack and the variables, and list the keys", async () => {
    await page.click("#right summary:has-text('Stack')");
    assert.equal(await page.locator("#stack").isVisible(), false);
    await page.reload();
    await viewer.at(4);
    await page.waitForSelector("#variables .variable");
    assert.equal(await page.locator("#stack").isVisible(), false);
    await page.keyboard.press("?");
    assert.match(await page.innerText("dialog.keys"), /Step over/);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog.keys"));
    await page.focus('[data-tab="Files"]');
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("[role=tab][aria-selected=true]").textContent(), "Functions");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("[role=tab][aria-selected=true]").textContent(), "Search");
  });
});
