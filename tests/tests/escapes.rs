//! Recorded texts that control a terminal, or the direction of text, are shown as text by every command: on a terminal,
//! in a pipe and in a page.

use std::path::Path;

use connie_recording::plain::is_hidden;
use connie_tests::console::Console;
use connie_tests::{Project, connie, pythons, text};
use serde_json::Value;

/// Sets the title of a terminal and its colours, in both encodings, and reverses the text that follows.
const EVIL: &str = "\u{1b}]0;t\u{7}\u{1b}[31m\u{9b}32m\u{202e}\u{2066}\u{7f}";

/// A program that uses this text in everything that has a name.
const PROGRAM: &str = r##"
import asyncio, importlib.util, os, subprocess, sys, threading

EVIL = "\x1b]0;t\x07\x1b[31m\x9b32m\u202e\u2066\x7f"


def evil(function):
    code = function.__code__
    names = tuple(EVIL + name for name in code.co_varnames)
    more = {"co_qualname": EVIL + code.co_name} if sys.version_info >= (3, 11) else {}
    function.__code__ = code.replace(co_name=EVIL + code.co_name, co_varnames=names, **more)
    return function


@evil
def serve(order, size):  # comment ESC
    price = order
    raise Wrong(order)


Wrong = type(EVIL + "Wrong", (Exception,), {"__module__": EVIL + "module"})
Thing = type(EVIL + "Thing", (), {"__module__": EVIL + "module", EVIL + "limit": 3})
thing = Thing()
setattr(thing, EVIL + "name", {EVIL: EVIL})
globals()[EVIL + "global"] = 5
thread = threading.Thread(target=lambda: thing, name=EVIL + "thread")
thread.start()
thread.join()


async def main():
    task = asyncio.create_task(asyncio.sleep(0), name=EVIL + "task")
    asyncio.current_task().set_name(EVIL + "main")
    await task
    await asyncio.sleep(0)


asyncio.run(main())
for name in ("inner.py", EVIL + "module.py"):
    with open(name, "w", encoding="utf-8") as file:
        file.write("# " + EVIL + "\ndef inner(x):\n    # above " + EVIL + "\n    return x  # ESC " + EVIL + "\n\n\ninner(1)\n")
    spec = importlib.util.spec_from_file_location("inner", name)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(EVIL)
print("half " + EVIL, end="")
print(file=sys.stderr)
subprocess.run([sys.executable, "-c", "x = 1\n" , EVIL])
try:
    serve(EVIL, 1)
except Wrong as error:
    caught = error
Thing.late = EVIL
thing.size = len(os.environ)
raise Wrong(EVIL + "\n" + EVIL)
"##;

/// A name with this text before it.
fn evil(name: &str) -> String {
    format!("{EVIL}{name}")
}

fn assert_plain(what: &str, shown: &[u8]) {
    let shown = std::str::from_utf8(shown).unwrap_or_else(|_| panic!("{what}: no UTF-8"));
    let bad = shown.char_indices().find(|(_, c)| is_hidden(*c));
    if let Some((at, c)) = bad {
        let around: String = shown[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what} prints {c:?} after {around:?}");
    }
}

fn record(project: &Project, python: &Path) {
    let folder = project.path(&evil("folder"));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("setup.py"), "").expect("a file");
    let script = evil("main.py");
    std::fs::write(folder.join(&script), PROGRAM).expect("a file");
    for _ in 0..2 {
        let mut command = project.command(&connie(), &["run", "--python"]);
        let done = command.arg(python).args([&script, EVIL]).current_dir(&folder).output().expect("connie runs");
        assert_eq!(done.status.code(), Some(1), "{}", text(&done.stderr));
        // The program's own output is unchanged. The last line is connie's message.
        assert!(text(&done.stdout).contains(EVIL));
        let said = text(&done.stderr);
        assert_plain("run", said.lines().last().unwrap_or_default().as_bytes());
        assert!(said.lines().last().is_some_and(|line| line.contains("see it with")), "{said}");
    }
}

