//! Expressions that people type: each gives the result of Python, or a reason why there is none.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use connie_expression::{Expression, Problem, text};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::Timeline;
use connie_recording::Recording;
use connie_recording::render::Bounds;
use connie_tests::{Project, pythons};

const PROGRAM: &str = include_str!("expression/program.py");
const KNOWN: &str = include_str!("expression/known.txt");
const REFUSED: &str = include_str!("expression/refused.txt");

/// Python's result for each line, after a program that may import packages of a folder.
pub(crate) fn truth(python: &Path, program: &str, lines: &str, packages: Option<&Path>) -> Vec<String> {
    let ask = include_str!("expression/ask.py").replace("VARIABLES", program);
    let mut command = Command::new(python);
    command.args(["-c", &ask]).env("PYTHONHASHSEED", "0").stdin(Stdio::piped()).stdout(Stdio::piped());
    let command = packages.into_iter().fold(&mut command, |command, packages| command.env("PYTHONPATH", packages));
    let mut child = command.spawn().expect("python");
    let mut stdin = child.stdin.take().expect("stdin");
    let lines = lines.trim_end().to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("the writer").expect("written");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// The results for the last moment of the recording.
fn asked(recording: &Recording, lines: &str) -> Vec<Result<String, Problem>> {
    let moment = Moment::at(recording, recording.info.steps).expect("the last step");
    let frame = moment.step.frame.expect("a frame");
    let source = recording.functions[frame.code as usize].source;
    let globals = Modules::default().namespace(recording, &Timeline::default(), source, frame.frame);
    let scope = moment.scope(frame, globals);
    let one = |line: &str| {
        let (value, doubtful, printed) = Expression::parse(line)?.eval_printing(&scope)?;
        assert!(!doubtful, "{line} is in doubt");
        let printed = match printed.as_str() {
            "" => String::new(),
            printed => format!(" printed {}", serde_json::Value::from(printed)),
        };
        Ok(text(&moment.player, &value, Bounds::default()) + &printed)
    };
    lines.lines().map(one).collect()
}

fn recorded(python: &Path) -> (Project, Recording) {
    let project = Project::new(PROGRAM);
    assert!(project.record(python, &["--output", "run.connie", "main.py"]).status.success());
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    (project, recording)
}

#[test]
fn what_people_type_is_answered_as_python_does() {
    for (minor, python) in pythons() {
        let (_project, recording) = recorded(&python);
        let truth = truth(&python, PROGRAM, KNOWN, None);
        let wrong: Vec<_> = KNOWN.lines().zip(truth).zip(asked(&recording, KNOWN)).collect();
        assert!(wrong.len() > 300);
        let differs = |((_, truth), ours): &((&str, String), Result<String, Problem>)| {
            ours.as_ref().map_or(true, |ours| format!("= {ours}") != *truth && *truth != "= long")
        };
        let wrong: Vec<_> = wrong.into_iter().filter(differs).collect();
        assert!(wrong.is_empty(), "{} of 3.{minor} differ: {wrong:#?}", wrong.len());
    }
}

/// An expression that raises in Python raises the same here, or is refused. It never has a value.
#[test]
fn what_cannot_be_answered_is_refused_with_a_reason() {
    for (minor, python) in pythons() {
        let (_project, recording) = recorded(&python);
        let truth = truth(&python, PROGRAM, REFUSED, None);
        for ((line, truth), ours) in REFUSED.lines().zip(truth).zip(asked(&recording, REFUSED)) {
            let raised = truth.strip_prefix("! ");
            match ours {
                Ok(value) => panic!("{line} on 3.{minor} is {value}, which Python answers with {truth}"),
                Err(Problem::Raised(what)) => {
                    assert_eq!(raised, what.split(':').next(), "{line} on 3.{minor}: {what}");
                }
                Err(Problem::Name(_)) => assert_eq!(raised, Some("NameError"), "{line} on 3.{minor}"),
                Err(Problem::Syntax(why)) => assert_eq!(raised, Some("SyntaxError"), "{line} on 3.{minor}: {why}"),
                Err(Problem::NotEvaluated(_) | Problem::Cut { .. }) => {}
            }
        }
    }
}

/// A refusal names the part that it is about.
#[test]
fn a_refusal_says_exactly_why() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (_project, recording) = recorded(&python);
    let told = [
        ("f(1)", "not evaluated: calling f would run code of the program, and nothing is run here"),
        ("p.method()", "not evaluated: calling p.method would run code of the program, and nothing is run here"),
        ("math.sqrt(2)", "not evaluated: calling math.sqrt would run code of the program, and nothing is run here"),
        ("xs.append(1)", "not evaluated: list.append() would change what was recorded"),
        ("dd['zz']", "not evaluated: this key is missing, and looking for it would add its default"),
        ("p.prop", "not evaluated: prop is computed by P"),
        (
            "map(str, xs)",
            "not evaluated: map() gives an iterator, which shows nothing itself: list(map(…)) shows its values",
        ),
        ("open('x')", "not evaluated: open() acts on the program or its surroundings, and nothing is run here"),
        ("long[-5:]", "not evaluated: only the first 4096 of 10000 characters were recorded"),
        ("long.upper()", "not evaluated: only the first 4096 of 10000 characters were recorded"),
        ("print(p)", "not evaluated: showing a P may run code of its own"),
        ("print([1, {2: p}])", "not evaluated: showing a P may run code of its own"),
        ("len(sized)", "not evaluated: the length of this is computed by its class"),
        ("x = 1", "not a Python expression: this is a statement, and nothing is run here"),
        ("zzz", "zzz is not known here"),
        ("zzz.x + 1", "zzz is not known here"),
        ("xs.zzz", "AttributeError: 'list' object has no attribute 'zzz'"),
        ("len", "not evaluated: len is a builtin function, which is evaluated only where it is called"),
    ];
    for (line, why) in told {
        let ours = asked(&recording, line).remove(0).expect_err(line);
        assert_eq!(ours.to_string(), why, "{line}");
    }
}

