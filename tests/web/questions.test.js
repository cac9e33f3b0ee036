// Questions in connie view: values, answers, menus, the console.
"use strict";
const assert = require("node:assert/strict");
const { SHOP, CLUB } = require("./programs.js");
const { eachOpens } = require("./viewer.js");

describe("the questions of connie view", function () {
  this.timeout(60000);
  let viewer;

  const open = eachOpens({ get: () => viewer, set: (made) => (viewer = made) });

  it("says who wrote a value, and all that it was", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.has("total", "22");
    await page.hover('.variable[data-name="total"]');
    await page.click('[aria-label="History: total"]');
    await page.waitForSelector("#history svg");
    assert.deepEqual(await page.locator("#history .row span:first-child").allTextContents(), ["0", "6", "16", "22"]);
    await page.click("#history .row:nth-of-type(3)");
    await viewer.at(11);
    await viewer.has("total", "6");
    await page.hover('.variable[data-name="total"]');
    await page.click('[aria-label="Go to the line that wrote it: total"]');
    await viewer.at(11);
    await viewer.has("total", "0");
    await page.fill("#words", "prices['jam'] * 2 + total");
    await page.press("#words", "Enter");
    await page.waitForSelector("#log .answer");
    assert.equal(await page.textContent("#log .answer"), "10");
    await page.fill("#words", "open('x')");
    await page.press("#words", "Enter");
    await page.waitForSelector("#log .wrong");
    assert.match(await page.textContent("#log .wrong"), /not evaluated/);
    // The pointer rests on a name. In another function, the name is another variable.
    const text = await page.locator('.line[data-line="11"] .text').boundingBox();
    await page.mouse.move(text.x + 45, text.y + 10);
    await page.waitForSelector("#hover:not([hidden])");
    assert.match(await page.textContent("#hover"), /^total = 0/);
    const other = await page.locator('.line[data-line="6"] .text').boundingBox();
    await page.mouse.move(other.x + 45, other.y + 10);
    // Nothing is shown, so that there is no condition to wait for.
    await page.waitForTimeout(500);
    assert.ok(await page.isHidden("#hover"));
  });

  it("answers why, origin, why not and explain in a panel whose places travel", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest");
    await viewer.at(17);
    const answer = page.locator("#answer");
    const act = async (label) => {
      await page.hover('#variables .variable[data-name="total"]');
      await page.click(`[aria-label="${label}: total"]`);
    };
    await act("Why");
    await page.waitForSelector('#answer .way:has-text("club.py:15")');
    assert.match(
      await answer.innerText(),
      /Why total[^]*asked at step \d+[^]*wrote 8 +club.py:15 in <module>, step \d+/,
    );
    await page.click("#answer li .way");
    await viewer.at(15);
    // The answer stays, and leads back to where it was asked.
    await page.click("#answer header .way");
    await viewer.at(17);
    await act("Origin");
    await page.waitForSelector('#answer :text("written")');
    await act("History");
    await page.waitForSelector("#history .row");
    assert.deepEqual(await page.locator("#history .row span:first-child").allTextContents(), ["0", "3", "8"]);
    // A click left of a line that never ran.
    await page.click('.line.never[data-line="6"] .gutter');
    await page.waitForSelector('#answer :text("never ran")');
    assert.match(await answer.innerText(), /owner\.startswith\("vip"\)` was False[^]*owner = 'cid'/);
    assert.equal(await page.locator("[data-breakpoint]").count(), 0);
    await page.click("#answer li .way >> nth=0");
    await viewer.at(5);
    await page.keyboard.press("End");
    await viewer.at(17);
    await page.click("#explain");
    await page.waitForSelector("#answer .tree");
    assert.match(await answer.innerText(), /AssertionError: too much[^]*club.py:17 in <module>[^]*wrote total = 8/);
    assert.ok(await page.locator('#answer .tree .way:has-text("club.py:15")').count());
    await page.press("#answer", "Escape");
    assert.ok(await answer.isHidden());
  });

  it("opens a menu at a line, by mouse and by keys", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest");
    await viewer.at(17);
    await page.click('.line[data-line="5"] .no', { button: "right" });
    assert.deepEqual(await page.locator(".menu button").allTextContents(), [
      "Why not?",
      "Hits",
      "Trace…",
      "Set a breakpoint",
      "Breakpoint with a condition…",
    ]);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".menu").count(), 0);
    // Down to a line that never ran.
    await page.focus("#code");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".menu");
    await page.keyboard.press("Enter");
    await page.waitForSelector('#answer :text("line 6 of club.py")');
    await page.focus("#code");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#answer .hits .row");
    const hits = page.locator("#answer .hits .row");
    assert.deepEqual(await hits.locator(".code").allTextContents(), ["owner='ann' price=3", "owner='cid' price=5"]);
    await page.fill('#answer [name="text"]', "{owner}: {price * 2}");
    await page.fill('#answer [name="where"]', "price > 3");
    await page.press('#answer [name="where"]', "Enter");
    await page.waitForSelector('#answer .hits :text("cid: 10")');
    assert.equal(await hits.count(), 1);
    await hits.click();
    await viewer.at(5);
    await viewer.has("owner", "'cid'");
    await page.fill('#answer [name="where"]', "price >");
    await page.press('#answer [name="where"]', "Enter");
    await page.waitForSelector("#answer .wrong");
    // The browser reports the status too.
    assert.match(viewer.wrong.splice(0).join(), /422/);
    // A breakpoint by keys.
    await page.focus("#code");
    await page.keyboard.press(" ");
    await page.waitForSelector('[data-line="5"][data-breakpoint="plain"]');
  });

  it("stops what takes long", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest");
    await viewer.at(17);
    let asked = 0;
    let stopped;
    const isStopped = new Promise((done) => (stopped = done));
    await page.route("**/explain?*", async (route) => {
      asked++;
      await isStopped;
      await route.abort().catch(() => {});
    });
    await page.click("#explain");
    await page.waitForSelector("#busy .stop");
    assert.match(await page.textContent("#busy"), /^explain… Stop$/);
    await page.click("#busy .stop");
    await page.waitForSelector('#answer :text("stopped: explain")');
    stopped();
    assert.ok(await page.isHidden("#busy"));
    assert.equal(asked, 1);
    // A search waits until typing pauses.
    const searches = [];
    page.on("request", (request) => request.url().includes("/search?") && searches.push(request.url()));
    await page.click('[data-tab="Search"]');
    await page.locator("#search").pressSequentially("discount", { delay: 20 });
    await page.waitForSelector("#left .row");
    assert.deepEqual(
      searches.map((address) => new URL(address).search),
      ["?q=discount"],
    );
  });

  it("counts the writes that it shows, not those that there are", async () => {
    const page = await open({ "count.py": "for n in range(450):\n    n\nassert not n\n" }, "count.py", "latest");
    await viewer.at(3);
    await page.hover('.variable[data-name="n"]');
    await page.click('[aria-label="History: n"]');
    await page.waitForSelector("#history .row");
    assert.match(await page.textContent("#history h2"), /^n: 200 of more writes/);
    assert.equal(await page.getAttribute("#history svg", "aria-label"), "from 250 to 449");
    await page.click("text=earlier writes…");
    await page.waitForFunction(() => document.querySelectorAll("#history .row").length === 400);
    await page.click("text=earlier writes…");
    await page.waitForFunction(() => document.querySelector("#history h2").textContent.startsWith("n: 450 writes"));
    const values = await page.locator("#history .row span:first-child").allTextContents();
    assert.deepEqual(
      values,
      Array.from({ length: 450 }, (_, n) => String(n)),
    );
  });

  it("links the steps of what the console says, and copies code alone", async () => {
    const page = await open({ "club.py": CLUB }, "club.py", "latest");
    await viewer.at(17);
    for (const [words, least] of [
      [":history total", 2],
      [":seen prices", 1],
      [":whynot 6", 2],
    ]) {
      await page.fill("#words", words);
      await page.press("#words", "Enter");
      await page.waitForFunction(
        ([words, least]) => {
          const asked = [...document.querySelectorAll("#log .asked")].findLast((one) =>
            one.textContent.endsWith(words),
          );
          return asked?.nextElementSibling?.querySelectorAll(".way").length >= least;
        },
        [words, least],
      );
    }
    const copied = await page.evaluate(() => {
      const [first, last] = [4, 5].map((line) => document.querySelector(`.line[data-line="${line}"]`));
      getSelection().setBaseAndExtent(first, 0, last, last.childNodes.length);
      return getSelection().toString();
    });
    assert.equal(copied.trimEnd(), 'def discount(owner, price):\n    if owner.startswith("vip"):');
    await page.click('[data-tab="Functions"]');
    await page.click(".profile >> text=discount");
    await page.waitForSelector("#left h2");
    assert.equal(await page.locator("#left h2").evaluate((head) => getComputedStyle(head).textTransform), "none");
  });
});
