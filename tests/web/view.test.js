// connie view, in a real browser.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { Viewer } = require("./viewer.js");

const SHOP = `prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, 2)
    print("so far", total)
print("done")
assert total == 0, "<b>too much</b>"
`;

const CLUB = `prices = {"tea": 3, "jam": 5}


def discount(owner, price):
    if owner.startswith("vip"):
        price = price - 1
    return price


total = 0
members = ["ann", "cid"]
bill = {}
for owner, price in zip(members, prices.values()):
    bill[owner] = price
    total += discount(owner, price)
print(bill)
assert total == 0, "too much"
`;

const DEEP = `def down(n):
    if n:
        return down(n - 1)
    raise ValueError("deep enough")


down(59)
`;

const MANY = `for n in range(1500):
    try:
        print("line", n)
        raise ValueError(n)
    except ValueError:
        pass
print("done")
raise RuntimeError("the end")
`;

const HOSTILE = `evil = "<img src=x onerror=document.title='owned'>"
items = {evil: [evil]}
print(evil)
raise ValueError(evil)
`;

describe("connie view", function () {
  this.timeout(60000);
  let viewer;

  const open = async (files, program, ...given) => {
    viewer = new Viewer(files);
    viewer.record(program);
    return viewer.open(...given);
  };
  afterEach(async function () {
    if (this.currentTest.state === "failed" && viewer?.page) {
      const picture = path.join(os.tmpdir(), `connie-failed-${Date.now()}.png`);
      await viewer.page.screenshot({ path: picture }).catch(() => {});
      console.log(`what it looked like: ${picture}`);
    }
    const wrong = viewer?.wrong ?? [];
    await viewer?.close();
    viewer = undefined;
    assert.deepEqual(wrong, []);
  });

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

  it("has every exception and all output of a long run, page by page", async () => {
    const page = await open({ "many.py": MANY }, "many.py", "latest");
    await viewer.at(8);
    await page.click('[data-tab="Exceptions"]');
    await page.waitForSelector("#left h3");
    const text = () => page.textContent("#left .pane");
    assert.match(await text(), /^not caughtRuntimeError: the end[^]*many.py:8 in <module>1,501 exceptions/);
    assert.match(await text(), /ValueError: 0[^]*many.py:4 in <module>[^]*and 501 more…$/);
    await page.click("#left .more");
    await page.waitForFunction(() => document.querySelectorAll("#left .row").length === 1502);
    await page.click('[data-tab="Output"]');
    await page.waitForSelector('#left :text("earlier output…")');
    assert.match(await text(), /^[\d,]+ of [\d,]+ pieces of outputearlier output…line \d+line/);
    assert.match(await page.locator("#left .printed").last().textContent(), /line 1499$|RuntimeError/);
    const rows = await page.locator("#left .printed").count();
    await page.click("text=earlier output…");
    await page.waitForFunction((rows) => document.querySelectorAll("#left .printed").length > rows, rows);
    // Steps and clicks do not make the whole list anew.
    await page.click("#left .printed >> nth=0");
    await page.waitForFunction(() => document.querySelectorAll("#left .row.later").length > 400);
    // Marks stand for the whole run, and the strip goes to what nothing caught.
    const box = await page.locator("#strip").boundingBox();
    await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
    await viewer.at(8);
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

  it("folds recursion, and keeps the stack and the names readable", async () => {
    const page = await open({ "deep.py": DEEP }, "deep.py", "latest");
    await viewer.at(4);
    const rows = page.locator("#stack .row");
    assert.deepEqual(await rows.locator("span:first-child").allTextContents(), ["down", "down", "down", "<module>"]);
    assert.equal(await page.textContent("#stack .folded"), "… 57 more of down");
    const box = await page.locator("#stack").boundingBox();
    assert.ok(box.height < 400);
    await page.click("#stack .folded");
    assert.equal(await rows.count(), 61);
    await rows.nth(30).click();
    await viewer.has("n", "30");
    await page.waitForFunction(() => /^#step=\d+&frame=30$/.test(location.hash));
    // The address leads to the same frame.
    await page.reload();
    await viewer.has("n", "30");
  });

  it("shows files as a tree with a filter", async () => {
    const files = {};
    for (let n = 0; n < 10; n++) files[`part_${n}.py`] = `x = ${n}\n`;
    viewer = new Viewer({
      ...files,
      "main.py": Object.keys(files)
        .map((name) => `import shop.inner.${name.slice(0, -3)}`)
        .join("\n"),
    });
    const inner = path.join(viewer.folder, "shop/inner");
    fs.mkdirSync(inner, { recursive: true });
    for (const name of Object.keys(files)) fs.renameSync(path.join(viewer.folder, name), path.join(inner, name));
    viewer.record("main.py");
    const page = await viewer.open("latest");
    await page.waitForSelector(".line.here");
    assert.deepEqual(await page.locator(".files summary").allTextContents(), ["shop/inner/"]);
    assert.equal(await page.locator(".files .row").count(), 11);
    await page.fill('[aria-label="Filter files"]', "part_7");
    assert.deepEqual(await page.locator(".files .row span:first-child").allTextContents(), ["part_7.py"]);
    await page.click(".files .row");
    await page.waitForFunction(() => document.getElementById("path").textContent.endsWith("part_7.py"));
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

  it("has functions, exceptions and search", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.at(14);
    await page.click('[data-tab="Functions"]');
    await page.waitForSelector(".profile");
    assert.deepEqual((await page.locator(".profile td:first-child").allTextContents()).toSorted(), ["buy", "shop.py"]);
    await page.click(".profile >> text=buy");
    await page.waitForSelector('.line.sought[data-line="5"]');
    assert.match(await page.textContent("#left .pane"), /called by<module>line 11 ×3/);
    await page.click("#left >> text=call 2");
    await viewer.has("name", "'jam'");
    await page.keyboard.press("/");
    await page.fill("#search", "so far 6");
    await page.click("#left .row[data-step]");
    await viewer.at(12);
    await page.click('[data-tab="Exceptions"]');
    await page.click("#left .uncaught");
    await viewer.at(14);
  });

  it("shows sources as they ran, whatever their files are now", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    fs.writeFileSync(path.join(viewer.folder, "shop.py"), `# new\n# new\n${SHOP.replace("* count", "+ count")}`);
    const page = await viewer.open("latest");
    await viewer.at(14);
    assert.match(await page.textContent('.line[data-line="6"] .text'), /\* count/);
    await page.click('.line[data-line="6"] .gutter');
    await page.waitForSelector('[data-line="6"][data-breakpoint="plain"]');
    await viewer.travel("reverseContinue");
    await viewer.at(6);
  });

  it("fades what never ran, and nothing else", async () => {
    const page = await open(
      {
        "lines.py":
          "x = 1\nif (\n    x and\n    not x\n):\n    print(\n        x\n    )\nelse:\n    y = [\n        x,\n        2,\n    ]\n",
      },
      "lines.py",
      "latest",
    );
    await page.waitForSelector(".line.never");
    const faded = await page.locator(".line.never").evaluateAll((all) => all.map((line) => Number(line.dataset.line)));
    assert.deepEqual(faded, [6]);
  });

  it("runs nothing that a program had among its values", async () => {
    const page = await open({ "evil.py": HOSTILE }, "evil.py", "latest");
    await viewer.at(4);
    await viewer.beside(1, "<img");
    for (const tab of ["Output", "Exceptions", "Functions"]) await page.click(`[data-tab="${tab}"]`);
    await page.fill("#words", "evil");
    await page.press("#words", "Enter");
    await page.waitForSelector("#log .answer");
    assert.equal(await page.locator("img[src=x]").count(), 0);
    assert.notEqual(await page.title(), "owned");
    await page.goto(new URL("/", viewer.address).href);
    await page.waitForSelector("tbody tr");
    assert.equal(await page.locator("img[src=x]").count(), 0);
  });

  it("shows characters that control or turn text around as text", async () => {
    const evil = "\u001b]0;t\u0007\u009b31m\u202e\u2066";
    const written = "\\x1b]0;t\\x07\\x9b31m\\u202e\\u2066";
    const name = `${evil}.py`;
    const page = await open(
      {
        [name]: `evil = ${JSON.stringify(evil)}  # ${evil}
type(evil)
class T: pass
T.__name__ = T.__qualname__ = evil
t = T()
def f(x): return x
f.__code__ = f.__code__.replace(co_name=evil)
f(t)
print(evil)
raise type(evil, (Exception,), {"__module__": evil})(evil)
`,
      },
      name,
      "latest",
    );
    await viewer.at(10);
    for (const tab of ["Output", "Exceptions", "Functions", "Search"]) {
      const found = page.locator(`[data-tab="${tab}"]`);
      if (await found.count()) await found.click();
      const shown = await page.evaluate(
        () =>
          `${document.title} ${document.body.innerText} ${[...document.querySelectorAll("[title]")].map((one) => one.title)}`,
      );
      assert.ok(shown.includes(written), shown);
      for (const c of evil.replace(/[\]0;tm31]/g, ""))
        assert.ok(!shown.includes(c), `${tab}: ${JSON.stringify(shown)}`);
    }
    for (const words of ["evil", "t", ":why evil", ":history t"]) {
      await page.fill("#words", words);
      await page.press("#words", "Enter");
    }
    await page.waitForSelector("#log .answer");
    await page.goto(new URL("/", viewer.address).href);
    await page.waitForSelector("tbody tr");
    const listed = await page.evaluate(() => document.body.innerText);
    assert.ok(listed.includes(written) && !listed.includes("\u202e") && !listed.includes("\u001b"), listed);
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

  /** The token in an address. */
  const tokenOf = (address) => new URLSearchParams(new URL(address).hash.slice(1)).get("token");

  const get = (address, headers = {}, method = "GET") =>
    new Promise((done) => http.request(address, { headers, method }, (answer) => done(answer.resume())).end());

  it("lets in only who has the token, from its own pages", async () => {
    await open({ "shop.py": SHOP }, "shop.py", "latest");
    const { host, pathname, origin, search } = new URL(viewer.address);
    const token = tokenOf(viewer.address);
    const authorization = `Bearer ${token}`;
    const status = async (...given) => (await get(...given)).statusCode;
    // Pages are the same for all users.
    assert.equal(await status(origin + pathname), 200);
    assert.equal(await status(`${origin}/`, { host: "evil.example" }), 403);
    assert.equal(await status(`${origin}/api/recordings`, { authorization }), 200);
    assert.equal(await status(`${origin}/api/recordings`, { authorization: authorization.slice(0, -1) }), 401);
    for (const path of [
      "/api/recordings",
      `/api/run/${pathname.split("/")[2]}`,
      "/api/compare/a/b",
      "/api/run/x/debug",
    ]) {
      assert.equal(await status(origin + path), 401, path);
      assert.equal(await status(`${origin}${path}?token=${token}`, { cookie: `token=${token}` }), 401, path);
    }
    assert.equal(await status(`${origin}/api/recordings`, { authorization, host: "evil.example" }), 403);
    assert.equal(await status(`${origin}/api/recordings`, { authorization, origin: "http://evil.example" }), 403);
    const id = pathname.split("/")[2];
    assert.equal(await status(`${origin}/api/recordings/${id}/delete`, { authorization }), 405);
    assert.equal(await status(`${origin}/api/recordings/${id}/delete`, { authorization }, "POST"), 403);
    assert.equal(await status(`${origin}/api/run/nothing`, { authorization }), 404);
    assert.equal(await status(`${origin}/api/run/${id}/source/999`, { authorization }), 404);
    assert.equal(await status(`${origin}/api/run/${id}/beside/0?step=x`, { authorization }), 400);
    assert.equal(await status(`${origin}/api/run/${id}/beside/0?step=18446744073709551615`, { authorization }), 200);
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x3JJHMbDL1EzLkh9GBhXDw==",
    };
    const protocols = { "sec-websocket-protocol": `connie, token.${token}` };
    assert.equal(await status(`${origin}/api/run/${id}/debug`, upgrade), 401);
    assert.equal(
      await status(`${origin}/api/run/${id}/debug`, { ...upgrade, ...protocols, origin: "http://evil.example" }),
      403,
    );
    assert.ok(host.startsWith("127.0.0.1:"));
    // Servers do not see the part after the #.
    assert.equal(search, "");
  });

  it("lets in a browser with an invitation, once", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const whole = await viewer.serve("latest");
    const [address, token] = [whole.replace(/#.*/, ""), tokenOf(whole)];
    const { origin } = new URL(address);
    const post = (path, headers, body) =>
      fetch(origin + path, { method: "POST", headers: { origin, ...headers }, body });
    assert.equal((await post("/api/invitations", {})).status, 401);
    const invited = await post("/api/invitations", { authorization: `Bearer ${token}` });
    const { invitation } = await invited.json();
    assert.ok(invitation.length >= 32 && invitation !== token);
    const link = `${address}#invitation=${invitation}&step=4`;
    const page = await viewer.browse(link);
    await viewer.at(14);
    assert.ok(!page.url().includes("invitation"), page.url());
    // A second tab of this browser can follow the link too, also one without an invitation.
    for (const again of [link, address]) {
      const other = await viewer.context.newPage();
      await other.goto(again);
      await other.waitForSelector(".line.here");
      await other.close();
    }
    const json = { "content-type": "application/json" };
    const accept = (headers) => post("/api/invitations/accept", headers, JSON.stringify({ invitation }));
    assert.equal((await accept(json)).status, 401);
    assert.equal((await accept({ ...json, origin: "http://evil.example" })).status, 403);
    viewer.wrong = viewer.wrong.filter((text) => !text.includes("401"));
  });

  it("keeps the token from the address, from cookies and from other ports", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest", "--step", "4");
    const token = tokenOf(viewer.address);
    await page.waitForFunction(() => location.hash === "#step=4");
    assert.ok(token.length >= 32 && !page.url().includes("token"));
    assert.deepEqual(await viewer.context.cookies(), []);
    // Another user's server, which sees everything that the browser sends to it. Its page also sends requests to ours.
    const seen = [];
    const theirs = http.createServer((request, answer) => {
      seen.push(JSON.stringify([request.url, request.rawHeaders]));
      answer.setHeader("content-type", "text/html");
      answer.end("<title>theirs</title>");
    });
    const port = await new Promise((done) => theirs.listen(0, "127.0.0.1", () => done(theirs.address().port)));
    try {
      await page.goto(`http://127.0.0.1:${port}/`);
      assert.equal(
        await page.evaluate(() =>
          JSON.stringify([sessionStorage.length, localStorage.length, document.cookie, document.referrer]),
        ),
        '[0,0,"",""]',
      );
      const { origin } = new URL(viewer.address);
      const asked = await page.evaluate(
        (origin) =>
          fetch(`${origin}/api/recordings`, { credentials: "include", mode: "no-cors" }).then(
            (answer) => answer.type,
            () => "refused",
          ),
        origin,
      );
      assert.equal(asked, "refused");
      // A second server of ours has its own token, which this tab does not have.
      const second = new Viewer({ "shop.py": SHOP });
      second.record("shop.py");
      try {
        const address = await second.serve("latest");
        await page.goto(address.replace(/#.*/, ""));
        await page.waitForSelector("text=This tab has no token");
        await page.goto(address);
        await page.waitForSelector('.line.here[data-line="14"]');
        assert.notEqual(tokenOf(address), token);
      } finally {
        await second.close();
      }
      // The tab storage of the first server is unchanged.
      await page.goto(viewer.address.replace(/#.*/, ""));
      await viewer.at(14);
      assert.ok(seen.length >= 1 && !seen.join().includes(token), seen.join());
    } finally {
      theirs.closeAllConnections();
      theirs.close();
      viewer.wrong.length = 0;
    }
  });

  it("is reached through the file that the browser is started with", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const [opener, asked] = [path.join(viewer.folder, "xdg-open"), path.join(viewer.folder, "asked")];
    fs.writeFileSync(opener, `#!/bin/sh\necho "$1" > '${asked}.new'\nmv '${asked}.new' '${asked}'\n`, { mode: 0o755 });
    await viewer.command(["view", "latest", "--step", "4"], {
      ...process.env,
      PATH: `${viewer.folder}:${process.env.PATH}`,
    });
    while (!fs.existsSync(asked)) await new Promise((done) => setTimeout(done, 20));
    const page = await viewer.browse(`file://${fs.readFileSync(asked, "utf8").trim()}`);
    await page.waitForFunction(() => document.getElementById("step")?.value === "4");
    assert.equal(page.url(), viewer.address.replace(/token=.*&/, ""));
  });

  it("stays let in after a reload and in its own links, and says how others get in", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const page = await viewer.open();
    await page.waitForSelector("tbody tr");
    await page.reload();
    await page.click("text=shop.py");
    await viewer.at(14);
    await page.reload();
    await viewer.at(14);
    await page.click('[title="All recordings"]');
    await page.waitForSelector("tbody tr");
    const links = await page.locator("a").evaluateAll((all) => all.map(({ href }) => href));
    assert.ok(links.length && !links.join().includes("token"));
    const [opened] = await Promise.all([
      viewer.context.waitForEvent("page"),
      page.click("text=shop.py", { modifiers: ["Control"] }),
    ]);
    await opened.waitForSelector('.line.here[data-line="14"]');
    // A tab of its own, with a link that somebody copied.
    const copied = await viewer.context.newPage();
    for (const address of [links.find((link) => link.includes("/run/")), page.url()]) {
      await copied.goto(address);
      await copied.waitForSelector("text=Open the whole address that connie view printed");
    }
    // The printed address is pasted over it.
    await copied.goto(viewer.address);
    await copied.waitForSelector("tbody tr");
    await copied.goto(viewer.address.replace(/token=.*/, "token=0123456789abcdef"));
    await copied.waitForSelector("text=this is an old token");
  });
});
