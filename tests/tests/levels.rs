//! Code whose lines are not recorded, as readers show it. The oracle compares the values (`oracle/levels.rs`).

use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use serde_json::{Value, json};

const MAIN: &str = "\
import prices

LIMIT = 5


def total(order):
    amount = 0
    for name in order:
        amount += prices.of(name)
    return amount


print(total(['tea', 'jam']))
";

const PRICES: &str = "\
TABLE = {'tea': 3, 'jam': 4}


def of(name):
    price = TABLE[name]
    found = check(price)
    return found


def check(price):
    if price < 0:
        raise ValueError(price)
    return price
";

fn project() -> Project {
    let project = Project::new(MAIN);
    project.write("prices.py", PRICES);
    project
}

/// The events of a replay: event, function and line, without those of modules and output.
fn events(project: &Project) -> Vec<(String, String, u64)> {
    let rows = project.replay(&[]);
    let shown = rows.iter().filter(|row| row["function"].as_str().is_some_and(|name| !name.starts_with('<')));
    let field = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    shown.map(|row| (field(row, "event"), field(row, "function"), row["line"].as_u64().unwrap_or(0))).collect()
}

#[test]
fn a_file_is_recorded_by_calls() {
    for (minor, python) in pythons() {
        let project = project();
        assert!(project.record(&python, &["--level", "calls:prices.py", "main.py"]).status.success());
        let own: Vec<_> = events(&project).into_iter().filter(|(_, name, _)| name != "total").collect();
        let row = |event: &str, name: &str, line| (event.to_owned(), name.to_owned(), line);
        let once = [row("call", "of", 4), row("call", "check", 10), row("return", "check", 13), row("return", "of", 7)];
        assert_eq!(own, [once.clone(), once].concat(), "3.{minor}");
        let lines = events(&project).iter().filter(|(event, name, _)| event == "line" && name == "total").count();
        assert_eq!(lines, 7, "3.{minor}");
    }
}

#[test]
fn levels_come_from_the_project_too() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = project();
    project.write("pyproject.toml", "[tool.connie]\nlevel = [\"calls\", \"lines:prices.py\"]\n");
    let lines_of = |more: &[&str]| {
        assert!(project.record(&python, &[more, &["main.py"]].concat()).status.success());
        let mut found: Vec<String> =
            events(&project).into_iter().filter(|(event, _, _)| event == "line").map(|(_, name, _)| name).collect();
        found.dedup();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(lines_of(&[]), ["check", "of"]);
    // The command line overrides the project.
    assert_eq!(lines_of(&["--level=lines"]), ["check", "of", "total"]);
    assert_eq!(lines_of(&["--level=calls:prices.py"]), [""; 0]);
    assert_eq!(lines_of(&["--level=lines:./main.py"]), ["check", "of", "total"]);
    let refused = project.record(&python, &["--level", "call", "main.py"]);
    assert_eq!(refused.status.code(), Some(64));
    let message = text(&refused.stderr);
    assert!(message.contains("it must be a level (lines, calls or exceptions), or LEVEL:PATTERN"), "{message}");
}

#[test]
fn exceptions_alone_are_recorded() {
    let program = "\
def fails(n):
    box = [n]
    if n == 2:
        raise ValueError(box)
    return n

def tries(n):
    try:
        return fails(n)
    except ValueError:
        seen = n
    return quiet(seen)

def quiet(n):
    return n

def last():
    for n in range(3):
        tries(n)
    fails(2)

last()
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let run = project.record(&python, &["--level", "exceptions", "main.py"]);
        assert_eq!(run.status.code(), Some(1), "{}", text(&run.stderr));
        let row = |event: &str, name: &str, line| (event.to_owned(), name.to_owned(), line);
        let both = |name: &str, line| [row("call", name, line), row("raise", name, line)];
        let caught = [both("fails", 4), both("tries", 9)].concat();
        let uncaught = [both("fails", 4), both("last", 20)].concat();
        assert_eq!(events(&project), [caught, uncaught].concat(), "3.{minor}");
        let rows = project.replay(&["--locals", "all"]);
        let raised = rows.iter().find(|row| row["event"] == "raise" && row["function"] == "fails").expect("a step");
        assert_eq!(raised["locals"], json!({"n": "2", "box": "[2]"}), "3.{minor}");
        let explained = text(&project.connie(&["explain"]).stderr);
        assert!(explained.contains("main.py is recorded at level exceptions: its lines are not known"), "{explained}");
        // The first was caught by `tries`, whose recording ends there; the second ended the program.
        let shown = text(&project.connie(&["show", "latest"]).stdout);
        assert!(shown.contains("ValueError: [2] (step") && shown.contains("level       exceptions"), "{shown}");
        let query = "SELECT left_code, uncaught FROM exceptions ORDER BY step";
        let entries = std::fs::read_dir(project.path(".connie")).expect("a folder").flatten();
        let is_one = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "connie");
        let path = entries.map(|entry| entry.path()).find(is_one).expect("a recording");
        let file = rusqlite::Connection::open(path).expect("a recording");
        let mut statement = file.prepare(query).expect("a table");
        let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        let pairs: Vec<(bool, bool)> = pairs.map(|row| row.expect("a row")).collect();
        assert_eq!(pairs, [(false, false), (true, true)], "3.{minor}");
    }
}

