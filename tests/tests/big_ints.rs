//! Ints of any size: neither the program nor a reader waits for their digits.

use std::io::{BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use connie_expression::{Expression, text};
use connie_framing::Incoming;
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::render::Bounds;
use connie_tests::{Project, connie, pythons, text as printed};
use serde_json::{Value, json};

const PROGRAM: &str = "\
def f(limit):
    n = 1 << 4_000_000
    m = -n
    nines = 10 ** 4300 - 1
    over = 10 ** 4300
    both = [n, {'k': n + 1}, (n, 1)]
    x = 3 ** 7
    for i in range(3):
        n = n * 3 + i
    return n.bit_length()
print(f(1 << 5_000_000))
";
const DIGITS: &str = "<int, 1,204,120 digits>";

/// The value of each expression at the last line of `f`, and the time it took.
fn evaluate(path: &Path, expressions: &[&str]) -> Vec<Result<String, String>> {
    let recording = Recording::open(path).expect("a recording");
    let at = (1..=recording.info.steps)
        .rev()
        .find(|step| Moment::at(&recording, *step).is_ok_and(|moment| moment.step.frame.is_some_and(|f| f.line == 8)))
        .expect("the loop");
    let moment = Moment::at(&recording, at).expect("a step");
    let frame = moment.step.frame.expect("a frame");
    let scope = moment.scope(frame, None);
    let one = |expression: &&str| {
        let start = Instant::now();
        let got = Expression::parse(expression).and_then(|expression| expression.eval(&scope));
        let bounds = Bounds { string: 2_000_000, ..Bounds::default() };
        let shown = got.map(|got| text(&moment.player, &got, bounds)).map_err(|problem| problem.to_string());
        assert!(start.elapsed() < Duration::from_secs(4), "{expression}: {:?}", start.elapsed());
        shown
    };
    expressions.iter().map(one).collect()
}

#[test]
fn digits_of_large_ints_are_counted() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let output = project.record(&python, &["-o", "big.connie", "main.py"]);
        assert_eq!(printed(&output.stdout), "4000005\n", "3.{minor}: {}", printed(&output.stderr));
        let path = project.path("big.connie");
        let start = Instant::now();
        let story = printed(&project.connie(&["replay", "big.connie"]).stdout);
        assert!(start.elapsed() < Duration::from_secs(5), "replay took {:?}", start.elapsed());
        assert!(story.contains(&format!("n={DIGITS}")), "3.{minor}: {story}");
        assert!(story.contains("m=<int, 1,204,120 digits, negative>"), "3.{minor}: {story}");
        assert!(story.contains("over=<int, 4,301 digits>"), "3.{minor}: {story}");
        assert!(story.contains(&format!("[{DIGITS}, {{'k': {DIGITS}}}, ({DIGITS}, 1)]")), "3.{minor}: {story}");
        // Each new value is a change, even if two of them have the same number of digits.
        assert_eq!(story.matches("n=<int, 1,204,121 digits>").count(), 2, "3.{minor}: {story}");
        let jsonl = printed(&project.connie(&["replay", "big.connie", "--format", "jsonl"]).stdout);
        assert!(jsonl.contains(DIGITS), "3.{minor}: {jsonl}");
        assert!(project.connie(&["export", "big.connie", "-o", "page.html"]).status.success());
        let nines = evaluate(&path, &["nines"]).remove(0);
        assert_eq!(nines, Ok("9".repeat(4300)), "3.{minor}");
    }
}

#[test]
fn expressions_are_bounded() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "big.connie", "main.py"]).status.success());
    let path = project.path("big.connie");
    let known = [
        ("hex(m)", format!("'-0x1{}'", "0".repeat(1_000_000))),
        ("hex(m) == '-0x1' + '0' * 1_000_000", "True".into()),
        ("m == -(1 << 4_000_000)", "True".into()),
        ("m < -1e300 and -m > x", "True".into()),
        ("-m - (1 << 4_000_000)", "0".into()),
        ("m.bit_length()", "4000001".into()),
        ("-m >> 3_999_990", "1024".into()),
        ("m % 7", ((-(1i64 << (4_000_000 % 3))).rem_euclid(7)).to_string()),
        ("x ** 2", (2187 * 2187).to_string()),
        ("1 ** 10 ** 10 + (-1) ** (10 ** 10 + 1)", "0".into()),
        ("2 ** 4_000_000 == -m", "True".into()),
        ("[] * 10 ** 12 or '' * 10 ** 12", "''".into()),
        ("round(over, -4299)", "<int, 4,301 digits>".into()),
        ("round(12345, -10 ** 12)", "0".into()),
    ];
    let expressions: Vec<&str> = known.iter().map(|(expression, _)| *expression).collect();
    for ((expression, expected), got) in known.iter().zip(evaluate(&path, &expressions)) {
        assert_eq!(got.as_ref(), Ok(expected), "{expression}");
    }
    let refused = [
        "x ** -m",
        "x ** x ** x",
        "10 ** 10 ** 10",
        "x << 10 ** 9",
        "1 << 10 ** 30",
        "m * m * m * m * m * m * m * m * m",
        "-m ** 50",
        "-m // (m >> 1_500_000)",
        "'a' * 10 ** 12",
        "[1] * 10 ** 12",
        "[[1] * 60_000] * 60_000",
        "b'a' * 10 ** 12",
        "(1, 2) * 10 ** 12",
        "str(m)",
        "repr(m)",
        "f'{m}'",
        "f'{m:,}'",
        "'%d' % m",
        "'{}'.format(m)",
        "str([m])",
        "int('9' * 5000)",
        "['a' * 1_000_000 for _ in range(100_000)]",
        "[m + i for i in range(100_000)]",
        "[m == n for _ in range(100_000)]",
        "{i for i in range(100_000)}",
        "[str(i) * 4_000_000 for i in range(9)] * 100_000",
        "list(range(10 ** 12))",
        "sum(range(10 ** 12))",
        "f'{x:>99999999999}'",
        "round(m, -1_000_000)",
        "limit + 1",
    ];
    for (expression, got) in refused.iter().zip(evaluate(&path, &refused)) {
        let why = got.expect_err(expression);
        assert!(why.contains("not evaluated: ") || why.contains("Error: "), "{expression}: {why}");
    }
}

