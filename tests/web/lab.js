// JupyterLab in a real browser: a cell that records itself, a question, and the link that leads to the viewer. Started by
// `cargo xtask test slow` with the address of a notebook's server in CONNIE_TEST_LAB and a folder that it serves in
// CONNIE_TEST_LAB_FOLDER.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const CELLS = [
  "%load_ext connie",
  "def f(a):\n    b = a + 1\n    return b",
  "%%connie\nx = f(3)\ny = [x]\ny.append(8)\ny",
  "%connie why y",
];

function notebook() {
  const cell = (source, n) => ({
    cell_type: "code",
    execution_count: null,
    id: `c${n}`,
    metadata: {},
    outputs: [],
    source,
  });
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  return { cells: CELLS.map(cell), metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
}

async function main() {
  fs.writeFileSync(path.join(process.env.CONNIE_TEST_LAB_FOLDER, "nb.ipynb"), JSON.stringify(notebook()));
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
  const browser = await chromium.launch({ executablePath: process.env.CONNIE_TEST_CHROMIUM, args });
  try {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const [address, query] = process.env.CONNIE_TEST_LAB.split("?");
    await page.goto(`${address}lab/tree/nb.ipynb?${query}`);
    await page.waitForSelector(".jp-Notebook .jp-CodeCell");
    await page.waitForSelector("text=Python 3 (ipykernel)");
    await page.click("text=Run >> nth=0");
    await page.click("text=Run All Cells");
    await page.waitForSelector(".jp-OutputArea-output >> text=+8 at");
    const shown = await page.innerText(".jp-Notebook");
    for (const part of ["steps recorded", "▶ f(a=3) In[2]:1", "b=4", "In[3]:4"]) assert.ok(shown.includes(part), part);
    const [view] = await Promise.all([context.waitForEvent("page"), page.click("a:has-text('open in the viewer')")]);
    await view.waitForSelector(".line.here");
    assert.ok(!view.url().includes("invitation"), view.url());
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
