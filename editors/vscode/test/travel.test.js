// As a person does it: a fresh profile, a project that nobody prepared.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Code } = require("./code.js");

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

const TESTS = `import pytest


class TestShop:
    def test_total(self):
        total = 0
        for price in [3, 5]:
            total += price
        assert total == 9


@pytest.mark.parametrize("n", [1, 2])
def test_number(n):
    assert n == 1
`;

describe("connie in VS Code", function () {
  this.timeout(120000);
  let code, folder, failed;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "shop-"));
    fs.writeFileSync(path.join(folder, "shop.py"), SHOP);
    // The interpreter that the tests are about.
    fs.mkdirSync(path.join(folder, ".venv/bin"), { recursive: true });
    fs.symlinkSync(process.env.CONNIE_TEST_PYTHON, path.join(folder, ".venv/bin/python"));
  });
  afterEach(async function () {
    failed = this.currentTest.state === "failed";
    if (failed && code?.page) {
      const picture = path.join(os.tmpdir(), `connie-failed-${Date.now()}.png`);
      await code.page.screenshot({ path: picture }).catch(() => {});
      console.log(`what it looked like: ${picture}`);
    }
    await code?.close();
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
    await code.page.click(row);
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

  it("records a test and opens it where it failed", async () => {
    fs.writeFileSync(path.join(folder, "test_shop.py"), TESTS);
    const env = { PYTHONPATH: process.env.CONNIE_TEST_PYTEST };
    code = await Code.open(folder, { env, more: [path.join(__dirname, "explorer")] });
    await code.openFile("test_shop.py");
    await code.goToLine(7);
    await code.command("Record and Debug Test");
    await code.waitToStopAt(9);
    await variableIs("total", "8");
    await code.page.waitForSelector('.exception-widget:has-text("assert 8 == 9")');
    // Before the line that raised; before the one before.
    await press("step-back");
    await code.page.waitForSelector(".exception-widget", { state: "detached" });
    await press("step-back");
    await code.waitToStopAt(7);
    await code.page.keyboard.press("Shift+F5");

    // One case of a test that has two, from the test explorer.
    await code.page.click('.activitybar [aria-label="Testing"]');
    const row = (text) => `.test-explorer .monaco-list-row:has-text("${text}")`;
    if (!(await code.page.$(row("test_number")))) await code.page.click(`${row("the tests")} .monaco-tl-twistie`);
    await code.page.click(row("test_number[2]"), { button: "right" });
    await code.page.hover('.context-view :text("Record and Debug Test")');
    await code.page.keyboard.press("Enter");
    await code.page.waitForSelector('.exception-widget:has-text("assert 2 == 1")');
    await lineShows(13, "n=2");
    await code.page.keyboard.press("Shift+F5");
  });

  it("says what to do where the program is missing", async () => {
    code = await Code.open(folder, { settings: { "connie.path": "/nowhere/connie" } });
    await code.openFile("shop.py");
    await code.page.waitForSelector('.notifications-toasts :text("connie.path is set to /nowhere/connie")');
    assert.equal((await code.page.$$(".notifications-toasts .notification-list-item")).length, 1);
  });
});
