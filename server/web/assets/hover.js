// The value of the name under the pointer.
import { find, h } from "./dom.js";
import { plain } from "./texts.js";

/** Milliseconds that the pointer rests on a name before its value is asked for. */
const REST = 250;

/**
 * Shows the value of the name under the pointer, if the view stands in its function. `place()` is the source that is shown,
 * `frame()` the frame that is looked at.
 * @param {{ place: () => any, frame: () => any, evaluate: (name: string, frame: number) => Promise<any> }} of
 */
export function hovers({ place, frame: looked, evaluate }) {
  let waiting = null;
  const tip = find("hover");
  find("code").addEventListener("pointermove", (event) => {
    clearTimeout(waiting);
    tip.hidden = true;
    const code = place();
    const named = code.under(event);
    const frame = looked();
    // A name of another function is another variable.
    if (
      !named ||
      frame?.source?.adapterData !== code.source?.number ||
      code.around(named.line) !== code.around(frame.line)
    )
      return;
    waiting = setTimeout(async () => {
      const answer = await evaluate(named.name, frame.id).catch(() => null);
      if (!answer || looked() !== frame) return;
      tip.replaceChildren(
        h("b", {}, named.name),
        plain(` = ${answer.result}`),
        h("div", { className: "dim" }, answer.type ?? ""),
      );
      tip.hidden = false;
      const { width, height } = tip.getBoundingClientRect();
      tip.style.left = `${Math.min(event.clientX, innerWidth - width - 8)}px`;
      tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
    }, REST);
  });
  find("code").addEventListener("pointerleave", () => clearTimeout(waiting));
  find("code").addEventListener("scroll", () => (tip.hidden = true));
}
