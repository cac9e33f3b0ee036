//! `connie trace`, `connie search --where` and `--value`: every hit of a place, every step at which a condition is
//! true, and everything that had a value.

use connie_tests::{Project, pythons, text, usual_python};
use serde_json::{Value, json};

const PROGRAM: &str = r#"from dataclasses import dataclass


@dataclass
class Basket:
    owner: str
    fruit: list

    def add(self, name, price=1.5):
        self.fruit.append((name, price))
        return len(self.fruit)


def total(basket):
    result = 0
    for name, price in basket.fruit:
        result += price
    return result


basket = Basket("cid", [])
for n, name in enumerate(["apple", "kiwi", "plum"]):
    basket.add(name, price=n * 10)
print(total(basket))
big = 10**30
odd = float("nan")
done = True
"#;

fn run(project: &Project, arguments: &[&str]) -> (String, String, i32) {
    let output = project.connie(arguments);
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

#[test]
fn every_hit_is_printed() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["main.py"]);
        let lines = |arguments: &[&str]| {
            let (out, err, code) = run(&project, arguments);
            assert_eq!((err.as_str(), code), ("", 0), "3.{minor} {arguments:?}");
            let messages = out.lines().map(|line| line.split_once("main.py:").map_or("", |(_, rest)| rest).to_owned());
            messages.collect::<Vec<_>>()
        };
        let traced = lines(&["trace", "main.py:17", "{name!r:>8} {price=} {result + price:.1f} {{}}"]);
        let expected =
            ["17   'apple' price=0 0.0 {}", "17    'kiwi' price=10 10.0 {}", "17    'plum' price=20 30.0 {}"];
        assert_eq!(traced, expected, "3.{minor}");
        assert_eq!(lines(&["trace", "main.py:17", "{name}", "--where", "price > 5"]), ["17  kiwi", "17  plum"]);
        assert_eq!(lines(&["trace", "add", "{name} {len(self.fruit)}"]), ["9  apple 0", "9  kiwi 1", "9  plum 2"]);
        assert_eq!(lines(&["trace", "Basket.add()"]).len(), 3);
        assert_eq!(lines(&["trace", "total"]).len(), 1);
        let (out, ..) = run(&project, &["trace", "main.py:17"]);
        assert!(out.lines().last().is_some_and(|line| line.contains("result=10 name='plum' price=20")), "{out}");
    }
}

#[test]
fn private_names_are_those_of_the_class() {
    let program = "class Box:
    def __init__(self):
        self.__n = 0
    def put(self, __by):
        self.__n += __by
        return self.__n
box = Box()
for n in range(4):
    box.put(n)
print(box._Box__n)
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        let lines = |arguments: &[&str]| {
            let (out, err, code) = run(&project, arguments);
            assert_eq!((err.as_str(), code), ("", 0), "3.{minor} {arguments:?}");
            out.lines().map(|line| line.split_whitespace().last().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines(&["trace", "main.py:6", "{self.__n},{__by}"]), ["0,0", "1,1", "3,2", "6,3"], "3.{minor}");
        assert_eq!(lines(&["trace", "main.py:6", "{self.__n}", "--where", "self.__n > __by"]), ["3", "6"]);
        assert_eq!(lines(&["trace", "main.py:10", "{box._Box__n}"]), ["6"], "3.{minor}: outside of the class");
    }
}

#[test]
fn formats_keep_the_types_of_values() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["main.py"]);
    let (out, ..) = run(&project, &["trace", "main.py:17", "{name} {price}", "--format", "csv"]);
    let rows: Vec<&str> = out.lines().map(|line| line.split_once(',').map_or("", |(_, rest)| rest)).collect();
    assert_eq!(rows[..2], ["place,function,name,price", "main.py:17,total,apple,0"]);
    let (out, ..) =
        run(&project, &["trace", "main.py:17", "{name} {price} {price / 4} {basket.fruit[:1]}", "--format", "json"]);
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(found[1]["name"], json!("kiwi"));
    assert_eq!((&found[1]["price"], &found[1]["price / 4"]), (&json!(10), &json!(2.5)));
    assert_eq!(found[1]["basket.fruit[:1]"], json!("[('apple', 0)]"));
    let (out, ..) = run(&project, &["trace", "main.py:27", "{big} {odd} {None} {done}", "--format", "jsonl"]);
    let found: Value = serde_json::from_str(&out).expect("a line of JSON");
    assert_eq!(found["big"], json!("1000000000000000000000000000000"));
    assert_eq!((&found["odd"], &found["None"]), (&json!("nan"), &Value::Null));
    // The variable is bound by this line.
    assert_eq!(found["done"], Value::Null);
    let (out, err, code) = run(&project, &["trace", "main.py:17", "{price}", "--plot"]);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(out.contains("price over 3 hits") && out.contains("20.0"), "{out}");
}

