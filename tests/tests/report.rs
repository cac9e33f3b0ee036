//! `connie report`: the folder that it writes has each step of the run, whatever the program's texts are.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use connie_tests::{Project, connie, outermost_pythons, pythons, text, usual_python};
use serde_json::Value;

const SHOP: &str = r#"import threading


def numbers(n):
    for i in range(n):
        yield i


def fact(n):
    if n == 0:
        return 1
    rest = fact(n - 1)
    return n * rest


class Shop:
    def __init__(self):
        self.stock = {"tea": 2}

    def sell(self, name, count):
        left = self.stock[name] - count
        gone = 1
        del gone
        if left < 0:
            raise ValueError(f"only {left + count}")
        self.stock[name] = left


def sell_all(shop):
    try:
        shop.sell("tea", 9)
    except ValueError as error:
        text = str(error)
    for count in (1, 5):
        print("sell", count)
        shop.sell("tea", count)


total = fact(5)
helper = threading.Thread(target=lambda: sum(numbers(3)), name="helper")
helper.start()
helper.join()
pair = numbers(2)
first = next(pair)
second = next(pair)
sell_all(Shop())
"#;

/// What a script of a report gives the page.
fn data(folder: &Path, name: &str) -> Value {
    let script = std::fs::read_to_string(folder.join(format!("data/{name}.js"))).expect("a script");
    let inside = script.strip_prefix(&format!("connieReport(\"{name}\",'")).and_then(|rest| rest.strip_suffix("');\n"));
    let (mut json, mut chars) = (String::new(), inside.expect("one call").chars());
    while let Some(c) = chars.next() {
        assert!(!"'<\n\r\u{2028}\u{2029}".contains(c), "{name}: {c:?} ends the text, or is markup");
        let escaped = if c == '\\' { chars.next().expect("a character") } else { ' ' };
        let digits: String = match escaped {
            'x' => chars.by_ref().take(2).collect(),
            'u' => chars.by_ref().take(4).collect(),
            _ => String::new(),
        };
        let code = || u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).expect("a character");
        json.push(match (c, escaped) {
            ('\\', 'x' | 'u') => code(),
            ('\\', 'n') => '\n',
            ('\\', other) => other,
            (c, _) => c,
        });
    }
    let mut data: Value = serde_json::from_str(&json).expect("JSON");
    if let Some(texts) = data.get_mut("texts") {
        whole(texts);
    }
    data
}

/// Texts that are written as what differs from another one become whole.
fn whole(texts: &mut Value) {
    let mut all: Vec<String> = Vec::new();
    for text in texts.as_array().expect("texts") {
        all.push(match text.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let number = |n: usize| text[n].as_u64().expect("a number") as usize;
                let before: Vec<char> = all[number(0)].chars().collect();
                let part = |range: &[char]| range.iter().collect::<String>();
                let between = text[3].as_str().expect("a text");
                part(&before[..number(1)]) + between + &part(&before[before.len() - number(2)..])
            }
        });
    }
    *texts = all.into();
}

