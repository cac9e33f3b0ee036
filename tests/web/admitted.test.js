// Who is let in by connie view.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { SHOP } = require("./programs.js");
const { Viewer, eachOpens } = require("./viewer.js");

describe("the admission of connie view", function () {
  this.timeout(60000);
  let viewer;

  const open = eachOpens({ get: () => viewer, set: (made) => (viewer = made) });

  /** The token in an address. */
  const tokenOf = (address) => new URLSearchParams(new URL(address).hash.slice(1)).get("token");

  const get = (address, headers = {}, method = "GET") =>
    new Promise((done) => http.request(address, { headers, method }, (answer) => done(answer.resume())).end());

  it("lets in only who has the token, from its own pages", async () => {
    await open({ "shop.py": SHOP }, "shop.py", "latest");
    const { host, pathname, origin, search } = new URL(viewer.address);
    const token = tokenOf(viewer.address);
    const authorization = `Bearer ${token}`;
    const status = async (...given) => (await get(...given)).statusCode;
    // Pages are the same for all users.
    assert.equal(await status(origin + pathname), 200);
    assert.equal(await status(`${origin}/`, { host: "evil.example" }), 403);
    assert.equal(await status(`${origin}/api/recordings`, { authorization }), 200);
    assert.equal(await status(`${origin}/api/recordings`, { authorization: authorization.slice(0, -1) }), 401);
    for (const path of [
      "/api/recordings",
      `/api/run/${pathname.split("/")[2]}`,
      "/api/compare/a/b",
      "/api/run/x/debug",
    ]) {
      assert.equal(await status(origin + path), 401, path);
      assert.equal(await status(`${origin}${path}?token=${token}`, { cookie: `token=${token}` }), 401, path);
    }
    assert.equal(await status(`${origin}/api/recordings`, { authorization, host: "evil.example" }), 403);
    assert.equal(await status(`${origin}/api/recordings`, { authorization, origin: "http://evil.example" }), 403);
    const id = pathname.split("/")[2];
    assert.equal(await status(`${origin}/api/recordings/${id}/delete`, { authorization }), 405);
    assert.equal(await status(`${origin}/api/recordings/${id}/delete`, { authorization }, "POST"), 403);
    assert.equal(await status(`${origin}/api/run/nothing`, { authorization }), 404);
    assert.equal(await status(`${origin}/api/run/${id}/source/999`, { authorization }), 404);
    assert.equal(await status(`${origin}/api/run/${id}/beside/0?step=x`, { authorization }), 400);
    assert.equal(await status(`${origin}/api/run/${id}/beside/0?step=18446744073709551615`, { authorization }), 200);
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x3JJHMbDL1EzLkh9GBhXDw==",
    };
    const protocols = { "sec-websocket-protocol": `connie, token.${token}` };
    assert.equal(await status(`${origin}/api/run/${id}/debug`, upgrade), 401);
    assert.equal(
      await status(`${origin}/api/run/${id}/debug`, { ...upgrade, ...protocols, origin: "http://evil.example" }),
      403,
    );
    assert.ok(host.startsWith("127.0.0.1:"));
    // Servers do not see the part after the #.
    assert.equal(search, "");
  });

  it("lets in a browser with an invitation, once", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const whole = await viewer.serve("latest");
    const [address, token] = [whole.replace(/#.*/, ""), tokenOf(whole)];
    const { origin } = new URL(address);
    const post = (path, headers, body) =>
      fetch(origin + path, { method: "POST", headers: { origin, ...headers }, body });
    assert.equal((await post("/api/invitations", {})).status, 401);
    const invited = await post("/api/invitations", { authorization: `Bearer ${token}` });
    const { invitation } = await invited.json();
    assert.ok(invitation.length >= 32 && invitation !== token);
    const link = `${address}#invitation=${invitation}&step=4`;
    const page = await viewer.browse(link);
    await viewer.at(5);
    assert.ok(!page.url().includes("invitation"), page.url());
    // A second tab of this browser can follow the link too, also one without an invitation.
    for (const again of [link, address]) {
      const other = await viewer.context.newPage();
      await other.goto(again);
      await other.waitForSelector(".line.here");
      await other.close();
    }
    const json = { "content-type": "application/json" };
    const accept = (headers) => post("/api/invitations/accept", headers, JSON.stringify({ invitation }));
    assert.equal((await accept(json)).status, 401);
    assert.equal((await accept({ ...json, origin: "http://evil.example" })).status, 403);
    viewer.wrong = viewer.wrong.filter((text) => !text.includes("401"));
  });

  it("keeps the token from the address, from cookies and from other ports", async () => {
    const page = await open({ "shop.py": SHOP }, "shop.py", "latest", "--step", "4");
    const token = tokenOf(viewer.address);
    await page.waitForFunction(() => location.hash === "#step=4");
    assert.ok(token.length >= 32 && !page.url().includes("token"));
    assert.deepEqual(await viewer.context.cookies(), []);
    // Another user's server, which sees everything that the browser sends to it. Its page also sends requests to ours.
    const seen = [];
    const theirs = http.createServer((request, answer) => {
      seen.push(JSON.stringify([request.url, request.rawHeaders]));
      answer.setHeader("content-type", "text/html");
      answer.end("<title>theirs</title>");
    });
    const port = await new Promise((done) => theirs.listen(0, "127.0.0.1", () => done(theirs.address().port)));
    try {
      await page.goto(`http://127.0.0.1:${port}/`);
      assert.equal(
        await page.evaluate(() =>
          JSON.stringify([sessionStorage.length, localStorage.length, document.cookie, document.referrer]),
        ),
        '[0,0,"",""]',
      );
      const { origin } = new URL(viewer.address);
      const asked = await page.evaluate(
        (origin) =>
          fetch(`${origin}/api/recordings`, { credentials: "include", mode: "no-cors" }).then(
            (answer) => answer.type,
            () => "refused",
          ),
        origin,
      );
      assert.equal(asked, "refused");
      // A second server of ours has its own token, which this tab does not have.
      const second = new Viewer({ "shop.py": SHOP });
      second.record("shop.py");
      try {
        const address = await second.serve("latest");
        await page.goto(address.replace(/#.*/, ""));
        await page.waitForSelector("text=This tab has no token");
        await page.goto(address);
        await page.waitForSelector('.line.here[data-line="14"]');
        assert.notEqual(tokenOf(address), token);
      } finally {
        await second.close();
      }
      // The tab storage of the first server is unchanged.
      await page.goto(viewer.address.replace(/#.*/, ""));
      await viewer.at(14);
      assert.ok(seen.length >= 1 && !seen.join().includes(token), seen.join());
    } finally {
      theirs.closeAllConnections();
      theirs.close();
      viewer.wrong.length = 0;
    }
  });

  it("is reached through the file that the browser is started with", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const [opener, asked] = [path.join(viewer.folder, "xdg-open"), path.join(viewer.folder, "asked")];
    fs.writeFileSync(opener, `#!/bin/sh\necho "$1" > '${asked}.new'\nmv '${asked}.new' '${asked}'\n`, { mode: 0o755 });
    await viewer.command(["view", "latest", "--step", "4"], {
      ...process.env,
      PATH: `${viewer.folder}:${process.env.PATH}`,
    });
    while (!fs.existsSync(asked)) await new Promise((done) => setTimeout(done, 20));
    const page = await viewer.browse(`file://${fs.readFileSync(asked, "utf8").trim()}`);
    await page.waitForFunction(() => document.getElementById("step")?.value === "4");
    assert.equal(page.url(), viewer.address.replace(/token=.*&/, ""));
  });

  it("stays let in after a reload and in its own links, and says how others get in", async () => {
    viewer = new Viewer({ "shop.py": SHOP });
    viewer.record("shop.py");
    const page = await viewer.open();
    await page.waitForSelector("tbody tr");
    await page.reload();
    await page.click("text=shop.py");
    await viewer.at(14);
    await page.reload();
    await viewer.at(14);
    await page.click('[title="All recordings"]');
    await page.waitForSelector("tbody tr");
    const links = await page.locator("a").evaluateAll((all) => all.map(({ href }) => href));
    assert.ok(links.length && !links.join().includes("token"));
    const [opened] = await Promise.all([
      viewer.context.waitForEvent("page"),
      page.click("text=shop.py", { modifiers: ["Control"] }),
    ]);
    await opened.waitForSelector('.line.here[data-line="14"]');
    // A tab of its own, with a link that somebody copied.
    const copied = await viewer.context.newPage();
    for (const address of [links.find((link) => link.includes("/run/")), page.url()]) {
      await copied.goto(address);
      await copied.waitForSelector("text=Open the whole address that connie view printed");
    }
    // The printed address is pasted over it.
    await copied.goto(viewer.address);
    await copied.waitForSelector("tbody tr");
    await copied.goto(viewer.address.replace(/token=.*/, "token=0123456789abcdef"));
    await copied.waitForSelector("text=this is an old token");
  });
});
