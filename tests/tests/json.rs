//! What commands print with `--format json` is what the schemas in docs/reference/json say.

use std::path::{Path, PathBuf};

use connie_tests::{Project, pythons, text};
use jsonschema::Validator;
use serde_json::Value;

const SHOP: &str = r#"import asyncio
import threading


class Cart:
    def __init__(self):
        self.items = []

    def add(self, name, price):
        self.items.append((name, price))

    def total(self):
        total = 0
        for name, price in self.items:
            if price < 0:
                total = 0
            total += price
        return total


def check(total):
    if total > 100:
        return "big"
    return "small"


async def main():
    cart = Cart()
    for name, price in [("tea", 3), ("jam", 2.5), ("nut", None)]:
        cart.add(name, price)
    print(check(5))
    await asyncio.sleep(0)
    return cart.total()


worker = threading.Thread(target=check, args=(7,), name="worker")
worker.start()
worker.join()
asyncio.run(main())
"#;

fn schema(name: &str) -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/reference/json/{name}.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a schema")).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn printed(project: &Project, arguments: &[&str]) -> Value {
    let output = project.connie(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}\n{}", text(&output.stdout), text(&output.stderr)))
}

/// Each command, and the schema of what it prints.
const COMMANDS: &[(&str, &[&str])] = &[
    ("list", &["list"]),
    ("show", &["show"]),
    ("threads", &["threads"]),
    ("replay", &["replay"]),
    ("replay", &["replay", "--locals", "all"]),
    ("replay", &["replay", "--from", "3", "--to", "2"]),
    ("search", &["search", "price"]),
    ("search-where", &["search", "--where", "price == 3"]),
    ("search-value", &["search", "--value", "tea"]),
    ("why", &["why", "total"]),
    ("why", &["why", "self.items"]),
    ("history", &["history", "total"]),
    ("history", &["history", "self.items"]),
    ("origin", &["origin", "price"]),
    ("whynot", &["whynot", "main.py:16"]),
    ("whynot", &["whynot", "main.py:22"]),
    ("whynot", &["whynot", "main.py:17"]),
    ("whynot", &["whynot", "main.py:3"]),
    ("whynot", &["whynot", "main.py:17", "--where", "price > 50"]),
    ("explain", &["explain"]),
    ("trace", &["trace", "main.py:17"]),
    ("trace", &["trace", "main.py:17", "{price} {name!r} {self.items}"]),
    ("types", &["types"]),
    ("sql", &["sql", "SELECT * FROM exceptions"]),
    ("sql", &["sql", "SELECT 1, 2.5, NULL, 'x' AS text"]),
    ("sql-tables", &["sql", "--tables"]),
    ("profile", &["profile"]),
    ("profile-callers", &["profile", "--callers", "check"]),
    ("report", &["report"]),
    ("doctor", &["doctor"]),
];

#[test]
fn what_commands_print_is_what_the_schemas_say() {
    for (minor, python) in pythons() {
        let project = Project::new(SHOP);
        assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(1));
        for (name, arguments) in COMMANDS {
            let answer = printed(&project, arguments);
            let errors: Vec<String> = schema(name).iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "3.{minor}: {arguments:?}: {errors:?}\n{answer:#}");
            let is_empty = answer.as_array().is_some_and(Vec::is_empty) && !arguments.contains(&"--from");
            assert!(!is_empty, "3.{minor}: {arguments:?} printed nothing");
        }
    }
}

#[test]
fn compare_prints_what_its_schema_says() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(SHOP);
    project.record(&python, &["main.py"]);
    project.write("main.py", &SHOP.replace("print(check(5))", "print(check(500))"));
    project.record(&python, &["main.py"]);
    let list = printed(&project, &["list"]);
    let ids: Vec<&str> = list.as_array().expect("rows").iter().filter_map(|row| row["id"].as_str()).collect();
    let answer = printed(&project, &["compare", ids[1], ids[0]]);
    let errors: Vec<String> = schema("compare").iter_errors(&answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{answer:#}");
    assert_ne!(answer["ways"], Value::Array(Vec::new()), "{answer:#}");
}

/// The commands whose help has an option `--format` with `json`: none of them is without a schema.
#[test]
fn every_command_with_json_is_tested() {
    let page: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/command-line.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let mut missing = Vec::new();
    for section in page.split("\n## connie ").skip(1) {
        let name = section.lines().next().unwrap_or_default();
        let has_json = section.lines().any(|line| line.starts_with("| `--format") && line.contains("`json`"));
        let is_tested = name == "compare" || COMMANDS.iter().any(|(_, arguments)| arguments[0] == name);
        if has_json != is_tested {
            missing.push(name.to_owned());
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn replay_as_one_array_has_the_same_steps_as_lines() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(SHOP);
    project.record(&python, &["main.py"]);
    let lines = text(&project.connie(&["replay", "--format", "jsonl"]).stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(printed(&project, &["replay"]), Value::Array(lines));
    let shown = printed(&project, &["show"]);
    assert_eq!(shown, serde_json::from_slice::<Value>(&project.connie(&["show", "--json"]).stdout).expect("JSON"));
}
