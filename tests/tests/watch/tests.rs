//! Tests: first those that ran what was changed.

use std::path::Path;

use connie_tests::{Project, connie, pytest_library, usual_python};

use super::Watch;

const SHOP: &str = "def price(name):\n    if name == 'tea':\n        return 3\n    return 5\n\n\ndef discount(total):\n    \
    return total - 1\n";
const TESTS: &str = "from shop import discount, price\n\n\ndef test_tea():\n    assert price('tea') < 9\n\n\n\
    def test_cake():\n    assert price('cake') == 5\n\n\ndef test_discount():\n    assert discount(3) == 2\n";

fn project() -> Project {
    let project = Project::new("");
    project.write("pyproject.toml", "");
    project.write("shop.py", SHOP);
    project.write("tests/test_shop.py", TESTS);
    project.write("tests/test_other.py", "def test_other():\n    assert 1 + 1 == 2\n");
    project
}

fn start(project: &Project, library: &Path, python: &Path, options: &[&str]) -> Watch {
    let mut command = project.command(&connie(), &["watch", "--python"]);
    command.arg(python).args(options).args(["pytest", "-v", "-p", "no:cacheprovider"]);
    let path = format!("{}:{}", library.display(), project.path("").display());
    command.env("PYTHONPATH", path).env("PYTHONDONTWRITEBYTECODE", "1");
    Watch::spawn(project, command)
}

/// The tests that ran since, in their order: a `|` where a new run began.
fn ran(watch: &Watch, before: usize) -> String {
    let said = watch.said();
    let mut found = Vec::new();
    for line in said[before..].lines() {
        if line.starts_with("connie: ") && line.contains("running ") {
            found.push("|".to_owned());
        } else if let Some((id, _)) = line.split_once(' ').filter(|(id, rest)| id.contains("::") && rest.contains('%'))
        {
            found.push(id.rsplit("::").next().unwrap_or_default().to_owned());
        }
    }
    found.join(" ")
}

fn tests_with_recordings(project: &Project) -> Vec<(String, String)> {
    let field = |run: &serde_json::Value, name: &str| run[name].as_str().unwrap_or_default().to_owned();
    let name = |run: &serde_json::Value| field(run, "program").rsplit("::").next().unwrap_or_default().to_owned();
    let mut all: Vec<_> = project.list().iter().map(|run| (name(run), field(run, "result"))).collect();
    all.sort();
    all
}

#[test]
fn tests_that_touch_a_change_run_first_then_the_rest() {
    let Some(library) = pytest_library() else { return };
    let (minor, python) = usual_python();
    let project = project();
    let watch = start(&project, &library, &python, &[]);
    watch.waits(1);
    let context = || format!("3.{minor}: {}", watch.said());
    assert_eq!(ran(&watch, 0), "| test_other test_tea test_cake test_discount", "{}", context());
    assert!(tests_with_recordings(&project).is_empty());
    // One test ran the line.
    let before = watch.said().len();
    project.write("shop.py", &SHOP.replace("return 3", "return 4"));
    watch.waits(2);
    assert_eq!(ran(&watch, before), "| test_tea | test_other test_cake test_discount", "{}", context());
    watch.says("connie: shop.py changed: running the test that touches the change or failed before", 1);
    // Its recording is kept: values beside the code are those of the edited lines.
    assert_eq!(tests_with_recordings(&project), [("test_tea".into(), "ok".into())], "{}", context());
    // Two did, and one fails: the rest does not run.
    let before = watch.said().len();
    project.write("shop.py", &SHOP.replace("if name ==", "if name !="));
    watch.waits(3);
    assert_eq!(ran(&watch, before), "| test_tea test_cake", "{}", context());
    watch.says(
        "connie: 1 of 2 tests failed · the other tests did not run · see it with: connie replay 'tests/test_shop.py::",
        1,
    );
    let found = tests_with_recordings(&project);
    assert_eq!(found, [("test_cake".into(), "exception".into()), ("test_tea".into(), "ok".into())], "{}", context());
    // What failed last runs first, whatever changes. A new test runs with them.
    let before = watch.said().len();
    project.write("tests/test_other.py", "def test_other():\n    assert 1 + 1 == 2\n\n\ndef test_new():\n    pass\n");
    watch.waits(4);
    assert_eq!(ran(&watch, before), "| test_new test_cake", "{}", context());
    let before = watch.said().len();
    project.write("shop.py", SHOP);
    watch.waits(5);
    let first = ran(&watch, before);
    assert_eq!(first, "| test_tea test_cake | test_other test_new test_discount", "{}", context());
    // What no test ran alone: all of them.
    let before = watch.said().len();
    project.write("shop.py", &format!("RATE = 1\n{SHOP}"));
    watch.waits(6);
    assert_eq!(ran(&watch, before), "| test_other test_new test_tea test_cake test_discount", "{}", context());
}

#[test]
fn the_rest_may_be_left_out_and_errors_of_collecting_lead_to_all() {
    let Some(library) = pytest_library() else { return };
    let (_, python) = usual_python();
    let project = project();
    let watch = start(&project, &library, &python, &["--first-only"]);
    watch.waits(1);
    let before = watch.said().len();
    project.write("shop.py", &SHOP.replace("total - 1", "total - 2 + 1"));
    watch.waits(2);
    assert_eq!(ran(&watch, before), "| test_discount", "{}", watch.said());
    watch.says("connie: 1 test passed or were skipped · the other tests were left out", 1);
    project.write("shop.py", &SHOP.replace("def discount", "def (discount"));
    watch.waits(3);
    watch.says("connie: pytest ended with exit code 2", 1);
    assert_eq!(tests_with_recordings(&project), [("test_discount".into(), "ok".into())]);
    let before = watch.said().len();
    project.write("shop.py", SHOP);
    watch.waits(4);
    assert_eq!(ran(&watch, before), "| test_other test_tea test_cake test_discount", "{}", watch.said());
    // A test that is deleted, and a file of tests that is made.
    let before = watch.said().len();
    project.write("tests/test_shop.py", &TESTS[..TESTS.find("\n\ndef test_discount").expect("it is there")]);
    project.write("tests/more/test_more.py", "def test_more():\n    assert True\n");
    watch.waits(5);
    assert!(ran(&watch, before).contains("test_more"), "{}", watch.said());
    assert!(!ran(&watch, before).contains("test_discount"), "{}", watch.said());
    assert_eq!(watch.end("INT").code(), Some(130));
    // The map is beside the recordings, and may have any content.
    let map = project.path(".connie/lines-by-test.json");
    assert!(std::fs::read_to_string(&map).expect("a map").contains("test_tea"));
    std::fs::write(map, "{\"version\": 99}").expect("a file");
    let watch = start(&project, &library, &python, &[]);
    watch.waits(1);
    assert_eq!(watch.count("4 tests passed"), 1, "{}", watch.said());
}
