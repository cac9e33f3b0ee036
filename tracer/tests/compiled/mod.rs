//! Code objects as interpreters compile them, and their plans as text.

mod words;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::opcodes::{self, Opcode};
use crate::plan::{self, Check, CodeView, Plans, Position, Sym, SymId};
use crate::traits::Traits;

/// Prints all code objects of the given source.
const ASK: &str = r#"
import json, sys, types
def number(data):
    byte = next(data); n = byte & 63
    while byte & 64:
        byte = next(data); n = n << 6 | byte & 63
    return n
def handlers(code):
    data, found = iter(getattr(code, "co_exceptiontable", b"")), []
    try:
        while True:
            number(data), number(data); found.append(2 * number(data)); number(data)
    except StopIteration:
        return found
def told(code):
    slots = [*code.co_varnames, *(n for n in code.co_cellvars if sys.version_info < (3, 11) or n not in code.co_varnames)]
    yield dict(name=code.co_name, first_line=code.co_firstlineno, bytes=list(code.co_code), lines=list(code.co_lines()), handlers=handlers(code),
        names=code.co_names, slots=[*slots, *code.co_freevars], locals=len(code.co_varnames),
        constants=[repr(c) for c in code.co_consts], slices=[type(c) is slice for c in code.co_consts],
        widths=[len(c) if type(c) is tuple else 0 for c in code.co_consts],
        optimized=bool(code.co_flags & 1))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from told(constant)
print(json.dumps(list(told(compile(sys.argv[1], "test", "exec")))))
"#;

/// The available interpreters: those in `CONNIE_TEST_PYTHONS`, else the machine's `python3`.
pub fn interpreters() -> Vec<(u32, PathBuf)> {
    if let Ok(list) = std::env::var("CONNIE_TEST_PYTHONS") {
        let each = list.split(':').filter_map(|each| each.split_once('='));
        return each.map(|(minor, path)| (minor.parse().expect("a minor version"), path.into())).collect();
    }
    let ask = Command::new("python3").args(["-c", "import sys; print(sys.version_info[1])"]).output();
    let minor = ask.ok().and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok());
    minor.filter(|minor| (10..=15).contains(minor)).map(|minor| (minor, "python3".into())).into_iter().collect()
}

/// The full version of an interpreter: 3.13.5.
pub fn version(python: &Path) -> String {
    let ask = Command::new(python).args(["-I", "-c", "import platform; print(platform.python_version())"]).output();
    String::from_utf8_lossy(&ask.expect("python runs").stdout).trim().to_owned()
}

/// A code object.
#[derive(Debug)]
pub struct Code {
    minor: u32,
    pub name: String,
    first_line: u32,
    pub bytes: Vec<u8>,
    pub lines: Vec<(u32, u32, Option<u32>)>,
    handlers: Vec<u32>,
    names: Vec<String>,
    slots: Vec<String>,
    constants: Vec<String>,
    slices: Vec<bool>,
    widths: Vec<u32>,
    locals: u32,
    optimized: bool,
}

