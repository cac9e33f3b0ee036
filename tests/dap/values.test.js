"use strict";
const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { connie, program, eachTest } = require("./client");

describe("values in connie dap", function () {
  this.timeout(30000);
  let client;
  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  it("shows what functions share as a closure, with a mark where that may have changed meanwhile", async () => {
    await client.begin(program("closure.py"), [9]);
    const shown = async (frameId) => {
      const { scopes } = (await client.scopesRequest({ frameId })).body;
      const of = async ({ name, variablesReference }) => [
        name,
        ...(await client.variablesRequest({ variablesReference })).body.variables.map((v) => `${v.name} = ${v.value}`),
      ];
      return Promise.all(scopes.filter((scope) => scope.name !== "Globals").map(of));
    };
    const own = ["Locals", "depth = 0", "n = 1"];
    const [locals, closure] = await shown((await client.top()).id);
    assert.deepEqual([locals, closure[0], closure[2]], [own, "Closure", "total = 11"]);
    await client.move("continue");
    // The nearest frames and the outermost frame are checked at once. Frames in between are checked when they go on.
    const frames = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
    const totals = [];
    for (const { id } of frames) {
      totals.push(...(await shown(id)).flat().filter((text) => text.startsWith("total")));
    }
    assert.deepEqual(totals, [...Array(5).fill("total = 13"), ...Array(3).fill("total = 11?"), "total = 13"]);
    const asked = async (frameId) => (await client.evaluateRequest({ expression: "total * 2", frameId })).body.result;
    assert.deepEqual([await asked(frames[0].id), await asked(frames[6].id)], ["26", "22?"]);
  });

  it("shows values as trees, as of the moment", async () => {
    await client.begin(program("accounts.py"), []);
    const frame = await client.top();
    const scopes = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
    const of = async (reference, more = {}) =>
      (await client.variablesRequest({ variablesReference: reference, ...more })).body.variables;
    assert.deepEqual(
      scopes.map((scope) => scope.name),
      ["Locals", "Return value"],
    );
    const locals = await of(scopes[0].variablesReference);
    const values = locals.find((variable) => variable.name === "values");
    assert.equal(values.value, "{'a': 1, 'b': [1, 2, (3, 'x')]}");
    const list = (await of(values.variablesReference)).find((variable) => variable.name === "'b'");
    const paged = await of(list.variablesReference, { start: 2, count: 1 });
    assert.deepEqual(
      paged.map((variable) => [variable.name, variable.value]),
      [["2", "(3, 'x')"]],
    );
    assert.deepEqual(
      (await of(paged[0].variablesReference)).map((variable) => variable.value),
      ["3", "'x'"],
    );
    // At another moment, the variable has the same handle, and the value of that moment.
    await client.send("connie/seek", { step: 14 });
    const accounts = locals.find((variable) => variable.name === "accounts");
    assert.deepEqual(
      (await of(accounts.variablesReference)).map((variable) => variable.name),
      [],
    );
    await assert.rejects(
      client.setVariableRequest({ variablesReference: 1, name: "x", value: "1" }),
      /past cannot be changed/,
    );
  });

  it("shows a function's globals as they were, whoever changed them", async () => {
    await client.begin(program("shop.py"), [7], { program: program("changes.py") });
    const seen = [];
    for (let n = 0; n < 4; n++) {
      seen.push(await client.value("(FACTOR, ITEMS, found)"));
      await client.move("continue");
    }
    assert.deepEqual(seen, ["(3, [3], 24)", "(4, [3], 31)", "(5, [3, 1], 39)", "(5, [3, 1, 8, 9], 56)"]);
  });

  it("shows variables that functions share as they are in all of them", async () => {
    await client.begin(program("counter.py"), [7]);
    const counts = async () => {
      const { body } = await client.stackTraceRequest({ threadId: 1 });
      const value = (frame) => client.evaluateRequest({ expression: "count", frameId: frame.id, context: "watch" });
      return Promise.all(body.stackFrames.slice(0, 3).map(async (frame) => (await value(frame)).body.result));
    };
    assert.deepEqual(await client.stack(), [
      "counter.<locals>.bump:7",
      "counter.<locals>.each:11",
      "counter:14",
      "<module>:27",
    ]);
    assert.deepEqual(await counts(), ["1", "1", "1"]);
    await client.move("continue");
    assert.deepEqual(await counts(), ["3", "3", "3"]);
    // The same for searches: the line that wrote it belongs to another function.
    await client.move("stepOut");
    assert.equal((await client.stack())[0], "counter:15");
    const { body } = await client.send("connie/lastWrite", { expression: "count" });
    assert.deepEqual([body.line, body.value], [6, "3"]);
    const history = await client.send("connie/history", { expression: "count" });
    assert.deepEqual(
      history.body.writes.map((write) => [write.line, write.value]),
      [
        [6, "3"],
        [6, "1"],
        [2, "0"],
      ],
    );
    // In a recursion: the nearest frames, and the frame of the variable.
    await client.setBreakpointsRequest({ source: { path: program("counter.py") }, breakpoints: [{ line: 22 }] });
    await client.move("continue");
    const frames = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
    assert.equal(frames.length, 11);
    const seen = [...frames.slice(0, 5), frames[9]].map((frame) =>
      client.evaluateRequest({ expression: "count", frameId: frame.id, context: "watch" }),
    );
    assert.deepEqual(
      (await Promise.all(seen)).map((response) => response.body.result),
      Array(6).fill("12"),
    );
  });

  it("gives the bytes of bytes", async () => {
    await client.begin(program("chained.py"), [26]);
    const frame = await client.top();
    const scopes = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
    const { variables } = (await client.variablesRequest({ variablesReference: scopes[0].variablesReference })).body;
    for (const name of ["data", "buffer"]) {
      const { memoryReference } = variables.find((variable) => variable.name === name);
      const { body } = await client.send("readMemory", { memoryReference, offset: 1, count: 10 });
      assert.deepEqual([...Buffer.from(body.data, "base64")], [1, 97, 98, 99]);
      assert.equal(body.unreadableBytes, 6);
    }
  });

  it("names what lies deep in the frame that is looked at", async () => {
    await client.begin(program("nested.py"), [13]);
    const { stackFrames } = (await client.stackTraceRequest({ threadId: 1 })).body;
    // Every path from a frame's variables leads to the value that it shows, in that frame.
    const below = async (reference, frameId, depth) => {
      let ways = 0;
      for (const { evaluateName, value, variablesReference } of (
        await client.variablesRequest({ variablesReference: reference })
      ).body.variables) {
        if (depth < 6 && variablesReference) ways += await below(variablesReference, frameId, depth + 1);
        if (!evaluateName) continue;
        const answer = await client.evaluateRequest({ expression: evaluateName, frameId, context: "watch" });
        assert.equal(answer.body.result, value, evaluateName);
        ways += 1;
      }
      return ways;
    };
    const ways = [];
    for (const frame of stackFrames.slice(0, 2)) {
      const [locals] = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
      ways.push(await below(locals.variablesReference, frame.id, 0));
    }
    // box; node, its parts, the dict below it, the list in that, its items.
    assert.ok(ways[0] >= 8 && ways[1] >= 8, `${ways}`);
  });

  it("says what a library wrote, and between which steps, in a recording of which the end was kept", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const recording = path.join(folder, "last.connie");
    const command = [
      "run",
      "--quiet",
      "--python",
      process.env.CONNIE_TEST_PYTHON,
      "--last",
      "50k",
      "--output",
      recording,
    ];
    assert.equal(spawnSync(connie, [...command, program("behind_long.py")]).status, 0);
    await client.initializeRequest({ adapterID: "connie", pathFormat: "path" });
    await client.attachRequest({ recording });
    await client.setBreakpointsRequest({ source: { path: program("behind_long.py") }, breakpoints: [{ line: 20 }] });
    const stopped = client.waitForEvent("stopped");
    await client.configurationDoneRequest();
    await stopped;
    const { steps } = (await client.customRequest("connie/timeline")).body;
    assert.ok(steps < 100000, `${steps}`);
    const { line, between } = (await client.send("connie/lastWrite", { expression: "xs[0]" })).body;
    assert.equal(line, 19);
    const shown = async (step) => {
      await client.send("connie/seek", { step });
      const frame = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames.at(-1);
      return (await client.evaluateRequest({ expression: "xs", frameId: frame.id })).body.result;
    };
    const [first, last] = between;
    assert.deepEqual(
      [await shown(first - 1), await shown(first), await shown(last - 1)],
      ["[3, 1, 2]", "[3, 1, 2]?", "[3, 1, 2]?"],
    );
    assert.equal(await shown(last), "[1, 2, 3]");
    fs.rmSync(folder, { recursive: true });
  });

  it("takes words where Kate asks, and nowhere else but in consoles", async () => {
    const ask = (expression, context) => client.evaluateRequest({ expression, context });
    await client.begin(program("nested.py"), [13]);
    await assert.rejects(ask(":where", "watch"));
    assert.match((await ask(":where", "repl")).body.result, /in inner/);
    await client.initializeRequest({ adapterID: "qdap", pathFormat: "path" });
    assert.match((await ask(":where", "watch")).body.result, /in inner/);
  });
});
