// How clients of connie dap begin and end: programs, recordings, terminals, TCP.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn, spawnSync } = require("node:child_process");
const { Client, program, connie, eachTest } = require("./client");

describe("the clients of connie dap", function () {
  this.timeout(30000);
  let client;
  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

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
