// Copied by cargo xtask codegen from server/web/assets/amounts.js: change it there.
// Counts, sizes and times as people read them: recording/src/amounts.rs in JavaScript, for the viewer and for VS Code.

/** 1234567 as `1,234,567`. */
export const number = (n) => n.toLocaleString("en-US");

/** `1 call`, `1,280 calls`. */
export const counted = (n, what) => `${number(n)} ${what}${n === 1 ? "" : "s"}`;

/** A whole number of units, rounded half up. */
const rounded = (n, unit) => Math.floor((n + unit / 2) / unit);

/** Bytes as `12.3 MiB`. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const tenths = (at) => rounded(bytes * 10, 1024 ** (at + 1));
  const at = units.findIndex((unit, at) => tenths(at) < 10_240 || unit === "TiB");
  return `${Math.floor(tenths(at) / 10)}.${tenths(at) % 10} ${units[at]}`;
}

/** Nanoseconds as `1.23 s`; null while something lasts. */
export function duration(nanoseconds) {
  if (nanoseconds === null || nanoseconds === undefined) return "…";
  const n = (unit) => rounded(nanoseconds, unit);
  const two = (part) => String(part).padStart(2, "0");
  if (nanoseconds < 1e3) return `${Math.max(0, Math.floor(nanoseconds))} ns`;
  if (n(1e3) < 1e3) return `${n(1e3)} µs`;
  if (n(1e5) < 100) return `${Math.floor(n(1e5) / 10)}.${n(1e5) % 10} ms`;
  if (n(1e6) < 1e3) return `${n(1e6)} ms`;
  if (n(1e7) < 6e3) return `${Math.floor(n(1e7) / 100)}.${two(n(1e7) % 100)} s`;
  return `${Math.floor(n(1e9) / 60)}:${two(n(1e9) % 60)} min`;
}