/// The attributes of a module are those of the moment, whoever changed them.
#[test]
fn attributes_of_modules_are_those_of_the_moment() {
    for (minor, python) in pythons() {
        let project = Project::new(
            "import sys
sys.path.insert(0, 'lib')
import helper
def work():
    first = helper.level
    helper.raise_level()
    second = helper.level
    helper.drop()
    return first, second
work()
here = 1
",
        );
        project.write("lib/helper.py", "level = 1\n\n\ndef raise_level():\n    global level\n    level = 'two'\n\n\ndef drop():\n    global level\n    del level\n");
        let run = ["--exclude", "lib/*", "--output", "run.connie", "main.py"];
        assert!(project.record(&python, &run).status.success());
        let recording = Recording::open(&project.path("run.connie")).expect("a recording");
        let at = |line: u32| {
            let step = (1..=recording.info.steps)
                .find(|step| {
                    let moment = Moment::at(&recording, *step).expect("a step");
                    moment.step.frame.is_some_and(|frame| frame.line == line) && moment.step.depth == 2
                })
                .expect("the line");
            let moment = Moment::at(&recording, step).expect("a step");
            let frame = moment.step.frame.expect("a frame");
            let source = recording.functions[frame.code as usize].source;
            let globals = Modules::default().namespace(&recording, &Timeline::default(), source, frame.frame);
            let got = Expression::parse("helper.level").and_then(|e| e.eval_doubtful(&moment.scope(frame, globals)));
            got.map(|(value, _)| text(&moment.player, &value, Bounds::default())).map_err(|problem| problem.to_string())
        };
        assert_eq!(at(5).as_deref(), Ok("1"), "3.{minor}");
        assert_eq!(at(6).as_deref(), Ok("1"), "3.{minor}");
        assert_eq!(at(7).as_deref(), Ok("'two'"), "3.{minor}");
        assert!(at(9).is_err(), "3.{minor}: {:?}", at(9));
    }
}
