//! Tests expressions on the values of a recording of `tests/program.py` by Python 3.12 in format 8.
//!
//! Each line of `tests/answers.txt` has an expression, and after a tab its value, the exception that it raises (`!`),
//! or the reason why it is not evaluated (`?`). Values and exceptions are those of CPython. `UPDATE_SNAPSHOTS=1`
//! rewrites the file.

use std::path::Path;

use connie_recording::Recording;
use connie_recording::chunk::StackFrame;
use connie_recording::player::Player;
use connie_recording::render::{Bounds, World};
use connie_wire::Value;

use super::*;

const PACKED: &[u8] = include_bytes!("tests/recording.connie.zst");

/// The names of the program's module.
struct Module<'a> {
    player: &'a Player<'a>,
    frame: StackFrame,
    /// Names whose values are uncertain.
    doubted: &'a [&'a str],
}

impl Scope for Module<'_> {
    fn world(&self) -> &dyn World {
        self.player
    }
    fn name(&self, name: &str) -> Option<Value> {
        self.player.locals(&self.frame).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
    fn is_unbound(&self, name: &str) -> bool {
        name == "unbound"
    }
    fn locals(&self) -> Option<Vec<(String, Value)>> {
        Some(self.player.locals(&self.frame))
    }
    fn globals(&self) -> Option<Vec<(String, Value)>> {
        self.locals()
    }
    fn is_in_doubt(&self, name: &str) -> bool {
        self.doubted.contains(&name)
    }
}

/// Calls `act` at the last line of the program.
fn at_the_end<T>(doubted: &[&str], act: impl FnOnce(&Module<'_>) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.connie");
    std::fs::write(&path, zstd::decode_all(PACKED).expect("a recording")).expect("it is written");
    let recording = Recording::open(&path).expect("a recording");
    let (player, step) = Player::at(&recording, recording.info.steps).expect("the last step");
    act(&Module { player: &player, frame: step.frame.expect("a frame"), doubted })
}

fn answer(scope: &Module<'_>, line: &str) -> String {
    match Expression::parse(line).and_then(|expression| expression.eval_printing(scope)) {
        Ok((value, doubtful, printed)) => {
            let printed = if printed.is_empty() { printed } else { format!(" printed {printed:?}") };
            let doubt = if doubtful { " in doubt" } else { "" };
            format!("{}{printed}{doubt}", text(scope.player, &value, Bounds::default()))
        }
        Err(problem @ (Problem::Raised(_) | Problem::Name(_))) => format!("! {problem}"),
        Err(problem) => format!("? {problem}"),
    }
}

#[test]
fn expressions_have_these_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/answers.txt");
    let answers = std::fs::read_to_string(&path).expect("a table");
    let lines: Vec<&str> = answers.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
    let found: Vec<String> =
        at_the_end(&[], |scope| lines.iter().map(|line| format!("{line}\t{}", answer(scope, line))).collect());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, found.join("\n") + "\n").expect("it is written");
        return;
    }
    let wrong: Vec<_> = found.iter().zip(answers.lines()).filter(|(found, expected)| found != expected).collect();
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

/// An uncertain value makes all results that use it doubtful, and no others.
#[test]
fn doubt_goes_with_the_values() {
    at_the_end(&["a", "xs"], |scope| {
        for (line, expected) in [
            ("a", "7 in doubt"),
            ("b", "-3"),
            ("a + b", "4 in doubt"),
            ("[n for n in xs if n == 1]", "[1] in doubt"),
            ("len(ns)", "3"),
            ("b if b else a", "-3"),
            ("'a' in locals()", "True in doubt"),
            ("globals()['b']", "-3 in doubt"),
        ] {
            assert_eq!(answer(scope, line), expected, "{line}");
        }
        let why = "not evaluated: code that was not recorded may have changed this since it was last seen";
        let problem = Expression::parse("a").expect("an expression").eval(scope).expect_err("it is in doubt");
        assert_eq!(problem.to_string(), why);
        let sure = Expression::parse("b").expect("an expression").eval(scope);
        assert_eq!(sure, Ok(Got::Value(Value::Int(-3))));
        assert_eq!(answer(scope, "unbound"), "! unbound is not known here");
        assert_eq!(answer(scope, "[1 for unbound in xs][0]"), "1 in doubt");
    });
}