#[test]
fn ints_larger_than_the_ring_are_counted_alone() {
    const HUGE: &str = "\
import os
def many(a, b, c, d, e, f):
    return a + b
def work():
    n = 1 << 1_000_000_000
    k = 1 << 4_000_000
    all = [k + i for i in range(9)]
    many(k, k + 1, k + 2, k + 3, k + 4, k + 5)
    return n.bit_length()
pid = os.fork()
bits = work()
if pid:
    os.waitpid(pid, 0)
    print(bits)
";
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(HUGE);
    let mut command = project.command(Path::new("timeout"), &["60"]);
    command.arg(connie()).args(["run", "-q", "-o", "huge.connie", "--python"]).arg(&python).arg("main.py");
    let output = command.output().expect("it runs");
    assert_eq!(printed(&output.stdout), "1000000001\n", "{}", printed(&output.stderr));
    let story = printed(&project.connie(&["replay", "huge.connie"]).stdout);
    assert_eq!(story.matches("n=<int, 301,029,996 digits>").count(), 2, "{story}");
    assert!(story.contains(&format!("[{}]", [DIGITS; 9].join(", "))), "{story}");
}

/// The debug adapter's answers to requests about a recording.
fn ask(project: &Project, requests: &[(&str, Value)]) -> Vec<Value> {
    let mut command = project.command(&connie(), &["dap"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("connie runs");
    let mut stdin = child.stdin.take().expect("its input");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut answers = Vec::new();
    for (seq, (command, arguments)) in requests.iter().enumerate() {
        let request = json!({"seq": seq, "type": "request", "command": command, "arguments": arguments}).to_string();
        write!(stdin, "Content-Length: {}\r\n\r\n{request}", request.len()).expect("it reads");
        stdin.flush().expect("it reads");
        loop {
            match connie_framing::read(&mut output, u64::MAX) {
                Ok(Some(Incoming::Message(message)))
                    if message["request_seq"] == seq && message["type"] == "response" =>
                {
                    break answers.push(message);
                }
                Ok(Some(_)) => {}
                other => panic!("{command}: {other:?}"),
            }
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    answers
}

#[test]
fn hexadecimal_digits_are_exact_in_a_debugger() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project =
        Project::new("def f():\n    n = 1 << 4_000_000\n    m = -n - 5\n    k = 1 << 70\n    return n\nf()\n");
    assert!(project.record(&python, &["-o", "big.connie", "main.py"]).status.success());
    let recording = Recording::open(&project.path("big.connie")).expect("a recording");
    let at = |step: &u64| Moment::at(&recording, *step).is_ok_and(|m| m.step.frame.is_some_and(|f| f.line == 5));
    let step = (1..=recording.info.steps).find(at).expect("the line");
    let frame = Moment::at(&recording, step).expect("a step").step.frame.expect("a frame").frame;
    let evaluate = |expression: &str, format: Value| {
        ("evaluate", json!({"expression": expression, "frameId": frame, "context": "watch", "format": format}))
    };
    let start = Instant::now();
    let answers = ask(
        &project,
        &[
            ("initialize", json!({"adapterID": "test"})),
            ("attach", json!({"recording": project.path("big.connie")})),
            ("configurationDone", json!({})),
            ("connie/seek", json!({"step": step})),
            ("stackTrace", json!({"threadId": 1})),
            ("scopes", json!({"frameId": frame})),
            ("variables", json!({"variablesReference": 1, "format": {"hex": true}})),
            ("variables", json!({"variablesReference": 1})),
            evaluate("n", json!({"hex": true})),
            evaluate("hex(m)", json!({})),
            evaluate("n", json!({})),
            evaluate("f'{n}'", json!({})),
        ],
    );
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let whole = format!("0x1{}", "0".repeat(1_000_000));
    let minus = format!("-0x1{}5", "0".repeat(999_999));
    let value = |answer: &Value, name: &str| {
        let all = answer["body"]["variables"].as_array().expect("variables");
        all.iter().find(|one| one["name"] == name).expect("the variable")["value"].as_str().expect("text").to_owned()
    };
    assert!(value(&answers[6], "n") == whole && value(&answers[6], "m") == minus);
    assert_eq!(value(&answers[6], "k"), "0x400000000000000000");
    assert_eq!((value(&answers[7], "n"), value(&answers[7], "k")), (DIGITS.into(), (1u128 << 70).to_string()));
    assert!(answers[8]["body"]["result"] == whole.as_str());
    assert!(answers[9]["body"]["result"] == format!("'{minus}'"));
    assert_eq!(answers[10]["body"]["result"], DIGITS);
    assert_eq!(answers[11]["success"], false);
}