#[test]
fn recordings_say_their_levels() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = project();
    assert!(project.record(&python, &["--level", "calls:prices.py", "main.py"]).status.success());
    let shown = text(&project.connie(&["show", "latest"]).stdout);
    assert!(shown.contains("calls:prices.py"), "{shown}");
    let listed = text(&project.connie(&["list"]).stdout);
    assert!(listed.contains("main.py (level calls:prices.py)"), "{listed}");
}

#[test]
fn questions_about_lines_are_refused() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = project();
    assert!(project.record(&python, &["--level", "calls:prices.py", "main.py"]).status.success());
    let unknown = "prices.py is recorded at level calls: its lines are not known";
    for question in
        [&["whynot", "prices.py:12"][..], &["trace", "prices.py:5"], &["why", "name", "--at", "prices.py:5"]]
    {
        let output = project.connie(question);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains(unknown) && !output.status.success(), "{question:?}: {said}");
    }
    // What the recorded lines of its caller saw is known.
    let traced = text(&project.connie(&["trace", "main.py:9", "{amount} {name}"]).stdout);
    assert!(traced.contains("0 tea") && traced.contains("3 jam"), "{traced}");
    let profile = text(&project.connie(&["profile"]).stdout);
    assert!(profile.contains("check"), "{profile}");
}

#[test]
fn a_debugger_stops_at_calls_and_returns() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = project();
    assert!(
        project.record(&python, &["--level", "calls:prices.py", "--output", "r.connie", "main.py"]).status.success()
    );
    let mut console = Console::open(&project, "r.connie");
    let path = project.path("prices.py");
    let set = console.request("setBreakpoints", json!({"source": {"path": path}, "breakpoints": [{"line": 5}]}));
    let breakpoint = &set["breakpoints"][0];
    assert_eq!(breakpoint["verified"], false, "{breakpoint}");
    assert_eq!(breakpoint["message"], "not recorded by line (level calls)");
    let set = console.request("setFunctionBreakpoints", json!({"breakpoints": [{"name": "check"}]}));
    assert_eq!(set["breakpoints"][0]["verified"], true, "{set}");
    console.start();
    let stack = |console: &mut Console| {
        let frames = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"].clone();
        let frames = frames.as_array().cloned().unwrap_or_default();
        let top = frames.iter().take(2);
        top.map(|frame| format!("{} {}", frame["name"].as_str().unwrap_or("?"), frame["line"])).collect::<Vec<_>>()
    };
    assert_eq!(stack(&mut console), ["check (level calls) 10", "of (level calls) 6"]);
    assert_eq!(console.say("price"), "3");
    // From the call on, its caller's variables are those of the call; others are not known.
    let why = console.say("TABLE");
    assert!(why.contains("not recorded at level calls") || why.contains("is recorded at level calls"), "{why}");
    console.go("next");
    assert_eq!(stack(&mut console), ["check (level calls) 13", "of (level calls) 6"]);
    assert_eq!(console.say("price"), "3?");
    console.go("next");
    assert_eq!(stack(&mut console), ["of (level calls) 7", "total 9"]);
    console.go("next");
    assert_eq!(stack(&mut console)[0], "total 8");
    console.go("stepBack");
    console.go("stepIn");
    let here = stack(&mut console);
    assert!(here[0].starts_with("of (level calls)") || here[0].starts_with("total"), "{here:?}");
    console.leave();
}
