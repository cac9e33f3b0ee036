//! Names that change, and the contents of namespaces, as values show them.

use connie_tests::{Project, every_python, text};
use serde_json::Value;

/// The variables before a line runs for the last time.
fn locals(project: &Project, line: u64) -> Value {
    let rows = project.replay(&["--locals", "all"]);
    let mut at = rows.into_iter().filter(|row| row["event"] == "line" && row["line"] == line);
    at.next_back().expect("the line ran")["locals"].take()
}

const RENAMED: &str = "\
import functools
def f():
    pass
def g():
    pass
kept = [f]
f.__qualname__ = 'renamed'
x = f
functools.update_wrapper(g, f)
y = g
class C:
    pass
C.__qualname__ = 'D'
z = C
def wrap(h):
    @functools.wraps(h)
    def inner():
        return h()
    return inner
w = wrap(f)
end = 1
";

#[test]
fn functions_and_classes_have_the_names_they_were_given() {
    for (minor, python) in every_python() {
        let project = Project::new(RENAMED);
        let output = project.record(&python, &["main.py"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found = locals(&project, 21);
        for name in ["f", "g", "x", "y", "w"] {
            assert_eq!(found[name], "<function renamed>", "{name} on 3.{minor}");
        }
        assert_eq!(found["kept"], "[<function renamed>]", "3.{minor}");
        assert_eq!(found["C"], "<class D>", "3.{minor}");
        assert_eq!(found["z"], "<class D>", "3.{minor}");
    }
}

#[test]
fn none_in_a_namespace_is_none() {
    let program = "n = None\ng = globals()\nend = 1\ndef f():\n    h = globals()\n    return h\nf()\n";
    for (minor, python) in every_python() {
        let project = Project::new(program);
        let output = project.record(&python, &["main.py"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        for (line, name) in [(3, "g"), (6, "h")] {
            let found = locals(&project, line);
            let shown = found[name].as_str().unwrap_or_default();
            assert!(shown.contains("'__spec__': None") && shown.contains("'n': None"), "3.{minor}: {shown}");
            assert!(!shown.contains("NoneType"), "3.{minor}: {shown}");
        }
    }
}
