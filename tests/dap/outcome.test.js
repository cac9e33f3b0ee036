// Messages if nothing was recorded, at both ends of a recording, and of logpoints that are set again.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawnSync } = require("node:child_process");
const { Client, program, connie } = require("./client");

describe("what becomes of a run", function () {
  this.timeout(30000);
  let client;
  let folder;
  const python = process.env.CONNIE_TEST_PYTHON;

  beforeEach(async () => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "connie-")));
    fs.writeFileSync(path.join(folder, "setup.py"), "");
    client = new Client();
    await client.start();
  });

  afterEach(async () => {
    await client.stop();
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    assert.deepEqual(client.invalid, []);
  });

  const write = (name, text) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  };
  const events = (...names) => client.seen.filter((message) => names.includes(message.event)).map((m) => m.event);

  /** Runs a program that ends before anything can stop. */
  async function over(more, adapter = {}) {
    await client.initializeRequest({ adapterID: "connie", pathFormat: "path", ...adapter });
    const ended = client.waitForEvent("terminated", 20000);
    const configure = client.waitForEvent("initialized").then(() => client.configurationDoneRequest());
    await Promise.all([configure, client.launchRequest({ python, cwd: folder, ...more })]);
    await ended;
  }

  const latest = () => {
    const shown = spawnSync(connie, ["show", "latest"], { cwd: folder });
    assert.equal(shown.status, 0, shown.stderr.toString());
    return shown.stdout.toString();
  };

  const faults = {
    "a syntax error": [
      { program: "broken.py" },
      /^Nothing was recorded: the program ended before its first line: SyntaxError: [^\n]*\n$/,
    ],
    "a missing module": [
      { module: "nosuch.module" },
      /^Nothing was recorded: the program ended before its first line: [^\n]*nosuch[^\n]*\n$/,
    ],
    "a module with a syntax error": [
      { module: "broken" },
      /^Nothing was recorded: the program ended before its first line: SyntaxError: [^\n]*\n$/,
    ],
    "a program without code of the project": [
      { module: "platform" },
      /^Nothing was recorded: no line of the project [^\n]*\n$/,
    ],
  };
  for (const [what, [configuration, said]] of Object.entries(faults)) {
    it(`is told once, then the session ends, of ${what}`, async () => {
      write("fine.py", "a = 1\nb = 2\n");
      write("broken.py", "a = 1\nb = (\n");
      const fine = spawnSync(connie, ["run", "--quiet", "--python", python, "fine.py"], { cwd: folder });
      assert.equal(fine.status, 0, fine.stderr.toString());
      await over(configuration);
      assert.match(client.output("console"), said);
      assert.deepEqual(events("stopped", "exited", "terminated"), ["exited", "terminated"]);
      assert.match(latest(), /fine\.py/);
    });
  }

  it("is told in a terminal too", async () => {
    write("broken.py", "a = (\n");
    await over({ program: "broken.py" }, { supportsRunInTerminalRequest: true });
    assert.match(client.output("console"), /^Nothing was recorded: the program ended [^\n]*SyntaxError[^\n]*\n$/);
    assert.equal(client.output("stdout") + client.output("stderr"), "");
    assert.deepEqual(events("stopped", "exited", "terminated"), ["exited", "terminated"]);
  });

  it("is told where the recorder gives up in a terminal", async () => {
    write("fine.py", "a = 1\n");
    const fake = write("python-odd", "#!/bin/sh\nexit 3\n");
    fs.chmodSync(fake, 0o755);
    await over({ program: "fine.py", python: fake }, { supportsRunInTerminalRequest: true });
    assert.match(client.output("console"), /^Nothing was recorded: [^\n]*\n$/);
    assert.deepEqual(events("stopped", "terminated"), ["terminated"]);
  });

  it("is said in the console at both ends of history", async () => {
    await client.begin(program("accounts.py"), [11]);
    const said = async (command) => {
      const before = client.output("console");
      const { text } = await client.move(command);
      // The message about the program's end may come at any time.
      return [
        text,
        client
          .output("console")
          .slice(before.length)
          .replace(/^The program has ended.*\n/m, ""),
      ];
    };
    const last = async (command) => {
      let found;
      do found = await said(command);
      while (!found[0]);
      return found;
    };
    const [start, told] = await last("reverseContinue");
    assert.equal(start, "Start of the recording");
    assert.match(told, /^Start of the recording \(step 2\)[^\n]*\n$/);
    // Asking again gives the message again.
    assert.match((await said("reverseContinue"))[1], /^Start of the recording \(step 2\)[^\n]*\n$/);
    assert.match((await said("stepBack"))[1], /^Start of the recording \(step 2\)[^\n]*\n$/);
    const [end, ended] = await last("continue");
    assert.equal(end, "End of the recording");
    assert.match(ended, /End of the recording \(step \d+\)/);
    assert.match((await said("next"))[1], /^End of the recording \(step \d+\)[^\n]*\n$/);
  });

  it("tells the calls of the run, for clients that draw them", async () => {
    await client.begin(program("threads.py"), [9]);
    const { lanes, rows, functions, whole, steps } = (await client.send("connie/flame")).body;
    assert.deepEqual(
      lanes.map(({ name }) => name),
      ["MainThread", "worker-a", "worker-b"],
    );
    assert.ok(whole);
    const [[first, last, code, calls]] = rows.find(({ row }) => row === lanes[1].row + 1).bars;
    assert.deepEqual([functions[code].name, calls], ["work", 1]);
    assert.deepEqual((await client.send("connie/call", { first, last })).body, {
      arguments: [["name", "'a'"]],
      ending: "returned",
      value: "3",
    });
    const few = (await client.send("connie/flame", { from: 1, to: steps, width: 10, row: 1, rows: 1 })).body;
    assert.deepEqual(
      few.rows.map(({ row }) => row),
      [1],
    );
  });

  it("ends a step where the thread ends, not the recording", async () => {
    const [{ threadId: last }] = await client.begin(program("threads.py"), [9]);
    const at = async () => (await client.top(last)).line;
    await client.move("next", { threadId: last });
    await client.move("next", { threadId: last });
    assert.equal(await at(), 10);
    const move = (command) => client.move(command, { threadId: last });
    const end = await move("next");
    assert.deepEqual([end.threadId, await at()], [last, 10]);
    assert.match(end.text, /the thread worker-a ends here/);
    assert.match(client.output("console"), /The recorded code of the thread worker-a ends here \(step \d+\)\n/);
    const step = async () => (await client.send("connie/timeline")).body.step;
    const there = await step();
    for (const command of ["next", "stepOut", "stepIn"]) {
      assert.match((await move(command)).text, /the thread worker-a ends here/, command);
      assert.equal(await step(), there, command);
    }
    // And back to the beginning.
    let begun;
    do begun = await move("stepBack");
    while (!begun.text);
    assert.match(begun.text, /the thread worker-a begins here/);
    assert.deepEqual([begun.threadId, await at()], [last, 5]);
    await move("next");
    assert.equal(await at(), 6);
    assert.match((await move("stepOut")).text, /the thread worker-a ends here/);
    await move("stepBack");
    assert.match((await move("connie/stepBackOut")).text, /the thread worker-a begins here/);
  });

  it("goes on with what the thread does next, where others called its functions", async () => {
    const file = write(
      "pool.py",
      [
        "from concurrent.futures import ThreadPoolExecutor",
        "def job(n):",
        "    a = n",
        "    return a",
        "with ThreadPoolExecutor(1) as pool:",
        "    print(list(pool.map(job, [1, 2])))",
        "",
      ].join("\n"),
    );
    const [stopped] = await client.begin(file, [4]);
    const { threadId } = stopped;
    const move = (command) => client.move(command, { threadId });
    const line = async () => (await client.top(threadId)).line;
    assert.match((await move("next")).text, /its caller is not recorded/);
    assert.equal(await line(), 4);
    await move("next");
    assert.deepEqual([await line(), await client.value("n", threadId)], [3, "2"]);
    await move("stepBack");
    assert.deepEqual([await line(), await client.value("n", threadId)], [4, "1"]);
  });

  it("ends a step where a task ends that nobody recorded runs", async () => {
    const file = write(
      "tasks.py",
      [
        "import asyncio, threading",
        "async def one(n):",
        "    await asyncio.sleep(0)",
        "    return n",
        "async def main():",
        "    tasks = [asyncio.create_task(one(n), name=f'one-{n}') for n in range(2)]",
        "    await asyncio.gather(*tasks)",
        "thread = threading.Thread(target=asyncio.run, args=(main(),))",
        "thread.start()",
        "thread.join()",
        "end = 1",
        "",
      ].join("\n"),
    );
    const [{ threadId }] = await client.begin(file, [{ line: 4, condition: "n == 0" }]);
    while (!/The program has ended/.test(client.output("console")))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const end = await client.move("next", { threadId });
    assert.match(end.text, /the task one-0 ends here/);
    assert.equal((await client.top(threadId)).line, 4);
  });

  it("lets logpoints speak once of each hit", async () => {
    const source = { path: program("accounts.py") };
    await client.begin(source.path, []);
    const log = { line: 20, logMessage: "{account.owner} it is" };
    const count = (pattern) => client.output("console").match(pattern)?.length ?? 0;
    const set = (...breakpoints) => client.setBreakpointsRequest({ source, breakpoints });
    await set(log);
    assert.equal(count(/ann it is/g), 1);
    await set(log, { line: 12 });
    await set({ line: 12 }, log);
    await set(log);
    assert.equal(count(/ann it is/g), 1);
    assert.equal(count(/cat it is/g), 1);
    // A logpoint with another message or condition logs all of its hits again.
    await set({ ...log, logMessage: "now {account.owner}" });
    assert.equal(count(/now ann/g), 1);
    await set({ ...log, logMessage: "now {account.owner}", condition: "n > 0" });
    assert.deepEqual([count(/now ann/g), count(/now cat/g)], [1, 2]);
    await set({ ...log, logMessage: "now {account.owner}", condition: "n > 0", hitCondition: "2" });
    assert.deepEqual([count(/now ann/g), count(/now bob/g), count(/now cat/g)], [1, 2, 3]);
    await set({ line: 21, logMessage: log.logMessage }, log);
    assert.equal(count(/ann it is/g), 2);
  });

  it("lets logpoints stay where lines are put above them", async () => {
    const file = write("moved.py", "for n in range(2):\n    a = n\n");
    const source = { path: file };
    await client.begin(file, []);
    await client.setBreakpointsRequest({ source, breakpoints: [{ line: 2, logMessage: "n is {n}" }] });
    fs.writeFileSync(file, "# new\n# lines\nfor n in range(2):\n    a = n\n");
    const { body } = await client.setBreakpointsRequest({ source, breakpoints: [{ line: 4, logMessage: "n is {n}" }] });
    assert.equal(body.breakpoints[0].verified, true);
    assert.equal(client.output("console").match(/n is 0/g).length, 1);
  });

  it("steps over a line that takes long while the program runs", async () => {
    const waits = (name) =>
      `subprocess.run(["sh", "-c", "until [ -e '${path.join(folder, name)}' ]; do sleep 0.02; done"])`;
    const file = write("slow.py", `import subprocess\na = 1\n${waits("one")}\nb = 2\n${waits("two")}\nc = 3\n`);
    await client.begin(file, [{ line: 3 }, { line: 6 }]);
    const over = client.move("next");
    write("one", "");
    await over;
    assert.deepEqual(await client.stack(), ["<module>:4"]);
    assert.ok(!/The program has ended/.test(client.output("console")));
    await client.move("next");
    const last = client.move("next");
    write("two", "");
    await last;
    assert.deepEqual(await client.stack(), ["<module>:6"]);
  });
});
