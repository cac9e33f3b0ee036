//! Variables that no source can name are shown only on request.

use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use serde_json::{Value, json};

/// Makes the variables that pytest's rewriting of assertions makes, without pytest.
const MAKER: &str = "\
import ast
tree = ast.parse(open('other.py').read(), 'other.py')
for node in ast.walk(tree):
    if isinstance(node, ast.Name) and node.id.startswith('py_'):
        node.id = '@' + node.id
exec(compile(tree, 'other.py', 'exec'), {'__name__': 'other'})
";

fn record(python: &std::path::Path) -> Project {
    let project = Project::new("import maker\n");
    project.write("maker.py", MAKER);
    project.write("other.py", OTHER);
    project.record(python, &["--exclude", "maker.py", "--output", "run.connie", "main.py"]);
    project
}

const OTHER: &str = "\
py_builtins = 'a module has them too'
def test_it():
    total = 3
    py_assert1 = [total]
    py_format2 = 'three'
    seen = sum(check(n) for n in py_assert1)
def check(n):
    return n / 0
test_it()
";

fn names(console: &mut Console, scope: &str, frame: usize) -> Vec<String> {
    let stack = console.request("stackTrace", json!({"threadId": 1}));
    let frame = &stack["stackFrames"][frame]["id"];
    let scopes = console.request("scopes", json!({"frameId": frame}));
    let scopes = scopes["scopes"].as_array().expect("scopes");
    let found = scopes.iter().find(|found| found["name"] == scope).expect("the scope");
    let found = console.request("variables", json!({"variablesReference": found["variablesReference"]}));
    let variables = found["variables"].as_array().expect("variables").iter();
    variables.map(|variable| variable["name"].as_str().unwrap_or_default().to_owned()).collect()
}

fn has_hidden(names: &[String]) -> bool {
    names.iter().any(|name| name.starts_with(['.', '@']))
}

#[test]
fn hidden_variables_are_shown_on_request() {
    for (minor, python) in pythons() {
        let project = record(&python);
        let replay = |arguments: &[&str]| {
            let all: Vec<&str> = ["replay", "run.connie", "--no-pager"].iter().chain(arguments).copied().collect();
            text(&project.connie(&all).stdout)
        };
        for arguments in [&[][..], &["--format", "jsonl"], &["--locals", "none"]] {
            let shown = replay(arguments);
            assert!(!shown.contains("@py_") && !shown.contains(".0="), "3.{minor} {arguments:?}: {shown}");
            assert!(!shown.contains("\".0\""), "3.{minor}: {shown}");
        }
        let all = replay(&["--format", "jsonl", "--locals", "all"]);
        for name in ["\"@py_assert1\"", "\"@py_format2\"", "\"@py_builtins\"", "\".0\""] {
            assert!(all.contains(name), "3.{minor} {name}: {all}");
        }
        let story = replay(&["--locals", "all"]);
        assert!(story.contains("@py_assert1=[3]") && story.contains(".0="), "3.{minor}: {story}");

        let mut console = Console::open(&project, "run.connie");
        console.start();
        // check, the generator expression, test_it.
        for frame in [1, 2] {
            assert!(!has_hidden(&names(&mut console, "Locals", frame)), "3.{minor}");
        }
        assert!(!has_hidden(&names(&mut console, "Globals", 0)), "3.{minor}");
        console.say(":locals all");
        for frame in [1, 2] {
            assert!(has_hidden(&names(&mut console, "Locals", frame)), "3.{minor}");
        }
        assert!(names(&mut console, "Globals", 0).contains(&"@py_builtins".to_owned()), "3.{minor}");
        console.say(":locals");
        assert!(!has_hidden(&names(&mut console, "Locals", 2)), "3.{minor}");
        let mut asked = Console::open_with(&project, json!({"recording": project.path("run.connie"), "locals": "all"}));
        asked.start();
        assert!(has_hidden(&names(&mut asked, "Locals", 2)), "3.{minor}");
    }
}

#[test]
fn pages_targets_and_completions_do_not_list_them() {
    for (minor, python) in pythons() {
        let project = record(&python);
        let page = project.connie(&["export", "run.connie", "-o", "page.html"]);
        assert!(page.status.success(), "{}", text(&page.stderr));
        let page = std::fs::read_to_string(project.path("page.html")).expect("the page");
        assert!(!page.contains("@py_") && !page.contains(">.0<"), "3.{minor}");

        let mut console = Console::open(&project, "run.connie");
        console.start();
        let label = |target: &Value| target["label"].as_str().unwrap_or_default().to_owned();
        let found = console.request("completions", json!({"text": "", "column": 1}));
        let labels: Vec<String> = found["targets"].as_array().expect("targets").iter().map(label).collect();
        assert!(!has_hidden(&labels), "3.{minor}: {labels:?}");
        // Back to the line that calls the generator expression.
        console.say(":backout");
        console.say(":backout");
        assert!(console.say(":where").contains("line 6 in test_it"), "3.{minor}");
        let found = console.request("stepInTargets", json!({}));
        let labels: Vec<String> = found["targets"].as_array().expect("targets").iter().map(label).collect();
        assert!(labels.iter().any(|label| label.contains("<genexpr>()")), "3.{minor}: {labels:?}");
        let seen = console.say(":seen total") + &console.say(":seen seen");
        assert!(!seen.contains("@py_") && !seen.contains(" .0"), "3.{minor}: {seen}");
    }
}
