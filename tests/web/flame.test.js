// The calls of a run as a flame chart: what it shows, and how it is moved.
"use strict";
const assert = require("node:assert/strict");
const { CALLS } = require("./programs.js");
const { Viewer } = require("./viewer.js");

describe("calls", function () {
  this.timeout(60000);
  let viewer;
  let page;

  const chart = () => page.locator("#flame .chart");
  /** Waits until all that is visible is drawn. */
  const drawn = () => page.waitForSelector("#flame .chart[data-whole]");
  const view = async () => {
    await drawn();
    return chart().evaluate(({ dataset }) => [Number(dataset.from), Number(dataset.span)]);
  };
  /** What the server answers for the whole run. */
  const answer = () =>
    page.evaluate(async () => {
      const { ask } = await import("/assets/ask.js");
      const [, , id] = location.pathname.split("/");
      return ask(
        `/api/run/${id}/flame?from=1&to=${document.getElementById("steps").textContent.replace(/\D/g, "")}&width=9999&row=0&rows=99`,
      );
    });
  /** The middle of a bar, or of the part of it that is visible. */
  const place = async (row, first, last) => {
    const [from, span] = await view();
    const box = await chart().boundingBox();
    const width = await chart().evaluate(({ clientWidth }) => clientWidth);
    const at = (step) => Math.min(width, Math.max(0, ((step - from) / span) * width));
    return { x: box.x + (at(first) + at(last + 1)) / 2, y: box.y + row * 18 + 9 };
  };

  beforeEach(async () => {
    viewer = new Viewer({ "calls.py": CALLS });
    viewer.record("calls.py");
    page = await viewer.open("latest");
    await page.waitForSelector(".line.here");
    await drawn();
  });
  afterEach(async () => {
    const wrong = viewer.wrong;
    await viewer.close();
    assert.deepEqual(wrong, []);
  });

  it("has a lane for each thread, and all calls by depth", async () => {
    const { lanes, rows, functions, exceptions, output, whole } = await answer();
    assert.deepEqual(
      lanes.map(({ name, depth }) => [name, depth]),
      [
        ["MainThread", 4],
        ["worker-1", 3],
      ],
    );
    assert.ok(whole);
    const named = (row) => rows.find((one) => one.row === row).bars.map(([, , code]) => functions[code].name);
    assert.deepEqual(named(1), ["<module>"]);
    assert.deepEqual(named(2), ["work"]);
    assert.deepEqual(named(3), Array(20).fill("count"));
    // The worker's lane begins after that of the main thread.
    assert.deepEqual(named(lanes[1].row + 1), ["work"]);
    assert.equal(exceptions.filter(([, row]) => row === lanes[1].row).length >= 1, true);
    assert.equal(output.length, 2);
  });

  it("travels to a call, and tells its arguments and its result", async () => {
    const { rows, functions } = await answer();
    const bars = rows.find(({ row }) => row === 3).bars;
    const [first, last, code] = bars[19];
    assert.equal(functions[code].name, "count");
    const { x, y } = await place(3, first, last);
    await page.mouse.move(x, y);
    await page.waitForFunction(() => document.querySelector("#calls .tip").textContent.includes("→"));
    const tip = await page.innerText("#calls .tip");
    assert.match(tip, /^count/);
    assert.match(tip, /calls\.py:8 · steps/);
    assert.match(tip, /n = 19\s+→ 81/);
    await page.mouse.click(x, y);
    await viewer.arrives(first);
    await page.mouse.move(...Object.values(await place(3, bars[13][0], bars[13][1])));
    await page.waitForFunction(() =>
      /raises ValueError: unlucky/.test(document.querySelector("#calls .tip").textContent),
    );
  });

  it("has a chosen call that arrows move, and Enter goes to", async () => {
    const { rows, functions } = await answer();
    const bars = rows.find(({ row }) => row === 3).bars;
    const said = async () => (await page.textContent("#flame .chosen")).replaceAll(",", "");
    const { x, y } = await place(3, bars[5][0], bars[5][1]);
    await page.mouse.click(x, y);
    await viewer.arrives(bars[5][0]);
    await chart().focus();
    // The innermost call of the moment is the first.
    await page.keyboard.press("ArrowDown");
    assert.match(await said(), new RegExp(`^count steps ${bars[5][0]} to ${bars[5][1]}$`));
    await page.keyboard.press("ArrowDown");
    assert.match(await said(), /^half steps? /);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    assert.match(await said(), new RegExp(`^count steps ${bars[6][0]} to`));
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await viewer.arrives(bars[4][0]);
    await page.keyboard.press("ArrowUp");
    const [whole] = rows.find(({ row }) => row === 2).bars;
    assert.match(await said(), new RegExp(`^${functions[whole[2]].name} steps ${whole[0]} to`));
  });

  it("is zoomed by the wheel, by dragging and by keys", async () => {
    const [, all] = await view();
    const box = await chart().boundingBox();
    await page.mouse.move(box.x + box.width / 4, box.y + 30);
    await page.mouse.wheel(0, -400);
    await page.waitForFunction((all) => Number(document.querySelector("#flame .chart").dataset.span) < all, all);
    const [from, span] = await view();
    const quarter = 1 + all / 4;
    assert.ok(Math.abs(from + span / 4 - quarter) < all / 50, `${from} ${span} ${all}`);
    await chart().focus();
    await page.keyboard.press("0");
    await page.waitForFunction((all) => Number(document.querySelector("#flame .chart").dataset.span) === all, all);
    await page.keyboard.press("+");
    await page.waitForFunction((all) => Number(document.querySelector("#flame .chart").dataset.span) < all, all);
    const before = await view();
    await page.keyboard.press("Shift+ArrowLeft");
    await page.waitForFunction(
      (from) => Number(document.querySelector("#flame .chart").dataset.from) < from,
      before[0],
    );
    await page.keyboard.press("-");
    await page.click('[data-zoom="all"]');
    await page.waitForFunction((all) => Number(document.querySelector("#flame .chart").dataset.span) === all, all);
    // A drag zooms, and is no click.
    const step = await viewer.step();
    await page.mouse.move(box.x + 200, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction((all) => Number(document.querySelector("#flame .chart").dataset.span) < all, all);
    const [, dragged] = await view();
    assert.ok(Math.abs(dragged / all - 300 / box.width) < 0.05, `${dragged} of ${all}`);
    assert.match(await page.innerText("#flame .range"), /^steps /);
    assert.equal(await viewer.step(), step);
  });

  it("is folded like other panes, and its keys are listed", async () => {
    const bar = page.locator('[role=separator][aria-label="Calls"]');
    await bar.dblclick();
    assert.equal(await page.locator("#flame").isVisible(), false);
    await page.reload();
    await page.waitForSelector(".line.here");
    assert.equal(await page.locator("#flame").isVisible(), false);
    await bar.focus();
    await page.keyboard.press("Enter");
    await drawn();
    const { height } = await page.locator("#flame").boundingBox();
    await page.keyboard.press("ArrowDown");
    assert.ok((await page.locator("#flame").boundingBox()).height > height);
    await page.keyboard.press("?");
    assert.match(await page.innerText("dialog.keys"), /Zoom in, zoom out, show all/);
  });
});
