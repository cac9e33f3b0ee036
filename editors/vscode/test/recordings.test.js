// The Recordings view, on runs that ended in different ways.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Code, project } = require("./code.js");

const SHOP = `import sys

count = int(sys.argv[1])
if count == 0:
    raise ValueError("nothing to buy")
if count == 9:
    sys.exit(3)
print(8 // count)
`;

describe("the recordings in VS Code", function () {
  this.timeout(180000);
  let code, folder;

  afterEach(async function () {
    await code?.finish(this.currentTest);
    code = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("tells how runs ended, compares and exports them", async () => {
    folder = project({ "shop.py": SHOP });
    code = await Code.open(folder);
    for (const given of [["2"], ["4", "two words"], ["9"], ["0"]]) code.record(folder, "shop.py", ...given);
    await code.page.click('.activitybar [aria-label^="Run and Debug"]');
    await code.page.click('.pane-header:has-text("Recordings")');
    const row = (text) => `.pane:has-text("Recordings") .monaco-list-row:has-text("${text}")`;
    const shown = (text) => code.page.waitForSelector(row(text));
    await shown("shop.py 2");
    await shown("shop.py 4 'two words'");
    await shown("just now · ok");
    await shown("just now · exit code 3");
    await shown("just now · ValueError: nothing to buy");
    await code.hover(row("shop.py 9"), '.monaco-hover:has-text("took"):has-text("steps")');

    // Two of them, chosen together.
    const choose = async (menu, text, ...items) => {
      for (const [n, item] of items.entries()) await code.page.click(row(item), { modifiers: n ? ["Control"] : [] });
      await code.page.click(row(items.at(-1)), { button: "right" });
      await code.page.hover(`.context-view .action-label:text-is("${menu}")`);
      await code.page.keyboard.press("Enter");
      await code.page.waitForSelector(text);
    };
    await choose("Compare", '.tab.active:has-text("↔")', "shop.py 2", "shop.py 4");
    await code.page.waitForSelector('.editor-instance .view-line:has-text("---")');
    const text = await code.page.$$eval(".editor-instance .view-line", (lines) =>
      lines.map((one) => one.textContent).join("\n"),
    );
    // The earlier run is the left one.
    const flat = text.replaceAll("\u00a0", " ");
    assert.match(flat, /- 2 .*\n.*\+ 4 /);
    assert.equal(await code.page.$(".debug-toolbar"), null);

    // As one file for others.
    await choose("Export…", '.quick-input-list .monaco-list-row:has-text("Page")', "shop.py 0");
    await code.page.click('.quick-input-list .monaco-list-row:has-text("Page")');
    await code.page.waitForSelector('.quick-input-widget:has-text("Export: the file contains")');
    await code.page.keyboard.press("Enter");
    await code.page.waitForSelector('.notifications-toasts :text("Exported to")');
    const page = fs.readdirSync(folder).find((name) => name.endsWith(".html"));
    assert.match(fs.readFileSync(path.join(folder, page), "utf8"), /nothing to buy/);

    // Enter opens the one that is selected.
    await code.page.click(row("shop.py 0"));
    await code.page.keyboard.press("Enter");
    await code.waitToStopAt(5);
  });

  it("has a walkthrough with pictures", async () => {
    folder = project({ "shop.py": SHOP });
    code = await Code.open(folder);
    await code.command("Welcome: Open Walkthrough...");
    await code.page.click('.quick-input-list .monaco-list-row:has-text("Debug Python in both directions")');
    const step = (text) => `.getting-started-step:has-text("${text}")`;
    // The first step is open.
    for (const title of ["Record a program", "Step back", "See the whole run", "Open an earlier run"]) {
      if (title !== "Record a program") await code.page.click(step(title));
      await code.page.waitForFunction(() => document.querySelector(".getting-started-media > img")?.naturalWidth > 0);
    }
    await code.page.click(step("Ask who wrote a value"));
    await code.page.waitForFunction(() => !document.querySelector(".getting-started-media > img"));
  });
});
