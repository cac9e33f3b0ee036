// What the page says beside the ways to travel.
import { find } from "./dom.js";
import { plain } from "./texts.js";

/** Says a sentence; `wrong` if something failed. */
export function say(text, wrong = false) {
  find("said").textContent = plain(text);
  find("said").classList.toggle("wrong", wrong);
}

/** Does what the user asked for, and shows a message if that fails. */
export const trying =
  (work) =>
  async (...given) => {
    try {
      return await work(...given);
    } catch (error) {
      say(error.message, true);
      return undefined;
    }
  };