#[test]
fn every_command_prints_controls_as_text() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("");
    record(&project, &python);
    let folder = project.path(&evil("folder"));
    let run = |arguments: &[&str]| {
        let done = project.command(&connie(), arguments).current_dir(&folder).output().expect("connie runs");
        assert!(done.status.code().is_some_and(|code| code < 100), "{arguments:?}: {}", text(&done.stderr));
        assert_plain(&format!("{arguments:?}"), &done.stdout);
        assert_plain(&format!("{arguments:?}"), &done.stderr);
        text(&done.stdout) + &text(&done.stderr)
    };
    let names: [(&[&str], &[&str]); 20] = [
        (&["list"], &["main.py", "Wrong"]),
        (&["list", "--format", "csv"], &["main.py"]),
        (&["show"], &["folder", "main.py", "thread", "module.py", "Wrong"]),
        (&["threads"], &["thread"]),
        (&["threads", "--format", "csv"], &["thread"]),
        (&["replay"], &["serve", "order", "Wrong", "thread", "main", "module.py", "global", "Thing"]),
        (&["replay", "--locals", "all"], &["serve", "order", "Wrong", "global"]),
        (&["replay", "--no-pager", "--thread", &evil("thread")], &["thread"]),
        (&["search", "ESC"], &["module.py"]),
        (&["search", "half"], &[]),
        (&["search", "serve"], &["serve"]),
        (&["search", "Wrong"], &["Wrong"]),
        (&["profile"], &["serve", "module.py"]),
        (&["profile", "--format", "csv"], &["serve"]),
        (&["profile", "--callers", &evil("serve")], &["serve"]),
        (&["compare", "--max-depth", "4"], &[]),
        (&["show", &evil("nothing")], &["nothing"]),
        (&["replay", "--thread", &evil("nobody")], &["nobody"]),
        (&["run", &evil("none.py")], &["none.py"]),
        (&["export", "-o", &evil("page.html")], &["page.html"]),
    ];
    for (arguments, names) in names {
        let shown = run(arguments);
        for name in names {
            let written = format!("\\x1b]0;t\\x07\\x1b[31m\\x9b32m\\u202e\\u2066\\x7f{name}");
            assert!(shown.contains(&written), "{arguments:?} does not show {name}:\n{shown}");
        }
    }
    assert_plain("page", &std::fs::read(folder.join(evil("page.html"))).expect("a page"));
    // JSON has the same text in other letters.
    for arguments in [
        &["list", "--format", "json"][..],
        &["show", "--json"],
        &["threads", "--format", "json"],
        &["search", "ESC", "--format", "json"],
        &["profile", "--format", "json"],
        &["compare", "--format", "json"],
        &["export", "--format", "trace", "-o", "-"],
    ] {
        let shown = run(arguments);
        let value: Value = serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        let same = arguments[0] == "compare" || has(&value, EVIL);
        assert!(same, "{arguments:?}: {shown}");
    }
    let steps = run(&["replay", "--format", "jsonl", "--locals", "all"]);
    assert!(connie_tests::rows(steps.as_bytes()).iter().any(|step| has(step, EVIL)));
}

/// Whether a JSON value contains a text.
fn has(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text.contains(wanted),
        Value::Array(items) => items.iter().any(|item| has(item, wanted)),
        Value::Object(fields) => fields.iter().any(|(name, item)| name.contains(wanted) || has(item, wanted)),
        _ => false,
    }
}

#[test]
fn colours_of_our_own_are_left() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(&format!("x = 1\nraise ValueError('\\x1b[42m{}')\n", "\\u202e"));
    assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(1));
    let shown = |arguments: &[&str]| {
        let mut command = project.command(&connie(), arguments);
        text(&command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().expect("connie runs").stdout)
    };
    for arguments in [&["replay"][..], &["show"]] {
        let shown = shown(arguments);
        assert!(shown.contains("\u{1b}[") && shown.contains("\\x1b[42m\\u202e"), "{shown}");
        assert!(!shown.contains("\u{1b}[42m") && !shown.contains('\u{202e}') && !shown.contains('\u{1}'), "{shown}");
    }
}

/// The debug adapter's own messages.
#[test]
fn the_debug_console_shows_controls_as_text() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("");
    record(&project, &python);
    let folder = project.path(&evil("folder"));
    let newest = std::fs::read_dir(folder.join(".connie")).expect("a folder").flatten().map(|entry| entry.path());
    let newest = newest.filter(|path| path.extension().is_some_and(|e| e == "connie")).max().expect("a recording");
    let mut console = Console::open_with(&project, serde_json::json!({"recording": newest, "stopAt": "exception"}));
    console.start();
    for line in ["caught", "error", "thing", "Wrong", ":why caught", ":history caught", ":origin caught", ":seen thing"]
    {
        assert_plain(line, console.say(line).as_bytes());
    }
    let info = console.request("exceptionInfo", serde_json::json!({"threadId": 1}));
    assert_plain("the exception", info["description"].as_str().unwrap_or_default().as_bytes());
    let said = console.events();
    let of = |category: &str| -> Vec<String> {
        let own = said.iter().filter(|event| event["event"] == "output" && event["body"]["category"] == category);
        own.filter_map(|event| event["body"]["output"].as_str().map(str::to_owned)).collect()
    };
    for line in of("console").iter().chain(&of("important")) {
        assert_plain("the console", line.as_bytes());
    }
}

