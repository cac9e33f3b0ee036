//! Profiles and pictures of calls, read by the programs that they are for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connie_tests::{Project, pythons, text};
use serde_json::Value;

/// Recursion, a generator, threads, methods, and names that mean something in formats.
const PROGRAM: &str = r#"import threading


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n > 0 and even(n - 1)


def numbers(n):
    for i in range(n):
        yield fib(i)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Shop:
    def sell(self, count):
        return max(map(lambda n: n * 2, range(count)), default=even(count))


def main():
    helper = threading.Thread(target=fib, args=(6,), name="a; <b> & \"c\"")
    helper.start()
    helper.join()
    sum(numbers(5))
    for count in (0, 3, 4):
        Shop().sell(count)


main()
"#;

fn recorded(python: &Path) -> Project {
    let project = Project::new(PROGRAM);
    assert_eq!(project.record(python, &["main.py"]).status.code(), Some(0));
    project
}

fn written(project: &Project, format: &str, file: &str) -> PathBuf {
    let output = project.connie(&["export", "--format", format, "-o", file]);
    assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
    project.path(file)
}

/// What a program of Python prints.
fn python(python: &Path, code: &str, arguments: &[&Path]) -> String {
    let mut command = std::process::Command::new(python);
    command.args(["-c", code]).args(arguments);
    if let Some(folder) = std::env::var_os("CONNIE_TEST_PROFILERS") {
        command.env("PYTHONPATH", folder);
    }
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The calls, own time and total time of each function, in nanoseconds.
fn functions(project: &Project) -> BTreeMap<String, (u64, u64, u64)> {
    let output = project.connie(&["profile", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    let row = |row: &Value| {
        let name = row["function"].as_str().expect("a name").to_owned();
        (name, (number(row, "calls"), number(row, "own"), number(row, "total")))
    };
    rows.iter().map(row).collect()
}

/// Outermost calls, calls, own and total time, and the calls by each caller.
type Function = (u64, u64, u64, u64, BTreeMap<String, (u64, u64)>);

const PSTATS: &str = "import json, pstats, sys
stats = pstats.Stats(sys.argv[1])
nice = lambda time: round(time * 1e9)
print(json.dumps({name: [cc, nc, nice(tt), nice(ct), {key[2]: list(value[:2]) for key, value in callers.items()}]
                  for (file, line, name), (cc, nc, tt, ct, callers) in stats.stats.items()}))";

#[test]
fn pstats_reads_the_profile() {
    for (minor, interpreter) in pythons() {
        let project = recorded(&interpreter);
        let file = written(&project, "pstats", "main.prof");
        let found: BTreeMap<String, Function> =
            serde_json::from_str(&python(&interpreter, PSTATS, &[&file])).expect("JSON");
        let expected = functions(&project);
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "3.{minor}");
        for (name, (calls, own, total)) in expected {
            let (_, nc, tt, ct, _) = &found[&name];
            // Times are rounded to nanoseconds, call by call.
            let is_near = |a: u64, b: u64| a.abs_diff(b) <= 2 * calls + 1000;
            assert!(*nc == calls && is_near(*tt, own) && is_near(*ct, total), "3.{minor} {name}: {:?}", found[&name]);
        }
        let calls = |name: &str| (found[name].0, found[name].1);
        assert_eq!(calls("main"), (1, 1), "3.{minor}");
        // `fib` is called 5 times by `numbers` and once by the thread.
        assert_eq!(calls("fib"), (6, 19 + 25), "3.{minor}: {:?}", found["fib"]);
        assert_eq!(found["fib"].4["numbers"], (5, 5), "3.{minor}");
        // `even` and `odd` call each other.
        assert_eq!((calls("even"), calls("odd")), ((3, 6), (2, 4)), "3.{minor}");
    }
}

#[test]
fn other_programs_read_the_profiles() {
    let Some(usual) = std::env::var_os("CONNIE_TEST_USUAL_PYTHON").map(PathBuf::from) else {
        println!("skipped: no Python for gprof2dot and snakeviz was named");
        return;
    };
    let project = recorded(&usual);
    let profile = written(&project, "pstats", "main.prof");
    let callgrind = written(&project, "callgrind", "callgrind.out.main");
    let graph = "import gprof2dot, sys; gprof2dot.main(['-n0', '-e0', '-f', sys.argv[1], sys.argv[2]])";
    // In the format of Callgrind, a call that no recorded code made is not counted.
    for (format, file, calls) in [("pstats", &profile, "44×"), ("callgrind", &callgrind, "43×")] {
        let dot = python(&usual, graph, &[Path::new(format), file]);
        for words in ["main", "fib", "even", calls] {
            assert!(dot.contains(words), "{format}: {words} in {dot}");
        }
    }
    let rows = "import pstats, sys
from snakeviz.stats import json_stats, table_rows
stats = pstats.Stats(sys.argv[1])
print('numbers' in str(json_stats(stats)), *sorted(row[0][0] + ' ' + row[-2] for row in table_rows(stats)), sep='\\n')";
    let rows = python(&usual, rows, &[&profile]);
    assert!(rows.starts_with("True\n") && rows.contains("44/6") && rows.contains("fib"), "{rows}");
}

#[test]
fn collapsed_stacks_have_all_the_time() {
    for (minor, interpreter) in pythons() {
        let project = recorded(&interpreter);
        let file = written(&project, "collapsed", "main.folded");
        let stacks = std::fs::read_to_string(file).expect("a file");
        let mut own: BTreeMap<String, u64> = BTreeMap::new();
        for line in stacks.lines() {
            let (stack, time) = line.rsplit_once(' ').expect("a time");
            let frames: Vec<&str> = stack.split(';').collect();
            // The thread's name has no semicolon any more.
            assert!(["MainThread", "a: <b> & \"c\""].contains(&frames[0]), "3.{minor}: {line}");
            let (name, _) = frames[frames.len() - 1].rsplit_once(" (").expect("a place");
            *own.entry(name.to_owned()).or_default() += time.parse::<u64>().expect("a number");
        }
        for (name, (calls, expected, _)) in functions(&project) {
            let found = own.get(&name).copied().unwrap_or(0);
            assert!(found.abs_diff(expected) <= 2 * calls + 1000, "3.{minor} {name}: {found}, {expected}");
        }
        assert!(stacks.contains(";even (main.py:4);odd (main.py:8);even (main.py:4)"), "3.{minor}: {stacks}");
    }
}

/// The titles of all elements, one a line; fails if a file is not well-formed XML.
const TITLES: &str = "import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
name = '{http://www.w3.org/2000/svg}'
print(*[title.text.replace('\\n', ' | ') for title in root.iter(name + 'title')], sep='\\n')
print(*[' '.join(text.itertext()) for text in root.iter(name + 'text')], sep='\\n')";

#[test]
fn pictures_are_well_formed() {
    for (minor, interpreter) in pythons() {
        let project = recorded(&interpreter);
        let flame = python(&interpreter, TITLES, &[&written(&project, "flame", "main.svg")]);
        for words in ["a; <b> & \"c\" | ", "<module> main.py (main.py:1) | ", "main (main.py:26) | ", "| 1 call"] {
            assert!(flame.contains(words), "3.{minor}: {words} in {flame}");
        }
        let graph = python(&interpreter, TITLES, &[&written(&project, "graph", "main.graph.svg")]);
        for words in ["main.py · ", "main.py:26", "· 1 call", "<module>", "1×"] {
            assert!(graph.contains(words), "3.{minor}: {words} in {graph}");
        }
    }
}

#[test]
fn the_profile_draws_pictures() {
    let (_, interpreter) = pythons().pop().expect("a python");
    let project = recorded(&interpreter);
    for (option, file, begins) in
        [("--flame", "a.svg", "<svg"), ("--graph", "b.svg", "<?xml"), ("--graph", "b.dot", "digraph")]
    {
        assert_eq!(project.connie(&["profile", option, file]).status.code(), Some(0));
        assert!(std::fs::read_to_string(project.path(file)).expect("a file").starts_with(begins), "{option} {file}");
        // It overwrites nothing unasked.
        let again = project.connie(&["profile", option, file]);
        assert!(again.status.code() != Some(0) && text(&again.stderr).contains("--force"), "{}", text(&again.stderr));
        assert_eq!(project.connie(&["profile", option, file, "--force"]).status.code(), Some(0));
        let printed = project.connie(&["profile", option, "-"]);
        assert!(text(&printed.stdout).contains("<svg"), "{option}");
    }
    // Bytes that no terminal should get.
    assert_eq!(project.connie(&["export", "--format", "pstats", "-o", "-"]).status.code(), Some(64));
}