#[test]
fn conditions_hold_if_their_value_is_true() {
    at_the_end(&[], |scope| {
        let held = |line| holds(&Expression::parse(line).expect("an expression"), scope);
        assert_eq!(
            (held("a > 3"), held("xs"), held("empty"), held("a < 3")),
            (Ok(true), Ok(true), Ok(false), Ok(false))
        );
        assert!(held("sized").is_err() && held("zzz").is_err());
    });
}

#[test]
fn places_are_what_a_write_changes() {
    at_the_end(&["q"], |scope| {
        let place = |line: &str| Expression::parse(line).and_then(|expression| expression.place_doubtful(scope));
        let object = |line: &str| match scope.name(line) {
            Some(Value::Object(object)) => object,
            other => panic!("{line} is {other:?}"),
        };
        let key = |object, key| Ok((Assignable::Key(object, key), false));
        assert_eq!(place("a"), Ok((Assignable::Variable("a".into()), false)));
        assert_eq!(place("p.x"), key(object("p"), text_value("x")));
        assert_eq!(place("q.x"), Ok((Assignable::Key(object("q"), text_value("x")), true)));
        // An attribute of the class is in the class.
        assert_eq!(place("p.kind"), key(object("P"), text_value("kind")));
        assert_eq!(place("p.method"), key(object("p"), text_value("method")));
        assert_eq!(place("p.zzz"), key(object("p"), text_value("zzz")));
        assert_eq!(place("xs[-1]"), key(object("xs"), Value::Int(-1)));
        assert_eq!(place("counts['a']"), key(object("counts"), text_value("a")));
        for line in ["a[0]", "name.x", "a + 1", "xs[[1]]", "zzz.x", "5"] {
            assert!(place(line).is_err(), "{line}: {:?}", place(line));
        }
    });
}

#[test]
fn an_expression_is_one_within_bounds() {
    let parsed = |text: &str| Expression::parse(text).map(|expression| expression.text);
    assert_eq!(parsed("  a + 1 \n"), Ok("a + 1".into()));
    for (text, why) in [
        (format!("'{}'", "x".repeat(9_999)), "it is too long"),
        (format!("{}1{}", "(".repeat(201), ")".repeat(201)), "it is too long"),
        ("a = 1".into(), "this is a statement, and nothing is run here"),
    ] {
        assert_eq!(parsed(&text), Err(Problem::Syntax(why.into())));
    }
    assert!(parsed(&format!("'{}'", "x".repeat(9_998))).is_ok());
    assert!(parsed(&format!("[{}]", "(1),".repeat(199))).is_ok());
    assert!(matches!(parsed("a b"), Err(Problem::Syntax(_))));
}

/// Log messages are text with f-string fields.
#[test]
fn messages_have_fields() {
    at_the_end(&["b"], |scope| {
        let shown = |message: &str| -> String {
            let piece = |piece: field::Piece| match piece {
                field::Piece::Text(text) => text,
                field::Piece::Field(_, Ok(field)) => {
                    field.text(scope, Bounds::default()).unwrap_or_else(|problem| format!("<{problem}>"))
                }
                field::Piece::Field(written, Err(problem)) => format!("<{written}: {problem}>"),
            };
            field::pieces(message).into_iter().map(piece).collect()
        };
        for (message, expected) in MESSAGES {
            assert_eq!(shown(message), *expected, "{message}");
        }
    });
}

const MESSAGES: &[(&str, &str)] = &[
    ("", ""),
    ("a is {a}", "a is 7"),
    ("x {a} y {x:.1f}z", "x 7 y 2.5z"),
    ("{a}{a}", "77"),
    ("{}", "{}"),
    ("{ } {a", "{ } {a"),
    ("}", "}"),
    ("{name}", "connie"),
    ("{name!s}", "connie"),
    ("{name!r}", "'connie'"),
    ("{accents!a}", "'\\xe4\\xf6\\xdf'"),
    ("{name=}", "name='connie'"),
    ("{a = }", "a = 7"),
    ("{a=:>3}", "a=  7"),
    ("{ns}", "[3, 1, 2]"),
    ("{ns!r}", "[3, 1, 2]"),
    ("{counts['a']:>3}|", "  3|"),
    ("{ {1: 2}[1] }", "2"),
    ("{{n: n for n in ns}[3]}", "3"),
    ("{b}", "-3?"),
    ("{zzz}", "<zzz is not known here>"),
    ("{a:q}", "<ValueError: Unknown format code for object of type 'int'>"),
];
