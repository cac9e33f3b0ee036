//! Generates the schemas of what commands print with `--format json`: docs/reference/json, and the page about them.
//!
//! A test compares them with the files. `cargo xtask codegen` makes that test write the files. tests/tests/json.rs
//! validates what the commands print.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use connie_history::compare::Comparison;
use connie_history::explain::Explanation;
use connie_history::search::Found;
use connie_history::types::FunctionTypes;
use connie_recording::reader::{Info, ThreadInfo};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::WRITE;
use crate::commands::{ask, doctor, list, profile, report, search, sql, whynot};
use crate::version;

/// A hit: `step`, `place` and `function`, and a value for each field of the text, by its name.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Hit {
    /// The step.
    step: u64,
    /// `FILE:LINE`, relative to the project.
    place: String,
    /// The function's qualified name.
    function: String,
    #[serde(flatten)]
    fields: HashMap<String, Scalar>,
}

/// None, a bool, a number or a string as such; other values as Python writes them. `null` also for an unknown value.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

/// A step, as docs/replay-format.md describes it.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Step {
    /// The number of the step.
    step: u64,
    /// The name of the thread.
    thread: String,
    /// The id of the process, if it is not the program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<u32>,
    /// The name of the asyncio task, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// `call`, `line`, `return`, `raise`, `yield`, `resume` or `output`.
    event: String,
    /// The path of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// The function's qualified name.
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    /// The number of frames on the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<u32>,
    /// `stdout` or `stderr`, for output.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<String>,
    /// What was written, for output.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The variables that `--locals` selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    locals: Option<HashMap<String, String>>,
    /// Attributes and items that changed; `null` if they were deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<HashMap<String, Option<String>>>,
    /// What was returned, yielded or raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// For each command: the file of its schema, the command, the schema.
fn schemas() -> Vec<(&'static str, &'static str, Schema)> {
    vec![
        ("list", "connie list", schema::<Vec<list::Row>>()),
        ("show", "connie show", schema::<Info>()),
        ("threads", "connie threads", schema::<Vec<ThreadInfo>>()),
        ("replay", "connie replay", schema::<Vec<Step>>()),
        ("search", "connie search TEXT", schema::<Found>()),
        ("search-where", "connie search --where", schema::<Vec<search::moments::Holding>>()),
        ("search-value", "connie search --value", schema::<Vec<search::moments::Held>>()),
        ("why", "connie why", schema::<ask::Answered<'_>>()),
        ("history", "connie history", schema::<ask::Answered<'_>>()),
        ("origin", "connie origin", schema::<ask::Answered<'_>>()),
        ("whynot", "connie whynot", schema::<whynot::Answered<'_>>()),
        ("explain", "connie explain", schema::<Explanation>()),
        ("trace", "connie trace", schema::<Vec<Hit>>()),
        ("types", "connie types", schema::<Vec<FunctionTypes>>()),
        ("sql", "connie sql QUERY", schema::<Vec<HashMap<String, Scalar>>>()),
        ("sql-tables", "connie sql --tables", schema::<Vec<sql::Column>>()),
        ("profile", "connie profile", schema::<Vec<profile::Row>>()),
        ("profile-callers", "connie profile --callers", schema::<Vec<profile::Caller>>()),
        ("compare", "connie compare", schema::<Comparison>()),
        ("doctor", "connie doctor", schema::<doctor::Report>()),
        ("version", "connie --version --json", schema::<version::Version>()),
        ("report", "connie report", schema::<report::Made>()),
    ]
}

const HEAD: &str = "\
# What commands print as JSON

With `--format json`, a command prints one JSON value, and nothing else, on stdout. `--format jsonl` of `replay`, `sql` and
`trace` prints the items of that array instead, one per line. Each command has a [JSON schema](https://json-schema.org) of the
draft 2020-12. Later versions of connie may add keys, so ignore those that you do not know.

```sh norun=examples-only
connie why total --format json | jq -r '.writes[0].at | \"\\(.file):\\(.line)\"'
connie list --format json | jq -r '.[] | select(.exception) | .id'
```

<!-- Written by cargo xtask codegen from the types in Rust. -->

| command | schema |
|---|---|
";

#[test]
fn the_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
    let (mut page, mut files) = (HEAD.to_owned(), Vec::new());
    for (name, command, schema) in schemas() {
        let text = serde_json::to_string_pretty(&schema).expect("JSON");
        files.push((folder.join(format!("json/{name}.json")), text + "\n"));
        let _ = writeln!(page, "| `{command}` | [{name}.json](json/{name}.json) |");
    }
    files.push((folder.join("json.md"), page));
    for (path, wanted) in files {
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(&path, &wanted).expect("the file is written");
        }
        let is = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(is == wanted, "{} is stale: cargo xtask codegen writes it", path.display());
    }
}
