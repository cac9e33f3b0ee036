// Configurations of debugpy in which only the type is changed. docs/debugpy.md says what each key does.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { Client, program, eachTest } = require("./client");

const page = fs.readFileSync(path.join(__dirname, "../../docs/debugpy.md"), "utf8");

/** The keys in the table of a section, with their effect according to the page. */
function listed(section) {
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  const rows = [...text.matchAll(/^\| `(\w+)` \| (same|differs|no effect|client|refused) \|/gm)];
  return new Map(rows.map(([, key, fate]) => [key, fate]));
}

/** A value of the key that has an effect. */
const SAMPLES = {
  module: "surroundings",
  code: ["import surroundings"],
  args: "-v 'two words'",
  env: { A: "1" },
  console: "internalConsole",
  pythonArgs: ["-X", "dev"],
  python: process.env.CONNIE_TEST_PYTHON,
  pythonPath: process.env.CONNIE_TEST_PYTHON,
  envFile: program("setup.py"),
  cwd: path.dirname(program("helper.py")),
  program: program("surroundings.py"),
  consoleName: "a name",
  consoleTitle: "a title",
  pathMappings: [{ localRoot: "/here", remoteRoot: "/there" }],
  onTerminate: "KeyboardInterrupt",
  debugOptions: ["RedirectOutput", "Jinja"],
  showReturnValue: false,
  autoReload: { enable: true },
  guiEventLoop: "qt",
  qt: "auto",
  variablePresentation: { special: "hide" },
  rules: [{ path: "/x/**", include: false }],
  maxExceptionStackFrames: 5,
  debugpyArgs: ["--log-to", "/tmp"],
  purpose: ["debug-test"],
  clientOS: "unix",
  debugAdapterPath: "/x",
  debugAdapterPython: "/x",
  debugAdapterHost: "::1",
  debugLauncherPath: "/x",
  debugLauncherPython: "/x",
  processId: process.pid,
  connect: { host: "127.0.0.1", port: 5678 },
  listen: { port: 5678 },
  host: "127.0.0.1",
  port: 5678,
  subProcessId: 4242,
  processName: "x",
  options: "X=1",
  adapterAccessToken: "x",
  resolveSymlinks: true,
};

