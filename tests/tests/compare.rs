//! `connie compare`: where two runs differ.

use connie_tests::{Project, pythons, text};
use serde_json::{Value, json};

const ORDERS: &str = r#"import sys
import threading


class Item:
    def __init__(self, name, price, count):
        self.name = name
        self.price = price
        self.count = count


class Order:
    def __init__(self):
        self.items = []
        self.total = 0
        self.seen = set()

    def add(self, item):
        self.items.append(item)
        self.seen.add(item.name)
        self.total += item.price * item.count

    def check(self):
        if self.total < 0:
            raise ValueError("negative total")
        return self.total


def read(text, order):
    for part in text.split(","):
        name, price, count = part.split(":")
        order.add(Item(name, float(price), int(count)))


def main(text):
    order = Order()
    reader = threading.Thread(target=read, args=(text, order), name="reader")
    reader.start(); reader.join()
    print("items", len(order.items))
    print("total", order.check())


main(sys.argv[1])
"#;

fn compared(project: &Project, arguments: &[&str], code: i32) -> Value {
    let output = project.connie(&[&["compare", "--format", "json"], arguments].concat());
    assert_eq!(output.status.code(), Some(code), "{}\n{}", text(&output.stderr), text(&output.stdout));
    serde_json::from_slice(&output.stdout).expect("an object")
}

fn record(project: &Project, python: &std::path::Path, arguments: &[&str], code: i32) {
    let output = project.command(&connie_tests::connie(), &["run", "--quiet", "--python"]);
    let mut output = output;
    // The order of sets of strings differs in each run.
    let output = output.arg(python).args(arguments).env("PYTHONHASHSEED", "random").output().expect("connie runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
}

/// `name+path: left/right`, in order.
fn values(found: &Value) -> Vec<String> {
    let each = found["values"].as_array().expect("values").iter();
    each.map(|one| {
        let text = |n: usize| one["texts"][n].as_str().unwrap_or("-");
        let word = |key: &str| one[key].as_str().unwrap_or_default();
        let name = if one["what"] == "variable" { word("name") } else { word("what") };
        format!("{name}{}: {}/{}", word("path"), text(0), text(1))
    })
    .collect()
}

/// Diverging ways as `function:line -> line/line`, in order. If it is not a line, the event.
fn ways(found: &Value) -> Vec<String> {
    let each = found["ways"].as_array().expect("ways").iter();
    each.map(|one| {
        let next = |n: usize| match &one["next"][n] {
            Value::Null => "end".to_owned(),
            place if place["event"] == "line" => place["line"].to_string(),
            place => place["event"].as_str().unwrap_or("?").to_owned(),
        };
        let after = &one["after"][0];
        format!("{}:{} -> {}/{}", after["function"].as_str().unwrap_or("?"), after["line"], next(0), next(1))
    })
    .collect()
}

#[test]
fn a_difference_is_followed_from_its_cause_to_its_effect() {
    for (minor, python) in pythons() {
        let project = Project::new(ORDERS);
        record(&project, &python, &["main.py", "tea:2.5:3,cup:4:1"], 0);
        record(&project, &python, &["main.py", "tea:2.5:3,cup:4:-3"], 1);
        let found = compared(&project, &[], 1);
        // A difference within an object is reported once, even if several variables show the object.
        let expected = [
            "text: 'tea:2.5:3,cup:4:1'/'tea:2.5:3,cup:4:-3'",
            "reader._args[0]: 'tea:2.5:3,cup:4:1'/'tea:2.5:3,cup:4:-3'",
            "text: 'tea:2.5:3,cup:4:1'/'tea:2.5:3,cup:4:-3'",
            "part: 'cup:4:1'/'cup:4:-3'",
            "count: '1'/'-3'",
            "count: 1/-3",
            "self.count: 1/-3",
            "self.total: 11.5/-4.5",
        ];
        assert_eq!(values(&found), expected, "3.{minor}");
        assert_eq!(ways(&found), ["Order.check:24 -> 26/25"], "3.{minor}");
        let total = &found["values"][7];
        assert_eq!((&total["made_by"], &total["at"][0]["thread"]), (&json!([21, 21]), &json!("reader")), "3.{minor}");
        assert_eq!(found["ways"][0]["met"], Value::Null);
        assert_eq!(found["results"], json!(["ok", "ValueError: negative total"]));
        assert_eq!(found["output"][0]["texts"], json!(["total 11.5", null]));
        let lines: Vec<_> = found["lines"].as_array().expect("lines").iter().map(|one| &one["line"]).collect();
        assert_eq!(lines, [26, 25]);
        // At both reported steps, the value is as reported.
        let step = total["at"][1]["step"].to_string();
        let at = project.replay(&["--from", &step, "--to", &step, "--locals=all"]);
        assert!(at[0]["locals"]["self"].as_str().is_some_and(|text| text.contains("total=-4.5")), "{}", at[0]);
        let story = text(&project.connie(&["compare"]).stdout);
        for words in [
            "  self.total in Order.add (reader)\n    main.py:21  self.total += item.price * item.count\n    - 11.5  step ",
            "  control flow differs in Order.check\n    main.py:24  if self.total < 0:\n    - 26: return self.total  step ",
            "stdout, line 2\n    - total 11.5  step ",
            "    + main.py:25  raise ValueError(\"negative total\")\n",
        ] {
            assert!(story.contains(words), "3.{minor}: {words}\n{story}");
        }
    }
}

#[test]
fn runs_that_are_alike_do_not_differ() {
    for (minor, python) in pythons() {
        let project = Project::new(ORDERS);
        for _ in 0..2 {
            record(&project, &python, &["main.py", "tea:2.5:3,cup:4:1,pot:7:1"], 0);
        }
        let found = compared(&project, &[], 0);
        assert_eq!((values(&found), ways(&found)), (vec![], vec![]), "3.{minor}");
        let same = compared(&project, &["latest", "latest"], 0);
        assert_eq!(same["identical"], true);
        assert!(text(&project.connie(&["compare", "latest", "latest"]).stdout).ends_with("\nnothing differs\n"));
    }
}

const LOOPS: &str = "import sys


def numbers(n):
    for i in range(n):
        yield i


def deep(n):
    return n if n < 1 else deep(n - 1)


def add(n):
    total = 0
    for i in numbers(n):
        if i % 2:
            deep(i)
        total += i
    return total


def main(n):
    first = add(n)
    second = add(3)
    return first, second


print(main(int(sys.argv[1])))
";

#[test]
fn runs_that_parted_meet_again() {
    for (minor, python) in pythons() {
        let project = Project::new(LOOPS);
        record(&project, &python, &["main.py", "4"], 0);
        record(&project, &python, &["main.py", "7"], 0);
        let found = compared(&project, &["--ignore", "n"], 1);
        // The ways part where one loop ends and meet after it: the second call is alike.
        assert_eq!(ways(&found), ["numbers:5 -> return/6"], "3.{minor}");
        let met = &found["ways"][0]["met"][0];
        assert_eq!((&met["function"], &met["line"]), (&json!("add"), &json!(19)), "3.{minor}");
        let expected = ["total: 6/21", "i: 3/6", "returned: 6/21", "first: 6/21", "returned[0]: 6/21"];
        assert_eq!(values(&found), expected, "3.{minor}");
        // The result is symmetric.
        let runs = text(&project.connie(&["list", "--format", "json"]).stdout);
        let runs: Value = serde_json::from_str(&runs).expect("a list");
        let id = |n: usize| runs[n]["id"].as_str().expect("an id").to_owned();
        let back = compared(&project, &["--ignore", "n", &id(0), &id(1)], 1);
        assert_eq!(ways(&back), ["numbers:5 -> 6/return"], "3.{minor}");
        assert_eq!(values(&back)[0], "total: 21/6");
        let one = compared(&project, &["--most", "1"], 1);
        assert_eq!((values(&one).len(), &one["more"]), (1, &json!(true)));
    }
}

#[test]
fn code_that_was_edited_is_compared_line_by_line() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(LOOPS);
    record(&project, &python, &["main.py", "4"], 0);
    project
        .write("main.py", &LOOPS.replace("def add", "# New.\n\ndef add").replace("total = 0", "total = 100  # more"));
    record(&project, &python, &["main.py", "4"], 0);
    let found = compared(&project, &[], 1);
    assert_eq!(ways(&found), Vec::<String>::new());
    assert_eq!(values(&found)[0], "total: 0/100");
    assert_eq!(found["values"][0]["made_by"], json!([14, 16]));
    assert_eq!(found["files"], json!([{"path": "main.py", "ran": [true, true]}]));
    let story = text(&project.connie(&["compare"]).stdout);
    assert!(story.contains("    - main.py:14  total = 0\n    + main.py:16  total = 100  # more\n"), "{story}");
}

