// Speaks to the debug adapter over a web socket.
import { token } from "./token.js";

export class Dap {
  #socket;
  #waiting = new Map();
  #listeners = new Map();
  #seq = 0;

  /** Connects; `on` has a handler for each event. */
  static connect(path) {
    const dap = new Dap();
    dap.#socket = new WebSocket(`ws://${location.host}${path}`, ["connie", `token.${token()}`]);
    dap.#socket.onmessage = ({ data }) => dap.#heard(JSON.parse(data));
    dap.#socket.onclose = () => dap.#gone();
    return new Promise((done, failed) => {
      dap.#socket.onopen = () => done(dap);
      dap.#socket.onerror = () => failed(new Error("the viewer is gone: start connie view again"));
    });
  }

  on(event, listener) {
    this.#listeners.set(event, listener);
  }

  /** The body of the answer; throws an error with the adapter's message. A signal cancels the request. */
  request(command, args = {}, signal = undefined) {
    const seq = ++this.#seq;
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Error("the viewer is gone: start connie view again"));
    }
    this.#socket.send(JSON.stringify({ seq, type: "request", command, arguments: args }));
    signal?.addEventListener("abort", () => this.#waiting.has(seq) && void this.request("cancel", { requestId: seq }));
    return new Promise((done, failed) => this.#waiting.set(seq, { done, failed }));
  }

  #heard(message) {
    if (message.type === "event") {
      this.#listeners.get(message.event)?.(message.body ?? {});
    } else if (message.type === "response") {
      const { done, failed } = this.#waiting.get(message.request_seq) ?? {};
      this.#waiting.delete(message.request_seq);
      if (message.success) done?.(message.body ?? {});
      else failed?.(new Error(message.body?.error?.format ?? message.message ?? "the request failed"));
    }
  }

  #gone() {
    for (const { failed } of this.#waiting.values()) failed(new Error("the viewer is gone"));
    this.#waiting.clear();
    this.#listeners.get("gone")?.();
  }
}
