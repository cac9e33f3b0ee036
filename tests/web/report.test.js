// A report is opened from its folder, without a server: the story, filters, steps, sources, output and exceptions.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const vm = require("node:vm");
const { isClean } = require("./clean.js");
const { Viewer } = require("./viewer.js");

/** A module of the page without imports, in Node. */
const module_ = (name) => {
  const text = fs.readFileSync(path.join(__dirname, "../../server/web/assets", name), "utf8");
  return import(`data:text/javascript,${encodeURIComponent(text)}`);
};

/** Reads the story of a report with the page's own modules: a function from conditions to lines. */
async function reading(folder) {
  const [data, steps, story] = await Promise.all(["report_data.js", "report_steps.js", "report_story.js"].map(module_));
  const load = (name) => {
    let found;
    const connieReport = (_, text) => (found = JSON.parse(text));
    vm.runInNewContext(fs.readFileSync(path.join(folder, "data", `${name}.js`), "utf8"), { connieReport });
    return found.texts ? { ...found, texts: data.textsOf(found.texts) } : found;
  };
  const [run, ends] = [load("run"), story.endsOf(load("calls"))];
  return async (given) => {
    const asked = story.question(new URLSearchParams(given), run);
    return run.chunks.flatMap((_, n) => {
      const inside = story.insideOf(steps.stacksBefore(load(`steps-${n + 1}`)), asked);
      const lines = story.visible(story.linesOf(load(`story-${n + 1}`)), asked, inside);
      story.close(lines, ends);
      return lines;
    });
  };
}

const SHOP = `import sys
import threading
import bag

# what things cost
prices = {"tea": 3, "jam": 5}


def cost(name, count):
    if name == "vip":
        return 0
    found = prices[name]
    return found * count


def buy(name):
    total = 0
    for count in range(1, 4):
        total += cost(name, count)
    print(f"bought {name} </script><b>bold</b>")
    return total


worker = threading.Thread(target=buy, args=("jam",), name="worker-1")
worker.start()
worker.join()
try:
    bag.fill(0)
except ValueError as error:
    print(error, file=sys.stderr)
spent = buy("tea")
assert spent == 0, "too much"
`;

const BAG = `def fill(room):
    if room < 1:
        raise ValueError("no room <i>left</i>")
    return room
`;

const LONG = `def add(n):
    return n + 1


def count(n):
    total = 0
    for k in range(n):
        total = add(total)
    return total


first = count(4000)
needle = "in the hay"
second = count(6000)
print(first, second)
`;

const TASKS = `import asyncio


def numbers(n):
    for i in range(n):
        yield i


async def work(name, n):
    for k in numbers(n):
        await asyncio.sleep(0)
        print(name, k)
    return name


async def main():
    first = asyncio.create_task(work("one", 2))
    second = asyncio.create_task(work("two", 3))
    print(await first, await second)


class Odd:
    size = 3


opened = numbers(9)
next(opened)
next(opened)
opened.close()
asyncio.run(main())
`;

