// Travel through a run with connie dap: steps, breakpoints, exceptions.
"use strict";
const assert = require("node:assert/strict");
const { program, eachTest } = require("./client");

describe("connie dap", function () {
  this.timeout(30000);
  let client;
  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  it("stops at the first hit, shows values, and steps both ways", async () => {
    const accounts = program("accounts.py");
    const [stopped, set] = await client.begin(accounts, [11]);
    assert.equal(stopped.reason, "breakpoint");
    assert.deepEqual(
      set.map((breakpoint) => breakpoint.verified),
      [true],
    );
    assert.deepEqual(await client.stack(), ["Account.deposit:11", "run:19", "<module>:25"]);
    assert.equal(await client.value("self.balance + 2 * amount"), "5");
    const seen = [await client.stack()];
    for (const command of ["next", "next", "next", "stepIn", "stepIn"]) {
      await client.move(command);
      seen.push(await client.stack());
    }
    assert.deepEqual(
      seen.map((stack) => stack[0]),
      ["Account.deposit:11", "Account.deposit:12", "Account.deposit:13", "run:20", "run:18", "run:19"],
    );
    // Stepping back in visits the same lines in reverse order.
    for (const stack of seen.slice(0, -1).reverse()) {
      await client.move("connie/stepBackInto");
      assert.deepEqual(await client.stack(), stack);
    }
    await client.move("stepOut");
    assert.equal((await client.stack())[0], "run:20");
    await client.move("stepBack");
    assert.equal((await client.stack())[0], "run:19");
    await client.move("stepBack");
    await client.move("connie/stepBackOut");
    assert.equal((await client.stack())[0], "<module>:25");
  });

  it("steps over the end of a call to its caller, not into the next call on the line", async () => {
    await client.begin(program("two_calls.py"), [{ line: 3, condition: "n == 1" }]);
    assert.deepEqual(await client.stack(), ["double:3", "both:7", "<module>:11"]);
    await client.move("next");
    assert.deepEqual(await client.stack(), ["both:8", "<module>:11"]);
    // The second call, backwards: not into the first one.
    await client.move("connie/stepBackInto");
    await client.move("stepBack");
    assert.deepEqual(await client.stack(), ["double:2", "both:7", "<module>:11"]);
    assert.equal(await client.value("n"), "2");
    await client.move("stepBack");
    assert.deepEqual(await client.stack(), ["both:7", "<module>:11"]);
    // Stepping in goes into the first call, then into the second.
    const seen = [];
    for (let n = 0; n < 4; n++) {
      await client.move("stepIn");
      seen.push(`${(await client.stack())[0]} ${await client.value("n")}`);
    }
    assert.deepEqual(seen, ["double:2 1", "double:3 1", "double:2 2", "double:3 2"]);
  });

  it("tells the run at a glance", async () => {
    await client.begin(program("accounts.py"), [12], { stopAt: "end" });
    const { body } = await client.customRequest("connie/timeline", { count: 1 });
    assert.equal(body.result, "ok");
    assert.equal(body.step, body.steps);
    assert.equal(body.hits.length, 3);
    await client.move("connie/seek", { step: body.hits[1].step });
    assert.equal(await client.value("amount"), "10");
    assert.deepEqual(
      body.threads.map(({ name, firstStep }) => [name, firstStep]),
      [["MainThread", 1]],
    );
    assert.equal(body.output.length, 1);
    assert.equal(body.next, body.output[0].step);
  });

  it("reverse-continues to breakpoints, and both ends of history are stops", async () => {
    await client.begin(program("accounts.py"), [
      { line: 20, condition: "n == 1" },
      { line: 12, hitCondition: "% 3" },
    ]);
    assert.equal(await client.value("n"), "1");
    await client.move("continue");
    assert.equal((await client.stack())[0], "Account.deposit:12");
    assert.equal(await client.value("amount"), "20");
    const end = await client.move("continue");
    assert.match(end.text, /End of the recording/);
    await client.move("reverseContinue");
    assert.equal(await client.value("amount"), "20");
    await client.move("reverseContinue");
    assert.equal((await client.stack())[0], "run:20");
    const start = await client.move("reverseContinue");
    assert.match(start.text, /Start of the recording/);
  });

  it("prints a logpoint's past hits at once", async () => {
    await client.begin(program("accounts.py"), []);
    await client.setBreakpointsRequest({
      source: { path: program("accounts.py") },
      breakpoints: [{ line: 20, logMessage: "{account.owner} has {account.balance}" }],
    });
    assert.match(client.output(), /ann has 5\nbob has 10\ncat has 27\n/);
    assert.equal(client.output("stdout"), "total 42\n");
    const written = client.seen.find((message) => message.body?.category === "stdout").body;
    assert.deepEqual([written.source.name, written.line], ["accounts.py", 25]);
  });

  it("steps into the call of a line that is chosen", async () => {
    await client.begin(program("journey.py"), [23]);
    const frameId = (await client.top()).id;
    const { targets } = (await client.send("stepInTargets", { frameId })).body;
    assert.deepEqual(
      targets.map((target) => target.label),
      ["make(n=1)", "make(n=2)"],
    );
    await client.move("stepIn", { threadId: 1, targetId: targets[1].id });
    assert.equal((await client.stack())[0], "make:7");
    assert.equal(await client.value("n"), "2");
  });

  it("stops at exceptions, and tells of them", async () => {
    const [stopped] = await client.begin(program("failing.py"));
    assert.equal(stopped.reason, "exception");
    assert.equal((await client.stack())[0], "divide:2");
    const info = (await client.exceptionInfoRequest({ threadId: 1 })).body;
    assert.equal(info.exceptionId, "ZeroDivisionError");
    assert.equal(info.breakMode, "unhandled");
    await client.setExceptionBreakpointsRequest({ filters: ["raised"] });
    await client.move("reverseContinue");
    assert.deepEqual(await client.stack(), ["divide:2", "careful:9", "<module>:15"]);
    assert.equal((await client.exceptionInfoRequest({ threadId: 1 })).body.breakMode, "always");
    await assert.rejects(client.evaluateRequest({ expression: "divide(1, 2)", context: "watch" }), /not evaluated/);
  });

  it("stops at exceptions of the types that are named", async () => {
    await client.begin(program("failing.py"), [], { stopAt: "entry" }, []);
    const filter = (condition) =>
      client.setExceptionBreakpointsRequest({ filters: [], filterOptions: [{ filterId: "raised", condition }] });
    await filter("KeyError, ValueError");
    assert.match((await client.move("continue")).text, /End of the recording/);
    await filter("ZeroDivisionError");
    await client.move("reverseContinue");
    assert.deepEqual(await client.stack(), ["divide:2", "<module>:16"]);
  });

  it("has words for clients that lack the requests", async () => {
    await client.begin(program("accounts.py"), [], { stopAt: "entry" });
    const say = async (expression) => (await client.evaluateRequest({ expression, context: "repl" })).body.result;
    assert.match(await say(":help"), /:history EXPR/);
    await say(":break deposit");
    await client.move("continue");
    await client.move("continue");
    assert.match(await say(":where"), /in Account.deposit/);
    await say(":break");
    await say(":watch self.balance");
    assert.equal((await client.move("continue")).reason, "data breakpoint");
    assert.equal(await client.value("amount"), "10");
    await client.move("reverseContinue");
    assert.equal((await client.stack())[0], "Account.__init__:7");
    await say(":watch");
    await say(":seek 30");
    assert.match(await say(":hits"), /ran \d+ times/);
    await assert.rejects(say(":nonsense"), /no word/);
    const completed = await client.completionsRequest({ text: ":hi", column: 4 });
    assert.deepEqual(
      completed.body.targets.map((target) => target.label),
      [":hits", ":history"],
    );
  });

  it("breaks at functions, jumps to lines, restarts frames", async () => {
    await client.begin(program("accounts.py"), []);
    await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: "deposit" }] });
    assert.equal((await client.move("reverseContinue")).reason, "function breakpoint");
    assert.equal(await client.value("amount"), "20");
    const targets = await client.gotoTargetsRequest({ source: { path: program("accounts.py") }, line: 13 });
    await client.move("goto", { threadId: 1, targetId: targets.body.targets[0].id });
    assert.equal((await client.stack())[0], "Account.deposit:13");
    await client.move("restartFrame", { frameId: (await client.top()).id });
    assert.equal((await client.stack())[0], "Account.deposit:11");
  });

  it("stops at exceptions that leave the program's own code", async () => {
    await client.begin(program("chained.py"), [], {}, ["userUnhandled"]);
    assert.deepEqual(await client.stack(), ["Odd.__str__:20", "<module>:23"]);
    assert.equal((await client.send("exceptionInfo", { threadId: 1 })).body.breakMode, "userUnhandled");
    await client.move("continue");
    assert.equal((await client.top()).line, 15);
  });

  it("goes by single events where an instruction is asked for", async () => {
    await client.begin(program("chained.py"), [13]);
    const walked = [];
    for (let n = 0; n < 5; n++) {
      await client.move("next", { threadId: 1, granularity: "instruction" });
      walked.push((await client.stack())[0]);
    }
    assert.deepEqual(walked, ["parse:4", "parse:5", "parse:6", "parse:6", "parse:7"]);
    for (let n = 0; n < 5; n++) await client.move("stepBack", { threadId: 1, granularity: "instruction" });
    assert.equal((await client.stack())[0], "handle:13");
  });

  it("follows threads, and steps in the one that is asked for", async () => {
    await client.begin(program("threads.py"), [{ line: 9 }]);
    const first = client.seen.findLast((message) => message.event === "stopped").body.threadId;
    const names = new Set([await client.value("name", first)]);
    const stopped = await client.move("continue");
    names.add(await client.value("name", stopped.threadId));
    assert.deepEqual([...names].sort(), ["'a'", "'b'"]);
    assert.notEqual(stopped.threadId, first);
    const threads = (await client.threadsRequest()).body.threads;
    assert.deepEqual(
      threads.map((thread) => thread.name),
      ["MainThread", "worker-b"],
    );
    await client.move("next", { threadId: stopped.threadId });
    const frames = (await client.stackTraceRequest({ threadId: stopped.threadId })).body.stackFrames;
    assert.equal(frames[0].name, "work");
  });
});
