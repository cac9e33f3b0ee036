//! Expressions on recorded values give the results of CPython, or report that the value is not known.

use std::io::Write;
use std::process::{Command, Stdio};

use connie_expression::{Expression, Problem, text};
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::render::{Bounds, World};
use connie_tests::{Project, pythons};
use connie_wire::Value;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};

const VARIABLES: &str = "a = 7
b = -3
x = 2.5
zero = 0
name = 'connie'
empty = ''
xs = [1, 2, 3, [4, 5]]
pair = (1, 'two')
table = {'k': 1, 2: 'v', None: xs}
flag = True
nothing = None
big = 2 ** 70 + 3
third = 1 / 3
huge = -1.5e300
words = 'Two words, \\tthree  '
raw = b'by tes\\xff'
bag = {1, 40, 2.5}
few = {1, 3}
nested = {'a': {'b': [1, {'c': 2}]}}
class P: pass
p = P()
p.x = 10
p.items = xs
here = 1
";

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-20i64..20).prop_map(|n| n.to_string()),
        prop::sample::select(vec![
            "a",
            "b",
            "x",
            "zero",
            "name",
            "empty",
            "xs",
            "pair",
            "table",
            "flag",
            "nothing",
            "p.x",
            "p.items",
            "1.5",
            "'t'",
            "big",
            "third",
            "huge",
            "words",
            "raw",
            "bag",
            "few",
            "nested",
            "' '",
            "'%s|%5.1f'",
            "(1, 2)",
            "b'y'",
            "2**64",
            "0xffffffffffffffffff",
            "1e16",
            "-0.0",
            "nested['a']",
            "None",
            "True",
            "xs[3]",
            "table['k']",
            "missing",
            "[]",
            "()",
            "''",
        ])
        .prop_map(String::from),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (two.clone(), prop::sample::select(vec!["+", "-", "*", "/", "//", "%", "&", "|", "^", ">>", "<<", "**"]))
                .prop_map(|((l, r), op)| format!("({l} {op} {r})")),
            (two.clone(), prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]))
                .prop_map(|((l, r), op)| format!("({l} {op} {r})")),
            (two.clone(), prop::sample::select(vec!["and", "or"])).prop_map(|((l, r), op)| format!("({l} {op} {r})")),
            (inner.clone(), prop::sample::select(vec!["-", "not ", "~", "+"])).prop_map(|(v, op)| format!("({op}{v})")),
            (two.clone()).prop_map(|(l, r)| format!("{l}[{r}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(v, l, r)| format!("{v}[{l}:{r}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(t, l, r)| format!("({l} if {t} else {r})")),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "len", "bool", "str", "repr", "abs", "int", "float", "sum", "min", "max", "any", "all", "list",
                    "tuple", "sorted", "round", "set", "ascii", "hex", "bin", "oct", "chr", "ord", "callable",
                ])
            )
                .prop_map(|(v, f)| format!("{f}({v})")),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "upper",
                    "lower",
                    "strip",
                    "isdigit",
                    "title",
                    "capitalize",
                    "swapcase",
                    "split",
                    "rsplit",
                    "splitlines",
                    "isalpha",
                    "isalnum",
                    "isspace",
                    "isupper",
                    "islower",
                    "isidentifier",
                    "casefold",
                    "lstrip",
                    "rstrip",
                    "hex",
                    "decode",
                    "encode",
                    "copy",
                    "bit_length",
                    "is_integer",
                    "union",
                    "real",
                ])
            )
                .prop_map(|(v, m)| format!("{v}.{m}()")),
            (
                two.clone(),
                prop::sample::select(vec![
                    "startswith",
                    "endswith",
                    "get",
                    "split",
                    "rsplit",
                    "join",
                    "count",
                    "index",
                    "find",
                    "rfind",
                    "strip",
                    "removeprefix",
                    "removesuffix",
                    "partition",
                    "rpartition",
                    "center",
                    "ljust",
                    "rjust",
                    "zfill",
                    "union",
                    "intersection",
                    "difference",
                    "symmetric_difference",
                    "issubset",
                    "issuperset",
                    "isdisjoint",
                    "format",
                    "encode",
                    "decode",
                ])
            )
                .prop_map(|((v, a), m)| format!("{v}.{m}({a})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(e, i, c)| format!("[{e} for a in {i} if {c}]")),
            (inner.clone(), inner.clone(), prop::sample::select(vec!["any", "all", "sum", "list", "max"]))
                .prop_map(|(e, i, f)| format!("{f}({e} for b in {i})")),
            (inner.clone(), prop::sample::select(vec!["range", "enumerate", "reversed", "zip(xs, "]))
                .prop_map(|(v, f)| if f.ends_with(' ') { format!("list({f}{v}))") } else { format!("list({f}({v}))") }),
            (inner.clone(), prop::sample::select(vec!["keys", "values", "items"]))
                .prop_map(|(v, m)| format!("list({v}.{m}())")),
            (inner.clone(), prop::sample::select(vec!["int", "str", "(list, float)", "dict", "object", "bool"]))
                .prop_map(|(v, t)| format!("isinstance({v}, {t})")),
            (two.clone()).prop_map(|(l, r)| format!("({l} in {{{r}, 1, 't'}})")),
            (
                inner.clone(),
                inner.clone(),
                inner.clone(),
                prop::sample::select(vec!["replace", "split", "rsplit", "find", "count"])
            )
                .prop_map(|(v, l, r, m)| format!("{v}.{m}({l}, {r})")),
            (inner.clone(), format_spec()).prop_map(|(v, spec)| format!("f\"{{{v}:{spec}}}\"")),
            (inner.clone(), format_spec()).prop_map(|(v, spec)| format!("format({v}, '{spec}')")),
            (inner.clone(), format_spec()).prop_map(|(v, spec)| format!("'a{{0:{spec}}}b{{0!r}}'.format({v})")),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "s", "r", "d", "5d", "-7s", "+d", "05d", ".2f", "8.3e", "g", "x", ".3g", "%"
                ])
            )
                .prop_map(|(v, kind)| format!("'<%{kind}>' % {v}")),
            (two.clone()).prop_map(|(l, r)| format!("divmod({l}, {r})")),
            (two.clone()).prop_map(|(l, r)| format!("round({l}, {r})")),
            (two.clone()).prop_map(|(l, r)| format!("(type({l}) is type({r}))")),
            (inner.clone(), prop::sample::select(vec!["int", "str", "list", "dict", "bool", "float"]))
                .prop_map(|(v, t)| format!("(type({v}) == {t})")),
            (inner.clone()).prop_map(|v| format!("type({v}).__name__")),
            (two.clone()).prop_map(|(l, r)| format!("{{{l}: {r}, 'k': 2}}")),
            (two.clone()).prop_map(|(e, i)| format!("len({{{e} for a in {i}}})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(k, v, i)| format!("{{{k}: {v} for b in {i}}}")),
            (inner.clone()).prop_map(|v| format!("sorted({v}, reverse=True)")),
            (two.clone(), prop::sample::select(vec!["min", "max", "sorted", "list", "tuple"])).prop_map(
                |((v, k), f)| match f {
                    "list" | "tuple" => format!("{f}(map(lambda q: {k}, {v}))"),
                    f => format!("{f}({v}, key=lambda q: {k})"),
                }
            ),
            (inner.clone(), prop::sample::select(vec!["len", "str", "abs", "repr", "bool"]))
                .prop_map(|(v, f)| format!("list(map({f}, {v}))")),
            (two.clone(), prop::sample::select(vec!["any", "all", "next", "list"]))
                .prop_map(|((v, c), f)| format!("{f}(filter(lambda q: {c}, {v}))")),
            (inner.clone()).prop_map(|v| format!("next(iter({v}), 'no')")),
            (two.clone()).prop_map(|(l, r)| format!("[*{l}, *{r}]")),
            (two.clone()).prop_map(|(l, r)| format!("dict({l}, z={r})")),
            (two.clone()).prop_map(|(l, r)| format!("{{**{l}, 'k': {r}}}")),
            (two.clone()).prop_map(|(l, r)| format!("dict(zip({l}, {r}))")),
            (two.clone()).prop_map(|(l, r)| format!("sum({l}, {r})")),
            (inner.clone()).prop_map(|v| format!("dir({v})")),
            (inner.clone(), prop::sample::select(vec!["upper", "real", "x", "k", "get", "args"]))
                .prop_map(|(v, n)| format!("hasattr({v}, '{n}')")),
            (two.clone(), prop::sample::select(vec!["real", "x", "q", "numerator"]))
                .prop_map(|((v, d), n)| format!("getattr({v}, '{n}', {d})")),
            (inner.clone(), prop::sample::select(vec!["keys", "values", "items"]))
                .prop_map(|(v, m)| format!("{v}.{m}()")),
            (two.clone()).prop_map(|(l, r)| format!("f'{{{l}=}} {{{r}!r:>12}}'")),
            (two.clone()).prop_map(|(l, r)| format!("'{{a}}|{{b!s:^9}}'.format(a={l}, b={r})")),
            (two.clone()).prop_map(|(l, r)| format!("'%(k)s %s' % {l} if {r} else '%(k)r' % {l}")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(l, r, c)| format!("({l} in ({c} for c in {r}))")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("list(enumerate({l}, start={r}))")),
            inner.clone().prop_map(|v| format!("f\"<{{{v}}}>\"")),
            inner.clone().prop_map(|v| format!("f\"{{{v}!r}}\"")),
            two.prop_map(|(l, r)| format!("[{l}, {r}]")),
        ]
    })
}

