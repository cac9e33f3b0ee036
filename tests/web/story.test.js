// The story of a run: what it tells, how it is filtered and folded, and that it is quick for a long run.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { isClean } = require("./clean.js");
const { counting } = require("./programs.js");
const { Viewer } = require("./viewer.js");

const SHOP = `import threading

# what things cost
prices = {"tea": 3, "jam": 5}


def cost(name, count):
    # the vip pays nothing
    if name == "vip":
        return 0
    if count < 0:
        return 0
    if count > 99:
        return 0
    found = prices[name]
    return found * count


def buy(name):
    total = 0
    for count in range(1, 4):
        total += cost(name, count)
    print(f"bought {name} <b>bold</b>")
    return total


worker = threading.Thread(target=buy, args=("jam",), name="worker-1")
worker.start()
worker.join()
spent = buy("tea")
assert spent == 0, "too much"
`;

const LONG = counting(150000, 350000);

describe("the story", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const scroll = () => page.locator("#story .scroll");
  /** Waits until all that is wanted is read and drawn. */
  const told = () => page.waitForSelector("#story .scroll[data-whole]");
  const texts = async () => {
    await told();
    return page.locator("#story .told .says").allTextContents();
  };
  const row = (text) => page.locator("#story .told", { hasText: text });
  const steps = async () => {
    await told();
    return await page.locator("#story .told").evaluateAll((rows) => rows.map((one) => Number(one.dataset.step)));
  };
  /** Opens the story with the whole height for it. */
  const open = async (files, name, ...given) => {
    viewer = new Viewer(files);
    viewer.record(name);
    page = await viewer.open("latest", ...given);
    await page.waitForSelector(".line.here");
    await page.evaluate(() => localStorage.setItem("connie-panes", '{"flame":0,"console":0,"story":60}'));
    await page.reload();
    await page.waitForSelector(".line.here");
    await told();
  };
  /** Scrolls from the top until a line is visible. */
  const reveal = async (text) => {
    await scroll().evaluate((one) => (one.scrollTop = 0));
    const box = await scroll().boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let n = 0; n < 40; n++) {
      await told();
      if (await row(text).count()) break;
      await page.mouse.wheel(0, 100);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    return row(text).first();
  };
  const filter = async (name, value) => {
    await page.fill(`#story [name="${name}"]`, value);
    await page.waitForFunction(
      ([name, value]) => {
        const given = new URLSearchParams(new URLSearchParams(location.hash.slice(1)).get("story"));
        return (given.get(name) ?? "") === value;
      },
      [name, value],
    );
    await page.waitForFunction(() => !document.querySelector("#busy .spinner"));
    await told();
  };

  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("tells what each step did, and follows the moment", async () => {
    await open({ "shop.py": SHOP }, "shop.py", "--step", "1");
    await page.keyboard.press("Home");
    await page.waitForSelector("#story .told.present");
    const said = await texts();
    assert.match(said[0], /^<module>\(\)$/);
    const at = said.findIndex((text) => text === "# what things cost");
    assert.match(said[at + 1], /^4prices = \{"tea": 3, "jam": 5\}prices=\{'tea': 3, 'jam': 5\}$/);
    // The line of the moment is marked, and the marks move with steps.
    for (let n = 0; n < 3; n++) {
      await page.keyboard.press("n");
      const step = await viewer.step();
      await page.waitForFunction((before) => Number(document.getElementById("step").value) !== before, step - 1);
      await page.waitForFunction(
        () =>
          Number(document.querySelector("#story [aria-current]")?.dataset.step) ===
          Number(document.getElementById("step").value),
      );
    }
    // The end of the run: the story scrolls there.
    await page.keyboard.press("End");
    await viewer.at(31);
    await page.waitForFunction(() =>
      /assert spent == 0|AssertionError/.test(document.querySelector("#story .present")?.textContent ?? ""),
    );
    // A click travels, as a jump. Jumps that follow each other at once are one.
    await page.waitForTimeout(800);
    await row("return total").last().click();
    await viewer.at(24);
    await page.waitForSelector('#story .present:has-text("return total")');
    await page.click("#back");
    await viewer.at(31);
  });

  it("folds calls and blocks, by mouse and by keys", async () => {
    await open({ "shop.py": SHOP }, "shop.py", "--step", "1");
    const block = await reveal("more lines that change nothing");
    assert.match(await block.textContent(), /9if name == "vip": {2}… 2 more lines/);
    const before = (await steps()).length;
    await block.locator(".fold").click();
    await page.waitForFunction(() => /if count < 0/.test(document.querySelector("#story .window").textContent));
    assert.ok((await texts()).length >= before);
    const call = await reveal("cost(name='jam', count=1)");
    await call.locator(".fold").click();
    await page.waitForSelector('#story .told:has-text("cost(name=\'jam\', count=1)"):has-text("◀ 5")');
    assert.match(await call.textContent(), /▸cost\(name='jam', count=1\) {2}… \d+ steps {2}◀ 5$/);
    await call.click();
    await scroll().focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => !/steps {2}◀ 5/.test(document.querySelector("#story .window").textContent));
    await page.keyboard.press("ArrowLeft");
    await page.waitForSelector('#story .told:has-text("… "):has-text("◀ 5")');
    // A depth folds all calls below it.
    await page.selectOption('#story [name="depth"]', "1");
    assert.match(await (await reveal("buy(name='tea')")).textContent(), /▸buy.* steps {2}◀ 18$/);
    assert.equal(await row("cost(name='tea'").count(), 0);
    // The moment is within a folded call, whose row is marked.
    await page.click('[data-tab="Functions"]');
    await page.click(".profile >> text=cost");
    await page.click("#left .row:last-child");
    await page.waitForSelector("#story .present:has-text(\"buy(name='tea')\")");
    await page.keyboard.press("?");
    assert.match(await page.innerText("dialog.keys"), /Open a call or a block, fold it/);
  });

  it("combines filters, and says if nothing matches", async () => {
    await open({ "shop.py": SHOP }, "shop.py");
    await filter("thread", "worker-1");
    assert.equal(await (await reveal("buy(name='jam')")).count(), 1);
    assert.equal(await row("buy(name='tea')").count(), 0);
    await filter("function", "COST");
    assert.ok((await texts()).every((text) => !text.startsWith("buy(")));
    await filter("text", "found=5");
    assert.deepEqual(await texts(), Array(3).fill("15found = prices[name]found=5"));
    await page.check('#story [name="changes"]');
    assert.equal((await texts()).length, 3);
    await filter("text", "nowhere");
    await page.waitForSelector('#story .nothing:has-text("No line of the story matches.")');
    // The address has the filters, but no token.
    const address = page.url();
    assert.ok(!address.includes("token"));
    await filter("text", "found=5");
    await page.reload();
    await page.waitForSelector('#story .told:has-text("found=5")');
    assert.equal(await page.inputValue('#story [name="thread"]'), "worker-1");
    assert.equal(await page.isChecked('#story [name="changes"]'), true);
    // A thread that does not exist is named; the browser reports the status too.
    await page.fill('#story [name="thread"]', "nobody");
    await page.waitForSelector('#story .said:has-text("there is no thread nobody")');
    assert.match(viewer.wrong.splice(0).join(), /422/);
    await page.fill('#story [name="thread"]', "");
    await page.fill('#story [name="file"]', "other.py");
    await page.waitForSelector("#story .nothing");
    await page.fill('#story [name="file"]', "shop");
    await page.waitForSelector('#story .told:has-text("found=5")');
    await page.click('#story button:has-text("Clear")');
    await page.waitForSelector('#story .told:has-text("assert spent")');
    assert.equal(await page.inputValue('#story [name="text"]'), "");
  });

  it("shows texts of the program as texts", async () => {
    await open({ "shop.py": SHOP }, "shop.py");
    await filter("text", "<b>bold");
    assert.deepEqual((await texts()).filter((text) => text.startsWith("stdout")).sort(), [
      "stdout│ bought jam <b>bold</b>",
      "stdout│ bought tea <b>bold</b>",
    ]);
    assert.equal(await page.locator("#story b b, #story .says > b:has-text('bold')").count(), 0);
  });

  it("is opened by a key, folded, resized and kept", async () => {
    await open({ "shop.py": SHOP }, "shop.py");
    await page.keyboard.press("y");
    assert.equal(await page.isVisible("#story"), false);
    assert.equal(await page.getAttribute("#tell", "aria-expanded"), "false");
    await page.click("#tell");
    await told();
    assert.equal(await page.getAttribute("#tell", "aria-expanded"), "true");
    assert.ok(await scroll().evaluate((one) => one === document.activeElement));
    const { height } = await page.locator("#story").boundingBox();
    await page.locator('[role=separator][aria-label="Story"]').focus();
    for (let n = 0; n < 4; n++) await page.keyboard.press("ArrowDown");
    const smaller = async () => (await page.locator("#story").boundingBox()).height < height - 40;
    assert.ok(await smaller());
    await page.reload();
    await told();
    assert.ok(await smaller());
    // A link opens the story too, whatever was kept.
    const link = page.url();
    assert.match(link, /story=/);
    await page.locator('[role=separator][aria-label="Story"]').press("Enter");
    assert.equal(await page.isVisible("#story"), false);
    await page.goto(link.replace(/step=\d+/, "step=20"));
    await page.reload();
    await told();
    await page.waitForSelector('#story [aria-current][data-step="20"]');
  });

  it("tells the story of the example", async () => {
    await open(path.join(__dirname, "../../examples/inventory"), "main.py");
    await filter("text", "shelf.count -= count");
    const taken = page.locator("#story .told.code");
    assert.match((await texts()).at(-1), /^\d+shelf\.count -= countself=.*shelf=<Shelf count=\d+ price=/);
    await taken.last().click();
    await page.fill('#story [name="text"]', "");
    await page.waitForSelector('#story .present:has-text("shelf.count -= count")');
    await told();
    await viewer.picture("viewer-story.png");
  });

  it("is quick for a run of millions of steps", async () => {
    await open({ "long.py": LONG }, "long.py");
    const all = Number((await page.textContent("#steps")).replace(/\D/g, ""));
    assert.ok(all > 2_000_000, `${all} steps`);
    assert.equal((await steps())[0], 1);
    await page.keyboard.press("End");
    await viewer.arrives(all);
    await page.waitForSelector('#story [aria-current]:has-text("150000 350000")');
    const shown = await steps();
    assert.ok(shown.at(-1) > all - 10, `${shown.at(-1)} of ${all}`);
    // The scroll bar goes anywhere.
    for (const share of [0.5, 0.1, 0.9]) {
      await scroll().evaluate((one, share) => {
        one.scrollTop = share * (one.scrollHeight - one.clientHeight);
      }, share);
      await page.waitForFunction(
        ([share, all]) => {
          const first = Number(document.querySelector("#story .told")?.dataset.step);
          return Math.abs(first - share * all) < 0.01 * all;
        },
        [share, all],
      );
      await told();
      const here = await steps();
      assert.deepEqual(
        here,
        [...here].sort((a, b) => a - b),
      );
    }
    // The wheel moves by lines, without gaps, in both directions.
    const box = await scroll().boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (const way of [1, -1]) {
      for (let n = 0; n < 30; n++) {
        const before = await steps();
        await page.mouse.wheel(0, way * 100);
        await page.waitForFunction(
          (first) => Number(document.querySelector("#story .told").dataset.step) !== first,
          before[0],
        );
        const after = await steps();
        assert.ok(way > 0 ? after.includes(before.at(-1)) : after.includes(before[0]), `${before} then ${after}`);
      }
    }
    // With calls folded, the whole run is a few lines.
    await page.selectOption('#story [name="depth"]', "1");
    await page.waitForSelector('#story .told:has-text("count(n=350000)"):has-text("◀ 350000")');
    await told();
    assert.ok((await texts()).length < 20);
    assert.match(await row("count(n=150000)").textContent(), /… [\d,]{7,} steps {2}◀ 150000/);
    // A needle is found in the whole run; reading takes long, has a sign, and can be stopped.
    await page.selectOption('#story [name="depth"]', "");
    await filter("text", "in the hay");
    assert.deepEqual((await texts()).filter((text) => text.includes("hay")).length, 2);
    await page.fill('#story [name="text"]', "nowhere at all");
    await page.waitForSelector("#busy .stop");
    assert.match(await page.textContent("#story .progress"), /^at step [\d,]+ of [\d,]+$/);
    await page.click("#busy .stop");
    await page.waitForSelector('#story .said:has-text("stopped: reading the story")');
    await page.click('#story button:has-text("Read on")');
    await page.waitForSelector('#story .nothing:has-text("No line of the story matches.")', { timeout: 40000 });
  });

  it("is on an exported page too, without scripts", async () => {
    await open({ "shop.py": SHOP }, "shop.py");
    const file = path.join(viewer.folder, "run.html");
    const { execFileSync } = require("node:child_process");
    execFileSync(process.env.CONNIE_BIN, ["export", "-o", file], { cwd: viewer.folder });
    assert.ok(!fs.readFileSync(file, "utf8").includes("<script"));
    await page.goto(`file://${file}`);
    await isClean(page);
    const here = page.locator(".story .told.here");
    assert.match(await here.textContent(), /AssertionError\('too much'\)/);
    const call = page.locator(".story summary", { hasText: "buy(name='tea')" });
    const inside = page.locator(".story .told", { hasText: "cost(name='tea', count=2)" });
    assert.ok(await inside.isVisible());
    await call.click();
    assert.equal(await inside.isVisible(), false);
    await call.click();
    await page.locator(".story summary", { hasText: "more lines that change nothing" }).last().click();
    assert.ok(await page.locator(".story .told", { hasText: "if count < 0" }).last().isVisible());
    await page.locator(".story a.line", { hasText: /^15$/ }).last().click();
    assert.match(page.url(), /#s0-15$/);
  });
});
