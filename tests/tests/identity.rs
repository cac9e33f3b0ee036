//! Objects that die, are resurrected, or hold each other in circles.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use connie_tests::{Project, connie, pythons, text};

/// A project whose main.py is one of our programs.
fn program(name: &str) -> Project {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
    Project::new(&std::fs::read_to_string(path).expect("the program"))
}

/// Runs a command that must end. It prints little, or its output is not read.
fn ends(mut command: Command, what: &str) -> Output {
    let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let begun = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if begun.elapsed() > Duration::from_secs(180) {
            let _ = child.kill();
            panic!("{what} does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().expect("its output")
}

fn record(project: &Project, python: &Path, arguments: &[&str], path: &Path) -> Command {
    let mut command = project.command(&connie(), &["run", "--quiet", "--python"]);
    command.arg(python).arg("main.py").args(arguments).env("PYTHONPATH", path).stdout(Stdio::piped());
    command
}

/// Recorded values match what the program prints. Tests objects that are resurrected, reused memory, and chains of
/// containers that are deeper than the C stack and that CPython must still be able to free.
#[test]
fn what_ends_is_recorded_as_python_saw_it() {
    for (minor, python) in pythons() {
        let project = program("endings.py");
        let run = record(&project, &python, &["100000"], Path::new(""));
        let output = ends(run, &format!("endings.py on 3.{minor}"));
        assert!(output.status.success(), "3.{minor}: {}", text(&output.stderr));
        let printed: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
        let shown: Vec<String> = project
            .replay(&["--function", "check", "--locals", "all"])
            .iter()
            .filter(|row| row["event"] == "call")
            .map(|row| row["locals"]["value"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(printed, shown, "3.{minor}");
        assert!(printed.len() > 30);
    }
}

/// Random graphs of every kind of container, with circles through partials, methods, closures, views and arrays.
#[test]
fn programs_with_circles_of_any_kind_come_to_their_end() {
    let pythons = pythons();
    let newest = pythons.last().map(|(_, python)| python.clone());
    // One graph for each interpreter; all of them in `cargo xtask test slow`.
    let seeds = ["3", "11", "12"];
    let all = connie_tests::asks_for_all();
    for (place, (minor, python)) in pythons.into_iter().enumerate() {
        // Also arrays of objects, if numpy was fetched for this interpreter.
        let arrays = std::env::var_os("CONNIE_TEST_FRAMES").filter(|_| newest.as_ref() == Some(&python));
        let path = arrays.map(PathBuf::from).unwrap_or_default();
        for seed in seeds.iter().copied().skip(if all { 0 } else { place % 3 }).take(if all { 3 } else { 1 }) {
            let project = program("graphs.py");
            let what = format!("graphs.py {seed} on 3.{minor}");
            let output = ends(record(&project, &python, &[seed, "60"], &path), &what);
            assert_eq!(text(&output.stdout), "end 60\n", "{what}: {}", text(&output.stderr));
            assert_eq!(project.show()["trouble"], serde_json::Value::Null, "{what}");
            let mut replay = project
                .command(&connie(), &["replay", "latest", "--format", "jsonl", "--locals", "all", "--to", "3000"]);
            replay.stdout(Stdio::null());
            assert!(ends(replay, &format!("the replay of {what}")).status.success());
        }
    }
}

/// A walk that takes too long ends the recording, which says so. The program continues normally.
#[test]
fn a_walk_without_end_switches_the_tracer_off() {
    let text_of = "def grow(n, depth):\n    return [grow(n, depth - 1) for _ in range(n)] if depth else n\n\
                   import sys\nbefore = 1\nsys.setprofile(None)\nheld = eval('[' + ','.join(['[' + ','.join(['[[1],[2]]'] * 200) + ']'] * 200) + ']')\n\
                   after = len(held)\ndef f(x):\n    return x + 1\nprint(sum(f(x) for x in range(after)), after)\nsys.exit(3)\n";
    for (minor, python) in pythons() {
        let project = Project::new(text_of);
        let mut run = project.command(&connie(), &["run", "--recheck", "full:walk", "--python"]);
        run.arg(&python).arg("main.py").stdout(Stdio::piped());
        let output = ends(run, &format!("a long walk on 3.{minor}"));
        assert_eq!(text(&output.stdout), "20100 200\n", "3.{minor}: {}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(3), "3.{minor}");
        let why = "took more than a second";
        assert!(text(&output.stderr).contains(why), "3.{minor}: {}", text(&output.stderr));
        let shown = text(&project.connie(&["show", "latest"]).stdout);
        assert!(shown.contains(why), "3.{minor}: {shown}");
        let steps = project.replay(&[]);
        assert!(steps.iter().any(|step| step["line"] == 4), "3.{minor}: what came before is there");
        assert!(!steps.iter().any(|step| step["function"] == "f"), "3.{minor}: nothing after it is");
        // Without the fault, the same program is recorded to its end.
        let output = project.record(&python, &["main.py"]);
        assert_eq!(text(&output.stderr), "", "3.{minor}");
    }
}
