//! What the debug adapter shows: returned values, long texts, failing conditions, words of the console.

use std::path::Path;

use connie_tests::console::Console;
use connie_tests::{Project, pythons};
use serde_json::{Value, json};

fn opened(python: &Path, program: &str) -> (Project, Console) {
    let project = Project::new(program);
    assert!(project.record(python, &["--output", "r.connie", "main.py"]).status.success());
    let console = Console::open(&project, "r.connie");
    (project, console)
}

/// Sets breakpoints in the program and returns what is sent to the client.
fn set(project: &Project, console: &mut Console, breakpoints: Value) -> Value {
    let source = json!({"path": project.path("main.py")});
    console.request("setBreakpoints", json!({"source": source, "breakpoints": breakpoints}))
}

/// Names and values of the variables of the top frame.
fn locals(console: &mut Console) -> Vec<(String, String, String)> {
    let frame = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["id"].clone();
    let scopes = console.request("scopes", json!({"frameId": frame}));
    let reference = scopes["scopes"][0]["variablesReference"].clone();
    let variables = console.request("variables", json!({"variablesReference": reference}));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |v: &Value| (text(&v["name"]), text(&v["value"]), text(&v["evaluateName"]));
    variables["variables"].as_array().expect("variables").iter().map(one).collect()
}

/// What was printed on the console since the last call.
fn printed(console: &mut Console) -> Vec<String> {
    let events = console.events();
    let outputs = events.iter().filter(|event| event["event"] == "output" && event["body"]["category"] == "console");
    outputs.map(|event| event["body"]["output"].as_str().unwrap_or_default().to_owned()).collect()
}

const CALLS: &str = "def words(text):
    found = text.split()
    return found
class Box:
    def size(self):
        return 3
def run():
    box = Box()
    n = len(words('a b')) + box.size()
    words('c')
    for w in words('d e f'):
        n += 1
    return n
run()
";

#[test]
fn what_was_returned_is_among_the_variables() {
    for (_, python) in pythons() {
        let (project, mut console) = opened(&python, CALLS);
        set(&project, &mut console, json!([{"line": 9}]));
        console.start();
        let returned = |console: &mut Console| -> Vec<(String, String, String)> {
            locals(console).into_iter().filter(|(name, ..)| name.starts_with("(return)")).collect()
        };
        if console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["line"] != 9 {
            console.go("continue");
        }
        assert_eq!(returned(&mut console), vec![]);
        console.go("next");
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned(), name.to_owned());
        assert_eq!(returned(&mut console), [own("(return) size", "3"), own("(return) words", "['a', 'b']")]);
        assert_eq!(console.say("(return) words"), "['a', 'b']");
        assert_eq!(console.say("len((return) words) + (return) size"), "5");
        assert_eq!(console.say("(return) words[1]"), "'b'");
        // A returned value that is dropped is shown too; values of the line before are not.
        console.go("next");
        assert_eq!(returned(&mut console), [own("(return) words", "['c']")]);
        // Step out of a function.
        console.go("stepIn");
        console.go("stepOut");
        let found = returned(&mut console);
        assert_eq!(found, [own("(return) words", "['d', 'e', 'f']")]);
        // Elsewhere they are not shown, and not known.
        console.go("stepBack");
        assert_eq!(returned(&mut console), vec![]);
        let unknown =
            |name: &str| format!("(return) {name} is not known here: no call of {name} returned in this step");
        assert_eq!(console.say("(return) words"), unknown("words"));
        // A longer name that begins with a known one is another name.
        console.go("next");
        assert_eq!(console.say("len((return) words2)"), unknown("words2"));
    }
}

