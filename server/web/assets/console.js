// The console: expressions on recorded values, and the adapter's words.
import { find, h } from "./dom.js";

/** The number of lines that are kept. */
const MOST = 2000;

export class Console {
  #log = find("log");
  #words = find("words");
  #said = [];
  #at = 0;

  #seek;

  /** `evaluate` answers with `{result}`, or throws an error with a message; `seek` goes to a step. */
  constructor(evaluate, seek) {
    this.#seek = seek;
    find("ask").onsubmit = async (event) => {
      event.preventDefault();
      const words = this.#words.value.trim();
      if (!words) return;
      this.#said.push(words);
      this.#at = this.#said.length;
      this.#words.value = "";
      this.write(`❯ ${words}`, "asked");
      try {
        const { result } = await evaluate(words);
        if (result) this.write(result, "answer");
      } catch (error) {
        this.write(error.message, "wrong");
      }
    };
    this.#words.onkeydown = (event) => {
      const move = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!move) return;
      event.preventDefault();
      this.#at = Math.min(this.#said.length, Math.max(0, this.#at + move));
      this.#words.value = this.#said[this.#at] ?? "";
    };
  }

  write(text, kind = "") {
    // Steps in the adapter's answer become links to them.
    const pieces = text.replace(/\n$/, "").split(/(\(:seek \d+\)|\bstep +\d[\d,]*\b)/);
    const shown = pieces.map((piece, n) => (n % 2 ? this.#way(piece) : piece));
    this.#log.append(h("div", { className: kind }, kind === "asked" ? text : shown));
    while (this.#log.childElementCount > MOST) this.#log.firstChild.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #way(piece) {
    const step = Number(/\d[\d,]*/.exec(piece)[0].replaceAll(",", ""));
    return h("button", { className: "way", title: `Go to step ${step}`, onclick: () => this.#seek(step) }, piece);
  }

  focus() {
    this.#words.focus();
  }
}
