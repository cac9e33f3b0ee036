"""Writes the opcode tables of several interpreters as Rust: opcodes.py TARGET MINOR=PYTHON..."""

import json
import subprocess
import sys

ASK = """
import json, opcode
caches = getattr(opcode, "_inline_cache_entries", {})
if not hasattr(caches, "items"):
    caches = {opcode.opname[i]: n for i, n in enumerate(caches)}
ops = {name: n for name, n in opcode.opmap.items() if n < 256 and not name.startswith("INSTRUMENTED")}
print(json.dumps([ops, {name: n for name, n in caches.items() if n}]))
"""


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def main(target, *pythons):
    versions = {}
    for spec in pythons:
        minor, python = spec.split("=", 1)
        versions[minor] = json.loads(subprocess.check_output([python, "-c", ASK]))
    names = sorted({name for ops, _ in versions.values() for name in ops})
    out = [
        "//! Opcode numbers and inline cache sizes of each minor version, from their `opcode` modules.",
        "//!",
        "//! Made by `cargo xtask opcodes`; do not edit.",
        "",
        "/// An opcode, whatever its number.",
        "#[allow(missing_docs)]",
        "#[derive(Clone, Copy, Debug, PartialEq, Eq)]",
        "pub enum Opcode {",
        *(f"    {camel(name)}," for name in names),
        "    /// Not an opcode of this version.",
        "    Unknown,",
        "}",
        "",
    ]
    for minor, (ops, caches) in versions.items():
        out.append(f"/// (number, opcode, inline cache entries) of 3.{minor}.")
        out.append(f"const V3_{minor}: &[(u8, Opcode, u8)] = &[")
        out += [
            f"    ({n}, Opcode::{camel(name)}, {caches.get(name, 0)}),"
            for name, n in sorted(ops.items(), key=lambda x: x[1])
        ]
        out += ["];", ""]
    out += [
        "/// The table of Python 3.`minor`, by opcode number: the opcode and its inline cache entries.",
        "pub fn table(minor: u32) -> Box<[(Opcode, u8); 256]> {",
        "    let list = match minor {",
        *(f"        {minor} => V3_{minor}," for minor in versions),
        "        _ => &[],",
        "    };",
        "    let mut table = Box::new([(Opcode::Unknown, 0); 256]);",
        "    for &(number, opcode, caches) in list {",
        "        table[usize::from(number)] = (opcode, caches);",
        "    }",
        "    table",
        "}",
    ]
    with open(target, "w") as file:
        file.write("\n".join(out) + "\n")


main(*sys.argv[1:])