#[test]
fn long_texts_are_shown_as_far_as_they_were_recorded() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let program = "text = 'word ' * 500\nmany = list(range(5000))\nlong = 'x' * 5000\nraw = b'y' * 5000\nhere = 1\n";
    let (_project, mut console) = opened(&python, program);
    console.start();
    console.say(":end");
    for context in ["hover", "watch", "repl"] {
        let mut shown = |name: &str| {
            let body = console.request("evaluate", json!({"expression": name, "context": context}));
            body["result"].as_str().expect("a text").to_owned()
        };
        assert_eq!(shown("text"), format!("'{}'", "word ".repeat(500)), "{context}");
        let end = "; the limit is max_string = 4096: --max-string, or \"limits\": {\"string\": …} in launch.json)";
        let first = format!("'{}'…\n(4096 of 5000 characters were recorded{end}", "x".repeat(4096));
        assert_eq!(shown("long"), first, "{context}");
        let first = format!("b'{}'…\n(4096 of 5000 bytes were recorded{end}", "y".repeat(4096));
        assert_eq!(shown("raw"), first, "{context}");
        assert_eq!(shown("long[:5]"), "'xxxxx'", "{context}");
    }
    // The recorded part of the values is enough for these expressions.
    for (known, value) in [
        ("raw[:3]", "b'yyy'"),
        ("raw[4::-2]", "b'yyy'"),
        ("raw[-5000:-4998]", "b'yy'"),
        ("raw[0]", "121"),
        ("raw[-5000]", "121"),
        ("len(raw[10:])", "4990"),
        ("raw == b'y'", "False"),
        ("long != 'x' * 4097", "True"),
        ("long == text", "False"),
        ("raw[5000:]", "b''"),
        ("raw[5000]", "IndexError: index out of range"),
        ("many[:3]", "[0, 1, 2]"),
        ("many[-4999:-4997]", "[1, 2]"),
        ("many[2::-1]", "[2, 1, 0]"),
        ("many[5000:]", "[]"),
        ("many[-2:]", "not evaluated: only the first 1000 of 5000 items were recorded"),
        ("sum(many)", "not evaluated: only the first 1000 of 5000 items were recorded"),
    ] {
        assert_eq!(console.say(known), value, "{known}");
    }
    let refused = console.say("raw[-1:]");
    assert!(refused.contains("only the first 4096 of 5000 bytes were recorded; the limit is max_string"), "{refused}");
    let refused = console.say("long.upper()");
    assert!(
        refused.contains("only the first 4096 of 5000 characters were recorded; the limit is max_string"),
        "{refused}"
    );
}

const LOOP: &str = "class Word:
    def __init__(self, n):
        if n > 100:
            self.size = n
def look(word, n):
    return n
for n in range(128):
    look(Word(n), n)
end = 1
";

#[test]
fn a_condition_that_fails_is_told_of_once() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (project, mut console) = opened(&python, LOOP);
    let wanted = json!([{"line": 6, "condition": "zzz > 1"}, {"line": 8, "condition": "n == 3"}]);
    set(&project, &mut console, wanted.clone());
    console.start();
    let mut said = printed(&mut console);
    console.go("continue");
    console.go("continue");
    said.extend(printed(&mut console));
    set(&project, &mut console, wanted);
    console.go("reverseContinue");
    said.extend(printed(&mut console));
    let told: Vec<_> = said.iter().filter(|text| text.contains("could not be evaluated")).collect();
    assert_eq!(
        told,
        [
            "main.py:6: the condition zzz > 1 could not be evaluated at 128 hits: zzz is not known here. It counts as false there\n"
        ]
    );
    // If a condition fails at some hits only, the other hits count.
    set(&project, &mut console, json!([{"line": 6, "condition": "word.size > 120"}]));
    console.say(":start");
    printed(&mut console);
    console.go("continue");
    assert_eq!(console.say("n"), "121");
    let said = printed(&mut console);
    assert!(said.iter().any(|text| text.contains("could not be evaluated at 101 hits: AttributeError")), "{said:?}");
}

#[test]
fn logpoints_have_formats_and_tell_once_of_what_fails() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (project, mut console) = opened(&python, LOOP);
    console.start();
    printed(&mut console);
    let message = "{n!r} {n:>4} {n=} {n + 1 = } {{'a': n}['a']} {f'{n:03}'!r:>7} {str(n)!r} {} { n = !s:>5} }";
    set(&project, &mut console, json!([{"line": 6, "logMessage": message, "condition": "n == 7"}]));
    let said = printed(&mut console);
    assert_eq!(said, ["7    7 n=7 n + 1 = 8 7   '007' '7' {}  n =     7 }\n"]);
    set(&project, &mut console, json!([{"line": 6, "logMessage": "{zzz}", "condition": "n < 200"}]));
    let said = printed(&mut console);
    assert_eq!(said, ["main.py:6: {zzz} could not be evaluated at 128 hits: zzz is not known here\n"]);
    // Fields that can be evaluated are printed, the others are marked.
    set(&project, &mut console, json!([{"line": 6, "logMessage": "{n} {word.size}"}]));
    let said = printed(&mut console);
    assert_eq!(said.len(), 129);
    assert_eq!((said[0].as_str(), said[127].as_str()), ("0 <?>\n", "127 127\n"));
    assert!(
        said[128].contains("main.py:6: {word.size} could not be evaluated at 101 hits: AttributeError"),
        "{said:?}"
    );
    // A logpoint that is set again does not print again.
    set(&project, &mut console, json!([{"line": 6, "logMessage": "{n} {word.size}"}, {"line": 9}]));
    assert_eq!(printed(&mut console), Vec::<String>::new());
}

