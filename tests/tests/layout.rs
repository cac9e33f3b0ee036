//! Structs of the interpreter with an unexpected layout are not read.

use std::path::Path;

use connie_tests::{Project, connie, pythons, text};
use serde_json::Value;

const PROGRAM: &str = "\
import array, collections, datetime, decimal, functools, re, types
def work():
    deque = collections.deque([1, 2, 3] * 30, maxlen=80)
    deque.rotate(7)
    factory = collections.defaultdict(list, {1: [2]})
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end('a')
    partial = functools.partial(int, '11', base=2)
    proxy = types.MappingProxyType({'k': 5})
    span = range(1, 9, 2)
    zone = datetime.timezone(datetime.timedelta(hours=1), 'X')
    pattern = re.compile('b+', re.I)
    match = pattern.search('abbc')
    items = array.array('h', [5, -6])
    number = decimal.Decimal('-12.340')
    large = decimal.Decimal('123456789012345678901234567890E+5')
    plain = [1, 'two']
    return len(deque)
print(work(), flush=True)
";

/// Each variable, how it is shown with all structs as expected, and how it is shown with none.
const SHOWN: [(&str, &str, &str); 13] = [
    ("deque", "deque([3, 1, 2, 3, 1, 2, 3, 2, 3, ", "<deque>"),
    ("factory", "defaultdict(<class list>, {1: [2]})", "<defaultdict>"),
    ("ordered", "OrderedDict(", "<OrderedDict>"),
    ("partial", "functools.partial(<class int>, '11', base=2)", "<partial>"),
    ("proxy", "mappingproxy({'k': 5})", "<mappingproxy>"),
    ("span", "range(1, 9, 2)", "<range>"),
    ("zone", "datetime.timezone(datetime.timedelta(seconds=3600), 'X')", "<timezone>"),
    ("pattern", "re.compile('b+', re.IGNORECASE)", "<Pattern>"),
    ("match", "<re.Match object; span=(1, 3), match='bb'>", "<Match>"),
    ("items", "array('h', [5, -6])", "<array>"),
    ("number", "Decimal('-12.340')", "<Decimal>"),
    ("large", "Decimal('1.23456789012345678901234567890E+34')", "<Decimal>"),
    // Its struct is in a header file, and is checked at the start.
    ("plain", "[1, 'two']", "[1, 'two']"),
];

/// The variables of `work` when it returns.
fn variables(project: &Project, python: &Path, recheck: &str) -> Value {
    let mut run = project.command(&connie(), &["run", "--recheck", recheck, "--python"]);
    let output = run.arg(python).arg("main.py").output().expect("connie runs");
    assert_eq!(text(&output.stdout), "80\n", "{}", text(&output.stderr));
    let steps = project.replay(&["--locals", "all"]);
    let is_it = |step: &&Value| step["function"] == "work" && step["locals"]["plain"].is_string();
    steps.iter().rfind(is_it).expect("a step at the end of work")["locals"].clone()
}

#[test]
fn a_struct_that_is_not_as_expected_is_not_read() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let known = variables(&project, &python, "full");
        let unknown = variables(&project, &python, "full:layout");
        for (name, there, without) in SHOWN {
            let shown = known[name].as_str().unwrap_or_default();
            assert!(shown.starts_with(there), "3.{minor}: {name} = {shown}");
            assert_eq!(unknown[name], without, "3.{minor}: {name}");
        }
    }
}
