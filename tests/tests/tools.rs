//! Other tools that watch the same program: they see the same as without connie, and connie records the same.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use connie_tests::{Project, connie, pythons, rows, text};
use serde_json::Value;

/// The watched program: calls, a generator, an exception, a thread.
const SHOP: &str = "\
from aside import aside


def count(items):
    total = 0
    for item in items:
        if item > 100:
            total = -1
        total += item
        yield total


def sell(n):
    try:
        return list(count(range(n)))
    except TypeError as error:
        return str(error)[:5]


def main():
    sold = []
    aside(lambda: sold.append(sell(3)))
    sold.append(sell(2))
    sold.append(sell(None))
    return sold
";

/// All steps of a file, without threads, numbers and times.
fn steps(project: &Project, recording: &str, file: &str) -> Vec<Value> {
    let path = project.path(file);
    let all = ["replay", recording, "--format=jsonl", "--locals=all", "--file", &path.to_string_lossy()];
    let mut steps = rows(&project.connie(&all).stdout);
    steps.retain(|step| step["event"] != "output");
    for step in &mut steps {
        let step = step.as_object_mut().expect("an object");
        step.retain(|key, _| !matches!(key.as_str(), "step" | "time" | "thread" | "depth" | "frame"));
    }
    steps
}

/// Runs a command with input.
fn run(project: &Project, program: &Path, arguments: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut command = project.command(program, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// Asserts that a program prints the same with and without connie. Records it as `name`.
fn prints_the_same(project: &Project, python: &Path, name: &str, arguments: &[&str], input: &str) {
    let alone = run(project, python, arguments, input);
    let given = ["run", "--quiet", "-o", name, "--python", &python.to_string_lossy()];
    let beside = run(project, &connie(), &[&given, arguments].concat(), input);
    let (python, alone_text, beside_text) = (python.display(), text(&alone.stdout), text(&beside.stdout));
    assert_eq!(beside_text, alone_text, "{python}: {}", text(&beside.stderr));
    assert_eq!(text(&beside.stderr), text(&alone.stderr), "{python}");
    assert_eq!(beside.status.code(), alone.status.code(), "{python}");
}

/// Asserts that the recording of the shop beside a tool equals its recording without the tool.
fn records_the_same(project: &Project, python: &Path, name: &str) {
    project.write("alone.py", "import shop\nshop.main()\n");
    let alone = format!("alone-{name}");
    project.record(python, &["-o", &alone, "alone.py"]);
    let (alone, beside) = (steps(project, &alone, "shop.py"), steps(project, name, "shop.py"));
    assert!(alone.len() > 40, "{} steps", alone.len());
    for (n, (beside, alone)) in beside.iter().zip(&alone).enumerate() {
        assert_eq!(beside, alone, "{}: step {n}", python.display());
    }
    assert_eq!(beside.len(), alone.len(), "{}", python.display());
}

fn project(main: &str) -> Project {
    let project = Project::new(main);
    project.write("shop.py", SHOP);
    // A file of its own, as names and numbers of threads differ.
    project.write(
        "aside.py",
        "import threading\n\n\ndef aside(call):\n    thread = threading.Thread(target=call)\n    \
        thread.start()\n    thread.join()\n",
    );
    project
}

#[test]
fn trace_functions_of_the_program_are_called() {
    let program = "\
import sys, threading
import shop

seen = []


def trace(frame, event, arg):
    if frame.f_code.co_filename == shop.__file__:
        seen.append((threading.current_thread() is threading.main_thread(), event, frame.f_code.co_name, frame.f_lineno))
        return trace


sys.settrace(trace)
threading.settrace(trace)
shop.main()
assert sys.gettrace() is trace
sys.settrace(None)
threading.settrace(None)
assert sys.gettrace() is None
print(sorted(seen))


def wrong(frame, event, arg):
    raise ValueError(frame.f_code.co_name)


sys.settrace(wrong)
try:
    shop.sell(1)
except ValueError as error:
    print(error, sys.gettrace())
print(sys.settrace, sys.gettrace, len(seen))
";
    for (_, python) in pythons() {
        let project = project(program);
        prints_the_same(&project, &python, "traced", &["main.py"], "");
        // The call in which the trace function failed is not compared.
        let beside = steps(&project, "traced", "shop.py");
        project.write("main.py", "import shop\nshop.main()\n");
        project.record(&python, &["-o", "plain", "main.py"]);
        let plain = steps(&project, "plain", "shop.py");
        assert_eq!(beside[..plain.len()], plain, "{}", python.display());
    }
}

#[test]
fn coverage_counts_and_we_record() {
    let Some(packages) = std::env::var_os("CONNIE_TEST_COVERAGE") else {
        println!("skipped: CONNIE_TEST_COVERAGE names no folder with coverage (cargo xtask test fetches it)");
        return assert!(std::env::var_os("CI").is_none(), "a test was skipped");
    };
    for (minor, python) in pythons() {
        let cores: &[&str] = if minor < 12 { &["ctrace", "pytrace"] } else { &["ctrace", "pytrace", "sysmon"] };
        let files = PathBuf::from(&packages).join(format!("3.{minor}/coverage"));
        let mut files = std::fs::read_dir(files).expect("coverage").flatten();
        // Not every version of Python has a wheel of coverage. Without one it has no tracer in C.
        let has_c = files.any(|file| file.path().extension().is_some_and(|ending| ending == "so"));
        for core in cores.iter().filter(|core| has_c || **core != "ctrace") {
            let project = project("import shop\nprint(shop.main())\n");
            let packages = PathBuf::from(&packages).join(format!("3.{minor}"));
            let counted = |program: &Path, before: &[&str], name: &str| -> Value {
                let arguments = [before, &["-m", "coverage", "run", "--data-file", name, "main.py"]].concat();
                let mut command = project.command(program, &arguments);
                command.env("PYTHONPATH", &packages).env("COVERAGE_CORE", core);
                let done = command.output().expect("it runs");
                assert!(done.status.success(), "3.{minor} {core}: {}", text(&done.stderr));
                assert_eq!(text(&done.stderr), "", "3.{minor} {core}");
                let report = ["-m", "coverage", "json", "--data-file", name, "-q", "-o", "-"];
                let mut command = project.command(&python, &report);
                let report = command.env("PYTHONPATH", &packages).output().expect("it runs");
                let mut report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
                report["files"].take()
            };
            let alone = counted(&python, &[], "alone.cov");
            let beside = counted(
                &connie(),
                &["run", "--quiet", "-o", core, "--python", &python.to_string_lossy()],
                "beside.cov",
            );
            assert_eq!(beside, alone, "3.{minor} {core}");
            assert!(alone["shop.py"]["summary"]["covered_lines"].as_u64() > Some(10), "3.{minor} {core}: {alone}");
            records_the_same(&project, &python, core);
        }
    }
}

#[test]
fn pdb_stops_where_it_would() {
    let commands = "break shop.count\ncontinue\nnext\nnext\np items, total\nreturn\nup\np n\nclear 1\nstep\nwhere\n\
        until\ncontinue\nquit\n";
    for (minor, python) in pythons() {
        let project = project("import pdb, shop\n\npdb.runcall(shop.main)\n");
        prints_the_same(&project, &python, "pdb", &["main.py"], commands);
        records_the_same(&project, &python, "pdb");
        project.write(
            "main.py",
            "import shop\n\n\ndef main():\n    shop.main()\n    breakpoint()\n    return shop.main()\n\n\nmain()\n",
        );
        // CPython 3.13 itself stops at another line if sys.monitoring is in use.
        if minor != 13 {
            prints_the_same(
                &project,
                &python,
                "breakpoint",
                &["main.py"],
                "next\nstep\nnext\nreturn\nnext\ncontinue\n",
            );
        }
    }
}

#[test]
fn profilers_count_the_same() {
    let program = "\
import cProfile, profile, pstats, sys, trace
import shop

for profiler in (cProfile.Profile, profile.Profile):
    profiler = profiler()
    profiler.runcall(shop.sell, 5)
    counted = pstats.Stats(profiler).stats
    print(sorted((key[2], calls[:2]) for key, calls in counted.items() if key[0] == shop.__file__))
tracer = trace.Trace(trace=0)
tracer.runfunc(shop.main)
print(sorted((line, n) for (file, line), n in tracer.results().counts.items() if file == shop.__file__))
";
    for (_, python) in pythons() {
        prints_the_same(&project(program), &python, "profiled", &["main.py"], "");
    }
}

/// A debugger that makes a frame jump.
const JUMPS: &str = "\
import sys


def walk(n):
    a = n
    if a:
        b = 1
    if n > 5:
        b = 2
    c = b
    return c


def jump(frame, event, arg):
    if frame.f_code is walk.__code__:
        if event == 'line' and frame.f_lineno == 7:
            frame.f_lineno = 9
        return jump


for n in range(1, 4):
    walk(n)
sys.settrace(jump)
walk(4)
sys.settrace(None)
walk(5)
";

#[test]
fn lines_that_a_debugger_jumped_over_did_not_run() {
    for (_, python) in pythons() {
        let project = project("");
        project.write("walk.py", JUMPS);
        project.record(&python, &["-o", "jumps.connie", "walk.py"]);
        let mut lines = Vec::new();
        for step in steps(&project, "jumps.connie", "walk.py") {
            if step["function"] == "walk" && step["event"] == "call" {
                lines.push(Vec::new());
            } else if step["function"] == "walk" && step["event"] == "line" {
                lines.last_mut().expect("a call").push(step["line"].as_u64().expect("a line"));
            }
        }
        let usual = vec![5, 6, 7, 8, 10, 11];
        let jumped = lines.remove(3);
        assert!(lines.iter().all(|lines| *lines == usual), "{}: {lines:?}", python.display());
        // No event tells where the frame jumped to.
        assert!(jumped.starts_with(&[5, 6, 7]) && !jumped.contains(&8), "{}: {jumped:?}", python.display());
    }
}
