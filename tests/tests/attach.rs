//! `connie attach`: a running process is recorded, and continues when the recording ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use connie_tests::console::Console;
use connie_tests::{Project, pythons, rows, text, until};
use serde_json::{Value, json};

/// A program that obeys its input and prints its state.
const PROGRAM: &str = "\
import sys


def work(n, items):
    items.append(n)
    return len(items)


def serve(items):
    for line in sys.stdin:
        n = int(line)
        print(work(n, items), flush=True)
    names = sorted(name for name in globals() if not name.startswith('__'))
    print(names, items, flush=True)


serve([100])
sys.exit(5)
";

struct Program {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn ask(&mut self, n: u32) -> String {
        writeln!(self.stdin, "{n}").expect("it reads");
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it writes");
        line.trim().to_owned()
    }

    /// Ends its input. Returns its exit code and the rest of its output, which is read before its end is waited for:
    /// a program whose output nobody reads waits once the pipe is full.
    fn end(self) -> (Option<i32>, String) {
        let Self { mut child, stdin, mut stdout } = self;
        drop(stdin);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("it writes");
        (child.wait().expect("it ends").code(), rest)
    }
}

fn start(project: &Project, python: &std::path::Path) -> Program {
    let mut command = project.command(python, &["-u", "main.py"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let stdin = child.stdin.take().expect("a pipe");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut program = Program { child, stdin, stdout };
    assert_eq!(program.ask(1), "2");
    program
}

#[test]
fn a_process_is_recorded_for_a_while() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let mut program = start(&project, &python);
        let pid = program.child.id().to_string();
        if minor < 14 {
            let refused = project.connie(&["attach", &pid]);
            assert_eq!(refused.status.code(), Some(69), "3.{minor}");
            let said = text(&refused.stderr);
            assert!(said.contains(&format!("runs Python 3.{minor}")) && said.contains("--arm USR1"), "{said}");
            assert!(!project.path(".connie").exists(), "3.{minor}: nothing was made");
        } else {
            for round in 0..2 {
                let mut attach = project.command(&connie_tests::connie(), &["attach", &pid]);
                let mut attached = attach.stderr(Stdio::piped()).spawn().expect("it starts");
                let mut said = BufReader::new(attached.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
                let mut says = |what: &str| assert!(said.any(|line| line.contains(what)), "3.{minor}: {what}");
                // The process waits for input, where Python does not run pending calls. The next line wakes it.
                says("waiting until process");
                program.ask(10 * round + 2);
                says("Ctrl-C ends the recording");
                program.ask(10 * round + 3);
                let id = attached.id().to_string();
                assert!(Command::new("kill").args(["-INT", &id]).status().is_ok());
                until("it ends", || {
                    program.ask(10 * round + 4);
                    attached.try_wait().expect("it can be asked").is_some()
                });
                assert!(attached.wait().expect("it ends").success(), "3.{minor}");
                program.ask(10 * round + 5);
                let steps = rows(&project.connie(&["replay", "latest", "--format", "jsonl", "--locals", "all"]).stdout);
                let calls = steps.iter().filter(|step| step["function"] == "work" && step["event"] == "call");
                let told: Vec<_> = calls.map(|call| call["locals"]["n"].clone()).collect();
                let asked = (10 * round + 3).to_string();
                assert!(told.contains(&asked.as_str().into()), "3.{minor}: {told:?}");
                assert!(!told.contains(&(10 * round + 5).to_string().as_str().into()), "3.{minor}: {told:?}");
            }
        }
        let (code, line) = program.end();
        assert!(line.starts_with("['serve', 'sys', 'work'] [100, 1"), "3.{minor}: {line}");
        assert_eq!(code, Some(5), "3.{minor}");
    }
}

/// Python has eight watchers of dicts, and uses two itself. A process that is attached to repeatedly uses only one.
#[test]
fn a_process_can_be_attached_to_many_times() {
    if let Some((minor, python)) = pythons().into_iter().rfind(|(minor, _)| *minor >= 14) {
        let project = Project::new(PROGRAM);
        let mut program = start(&project, &python);
        let pid = program.child.id().to_string();
        for round in 0..7 {
            let mut attach = project.command(&connie_tests::connie(), &["attach", &pid]);
            let mut attached = attach.stderr(Stdio::piped()).spawn().expect("it starts");
            let mut said = BufReader::new(attached.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
            assert!(said.any(|line| line.contains("waiting until process")), "3.{minor}, round {round}");
            program.ask(round);
            let begun: Vec<String> = said.by_ref().take_while(|line| !line.contains("Ctrl-C ends")).collect();
            program.ask(round);
            let id = attached.id().to_string();
            let _ = Command::new("kill").args(["-INT", &id]).status();
            until("it ends", || {
                program.ask(round);
                attached.try_wait().expect("it can be asked").is_some()
            });
            let ended = attached.wait().expect("it ends");
            assert!(ended.success(), "3.{minor}, round {round}: {ended} {begun:?}");
        }
        let values = text(&project.connie(&["replay", "latest", "--format", "jsonl", "--locals", "all"]).stdout);
        assert!(values.contains("\"n\""), "3.{minor}: {values}");
        program.end();
    }
}

#[test]
fn what_cannot_be_attached_to_is_said() {
    let project = Project::new("");
    let mut sleep = Command::new("sleep").arg("30").spawn().expect("it starts");
    let refused = project.connie(&["attach", &sleep.id().to_string()]);
    assert_eq!(refused.status.code(), Some(69));
    assert!(text(&refused.stderr).contains("does not run Python: it is"), "{}", text(&refused.stderr));
    let _ = sleep.kill();
    let _ = sleep.wait();
    let refused = project.connie(&["attach", "4194000"]);
    assert_eq!(refused.status.code(), Some(66));
    assert!(text(&refused.stderr).contains("there is no process 4194000"), "{}", text(&refused.stderr));
    assert_eq!(project.connie(&["attach", "0"]).status.code(), Some(64));
}

/// Makes an adapter attach to a process, with a breakpoint in `work`.
fn attach(project: &Project, program: &Program) -> Console {
    let process = program.child.id().to_string();
    let keys = json!({"processId": process, "justMyCode": true, "django": true});
    let mut console = Console::open_with(project, keys);
    let breakpoints = json!({"source": {"path": project.path("main.py")}, "breakpoints": [{"line": 6}]});
    console.request("setBreakpoints", breakpoints);
    console.request("configurationDone", json!({}));
    console
}

/// Waits for the stop at the breakpoint in `work`. Returns the value of `n` there.
fn stops_in_work(console: &mut Console) -> u32 {
    let stopped = console.stopped();
    assert_eq!(stopped["reason"], "breakpoint", "{stopped}");
    let frames = console.request("stackTrace", json!({"threadId": stopped["threadId"]}));
    assert_eq!(frames["stackFrames"][0]["line"], 6, "{frames}");
    let frame = &frames["stackFrames"][0]["id"];
    let value = console.request("evaluate", json!({"expression": "items[0] - 100 + n", "frameId": frame}));
    value["result"].as_str().and_then(|text| text.parse().ok()).expect("a number")
}

#[test]
fn editors_attach_to_a_process() {
    for (minor, python) in pythons().into_iter().filter(|(minor, _)| *minor >= 13) {
        let project = Project::new(PROGRAM);
        let mut program = start(&project, &python);
        if minor < 14 {
            let answer = Console::unopened(&project).ask("attach", json!({"processId": program.child.id()}));
            let why = answer["message"].as_str().unwrap_or_default();
            assert!(answer["success"] == false && why.contains("only 3.14 and later"), "{answer}");
        } else {
            let mut console = attach(&project, &program);
            // The process waits for input, where Python does not run pending calls. Lines wake it, as fast as it reads.
            let has_stopped = AtomicBool::new(false);
            let (first, last) = std::thread::scope(|scope| {
                let lines = (2..).take_while(|_| !has_stopped.load(Ordering::Relaxed));
                let feeding = scope.spawn(|| lines.map(|n| (n, program.ask(n)).0).last());
                // Feeding ends even if this panics.
                let stopped = catch_unwind(AssertUnwindSafe(|| stops_in_work(&mut console)));
                has_stopped.store(true, Ordering::Relaxed);
                let last = feeding.join().expect("it reads").expect("a line");
                (stopped.unwrap_or_else(|panic| resume_unwind(panic)), last)
            });
            assert!((2..=last).contains(&first), "3.{minor}: {first} of {last}");
            let events = console.leave();
            assert!(!events.iter().any(|event| event["event"] == "exited"), "3.{minor}: {events:#?}");
            // The program continues without being recorded.
            program.ask(9);
        }
        assert_eq!(program.end().0, Some(5), "3.{minor}");
    }
}

/// Whether the recording of a process has begun.
fn is_recorded(project: &Project) -> bool {
    let files = std::fs::read_dir(project.path(".connie")).into_iter().flatten();
    files.flatten().any(|file| file.path().extension().is_some_and(|extension| extension == "connie"))
}

/// The breakpoint is hit once or a few times, and then nothing more happens in recorded code.
#[test]
fn the_view_stops_whatever_the_process_does_next() {
    for (minor, python) in pythons().into_iter().filter(|(minor, _)| *minor >= 14) {
        for next in ["waits for input", "ends", "is killed", "ends while the adapter sleeps"] {
            let project = Project::new(PROGRAM);
            let mut program = start(&project, &python);
            let mut console = attach(&project, &program);
            let signal = |name: &str| {
                let status = Command::new("kill").args([name, &console.pid().to_string()]).status();
                assert!(status.expect("kill").success());
            };
            let sleeps = next.ends_with("sleeps");
            if sleeps {
                signal("-STOP");
            }
            let mut n = 1;
            until("it is recorded", || {
                n += 1;
                program.ask(n);
                is_recorded(&project)
            });
            n += 1;
            program.ask(n);
            match next {
                "waits for input" => {
                    let first = stops_in_work(&mut console);
                    assert!((2..=n).contains(&first), "3.{minor}, it {next}: {first} of {n}");
                    assert_eq!(program.end().0, Some(5), "3.{minor}");
                    continue;
                }
                "is killed" => {
                    program.child.kill().expect("it runs");
                    program.child.wait().expect("it ends");
                }
                _ => assert_eq!(program.end().0, Some(5), "3.{minor}"),
            }
            if sleeps {
                let is_whole = |run: &Value| run["result"] != "recording";
                let list = || project.connie(&["list", "--format", "json"]).stdout;
                until("the recording is whole", || {
                    serde_json::from_slice::<Vec<Value>>(&list()).is_ok_and(|runs| runs.iter().all(is_whole))
                });
                signal("-CONT");
            }
            let first = stops_in_work(&mut console);
            assert!((2..=n).contains(&first), "3.{minor}, it {next}: {first} of {n}");
        }
    }
}

/// Patterns on the command line are relative to the user's working folder, not to that of the process. One interpreter
/// executes both scripts.
#[test]
fn patterns_start_from_the_users_folder() {
    for (minor, python) in pythons().into_iter().filter(|(minor, _)| *minor >= 14) {
        let elsewhere = Project::new("");
        elsewhere.write("lib/helping.py", "def helped(n):\n    twice = n * 2\n    return twice\n");
        let project = Project::new(
            "import sys\nsys.path.append(sys.argv[1])\nimport helping\nfor line in sys.stdin:\n    \
             print(helping.helped(int(line)), flush=True)\n",
        );
        // A folder with the same name in the process's working folder is not matched.
        project.write("lib/other.py", "");
        let lib = elsewhere.path("lib").to_string_lossy().into_owned();
        let mut command = project.command(&python, &["-u", "main.py", &lib]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let (stdin, stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut program = Program { child, stdin, stdout: BufReader::new(stdout) };
        assert_eq!(program.ask(1), "2");
        let pid = program.child.id().to_string();
        let mut attach = elsewhere.command(&connie_tests::connie(), &["attach", "--include", "./lib", &pid]);
        let mut attached = attach.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(attached.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut says = |what: &str| assert!(said.any(|line| line.contains(what)), "3.{minor}: {what}");
        // The process waits for input, where Python does not run pending calls. The next line wakes it.
        says("waiting until process");
        program.ask(2);
        says("Ctrl-C ends the recording");
        program.ask(3);
        let own = attached.id().to_string();
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).expect("its children");
        assert_eq!(children.split_whitespace().count(), 1, "3.{minor}: {children}");
        assert!(Command::new("kill").args(["-INT", &own]).status().is_ok());
        until("it ends", || {
            program.ask(4);
            attached.try_wait().expect("it can be asked").is_some()
        });
        assert!(attached.wait().expect("it ends").success(), "3.{minor}");
        let told = rows(&project.connie(&["replay", "--format", "jsonl"]).stdout);
        let of_lib = |row: &&Value| row["file"].as_str().is_some_and(|file| file.ends_with("helping.py"));
        assert!(told.iter().filter(of_lib).count() > 1, "3.{minor}: {told:?}");
        assert_eq!(program.ask(6), "12");
        assert_eq!(program.end().0, Some(0), "3.{minor}");
    }
}