/// Format specifications, most of them valid.
fn format_spec() -> impl Strategy<Value = String> {
    let part = |choices: &'static [&'static str]| prop::sample::select(choices.to_vec());
    (
        part(&["", "", "", "<", ">", "^", "=", "*>", "0=", "x^"]),
        part(&["", "", "", "+", "-", " "]),
        part(&["", "", "", "#"]),
        part(&["", "", "0"]),
        part(&["", "", "3", "8", "12", "21"]),
        part(&["", "", "", ",", "_"]),
        part(&["", "", "", ".0", ".1", ".3", ".17"]),
        part(&["", "", "d", "f", "e", "g", "s", "x", "X", "b", "o", "%", "E", "F", "G", "c", "q"]),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| format!("{a}{b}{c}{d}{e}{f}{g}{h}"))
}

#[test]
fn values_are_those_of_cpython() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(VARIABLES);
    assert!(project.record(&python, &["--output", "run.connie", "main.py"]).status.success());
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let moment = Moment::at(&recording, recording.info.steps).expect("the last step");
    let frame = moment.step.frame.expect("a frame");
    let scope = moment.scope(frame, None);

    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let strategy = expressions();
    let mut all: Vec<String> =
        (0..16_000).map(|_| strategy.new_tree(&mut runner).expect("an expression").current()).collect();
    all.retain(|text| text.len() < 200);
    let ask = include_str!("expression/ask.py").replace("VARIABLES", VARIABLES);
    let mut child =
        Command::new(&python).args(["-c", &ask]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python");
    let mut stdin = child.stdin.take().expect("stdin");
    let lines = all.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("the writer").expect("written");
    let answers: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), all.len());

    let (mut same, mut unknown, mut wrong) = (0, 0, Vec::new());
    for (expression, truth) in all.iter().zip(&answers) {
        let ours = Expression::parse(expression).and_then(|parsed| parsed.eval(&scope));
        let (mark, truth) = truth.split_at(2);
        match ours {
            Err(Problem::NotEvaluated(_) | Problem::Cut { .. }) => unknown += 1,
            _ if mark == "? " => unknown += 1,
            Ok(value) => {
                let shown = text(&moment.player, &value, Bounds::default());
                if (mark, truth) == ("= ", shown.as_str()) || truth == "long" {
                    same += 1
                } else {
                    wrong.push((expression, truth.to_owned(), shown))
                }
            }
            Err(Problem::Raised(what)) => {
                let name = what.split(':').next().unwrap_or_default().to_owned();
                if mark == "! " && truth == name { same += 1 } else { wrong.push((expression, truth.to_owned(), what)) }
            }
            Err(Problem::Name(_)) => {
                if truth == "NameError" {
                    same += 1
                } else {
                    wrong.push((expression, truth.to_owned(), "NameError".into()))
                }
            }
            Err(Problem::Syntax(why)) => {
                if truth == "SyntaxError" {
                    same += 1
                } else {
                    wrong.push((expression, truth.to_owned(), why))
                }
            }
        }
    }
    println!("{same} equal, {unknown} not evaluated");
    assert!(wrong.is_empty(), "{} differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    assert!(same > 10_000, "only {same} of {} could be compared", all.len());
}

