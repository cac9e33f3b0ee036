// Replays what VS Code, and nvim-dap with nvim-dap-ui, really sent. transcripts/NAME.jsonl is `CONNIE_DAP_LOG` of a
// session, shortened by `node transcript.test.js LOG FOLDER PROGRAM > transcripts/NAME.jsonl`: paths below the project are
// `${folder}/…`, and only the compared parts of the adapter's messages are kept. The program comes first.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** Events that start and end the state that a client shows; older transcripts have only stops. */
const LIFE = ["stopped", "continued", "exited", "terminated"];

/** The parts that must be the same. Allocated numbers, times and texts for people may differ. */
function essence({ type, command, event, success, body = {}, request_seq }) {
  if (type === "event") return LIFE.includes(event) ? { event, reason: body.reason } : null;
  if (type === "request") return null;
  const kept = { command, request_seq, success };
  const named = (list, f) => list?.map(f);
  const variable = ({ name, value, type, variablesReference }) => ({
    name,
    value,
    type,
    reference: variablesReference,
  });
  if (command === "stackTrace") kept.frames = named(body.stackFrames, ({ id, name, line }) => ({ id, name, line }));
  if (command === "scopes")
    kept.scopes = named(body.scopes, ({ name, variablesReference }) => ({ name, reference: variablesReference }));
  // The numbers of objects depend on the objects that Python itself has created.
  if (command === "variables")
    kept.variables = named(body.variables, variable)?.map((v) => ({ ...v, type: v.type?.replace(/#\d+/, "#") }));
  if (command === "setBreakpoints")
    kept.breakpoints = named(body.breakpoints, ({ verified, line }) => ({ verified, line }));
  if (command === "threads") kept.threads = named(body.threads, ({ name }) => name);
  return kept;
}

/** The first session of a log. */
function shorten(log, folder, program) {
  const out = [{ program: fs.readFileSync(program, "utf8") }];
  let begun = 0;
  for (const line of fs.readFileSync(log, "utf8").trim().split("\n")) {
    const { from, message } = JSON.parse(line.replaceAll(folder, "${folder}"));
    if (from === "client" && message.command === "initialize" && ++begun > 1) break;
    if (from === "client" && message.type === "request") out.push({ client: message });
    const kept = from === "adapter" && essence(message);
    if (kept) out.push({ adapter: kept });
  }
  return out.map((entry) => JSON.stringify(entry)).join("\n") + "\n";
}

if (require.main === module) {
  process.stdout.write(shorten(...process.argv.slice(2)));
} else {
  const { Client } = require("./client.js");
  const folder = path.join(__dirname, "transcripts");
  describe("connie dap, told what clients told it", function () {
    this.timeout(60000);
    for (const name of fs.readdirSync(folder)) {
      it(`answers ${path.basename(name, ".jsonl")} as it did`, async () => {
        const project = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "transcript-")));
        const text = fs.readFileSync(path.join(folder, name), "utf8").replaceAll("${folder}", project);
        const [{ program }, ...entries] = text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
        fs.writeFileSync(path.join(project, "shop.py"), program);
        fs.mkdirSync(path.join(project, ".venv/bin"), { recursive: true });
        fs.symlinkSync(process.env.CONNIE_TEST_PYTHON, path.join(project, ".venv/bin/python"));
        const client = new Client();
        await client.start();
        try {
          await replay(client, entries);
        } finally {
          // The transcript has disconnected already.
          client.stopAdapter();
          fs.rmSync(project, { recursive: true, force: true, maxRetries: 5 });
        }
        assert.deepEqual(client.invalid, []);
      });
    }
  });

  async function replay(client, entries) {
    // Maps recorded numbers to current numbers.
    const ids = new Map();
    const kinds = new Set(entries.map(({ adapter }) => adapter?.event));
    const is = (one) => one && (!one.event || kinds.has(one.event));
    const got = () => JSON.parse(JSON.stringify(client.seen.map(essence).filter(is)));
    const until = async (what, is) => {
      const end = Date.now() + 20000;
      while (!is(got())) {
        assert.ok(Date.now() < end, `${what} did not come: ${JSON.stringify(got().slice(-3))}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    let events = 0;
    for (const { client: message, adapter } of entries) {
      if (message) {
        const known = message.arguments ?? {};
        for (const key of ["frameId", "variablesReference"]) if (ids.has(known[key])) known[key] = ids.get(known[key]);
        const json = JSON.stringify(message);
        client.outputStream.write(`Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
      } else if (adapter.event) {
        events += 1;
        await until(adapter.event, (all) => all.filter((one) => one.event).length >= events);
        const { event, reason } = got().filter((one) => one.event)[events - 1];
        assert.deepEqual({ event, reason }, { event: adapter.event, reason: adapter.reason }, `event ${events}`);
      } else {
        const is = (one) => one.request_seq === adapter.request_seq;
        await until(`the answer to ${adapter.command}`, (all) => all.some(is));
        const answer = got().find(is);
        for (const key of ["frames", "scopes", "variables"]) {
          answer[key]?.forEach((one, n) => {
            const then = adapter[key]?.[n] ?? {};
            for (const number of ["id", "reference"]) {
              if (then[number]) ids.set(then[number], one[number]);
              // Compares whether there is something to expand, not its number.
              for (const side of [one, then]) if (number in side) side[number] = side[number] > 0;
            }
          });
        }
        assert.deepEqual(answer, adapter, `${adapter.command}, request ${adapter.request_seq}`);
      }
    }
  }
}
