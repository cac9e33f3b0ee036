// Pages of connie view are judged by axe-core, light and dark.
"use strict";
const { isClean: hasNoFault } = require("./clean.js");
const { Viewer } = require("./viewer.js");

const SHOP = `import sys

prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    if name == "vip":
        cost = 0
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, len(sys.argv))
    print("so far", total)
assert total == 0, "too much"
`;

describe("pages for everyone", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const isClean = () => hasNoFault(page);

  beforeEach(async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
  });
  afterEach(async () => {
    await viewer.close();
  });

  it("has no fault in the list and in a comparison", async () => {
    viewer.record("shop.py", "more");
    page = await viewer.open();
    await page.waitForSelector("#recordings td");
    await isClean();
    for (const box of await page.locator("#recordings input[type=checkbox]").all()) await box.check();
    await page.click("#compare");
    await page.waitForSelector(".half.after .here");
    await isClean();
    await page.click(".half.before .stack summary");
    await page.click('[data-way="over"]');
    await page.waitForFunction(() => document.querySelector("#where").textContent);
    await isClean();
    await page.keyboard.press("?");
    await page.waitForSelector("dialog.keys[open]");
    await isClean();
  });

  it("has no fault in a recording, its tabs, answers and dialogs", async () => {
    page = await viewer.open("latest");
    await viewer.at(17);
    await isClean();
    for (const tab of ["Functions", "Output", "Exceptions", "Search"]) {
      await page.click(`[data-tab="${tab}"]`);
      await page.waitForFunction(
        (name) => document.querySelector("#left .pane").getAttribute("aria-label") === name,
        tab,
      );
      await isClean();
    }
    await page.click("#explain");
    await page.waitForSelector("#answer .tree");
    await isClean();
    await page.click("#tell");
    await page.waitForSelector("#story .told.present");
    await isClean();
    await page.fill('#story [name="text"]', "nowhere");
    await page.waitForSelector("#story .nothing");
    await isClean();
    await page.click("#program");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog.keys[open]");
    await isClean();
  });
});
