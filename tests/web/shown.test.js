// What connie view shows beside the moment: sources, stack, lists, odd texts.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { SHOP } = require("./programs.js");
const { Viewer, eachOpens } = require("./viewer.js");

const DEEP = `def down(n):
    if n:
        return down(n - 1)
    raise ValueError("deep enough")


down(59)
`;

const MANY = `for n in range(1500):
    try:
        print("line", n)
        raise ValueError(n)
    except ValueError:
        pass
print("done")
raise RuntimeError("the end")
`;

const HOSTILE = `evil = "<img src=x onerror=document.title='owned'>"
items = {evil: [evil]}
print(evil)
raise ValueError(evil)
`;

describe("what connie view shows", function () {
  this.timeout(60000);
  let viewer;

  const open = eachOpens({ get: () => viewer, set: (made) => (viewer = made) });

  it("has every exception and all output of a long run, page by page", async () => {
    const page = await open({ "many.py": MANY }, "many.py", "latest");
    await viewer.at(8);
    await page.click('[data-tab="Exceptions"]');
    await page.waitForSelector("#left h3");
    const text = () => page.textContent("#left .pane");
    assert.match(await text(), /^not caughtRuntimeError: the end[^]*many.py:8 in <module>1,501 exceptions/);
    assert.match(await text(), /ValueError: 0[^]*many.py:4 in <module>[^]*and 501 more…$/);
    await page.click("#left .more");
    await page.waitForFunction(() => document.querySelectorAll("#left .row").length === 1502);
    await page.click('[data-tab="Output"]');
    await page.waitForSelector('#left :text("earlier output…")');
    assert.match(await text(), /^[\d,]+ of [\d,]+ pieces of outputearlier output…line \d+line/);
    assert.match(await page.locator("#left .printed").last().textContent(), /line 1499$|RuntimeError/);
    const rows = await page.locator("#left .printed").count();
    await page.click("text=earlier output…");
    await page.waitForFunction((rows) => document.querySelectorAll("#left .printed").length > rows, rows);
    // Steps and clicks do not make the whole list anew.
    await page.click("#left .printed >> nth=0");
    await page.waitForFunction(() => document.querySelectorAll("#left .row.later").length > 400);
    // Marks stand for the whole run, and the strip goes to what nothing caught.
    const box = await page.locator("#strip").boundingBox();
    await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
    await viewer.at(8);
  });

  it("folds recursion, and keeps the stack and the names readable", async () => {
    const page = await open({ "deep.py": DEEP }, "deep.py", "latest");
    await viewer.at(4);
    const rows = page.locator("#stack .row");
    assert.deepEqual(await rows.locator("span:first-child").allTextContents(), ["down", "down", "down", "<module>"]);
    assert.equal(await page.textContent("#stack .folded"), "… 57 more of down");
    const box = await page.locator("#stack").boundingBox();
    assert.ok(box.height < 400);
    await page.click("#stack .folded");
    assert.equal(await rows.count(), 61);
    await rows.nth(30).click();
    await viewer.has("n", "30");
    await page.waitForFunction(() => /^#step=\d+&frame=30$/.test(location.hash));
    // The address leads to the same frame.
    await page.reload();
    await viewer.has("n", "30");
  });

  it("shows a variable on one line until it is opened, and filters many", async () => {
    const names = "abcdefghij".split("").map((name, n) => `${name}${name} = ${n}`);
    const text = `long = "${"word ".repeat(60)}"\nitems = [long, long]\n${names.join("\n")}\nprint(aa)\n`;
    const page = await open({ "many.py": text }, "many.py", "latest", "--step", "14");
    await viewer.has("jj", "9");
    const height = (name) =>
      page.locator(`#variables .variable[data-name="${name}"]`).evaluate((one) => one.clientHeight);
    const line = await height("aa");
    assert.deepEqual([await height("long"), await height("items")], [line, line]);
    const long = page.locator('#variables .variable[data-name="long"] [role=button]');
    await long.press("Enter");
    assert.ok((await height("long")) > 3 * line);
    await long.click();
    assert.equal(await height("long"), line);
    const shown = () => page.locator("#variables .variable:visible .name").allTextContents();
    await page.fill("#right .filter", "g");
    assert.deepEqual(await shown(), ["long", "gg"]);
    await viewer.travel("stepBack");
    await viewer.step();
    assert.deepEqual(await shown(), ["long", "gg"]);
    await page.fill("#right .filter", "");
    assert.ok((await shown()).length > 8);
  });

  it("names the cells of a notebook as the notebook does", async () => {
    viewer = new Viewer({});
    const folder = path.join(viewer.folder, "ipykernel_7");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "1324.py"), "x = 1\nassert not x\n");
    viewer.record(path.join(folder, "1324.py"));
    const { origin, pathname, hash } = new URL(await viewer.serve("latest"));
    const token = new URLSearchParams(hash.slice(1)).get("token");
    const tell = (authorization) =>
      fetch(`${origin}/api/cells`, {
        method: "POST",
        headers: { authorization, origin, "content-type": "application/json" },
        body: JSON.stringify({ [path.join(folder, "1324.py")]: "In[3]" }),
      });
    assert.equal((await tell("Bearer wrong")).status, 401);
    assert.equal((await tell(`Bearer ${token}`)).status, 200);
    const page = await viewer.browse(`${origin}${pathname}${hash}`);
    await page.waitForSelector("#stack .row:has-text('In[3]:2')");
    assert.equal(await page.textContent("#path"), "In[3]");
    assert.match(await page.textContent("#left .files"), /^In\[3\]/);
    await page.click("#explain");
    await page.waitForSelector("#answer .way:has-text('In[3]:2')");
  });

  it("shows files as a tree with a filter", async () => {
    const files = {};
    for (let n = 0; n < 10; n++) files[`part_${n}.py`] = `x = ${n}\n`;
    viewer = new Viewer({
      ...files,
      "main.py": Object.keys(files)
        .map((name) => `import shop.inner.${name.slice(0, -3)}`)
        .join("\n"),
    });
    const inner = path.join(viewer.folder, "shop/inner");
    fs.mkdirSync(inner, { recursive: true });
    for (const name of Object.keys(files)) fs.renameSync(path.join(viewer.folder, name), path.join(inner, name));
    viewer.record("main.py");
    const page = await viewer.open("latest");
    await page.waitForSelector(".line.here");
    assert.deepEqual(await page.locator(".files summary").allTextContents(), ["shop/inner/"]);
    assert.equal(await page.locator(".files .row").count(), 11);
    await page.fill('[aria-label="Filter files"]', "part_7");
    assert.deepEqual(await page.locator(".files .row span:first-child").allTextContents(), ["part_7.py"]);
    await page.click(".files .row");
    await page.waitForFunction(() => document.getElementById("path").textContent.endsWith("part_7.py"));
  });

  it("has functions, exceptions and search", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest");
    await viewer.at(14);
    await page.click('[data-tab="Functions"]');
    await page.waitForSelector(".profile");
    assert.deepEqual((await page.locator(".profile td:first-child").allTextContents()).toSorted(), ["buy", "shop.py"]);
    await page.click(".profile >> text=buy");
    await page.waitForSelector('.line.sought[data-line="5"]');
    assert.match(await page.textContent("#left .pane"), /called by<module>line 11 ×3/);
    await page.click("#left >> text=call 2");
    await viewer.has("name", "'jam'");
    await page.keyboard.press("/");
    await page.fill("#search", "so far 6");
    await page.click("#left .row[data-step]");
    await viewer.at(12);
    await page.click('[data-tab="Exceptions"]');
    await page.click("#left .uncaught");
    await viewer.at(14);
  });

  it("shows sources as they ran, whatever their files are now", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    fs.writeFileSync(path.join(viewer.folder, "shop.py"), `# new\n# new\n${SHOP.replace("* count", "+ count")}`);
    const page = await viewer.open("latest");
    await viewer.at(14);
    assert.match(await page.textContent('.line[data-line="6"] .text'), /\* count/);
    await page.click('.line[data-line="6"] .gutter');
    await page.waitForSelector('[data-line="6"][data-breakpoint="plain"]');
    await viewer.travel("reverseContinue");
    await viewer.at(6);
  });

  it("fades what never ran, and nothing else", async () => {
    const page = await open(
      {
        "lines.py":
          "x = 1\nif (\n    x and\n    not x\n):\n    print(\n        x\n    )\nelse:\n    y = [\n        x,\n        2,\n    ]\n",
      },
      "lines.py",
      "latest",
    );
    await page.waitForSelector(".line.never");
    const faded = await page.locator(".line.never").evaluateAll((all) => all.map((line) => Number(line.dataset.line)));
    assert.deepEqual(faded, [6]);
  });

  it("runs nothing that a program had among its values", async () => {
    const page = await open({ "evil.py": HOSTILE }, "evil.py", "latest");
    await viewer.at(4);
    await viewer.beside(1, "<img");
    for (const tab of ["Output", "Exceptions", "Functions"]) await page.click(`[data-tab="${tab}"]`);
    await page.fill("#words", "evil");
    await page.press("#words", "Enter");
    await page.waitForSelector("#log .answer");
    assert.equal(await page.locator("img[src=x]").count(), 0);
    assert.notEqual(await page.title(), "owned");
    await page.goto(new URL("/", viewer.address).href);
    await page.waitForSelector("tbody tr");
    assert.equal(await page.locator("img[src=x]").count(), 0);
  });

  it("shows characters that control or turn text around as text", async () => {
    const evil = "\u001b]0;t\u0007\u009b31m\u202e\u2066";
    const written = "\\x1b]0;t\\x07\\x9b31m\\u202e\\u2066";
    const name = `${evil}.py`;
    const page = await open(
      {
        [name]: `evil = ${JSON.stringify(evil)}  # ${evil}
type(evil)
class T: pass
T.__name__ = T.__qualname__ = evil
t = T()
def f(x): return x
f.__code__ = f.__code__.replace(co_name=evil)
f(t)
print(evil)
raise type(evil, (Exception,), {"__module__": evil})(evil)
`,
      },
      name,
      "latest",
    );
    await viewer.at(10);
    for (const tab of ["Output", "Exceptions", "Functions", "Search"]) {
      const found = page.locator(`[data-tab="${tab}"]`);
      if (await found.count()) await found.click();
      const shown = await page.evaluate(
        () =>
          `${document.title} ${document.body.innerText} ${[...document.querySelectorAll("[title]")].map((one) => one.title)}`,
      );
      assert.ok(shown.includes(written), shown);
      for (const c of evil.replace(/[\]0;tm31]/g, ""))
        assert.ok(!shown.includes(c), `${tab}: ${JSON.stringify(shown)}`);
    }
    for (const words of ["evil", "t", ":why evil", ":history t"]) {
      await page.fill("#words", words);
      await page.press("#words", "Enter");
    }
    await page.waitForSelector("#log .answer");
    await page.goto(new URL("/", viewer.address).href);
    await page.waitForSelector("tbody tr");
    const listed = await page.evaluate(() => document.body.innerText);
    assert.ok(listed.includes(written) && !listed.includes("\u202e") && !listed.includes("\u001b"), listed);
  });
});
