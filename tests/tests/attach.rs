//! `connie attach`: a running process is recorded, and continues when the recording ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use connie_tests::{Project, dap, pythons, rows, text, until};
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
                assert!(std::process::Command::new("kill").args(["-INT", &id]).status().is_ok());
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
        drop(program.stdin);
        let mut line = String::new();
        program.stdout.read_line(&mut line).expect("it writes");
        assert!(line.starts_with("['serve', 'sys', 'work'] [100, 1"), "3.{minor}: {line}");
        assert_eq!(program.child.wait().expect("it ends").code(), Some(5), "3.{minor}");
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
            let _ = std::process::Command::new("kill").args(["-INT", &id]).status();
            until("it ends", || {
                program.ask(round);
                attached.try_wait().expect("it can be asked").is_some()
            });
            let ended = attached.wait().expect("it ends");
            assert!(ended.success(), "3.{minor}, round {round}: {ended} {begun:?}");
        }
        let values = text(&project.connie(&["replay", "latest", "--format", "jsonl", "--locals", "all"]).stdout);
        assert!(values.contains("\"n\""), "3.{minor}: {values}");
        drop(program.stdin);
        program.child.wait().expect("it ends");
    }
}

#[test]
fn what_cannot_be_attached_to_is_said() {
    let project = Project::new("");
    let mut sleep = std::process::Command::new("sleep").arg("30").spawn().expect("it starts");
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

/// An adapter on pipes.
struct Adapter {
    process: Child,
    seq: i64,
    seen: Vec<Value>,
}

impl Adapter {
    fn start(project: &Project) -> Self {
        let mut command = project.command(&connie_tests::connie(), &["dap"]);
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the adapter starts");
        Self { process, seq: 0, seen: Vec::new() }
    }

    fn send(&mut self, command: &str, arguments: &Value) -> i64 {
        self.seq += 1;
        let message = json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments});
        dap::send(self.process.stdin.as_mut().expect("stdin"), &message).expect("it reads");
        self.seq
    }

    /// Reads messages up to one that is wanted, and returns it.
    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = dap::next(self.process.stdout.as_mut().expect("stdout")).expect("it goes on");
            self.seen.push(message.clone());
            if wanted(&message) {
                return message;
            }
        }
    }

    fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        let seq = self.send(command, arguments);
        self.until(|message| message["request_seq"] == seq)
    }

    fn stopped(&mut self) -> Value {
        self.until(|message| message["event"] == "stopped")["body"].clone()
    }
}

#[test]
fn editors_attach_to_a_process() {
    for (minor, python) in pythons().into_iter().filter(|(minor, _)| *minor >= 13) {
        let project = Project::new(PROGRAM);
        let mut program = start(&project, &python);
        let mut adapter = Adapter::start(&project);
        adapter.ask("initialize", &json!({"adapterID": "connie"}));
        let pid = program.child.id();
        let answer = adapter.ask("attach", &json!({"processId": pid.to_string(), "justMyCode": true, "django": true}));
        if minor < 14 {
            let why = answer["message"].as_str().unwrap_or_default();
            assert!(answer["success"] == false && why.contains("only 3.14 and later"), "{answer}");
            let _ = adapter.process.kill();
        } else {
            assert_eq!(answer["success"], true, "3.{minor}: {answer}");
            let breakpoints = json!({"source": {"path": project.path("main.py")}, "breakpoints": [{"line": 6}]});
            adapter.ask("setBreakpoints", &breakpoints);
            adapter.ask("configurationDone", &json!({}));
            // The process waits for input, where Python does not run pending calls. Lines wake it.
            // They come at a human pace: the adapter reads what is recorded between them.
            for n in 2..8 {
                std::thread::sleep(std::time::Duration::from_millis(300));
                program.ask(n);
            }
            let stopped = adapter.stopped();
            assert_eq!(stopped["reason"], "breakpoint", "3.{minor}: {stopped}");
            let frames = adapter.ask("stackTrace", &json!({"threadId": stopped["threadId"]}));
            assert_eq!(frames["body"]["stackFrames"][0]["line"], 6, "3.{minor}: {frames}");
            let frame = &frames["body"]["stackFrames"][0]["id"];
            let value = adapter.ask("evaluate", &json!({"expression": "items[0] + n", "frameId": frame}));
            let value: u32 = value["body"]["result"].as_str().and_then(|text| text.parse().ok()).expect("a number");
            assert!((102..108).contains(&value), "3.{minor}: {value}");
            adapter.ask("disconnect", &json!({}));
            adapter.process.wait().expect("it ends");
            assert!(!adapter.seen.iter().any(|message| message["event"] == "exited"), "3.{minor}");
            // The program continues without being recorded.
            program.ask(9);
        }
        drop(program.stdin);
        assert_eq!(program.child.wait().expect("it ends").code(), Some(5), "3.{minor}");
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
        assert!(std::process::Command::new("kill").args(["-INT", &own]).status().is_ok());
        until("it ends", || {
            program.ask(4);
            attached.try_wait().expect("it can be asked").is_some()
        });
        assert!(attached.wait().expect("it ends").success(), "3.{minor}");
        let told = rows(&project.connie(&["replay", "--format", "jsonl"]).stdout);
        let of_lib = |row: &&Value| row["file"].as_str().is_some_and(|file| file.ends_with("helping.py"));
        assert!(told.iter().filter(of_lib).count() > 1, "3.{minor}: {told:?}");
        assert_eq!(program.ask(6), "12");
        drop(program.stdin);
        assert_eq!(program.child.wait().expect("it ends").code(), Some(0), "3.{minor}");
    }
}