/// Markdown without code blocks and code spans.
fn without_code(markdown: &str) -> String {
    let (mut out, mut fence) = (String::new(), String::new());
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        if fence.is_empty() && ticks.len() >= 3 && !line[ticks.len()..].contains('`') {
            fence = ticks;
        } else if !fence.is_empty() {
            if ticks.len() >= fence.len() && line.trim_end() == ticks {
                fence.clear();
            }
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    assert_eq!(fence, "", "a block does not end: {markdown}");
    let mut left = String::new();
    let mut rest = out.as_str();
    while let Some(at) = rest.find('`') {
        left.push_str(&rest[..at]);
        let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let inner = &rest[at + ticks..];
        let ends = |(n, _): &(usize, &str)| {
            let run = inner[*n..].len() - inner[*n..].trim_start_matches('`').len();
            run == ticks && !inner[..*n].ends_with('`')
        };
        let end = inner.match_indices('`').find(ends).map(|(n, _)| n);
        let Some(end) = end else { panic!("code does not end: {markdown}") };
        rest = &inner[end + ticks..];
    }
    left + rest
}

const MARKS: &str =
    "x\\n```\\n\\n[click](command:evil) ![i](https://evil.example/l.png) <img src=x> `b`` \\x1b[31m\\u202e";

#[test]
fn hover_texts_show_what_was_recorded_and_mean_nothing_else() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("");
    let name = "a)![i](https:evil.py";
    project.write("setup.py", "");
    project.write(
        name,
        &format!(
            "MARKS = '{MARKS}'\n\n\nclass T: pass\n\n\nT.__name__ = T.__qualname__ = MARKS\nt = T()\ns = MARKS\n\n\n\
             def f(x):\n    y = x\n    for z in [t, s, T, MARKS, {{MARKS: MARKS}}]:\n        y = z\n    return y\n\n\n\
             f(t)\nf(s)\nsetattr(t, MARKS, 5)\nw = {{MARKS: s}}\nf(T)\ne = ValueError(MARKS)\nf(e)\n\
             def g(x):\n    return x\nfor x in [t, s, e]:\n    g(x)\nraise e\n"
        ),
    );
    assert_eq!(project.record(&python, &[name]).status.code(), Some(1));
    let uri = format!("file://{}", project.path(name).display()).replace(')', "%29").replace('(', "%28");
    let source = std::fs::read_to_string(project.path(name)).expect("a file");
    let mut messages = vec![
        serde_json::json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        serde_json::json!({"method": "initialized", "params": {}}),
        serde_json::json!({"method": "textDocument/didOpen", "params": {"textDocument":
            {"uri": uri, "languageId": "python", "version": 1, "text": source}}}),
    ];
    for (line, text) in source.lines().enumerate() {
        for column in 0..text.len().min(30) {
            messages
                .push(serde_json::json!({"id": 100 * line + column + 10, "method": "textDocument/hover", "params": {
                "textDocument": {"uri": uri}, "position": {"line": line, "character": column}}}));
        }
    }
    for method in ["inlayHint", "codeLens", "diagnostic"] {
        let range = serde_json::json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
        messages.push(serde_json::json!({"id": 5, "method": format!("textDocument/{method}"),
            "params": {"textDocument": {"uri": uri}, "range": range}}));
    }
    messages.push(serde_json::json!({"id": 9, "method": "shutdown"}));
    messages.push(serde_json::json!({"method": "exit"}));
    let answers = connie_tests::console::speak(&project, &["lsp"], &messages);
    let mut hovers = 0;
    for answer in &answers {
        assert_plain_texts(answer);
        let Some(markdown) = answer["result"]["contents"]["value"].as_str() else { continue };
        hovers += usize::from(markdown.contains("evil.example"));
        let left = without_code(markdown);
        for sign in ["![", "command:", "evil.example", "<img"] {
            assert!(!left.contains(sign), "{sign} in {left}\nof {markdown}");
        }
    }
    assert!(hovers > 5, "{hovers} of {answers:?}");
    assert!(answers.iter().any(|answer| answer.to_string().contains("written at [line")));
}

/// Asserts that no text of an answer has control characters.
fn assert_plain_texts(value: &Value) {
    match value {
        Value::String(text) => assert_plain("an answer", text.as_bytes()),
        Value::Array(items) => items.iter().for_each(assert_plain_texts),
        Value::Object(fields) => fields.values().for_each(assert_plain_texts),
        _ => {}
    }
}
