// Tasks of asyncio and child processes of a program, as a debugger's client sees them.
"use strict";
const assert = require("node:assert/strict");
const { program, eachTest } = require("./client");

describe("tasks", function () {
  this.timeout(30000);
  let client;

  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  const threads = async () => (await client.threadsRequest()).body.threads;
  const frames = async (threadId) => {
    const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
    return stackFrames.map((frame) => `${frame.name}:${frame.line}`);
  };

  it("are named on the stack, and those that wait have one of their own", async () => {
    await client.begin(program("tasks.py"), [7]);
    assert.deepEqual(await client.stack(), ["fetch:7", "client [client-a]:13", "<module>:24"]);
    const waiting = (await threads()).filter((thread) => thread.id !== 1);
    assert.deepEqual(
      waiting.map((thread) => thread.name),
      ["Task-1 (waits)", "client-b (waits)"],
    );
    assert.deepEqual(await frames(waiting[1].id), ["fetch:6", "client [client-b]:13"]);
    assert.deepEqual(await frames(waiting[0].id), ["main [Task-1]:20"]);
    assert.equal(await client.value("name", waiting[1].id), "'b'");
    const scopes = (await client.scopesRequest({ frameId: (await client.top(waiting[1].id)).id })).body.scopes;
    const { variables } = (await client.variablesRequest({ variablesReference: scopes[0].variablesReference })).body;
    assert.deepEqual(
      variables.map(({ name, value }) => `${name}=${value}`),
      ["name='b'", "turns=3", "turn=0"],
    );
  });

  it("are stayed in by steps over an await, in both directions", async () => {
    await client.begin(program("tasks.py"), [{ line: 13, condition: "name == 'a'" }]);
    assert.equal(await client.value("before"), "'A'");
    await client.move("next");
    assert.deepEqual((await client.stack())[0], "client [client-a]:14");
    assert.equal(await client.value("got"), "'a2'");
    await client.move("stepBack");
    assert.deepEqual((await client.stack())[0], "client [client-a]:13");
    await client.move("stepIn");
    const walked = [];
    for (let n = 0; n < 6; n++) {
      walked.push(`${await client.value("name")}${(await client.top()).line}`);
      await client.move("stepIn");
    }
    assert.deepEqual(walked, ["'a'5", "'a'6", "'a'7", "'a'5", "'a'6", "'a'7"]);
    for (let n = 0; n < 6; n++) await client.move("connie/stepBackInto");
    assert.deepEqual((await client.stack())[0], "fetch:5");
    await client.move("stepOut");
    assert.deepEqual((await client.stack())[0], "client [client-a]:14");
    await client.move("next");
    await client.move("next");
    assert.deepEqual((await client.stack())[0], "<module>:24");
  });

  it("are stepped over from one of two awaits on a line to the line after it", async () => {
    await client.begin(program("two_awaits.py"), [{ line: 6, condition: "n == 1" }]);
    assert.equal((await client.stack())[0], "double:6");
    await client.move("next");
    assert.match((await client.stack())[0], /^both.*:11$/);
    await client.move("connie/stepBackInto");
    await client.move("stepBack");
    assert.equal(await client.value("n"), "2");
    await client.move("stepBack");
    assert.match((await client.stack())[0], /^both.*:10$/);
  });

  it("that wait can be stepped to", async () => {
    await client.begin(program("tasks.py"), [7]);
    const waiting = (await threads()).find((thread) => thread.name.startsWith("client-b"));
    await client.move("next", { threadId: waiting.id });
    assert.deepEqual(await client.stack(), ["fetch:7", "client [client-b]:13", "<module>:24"]);
  });
});

describe("processes", function () {
  this.timeout(30000);
  let client;

  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  it("stop at breakpoints, as threads that say where they are", async () => {
    const [stopped] = await client.begin(program("processes.py"), [8, 19]);
    const all = (await client.threadsRequest()).body.threads;
    const thread = all.find((thread) => thread.id === stopped.threadId);
    assert.match(thread.name, /^MainThread \(process \d+\)$/);
    const frames = (await client.stackTraceRequest({ threadId: thread.id })).body.stackFrames;
    assert.deepEqual(
      frames.map((frame) => `${frame.name}:${frame.line}`),
      ["work:8", "<module>:14"],
    );
    assert.equal(await client.value("doubled", thread.id), "42");
    assert.equal(await client.value("pid", thread.id), "0");
    const source = { path: program("shop.py") };
    await client.setBreakpointsRequest({ source, breakpoints: [{ line: 7, condition: "FACTOR == 3" }] });
    assert.equal((await client.move("continue")).threadId, thread.id);
    assert.equal(await client.value("FACTOR", thread.id), "3");
    assert.equal((await client.move("continue")).threadId, 1);
    assert.equal((await client.top()).line, 19);
    assert.equal((await client.move("reverseContinue")).threadId, thread.id);
  });

  it("are left alone if so asked", async () => {
    const [stopped] = await client.begin(program("processes.py"), [8, 19], { subProcess: false });
    assert.equal(stopped.threadId, 1);
    assert.equal((await client.top()).line, 19);
    assert.equal((await client.threadsRequest()).body.threads.length, 1);
  });

  it("have marks of their own where a library wrote behind a caller's back", async () => {
    // The parent's steps lie between the child's, from line 14 to line 15.
    const [{ threadId }] = await client.begin(program("behind_fork.py"), [24]);
    const frameId = (await client.top(threadId)).id;
    const { line, between } = (await client.send("connie/lastWrite", { expression: "xs[0]", frameId })).body;
    assert.equal(line, 23);
    const [first, last] = between;
    assert.ok(last - first > 1200, `between ${first} and ${last}`);
    const at = async (step) => {
      await client.send("connie/seek", { step });
      const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
      const { result } = (await client.evaluateRequest({ expression: "xs", frameId: stackFrames.at(-1).id })).body;
      return [stackFrames[0].line, result];
    };
    assert.deepEqual(await at(first - 1), [12, "[3, 1, 2]"]);
    assert.deepEqual(await at(first), [13, "[3, 1, 2]?"]);
    assert.equal((await at(last - 1))[1], "[3, 1, 2]?");
    assert.deepEqual(await at(last), [24, "[1, 2, 3]"]);
  });
});