describe("configurations of debugpy", function () {
  this.timeout(30000);
  let client;
  const python = process.env.CONNIE_TEST_PYTHON;
  const asks = program("asks.py");

  eachTest({ get: () => client, set: (fresh) => (client = fresh) });

  /** The messages of a session about a key, and why it does not start. */
  async function fate(request, key, value) {
    const one = new Client();
    await one.start();
    try {
      await one.initializeRequest({ adapterID: "connie", pathFormat: "path" });
      const base =
        request === "launch" && !["program", "module", "code"].includes(key)
          ? { program: program("surroundings.py"), python }
          : {};
      if (request === "launch" && !base.program) base.cwd = SAMPLES.cwd;
      try {
        await one.send(request, { ...base, [key]: value });
      } catch (refused) {
        return { refused: refused.message };
      }
      assert.deepEqual(one.invalid, []);
      return { said: one.output("console") };
    } finally {
      await one.stop();
    }
  }

  const check = (request) => async () => {
    const keys = listed(request);
    assert.ok(keys.size > 10, [...keys].join());
    const wrong = [];
    await Promise.all(
      Array.from({ length: 4 }, async (_, lane) => {
        for (const [n, [key, wanted]] of [...keys].entries()) {
          if (n % 4 !== lane) continue;
          const { refused, said = "" } = await fate(request, key, SAMPLES[key] ?? true);
          const named = (text) => text.includes(`"${key}"`);
          const is = {
            same: !refused && !named(said),
            differs: !refused && !named(said),
            client: !refused && !named(said),
            "no effect": said.includes(`The key "${key}" has no effect here: `),
            refused: refused !== undefined && named(refused),
          }[wanted];
          if (!is) wrong.push(`${key} (${wanted}): ${refused ?? said}`);
          if (wanted === "no effect" && SAMPLES[key] === undefined) {
            const off = await fate(request, key, false);
            if (off.said !== "") wrong.push(`${key} that is off: ${off.refused ?? off.said}`);
          }
        }
      }),
    );
    assert.deepEqual(wrong, []);
  };
  it("do what the page says that they do for launch", check("launch"));

  it("do what the page says that they do for attach", async () => {
    // A recording is opened, unless a process is given.
    const recording = path.join(os.tmpdir(), `debugpy-${process.pid}.connie`);
    await client.begin(program("surroundings.py"), [], { recording });
    const wrong = [];
    for (const [key, wanted] of listed("attach")) {
      const one = new Client();
      await one.start();
      await one.initializeRequest();
      const more = key === "processId" ? {} : { recording };
      const answer = await one.send("attach", { ...more, [key]: SAMPLES[key] ?? true }).then(
        () => "",
        (error) => error.message,
      );
      const said = one.output("console");
      const named = said.includes(`"${key}"`);
      // This process does not run Python.
      const is =
        key === "processId"
          ? /does not run Python/.test(answer)
          : wanted === "refused"
            ? answer.includes(`"${key}"`) && /"processId".*"launch".*connie run/.test(answer)
            : wanted === "no effect"
              ? !answer && said.includes(`The key "${key}" has no effect here: `)
              : !answer && !named;
      if (!is) wrong.push(`${key} (${wanted}): ${answer || said}`);
      await one.stop();
    }
    fs.rmSync(recording, { force: true });
    assert.deepEqual(wrong, []);
  });

  it("have no key that the page does not list", () => {
    const debugpy = path.join(process.env.CONNIE_TEST_DEBUGPY, "debugpy");
    const text = (name) => fs.readFileSync(path.join(debugpy, name), "utf8");
    const pydevd = "_vendored/pydevd/_pydevd_bundle";
    const found = new Set();
    const note = (file, pattern) => [...text(file).matchAll(pattern)].forEach(([, key]) => found.add(key));
    for (const file of ["adapter/clients.py", "launcher/handlers.py"]) {
      const options = /(?:[^.]request|property_or_debug_option)\(\s*"([a-z]\w+)"/g;
      note(file, options);
    }
    note(`${pydevd}/pydevd_process_net_command_json.py`, /[^.]args\.get\(\s*"(\w+)"/g);
    note(`${pydevd}/pydevd_json_debug_options.py`, /args(?:\.get\()?\[?"(\w+)"/g);
    note(`${pydevd}/pydevd_json_debug_options.py`, /"(\w+)" in args/g);
    assert.ok(found.size > 30, [...found].join());
    // Arguments of other requests.
    for (const other of ["clientID", "terminateDebuggee", "launch"]) found.delete(other);
    const known = new Set([...listed("launch").keys(), ...listed("attach").keys()]);
    assert.deepEqual(
      [...found].filter((key) => !known.has(key)),
      [],
    );
  });

  it("run in the terminal without a console, so that input() works", async () => {
    const stopped = client.begin(asks, [8], { console: undefined });
    const until = async (is) => {
      while (!is()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(() => /name\?/.test(client.printed ?? ""));
    client.terminal.stdin.write("Ann\n");
    await stopped;
    assert.equal(await client.value("name"), "'Ann'");
    assert.equal(client.output("stdout"), "");
    assert.match(client.printed, /hello Ann/);
  });

  it("run on the console of clients that have no terminal", async () => {
    await client.initializeRequest({ adapterID: "connie", pathFormat: "path" });
    const stopped = client.waitForEvent("stopped", 20000);
    const configure = client.waitForEvent("initialized").then(() => client.configurationDoneRequest());
    await Promise.all([configure, client.launchRequest({ program: asks, python, console: "integratedTerminal" })]);
    assert.equal((await stopped).body.reason, "exception");
    assert.equal(client.asked, undefined);
    assert.match(client.output("stderr"), /EOFError/);
  });

  it("run on the console where the terminal cannot be had and was not asked for", async () => {
    client.noTerminal = "no pty is left";
    await client.begin(program("surroundings.py"), [12], { console: undefined });
    assert.match(
      client.output("console"),
      /cannot run the program in its terminal: no pty is left\nIt runs without a terminal/,
    );
    assert.equal(await client.value("doubled"), "42");
  });

  it("end where the terminal that was asked for cannot be had", async () => {
    client.noTerminal = "no pty is left";
    const ended = client.waitForEvent("terminated", 20000);
    client.begin(program("surroundings.py"), [12], { console: "integratedTerminal" }).catch(() => {});
    await ended;
    assert.match(client.output("console"), /cannot run the program in its terminal: no pty is left\n$/);
  });

  it("give a program in the terminal its environment, and nobody else", async () => {
    process.env.GONE = "not yet";
    const env = { FROM_ENV: "a 'secret' $HOME", GONE: null };
    const stopped = client.begin(asks, [8], {
      console: "integratedTerminal",
      env,
      consoleName: "Python Debug Console",
    });
    while (!/name\?/.test(client.printed ?? "")) await new Promise((resolve) => setTimeout(resolve, 10));
    client.terminal.stdin.write("Ann\n");
    await stopped;
    delete process.env.GONE;
    assert.equal(await client.value("found"), `["a 'secret' $HOME", None]`);
    const told = JSON.stringify(client.asked);
    assert.ok(!told.includes("secret"), told);
    const asked = client.seen.find((message) => message.command === "runInTerminal").arguments;
    assert.equal(asked.title, "Python Debug Console");
    const file = asked.args[asked.args.indexOf("--environment") + 1];
    assert.ok(file && !fs.existsSync(file), file);
  });

  it("show what is written into the terminal on the console, if that is asked for", async () => {
    await client.begin(program("surroundings.py"), [], { console: "integratedTerminal", redirectOutput: true });
    assert.match(client.printed, /ran 42/);
    assert.equal(client.output("stdout"), "ran 42\n");
    const written = client.seen.find((message) => message.body?.category === "stdout").body;
    assert.deepEqual([written.source.name, written.line], ["surroundings.py", 12]);
  });

  it("give the interpreter options", async () => {
    const file = program("helper.py");
    const code = ["import sys", "options = [sys.flags.optimize, sys.flags.dev_mode, sys.argv[1:]]", "print(options)"];
    const of = async (more) => {
      const one = new Client();
      await one.start();
      await one.initializeRequest({ adapterID: "connie", pathFormat: "path" });
      const ended = one.waitForEvent("stopped", 20000);
      const configure = one.waitForEvent("initialized").then(() => one.configurationDoneRequest());
      await Promise.all([
        configure,
        one.launchRequest({ code, cwd: path.dirname(file), console: "internalConsole", stopAt: "end", ...more }),
      ]);
      await ended;
      const printed = one.output("stdout");
      await one.stop();
      return printed.trim();
    };
    assert.equal(await of({ python, pythonArgs: ["-O", "-X", "dev"], args: ["-O"] }), "[1, True, ['-O']]");
    assert.equal(
      await of({ python: [python, "-OO"], pythonArgs: ["-B"], args: "a 'b c'" }),
      "[2, False, ['a', 'b c']]",
    );
  });

  it("are refused where they cannot be followed, with what to do", async () => {
    await client.initializeRequest();
    const launch = (more) => client.launchRequest({ program: asks, python, ...more });
    await assert.rejects(launch({ program: "" }), /"program" is empty/);
    await assert.rejects(client.launchRequest({ module: " ", python }), /"module" is empty/);
    await assert.rejects(client.launchRequest({ code: [], python }), /"code" is empty/);
    for (const console of ["nonsense", "none", "", 3])
      await assert.rejects(launch({ console }), /"console" must be internalConsole/);
    await assert.rejects(launch({ sudo: true }), /sudo connie run/);
    for (const option of ["-E", "-sI", "-S"])
      await assert.rejects(launch({ pythonArgs: [option] }), /nothing can be recorded with python -[EIS]/);
    await assert.rejects(launch({ pythonArgs: ["-m", "pytest"] }), /"module" or "code"/);
    await assert.rejects(
      launch({ python: ["/usr/bin/env", "python3"] }),
      /"python3" is not an option of the interpreter/,
    );
    await assert.rejects(
      client.attachRequest({ processId: "${command:pickProcess}" }),
      /"processId" must be the number of a process/,
    );
    await assert.rejects(client.attachRequest({ processId: 4194000 }), /there is no process 4194000/);
  });

  it("name the version that can be attached to", async () => {
    const process = spawn(python, ["-c", "import time; print('runs', flush=True); time.sleep(20)"]);
    await client.initializeRequest();
    await new Promise((resolve) => process.stdout.once("data", resolve));
    const attached = client.attachRequest({ processId: process.pid }).then(
      () => "",
      (error) => error.message,
    );
    const minor = await new Promise((resolve) => {
      spawn(python, ["-c", "import sys; print(sys.version_info[1])"]).stdout.on("data", (text) =>
        resolve(Number(text)),
      );
    });
    const answer = await attached;
    process.kill();
    if (minor < 14) assert.match(answer, /runs Python 3\.\d+, and only 3\.14 and later can be attached to/);
    else assert.equal(answer, "");
  });

  it("end the program as Ctrl-C does", async () => {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "connie-")));
    const file = path.join(folder, "waits.py");
    fs.writeFileSync(
      file,
      "import time\ntry:\n    print('waits', flush=True)\n    time.sleep(20)\nexcept KeyboardInterrupt:\n    print('tidied up')\n",
    );
    await client.begin(file, [3], { onTerminate: "KeyboardInterrupt" });
    while (!/waits/.test(client.output("stdout"))) await new Promise((resolve) => setTimeout(resolve, 10));
    await client.send("terminate");
    while (!/The program has ended/.test(client.output("console")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(client.output("stdout"), /tidied up/);
    fs.rmSync(folder, { recursive: true, force: true });
  });
});
