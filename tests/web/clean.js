// Pages are judged by axe-core, light and dark.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");

/** What axe-core finds wrong in a page as it is now. */
async function wrong(page) {
  const axe = fs.readFileSync(process.env.CONNIE_TEST_AXE, "utf8");
  // The page's policy refuses scripts that are written into it, but not those of a debugger.
  await page.evaluate(`${axe}; undefined`);
  // A page of a folder may not fetch, not even for axe-core, which would read the style sheets once more.
  const preload = !page.url().startsWith("file:");
  const { violations } = await page.evaluate(
    (preload) => globalThis.axe.run(document, { resultTypes: ["violations"], preload }),
    preload,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}

/** Fails if axe-core finds a fault in a page. */
async function isClean(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await wrong(page), [], colorScheme);
  }
}

module.exports = { isClean };