const AGAIN: &str = "import sys


class Item:
    def __init__(self, n, more):
        self.n = n
        self.worth = n + more


def items(more):
    found = []
    for n in range(40):
        found.append(Item(n, more))
    return len(found)


print(items(int(sys.argv[1])))
";

#[test]
fn differences_that_are_alike_are_told_once() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(AGAIN);
    record(&project, &python, &["main.py", "1"], 0);
    record(&project, &python, &["main.py", "2"], 0);
    let found = compared(&project, &[], 1);
    let worth: Vec<_> =
        found["values"].as_array().expect("values").iter().filter(|one| one["path"] == ".worth").collect();
    let [worth] = worth.as_slice() else { panic!("{found:#}") };
    assert_eq!((&worth["times"], &worth["alike"]), (&json!(1), &json!(39)));
    assert_eq!(found["more"], false);
    let story = text(&project.connie(&["compare"]).stdout);
    assert!(story.contains("    … and 39 more like this\n"), "{story}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(LOOPS);
    let refused = |arguments: &[&str], code: i32, words: &str| {
        let output = project.connie(arguments);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    };
    refused(&["compare"], 66, "no recordings here");
    record(&project, &python, &["main.py", "4"], 0);
    refused(&["compare"], 66, "there is no earlier run of that program: name two recordings");
    refused(&["compare", "nowhere"], 66, "there is no recording nowhere");
    // Two modules are two different programs.
    project.write("one.py", "print(1)\n");
    project.write("two.py", "print(2)\n");
    record(&project, &python, &["-m", "one"], 0);
    record(&project, &python, &["-m", "two"], 0);
    refused(&["compare"], 66, "there is no earlier run of that program");
    // In another program nothing is at the same place.
    project.write("other.py", "print(1)\n");
    record(&project, &python, &["other.py"], 0);
    let runs = project.connie(&["list", "--format", "json"]);
    let runs: Value = serde_json::from_slice(&runs.stdout).expect("a list");
    let first = runs[3]["id"].as_str().expect("an id");
    let found = compared(&project, &[first, "latest"], 1);
    assert_eq!(found["compared"], 0);
    assert_eq!(found["files"].as_array().map(Vec::len), Some(2));
}
