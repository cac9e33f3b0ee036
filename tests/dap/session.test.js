// The state of a session as clients see it: running or stopped, alive or over, and its threads.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawnSync } = require("node:child_process");
const { program, connie, eachTest } = require("./client");

describe("the session", function () {
  this.timeout(30000);
  let client;

  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  const events = (...names) => client.seen.filter((message) => names.includes(message.event));
  const count = (name) => events(name).length;

  it("tells how the program ended with its own end, not while it goes on", async () => {
    await client.begin(program("surroundings.py"), [12]);
    while (!/The program has ended/.test(client.output("console"))) await client.move("continue");
    assert.equal(count("exited"), 0);
    await client.move("stepBack");
    const over = client.waitForEvent("terminated");
    await client.send("terminate");
    await over;
    assert.deepEqual(
      events("exited", "terminated").map((message) => message.event),
      ["exited", "terminated"],
    );
    assert.equal(events("exited")[0].body.exitCode, 0);
  });

  it("says so before a stop that no request of the protocol asked for", async () => {
    await client.begin(program("surroundings.py"), [12]);
    const states = () =>
      events("continued", "stopped")
        .map((message) => message.event)
        .join(" ");
    assert.equal(states(), "stopped");
    await client.move("evaluate", { expression: ":back", context: "repl" });
    assert.equal(states(), "stopped continued stopped");
    await client.move("connie/seek", { step: 5 });
    assert.equal(states(), "stopped continued stopped continued stopped");
    // Clients expect these events without being told.
    await client.move("next");
    await client.move("stepBack");
    assert.equal(count("continued"), 2);
    // A refused request does not change the state to running.
    await assert.rejects(client.send("stepIn", { threadId: 1, targetId: 10 ** 9 }));
    await client.move("connie/seek", { step: 5 });
    assert.equal(count("continued"), 3);
  });

  it("stays where it is when it is paused again", async () => {
    await client.begin(program("surroundings.py"), [8]);
    const before = await client.stack();
    await client.move("pause");
    assert.deepEqual(await client.stack(), before);
  });

  it("restarts with the configuration as it is now", async () => {
    await client.begin(program("surroundings.py"), [12], { args: ["before"] });
    assert.equal(await client.value("arguments"), "['before']");
    const python = process.env.CONNIE_TEST_PYTHON;
    const now = { program: program("surroundings.py"), python, args: ["now"], __restart: true };
    await client.move("restart", { arguments: now });
    assert.equal(await client.value("arguments"), "['now']");
    assert.equal(
      events("continued", "stopped")
        .map((message) => message.event)
        .join(" "),
      "stopped continued stopped",
    );
    await client.move("restart", {});
    assert.equal(await client.value("arguments"), "['now']");
  });

  it("forgets what was returned when it restarts, and names each breakpoint by its own fault", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const script = path.join(folder, "script.py");
    fs.writeFileSync(script, "import time\ndef f():\n    return time.time_ns()\na = 1\nb = f()\nc = 2\n");
    const launch = { program: script, python: process.env.CONNIE_TEST_PYTHON, console: "internalConsole" };
    await client.initializeRequest();
    await Promise.all([client.launchRequest(launch), client.waitForEvent("initialized")]);
    await client.setBreakpointsRequest({ source: { path: script }, breakpoints: [{ line: 5 }] });
    await Promise.all([client.waitForEvent("stopped"), client.configurationDoneRequest()]);
    await client.move("next");
    assert.equal(await client.value("(return) f == b"), "True");
    await client.move("restart", {});
    await client.move("next");
    assert.equal(await client.value("(return) f == b"), "True");

    // A condition that is no longer a valid expression stops nowhere.
    const nonsense = [{ line: 5, condition: "==" }, { line: 6 }];
    const set = await client.setBreakpointsRequest({ source: { path: script }, breakpoints: nonsense });
    assert.deepEqual(
      set.body.breakpoints.map((one) => one.verified),
      [false, true],
    );
    await client.move("reverseContinue");
    assert.notDeepEqual(await client.stack(), ["<module>:5"]);
    const functions = await client.setFunctionBreakpointsRequest({
      breakpoints: [{ name: "f", condition: "==" }, { name: "nosuch" }],
    });
    assert.deepEqual(
      functions.body.breakpoints.map((one) => one.message?.split(" ").slice(0, 2).join(" ")),
      ["not a", "no function"],
    );
    fs.rmSync(folder, { recursive: true });
  });

  it("runs no program when a recording is shown again", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const script = path.join(folder, "script.py");
    fs.writeFileSync(script, `a = 1\nopen(${JSON.stringify(path.join(folder, "ran"))}, "a").write("x")\n`);
    const recording = path.join(folder, "run.connie");
    const python = process.env.CONNIE_TEST_PYTHON;
    const run = spawnSync(connie, ["run", "--quiet", "--python", python, "--output", recording, script]);
    assert.equal(run.status, 0, run.stderr.toString());
    await client.initializeRequest();
    await client.attachRequest({ recording });
    await Promise.all([client.waitForEvent("stopped"), client.configurationDoneRequest()]);
    await client.move("next");
    await client.move("restart", { arguments: { request: "attach", recording, program: script, python } });
    assert.deepEqual(await client.stack(), ["<module>:1"]);
    await client.move("restart", {});
    assert.equal(fs.readFileSync(path.join(folder, "ran"), "utf8"), "x");
    fs.rmSync(folder, { recursive: true });
  });

  it("stops at the breakpoints again when a recording is shown again", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const script = path.join(folder, "script.py");
    fs.writeFileSync(script, "def f(n):\n    return n\n\n\nfor i in range(3):\n    f(i)\n");
    const recording = path.join(folder, "run.connie");
    const run = spawnSync(connie, [
      "run",
      "--quiet",
      "--python",
      process.env.CONNIE_TEST_PYTHON,
      "--output",
      recording,
      script,
    ]);
    assert.equal(run.status, 0, run.stderr.toString());
    await client.initializeRequest();
    await client.attachRequest({ recording });
    await client.setBreakpointsRequest({ source: { path: script }, breakpoints: [{ line: 2 }] });
    await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: "f" }] });
    await Promise.all([client.waitForEvent("stopped"), client.configurationDoneRequest()]);
    const first = await client.stack();
    // VS Code sends the configuration with it.
    for (const given of [{}, { arguments: { request: "attach", recording } }]) {
      await client.move("continue");
      const stopped = await client.move("restart", given);
      assert.match(stopped.reason, /breakpoint/);
      assert.deepEqual(await client.stack(), first);
    }
    fs.rmSync(folder, { recursive: true });
  });

  it("has the threads that are alive at the moment", async () => {
    const names = async () => (await client.threadsRequest()).body.threads.map((thread) => thread.name).sort();
    await client.begin(program("threads.py"), [9]);
    assert.deepEqual(await names(), ["MainThread", "worker-a"]);
    const { threadId } = await client.move("continue");
    assert.deepEqual(await names(), ["MainThread", "worker-b"]);
    await client.move("continue", { threadId });
    assert.deepEqual(await names(), ["MainThread"]);
    // A thread that has ended is alive again at earlier steps.
    await client.move("reverseContinue");
    const { threadId: earlier } = await client.move("reverseContinue", { threadId });
    assert.deepEqual(await names(), ["MainThread", "worker-a"]);
    assert.equal((await client.top(earlier)).name, "work");
  });
});