fn made(project: &Project, arguments: &[&str]) -> Value {
    let output = project.connie(&[&["report", "-o", "out", "--format", "json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn refused(project: &Project, arguments: &[&str], code: i32, words: &str) {
    let output = project.connie(&[&["report"], arguments].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(words) && !said.contains("panicked"), "{arguments:?}: {said}");
    let left = std::fs::read_dir(project.folder.path()).expect("the folder").flatten();
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("report-")).collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?}");
}

type Values = BTreeMap<String, String>;
/// A frame as the page keeps it: its number, its line, its variables.
type Frame = (u64, u64, Values);

fn change(values: &mut Values, pairs: &Value, texts: &Value) {
    let word = |n: &Value| texts[n.as_u64().expect("a number") as usize].as_str().expect("a text").to_owned();
    for pair in pairs.as_array().map(Vec::as_slice).unwrap_or_default().chunks(2) {
        match pair[1].as_i64() {
            Some(-1) => values.remove(&word(&pair[0])),
            _ => values.insert(word(&pair[0]), word(&pair[1])),
        };
    }
}

fn frames(all: &Value, texts: &Value) -> Vec<Frame> {
    let frame = |frame: &Value| {
        let mut values = Values::new();
        change(&mut values, &frame[3], texts);
        (frame[0].as_u64().expect("a frame"), frame[2].as_u64().expect("a line"), values)
    };
    all.as_array().expect("a stack").iter().map(frame).collect()
}

/// What the page finds at a step: its number, event, line, depth, variables of the top frame.
type Found = (u64, usize, u64, u64, Values);

fn steps(folder: &Path) -> Vec<Found> {
    let mut found = Vec::new();
    for n in 1..=data(folder, "run")["chunks"].as_array().expect("chunks").len() {
        let chunk = data(folder, &format!("steps-{n}"));
        let texts = &chunk["texts"];
        let stacks = chunk["stacks"].as_array().expect("stacks").iter();
        let mut stacks: HashMap<u64, Vec<Frame>> =
            stacks.map(|stack| (stack[0].as_u64().expect("a thread"), frames(&stack[1], texts))).collect();
        for (step, row) in (chunk["first"].as_u64().expect("a step")..).zip(chunk["rows"].as_array().expect("rows")) {
            let number = |n: usize| row[n].as_u64().unwrap_or(0);
            let (event, thread, depth, frame, line) = (number(0), number(1), number(2), number(3), number(5));
            if row[8].is_array() {
                stacks.insert(thread, frames(&row[8], texts));
            }
            let stack = stacks.entry(thread).or_default();
            let at = depth as usize;
            if at == 0 {
                stack.clear();
                found.push((step, event as usize, 0, 0, Values::new()));
                continue;
            }
            if stack.get(at - 1).is_some_and(|known| known.0 == frame) {
                stack.truncate(at);
            } else {
                stack.truncate(at - 1);
                stack.push((frame, line, Values::new()));
            }
            assert_eq!(stack.len(), at, "step {step}: the stack is not as deep as it was");
            let top = stack.last_mut().expect("a frame");
            top.1 = line;
            change(&mut top.2, &row[7], texts);
            found.push((step, event as usize, line, depth, top.2.clone()));
        }
    }
    found
}

const EVENTS: [&str; 7] = ["call", "line", "return", "raise", "yield", "resume", "output"];

/// Compares the steps of a report with those of `connie replay`.
fn is_as_replayed(project: &Project, from: u64) {
    let bounds = ["--locals", "all", "--max-string", "10000", "--max-items", "200", "--max-depth", "4"];
    let replayed = project.replay(&bounds);
    let found = steps(&project.path("out"));
    assert_eq!(found.len() as u64, replayed.len() as u64 + 1 - from);
    for ((step, event, line, depth, values), told) in found.into_iter().zip(&replayed[from as usize - 1..]) {
        assert_eq!((Some(step), EVENTS[event]), (told["step"].as_u64(), told["event"].as_str().expect("an event")));
        assert_eq!((line, depth), (told["line"].as_u64().unwrap_or(0), told["depth"].as_u64().unwrap_or(0)), "{told}");
        if EVENTS[event] == "output" {
            continue;
        }
        let is_module = told["function"] == "<module>" || told["function"] == "Shop";
        let locals = told["locals"].as_object().expect("locals").iter();
        let locals = locals.map(|(name, text)| (name.clone(), text.as_str().expect("a text").to_owned()));
        let is_told = |text: &str| !is_module || !text.starts_with("<function ") && !text.starts_with("<class ");
        let wanted: Values = locals.filter(|(_, text)| is_told(text)).collect();
        assert_eq!(values, wanted, "step {step}");
    }
}

#[test]
fn each_step_is_as_it_is_replayed() {
    for (minor, python) in pythons() {
        let project = Project::new(SHOP);
        assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(1), "3.{minor}");
        let report = made(&project, &[]);
        assert_eq!(report["first"], 1, "3.{minor}");
        is_as_replayed(&project, 1);
        // A part of the run begins with what came before.
        let first = report["steps"].as_u64().expect("steps") - 40;
        std::fs::remove_dir_all(project.path("out")).expect("a folder");
        let report = made(&project, &["--last", "41"]);
        assert_eq!(report["first"], first, "3.{minor}");
        is_as_replayed(&project, first);
        let run = data(&project.path("out"), "run");
        assert!(run["part"].as_str().is_some_and(|part| part.contains("has the steps")), "{run}");
    }
}

