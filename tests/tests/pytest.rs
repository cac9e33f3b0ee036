//! `connie pytest`: each failing test gets a recording, and pytest behaves as without connie.

use std::path::Path;
use std::process::Output;

use connie_tests::console::Console;
use connie_tests::{Project, connie, pytest_library, pythons, rows, text};
use serde_json::{Value, json};

const SHOP: &str = "from dataclasses import dataclass\n\nPRICES = {'tea': 3, 'cake': 5}\n\n\n@dataclass\nclass Line:\n    \
    name: str\n\n\ndef total(basket, prices=PRICES):\n    result = 0\n    for name, count in basket.items():\n        \
    result += prices[Line(name).name] * count\n    return result\n";

const TESTS: &str = "import pytest\nfrom shop import PRICES, total\n\n\n@pytest.fixture(scope='session')\ndef prices():\n    \
    made = dict(PRICES)\n    yield made\n    made.clear()\n\n\n@pytest.fixture\ndef basket():\n    return {'tea': 2}\n\n\n\
    def test_total(basket):\n    assert total(basket) == 6\n\n\ndef test_missing(basket):\n    basket['pie'] = 1\n    \
    assert total(basket) == 6\n\n\n@pytest.mark.parametrize('count', [1, 2])\ndef test_wrong(count, prices):\n    \
    price = total({'cake': count}, prices)\n    assert price == 5\n\n\n@pytest.mark.xfail\ndef test_known():\n    \
    assert total({}) == 1\n\n\n@pytest.mark.skip\ndef test_never():\n    pass\n";

fn run(project: &Project, library: &Path, program: &Path, arguments: &[&str]) -> Output {
    let mut command = project.command(program, arguments);
    command.env("PYTHONPATH", library).env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it runs")
}

/// The recordings, as (test, result, id), by the name of the test.
fn recordings(project: &Project) -> Vec<(String, String, String)> {
    let mut found = project.recordings();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// The last line of the output, without the time.
fn verdict(output: &Output) -> String {
    let text = text(&output.stdout);
    text.lines().last().unwrap_or_default().split(" in ").next().unwrap_or_default().to_owned()
}

#[test]
fn each_test_that_fails_is_a_recording() {
    let Some(library) = pytest_library() else { return };
    for (minor, python) in pythons() {
        let project = Project::new("");
        project.write("pyproject.toml", "");
        project.write("shop.py", SHOP);
        project.write("tests/test_shop.py", TESTS);
        let given = ["-q", "-p", "no:cacheprovider"];
        let plain = run(&project, &library, &python, &[&["-m", "pytest"], given.as_slice()].concat());
        let own = [&["pytest", "--python", python.to_str().expect("a path")], given.as_slice()].concat();
        let recorded = run(&project, &library, &connie(), &own);
        assert_eq!(plain.status.code(), recorded.status.code(), "3.{minor}: {}", text(&recorded.stderr));
        assert_eq!(verdict(&plain), verdict(&recorded), "3.{minor}");
        let shown = text(&recorded.stdout);
        assert!(!shown.contains("arning"), "3.{minor}: {shown}");
        let found = recordings(&project);
        let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["tests/test_shop.py::test_missing", "tests/test_shop.py::test_wrong[2]"], "3.{minor}");
        for (_, result, id) in &found {
            assert_eq!(result, "exception", "3.{minor}");
            assert!(shown.contains(&format!("connie replay {id}")), "3.{minor}: {shown}");
            assert!(shown.contains(&format!("connie explain {id}")), "3.{minor}: {shown}");
        }
        // From the assertion to the code that the test called.
        let explained = project.connie(&["explain", names[1], "--format", "json"]);
        let explained: Value = serde_json::from_slice(&explained.stdout).expect("JSON");
        let first = |n: usize| (explained["lines"][n]["function"].as_str(), explained["failure"]["type"].as_str());
        assert_eq!(first(0), (Some("total"), Some("AssertionError")), "3.{minor}: {explained:#}");
        // The recording has the test's own steps only, and the objects that it shares with other tests.
        let steps = project.connie(&["replay", names[1], "--format", "jsonl", "--locals", "all"]);
        let steps = rows(&steps.stdout);
        let functions: Vec<_> = steps.iter().filter(|s| s["event"] == "call").map(|s| s["function"].as_str()).collect();
        assert_eq!(functions, [Some("test_wrong"), Some("total")], "3.{minor}");
        let raised = steps.iter().rfind(|s| s["event"] == "raise").expect("a failure");
        assert_eq!((&raised["locals"]["price"], &raised["locals"]["count"]), (&"10".into(), &"2".into()));
        let call = steps.iter().find(|s| s["function"] == "total").expect("the call");
        assert_eq!(call["locals"]["prices"], "{'tea': 3, 'cake': 5}", "3.{minor}");
    }
}

