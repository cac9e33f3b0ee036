"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn, spawnSync } = require("node:child_process");
const { Client, program, connie, eachTest } = require("./client");

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

  it("ends the program when the client vanishes", async () => {
    await client.begin(program("slow.py"), [8]);
    const pid = Number(client.output("stdout").match(/pid (\d+)/)[1]);
    process.kill(pid, 0);
    client.outputStream.end();
    const gone = () => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    for (let n = 0; n < 100 && !gone(); n++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(gone());
    client = new Client();
    await client.start();
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

  it("attaches to a recording, also of a file that was edited since", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const script = path.join(folder, "script.py");
    fs.writeFileSync(script, "a = 1\nb = a + 1\nc = b * 2\n");
    const recording = path.join(folder, "run.connie");
    const python = process.env.CONNIE_TEST_PYTHON;
    const run = spawnSync(connie, ["run", "--quiet", "--python", python, "--output", recording, script]);
    assert.equal(run.status, 0, run.stderr.toString());
    fs.writeFileSync(script, "# new first line\na = 1\nb = a + 10\nc = b * 2\n");
    await client.initializeRequest();
    await client.attachRequest({ recording });
    const set = await client.setBreakpointsRequest({
      source: { path: script },
      breakpoints: [{ line: 3 }, { line: 4 }],
    });
    assert.deepEqual(
      set.body.breakpoints.map((breakpoint) => breakpoint.verified),
      [false, true],
    );
    const stopped = client.waitForEvent("stopped");
    await client.configurationDoneRequest();
    await stopped;
    assert.equal((await client.top()).line, 4);
    assert.equal(await client.value("b"), "2");
    const source = await client.sourceRequest({ source: { path: script }, sourceReference: 0 });
    assert.match(source.body.content, /^a = 1\nb = a \+ 1\n/);
    fs.rmSync(folder, { recursive: true });
  });

  it("finds the files of a recording from another machine where they are here", async () => {
    const there = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const here = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    fs.writeFileSync(path.join(there, "script.py"), "a = 1\nb = a + 1\nc = b * 2\n");
    const recording = path.join(here, "run.connie");
    const python = process.env.CONNIE_TEST_PYTHON;
    const script = path.join(there, "script.py");
    const run = spawnSync(connie, ["run", "--quiet", "--python", python, "--output", recording, script]);
    assert.equal(run.status, 0, run.stderr.toString());
    fs.renameSync(script, path.join(here, "script.py"));
    await client.initializeRequest();
    const pathMappings = [{ localRoot: `${here}/`, remoteRoot: there }];
    await client.attachRequest({ recording, pathMappings });
    const source = { path: path.join(here, "script.py") };
    const set = await client.setBreakpointsRequest({ source, breakpoints: [{ line: 3 }] });
    assert.equal(set.body.breakpoints[0].verified, true);
    const stopped = client.waitForEvent("stopped");
    await client.configurationDoneRequest();
    await stopped;
    assert.equal((await client.top()).source.path, source.path);
    assert.equal(await client.value("b"), "2");
    [there, here].forEach((folder) => fs.rmSync(folder, { recursive: true }));
  });

  it("ends searches that are cancelled where they began, and tells of long ones", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const recording = path.join(folder, "run.connie");
    const python = process.env.CONNIE_TEST_PYTHON;
    const run = spawnSync(connie, ["run", "--quiet", "--python", python, "--output", recording, program("long.py")]);
    assert.equal(run.status, 0, run.stderr.toString());
    await client.initializeRequest({ adapterID: "connie", pathFormat: "path", supportsProgressReporting: true });
    await client.attachRequest({ recording });
    const stopped = client.waitForEvent("stopped");
    await client.configurationDoneRequest();
    await stopped;
    const before = client.seen.at(-1).seq;
    const source = { path: program("long.py") };
    // Without a hit, this takes minutes.
    const long = "sum([sum([k for k in range(100)]) for k in range(100)]) == n - n";
    await client.setBreakpointsRequest({ source, breakpoints: [{ line: 4, condition: long }] });
    // The number of the request that comes after the one that cancels it.
    const next = () => client.sequence + 1;
    const early = client.send("cancel", { requestId: next() });
    await assert.rejects(client.send("threads"), /cancelled/);
    await early;
    const begun = client.waitForEvent("progressStart");
    const asked = client.send("continue", { threadId: 1 });
    const number = client.sequence - 1;
    await begun;
    await client.send("cancel", { requestId: number });
    await assert.rejects(asked, /cancelled/);
    assert.ok(!client.seen.some((message) => message.event === "stopped" && message.seq > before));
    assert.equal((await client.top()).line, 1);
    await client.setBreakpointsRequest({ source, breakpoints: [{ line: 4, condition: "sum([n, 1, n, 2, n]) == -1" }] });
    const end = client.waitForEvent("stopped", 60000);
    await client.continueRequest({ threadId: 1 });
    await end;
    const told = client.seen.filter((message) => message.event?.startsWith("progress"));
    assert.deepEqual(
      told.map((message) => message.event),
      ["progressStart", "progressEnd", "progressStart", "progressEnd"],
    );
    assert.equal(told[0].body.progressId, told[1].body.progressId);
    assert.equal(told[2].body.progressId, told[3].body.progressId);
    fs.rmSync(folder, { recursive: true });
  }).timeout(120000);

  it("stops while the program still runs, and ends it when the client leaves", async () => {
    const [stopped] = await client.begin(program("slow.py"), [7]);
    assert.equal(stopped.reason, "breakpoint");
    assert.equal(await client.value("n"), "0");
    assert.ok(!client.seen.some((message) => message.event === "exited"));
    await client.setBreakpointsRequest({
      source: { path: program("slow.py") },
      breakpoints: [{ line: 8, condition: "n == 60" }],
    });
    const later = client.waitForEvent("stopped", 15000);
    await client.continueRequest({ threadId: 1 });
    await later;
    assert.equal(await client.value("value"), "3600");
    await client.move("pause");
    await client.terminateRequest();
    while (!/The program has ended/.test(client.output("console"))) await client.waitForEvent("output");
    assert.ok(!client.seen.some((message) => message.event === "exited"));
  });

  it("runs programs that read from a terminal in the client's", async () => {
    const begun = client.begin(program("asking.py"), [2], { console: "integratedTerminal" });
    await client.waitForEvent("initialized");
    while (!client.terminal) await new Promise((resolve) => setTimeout(resolve, 10));
    client.terminal.stdin.write("Connie\n");
    await begun;
    assert.equal(await client.value("name"), "'Connie'");
    assert.match(client.printed, /Who\?/);
  });

  it("ends a program in the client's terminal when asked to", async () => {
    await client.begin(program("slow.py"), [8], { console: "integratedTerminal" });
    const exited = new Promise((resolve) => client.terminal.on("exit", (code, signal) => resolve(signal)));
    await client.terminateRequest();
    assert.equal(await exited, "SIGTERM");
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

  it("serves one connection on TCP, on this machine alone", async () => {
    const refused = spawnSync(connie, ["dap", "--listen", "0.0.0.0:0"]);
    assert.equal(refused.status, 64);
    assert.match(refused.stderr.toString(), /listen on 127.0.0.1/);
    const server = spawn(connie, ["dap", "--listen", "127.0.0.1:0"]);
    const [port, token] = await new Promise((resolve) => {
      let said = "";
      server.stderr.on("data", (text) => {
        said += text;
        const found = /:(\d+)\n.*the token is (\w+):/.exec(said);
        if (found) resolve([Number(found[1]), found[2]]);
      });
    });
    const ended = new Promise((resolve) => server.on("exit", resolve));
    const stranger = new Client();
    await stranger.start(port);
    await stranger.initializeRequest();
    await assert.rejects(stranger.attachRequest({ recording: "latest" }), /"token"/);
    const remote = new Client();
    await remote.start(port);
    await remote.begin(program("accounts.py"), [11], { token });
    assert.doesNotMatch(remote.output(), /not known/);
    assert.equal((await remote.stack())[0], "Account.deposit:11");
    await remote.disconnectRequest();
    assert.equal(await ended, 0);
    assert.deepEqual(remote.invalid, []);
  });

  it("says what cannot be launched", async () => {
    await client.initializeRequest();
    await assert.rejects(client.launchRequest({ program: "/nowhere/x.py" }), /there is no script/);
    await assert.rejects(client.launchRequest({ type: "connie" }), /say what to run/);
    await assert.rejects(client.attachRequest({ recording: "/nowhere.connie" }), /no file/);
  });

  it("answers every request once, and has a handler for every capability", async () => {
    const capabilities = (await client.initializeRequest()).body;
    const handlers = {
      supportsConfigurationDoneRequest: ["configurationDone"],
      supportsStepBack: ["stepBack", "reverseContinue"],
      supportsRestartRequest: ["restart"],
      supportsRestartFrame: ["restartFrame"],
      supportsGotoTargetsRequest: ["gotoTargets", "goto"],
      supportsStepInTargetsRequest: ["stepInTargets"],
      supportsFunctionBreakpoints: ["setFunctionBreakpoints"],
      supportsDataBreakpoints: ["dataBreakpointInfo", "setDataBreakpoints"],
      supportsBreakpointLocationsRequest: ["breakpointLocations"],
      supportsExceptionInfoRequest: ["exceptionInfo"],
      supportsEvaluateForHovers: ["evaluate"],
      supportsCompletionsRequest: ["completions"],
      supportsSetVariable: ["setVariable"],
      supportsSetExpression: ["setExpression"],
      supportsLoadedSourcesRequest: ["loadedSources"],
      supportsModulesRequest: ["modules"],
      supportsTerminateRequest: ["terminate"],
      supportsCancelRequest: ["cancel"],
    };
    const said = /does not know the request/;
    for (const [capability, commands] of Object.entries(handlers)) {
      assert.equal(capabilities[capability], true, capability);
      for (const command of commands.filter((command) => command !== "terminate")) {
        await client.send(command, {}).catch((error) => assert.doesNotMatch(error.message, said));
      }
    }
    await assert.rejects(client.send("inventedRequest", {}), said);
    // Garbage between messages is ignored.
    client.outputStream.write("Content-Length: 3\r\n\r\n{x}");
    client.outputStream.write('Content-Length: 14\r\n\r\n{"no":"thing"}');
    await assert.rejects(client.send("scopes", null), /recorded|frameId/);
    assert.match(client.output(), /was ignored/);
  });
});