/// Values that unrecorded code may have changed, and that were not read again, are marked.
#[test]
fn what_is_in_doubt_is_said_to_be() {
    for (minor, python) in pythons() {
        let project = Project::new(
            "from helper import poke
def work(rows):
    poke(rows)
    return rows[0]
work([[1], [2, [3]]])
",
        );
        std::fs::create_dir(project.path("lib")).expect("a folder");
        std::fs::write(project.path("lib/helper.py"), "def poke(rows):\n    rows[0].append(7)\n").expect("a file");
        let main = std::fs::read_to_string(project.path("main.py")).expect("the program");
        std::fs::write(project.path("main.py"), format!("import sys; sys.path.insert(0, 'lib')\n{main}"))
            .expect("a file");
        let asked = |recheck: &str, text: &str| {
            let name = format!("{recheck}.connie");
            let output = project.path(&name);
            if !output.exists() {
                let run = ["--exclude", "lib/*", "--recheck", recheck, "--output", &name, "main.py"];
                assert!(project.record(&python, &run).status.success());
            }
            let recording = Recording::open(&output).expect("a recording");
            let step = (1..recording.info.steps)
                .find(|step| {
                    let moment = Moment::at(&recording, *step).expect("a step");
                    moment.step.frame.is_some_and(|frame| frame.line == 5) && moment.step.depth == 2
                })
                .expect("the last line of the function");
            let moment = Moment::at(&recording, step).expect("a step");
            let scope = moment.scope(moment.step.frame.expect("a frame"), None);
            let parsed = Expression::parse(text).expect("an expression");
            let sure = parsed.eval(&scope).is_ok();
            let (value, doubtful) = parsed.eval_doubtful(&scope).expect("a value");
            assert_eq!(sure, !doubtful, "{text} on 3.{minor}");
            (connie_expression::with_doubt(self::text(&moment.player, &value, Bounds::default()), doubtful), sure)
        };
        assert_eq!(asked("full", "rows[0]"), ("[1, 7]".into(), true), "3.{minor}");
        assert_eq!(asked("full", "rows"), ("[[1, 7], [2, [3]]]".into(), true), "3.{minor}");
        assert_eq!(asked("0", "len(rows)"), ("2".into(), true), "3.{minor}");
        assert_eq!(asked("0", "rows"), ("[[1]?, [2, [3]]?]".into(), true), "3.{minor}");
        assert_eq!(asked("0", "rows[0][0] == 1"), ("True?".into(), false), "3.{minor}");
    }
}

