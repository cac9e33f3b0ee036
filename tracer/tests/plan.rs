//! Tests the plans of lines, made from bytecode that real interpreters compile. `src/plan.rs` itself needs no Python.

#[path = "../src"]
#[allow(dead_code, unreachable_pub, unused_imports)]
mod tracer {
    pub mod opcodes;
    pub mod plan;
    pub mod traits;
    pub mod uses;
}

mod compiled;

// Modules that the files above name as parts of their crate.
use tracer::{opcodes, plan, traits, uses};

use std::path::Path;

use compiled::{Code, codes, interpreters, version};
use plan::Plans;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const SOURCE: &str = r"
def function(a, b, c, key):
    x = 1
    y = z = b
    a.name = b
    a[key] = b
    a.name.other = c
    a.name[0] = c
    a.append(b)
    a.extend(b)
    a.name.update(c)
    del b.name
    del b[key]
    c += [1]
    c.total += 1
    len(a)
    for item in key:
        pass
    other(c)(x)
    y[other(c)] = z
    del x
    with open(key) as opened:
        print(opened)
    return a

def assigns():
    global shared
    shared = 1

def closes():
    cell = 1
    def inner():
        nonlocal cell
        cell = 2
    return inner

def generates(n):
    yield n

class Named:
    label = 1
    del label
    last = 2
";

/// The code object with a line's instructions; the innermost if there are several.
fn code_of(codes: &[Code], line: u32) -> &Code {
    codes.iter().rfind(|code| code.lines.iter().any(|range| range.2 == Some(line))).expect("a code object")
}

fn number(text: &str) -> u32 {
    SOURCE.lines().position(|line| line.contains(text)).expect("a line") as u32 + 1
}

#[test]
fn a_line_changes_what_its_plan_says() {
    for (minor, python) in interpreters() {
        let codes = codes(minor, &python, SOURCE);
        for (text, expected) in [
            ("x = 1", "x"),
            ("y = z", "y, z"),
            ("a.name = b", "attr a.name"),
            ("a[key] = b", "item a[key]"),
            ("a.name.other = c", "attr a.name.other"),
            ("a.name[0] = c", "item a.name[0]"),
            ("a.append(b)", "grow a"),
            ("a.extend(b)", "touch a"),
            ("a.name.update(c)", "touch a.name"),
            ("del b.name", "touch b, attr b.name"),
            ("del b[key]", "touch b"),
            ("c += [1]", "c, updated c"),
            ("c.total += 1", "in place c.total, attr c.total"),
            ("len(a)", ""),
            ("for item", "item"),
            ("other(c)(x)", ""),
            // The item cannot be determined afterwards.
            ("y[other(c)]", "touch y"),
            ("del x", "x"),
            // Entering and leaving runs methods that the line does not name.
            ("open(key)", "dirty, opened"),
            ("return a", ""),
            ("    shared = 1", "globals, name shared"),
            ("    cell = 1", "cell"),
            ("cell = 2", "cell"),
            ("yield n", ""),
            ("label = 1", "globals, name label"),
            ("del label", "globals, name label"),
        ] {
            let line = number(text);
            assert_eq!(code_of(&codes, line).changes(line), expected, "3.{minor}: {text}");
        }
        let calls = |text| code_of(&codes, number(text)).calls(number(text));
        assert_eq!(calls("other(c)(x)"), ["other", "other(…)"], "3.{minor}");
        assert_eq!(calls("a.name.update(c)"), ["a.name.update"], "3.{minor}");
        assert!(calls("x = 1").is_empty() && calls("a.name = b").is_empty(), "3.{minor}");
    }
}

/// Checks the conditions that hold for every plan, whatever the bytecode is.
fn check(plans: &Plans) {
    let symbols = plans.symbols.len() as u32;
    assert!(plans.calls.iter().chain(plans.given.iter().flatten()).all(|id| *id < symbols));
    assert!(plans.loads.iter().all(|(id, _)| *id < symbols));
    assert!(plans.index.iter().all(|index| (*index as usize) < plans.lines.len()));
    assert_eq!(plans.calls.len(), plans.call_offsets.len());
    for plan in plans.lines.iter().chain([&plans.before]) {
        assert!(plan.calls.iter().all(|call| (*call as usize) < plans.calls.len()));
        assert!(plan.loads.iter().chain(&plan.own_loads).all(|load| (*load as usize) < plans.loads.len()));
        assert!(plan.operands.iter().all(|operand| operand.sym < symbols));
        assert!(plan.iterators.iter().chain(&plan.given).chain(&plan.paths).all(|id| *id < symbols));
        // A line without events changes nothing.
        assert!(!plan.elided || !plan.dirty && !plan.globals && plan.slots.is_empty());
        assert!(plan.ways.is_empty() || plan.has_ways);
    }
    for way in plans.lines.iter().flat_map(|plan| &plan.ways) {
        assert!(way.through.iter().all(|line| plans.of(*line).elided), "{way:?}");
    }
    assert!(plans.of(u32::MAX).dirty, "a line that is not in the table is dirty");
}

#[test]
fn plans_name_what_there_is() {
    for (minor, python) in interpreters() {
        let codes = codes(minor, &python, SOURCE);
        for code in &codes {
            check(&code.plan(&code.bytes));
            check(&code.plan(&[]));
        }
    }
}

/// Any bytecode has a plan, even if no compiler makes it: the tracer must not panic in a program.
#[test]
fn any_bytecode_has_a_plan() {
    for (minor, python) in interpreters() {
        let codes = codes(minor, &python, SOURCE);
        let change = (any::<prop::sample::Index>(), any::<u8>());
        let changes = (0..codes.len(), prop::collection::vec(change, 1..6), any::<prop::sample::Index>());
        let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&changes, |(code, changes, end)| {
            let mut bytes = codes[code].bytes.clone();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            check(&codes[code].plan(&bytes));
            bytes.truncate(end.index(bytes.len()));
            check(&codes[code].plan(&bytes));
            Ok(())
        });
        assert!(outcome.is_ok(), "3.{minor}: {outcome:?}");
    }
}

/// The plans of each line are those in `tests/plans/VERSION.txt`. Releases of one minor version compile differently, so a
/// release without a file is left out. `UPDATE_SNAPSHOTS=1` writes the files anew.
#[test]
fn plans_say_what_they_said() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let source = std::fs::read_to_string(folder.join("source.py")).expect("a source");
    // Lines so far from the first line of their function have no line events; of the other, only the beginning is.
    let source = source.replace("# LINES\n", &"\n".repeat(150)).replace("# EDGE\n", &"\n".repeat(127));
    for (minor, python) in interpreters() {
        let version = version(&python);
        let path = folder.join(format!("{version}.txt"));
        let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
        if !update && !path.exists() {
            println!("skipped: there are no plans of Python {version}: UPDATE_SNAPSHOTS=1 writes them");
            continue;
        }
        let words: String = codes(minor, &python, &source).iter().map(Code::words).collect();
        if update {
            std::fs::write(&path, &words).expect("it is written");
        }
        let stored = std::fs::read_to_string(&path).expect("a file of plans");
        let differ: Vec<_> =
            words.lines().zip(stored.lines()).filter(|(found, known)| found != known).take(5).collect();
        assert!(words == stored, "{version}: {differ:#?}; UPDATE_SNAPSHOTS=1 writes {} anew", path.display());
    }
}
