"use strict";
// The viewer and VS Code write counts, sizes and times as the command line does.
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "../..");
const read = (name) => fs.readFileSync(path.join(ROOT, name), "utf8");

describe("amounts", () => {
  it("are written as the table says", async () => {
    const table = JSON.parse(read("recording/src/amounts.json"));
    // Loads the file as a module, whatever the folder's package.json says.
    const module = await import(`data:text/javascript,${encodeURIComponent(read("server/web/assets/amounts.js"))}`);
    const ways = {
      grouped: module.number,
      counted: (n) => module.counted(n, "call"),
      size: module.size,
      duration: module.duration,
    };
    assert.deepStrictEqual(Object.keys(table), Object.keys(ways));
    for (const [kind, cases] of Object.entries(table)) {
      for (const [n, wanted] of cases) assert.strictEqual(ways[kind](n), wanted, `${kind} ${n}`);
    }
    assert.strictEqual(module.duration(null), "…");
  });
});
