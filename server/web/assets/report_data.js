// The data of a report, in scripts that are loaded when they are needed: the page of a folder may load scripts, but may
// not fetch. Each script gives one piece of JSON. Only the latest pieces are kept.

/** The pieces that are kept. */
const KEPT = 16;

/** What scripts gave, until it is taken. */
const given = new Map();
const kept = new Map();

globalThis.connieReport = (name, text) => given.set(name, text);

function read(name) {
  return new Promise((done, failed) => {
    const file = `data/${name}.js`;
    const script = document.createElement("script");
    const ends = (work) => () => {
      script.remove();
      const text = given.get(name);
      given.delete(name);
      work(text);
    };
    script.onload = ends((text) => {
      if (text === undefined) failed(new Error(`${file} is damaged: copy the whole folder of the report again`));
      else {
        const data = JSON.parse(text);
        if (data.texts) data.texts = textsOf(data.texts);
        done(data);
      }
    });
    script.onerror = ends(() => failed(new Error(`${file} is missing: copy the whole folder of the report`)));
    script.src = file;
    document.head.append(script);
  });
}

/** The texts of a chunk: some are written as what differs from one before, by `[number, beginning, end, between]`. */
export function textsOf(written) {
  const all = [];
  for (const one of written) {
    if (typeof one === "string") all.push(one);
    else {
      const [of, start, end, between] = one;
      const before = all[of];
      all.push(before.slice(0, start) + between + before.slice(before.length - end));
    }
  }
  return all;
}

/** A piece of data, by the name of its script. */
export function load(name) {
  let found = kept.get(name);
  if (!found) {
    found = read(name);
    found.catch(() => kept.delete(name));
  }
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
}
