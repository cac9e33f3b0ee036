//! The overview of a long run: marks of all of it, and always what nothing caught.

use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use serde_json::{Value, json};

/// 1,500 exceptions and pieces of output, then the one that ends it.
const MANY: &str = "for n in range(1500):
    try:
        print(n)
        raise ValueError(n)
    except ValueError:
        pass
raise RuntimeError('the end')
";

fn steps(marks: &Value) -> Vec<u64> {
    marks.as_array().expect("marks").iter().filter_map(|mark| mark["step"].as_u64()).collect()
}

/// Whether marks lie in each twentieth of a run.
fn covers(marks: &[u64], last: u64) -> bool {
    (0..20).all(|part| marks.iter().any(|step| (part * last / 20..=(part + 1) * last / 20).contains(step)))
}

#[test]
fn marks_are_of_the_whole_run() {
    let (minor, python) = pythons().pop().expect("a Python");
    let project = Project::new(MANY);
    assert_eq!(project.record(&python, &["-o", "r.connie", "main.py"]).status.code(), Some(1));
    let mut console = Console::open_with(&project, json!({"recording": project.path("r.connie"), "stopAt": "entry"}));
    console.start();
    let breakpoints = json!({"source": {"path": project.path("main.py")}, "breakpoints": [{"line": 4}]});
    console.request("setBreakpoints", breakpoints);
    let run = console.request("connie/timeline", json!({"marks": true}));
    let last = run["steps"].as_u64().expect("steps");
    for what in ["exceptions", "hits", "output"] {
        let marks = steps(&run[what]);
        assert!(marks.is_sorted() && (500..=1100).contains(&marks.len()), "3.{minor}: {what}: {}", marks.len());
        assert!(covers(&marks, last), "3.{minor}: {what}: {marks:?}");
    }
    let uncaught: Vec<&Value> =
        run["exceptions"].as_array().expect("marks").iter().filter(|one| one["uncaught"] == true).collect();
    assert_eq!(uncaught.len(), 1, "3.{minor}");
    assert_eq!((&uncaught[0]["text"], &uncaught[0]["function"]), (&json!("RuntimeError: the end"), &json!("<module>")));
    // Without marks, output comes page by page, as before.
    let run = console.request("connie/timeline", json!({"count": 10}));
    assert_eq!(run["output"].as_array().map(Vec::len), Some(10));
    assert!(run["next"].is_u64());
    // Histories go on where a page ended, without a gap and without a repetition.
    console.say(":end");
    let (mut before, mut values) = (Value::Null, Vec::new());
    loop {
        let page = console.request("connie/history", json!({"expression": "n", "count": 700, "before": before}));
        let page = page["writes"].as_array().expect("writes").clone();
        values.extend(page.iter().map(|write| write["value"].as_str().expect("a value").to_owned()));
        let Some(last) = page.last() else { break };
        before = last["seen"].clone();
    }
    let wanted: Vec<String> = (0..1500).rev().map(|n: u32| n.to_string()).collect();
    assert!(values == wanted, "3.{minor}: {} values", values.len());
}

#[test]
fn the_viewer_refuses_a_step_that_there_is_not() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new("x = 1\ny = 2\n");
    assert!(project.record(&python, &["main.py"]).status.success());
    for step in ["0", "99999999", "18446744073709551615"] {
        let refused = project.connie(&["view", "latest", "--step", step, "--no-browser"]);
        assert_eq!(refused.status.code(), Some(66), "{step}");
        let said = text(&refused.stderr);
        assert!(said.contains(&format!("there is no step {step}: this recording has steps 1 to ")), "{said}");
        assert_eq!(text(&refused.stdout), "");
    }
}
