//! `cargo xtask tidy` checks rules that the compiler does not. In a crate no more than two modules use each other in a
//! circle, functions and unsafe blocks are short, and JSON is made of types.
//!
//! `xtask/tidy.json` has the number of exceptions in each crate; these numbers may only fall.

mod file;
mod functions;
mod modules;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::shell::{Result, root};

/// The folders of the crates that are checked.
const CRATES: [&str; 14] = [
    "adapter",
    "cli",
    "expression",
    "mcp",
    "history",
    "recording",
    "server/framing",
    "server/lsp",
    "server/web",
    "source",
    "tests",
    "tracer",
    "tracer/wire",
    "xtask",
];

/// The numbers of exceptions in a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Untidy {
    /// Modules in circles of more than two.
    #[serde(skip_serializing_if = "is_none")]
    in_circles: usize,
    /// Functions that are too long.
    #[serde(skip_serializing_if = "is_none")]
    long_functions: usize,
    /// Uses of `json!` outside of tests.
    #[serde(skip_serializing_if = "is_none")]
    json: usize,
    /// Unsafe blocks that are too long.
    #[serde(skip_serializing_if = "is_none")]
    long_unsafe: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde gives")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

/// What to do.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// List the items that are counted
    #[arg(long)]
    list: bool,
    /// Write the current counts into xtask/tidy.json
    #[arg(long)]
    write: bool,
}

/// Counts the exceptions and compares them with the allowed numbers.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut found = BTreeMap::new();
    for name in CRATES {
        let untidy = look(name, arguments.list)?;
        if untidy != Untidy::default() {
            found.insert(name.to_owned(), untidy);
        }
    }
    let path = root().join("xtask/tidy.json");
    if arguments.write {
        std::fs::write(&path, serde_json::to_string_pretty(&found)? + "\n")?;
        return Ok(());
    }
    let allowed: BTreeMap<String, Untidy> = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
    let mut problems = Vec::new();
    for name in CRATES {
        let (is, may) = (found.get(name).cloned().unwrap_or_default(), allowed.get(name).cloned().unwrap_or_default());
        let numbers = [
            ("modules in circles", is.in_circles, may.in_circles),
            ("functions over 100 lines", is.long_functions, may.long_functions),
            ("uses of json!", is.json, may.json),
            ("unsafe blocks of 20 lines or more", is.long_unsafe, may.long_unsafe),
        ];
        for (what, is, may) in numbers {
            if is > may {
                problems.push(format!("{name}: {is} {what}, {may} allowed"));
            } else if is < may {
                problems.push(format!("{name}: {is} {what}, fewer than {may}: run `cargo xtask tidy --write`"));
            }
        }
    }
    println!("modules and functions of {} crates", CRATES.len());
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{}\n`cargo xtask tidy --list` says which", problems.join("\n")).into())
}

fn look(name: &str, list: bool) -> Result<Untidy> {
    let source = root().join(name).join("src");
    let mut files = Vec::new();
    file::read(&source, &source, &mut files)?;
    let circles = modules::circles(&files);
    let functions = functions::look(&files);
    if list {
        for circle in &circles {
            println!("{name}: {} modules in a circle:", circle.len());
            circle.iter().for_each(|(module, uses)| println!("    {module} uses {}", uses.join(", ")));
        }
        for (file, function, lines) in &functions.long {
            println!("{name}: {} has {lines} lines ({})", function, file.display());
        }
        for (file, line) in &functions.json {
            println!("{name}: json! in {}:{line}", file.display());
        }
        for (file, line, lines) in &functions.unsafe_blocks {
            println!("{name}: unsafe block of {lines} lines in {}:{line}", file.display());
        }
    }
    Ok(Untidy {
        in_circles: circles.iter().map(Vec::len).sum(),
        long_functions: functions.long.len(),
        // Whole-system tests read JSON that protocols send.
        json: if name == "tests" { 0 } else { functions.json.len() },
        long_unsafe: functions.unsafe_blocks.len(),
    })
}