#[test]
fn a_run_of_many_chunks_has_each_step_and_line_once() {
    let (_, python) = usual_python();
    let project = Project::new(
        "def add(n):\n    return n + 1\n\n\ndef count(n):\n    total = 0\n    for k in range(n):\n        total = add(total)\n    return total\n\n\nprint(count(4000))\n",
    );
    assert!(project.record(&python, &["main.py"]).status.success());
    let report = made(&project, &[]);
    is_as_replayed(&project, 1);
    let folder = project.path("out");
    let chunks = data(&folder, "run")["chunks"].as_array().expect("chunks").clone();
    assert!(chunks.len() > 3, "{chunks:?}");
    let mut told = Vec::new();
    for (n, contents) in chunks.iter().enumerate() {
        let chunk = data(&folder, &format!("story-{}", n + 1));
        let mut step = chunk["first"].as_i64().expect("a step");
        for row in chunk["rows"].as_array().expect("rows") {
            step += row[0].as_i64().expect("steps ahead");
            let text = chunk["texts"][row[6].as_u64().expect("a text") as usize].as_str().expect("a text").to_owned();
            assert!((contents[0].as_i64() <= Some(step)) && (Some(step) <= contents[1].as_i64()), "{step} {contents}");
            told.push((step, text));
        }
    }
    assert!(told.is_sorted_by_key(|(step, _)| *step));
    assert_eq!(told.iter().filter(|(_, text)| text == "total = add(total)").count(), 4000);
    assert_eq!(told.iter().filter(|(_, text)| text == "return n + 1").count(), 4000);
    // The call that has nearly all steps ends in another chunk than it begins.
    let calls = data(&folder, "calls");
    let long = calls.as_array().expect("calls").iter().find(|call| call[3] == "4000").expect("the call");
    assert!(
        long[0].as_u64() < Some(20) && long[1].as_u64() > report["steps"].as_u64().map(|steps| steps - 20),
        "{long}"
    );
}

#[test]
fn no_text_of_the_program_leaves_its_place() {
    for (minor, python) in outermost_pythons() {
        let project = Project::new(
            "bad = '</script><script>alert(1)</script><!--'\nline = '\\u2028\\u2029\\ufeff\\0\\r\\n\\\\'\nlone = '\\ud800'\n\
             __proto__ = \"'); alert(1); ('\"\nprint(bad, line, __proto__)\npassword = ''.join(['sword', 'fish-1'])\n\
             def f(**given):\n    return given\nf(**{'__proto__': 1, bad: 2})\nraise ValueError(bad + line)\n",
        );
        assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(1), "3.{minor}");
        made(&project, &[]);
        let folder = project.path("out");
        let page = std::fs::read_to_string(folder.join("index.html")).expect("the page");
        assert!(!page.contains("alert") && page.contains("default-src 'none'"), "{page}");
        let mut count = 0;
        for entry in std::fs::read_dir(folder.join("data")).expect("the data").flatten() {
            let script = std::fs::read_to_string(entry.path()).expect("UTF-8");
            let name = entry.file_name().to_string_lossy().trim_end_matches(".js").to_owned();
            assert!(!script.contains('<') && !script.contains("swordfish"), "{}", entry.path().display());
            data(&folder, &name);
            count += 1;
        }
        assert!(count >= 7, "{count}");
        let found = steps(&folder);
        let last = |found: &[Found]| found.iter().rev().find(|(.., values)| !values.is_empty()).expect("it").4.clone();
        let values = last(&found);
        assert!(values["bad"].contains("</script><script>alert(1)</script><!--"), "{values:?}");
        assert!(values["line"].contains("\\u2028") || values["line"].contains('\u{2028}'), "{values:?}");
        assert!(!values["password"].contains("swordfish"), "{values:?}");
        // Secrets of other names are taken out on demand.
        made(&project, &["--redact", "bad"]);
        let values = last(&steps(&folder));
        assert!(!values["bad"].contains("script"), "{values:?}");
    }
}

#[test]
fn steps_that_cannot_be_read_are_left_out() {
    let (_, python) = usual_python();
    let project = Project::new("def f(n):\n    return n + 1\nfor i in range(12000):\n    f(i)\n");
    assert!(project.record(&python, &["--output", "r.connie", "main.py"]).status.success());
    let connection = rusqlite::Connection::open(project.path("r.connie")).expect("SQLite");
    let sql =
        "UPDATE chunk_data SET data = CAST(substr(data, 1, 100) || x'00' || substr(data, 102) AS BLOB) WHERE id = 1";
    connection.execute(sql, []).expect("a flipped byte");
    drop(connection);
    let output = project.connie(&["report", "r.connie", "-o", "out"]);
    assert_eq!(output.status.code(), Some(65), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("the checksum is wrong"), "{}", text(&output.stderr));
    let numbers: Vec<u64> = steps(&project.path("out")).into_iter().map(|(step, ..)| step).collect();
    let last = *numbers.last().expect("steps");
    assert!(last > 48_000 && numbers.is_sorted(), "{last}");
    assert_eq!(numbers.len() as u64, last - 16_384, "one chunk is missing, nothing else");
}

