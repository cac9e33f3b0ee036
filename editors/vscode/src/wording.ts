// Texts that describe recordings.
import { counted, duration as written, size as bytes } from "../media/amounts";

/** A recording, as printed by `connie list --format json`. */
export interface Recording {
  id: string;
  /** Local time, `2026-11-29 14:05:00`. */
  started: string;
  program: string;
  /** The program's arguments in shell syntax. */
  arguments?: string;
  result: string;
  steps: number;
  /** Seconds; null while it runs. */
  duration: number | null;
  /** Bytes. */
  size: number;
  path: string;
  exception: string | null;
}

/** Characters of an exception on one line. */
const SHOWN = 80;

/** A text of the program on one line, without characters that move or reverse other text. */
export function oneLine(text: string, most = SHOWN): string {
  const flat = text
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Cf}]/gu, "�")
    .trim();
  const characters = Array.from(flat);
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : flat;
}

/** How long ago a moment was, or its date if that is clearer. */
export function ago(started: string, now = Date.now()): string {
  const then = new Date(started.replace(" ", "T")).getTime();
  const seconds = (now - then) / 1000;
  if (!Number.isFinite(seconds) || seconds < -60) return started;
  if (seconds < 60) return "just now";
  const counted = (n: number, unit: string) => `${String(Math.floor(n))} ${unit} ago`;
  if (seconds < 3600) return counted(seconds / 60, "min");
  if (seconds < 86_400) return counted(seconds / 3600, "h");
  if (seconds < 7 * 86_400) return counted(seconds / 86_400, seconds < 2 * 86_400 ? "day" : "days");
  return started.slice(0, 10);
}

// outcomes: cargo xtask codegen
// prettier-ignore
const OUTCOMES = new Map([["stopped", "recording stopped at a limit"], ["recording", "recording…"], ["cut", "interrupted"]]);
// prettier-ignore
const MOODS = new Map([["ok", "good"], ["failed", "bad"], ["exception", "bad"], ["signal", "bad"], ["stopped", "good"], ["recording", "live"], ["cut", "warning"]]);
// end of outcomes

/** The severity of a run's end: `good`, `live`, `warning` or `bad`. */
export const mood = ({ result }: Recording): string => MOODS.get(result) ?? "bad";

/** How a run ended: the exception, or a few words. */
export function outcome({ result, exception }: Recording): string {
  // A SystemExit says no more than the exit code, unless it has a text.
  if (exception && !/^SystemExit(: \d+)?$/.test(exception)) return oneLine(exception.split("\n", 1)[0] ?? "");
  if (result.startsWith("exit ")) return result.replace("exit", "exit code");
  return OUTCOMES.get(result) ?? result;
}

/** Everything that is known of a recording, in lines. */
export function details(recording: Recording): string {
  const { program, started, duration, steps, size, id, path, exception, result } = recording;
  const given = recording.arguments ? ` ${oneLine(recording.arguments, 500)}` : "";
  const ended = duration === null ? "" : `, took ${written(duration * 1e9)}`;
  const lines = [
    oneLine(program, 500) + given,
    exception ? `${result}: ${oneLine(exception, 500)}` : outcome(recording),
    `${started}${ended}`,
    `${counted(steps, "step")}, ${bytes(size)}`,
    id,
    path,
  ];
  return lines.join("\n");
}
