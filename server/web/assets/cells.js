// Names of files as they are shown: a cell of a notebook was compiled as a file with another name.
import { short } from "./dom.js";

/** Names of cells, by path. */
const names = new Map();

/** Learns which sources are cells. Paths below the root of the project are also known without it. */
export function nameCells({ sources, root }) {
  for (const { path, name } of sources) if (name) for (const known of [path, short(path, root)]) names.set(known, name);
}

/** The name of a file's cell, if it is one. */
export const cellOf = (path) => names.get(path);

/** The name of a file: that of its cell, or the last part of its path. */
export const fileOf = (path) => names.get(path) ?? path.split("/").at(-1);

/** The name of a file's cell, else the path. */
export const cellOr = (path) => names.get(path) ?? path;
