// As a person does it: a fresh profile, a project that nobody prepared.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Code, project } = require("./code.js");

const SHOP = `prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, 2)
    print("so far", total)
print("done")
`;

const PRICES = `def find(n):
    raise KeyError(n)


def price(n):
    total = n
    return total


for n in range(1500):
    first, second = "a" * 25, "b" * 25
    if n == 1499:
        raise ValueError("no price")
    try:
        find(price(n) if n < 6 else n)
    except KeyError:
        pass
`;

/** In the page of the timeline: whether something is drawn in the colour of what nothing caught. */
function hasRed() {
  const canvas = document.querySelector(".strip canvas");
  const name = getComputedStyle(document.documentElement).getPropertyValue("--vscode-charts-red");
  const pen = canvas.getContext("2d");
  pen.save();
  pen.fillStyle = name.trim();
  const wanted = pen.fillStyle;
  pen.restore();
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) {
    const hex = `#${[0, 1, 2].map((n) => data[at + n].toString(16).padStart(2, "0")).join("")}`;
    if (hex === wanted) return true;
  }
  return false;
}

const TESTS = `import pytest


def check(total):
    assert total == 9


class TestShop:
    def test_total(self):
        total = 0
        for price in [3, 5]:
            total += price
        check(total)


@pytest.mark.parametrize("n", [1, 2])
def test_number(n):
    assert n == 1


def test_fine():
    assert True
`;