/// The end of a chain that is longer than the counted levels is marked, if it was not read again.
#[test]
fn what_lies_too_deep_to_count_is_in_doubt() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(
        "import sys; sys.path.insert(0, 'lib')
from helper import call
def chain(length):
    last = head = []
    for _ in range(length):
        head = [head]
    return last.append, head
def work(poke, head):
    call(poke)
    return len(head)
work(*chain(600))
",
    );
    project.write("lib/helper.py", "def call(poke):\n    poke(7)\n");
    let mut sure = 0;
    for looks in (400..4000).step_by(150) {
        let recheck = looks.to_string();
        let name = format!("{recheck}.connie");
        let run = ["--exclude", "lib/*", "--recheck", &recheck, "--output", &name, "main.py"];
        assert!(project.record(&python, &run).status.success());
        let recording = Recording::open(&project.path(&name)).expect("a recording");
        let at = |step: &u64| {
            let moment = Moment::at(&recording, *step).expect("a step");
            moment.step.frame.is_some_and(|frame| frame.line == 10) && moment.step.depth == 2
        };
        let moment = Moment::at(&recording, (1..=recording.info.steps).find(at).expect("the line")).expect("a step");
        let world = &moment.player;
        let (_, mut value) = world.locals(&moment.step.frame.expect("a frame")).pop().expect("head");
        let mut object = 0;
        while let Value::Object(next) = value {
            object = next;
            let items = &world.entity(object).expect("a list").items;
            value = items.first().cloned().unwrap_or(Value::None);
        }
        assert!(value == Value::Int(7) || world.in_doubt(object), "--recheck {recheck}: {value:?}");
        sure += u32::from(!world.in_doubt(object));
    }
    assert!((1..24).contains(&sure), "sure of it with {sure} of 24 numbers of looks");
}
