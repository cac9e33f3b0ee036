// Values in connie view: what changed, pinned names, tables, names of one object, whole texts, search.
"use strict";
const assert = require("node:assert/strict");
const { isClean } = require("./clean.js");
const { Viewer } = require("./viewer.js");

const PROGRAM = `class Shop:
    def __init__(self, stock):
        self.stock = stock


def sell(shop, name, count):
    aaa, bbb = 1, 2
    for row in shop.stock:
        if row["name"] == name:
            row["left"] -= count
    bbb = 3
    return shop


letter = "Dear all,\\n\\n" + "thank you for it.\\n" * 200 + "\\tBye"
stock = [{"name": f"kind {n}", "left": n * 3} for n in range(150)]
same = stock
shop = Shop(stock)
sell(shop, "kind 7", 2)
print("end")
`;

describe("the values of connie view", function () {
  this.timeout(60000);
  let viewer, page;

  before(async () => {
    viewer = new Viewer({ "data.py": PROGRAM });
    viewer.record("data.py");
    page = await viewer.open("latest");
    await page.waitForSelector("#variables .variable");
  });
  after(async function () {
    await viewer.end({ state: this.test.parent.tests.some(({ state }) => state === "failed") ? "failed" : "passed" });
  });

  const variable = (name) => page.locator(`#variables .variable[data-name="${name}"]`);
  const act = async (name, what) => {
    await variable(name).first().hover();
    await page.locator(`[aria-label="${what}: ${name}"]`).first().click();
  };
  const goToLine = async (line) => {
    await page.click(`.line[data-line="${line}"] .gutter`);
    await page.keyboard.press("Home");
    await page.keyboard.press("c");
    await viewer.at(line);
    await page.click(`.line[data-line="${line}"] .gutter`);
  };

  it("shows what changed at a step first, also after a jump", async () => {
    await goToLine(12);
    await page.waitForSelector('.variable.changed[data-name="bbb"]');
    const names = await page.locator("#variables .variable .name").allTextContents();
    assert.equal(names[0], "bbb");
    assert.match(await variable("bbb").getAttribute("title"), /It was 2$/);
    await page.keyboard.press("v");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.name), "bbb");
  });

  it("keeps pinned names for the program, in any function", async () => {
    await act("bbb", "Pin");
    await page.waitForSelector('[aria-label="Unpin: bbb"]');
    await page.keyboard.press("End");
    await viewer.at(20);
    const pinned = page.locator("#variables > details:first-child");
    await page.waitForFunction(() =>
      document.querySelector("#variables").textContent.includes("sell does not run here"),
    );
    await act("same", "Pin");
    await page.waitForSelector('[aria-label="Unpin: same"]');
    await page.reload();
    await page.waitForSelector('[aria-label="Unpin: same"]');
    await goToLine(11);
    await page.waitForFunction(() => document.querySelector("#variables > details").textContent.includes("same = [{"));
    assert.match(await pinned.textContent(), /^Pinnedbbb = 2.*same = \[\{.*in <module>/s);
    await isClean(page);
    await act("bbb", "Unpin");
    await act("same", "Unpin");
    await page.waitForSelector('[aria-label="Unpin: same"]', { state: "detached" });
    assert.match(await pinned.textContent(), /^Locals/);
  });

  it("shows rows as a table, page by page", async () => {
    await page.keyboard.press("End");
    await viewer.at(20);
    await act("stock", "As a table");
    const rows = page.locator("#answer .cells tbody tr");
    await rows.nth(7).waitFor();
    assert.deepEqual(await page.locator("#answer .cells thead th").allTextContents(), ["name", "left"]);
    assert.equal(await rows.nth(7).textContent(), "7'kind 7'19");
    assert.match(await page.textContent("#answer .ways"), /^rows 0–99 of 150 · 2 columns/);
    await page.emulateMedia({ colorScheme: "light" });
    await viewer.picture("viewer-values.png");
    await page.click('#answer [aria-label="Later rows"]');
    await page.waitForFunction(() => document.querySelector("#answer tbody tr th").textContent === "100");
    assert.equal(await rows.count(), 50);
    await page.fill('#answer [aria-label="Go to a row"]', "149");
    await page.press('#answer [aria-label="Go to a row"]', "Enter");
    await page.waitForFunction(() => document.querySelector("#answer tbody tr th").textContent === "149");
    await isClean(page);
  });

  it("tells the names of one object", async () => {
    assert.equal(await variable("stock").locator(".same").textContent(), "≡ same");
    assert.equal(await variable("letter").locator(".same").count(), 0);
    await act("stock", "All names of this object");
    await page.waitForFunction(() => document.querySelector("#answer").textContent.includes("shop.stock"));
    const names = await page.locator("#answer li b").allTextContents();
    assert.deepEqual(names, ["stock", "same", "shop.stock"]);
    await variable("stock").locator(".same").click();
    assert.equal(await page.locator(".variable.sought").count(), 2);
    assert.equal(await page.locator("#variables details[open] > summary > [data-name=stock]").count(), 0);
  });

  it("shows a long string whole and as it is", async () => {
    await variable("letter").locator(".worth").click();
    const raw = page.locator("#variables .raw");
    await raw.waitFor();
    const text = await raw.textContent();
    assert.ok(text.startsWith("Dear all,\n\nthank you for it.\nthank"), text.slice(0, 80));
    assert.ok(text.includes("it.\n\tBye3,615 characters"), text.slice(-80));
    await variable("letter").locator(".worth").click();
    await raw.waitFor({ state: "detached" });
  });

  it("finds values, beside the code and in the whole run", async () => {
    await page.fill("#right .filter", "kind 1");
    const shown = () => page.locator("#variables .variable:visible .name").allTextContents();
    assert.deepEqual(await shown(), ["stock", "same", "shop"]);
    await page.fill("#right .filter", "");
    await page.click("[data-tab=Search]");
    await page.fill("#search", "kind 7");
    const row = page.locator("#left .row", { hasText: "argument name of sell" });
    await row.click();
    await viewer.at(6);
    assert.match(await page.textContent("#left .pane"), /values that are kind 7 \(\d+\)/);
  });
});