describe("connie in VS Code", function () {
  this.timeout(120000);
  let code, folder;

  beforeEach(() => {
    folder = project({ "shop.py": SHOP });
  });
  afterEach(async function () {
    await code?.finish(this.currentTest);
    code = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const press = (button) => code.page.click(`.debug-toolbar .codicon-debug-${button}`);
  const lineShows = (line, text) =>
    code.until(`line ${line} shows ${text}`, async () => (await code.line(line))?.includes(text));
  const variableIs = (name, value) =>
    code.until(`${name} is ${value}`, async () => (await code.variable(name)) === value);

  it("travels from F5 without any configuration", async () => {
    code = await Code.open(folder);
    await code.openFile("shop.py");
    await code.setBreakpoint(6);
    await code.page.keyboard.press("F5");
    await code.waitToStopAt(6);
    await variableIs("name", "'tea'");
    await press("continue");
    await variableIs("name", "'jam'");
    await press("step-over");
    await code.waitToStopAt(7);
    await variableIs("cost", "10");
    await lineShows(6, "cost = 10");
    await code.picture("vscode.png");

    // Backwards: the toolbar's own buttons, ours, and keys.
    await press("step-back");
    await code.waitToStopAt(6);
    await press("reverse-continue");
    await variableIs("name", "'tea'");
    await lineShows(5, "='tea'");
    await code.page.click('.debug-toolbar [aria-label^="Step Back Out"]');
    await code.waitToStopAt(11);
    await code.page.keyboard.press("Alt+F10");
    await code.waitToStopAt(10);
    await code.page.keyboard.press("Control+Shift+F5");
    await code.waitToStopAt(6);

    // The Timeline: marks, a click, what was printed, and a value's curve.
    const timeline = await code.timeline();
    await code.until("the run is drawn", async () => /step [\d,]+ of [\d,]+/.test(await timeline.textContent(".head")));
    await timeline.click(".strip", { position: { x: 1, y: 20 } });
    await code.waitToStopAt(1);
    await timeline.click('.output button:has-text("so far 16")');
    await code.waitToStopAt(12);
    await variableIs("total", "16");
    // The calls as a flame chart, with the viewer's keys.
    await timeline.waitForSelector("#flame .chart[data-whole]");
    for (const [key, chosen] of [
      ["ArrowDown", /^<module>/],
      ["ArrowDown", /^buy, steps/],
    ]) {
      await timeline.press("#flame .chart", key);
      assert.match(await timeline.textContent("#flame .chosen"), chosen);
    }
    await timeline.press("#flame .chart", "Enter");
    await variableIs("name", "'tea'");
    await timeline.click('.output button:has-text("so far 16")');
    await variableIs("total", "16");
    await code.page.click('.debug-variables .monaco-list-row:has-text("total")', { button: "right" });
    await code.page.hover('.context-view :text("History of a Value")');
    await code.page.keyboard.press("Enter");
    await timeline.waitForSelector(".plot polyline");
    assert.match(await timeline.textContent(".plot .title"), /total: 4 writes/);
    await code.picture("vscode-timeline.png");
    await timeline.click('.writes button:has-text("6")');
    await code.waitToStopAt(11);
    await code.page.keyboard.press("Shift+F5");

    // The values stay, and the recordings are listed.
    await lineShows(11, "total = 22");
    await code.page.click('.pane-header:has-text("Recordings")');
    const row = '.pane:has-text("Recordings") .monaco-list-row:has-text("shop.py")';
    await code.page.waitForSelector(row);
    assert.equal((await code.page.$$(row)).length, 2);
    await code.page.dblclick(row);
    await code.until("the recording is open", async () => (await code.stoppedAt()) !== undefined);

    // A drag ends where it was let go.
    const again = await code.timeline();
    const strip = await (await again.waitForSelector(".strip")).boundingBox();
    await code.page.mouse.move(strip.x + strip.width / 2, strip.y + 20);
    await code.page.mouse.down();
    await code.page.mouse.move(strip.x + strip.width / 4, strip.y + 20, { steps: 5 });
    await code.page.mouse.move(strip.x - 5, strip.y + 20, { steps: 5 });
    await code.page.mouse.up();
    await code.waitToStopAt(1);
    await code.page.keyboard.press("Shift+F5");
    await code.page.hover(row);
    await code.page.click(`${row} [aria-label="Delete Recording"]`);
    await code.page.click('.monaco-dialog-box .monaco-button:has-text("Delete")');
    await code.until("one is left", async () => (await code.page.$$(row)).length === 1);
  });

  it("leads from what a logpoint said to its step, marks what ended the program, and shows long values", async () => {
    fs.writeFileSync(path.join(folder, "prices.py"), PRICES);
    code = await Code.open(folder);
    await code.openFile("prices.py");
    await code.setLogpoint(6, "price {n}");
    await code.page.keyboard.press("F5");
    await code.page.waitForSelector('.exception-widget:has-text("no price")');
    await code.waitToStopAt(13);

    // Many exceptions were caught before the one that ended the program, and its mark is drawn all the same.
    const timeline = await code.timeline();
    await code.until("the exception is marked", () => timeline.evaluate(hasRed));
    // Also where the view stands at another step, and where other marks are drawn over its place.
    await timeline.press(".strip", "Home");
    await code.waitToStopAt(1);
    await code.until("it still is", () => timeline.evaluate(hasRed));

    // A click on what a logpoint said goes to where it did.
    await code.console("price 5");
    for (const n of ["4", "2"]) {
      await code.page.click(`.repl .monaco-list-row:has-text("price ${n}") .value .link`, { modifiers: ["Control"] });
      await variableIs("n", n);
      await code.waitToStopAt(6);
    }

    // Several values on a line, each longer than what VS Code would leave of all.
    await lineShows(11, "second = 'bbbbbbbbbbbbbbbbbbbbbbbbb'");
    await code.page.keyboard.press("Shift+F5");
  });

  it("records a test and opens it where it failed", async () => {
    fs.writeFileSync(path.join(folder, "test_shop.py"), TESTS);
    const env = { PYTHONPATH: process.env.CONNIE_TEST_PYTEST };
    code = await Code.open(folder, { env, more: [path.join(__dirname, "explorer")] });
    await code.openFile("test_shop.py");
    // Nothing was recorded yet: each test has a lens all the same.
    const lens = '.codelens-decoration :text-is("Record and Debug")';
    await code.until("three tests have lenses", async () => (await code.page.$$(lens)).length === 3);
    // Lenses that were found anew while the pointer went there take no click.
    await code.until(
      "the test is recorded",
      async () => {
        await (await code.page.$$(lens))[0].click();
        return code.page.waitForSelector(".integrated-terminal, .debug-toolbar", { timeout: 5000 });
      },
      60,
    );
    // In the test's own frame, not in the helper that raised.
    await code.waitToStopAt(13);
    await variableIs("total", "8");
    await code.page.waitForSelector('.exception-widget:has-text("assert 8 == 9")');
    // Into the helper, where it was raised.
    await code.page.click('.debug-toolbar [aria-label^="Step Back Into"]');
    await code.waitToStopAt(5);
    await code.page.keyboard.press("Shift+F5");
    await code.ended();

    // A test that passes stands at its first line; the menu means the test at the cursor.
    await code.goToLine(22);
    await code.page.click('.view-line:has-text("assert True")', { button: "right", position: { x: 60, y: 8 } });
    await code.page.hover('.context-view :text("Record and Debug Test")');
    await code.page.keyboard.press("Enter");
    await code.waitToStopAt(22);
    await code.page.keyboard.press("Shift+F5");
    await code.ended();

    // One case of a test that has two, from the test explorer.
    await code.page.click('.activitybar [aria-label="Testing"]');
    const row = (text) => `.test-explorer .monaco-list-row:has-text("${text}")`;
    if (!(await code.page.$(row("test_number")))) await code.page.click(`${row("the tests")} .monaco-tl-twistie`);
    await code.page.click(row("test_number[2]"), { button: "right" });
    await code.page.hover('.context-view :text("Record and Debug Test")');
    await code.page.keyboard.press("Enter");
    await code.page.waitForSelector('.exception-widget:has-text("assert 2 == 1")');
    await lineShows(17, "n=2");
    await code.page.keyboard.press("Shift+F5");
  });
});
