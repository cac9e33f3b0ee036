// What connie dap tells about values: who wrote and reads them, where they came from.
"use strict";
const assert = require("node:assert/strict");
const { program, eachTest } = require("./client");

describe("the answers of connie dap", function () {
  this.timeout(30000);
  let client;
  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  it("finds who wrote a value", async () => {
    await client.begin(program("accounts.py"), [21]);
    const frame = await client.top();
    const info = await client.dataBreakpointInfoRequest({ name: "accounts[2].balance", frameId: frame.id });
    await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: info.body.dataId, accessType: "write" }] });
    assert.equal((await client.move("reverseContinue")).reason, "data breakpoint");
    assert.equal((await client.stack())[0], "Account.deposit:11");
    assert.equal(await client.value("self.balance"), "7");
    await client.move("reverseContinue");
    assert.equal((await client.stack())[0], "Account.__init__:7");
    await client.setDataBreakpointsRequest({ breakpoints: [] });
    await client.move("continue");
    const written = await client.send("connie/lastWrite", { expression: "accounts[2].balance" });
    assert.deepEqual([written.body.line, written.body.value], [11, "27"]);
    const history = await client.send("connie/history", { expression: "total" });
    assert.deepEqual(
      history.body.writes.map((write) => write.value),
      ["42", "15", "5", "0"],
    );
    const word = await client.evaluateRequest({ expression: ":why total", context: "repl" });
    assert.match(word.body.result, /line 20, step \d+, wrote 42/);
    // From a step in between, the same writes are found in both directions.
    const { step: between } = history.body.writes[1];
    await client.move("connie/seek", { step: between });
    const { body } = await client.send("connie/history", { expression: "total", later: true });
    assert.deepEqual([...body.later.reverse(), ...body.writes], history.body.writes);
  });

  it("finds who reads a value, and when", async () => {
    await client.begin(program("accounts.py"), [21]);
    const frame = await client.top();
    const set = async (name, accessType) => {
      const { body } = await client.dataBreakpointInfoRequest({ name, frameId: frame.id });
      assert.deepEqual(body.accessTypes, ["write", "read", "readWrite"]);
      await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: body.dataId, accessType }] });
      return body.dataId;
    };
    const stops = async (direction) => {
      const found = [];
      for (;;) {
        const stop = await client.move(direction);
        if (stop.reason !== "data breakpoint") return found;
        found.push((await client.stack())[0]);
      }
    };
    await set("accounts[2].balance", "read");
    await client.setBreakpointsRequest({ source: { path: program("accounts.py") }, breakpoints: [] });
    const lines = ["Account.deposit:11", "Account.deposit:13", "run:20"];
    assert.deepEqual(await stops("reverseContinue"), lines.toReversed());
    assert.deepEqual(await stops("continue"), lines);
    await client.move("reverseContinue");
    const total = await set("total", "readWrite");
    await client.move("connie/seek", { step: 1 });
    assert.deepEqual(await stops("continue"), ["run:17", "run:20", "run:20", "run:20", "run:21"]);
    for (const [more, lines] of [
      [{ condition: "total > 10" }, ["run:21", "run:20"]],
      [{ hitCondition: ">= 3" }, ["run:21", "run:20", "run:20"]],
      [{ condition: "n > 0", hitCondition: "1" }, ["run:20"]],
    ]) {
      await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: total, accessType: "readWrite", ...more }] });
      await stops("continue");
      assert.deepEqual(await stops("reverseContinue"), lines, JSON.stringify(more));
    }
    const wrong = await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: total, condition: "1 +" }] });
    assert.equal(wrong.body.breakpoints[0].verified, false);
  });

  it("keeps variables of comprehensions apart from those around them", async () => {
    const source = { path: program("comprehensions.py") };
    await client.begin(source.path, [3]);
    const set = async (name) => {
      const frame = await client.top();
      const { body } = await client.dataBreakpointInfoRequest({ name, frameId: frame.id });
      assert.ok(body.dataId, body.description);
      await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: body.dataId, accessType: "write" }] });
    };
    const stops = async (direction, ...names) => {
      const found = [];
      for (;;) {
        const stop = await client.move(direction);
        if (stop.reason !== "data breakpoint") return found;
        const values = await Promise.all(names.map((name) => client.value(name)));
        found.push([(await client.top()).line, ...values].join(" "));
      }
    };
    const clear = () => client.setBreakpointsRequest({ source, breakpoints: [] });
    // The variable of the function, from before the comprehension and from its end.
    await set("v");
    await clear();
    assert.deepEqual(await stops("continue", "v"), ["8 'keep'"]);
    assert.deepEqual(await stops("reverseContinue"), ["8", "2"]);
    // The variable of the comprehension, from within it.
    await client.setDataBreakpointsRequest({ breakpoints: [] });
    await client.setBreakpointsRequest({ source, breakpoints: [{ line: 5 }] });
    await client.move("continue");
    assert.equal(await client.value("v"), "1");
    await set("v");
    await clear();
    // From 3.12 on, both use the same slot of the frame, which is watched to the end. Restoring
    // the value of the function is not a write.
    const [first, second, ...rest] = await stops("continue", "v");
    assert.deepEqual([first, second], ["6 1", "6 2"]);
    assert.ok(rest.length === 0 || rest.join() === "8 'keep'", rest.join());
  });

  it("follows values back to where they came from", async () => {
    await client.begin(program("journey.py"), [31]);
    const trail = async (expression) => (await client.send("connie/origin", { expression })).body;
    const hops = ({ hops }) => hops.map((hop) => `${hop.how} ${hop.expression} ${hop.function}:${hop.line}`);
    const final = await trail("final");
    assert.deepEqual(hops(final), [
      "written final main:29",
      "written box.content Box.__init__:3",
      "passed content Box.__init__:2",
      "written chosen main:24",
      "returned pick() pick:14",
      "written item pick:12",
      "item items[1] pick:12",
      "written items[1] main:23",
      "returned make() make:8",
      "written made make:7",
    ]);
    assert.equal(final.end, "line 7 of journey.py made it: [n]");
    assert.ok(final.hops.every((hop) => hop.value === "[2]"));
    assert.deepEqual(hops(await trail("left")).slice(0, 2), ["written left main:26", "written chosen main:24"]);
    assert.deepEqual(hops(await trail("kept")), [
      "written kept main:28",
      "written got main:27",
      "yielded numbers() numbers:19",
      "written first numbers:18",
    ]);
    assert.match((await trail("total")).end, /^line 30 of \S+ /);
    await assert.rejects(client.send("connie/origin", { expression: "nothing" }), /nothing is not known here/);
    const word = await client.evaluateRequest({ expression: ":origin total", context: "repl" });
    assert.match(word.body.result, /written {2}total = 3 {3}line 30 in main/);
  });

  it("knows everywhere an object was seen", async () => {
    await client.begin(program("journey.py"), [31]);
    const seen = (await client.send("connie/occurrences", { expression: "final" })).body.occurrences;
    const places = seen.map((one) => `${one.what} ${one.function}:${one.line}`);
    for (const place of [
      "variable made make:7",
      "returned make:8",
      "variable item pick:12",
      "returned pick:14",
      "argument content of Box.__init__ main:25",
      "attribute content of a Box Box.__init__:3",
      "variable final main:29",
    ]) {
      assert.ok(places.includes(place), `${place} in\n${places.join("\n")}`);
    }
    const page = (await client.send("connie/occurrences", { expression: "final", count: 2 })).body;
    assert.equal(page.occurrences.length, 2);
    assert.equal(page.next, page.occurrences[1].step);
  });

  it("says between which steps a library wrote behind a caller's back", async () => {
    await client.begin(program("behind.py"), [18]);
    const asked = async (expression) => (await client.evaluateRequest({ expression, context: "repl" })).body.result;
    const write = (await client.send("connie/lastWrite", { expression: "xs[0]" })).body;
    assert.equal(write.line, 17);
    assert.match(await asked(":why xs[0]"), /^line 17, step \d+, wrote 1 {2}\(some time in steps \d+ to \d+\)/);
    const [first, last] = write.between;
    // At all of these it has a mark, and it had none before. Within the second call of quiet it was sorted.
    const shown = async (step) => {
      await client.send("connie/seek", { step });
      const frames = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
      return (await client.evaluateRequest({ expression: "xs", frameId: frames.at(-1).id })).body.result;
    };
    assert.equal(await shown(first - 1), "[3, 1, 2]");
    assert.deepEqual([await shown(first), await shown(last - 1)], ["[3, 1, 2]?", "[3, 1, 2]?"]);
    assert.equal(await shown(last), "[1, 2, 3]");
  });

  it("tells what an exception comes from", async () => {
    const [stopped] = await client.begin(program("chained.py"));
    assert.equal(stopped.reason, "exception");
    assert.equal((await client.top()).line, 15);
    const { body } = await client.send("exceptionInfo", { threadId: 1 });
    assert.equal(body.breakMode, "unhandled");
    const chain = [];
    for (let at = body.details; at; at = at.innerException?.[0]) chain.push(at.typeName);
    assert.deepEqual(chain, ["RuntimeError", "KeyError", "ValueError"]);
    assert.match(body.details.stackTrace, /ValueError.*direct cause.*KeyError.*During handling.*RuntimeError/s);
  });
});
