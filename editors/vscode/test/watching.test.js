// `connie watch` in VS Code: values beside the code follow each save.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Code, project, until } = require("./code.js");

describe("watching in VS Code", function () {
  this.timeout(180000);
  let code, folder;

  afterEach(async function () {
    await code?.finish(this.currentTest);
    code = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("records the open file again at each save, until it is stopped", async () => {
    folder = project({ "shop.py": "total = 1 + 1\n" });
    const save = (text) => fs.writeFileSync(path.join(folder, "shop.py"), text);
    code = await Code.open(folder);
    await code.openFile("shop.py");
    await code.command("connie: Watch This File");
    await code.page.waitForSelector('.statusbar-item:has-text("shop.py") .codicon-eye');
    const shows = (text) => until(`line 1 shows ${text}`, async () => (await code.line(1))?.includes(text));
    await shows("total = 2");
    save("total = 2 + 2\n");
    await shows("total = 4");
    assert.equal(fs.readdirSync(path.join(folder, ".connie")).filter((name) => name.endsWith(".connie")).length, 1);
    assert.ok(code.runs("watch"));
    await code.page.click('.statusbar-item:has-text("shop.py")');
    await until("the watch ends", async () => !code.runs("watch"));
    await code.page.waitForSelector(".codicon-eye", { state: "detached" });
  });
});
