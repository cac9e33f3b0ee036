// The program gets what the launch configuration says.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { program, eachTest } = require("./client");

const last = 12;

describe("launch configurations", function () {
  this.timeout(30000);
  let client;

  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  it("give the environment, the folder and the arguments", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "connie-"));
    const envFile = path.join(folder, "some.env");
    fs.writeFileSync(envFile, "# a comment\nexport FROM_FILE='of file'\nFROM_ENV=overruled\nGONE=1\n");
    const more = { env: { FROM_ENV: "of env", GONE: null }, envFile, cwd: folder, args: ["-v", "two words"] };
    await client.begin(program("surroundings.py"), [last], more);
    assert.equal(await client.value("found"), "['of env', 'of file', None]");
    assert.equal(await client.value("where"), `'${fs.realpathSync(folder)}'`);
    assert.equal(await client.value("arguments"), "['-v', 'two words']");
    fs.rmSync(folder, { recursive: true });
  });

  it("bound what is recorded of values", async () => {
    await client.begin(program("surroundings.py"), [last], { limits: { string: 10, items: 5 } });
    assert.match(await client.value("long"), /^'x{10}'…/);
    assert.match(await client.value("many"), /^\[0, 1, 2, 3, 4, …/);
    await client.move("reverseContinue");
  });

  it("choose what is recorded", async () => {
    await client.begin(program("surroundings.py"), [11], { exclude: ["helper.py"] });
    await client.move("stepIn");
    assert.equal((await client.top()).line, last);
    const sources = (await client.send("loadedSources")).body.sources.map((source) => source.name);
    assert.ok(!sources.includes("helper.py"), sources.join());
  });

  it("step into what is not excluded", async () => {
    await client.begin(program("surroundings.py"), [11]);
    await client.move("stepIn");
    assert.equal((await client.stack())[0], "double:2");
  });

  it("include what is not the project's", async () => {
    await client.begin(program("surroundings.py"), [last], { justMyCode: false });
    const sources = (await client.send("loadedSources")).body.sources.map((source) => source.path);
    assert.ok(sources.some((name) => name.includes("surroundings.py")));
  });

  it("run without debugging", async () => {
    await client.initializeRequest();
    const ended = client.waitForEvent("terminated", 15000);
    const configure = client.waitForEvent("initialized").then(async () => {
      const source = { path: program("surroundings.py") };
      await client.setBreakpointsRequest({ source, breakpoints: [{ line: last }] });
      await client.configurationDoneRequest();
    });
    const python = process.env.CONNIE_TEST_PYTHON;
    await Promise.all([
      configure,
      client.launchRequest({ program: program("surroundings.py"), python, noDebug: true }),
    ]);
    await ended;
    assert.ok(!client.seen.some((message) => message.event === "stopped"));
    assert.match(client.output("stdout"), /ran 42/);
    assert.equal(client.seen.find((message) => message.event === "exited").body.exitCode, 0);
  });

  it("record again when restarted", async () => {
    await client.begin(program("surroundings.py"), [last]);
    const recordings = () => client.output("console").match(/recording \S+/g) ?? [];
    await client.move("restart", {});
    assert.equal((await client.top()).line, last);
    assert.equal(await client.value("doubled"), "42");
    await client.move("continue");
    assert.equal(new Set(recordings()).size, recordings().length);
  });

  it("run modules and code", async () => {
    const cwd = path.dirname(program("helper.py"));
    const python = process.env.CONNIE_TEST_PYTHON;
    await client.initializeRequest();
    const stopped = client.waitForEvent("stopped", 15000);
    const configure = client.waitForEvent("initialized").then(() => client.configurationDoneRequest());
    await Promise.all([configure, client.launchRequest({ module: "surroundings", cwd, python, stopAt: "entry" })]);
    await stopped;
    assert.equal((await client.stack())[0], "<module>:1");
  });

  it("are told of with their faults", async () => {
    await client.initializeRequest();
    const launch = (more) => client.launchRequest({ program: program("surroundings.py"), ...more });
    await assert.rejects(launch({ envFile: "/nowhere/.env" }), /cannot read envFile/);
    await assert.rejects(launch({ args: 3 }), /"args" must be a list of strings/);
    await assert.rejects(launch({ limits: { width: 3 } }), /no limit "width"/);
    await assert.rejects(launch({ stopAt: "lunch" }), /"stopAt" must be/);
    await assert.rejects(launch({ python: "/nowhere/python" }), /python/);
    // Otherwise the recording of an earlier run would be shown as the recording of this run.
    const recording = program("surroundings.py");
    await assert.rejects(
      launch({ recording, python: process.env.CONNIE_TEST_PYTHON }),
      /surroundings\.py: there is a file of this name already/,
    );
    await assert.rejects(launch({ recording: "" }), /"recording" is empty/);
    await assert.rejects(client.attachRequest({ recording: "" }), /"recording" is empty/);
  });
});