#[test]
fn a_run_without_steps_and_sources_without_text() {
    let (_, python) = usual_python();
    let project = Project::new("exec(compile('def f(n):\\n    return n\\n\\nf(3)', '<made>', 'exec'))\n");
    project.write("none/empty.json", "{}");
    // Output alone, from code that is not recorded.
    assert!(project.record(&python, &["-m", "json.tool", "none/empty.json"]).status.success());
    made(&project, &[]);
    is_as_replayed(&project, 1);
    assert!(project.record(&python, &["-m", "compileall", "-q", "none"]).status.success());
    let report = made(&project, &[]);
    assert_eq!((&report["first"], &report["last"], &report["steps"]), (&0.into(), &0.into(), &0.into()));
    assert_eq!(data(&project.path("out"), "run")["chunks"], Value::Array(Vec::new()));
    assert!(project.record(&python, &["--all", "main.py"]).status.success());
    made(&project, &[]);
    is_as_replayed(&project, 1);
    let run = data(&project.path("out"), "run");
    let sources = run["sources"].as_array().expect("sources");
    let made = sources.iter().position(|source| source["path"].as_str().is_some_and(|path| path.contains("<made>")));
    if let Some(number) = made {
        assert_eq!(data(&project.path("out"), &format!("source-{number}"))["known"], sources[number]["known"]);
    }
}

#[test]
fn only_folders_that_are_free_are_written() {
    let (_, python) = usual_python();
    let project = Project::new("x = 1\ny = 2\n");
    refused(&project, &[], 66, "there are no recordings here");
    assert!(project.record(&python, &["main.py"]).status.success());
    refused(&project, &["nothing"], 66, "nothing");
    refused(&project, &["-o", "main.py"], 73, "cannot write main.py: it is not a folder");
    refused(&project, &["-o", "no/where"], 73, "cannot write no/where");
    refused(&project, &["--steps", "5"], 64, "the first and the last step");
    refused(&project, &["--steps", "99999.."], 66, "there is no step 99999");
    refused(&project, &["--steps", "..3", "--step", "4"], 64, "--step 4 is not one of the steps 1 to 3");
    refused(&project, &["--step", "99999"], 66, "there is no step 99999");
    refused(&project, &["--steps", "..3", "--last", "4"], 64, "cannot be used with");
    refused(&project, &["--last", "0"], 64, "it must be a number of steps");
    project.write("full/notes.txt", "mine");
    project.write("full/data/mine.txt", "mine too");
    refused(&project, &["-o", "full"], 73, "cannot write full: the folder has other files");
    let to = |given: &[&str]| project.connie(&[&["report", "-o"], given].concat());
    let output = to(&["full", "--force"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("full/index.html · "), "{}", text(&output.stdout));
    assert_eq!(std::fs::read_to_string(project.path("full/notes.txt")).expect("the file"), "mine");
    // An earlier report is replaced, and nothing of it stays.
    std::fs::write(project.path("full/data/story-999.js"), "old").expect("a file");
    let before: Vec<_> =
        std::fs::read_dir(project.path("full")).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(to(&["full"]).status.success());
    let after: Vec<_> =
        std::fs::read_dir(project.path("full")).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!((before.len(), after.len()), (6, 6), "{before:?} {after:?}");
    assert!(!project.path("full/data/story-999.js").exists());
    std::fs::create_dir(project.path("empty")).expect("a folder");
    assert!(to(&["empty"]).status.success() && project.path("empty/index.html").exists());
    // Values of the program are for its user alone.
    assert!(to(&["new"]).status.success());
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(project.path("new")).expect("it").permissions());
    assert_eq!(mode & 0o77, 0);
    let named = text(&project.connie(&["report"]).stdout);
    assert!(named.contains("-report/index.html · "), "{named}");
}

#[test]
fn a_report_that_is_stopped_leaves_nothing() {
    let (_, python) = usual_python();
    let project = Project::new("total = 0\nfor k in range(60000):\n    total += k\n");
    assert!(project.record(&python, &["main.py"]).status.success());
    let mut command = project.command(&connie(), &["report", "-o", "out"]);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("connie runs");
    let begun = || {
        let entries = std::fs::read_dir(project.folder.path()).expect("the folder").flatten();
        entries.into_iter().any(|entry| {
            entry.file_name().to_string_lossy().starts_with(".connie-report-")
                && entry.path().join("report.js").exists()
        })
    };
    while !begun() {
        assert!(child.try_wait().expect("a status").is_none(), "it ended before it could be stopped");
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("stopped: no report was written"), "{}", text(&output.stderr));
    let left: Vec<_> = std::fs::read_dir(project.folder.path()).expect("the folder").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("report")), "{left:?}");
    assert!(!project.path("out").exists());
}
