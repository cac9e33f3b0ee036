//! `connie export` and `connie import`.

use connie_tests::{Project, pythons, text};
use serde_json::Value;

const SHOP: &str = r#"import threading


def numbers(n):
    for i in range(n):
        yield i


class Shop:
    def __init__(self):
        self.stock = {"<tea> & 'cup'": 2}

    def sell(self, name, count):
        left = self.stock[name] - count
        if left < 0:
            raise ValueError(f"only {left + count} <left>")
        self.stock[name] = left


def main():
    shop = Shop()
    helper = threading.Thread(target=lambda: sum(numbers(3)), name="helper")
    helper.start()
    helper.join()
    for count in (1, 5):
        print("sell", count)
        shop.sell("<tea> & 'cup'", count)


main()
"#;

fn recorded(python: &std::path::Path) -> Project {
    let project = Project::new(SHOP);
    assert_eq!(project.record(python, &["main.py"]).status.code(), Some(1));
    project
}

fn made(project: &Project, arguments: &[&str]) {
    let output = project.connie(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_page_shows_where_it_failed_and_needs_nothing_else() {
    for (minor, python) in pythons() {
        let project = recorded(&python);
        made(&project, &["-o", "report.html"]);
        let page = std::fs::read_to_string(project.path("report.html")).expect("a page");
        for words in [
            "ValueError: only 1 &#60;left&#62;</span></h1>",
            "<b>Shop.sell</b> <a class=\"dim\" href=\"#s0-16\">main.py:16</a>",
            "<b>left</b><span>-4</span>",
            "<b>self</b><span>&#60;Shop stock={&#34;&#60;tea&#62; &#38; &#39;cup&#39;&#34;: 1}&#62;</span>",
            "sell 1\nsell 5\n<span class=\"bad\">Traceback",
            "<td>Shop.sell<td>2<td>",
            "<span class=\"value\"><i>left</i> -4</span>",
            "<span class=\"keyword\">def</span>",
            "class=\"row raised\" id=\"s0-16\"",
        ] {
            assert!(page.contains(words), "3.{minor}: {words}\n{page}");
        }
        // The page fetches nothing, runs nothing, and has no text of the program as markup.
        for words in ["<script", "src=", "@import", "url(", "<left>", "<tea>"] {
            assert!(!page.contains(words), "3.{minor}: {words}");
        }
        // The frame that failed comes first.
        let (inner, outer) = (page.find("<b>Shop.sell</b>"), page.find("<b>main</b>"));
        assert!(inner.is_some() && inner < outer && outer < page.find("<b>&#60;module&#62;</b>"), "3.{minor}");
        let moment = text(&project.connie(&["export", "--format", "html", "--step", "20", "-o", "-"]).stdout);
        assert!(moment.contains("<h2>Step 20</h2>"), "3.{minor}");
    }
}

#[test]
fn a_page_shows_characters_that_control_a_terminal_as_text() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = Project::new(
        "name = '\\x1b]0;title\\x07\\x1b[31m\\u202e'\nprint('\\x1b[1;31mred\\x1b[0m \\x1b]8;;x\\x07')\nraise ValueError(name)\n",
    );
    assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(1));
    made(&project, &["-o", "report.html"]);
    let page = std::fs::read_to_string(project.path("report.html")).expect("a page");
    assert!(page.contains("\nred \\x1b]8;;x\\x07\n") || page.contains("<pre>red \\x1b]8;;x\\x07\n"), "{page}");
    assert!(page.contains("ValueError: \\x1b]0;title\\x07\\x1b[31m\\u202e"), "{page}");
    assert!(!page.contains(['\x1b', '\x07', '\u{202e}']), "{page}");
}

#[test]
fn a_trace_has_each_call_once() {
    for (minor, python) in pythons() {
        let project = recorded(&python);
        made(&project, &["-o", "calls.json"]);
        let trace: Value =
            serde_json::from_slice(&std::fs::read(project.path("calls.json")).expect("a file")).expect("JSON");
        let events = trace["traceEvents"].as_array().expect("events");
        let mut open: std::collections::HashMap<u64, Vec<(&str, f64, &Value)>> = Default::default();
        let mut calls = Vec::new();
        let mut names = Vec::new();
        for event in events {
            let (thread, time) = (event["tid"].as_u64().unwrap_or(0), event["ts"].as_f64().unwrap_or(0.0));
            match event["ph"].as_str() {
                Some("B") => {
                    // Events of one function are equal but for their times: readers tell functions apart by these.
                    assert!(event["args"].as_object().is_some_and(|args| args.keys().eq(["at"])), "3.{minor}: {event}");
                    open.entry(thread).or_default().push((
                        event["name"].as_str().expect("a name"),
                        time,
                        &event["args"],
                    ));
                }
                Some("E") => {
                    let (name, since, args) = open.get_mut(&thread).and_then(Vec::pop).expect("it began");
                    assert_eq!((&event["name"], &event["args"]), (&Value::from(name), args), "3.{minor}");
                    assert!(since <= time, "3.{minor}: {name} ends before it begins");
                    calls.push(name);
                }
                _ => names.extend(event["args"]["name"].as_str()),
            }
        }
        assert!(open.values().all(Vec::is_empty), "3.{minor}: {open:?}");
        assert!(names.contains(&"helper") && names.contains(&"MainThread"), "3.{minor}: {names:?}");
        let count = |name: &str| calls.iter().filter(|call| **call == name).count();
        // A generator is counted each time it resumes.
        assert_eq!((count("Shop.sell"), count("numbers"), count("main")), (2, 4, 1), "3.{minor}");
    }
}

#[test]
fn a_copy_is_the_recording() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = recorded(&python);
    made(&project, &["-o", "copy.connie"]);
    let replay = |run: &str| text(&project.connie(&["replay", run, "--format", "jsonl", "--locals", "all"]).stdout);
    assert_eq!(replay("copy.connie"), replay("latest"));
    // In another project, it becomes one of that project's recordings.
    let other = Project::new("");
    let taken = other.connie(&["import", &project.path("copy.connie").display().to_string()]);
    assert_eq!(taken.status.code(), Some(0), "{}", text(&taken.stderr));
    let listed = text(&other.connie(&["list"]).stdout);
    assert!(listed.contains("main.py") && listed.contains("exception"), "{listed}");
    let shown = text(&other.connie(&["replay", "latest", "--format", "jsonl", "--locals", "all"]).stdout);
    assert_eq!(shown, replay("latest"));
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(project.path("copy.connie")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_cannot_be_written_or_taken_is_said_and_loses_nothing() {
    let (_, python) = pythons().pop().expect("a Python");
    let project = recorded(&python);
    let refused = |arguments: &[&str], code: i32, words: &str| {
        let output = project.connie(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    };
    project.write("mine.html", "mine");
    refused(&["export", "-o", "mine.html"], 73, "the file exists already: --force overwrites it");
    assert_eq!(std::fs::read_to_string(project.path("mine.html")).expect("it is there"), "mine");
    refused(&["export", "-o", "nowhere/r.html"], 73, "cannot write nowhere/r.html");
    refused(&["export", "--step", "99999", "-o", "r.html"], 66, "no step 99999");
    assert!(!project.path("r.html").exists());
    refused(&["export", "--format", "recording", "-o", "-"], 64, "say where to write with --output FILE");
    refused(&["import", "mine.html"], 65, "mine.html");
    made(&project, &["-o", "copy.connie"]);
    refused(&["import", "copy.connie"], 73, "exists already");
    let left: Vec<_> = std::fs::read_dir(project.path(".connie")).expect("a folder").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".tmp")), "{left:?}");
}
