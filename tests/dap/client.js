// A test client that checks each received message against the JSON schema of the protocol.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { DebugClient } = require("@vscode/debugadapter-testsupport");
const Ajv = require("ajv-draft-04").default;

const connie = process.env.CONNIE_BIN;
// The schema from which the adapter's types are generated.
const schema = JSON.parse(
  fs.readFileSync(path.join(__dirname, "../../xtask/schema/debugAdapterProtocol.json"), "utf8"),
);
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(schema, "dap");

const capitalise = (name) => name[0].toUpperCase() + name.slice(1);

function definition(message) {
  if (message.type === "event") return `${capitalise(message.event)}Event`;
  if (message.type === "request") return `${capitalise(message.command)}Request`;
  return message.success ? `${capitalise(message.command)}Response` : "ErrorResponse";
}

function problems(message) {
  const name = definition(message);
  // The adapter's own requests have no schema.
  if (!(name in schema.definitions)) return message.command?.startsWith("connie/") ? [] : [`no definition ${name}`];
  const validate = ajv.getSchema(`dap#/definitions/${name}`);
  return validate(message) ? [] : validate.errors.map((error) => `${name}${error.instancePath} ${error.message}`);
}

class Client extends DebugClient {
  constructor(args = ["dap"]) {
    super(connie, args[0], "connie");
    this.invalid = [];
    this.seen = [];
    this.answers = new Map();
  }

  dispatch(body) {
    const message = JSON.parse(body);
    this.seen.push(message);
    this.invalid.push(...problems(message));
    if (message.type === "request" && message.command === "runInTerminal") return this.runInTerminal(message);
    if (message.type === "response") {
      const count = (this.answers.get(message.request_seq) ?? 0) + 1;
      this.answers.set(message.request_seq, count);
      if (count > 1) this.invalid.push(`two answers to request ${message.request_seq}`);
    }
    super.dispatch(body);
  }

  /** The terminal of this client: a process with a pipe. */
  runInTerminal({ seq, command, arguments: { args, cwd, env } }) {
    this.asked = { args, cwd, env };
    if (this.noTerminal) return this.answer({ request_seq: seq, command, success: false, message: this.noTerminal });
    this.terminal = spawn(args[0], args.slice(1), { cwd, env: { ...process.env, ...env } });
    this.printed = "";
    this.terminal.stdout.on("data", (text) => (this.printed += text));
    this.answer({ request_seq: seq, command, success: true, body: {} });
  }

  /** Answers a request of the adapter. */
  answer(body) {
    const json = JSON.stringify({ seq: 0, type: "response", ...body });
    this.outputStream.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  }

  /** The console output so far, or that of one category. */
  output(category) {
    const outputs = this.seen.filter((message) => message.event === "output").map((message) => message.body);
    return outputs
      .filter((body) => !category || body.category === category)
      .map((body) => body.output)
      .join("");
  }

  /** Sends a request that moves the view and waits for the stop. */
  async move(command, args = { threadId: 1 }) {
    const [stopped] = await Promise.all([this.waitForEvent("stopped"), this.send(command, args)]);
    return stopped.body;
  }

  /** Names and lines of the stack, the top frame first. */
  async stack() {
    const response = await this.stackTraceRequest({ threadId: 1 });
    return response.body.stackFrames.map((frame) => `${frame.name}:${frame.line}`);
  }

  async top(threadId = 1) {
    return (await this.stackTraceRequest({ threadId })).body.stackFrames[0];
  }

  /** The text of an expression's value in the top frame. */
  async value(expression, threadId = 1) {
    const frame = await this.top(threadId);
    const response = await this.evaluateRequest({ expression, frameId: frame.id, context: "watch" });
    return response.body.result;
  }

  /** Launches a program with line breakpoints and waits for the first stop. */
  async begin(program, lines = [], more = {}, exceptions = ["uncaught"]) {
    const breakpoints = lines.map((line) => (typeof line === "number" ? { line } : line));
    const configure = async () => {
      await this.waitForEvent("initialized");
      const set = await this.setBreakpointsRequest({ source: { path: program }, breakpoints });
      await this.setExceptionBreakpointsRequest({ filters: exceptions });
      const stopped = this.waitForEvent("stopped", 15000);
      await this.configurationDoneRequest();
      return [(await stopped).body, set.body.breakpoints];
    };
    const adapter = {
      adapterID: "connie",
      pathFormat: "path",
      supportsRunInTerminalRequest: true,
      supportsMemoryReferences: true,
      supportsProgressReporting: true,
    };
    await this.initializeRequest(adapter);
    const [result] = await Promise.all([
      configure(),
      this.launchRequest({ program, python: process.env.CONNIE_TEST_PYTHON, console: "internalConsole", ...more }),
    ]);
    return result;
  }
}

const program = (name) => path.join(process.env.CONNIE_TEST_DAP_PROGRAMS, name);

/** Starts an adapter for each test. After the test, all messages that the adapter sent must be valid. */
function eachTest(variable) {
  beforeEach(async () => {
    variable.set(new Client());
    await variable.get().start();
  });
  afterEach(async () => {
    await variable.get().stop();
    assert.deepEqual(variable.get().invalid, []);
  });
}

module.exports = { Client, program, connie, eachTest };