#[test]
fn all_tests_are_kept_if_so_asked_also_of_workers() {
    let Some(library) = pytest_library() else { return };
    for (minor, python) in pythons() {
        let project = Project::new("");
        project.write("pyproject.toml", "");
        project.write("shop.py", SHOP);
        project.write("tests/test_shop.py", TESTS);
        let python = python.to_str().expect("a path");
        let given = ["pytest", "--python", python, "--connie", "all", "-q", "-n", "2", "-p", "no:cacheprovider"];
        let output = run(&project, &library, &connie(), &given);
        assert_eq!(output.status.code(), Some(1), "3.{minor}: {}", text(&output.stderr));
        let found = recordings(&project);
        let results: Vec<_> =
            found.iter().map(|(name, result, _)| (name.rsplit("::").next(), result.as_str())).collect();
        let expected = [
            ("test_known", "ok"),
            ("test_missing", "exception"),
            ("test_never", "ok"),
            ("test_total", "ok"),
            ("test_wrong[1]", "ok"),
            ("test_wrong[2]", "exception"),
        ];
        assert_eq!(results, expected.map(|(name, result)| (Some(name), result)), "3.{minor}");
        assert!(found.iter().all(|(_, _, id)| id.contains("-gw")), "3.{minor}: {found:?}");
    }
}

const OWN_FRAME: &str = "import helper
import unittest
import pytest


@pytest.fixture
def shop():
    made = {'tea': 3}
    yield made
    made.clear()


@pytest.fixture
def broken():
    raise ValueError('no shop')


def test_passes(shop):
    total = 8
    assert total == 8


def test_in_helper(shop):
    total = 8
    helper.outer(total)


def test_broken(broken):
    pass


@pytest.mark.parametrize('n', [9, 8])
def test_case(shop, n):
    helper.outer(n)


class TestShop:
    def test_method(self, shop):
        assert len(shop) == 1


class Unit(unittest.TestCase):
    def setUp(self):
        self.n = 9

    def test_unit(self):
        helper.outer(self.n)

    def test_unit_fails(self):
        self.n = 8
        helper.outer(self.n)


class TestInherits(helper.Base):
    pass
";

const HELPER: &str = "def check(n):
    try:
        assert n == 9, n
    finally:
        n = 0


def outer(n):
    check(n)


class Base:
    def test_inherited(self, shop):
        assert shop
";

#[test]
fn a_test_is_shown_in_its_own_frame() {
    let Some(library) = pytest_library() else { return };
    // The position of the view does not depend on the interpreter, so one is enough.
    if let Some((_, python)) = pythons().pop() {
        let project = Project::new("");
        project.write("pyproject.toml", "");
        project.write("helper.py", HELPER);
        project.write("test_own.py", OWN_FRAME);
        let given =
            ["pytest", "--python", python.to_str().expect("a path"), "--connie", "all", "-q", "-p", "no:cacheprovider"];
        run(&project, &library, &connie(), &given);
        let expected = [
            ("test_passes", "entry", "test_passes", 19),
            ("test_in_helper", "exception", "test_in_helper", 25),
            ("test_broken", "exception", "broken", 15),
            ("test_case[9]", "entry", "test_case", 34),
            ("test_case[8]", "exception", "test_case", 34),
            ("TestShop::test_method", "entry", "TestShop.test_method", 39),
            ("Unit::test_unit", "entry", "Unit.test_unit", 47),
            ("Unit::test_unit_fails", "exception", "Unit.test_unit_fails", 51),
            ("TestInherits::test_inherited", "entry", "Base.test_inherited", 14),
        ];
        let all = recordings(&project);
        assert_eq!(all.len(), expected.len(), "{all:?}");
        for (test, reason, frame, line) in expected {
            let mut console = Console::open_with(&project, json!({"recording": format!("test_own.py::{test}")}));
            // Some editors set this filter by default, others do not.
            if !test.starts_with("Unit") {
                console.request("setExceptionBreakpoints", json!({"filters": ["uncaught"]}));
            }
            let stopped = console.start();
            let stack = console.request("stackTrace", json!({"threadId": stopped["threadId"]}));
            let top = &stack["stackFrames"][0];
            let found = (stopped["reason"].as_str(), top["name"].as_str(), top["line"].as_u64());
            assert_eq!(found, (Some(reason), Some(frame), Some(line)), "{test}");
        }
        // A breakpoint takes precedence, wherever it is.
        let mut console = Console::open_with(&project, json!({"recording": "test_own.py::test_in_helper"}));
        let source = json!({"path": project.path("helper.py")});
        console.request("setBreakpoints", json!({"source": source, "breakpoints": [{"line": 5}]}));
        let stopped = console.start();
        assert_eq!(stopped["reason"], "breakpoint");
    }
}
