// The calls of a run as a tree: what it shows, how it follows the moment, and its keys.
"use strict";
const assert = require("node:assert/strict");
const { isClean } = require("./clean.js");
const { Viewer } = require("./viewer.js");

const CALLS = `import threading


def half(n):
    return n // 2


def count(n):
    if n == 13:
        raise ValueError("unlucky")
    total = 0
    for k in range(n):
        total += half(k)
    return total


def work(times):
    for n in range(times):
        try:
            count(n)
        except ValueError:
            pass
    for n in range(20 * times):
        half(n)


worker = threading.Thread(target=work, args=[3], name="worker-1")
worker.start()
worker.join()
work(20)
`;

describe("the tree of calls", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const rows = () => page.locator("#left [role=treeitem]").allTextContents();
  const row = (text) => page.locator("#left [role=treeitem]", { hasText: text }).first();
  const current = () => page.locator("#left [role=treeitem][aria-current=true]");
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  const open = async () => {
    await page.click('[data-tab="Calls"]');
    await page.waitForSelector("#left [role=treeitem]");
  };

  beforeEach(async () => {
    viewer = new Viewer({ "calls.py": CALLS });
    viewer.record("calls.py");
    page = await viewer.open("latest", "--step", "5");
    await page.waitForSelector(".line.here");
  });
  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("has a branch for each thread, with arguments and results, read on demand", async () => {
    await open();
    assert.deepEqual((await rows()).slice(0, 1), ["▾MainThread"]);
    assert.ok((await rows()).includes("▸worker-1"));
    await row("worker-1").click();
    await row("work(times=3)").locator(".fold").click();
    await page.waitForFunction(() => /half\(n=4\) → 2/.test(document.querySelector("#left .tree").textContent));
    assert.match(await row("count(n=2)").textContent(), /^▸count\(n=2\) → 0\d+ steps$/);
    // A click goes to the call, where the tree marks it.
    await row("count(n=2)").click();
    await viewer.has("n", "2");
    await page.waitForFunction(() => /^.count\(n=2\)/.test(document.querySelector("#left [aria-current]").textContent));
  });

  it("opens the call of the moment, and reads the ones around it page by page", async () => {
    await open();
    await current().waitFor();
    // Back into the last call of all.
    await page.keyboard.press("End");
    await viewer.arrives(Number((await page.textContent("#steps")).replace(/\D/g, "")));
    for (const name of ["work", "half"]) {
      await page.keyboard.press("S");
      await current().filter({ hasText: name }).waitFor();
    }
    await page.waitForFunction(() => /half\(n=399\)/.test(document.querySelector("#left [aria-current]")?.textContent));
    const more = page.locator("#left .branch.more");
    assert.match(await more.first().textContent(), /^\d+ earlier calls…$/);
    const before = (await rows()).length;
    await more.first().click();
    await page.waitForFunction((n) => document.querySelectorAll("#left [role=treeitem]").length > n, before);
    // The others are the same calls, in order.
    while (await more.count()) {
      const n = (await rows()).length;
      await more.first().click();
      await page.waitForFunction(
        (n) =>
          document.querySelectorAll("#left [role=treeitem]").length !== n || !document.querySelector(".branch.more"),
        n,
      );
    }
    const inside = page.locator('#left [role=treeitem][aria-level="4"] .called');
    const names = await inside.allTextContents();
    assert.deepEqual([names.length, names.filter((name) => name === "count").length], [420, 20]);
  });

  it("is used by keys as trees are, and axe finds nothing", async () => {
    await open();
    await current().waitFor();
    await current().focus();
    await page.keyboard.press("Home");
    assert.match(await focused(), /^▾MainThread/);
    await page.keyboard.press("ArrowLeft");
    await page.waitForSelector('#left [role=treeitem][aria-expanded="false"]:focus');
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector('#left [role=treeitem][aria-expanded="true"]:focus');
    await page.keyboard.press("ArrowRight");
    assert.match(await focused(), /<module>/);
    await page.keyboard.press("ArrowLeft");
    assert.match(await focused(), /MainThread/);
    await page.keyboard.press("End");
    assert.match(await focused(), /worker-1/);
    await page.keyboard.press("Enter");
    await page.waitForSelector('#left [role=treeitem][aria-expanded="true"]:focus');
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => /^.work\(/.test(document.activeElement.textContent));
    await page.keyboard.press("Enter");
    await viewer.has("times", "3");
    // The focus is kept.
    await page.waitForFunction(() => /^.work\(/.test(document.activeElement.textContent));
    await isClean(page);
  });
});