const FRAMES: &str = "def inner(value):
    own = value + 1
    return own
def outer():
    value = 'outer'
    other = 5
    inner(1)
    return other
outer()
";

#[test]
fn words_use_the_chosen_frame() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (project, mut console) = opened(&python, FRAMES);
    set(&project, &mut console, json!([{"line": 3}]));
    console.start();
    if console.say(":where").contains("line 1 ") {
        console.go("continue");
    }
    let frames = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"].clone();
    let say = |console: &mut Console, line: &str, frame: usize| {
        let arguments = json!({"expression": line, "context": "repl", "frameId": frames[frame]["id"]});
        let answer = console.ask("evaluate", arguments);
        answer["body"]["result"].as_str().or(answer["message"].as_str()).unwrap_or_default().to_owned()
    };
    assert!(say(&mut console, ":why value", 0).contains("wrote 1"));
    assert!(say(&mut console, ":why value", 1).contains("line 5, "));
    assert!(say(&mut console, ":history other", 1).contains("  5"));
    assert!(say(&mut console, ":where", 1).contains("line 7 in outer"));
    assert!(say(&mut console, ":hits", 1).contains("line 7 ran 1 times"));
    assert!(say(&mut console, ":origin value", 1).contains("'outer'"));
    assert!(say(&mut console, ":watch other", 1).contains("writes to other"));
    // Names that mean nothing in a frame are refused.
    for word in [":why", ":last", ":history", ":origin", ":seen", ":changed", ":watch", ":watch --every"] {
        for (name, frame) in [("zzz", 0), ("zzz", 1), ("other", 0), ("own", 1)] {
            let said = say(&mut console, &format!("{word} {name}"), frame);
            assert_eq!(said, format!("{name} is not known here"), "{word} {name} in frame {frame}");
        }
    }
    let said = say(&mut console, ":why value.zzz", 1);
    assert!(said.starts_with("value.zzz is not known here (AttributeError"), "{said}");
    // A name that is only unbound at the moment is known.
    console.say(":start");
    console.go("stepIn");
    let none = "no write to other is known before this step";
    set(&project, &mut console, json!([{"line": 5}]));
    console.go("continue");
    assert_eq!(console.say(":why other"), none);
    assert_eq!(console.say(":changed other"), "");
}

#[test]
fn print_prints() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (_project, mut console) = opened(&python, "xs = [1, 2]\nname = 'it'\nhere = 1\n");
    console.start();
    console.say(":end");
    assert_eq!(console.say("print(xs, name, sep='-')"), "[1, 2]-it");
    assert_eq!(console.say("[print(x) for x in xs]"), "1\n2\n[None, None]");
    assert_eq!(console.say("print(print(1))"), "1\nNone");
}

const SHADOWED: &str = "x, y, z, a, e, len2 = 'global x', 'global y', 'global z', 'global a', 'global e', 1
def f(flag, p):
    p = p
    if flag:
        x = 1
        len = 2
        for z in (): pass
        import os as e
    q = [y for y in (1, 2)]
    a = 1
    del a
    return q
f(False, 0)
";

#[test]
fn a_variable_without_a_value_is_no_other_of_its_name() {
    for (minor, python) in pythons() {
        let (project, mut console) = opened(&python, SHADOWED);
        set(&project, &mut console, json!([{"line": 4}, {"line": 12}]));
        console.start();
        if console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["line"] != 4 {
            console.go("continue");
        }
        for _ in 0..2 {
            for name in ["x", "z", "a", "e", "len", "[1 for n in [1] if x]"] {
                let unknown = console.say(name);
                assert!(unknown.ends_with("is not known here"), "3.{minor} {name}: {unknown}");
            }
            assert_ne!(console.say("len('ab')"), "2", "3.{minor}");
            // The variable of a comprehension is not a variable of the function, and `sum` is a builtin.
            assert_eq!(console.say("y"), "'global y'", "3.{minor}");
            assert_eq!(console.say("sum([p, len2])"), "1", "3.{minor}");
            console.go("continue");
        }
    }
}
