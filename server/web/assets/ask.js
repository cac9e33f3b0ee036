// Questions to the server. A report, which has no server, has report_ask.js in place of this module.
import { token } from "./token.js";

/**
 * What the server answers; throws its sentence where it cannot.
 * @param {string} path
 * @param {{ method?: string, signal?: AbortSignal }} [options]
 * @returns {Promise<any>}
 */
export async function ask(path, { method = "GET", signal } = {}) {
  const response = await fetch(path, { method, signal, headers: { authorization: `Bearer ${token()}` } });
  const answer = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
