// The trace of connie export, read by speedscope itself.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { Viewer } = require("./viewer.js");

const PROGRAM = `import asyncio
import threading


def numbers(n):
    for i in range(n):
        yield i


def work(n):
    return sum(numbers(n))


def fail():
    raise ValueError


async def fetch(n):
    await asyncio.sleep(0)
    return work(n)


async def main():
    await asyncio.gather(fetch(2), fetch(3))


helper = threading.Thread(target=work, args=(4,), name="helper")
helper.start()
helper.join()
asyncio.run(main(), debug=False)
try:
    fail()
except ValueError:
    pass
`;

const KINDS = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm" };

describe("the trace of connie export", function () {
  this.timeout(60000);

  it("opens in speedscope, with a frame for each function and a profile for each thread and task", async () => {
    const viewer = new Viewer({ "calls.py": PROGRAM });
    const folder = path.join(process.env.CONNIE_TEST_SPEEDSCOPE, "dist/release");
    const server = http.createServer((request, answer) => {
      const file = path.join(folder, path.basename(new URL(request.url, "http://x").pathname));
      if (!fs.existsSync(file)) return answer.writeHead(404).end();
      answer.setHeader("content-type", KINDS[file.split(".").at(-1)] ?? "application/octet-stream");
      return answer.end(fs.readFileSync(file));
    });
    const port = await new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
    try {
      viewer.record("calls.py");
      execFileSync(process.env.CONNIE_BIN, ["export", "-o", "calls.json"], { cwd: viewer.folder });
      const page = await viewer.browse(`http://127.0.0.1:${port}/index.html`);
      const said = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("dialog", (dialog) => said.push(dialog.message()) && dialog.dismiss());
      await page.setInputFiles("input[type=file]", path.join(viewer.folder, "calls.json"));
      const title = async () =>
        /, (\S+)(?: in MainThread)? \(tid \d+\) \(\d+\/(\d+)\)/.exec(await page.innerText("body"));
      await page.waitForFunction(() => /\(\d+\/\d+\)/.test(document.body.innerText));
      // In the sandwich view, the functions of a profile are rows; n shows the next profile.
      await page.keyboard.press("3");
      await page.waitForFunction(() => document.body.innerText.includes("Symbol Name"));
      const found = {};
      for (let left = Number((await title())[2]); left > 0; left--) {
        const [, name] = await title();
        const rows = await page.locator('tr td:last-child:has-text("{")').allInnerTexts();
        found[name] = rows.map((row) => row.replace(/"[^"]*\//, '"').trim()).toSorted();
        await page.keyboard.press("n");
        if (left > 1) await page.waitForFunction((name) => !document.body.innerText.includes(`, ${name} `), name);
      }
      const frame = (name, line) => `${name} {"at":"calls.py:${line}"}`;
      const task = [frame("fetch", 18), frame("numbers", 5), frame("work", 10)];
      assert.deepEqual(found, {
        MainThread: [frame("<module>", 1), frame("fail", 14)],
        helper: [frame("numbers", 5), frame("work", 10)],
        "Task-1": [frame("main", 23)],
        "Task-2": task,
        "Task-3": task,
      });
      // What it says of events that do not fit together.
      assert.deepEqual(
        said.filter((text) => /Tried to end|still open|mismatch/.test(text)),
        [],
      );
    } finally {
      server.closeAllConnections();
      server.close();
      await viewer.close();
    }
  });
});
