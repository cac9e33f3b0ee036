// Two runs side by side: at the point where they part, stepping together, and what differs as a list.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Viewer } = require("./viewer.js");

const SHOP = `import sys


def price(name, count):
    cost = {"tea": 3, "jam": 5}[name] * count
    return cost


def total(count):
    result = 0
    for name in ["tea", "jam", "tea"]:
        result += price(name, count)
    if result > 20:
        raise ValueError("too <b>much</b>")
    return result


print(total(int(sys.argv[1])))
`;

const LOOPS = `import sys


class Item:
    def __init__(self, n, more):
        self.n = n
        self.worth = n * 10 + more


def rounds(n):
    done = 0
    for k in range(n):
        done += k
    return done


def items(more):
    for n in range(250):
        Item(n, more)


more = int(sys.argv[2])
rounds(int(sys.argv[1]))
items(more)
print("done")
`;

describe("two runs", function () {
  this.timeout(60000);
  let viewer;
  let page;

  /** Opens the comparison of the two recordings, through the list. */
  const compare = async () => {
    page = await viewer.open();
    await page.waitForSelector("tbody tr:nth-child(2)");
    for (const box of await page.locator('tbody [aria-label="Compare"]').all()) await box.check();
    await page.click("#compare");
    await page.waitForSelector(".half.after .here");
  };
  const steps = () =>
    page.evaluate(() => {
      const given = new URLSearchParams(location.hash.slice(1));
      return [Number(given.get("left")), Number(given.get("right"))];
    });
  /** Does something, and waits until the page is at other steps. */
  const moves = async (work) => {
    const before = await page.evaluate(() => location.hash);
    await work();
    await page.waitForFunction((before) => location.hash !== before, before);
  };
  const press = (key) => moves(() => page.keyboard.press(key));
  /** The lines that are marked on both sides. */
  const lines = () => page.locator(".half .here").evaluateAll((all) => all.map(({ dataset }) => Number(dataset.line)));
  const where = () => page.textContent("#where");
  /** The variables that differ: name and values. */
  const differing = async () => {
    const rows = await page.locator("#worths tr.differs").all();
    const cells = (row) => row.locator(".name, td").allTextContents();
    return Promise.all(rows.map(cells));
  };
  const focused = () => page.evaluate(() => document.activeElement.dataset.way ?? document.activeElement.id);

  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("stand side by side where they part, and step together", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py", "1");
    viewer.record("shop.py", "2");
    await compare();
    // The first difference is the argument of the call.
    assert.deepEqual(await lines(), [9, 9]);
    assert.deepEqual(await differing(), [["count", "1", "2"]]);
    assert.equal(await where(), "Both runs are at the same place. 1 variable differs.");
    assert.deepEqual(await page.locator(".half h2").allTextContents(), ["total", "total"]);
    const parting = await steps();
    assert.equal(parting[0], parting[1]);
    const stack = await page.locator(".half.before .stack li").allTextContents();
    assert.deepEqual(stack, ["total shop.py:9", "<module> shop.py:18"]);
    // Keys of the viewer: into, over, out, and back.
    await press("n");
    assert.deepEqual(await lines(), [10, 10]);
    await press("n");
    await press("n");
    assert.deepEqual(await lines(), [12, 12]);
    await press("s");
    assert.deepEqual(await lines(), [5, 5]);
    await press("f");
    assert.deepEqual(await lines(), [11, 11]);
    assert.deepEqual(await differing(), [
      ["count", "1", "2"],
      ["result", "3", "6"],
    ]);
    // Values are beside the lines, too.
    const beside = (side) => page.textContent(`.half.${side} [data-line="12"] .value.differs`);
    assert.deepEqual([await beside("before"), await beside("after")], ["≠ result = 3", "≠ result = 6"]);
    await press("S");
    assert.deepEqual(await lines(), [6, 6]);
    await press("F");
    assert.deepEqual(await lines(), [12, 12]);
    await press("N");
    assert.deepEqual(await lines(), [11, 11]);
    await press("p");
    assert.deepEqual(await steps(), parting);
    // From difference to difference, to the one where control flow differs.
    while ((await where()).startsWith("Both")) await press("c");
    assert.deepEqual(await lines(), [15, 14]);
    assert.match(await where(), /^Here the runs are apart.* They do not meet again\.$/);
    assert.equal(await page.locator("article[aria-current]").count(), 1);
    assert.match(await page.textContent("article[aria-current] h3"), /different ways in total/);
    // An exception on one side: each goes on by itself.
    await press("n");
    assert.match(await page.textContent(".half.after .doing"), /raises ValueError.*too <b>much<\/b>/);
    await press("C");
    assert.deepEqual(await lines(), [15, 14]);
    await press("End");
    await press("Home");
    assert.deepEqual(await lines(), [1, 1]);
  });

  it("keep the focus, the address and the token", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py", "1");
    viewer.record("shop.py", "2");
    await compare();
    const parting = await steps();
    await moves(() => page.click('[data-way="differenceAfter"]'));
    assert.equal(await focused(), "differenceAfter");
    const there = await steps();
    await page.focus('[data-way="over"]');
    await press("Enter");
    await press("n");
    assert.equal(await focused(), "over");
    // The button of the browser leads back to before the jump, a step is no entry of its history.
    await page.goBack();
    await page.waitForFunction((left) => location.hash.includes(`left=${left}&`), parting[0]);
    await page.waitForFunction(() => document.querySelector(".half .here")?.dataset.line === "9");
    await page.goForward();
    await page.waitForFunction((left) => !location.hash.includes(`left=${left}&`), parting[0]);
    const now = await steps();
    assert.ok(now[0] > there[0]);
    await page.reload();
    await page.waitForSelector(".half.after .here");
    assert.deepEqual(await steps(), now);
    assert.ok(!page.url().includes("token"));
    const links = await page.locator("a").evaluateAll((all) => all.map(({ href }) => href));
    assert.ok(links.length > 4 && !links.join().includes("token"));
    // Each side is a link into its own recording.
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.click(".half.after header .step")]);
    await opened.waitForFunction((step) => document.getElementById("step")?.value === String(step), now[1]);
    await opened.close();
    await page.keyboard.press("?");
    await page.waitForSelector("dialog.keys[open]");
    assert.match(await page.textContent("dialog.keys"), /To the point where the runs part/);
  });

  it("pair the lines of a source that was edited", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py", "1");
    const edited = SHOP.replace("def total", "# New.\n# More.\ndef total").replace('"jam": 5}', '"jam": 6}');
    fs.writeFileSync(path.join(viewer.folder, "shop.py"), edited);
    viewer.record("shop.py", "1");
    await compare();
    await page.click("article h3 button");
    while ((await lines())[0] !== 15) await press("c");
    assert.deepEqual(await lines(), [15, 17]);
    const tops = await page
      .locator(".half .here")
      .evaluateAll((all) => all.map((row) => row.getBoundingClientRect().top));
    assert.ok(Math.abs(tops[0] - tops[1]) < 2, `${tops}`);
    assert.equal(await page.locator(".half.before .gap").count(), 2);
    const changed = await page.locator(".edited .no").evaluateAll((all) => all.map(({ dataset }) => dataset.no));
    assert.deepEqual(changed, ["5", "5", "9", "10"]);
    assert.match(await page.textContent("#found"), /shop\.py was edited/);
  });

  it("go together to the end if they are equal", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py", "1");
    viewer.record("shop.py", "1");
    await compare();
    assert.match(await page.textContent("#found"), /^Nothing differs\.$/);
    assert.deepEqual(await lines(), [1, 1]);
    assert.equal(await where(), "Both runs are at the same place. No variable differs.");
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.getElementById("where").textContent.startsWith("There is no difference"));
    await press("End");
    const end = await steps();
    assert.equal(end[0], end[1]);
    await page.keyboard.press("s");
    await page.waitForFunction(() => document.getElementById("where").textContent.startsWith("This is as far"));
    assert.deepEqual(await steps(), end);
    await press("N");
    assert.deepEqual(await lines(), [18, 18]);
  });

  it("wait for each other where one is shorter", async () => {
    viewer = new Viewer({ "loops.py": LOOPS });
    viewer.record("loops.py", "2", "0");
    viewer.record("loops.py", "4", "0");
    await compare();
    while ((await where()).startsWith("Both")) await press("c");
    // The left loop ends, the right one goes on.
    assert.deepEqual(await lines(), [14, 13]);
    assert.match(await where(), /They meet again at steps \d+ and \d+\./);
    const apart = await steps();
    while (!(await page.locator(".half.before .state").count())) await press("n");
    assert.equal(await page.textContent(".half.before .state"), "waits here");
    const [waits] = await steps();
    await press("n");
    assert.equal((await steps())[0], waits);
    while (!(await where()).startsWith("Both")) await press("n");
    assert.equal((await lines())[0], (await lines())[1]);
    while ((await steps())[1] !== apart[1]) await press("S");
    assert.deepEqual(await steps(), apart);
  });

  it("have differences that are alike in one row, and long lists page by page", async () => {
    const many = Array.from({ length: 60 }, (_, n) => `v${n} = more + ${n}`).join("\n");
    viewer = new Viewer({ "loops.py": LOOPS.replace("rounds(int", `${many}\nrounds(int`) });
    viewer.record("loops.py", "2", "0");
    viewer.record("loops.py", "2", "5");
    await compare();
    assert.equal(await page.locator("article").count(), 50);
    await page.click("#found .more");
    const alike = page.locator("article", { hasText: "self.worth" }).locator(".alike");
    await alike.first().locator("summary").click();
    await page.waitForFunction(() => document.querySelectorAll(".alike[open] li").length === 101);
    assert.equal(await alike.first().locator("summary").textContent(), "… and 249 more like this");
    assert.match(
      await page.textContent(".alike[open] li:nth-child(2)"),
      /^steps \d+ and \d+ \.worth 10 → 15$|10 → 15$/,
    );
    await page.click(".alike[open] li:last-child button");
    await page.waitForFunction(() => document.querySelectorAll(".alike[open] li").length === 201);
    await moves(() => page.click(".alike[open] li:nth-child(150) button"));
    const named = (await page.textContent(".alike[open] li:nth-child(150) button")).replaceAll(",", "");
    assert.equal(named, `steps ${(await steps()).join(" and ")}`);
  });

  it("are one column on a narrow screen", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py", "1");
    viewer.record("shop.py", "2");
    await compare();
    const boxes = () => Promise.all([".before", ".after"].map((name) => page.locator(`.half${name}`).boundingBox()));
    const [left, right] = await boxes();
    assert.ok(left.x + left.width <= right.x && left.y === right.y);
    await page.setViewportSize({ width: 800, height: 900 });
    const [upper, lower] = await boxes();
    assert.ok(upper.y + upper.height <= lower.y && upper.x === lower.x);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  });

  it("show the example", async () => {
    viewer = new Viewer(path.join(__dirname, "../../examples/inventory"));
    viewer.record("main.py");
    const main = path.join(viewer.folder, "main.py");
    fs.writeFileSync(main, fs.readFileSync(main, "utf8").replace(', "kiwi": 1', ""));
    viewer.record("main.py");
    await compare();
    for (let n = 0; n < 30 && (await where()).startsWith("Both"); n++) await press("c");
    assert.match(await where(), /^Here the runs are apart/);
    await viewer.picture("viewer-compare.png");
  });
});
