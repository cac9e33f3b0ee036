//! `connie why`, `connie history` and `connie origin`: the moment that a question is about, formats, and messages if
//! there is no answer. The answers themselves are tested in answers.rs.

use connie_tests::{Project, pythons, text, usual_python};
use serde_json::{Value, json};

const PROGRAM: &str = r#"class Cart:
    def __init__(self):
        self.items = []

    def add(self, n):
        self.items.append(n)


def total(cart):
    result = 0
    for n in cart.items:
        result += n
    return result


cart = Cart()
for i in range(3):
    cart.add(i * 10)
first = total(cart)
cart.items.remove(10)
second = total(cart)
copy = second
raise ValueError(copy)
"#;

fn lines(project: &Project, arguments: &[&str]) -> Vec<String> {
    let output = project.connie(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    let printed = text(&output.stdout);
    printed.lines().map(|line| line.split_once("main.py:").map_or(line, |(_, rest)| rest).to_owned()).collect()
}

#[test]
fn questions_are_answered() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["main.py"]);
        assert_eq!(lines(&project, &["why", "second"]), ["21  <module>  20"], "3.{minor}");
        assert_eq!(
            lines(&project, &["why", "cart.items"]),
            ["20  <module>  -10 at [1]  → [0, 20]", "3  Cart.__init__  []"],
            "3.{minor}"
        );
        let history = lines(&project, &["history", "cart.items"]);
        assert_eq!(history.len(), 5, "3.{minor}: {history:?}");
        assert_eq!(history[1], "6  Cart.add  +20 at [2]  → [0, 10, 20]", "3.{minor}");
        // For a variable of a function that has ended, its last call is meant.
        assert_eq!(lines(&project, &["why", "result"]), ["12  total  20"], "3.{minor}");
        // At a line, the value is that before the line runs.
        assert_eq!(lines(&project, &["why", "result", "--at", "main.py:13"]), ["12  total  20"], "3.{minor}");
        assert_eq!(lines(&project, &["why", "result", "--at", "main.py:13:1"]), ["12  total  30"], "3.{minor}");
        assert_eq!(lines(&project, &["why", "result", "--at", "main.py:12:1"]), ["10  total  0"], "3.{minor}");
        let later = lines(&project, &["history", "result", "--later", "--at", "main.py:11:1", "--most", "2"]);
        assert_eq!(later, ["12  total  0 (an equal value)", "12  total  10"], "3.{minor}");
        let origin = lines(&project, &["origin", "copy"]);
        assert_eq!(origin[0], "22  <module>  written copy = 20", "3.{minor}: {origin:?}");
    }
}

#[test]
fn answers_are_objects() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["main.py"]);
    let answer = |arguments: &[&str]| -> Value {
        let output = project.connie(&[arguments, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let why = answer(&["why", "second"]);
    assert_eq!((&why["expression"], &why["answer"], &why["at"]["line"]), (&json!("second"), &json!("why"), &json!(23)));
    assert_eq!((&why["writes"][0]["at"]["line"], &why["writes"][0]["value"]), (&json!(21), &json!("20")));
    let history = answer(&["history", "cart.items", "--most", "2"]);
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(2));
    assert_eq!(history["versions"][0]["changed"], json!(["-10 at [1]"]));
    assert!(history["next"].is_u64());
    let origin = answer(&["origin", "copy"]);
    assert_eq!((&origin["answer"], &origin["hops"][0]["how"]), (&json!("origin"), &json!("written")));
    // Text for people goes to stderr, so that a script reads only the answer.
    let output = project.connie(&["why", "second"]);
    assert!(text(&output.stderr).starts_with("second at step "), "{}", text(&output.stderr));
}

#[test]
fn what_has_no_answer_is_said() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["main.py"]);
    for (arguments, code, said) in [
        (&["why", "nothing"][..], 64, "nothing is not known here"),
        (&["why", "1 +"], 64, "not a Python expression"),
        (&["why", "first", "--at", "x.py:1"], 66, "x.py did not run in this recording"),
        (&["why", "first", "--at", "main.py:23:2"], 66, "main.py:23 did not run 2 times in this recording"),
        (&["why", "first", "--at", "total"], 64, "--at takes FILE:LINE or FILE:LINE:HIT, not total"),
        (&["why", "first", "--step", "99999"], 66, "99999"),
        (&["why", "first", "--step", "3", "--at", "main.py:3"], 64, "cannot be used with"),
    ] {
        let output = project.connie(arguments);
        let (err, found) = (text(&output.stderr), output.status.code());
        assert!(err.contains(said) && found == Some(code), "{arguments:?}: {found:?} {err}");
    }
}

/// A question about a run is not about a generator that is closed when the interpreter ends.
#[test]
fn the_end_of_a_run_is_that_of_its_first_frame() {
    let program = "x = 1\ndef g():\n    x = 99\n    yield x\nit = g()\nnext(it)\nx = 2\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        assert_eq!(lines(&project, &["why", "x"]), ["7  <module>  2"], "3.{minor}");
    }
}
