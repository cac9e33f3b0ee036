// connie view, in a real browser.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { SHOP, CLUB } = require("./programs.js");
const { Viewer, eachOpens } = require("./viewer.js");

describe("connie view", function () {
  this.timeout(60000);
  let viewer;

  const open = eachOpens({ get: () => viewer, set: (made) => (viewer = made) });

  it("lists recordings, opens and deletes them", async () => {
    const page = await open({ "shop.py": SHOP, "fine.py": "x = 1\n" }, "shop.py");
    viewer.record("fine.py", "--fast", "3");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 2);
    assert.match(await page.textContent("tbody tr:first-child"), /^fine\.py --fast 3okjust now/);
    await page.check("#errors");
    assert.match(await page.textContent("tbody"), /^shop\.pyexception AssertionError: <b>too much<\/b>/);
    await page.fill("#filter", "too much");
    assert.equal(await page.locator("tbody tr").count(), 1);
    await page.uncheck("#errors");
    await page.fill("#filter", "fin");
    assert.equal(await page.locator("tbody tr").count(), 1);
    page.once("dialog", (dialog) => dialog.dismiss());
    await page.click('tbody [aria-label="Delete"]');
    assert.equal(await page.locator("tbody tr").count(), 1);
    page.once("dialog", (dialog) => dialog.accept());
    await page.click('tbody [aria-label="Delete"]');
    await page.fill("#filter", "");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    assert.equal(
      fs.readdirSync(path.join(viewer.folder, ".connie")).filter((name) => name.endsWith(".connie")).length,
      1,
    );
    await page.click("text=shop.py");
    await viewer.at(14);
  });

  it("compares two runs, and opens them where they part", async () => {
    const counted = `import sys


def double(n):
    return n * 2


print(double(int(sys.argv[1])))
`;
    viewer = new Viewer({ "count.py": counted });
    viewer.record("count.py", "4");
    viewer.record("count.py", "5");
    const page = await viewer.open();
    const boxes = page.locator('tbody [aria-label="Compare"]');
    assert.equal(await page.isDisabled("#compare"), true);
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.click("#compare");
    await page.waitForSelector("article");
    // The earlier run is on the left, whichever was chosen first.
    const articles = (await page.locator("article").allTextContents()).map((text) => text.replace(/step \d+/g, "·"));
    assert.deepEqual(articles, [
      "n in doublecount.py:4 def double(n):−4·+5·",
      "returned in doublecount.py:5 return n * 2−8·+10·",
    ]);
    assert.match(await page.textContent("#found"), /stdout, line 1.8step \d+.10step \d+/);
    const right = page.locator("article .after .step").first();
    const step = (await right.textContent()).replace("step ", "");
    const [opened] = await Promise.all([page.waitForEvent("popup"), right.click()]);
    await opened.waitForSelector("#stack :text('double')");
    await opened.waitForFunction((step) => document.getElementById("step").value === step, step);
    await opened.close();
    await page.goto(page.url().replace(/[^/]+$/, "nowhere"));
    await page.waitForSelector("text=there is no recording nowhere");
    // The browser itself reports that there was none.
    assert.match(viewer.wrong.splice(0).join(), /^[^,]* 404 [^,]*$/);
  });

  it("stands at the exception, and travels from there", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.at(14);
    assert.match(await page.textContent("#exception h2"), /AssertionError: <b>too much<\/b>/);
    await viewer.has("total", "22");
    await viewer.beside(11, "total = 22");
    await viewer.beside(14, "⚡ AssertionError");
    assert.equal(await page.textContent('.line[data-line="6"] .times'), "×3");
    await viewer.travel("stepBack");
    await viewer.at(14);
    await viewer.travel("stepBack");
    await viewer.at(13);
    await viewer.travel("stepBack");
    await viewer.at(10);
    // Back into the last call; keys do the same.
    await page.keyboard.press("N");
    await page.keyboard.press("N");
    await viewer.at(11);
    await page.keyboard.press("s");
    await viewer.at(6);
    await viewer.has("name", "'tea'");
    await viewer.beside(5, "name = 'tea'");
    assert.deepEqual(await page.locator("#stack .row span:first-child").allTextContents(), ["buy", "<module>"]);
    await page.keyboard.press("n");
    await viewer.at(7);
    await viewer.has("cost", "6");
    // A lower position is another place.
    await page.click("#stack .row:last-child");
    await page.waitForSelector('.line.caller[data-line="11"]');
    await viewer.has("total", "16");
    await page.keyboard.press("F");
    await viewer.at(11);
    await page.keyboard.press("Home");
    await viewer.at(1);
    await viewer.travel("stepBack");
    await page.waitForFunction(() => document.getElementById("said").textContent !== "");
    await page.keyboard.press("End");
    await viewer.at(14);
  });

  it("has room for counts of a million and more", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.at(14);
    await page.route("**/source/*", async (route) => {
      const response = await route.fetch();
      const source = await response.json();
      const times = source.times.map(([line]) => [line, 1234567890]);
      await route.fulfill({ response, json: { ...source, times } });
    });
    await page.reload();
    await viewer.at(14);
    const room = await page.locator('.line[data-line="6"]').evaluate((row) => {
      const range = document.createRange();
      range.selectNodeContents(row.querySelector(".times"));
      const [{ left, right }, number, text] = [range, ".no", ".text"].map((one) =>
        (typeof one === "string" ? row.querySelector(one) : one).getBoundingClientRect(),
      );
      return [left - number.right, text.left - right];
    });
    assert.ok(
      room.every((pixels) => pixels > 0),
      String(room),
    );
  });

  it("finds the bug of the example", async () => {
    const page = await open(path.join(__dirname, "../../examples/inventory"), "main.py", "latest");
    await viewer.at(33);
    // Apples are missing: shows all values of their number, and who wrote the last one.
    await page.click('#variables .variable[data-name="stock"]');
    await page.click('#variables .variable[data-name="shelves"]');
    await page.click("#variables .variable[data-name=\"'apple'\"]");
    await page.hover('#variables .variable[data-name="count"]');
    await page.click("[aria-label=\"History: stock.shelves['apple'].count\"]");
    await page.waitForSelector("#history svg");
    assert.deepEqual(await page.locator("#history .row span:first-child").allTextContents(), ["10", "7", "6", "4"]);
    await page.click("#history .row:last-child");
    await page.waitForFunction(() => document.getElementById("path").textContent.endsWith("stock.py"));
    await viewer.has("count", "2");
    await page.click('[data-tab="Functions"]');
    await page.waitForSelector(".profile");
    await viewer.picture("viewer.png");
  });

  it("goes to a step: from the address, the box, the strip, a value, what was printed", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest", "--step", "4");
    await page.waitForFunction(() => location.hash === "#step=4" && document.getElementById("step").value === "4");
    await page.fill("#step", "1");
    await page.press("#step", "Enter");
    await page.waitForFunction(() => location.hash === "#step=1");
    const box = await page.locator("#strip").boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForFunction(() => location.hash !== "#step=1");
    const steps = Number((await page.textContent("#steps")).replace(/\D/g, ""));
    assert.ok(Math.abs((await viewer.step()) - steps / 2) < steps / 10);
    await page.click('[data-tab="Output"]');
    await page.click("text=so far 16");
    await viewer.at(12);
    await viewer.has("total", "16");
    assert.ok((await page.locator("#left .row.later").count()) >= 2);
    await page.click('.line[data-line="6"] .value');
    await viewer.at(6);
    await viewer.has("name", "'jam'");
  });

  it("stops at breakpoints in both directions, and keeps them", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.at(14);
    await page.click('.line[data-line="7"] .gutter');
    await page.waitForSelector('[data-line="7"][data-breakpoint="plain"]');
    await viewer.travel("reverseContinue");
    await viewer.at(7);
    await viewer.has("cost", "6");
    await viewer.travel("reverseContinue");
    await viewer.has("cost", "10");
    await page.click('.line[data-line="7"] .gutter', { modifiers: ["Shift"] });
    await page.fill('dialog [name="condition"]', "cost == 6");
    await page.press('dialog [name="condition"]', "Enter");
    await page.waitForSelector('[data-line="7"][data-breakpoint="conditional"]');
    await viewer.travel("reverseContinue");
    await viewer.has("cost", "6");
    const first = await viewer.step();
    await viewer.travel("continue");
    await page.waitForFunction((first) => Number(document.getElementById("step").value) > first, first);
    await viewer.has("cost", "6");
    await page.goto(page.url().replace(/#.*/, ""));
    await page.reload();
    // A search begins at the first hit.
    await viewer.at(7);
    await page.waitForSelector('[data-line="7"][data-breakpoint="conditional"]');
    await page.click('.line[data-line="7"] .gutter');
    await page.waitForFunction(() => !document.querySelector("[data-breakpoint]"));
  });

  it("makes jumps entries of the browser's history, and steps none", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest", "--step", "20");
    await viewer.arrives(20);
    assert.ok(await page.isDisabled("#back"));
    let stepped = 20;
    for (let n = 0; n < 2; n++) {
      await page.keyboard.press("n");
      await page.waitForFunction((before) => Number(document.getElementById("step").value) > before, stepped);
      stepped = await viewer.step();
      await viewer.arrives(stepped);
    }
    assert.ok(await page.isDisabled("#back"));
    await page.fill("#step", "3");
    await page.press("#step", "Enter");
    await viewer.arrives(3);
    await page.click('[data-tab="Functions"]');
    await page.waitForFunction(() => location.hash === "#step=3&tab=Functions");
    // Jumps that follow each other at once are one place to go back to.
    await page.waitForTimeout(800);
    await page.keyboard.press("End");
    await viewer.at(17);
    // Back by our button, and by the browser's.
    await page.click("#back");
    await viewer.arrives(3);
    await page.goBack();
    await viewer.arrives(stepped);
    assert.ok(await page.isDisabled("#back"));
    await page.goForward();
    await viewer.arrives(3);
    await page.goForward();
    await viewer.at(17);
    assert.ok(!page.url().includes("token"));
  });

  it("shows a page where an address leads nowhere, and a column on a narrow screen", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest");
    await viewer.at(17);
    await page.setViewportSize({ width: 800, height: 700 });
    const [middle, right, left] = await Promise.all(
      ["#middle", "#right", "#left"].map((part) => page.locator(part).boundingBox()),
    );
    assert.ok(middle.width > 780 && right.width > 780 && left.width > 780 && middle.y < right.y && right.y < left.y);
    const { origin } = new URL(viewer.address);
    await page.goto(`${origin}/nowhere`);
    assert.match(await page.innerText("body"), /there is no such page[^]*All recordings/);
    await page.goto(`${origin}/api/recordings`);
    assert.match(await page.innerText("body"), /this is an old token/);
    assert.match(viewer.wrong.splice(0).join(), /404[^]*401/);
  });

  it("grows with a program that goes on", async () => {
    viewer = new Viewer({
      "slow.py":
        'import os, time\nn = 0\nwhile not os.path.exists("stop"):\n    n += 1\n    time.sleep(0.01)\nprint("over")\n',
    });
    const running = spawn(
      process.env.CONNIE_BIN,
      ["run", "--quiet", "--live", "--python", process.env.CONNIE_TEST_PYTHON, "slow.py"],
      { cwd: viewer.folder, stdio: "ignore" },
    );
    const ended = new Promise((done) => running.once("exit", done));
    const recordings = path.join(viewer.folder, ".connie");
    while (!fs.existsSync(recordings) || !fs.readdirSync(recordings).some((name) => name.endsWith(".connie")))
      await new Promise((done) => setTimeout(done, 50));
    const page = await viewer.open("latest");
    await page.waitForSelector(".badge.live");
    const steps = async () => Number((await page.textContent("#steps")).replace(/\D/g, ""));
    await page.waitForFunction(() => /[1-9]/.test(document.getElementById("steps").textContent));
    await page.click("#tell");
    await page.waitForSelector("#story .told");
    const before = await steps();
    await page.waitForFunction(
      (before) => Number(document.getElementById("steps").textContent.replace(/\D/g, "")) > before,
      before,
    );
    // The story grows too, and stays where it is.
    await page.waitForFunction(
      (before) => Number(document.querySelector("#story .scroll").dataset.last) > before,
      before,
    );
    fs.writeFileSync(path.join(viewer.folder, "stop"), "");
    await ended;
    await page.waitForSelector(".badge.good");
    await viewer.travel(":end");
    await viewer.at(6);
    await page.waitForSelector('#story .told:has-text("stdout│ over")');
  });

  it("says so when the server is gone, and where nothing is recorded", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    const page = await viewer.open();
    await page.waitForSelector("text=There are no recordings here");
    viewer.record("shop.py");
    await page.click("text=shop.py");
    await viewer.at(14);
    viewer.server.kill();
    await page.waitForSelector("#said.wrong");
    await viewer.travel("stepBack");
    assert.match(await page.textContent("#said"), /start connie view again/);
    viewer.wrong.length = 0;
  });
});