describe("a report", function () {
  this.timeout(60000);
  let viewer;
  let page;

  /** Records a program, writes a report, and opens it from its folder. */
  const open = async (files, name, ...given) => {
    viewer = new Viewer(files);
    viewer.record(name);
    execFileSync(process.env.CONNIE_BIN, ["report", "-o", "out", ...given], { cwd: viewer.folder, stdio: "pipe" });
    page = await viewer.browse(`file://${path.join(viewer.folder, "out", "index.html")}`);
    await page.waitForFunction(() => document.getElementById("step").value !== "");
    await told();
  };
  const told = () => page.waitForSelector("#story .scroll[data-whole]");
  const texts = async () => {
    await told();
    return page.locator("#story .told .says").allTextContents();
  };
  const filter = async (name, value) => {
    await page.fill(`#story [name="${name}"]`, value);
    await page.waitForFunction(
      ([name, value]) => {
        const given = new URLSearchParams(new URLSearchParams(location.hash.slice(1)).get("story"));
        return (given.get(name) ?? "") === value;
      },
      [name, value],
    );
    await told();
  };
  const frames = () => page.locator("#stack .row").allTextContents();

  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("opens at the exception, with the stack, the variables and the values beside the lines", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    await viewer.at(32);
    assert.equal(await page.textContent("#program"), "shop.py");
    assert.match(await page.textContent("#exception h2"), /AssertionError: too much/);
    await viewer.has("spent", "18");
    await viewer.beside(31, "spent = 18");
    assert.deepEqual(await frames(), ["<module>shop.py:32"]);
    assert.equal(await page.locator('.line[data-line="11"]').getAttribute("class"), "line never");
    assert.equal(await page.textContent('.line[data-line="12"] .times'), "×6");
    await page.click("#about summary");
    assert.match(await page.textContent("#facts"), /python.*shop\.py.*3\.\d+.*connie/s);
    await isClean(page);
    await page.click("#about summary");
    await page.emulateMedia({ colorScheme: "light" });
    await viewer.picture("report.png");
  });

  it("travels: steps, exceptions, clicks in the story, and back", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    for (const line of [32, 31, 30]) {
      await viewer.travel("stepBack");
      await viewer.at(line);
    }
    await viewer.travel("next");
    await viewer.at(31);
    await viewer.travel("stepIn");
    await viewer.at(17);
    await viewer.has("name", "'tea'");
    assert.deepEqual(await frames(), ["buyshop.py:17", "<module>shop.py:31"]);
    for (const line of [18, 19]) {
      await viewer.travel("next");
      await viewer.at(line);
    }
    await page.keyboard.press("s");
    await viewer.at(10);
    await viewer.has("count", "1");
    await page.locator("#stack .row").nth(1).click();
    await page.waitForSelector('.line.caller[data-line="19"]');
    await viewer.has("total", "0");
    assert.ok(await page.isVisible("#stale"));
    await page.keyboard.press("f");
    await viewer.at(18);
    await viewer.has("total", "3");
    await viewer.beside(19, "total = 3");
    assert.equal(await page.isVisible("#stale"), false);
    const before = await viewer.step();
    await page.locator("#story .told", { hasText: "cost(name='tea', count=1)" }).click();
    await viewer.at(9);
    await page.click("#back");
    await viewer.arrives(before);
    await viewer.travel("reverseContinue");
    await page.waitForSelector('#exception h2:has-text("ValueError: no room")');
    await viewer.travel("stepBackOut");
    await viewer.at(28);
    await page.keyboard.press("Home");
    await viewer.arrives(1);
    await page.keyboard.press("N");
    await page.waitForSelector('#said:has-text("there is none in this report")');
  });

  it("filters and folds the story as the viewer does", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    await filter("function", "cost");
    assert.ok((await texts()).every((text) => /cost|if name|found|◀|──/.test(text)));
    await filter("function", "");
    await filter("file", "bag");
    assert.ok((await texts()).some((text) => text.includes("✗ ValueError")));
    assert.ok((await texts()).every((text) => !text.includes("cost(")));
    await filter("file", "");
    await filter("thread", "worker-1");
    assert.ok((await texts()).some((text) => text.includes("stdout│ bought jam")));
    assert.ok((await texts()).every((text) => !text.includes("tea")));
    await filter("thread", "");
    await filter("text", "BOLD");
    assert.deepEqual(
      (await texts()).filter((text) => text.includes("stdout")),
      ["stdout│ bought jam </script><b>bold</b>", "stdout│ bought tea </script><b>bold</b>"],
    );
    await filter("text", "");
    await page.selectOption('#story [name="depth"]', "1");
    await page.waitForFunction(() => !document.querySelector("#story .window").textContent.includes("cost("));
    const call = page.locator("#story .told", { hasText: "buy(name='tea')" });
    assert.match(await call.textContent(), /… \d+ steps {2}◀ 18/);
    await call.locator(".fold").click();
    await page.waitForSelector('#story .told:has-text("count=1")');
    await page.fill('#story [name="thread"]', "nobody");
    await page.waitForSelector('#story .said:has-text("there is no thread nobody")');
  });

  it("shows files, output and exceptions, and is clean", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    await page.click('#left [data-source]:has-text("bag.py")');
    await page.waitForSelector('#path:has-text("bag.py")');
    assert.equal(await page.locator('.line.never[data-line="4"]').count(), 1);
    await isClean(page);
    await page.click('[data-tab="Output"]');
    await page.waitForSelector(".printed.stderr");
    assert.ok((await page.locator(".printed").allTextContents()).includes("bought tea </script><b>bold</b>"));
    await isClean(page);
    await page.locator(".printed.stderr", { hasText: "no room <i>left</i>" }).first().click();
    await viewer.at(30);
    await page.click('[data-tab="Exceptions"]');
    await page.locator('#left [data-step]:has-text("no room")').first().click();
    await viewer.at(3);
    await page.click("#exception summary");
    await page.click('#exception .row:has-text("shop.py:28")');
    await page.waitForSelector('.line.sought[data-line="28"]');
    await isClean(page);
    await page.fill('#story [name="text"]', "nowhere");
    await page.waitForSelector("#story .nothing");
    await isClean(page);
  });

  it("tells the story that the viewer tells", async () => {
    const files = { "shop.py": SHOP, "bag.py": BAG, "long.py": LONG.replace("6000", "60").replace("4000", "1500") };
    files["tasks.py"] = TASKS;
    for (const name of ["shop.py", "long.py", "tasks.py"]) {
      viewer = viewer?.server ? (await viewer.close(), new Viewer(files)) : new Viewer(files);
      viewer.record(name);
      execFileSync(process.env.CONNIE_BIN, ["report", "-o", "out"], { cwd: viewer.folder, stdio: "pipe" });
      page = await viewer.open("latest");
      await page.waitForSelector(".line.here");
      const told = await reading(path.join(viewer.folder, "out"));
      for (const asked of [
        "",
        "depth=1",
        "depth=2",
        "depth=3",
        "changes=1",
        "changes=1&depth=2",
        "function=cost",
        "function=o&depth=2",
        "file=bag",
        "thread=1",
        "thread=1&depth=1",
        "thread=2",
        "thread=2&depth=2",
        "task=2",
        "task=3&depth=1",
        "function=numbers",
        "text=total=3",
        "text=TEA%27%2C%20count&depth=1",
        "text=nothing%20at%20all",
      ]) {
        // The others have one thread. At the edge of the parts of a long run, a change stays behind its line.
        if (name !== "shop.py" && asked.startsWith("thread")) continue;
        if (name !== "tasks.py" && asked.startsWith("task")) continue;
        if (name === "long.py" && asked.startsWith("function=o")) continue;
        const wanted = await page.evaluate(async (asked) => {
          const { ask } = await import("/assets/ask.js");
          const base = `/api/run/${location.pathname.split("/")[2]}`;
          const all = [];
          for (let from = 1, end = false; !end;) {
            const answer = await ask(`${base}/story?from=${from}&count=1000&${asked}`);
            all.push(...answer.lines);
            [from, end] = [answer.reached + 1, answer.end];
          }
          return all;
        }, asked);
        const line = ({ step, kind, frame, depth, source, line, text, changes = [], more = 0, fold }) =>
          JSON.stringify([
            step,
            kind,
            frame,
            depth,
            source,
            source === undefined ? 0 : line,
            text,
            changes,
            more,
            fold,
          ]);
        assert.deepEqual((await told(asked)).map(line), wanted.map(line), `${name} ${asked}`);
      }
    }
  });

  it("has one column in a narrow window", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    await page.setViewportSize({ width: 800, height: 1000 });
    const left = async (found) => (await page.locator(found).boundingBox()).x;
    assert.deepEqual(await Promise.all(["#middle", "#right", "#left"].map(left)), [0, 0, 0]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 800, `${width}`);
    await isClean(page);
  });

  it("reads a long run in parts, and forgets them", async () => {
    await open({ "long.py": LONG }, "long.py", "--step", "1");
    const data = path.join(viewer.folder, "out", "data");
    const stories = fs.readdirSync(data).filter((name) => name.startsWith("story-"));
    assert.ok(stories.length > 9, `${stories}`);
    const loaded = [];
    page.on("request", (request) => loaded.push(path.basename(request.url())));
    await page.keyboard.press("End");
    await viewer.has("second", "6000");
    await page.waitForFunction(() => !document.querySelector("head script[src^=data]"));
    assert.ok(loaded.length < stories.length, `${loaded}`);
    await filter("text", "in the hay");
    assert.deepEqual(await texts(), ["13needle = \"in the hay\"needle='in the hay'"]);
    await page.locator("#story .told", { hasText: "hay" }).click();
    await viewer.at(13);
    await filter("text", "");
    await page.selectOption('#story [name="depth"]', "1");
    await page.waitForSelector("#story .told:has-text('count(n=6000)')");
    await told();
    assert.match((await texts()).join("\n"), /count\(n=4000\) {2}… [\d,]+ steps {2}◀ 4000/);
    await viewer.travel("next");
    await viewer.at(14);
    await viewer.travel("next");
    await viewer.at(15);
    await viewer.has("second", "6000");
  });

  it("has a part of a run, and says so", async () => {
    await open({ "long.py": LONG }, "long.py", "--last", "30");
    await page.waitForSelector('#part:has-text("This report has the steps")');
    await viewer.has("second", "6000");
    await page.keyboard.press("Home");
    await page.waitForSelector('#stack .row:has-text("count")');
    const first = await viewer.step();
    await page.fill("#step", "5");
    await page.press("#step", "Enter");
    await page.waitForSelector('#said:has-text("This report begins at step")');
    assert.equal(await viewer.step(), first);
    await isClean(page);
  });

  it("is read from a host for static files too", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
    const host = http.createServer(({ url }, answer) => {
      const file = path.join(viewer.folder, "out", url.split("?")[0]);
      answer.setHeader("content-type", types[path.extname(file)]);
      fs.createReadStream(file).pipe(answer);
    });
    await new Promise((done) => host.listen(0, "127.0.0.1", done));
    await page.goto(`http://127.0.0.1:${host.address().port}/index.html#step=17`);
    await viewer.arrives(17);
    await viewer.has("count", "1");
    await told();
    await page.click('[data-tab="Output"]');
    await page.waitForSelector(".printed.stderr");
    host.close();
  });

  it("says when a file is missing", async () => {
    await open({ "shop.py": SHOP, "bag.py": BAG }, "shop.py");
    fs.rmSync(path.join(viewer.folder, "out", "data", "output-1.js"));
    await page.click('[data-tab="Output"]');
    await page.waitForSelector('#left .nothing:has-text("data/output-1.js is missing")');
    viewer.wrong = viewer.wrong.filter((text) => !text.includes("ERR_FILE_NOT_FOUND"));
  });
});