#[test]
fn what_cannot_be_traced_is_said() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["main.py"]);
    for (arguments, code, said) in [
        (&["trace", "nope"][..], 66, "connie: no function nope was called in this recording\n"),
        (&["trace", "totl"], 66, "connie: no function totl was called in this recording\n"),
        (&["trace", "other.TOTAL"], 66, "did you mean: total\n"),
        (&["trace", "x.py:1"], 66, "connie: x.py did not run in this recording; these files did: main.py"),
        (&["trace", "main.py:17", "{a +}"], 64, "connie: {a +}: "),
        (&["trace", "main.py:17", "{name}", "--where", "a b"], 64, "connie: --where: "),
        (&["trace", "main.py:19", "x"], 1, "no hit: it never ran\n"),
        (&["trace", "main.py:17", "x", "--where", "price > 99"], 1, "no hit: the condition was never true\n"),
        (
            &["trace", "main.py:17", "{missing}"],
            0,
            "connie: {missing} could not be evaluated at 3 hits: missing is not known here\n",
        ),
        (&["search", "--where", "missing"], 1, "connie: the expression could not be evaluated at "),
        (&["search"], 64, "connie: say what to look for: connie search TEXT\n"),
        (&["search", "--where", "n > 1", "--function", "nope"], 66, "connie: no function nope was called"),
    ] {
        let (_, err, found) = run(&project, arguments);
        assert!(err.contains(said) && found == code, "{arguments:?}: {found} {err}");
    }
}

/// Line numbers refer to the current file.
#[test]
fn lines_follow_edits() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["main.py"]);
    project.write("main.py", &format!("# new\n# lines\n{PROGRAM}"));
    let (out, ..) = run(&project, &["trace", "main.py:19", "{name}"]);
    assert_eq!(out.lines().count(), 3, "{out}");
    let (_, err, code) = run(&project, &["trace", "main.py:1", "{name}"]);
    assert_eq!(code, 66);
    assert!(err.contains("line 1 of main.py is not in the text that ran"), "{err}");
}

#[test]
fn steps_at_which_an_expression_holds_are_found() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["main.py"]);
        let (out, _, code) =
            run(&project, &["search", "--where", "result > 5", "--function", "total", "--format", "json"]);
        let found: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((code, found.as_array().map(Vec::len)), (0, Some(1)), "3.{minor}: {out}");
        // After `kiwi`: the head, the body, the head, the return.
        assert_eq!((&found[0]["lines"], &found[0]["line"]), (&json!(4), &json!(16)), "3.{minor}");
        let (out, ..) =
            run(&project, &["search", "--where", "len(self.fruit) == 2 and name == 'kiwi'", "--format", "json"]);
        let found: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&found[0]["line"], &found[0]["function"]), (&json!(11), &json!("Basket.add")), "3.{minor}");
        let (_, err, code) = run(&project, &["search", "--where", "result > 1000", "--function", "total"]);
        assert_eq!((err.as_str(), code), ("", 1), "3.{minor}");
    }
}

#[test]
fn what_held_a_value_is_found() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["main.py"]);
        let whats = |value: &str| {
            let (out, ..) = run(&project, &["search", "--value", value, "--format", "json"]);
            let found: Vec<Value> = serde_json::from_str(&out).expect("JSON");
            let what = |one: &Value| format!("{} {}", one["what"].as_str().unwrap_or_default(), one["line"]);
            found.iter().map(what).collect::<Vec<_>>()
        };
        let held = whats("kiwi");
        assert!(held.contains(&"argument name of Basket.add 23".to_owned()), "3.{minor}: {held:?}");
        assert!(held.contains(&"item 1 of a list 10".to_owned()), "3.{minor}: {held:?}");
        assert!(held.contains(&"variable name 16".to_owned()), "3.{minor}: {held:?}");
        assert!(!whats("'cid'").is_empty(), "3.{minor}");
        assert!(whats("30").contains(&"returned 18".to_owned()), "3.{minor}: {:?}", whats("30"));
        assert!(whats("watermelon").is_empty(), "3.{minor}");
    }
}

/// Missing hits in a damaged chunk are reported.
#[test]
fn damage_is_said() {
    let project = Project::new(PROGRAM);
    project.record(&usual_python().1, &["--output", "r.connie", "main.py"]);
    let connection = rusqlite::Connection::open(project.path("r.connie")).expect("a database");
    connection.execute("UPDATE chunk_data SET data = x'00'", []).expect("damage");
    drop(connection);
    for arguments in [&["trace", "main.py:17", "{name}", "r.connie"][..], &["why", "first", "r.connie"]] {
        let (_, err, code) = run(&project, arguments);
        assert_eq!(code, 65, "{arguments:?}: {err}");
        assert!(err.contains("cannot be read"), "{arguments:?}: {err}");
    }
}

#[test]
fn fields_keep_their_places() {
    let project = Project::new("for step in (1, 2):\n    place = step\n");
    project.record(&usual_python().1, &["main.py"]);
    let (out, ..) = run(&project, &["trace", "main.py:2", "{step} {step}", "--format", "jsonl"]);
    let found: Value = serde_json::from_str(out.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&found["step_2"], &found["step_3"], &found["place"]), (&json!(1), &json!(1), &json!("main.py:2")));
}
