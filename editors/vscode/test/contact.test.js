// First contact: what a project and a machine look like before anybody prepared them.
"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { Code, project } = require("./code.js");

const SLEEPS = `import time

print("begun")
for n in range(1200):
    time.sleep(0.05)
`;

describe("first contact with connie in VS Code", function () {
  this.timeout(120000);
  let code, folder, sleeper;

  const files = (given) => (folder = project(given));
  afterEach(async function () {
    await code?.finish(this.currentTest);
    code = undefined;
    sleeper?.kill();
    sleeper = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const toast = (text) => code.page.waitForSelector(`.notifications-toasts :text("${text}")`);
  const toasts = () => code.page.$$(".notifications-toasts .notification-list-item");

  it("says what to do where the program is missing", async () => {
    files({ "shop.py": "print('tea')\n" });
    code = await Code.open(folder, { settings: { "connie.path": "/nowhere/connie" } });
    await code.openFile("shop.py");
    await toast("connie.path is set to /nowhere/connie");
    assert.equal((await toasts()).length, 1);
    await code.command("Notifications: Clear All Notifications");
    // F5 says it again, and no dialog comes.
    await code.page.keyboard.press("F5");
    await toast("connie.path is set to /nowhere/connie");
    // Nothing more is shown, so that there is no condition to wait for.
    await code.page.waitForTimeout(1000);
    assert.equal((await toasts()).length, 1);
    assert.equal(await code.page.$(".monaco-dialog-box"), null);
  });

  it("says how to get the program where there is none", async () => {
    files({ "shop.py": "print('tea')\n" });
    code = await Code.open(folder, { without: ["bin"], env: { PATH: "/usr/bin:/bin" } });
    await code.openFile("shop.py");
    await toast("cargo install --path cli");
    await code.command("Notifications: Clear All Notifications");
    await code.page.keyboard.press("F5");
    await toast("cargo install --path cli");
    assert.equal(await code.page.$(".monaco-dialog-box"), null);
  });

  it("says what to do with a buffer that has no file, and saves the others", async () => {
    const launch = {
      version: "0.2.0",
      configurations: [
        { type: "connie", request: "launch", name: "this", program: "${file}", console: "internalConsole" },
      ],
    };
    files({ "shop.py": "import prices\nprint(prices.tea)\n", "prices.py": "tea = 3\n" });
    code = await Code.open(folder);
    // Before that, F5 opens a view of VS Code.
    await code.openFile("shop.py");
    await code.awake();
    // Beside the program, in a group of its own, a file that it imports: changed, and not saved.
    await code.openFile("prices.py");
    await code.command("View: Move Editor into Right Group");
    await code.goToLine(1);
    await code.page.keyboard.press("End");
    await code.page.keyboard.type("1");
    await code.page.click('.tab:has-text("shop.py")');
    await code.goToLine(2);
    await code.page.keyboard.press("F5");
    await code.waitToStopAt(2);
    assert.equal(fs.readFileSync(path.join(folder, "prices.py"), "utf8"), "tea = 31\n");
    await code.page.keyboard.press("Shift+F5");
    await code.ended();

    await code.command("File: New Untitled Text File");
    await code.page.keyboard.type("print(1)");
    await code.command("Change Language Mode");
    await code.page.keyboard.type("Python");
    await code.page.waitForSelector('.quick-input-list .monaco-list-row.focused:has-text("Python")');
    await code.page.keyboard.press("Enter");
    await code.page.waitForSelector('.statusbar-item:has-text("Python")');
    for (const before of [() => undefined, () => fs.mkdirSync(path.join(folder, ".vscode"))]) {
      before();
      if (fs.existsSync(path.join(folder, ".vscode"))) {
        fs.writeFileSync(path.join(folder, ".vscode/launch.json"), JSON.stringify(launch));
        // VS Code does not show when it has read the file.
        await code.page.waitForTimeout(500);
      }
      await code.page.keyboard.press("F5");
      // VS Code offers to save it first, as for every debugger.
      await code.page.waitForSelector(".quick-input-widget .input");
      await code.page.keyboard.press("Escape");
      await toast("connie records files, and this buffer has none");
      assert.equal(await code.page.$(".monaco-dialog-box"), null);
      await code.command("Notifications: Clear All Notifications");
      await code.page.click(".tab.active");
    }
  });

  it("asks for arguments and processes, as debugpy's configurations want it", async () => {
    const configurations = [
      {
        type: "connie",
        request: "launch",
        name: "with arguments",
        program: "${file}",
        args: "${command:pickArgs}",
        console: "internalConsole",
      },
      { type: "connie", request: "attach", name: "to a process", processId: "${command:pickProcess}" },
    ];
    files({ "shop.py": "import sys\nwords = sys.argv[1:]\nprint(words)\n" });
    fs.mkdirSync(path.join(folder, ".vscode"));
    fs.writeFileSync(path.join(folder, ".vscode/launch.json"), JSON.stringify({ version: "0.2.0", configurations }));
    code = await Code.open(folder);
    await code.openFile("shop.py");
    await code.awake();
    await code.goToLine(1);
    await code.page.keyboard.press("F5");
    await code.page.waitForSelector('.quick-input-widget:has-text("Arguments of the Program")');
    await code.page.keyboard.type("tea 'two words'");
    await code.page.keyboard.press("Enter");
    await code.waitToStopAt(3);
    await code.until("they were given", async () => (await code.line(2))?.includes("words = ['tea', 'two words']"));
    await code.page.keyboard.press("Shift+F5");
    await code.ended();

    sleeper = spawn(process.env.CONNIE_TEST_PYTHON, ["-c", "import time; time.sleep(60)"]);
    await code.command("Debug: Select and Start Debugging");
    await code.page.keyboard.type("to a process");
    await code.page.waitForSelector('.quick-input-list .monaco-list-row.focused:has-text("to a process")');
    await code.page.keyboard.press("Enter");
    await code.page.waitForSelector(
      `.quick-input-widget:has-text("Record Which Python Process?") .monaco-list-row:has-text("${sleeper.pid}")`,
    );
  });

  it("wakes up for recordings alone, and steps back only where the view stands", async () => {
    files({ "sleeps.py": SLEEPS });
    fs.mkdirSync(path.join(folder, ".connie"));
    code = await Code.open(folder);
    // An empty folder is no recording: nothing starts, so that there is no condition to wait for.
    await code.page.waitForTimeout(3000);
    assert.equal(code.runs("lsp"), false);
    code.record(folder, "-c", "print(1)");
    await code.page.reload();
    await code.awake();

    await code.page.waitForSelector(".monaco-workbench .explorer-folders-view");
    await code.openFile("sleeps.py");
    await code.page.keyboard.press("F5");
    const back = (state) =>
      code.page.waitForSelector(`.debug-toolbar .action-label${state}[aria-label^="Step Back Into"]`);
    await back(".disabled");
    await code.until("something is recorded", async () => (await code.line(4))?.includes("n = "));
    await code.page.click(".debug-toolbar .codicon-debug-pause");
    await back(":not(.disabled)");
    await code.page.click(".debug-toolbar .codicon-debug-continue");
    await back(".disabled");

    // The first stop ends the program, and says so; the view stands at the end.
    await code.page.keyboard.press("Shift+F5");
    await code.console("Stop again to end the session");
    await code.until("it stands", async () => (await code.stoppedAt()) !== undefined);
    await code.page.keyboard.press("Shift+F5");
    await code.ended();
  });
});
