// A sign while a question takes long, with a button that stops it.
import { find, h } from "./dom.js";

/** The time after which the sign is shown, in milliseconds. */
const PATIENCE = 300;

/** Questions that are not answered yet, in the order in which they were asked. */
const waiting = new Set();

function draw() {
  const place = find("busy");
  const [first] = waiting;
  if (!place) return undefined;
  place.hidden = !first;
  if (!first) return place.replaceChildren();
  const stop = h("button", { className: "stop", onclick: () => first.controller.abort() }, "Stop");
  return place.replaceChildren(h("span", { className: "spinner" }), first.label, "… ", stop);
}

/** Does `work(signal)`, and shows a sign if it takes long. *Stop* aborts the signal. */
export async function busy(label, work) {
  const one = { label, controller: new AbortController() };
  const sign = setTimeout(() => {
    waiting.add(one);
    draw();
  }, PATIENCE);
  try {
    return await work(one.controller.signal);
  } catch (error) {
    throw one.controller.signal.aborted ? new Error(`stopped: ${label}`) : error;
  } finally {
    clearTimeout(sign);
    if (waiting.delete(one)) draw();
  }
}
