//! `connie explain`: programs with one fault each, of different kinds. The faulty line, which has a comment that says so,
//! is among the first five that are named, and what is said of each line is what the recording has.

use std::collections::BTreeMap;
use std::path::Path;

use connie_tests::console::Console;
use connie_tests::{Project, asks_for_all, outermost_pythons, pythons, text, usual_python};
use serde_json::Value;

/// The programs.
fn programs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the programs")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("a program"))
        })
        .collect();
    found.sort();
    assert!(found.len() >= 12, "{}", found.len());
    found
}

/// The lines of a program that have the fault.
fn faulty(program: &str) -> Vec<u64> {
    let lines = program.lines().zip(1u64..);
    lines.filter(|(line, _)| line.ends_with("# faulty")).map(|(_, number)| number).collect()
}

/// What a command explains.
fn explained(project: &Project, arguments: &[&str]) -> Value {
    let output = project.connie(&[&["explain"], arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn numbers(lines: &Value) -> Vec<u64> {
    let lines = lines.as_array().expect("lines");
    lines.iter().map(|line| line["line"].as_u64().expect("a line")).collect()
}

/// Which line and function ran at each step, as another command tells.
fn steps(project: &Project) -> BTreeMap<u64, (u64, String)> {
    let output = project.connie(&["replay", "--format", "jsonl"]);
    let all = text(&output.stdout);
    let steps = all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    steps
        .filter_map(|step| {
            let line = (step["line"].as_u64()?, step["function"].as_str().unwrap_or_default().to_owned());
            Some((step["step"].as_u64()?, line))
        })
        .collect()
}

#[test]
fn the_faulty_line_is_among_the_first() {
    let pythons = if asks_for_all() { pythons() } else { outermost_pythons() };
    for (minor, python) in pythons {
        let mut wrong = Vec::new();
        for (name, program) in programs() {
            let project = Project::new(&program);
            project.record(&python, &["main.py"]);
            let found = explained(&project, &[]);
            let lines = numbers(&found["lines"]);
            let is_named = faulty(&program).iter().any(|line| lines.iter().take(5).any(|named| named == line));
            if !is_named {
                wrong.push(format!("3.{minor} {name}: line {:?} is not in {lines:?}\n{found:#}", faulty(&program)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn each_line_ran_at_its_step() {
    let (_, python) = usual_python();
    for (name, program) in programs() {
        let project = Project::new(&program);
        project.record(&python, &["main.py"]);
        let (found, steps) = (explained(&project, &[]), steps(&project));
        let main = project.path("main.py");
        for line in found["lines"].as_array().into_iter().chain(found["slice"].as_array()).flatten() {
            let step = line["step"].as_u64().expect("a step");
            let (number, function) =
                (line["line"].as_u64().expect("a line"), line["function"].as_str().expect("a name"));
            let (ran, of) = steps.get(&step).unwrap_or_else(|| panic!("{name}: there is no step {step}"));
            assert_eq!((*ran, of.as_str()), (number, function), "{name}: step {step}: {line}");
            assert_eq!(line["file"].as_str(), main.to_str(), "{name}");
            assert!(line["score"].as_f64().expect("a score") > 0.0, "{name}: {line}");
        }
    }
}

/// What is said of a line, by the line.
fn whys(found: &Value) -> BTreeMap<u64, String> {
    let lines = found["lines"].as_array().expect("lines");
    let why = |line: &Value| (line["line"].as_u64().expect("a line"), line["why"].as_str().expect("words").to_owned());
    lines.iter().map(why).collect()
}

#[test]
fn reasons_are_true() {
    let programs: BTreeMap<String, String> = programs().into_iter().collect();
    for (name, line, why) in [
        ("rare_value", 5, "rate returned None; the other 40 calls returned a float"),
        ("rare_value", 9, "wrote factor = None"),
        ("mixed_types", 9, "wrote count = '3'"),
        ("mutable_default", 1, "made the default of tags, now ['tea']"),
        ("aliasing", 5, "changed scores, now {'ann': 0.5, 'bob': 1.0}"),
        ("stale_cache", 10, "name not in self.cache was true"),
        ("off_by_one", 10, "best returned 7"),
        ("task_order", 13, "changed state, now {'total': 5}"),
        ("wrong_branch", 2, "customer[\"orders\"] > 10 or total > 50 was true"),
    ] {
        let project = Project::new(&programs[name]);
        project.record(&usual_python().1, &["main.py"]);
        let found = whys(&explained(&project, &[]));
        assert_eq!(found.get(&line).map(String::as_str), Some(why), "{name}: {found:#?}");
    }
}

#[test]
fn moments_can_be_asked_about() {
    let program = "def half(n):\n    return n // 2\n\n\nx = half(9)\ny = x + 1\nprint(y)\n";
    let project = Project::new(program);
    project.record(&usual_python().1, &["main.py"]);
    let output = project.connie(&["explain"]);
    let said = text(&output.stderr);
    assert!(
        output.status.code() == Some(66) && said.contains("no exception left the recorded code of this run"),
        "{said}"
    );
    let found = explained(&project, &["--at", "main.py:7"]);
    assert_eq!(found["failure"]["type"], Value::Null);
    assert_eq!(numbers(&found["slice"]), [7, 6, 2, 5], "{found:#}");
    let step = found["failure"]["spot"]["step"].to_string();
    assert_eq!(explained(&project, &["--step", &step])["lines"], found["lines"]);
    let output = project.connie(&["explain", "--at", "main.py:7"]);
    let shown = text(&output.stdout);
    assert!(shown.starts_with("what happened at step ") && shown.contains("main.py:2 half "), "{shown}");
}

#[test]
fn one_screen_is_printed() {
    for (name, program) in programs() {
        let project = Project::new(&program);
        project.record(&usual_python().1, &["main.py"]);
        let output = project.connie(&["explain"]);
        let shown = text(&output.stdout);
        assert!(output.status.success() && (3..=24).contains(&shown.lines().count()), "{name}: {shown}");
    }
}

/// An exception that another task, or a cause, was raised by is followed to where it was raised.
#[test]
fn causes_are_followed() {
    let program = "def parse(text):\n    return int(text)\n\n\ndef load(text):\n    try:\n        return parse(text)\n    except \
                   ValueError as error:\n        raise RuntimeError('cannot load') from error\n\n\nload('4x')\n";
    for (minor, python) in outermost_pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        let found = explained(&project, &[]);
        assert_eq!(found["failure"]["type"], "RuntimeError");
        let lines = numbers(&found["lines"]);
        assert!(lines.iter().take(5).any(|line| *line == 2), "3.{minor}: {lines:?}");
    }
}

#[test]
fn the_console_explains() {
    let programs: BTreeMap<String, String> = programs().into_iter().collect();
    let project = Project::new(&programs["rare_value"]);
    project.record(&usual_python().1, &["--output", "r.connie", "main.py"]);
    let mut console = Console::open(&project, "r.connie");
    console.start();
    let said = console.say(":explain");
    assert!(said.starts_with("TypeError: unsupported operand"), "{said}");
    assert!(said.contains("line 5 in rate, step "), "{said}");
    assert!(said.contains("rate returned None; the other 40 calls returned a float   main.py:5"), "{said}");
    let here = console.say(":explain here");
    assert!(!here.is_empty() && console.say(":explain there").contains(":explain or :explain here"), "{here}");
}

/// The recording of a test begins after its modules were imported: what a class set before is named by the source.
#[test]
fn constants_of_imported_modules_are_named() {
    let Some(library) = std::env::var_os("CONNIE_TEST_PYTEST") else {
        println!("skipped: CONNIE_TEST_PYTEST names no folder with pytest (cargo xtask test fetches it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    };
    let module = "LIMIT = 3\nSHOWN = 5\n\n\nclass Basket:\n    empty = ('', None, 0)\n\n    def __init__(self):\n        \
                  self.lines = []\n\n    def add(self, name, count):\n        if count in self.empty or count > LIMIT:\n            \
                  return\n        self.lines.append((name, count))\n\n    def total(self):\n        return sum(count for _, count in \
                  self.lines[:SHOWN]) * LIMIT\n\n\ndef raise_shown():\n    global SHOWN\n    SHOWN += 1\n";
    let test = "from basket import Basket\n\n\ndef test_total():\n    basket = Basket()\n    basket.add('tea', 2)\n    assert \
                basket.total() == 4\n";
    let (_, python) = usual_python();
    let project = Project::new("");
    project.write("pyproject.toml", "");
    project.write("basket.py", module);
    project.write("test_basket.py", test);
    let python = python.to_str().expect("a path");
    let given = ["pytest", "--python", python, "-q", "-p", "no:cacheprovider"];
    let mut command = project.command(&connie_tests::connie(), &given);
    let output = command.env("PYTHONPATH", library).env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let found = explained(&project, &[]);
    let whys = whys(&found);
    assert_eq!(whys.get(&1).map(String::as_str), Some("set LIMIT = 3 before the recording began"), "{found:#}");
    // It is set at two places, so that the source does not tell which one ran.
    assert_eq!(whys.get(&2), None, "{found:#}");
}

#[test]
fn handed_out_objects_are_told() {
    let programs: BTreeMap<String, String> = programs().into_iter().collect();
    let project = Project::new(&programs["handed_out"]);
    project.record(&usual_python().1, &["main.py"]);
    let found = whys(&explained(&project, &[]));
    let why = found.get(&10).map_or("", String::as_str);
    assert!(why.contains("stages yielded") && why.contains("changed it afterwards"), "{found:#?}");
}

/// A loop stores many items on one line; the execution that stored the item in question is the one that is followed.
#[test]
fn an_item_is_followed_to_the_execution_that_stored_it() {
    let program = include_str!("explain_places/options.py");
    for (minor, python) in outermost_pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        let found = explained(&project, &[]);
        let (slice, faulty) = (numbers(&found["slice"]), faulty(program));
        assert!(faulty.iter().any(|line| slice.contains(line)), "3.{minor}: {slice:?}");
    }
}