/// The code objects of a source.
pub fn codes(minor: u32, python: &Path, source: &str) -> Vec<Code> {
    let output = Command::new(python).args(["-I", "-c", ASK, source]).output().expect("it runs");
    assert!(output.status.success(), "3.{minor}: {}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    all.iter().map(|code| Code::of(minor, code)).collect()
}

impl Code {
    fn of(minor: u32, code: &Value) -> Self {
        let list = |key: &str| code[key].as_array().cloned().unwrap_or_default();
        let numbers = |key| list(key).iter().filter_map(Value::as_u64).map(|n| n as u32).collect::<Vec<_>>();
        let texts = |key| list(key).iter().map(|text| text.as_str().expect("a text").to_owned()).collect();
        let range = |range: &Value| {
            let part = |n: usize| range[n].as_u64().map(|n| n as u32);
            (part(0).expect("a start"), part(1).expect("an end"), part(2))
        };
        let mut made = Self {
            minor,
            name: code["name"].as_str().expect("a name").to_owned(),
            first_line: code["first_line"].as_u64().expect("a number") as u32,
            bytes: numbers("bytes").iter().map(|byte| *byte as u8).collect(),
            lines: list("lines").iter().map(range).collect(),
            handlers: numbers("handlers"),
            names: texts("names"),
            slots: texts("slots"),
            constants: texts("constants"),
            slices: list("slices").iter().filter_map(Value::as_bool).collect(),
            widths: numbers("widths"),
            locals: code["locals"].as_u64().expect("a number") as u32,
            optimized: code["optimized"] == true,
        };
        if minor == 10 {
            made.handlers = made.set_up();
        }
        made
    }

    /// The offsets of handlers in 3.10, which instructions set up, without those that need `EXTENDED_ARG`.
    fn set_up(&self) -> Vec<u32> {
        let table = opcodes::table(self.minor);
        let sets = |op| matches!(op, Opcode::SetupFinally | Opcode::SetupWith | Opcode::SetupAsyncWith);
        let units = self.bytes.chunks_exact(2).enumerate();
        let found = units.filter(|(_, unit)| sets(table[usize::from(unit[0])].0));
        found.map(|(n, unit)| (n as u32 + 1 + u32::from(unit[1])) * 2).collect()
    }

    /// The plan of its bytecode, or of other bytes instead.
    pub fn plan(&self, bytes: &[u8]) -> Plans {
        self.viewed(bytes, plan::plan)
    }

    /// What its instruction events say, if it has any.
    pub fn positions(&self) -> Box<[Position]> {
        self.viewed(&self.bytes, |view| plan::positions(view, self.first_line))
    }

    fn viewed<T>(&self, bytes: &[u8], analyse: impl FnOnce(&CodeView<'_>) -> T) -> T {
        let traits: Vec<Traits> = self.names.iter().map(|name| Traits::of(name.as_bytes())).collect();
        let named = |name: &str| self.names.iter().position(|one| one == name).map(|n| n as u32);
        analyse(&CodeView {
            bytes,
            table: &opcodes::table(self.minor),
            minor: self.minor,
            lines: &self.lines,
            handlers: &self.handlers,
            traits: &traits,
            slices: &self.slices,
            widths: &self.widths,
            super_name: named("super"),
            dict_name: named("__dict__"),
            class_name: named("__class__"),
            optimized: self.optimized,
            locals: self.locals,
        })
    }

    /// What a line changes, as text: its variables, then the objects that are read afterwards.
    pub fn changes(&self, line: u32) -> String {
        let plans = self.plan(&self.bytes);
        let plan = plans.of(line);
        let mut parts: Vec<String> = Vec::new();
        if plan.dirty {
            parts.push("dirty".into());
        }
        if plan.globals {
            parts.push("globals".into());
        }
        parts.extend(plan.slots.iter().map(|slot| self.slots[*slot as usize].clone()));
        parts.extend(plan.updated.iter().map(|slot| format!("updated {}", self.slots[*slot as usize])));
        parts.extend(plan.names.iter().map(|name| format!("name {}", self.names[*name as usize])));
        parts.extend(plan.checks.iter().map(|check| self.check(&plans, *check)));
        parts.join(", ")
    }

    /// The callees of a line.
    pub fn calls(&self, line: u32) -> Vec<String> {
        let plans = self.plan(&self.bytes);
        plans.of(line).calls.iter().map(|call| self.symbol(&plans, plans.calls[*call as usize])).collect()
    }

    fn check(&self, plans: &Plans, check: Check) -> String {
        let symbol = |id| self.symbol(plans, id);
        match check {
            Check::Touch(sym) => format!("touch {}", symbol(sym)),
            Check::Grow(sym) => format!("grow {}", symbol(sym)),
            Check::InPlace(sym) => format!("in place {}", symbol(sym)),
            Check::Attr(sym, name) => format!("attr {}.{}", symbol(sym), self.names[name as usize]),
            Check::Item(sym, key) => format!("item {}[{}]", symbol(sym), symbol(key)),
            Check::Read(sym) => format!("read {}", symbol(sym)),
        }
    }

    fn symbol(&self, plans: &Plans, id: SymId) -> String {
        let name = |name: u32| &self.names[name as usize];
        match plans.symbols[id as usize] {
            Sym::Slot(slot) => self.slots[slot as usize].clone(),
            Sym::Name(n) => name(n).clone(),
            Sym::Const(n) => self.constants[n as usize].clone(),
            Sym::Int(n) => n.to_string(),
            Sym::Attr(base, n) => format!("{}.{}", self.symbol(plans, base), name(n)),
            Sym::Item(base, key) => format!("{}[{}]", self.symbol(plans, base), self.symbol(plans, key)),
            Sym::Call(n) => format!("{}(…)", self.symbol(plans, plans.calls[n as usize])),
            Sym::Super(_) => "super()".into(),
            Sym::Iter(of) => format!("iter({})", self.symbol(plans, of)),
            Sym::Unknown => "?".into(),
            Sym::Fresh => "fresh".into(),
            Sym::Made => "made".into(),
            Sym::Built(_) => "built".into(),
        }
    }
}
