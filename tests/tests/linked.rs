//! A debugger whose client names files through symbolic links.

use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use connie_tests::{Project, connie, pythons};
use serde_json::{Value, json};

/// A client of `connie dap`.
struct Client {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
    seq: i64,
}

impl Client {
    fn new(project: &Project) -> Self {
        let mut command = project.command(&connie(), &["dap"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("connie runs");
        let (input, output) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        let mut client = Self { process, input, output, seq: 0 };
        client.ask("initialize", &json!({"adapterID": "connie"}));
        client
    }

    fn next(&mut self) -> Value {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.output.read_exact(&mut byte).expect("a message");
            head.push(byte[0]);
        }
        let length = String::from_utf8_lossy(&head).trim().rsplit(' ').next().and_then(|n| n.parse().ok());
        let mut body = vec![0; length.expect("a length")];
        self.output.read_exact(&mut body).expect("a message");
        serde_json::from_slice(&body).expect("JSON")
    }

    /// Waits for an event and returns its body.
    fn wait(&mut self, event: &str) -> Value {
        loop {
            let message = self.next();
            assert!(message["event"] != "terminated" || event == "terminated", "it ended before {event}");
            if message["event"] == event {
                return message["body"].clone();
            }
        }
    }

    fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        self.seq += 1;
        let body = json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments}).to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
        self.input.flush().expect("sent");
        loop {
            let message = self.next();
            if message["type"] == "response" && message["request_seq"] == self.seq {
                assert_eq!(message["success"], true, "{message}");
                return message["body"].clone();
            }
        }
    }

    /// Launches a program with a breakpoint and goes to it. Returns the top frame there.
    fn stop_at(&mut self, launch: &Value, path: &Path, line: u32) -> Value {
        self.ask("launch", launch);
        let breakpoints = json!({"source": {"path": path}, "breakpoints": [{"line": line}]});
        let told = self.ask("setBreakpoints", &breakpoints);
        assert_eq!(told["breakpoints"][0]["verified"], true, "{told}");
        self.ask("configurationDone", &json!({}));
        let stopped = self.wait("stopped");
        assert_eq!(stopped["reason"], "breakpoint", "{stopped}");
        self.ask("stackTrace", &json!({"threadId": stopped["threadId"]}))["stackFrames"].clone()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn breakpoints_and_frames_have_the_names_that_the_client_gave() {
    let project = Project::new("");
    project.write("real/pyproject.toml", "");
    project.write("real/main.py", "import helper\nx = helper.f(1)\nprint(x)\n");
    project.write("real/helper.py", "def f(a):\n    b = a + 1\n    return b\n");
    project.write("apart/single.py", "y = 1\nz = 2\n");
    symlink("real", project.path("link")).expect("a link");
    symlink("../apart/single.py", project.path("real/single.py")).expect("a link");
    for (minor, python) in pythons() {
        for (folder, program) in
            [("link", "main.py"), ("link", "./main.py"), ("real", "../link/main.py"), ("real", "main.py")]
        {
            let launch = json!({"program": program, "cwd": project.path(folder), "python": python});
            // The editor's buffers are in the linked folder, or in the other one.
            let buffers = if program.contains("link") { "link" } else { folder };
            let helper = project.path(buffers).join("helper.py");
            let frames = Client::new(&project).stop_at(&launch, &helper, 2);
            let at = |n: usize| frames[n]["source"]["path"].as_str().map(Path::new);
            assert_eq!(at(0), Some(helper.as_path()), "3.{minor} {folder} {program}");
            assert_eq!(at(1), Some(project.path(buffers).join("main.py").as_path()), "3.{minor} {folder} {program}");
            assert_eq!((&frames[0]["line"], &frames[1]["line"]), (&json!(2), &json!(2)));
        }
        // A file that is a link itself, named by the link or by its target.
        for name in ["real/single.py", "apart/single.py"] {
            let launch = json!({"program": "single.py", "cwd": project.path("real"), "python": python});
            let frames = Client::new(&project).stop_at(&launch, &project.path(name), 2);
            assert_eq!(frames[0]["line"], 2, "3.{minor} {name}");
        }
    }
}

#[test]
fn a_debugger_says_why_nothing_was_recorded() {
    let project = Project::new("import outside\n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::write(elsewhere.path().join("outside.py"), "x = 1\n").expect("a file");
    let (_, python) = pythons().pop().expect("an interpreter");
    let launch = json!({"module": "outside", "cwd": project.path(""), "python": python, "env": {"PYTHONPATH": elsewhere.path()}});
    let mut client = Client::new(&project);
    client.ask("launch", &launch);
    client.ask("configurationDone", &json!({}));
    loop {
        let said = client.wait("output")["output"].as_str().unwrap_or_default().to_owned();
        if said.contains("Nothing was recorded") {
            assert!(said.contains("outside.py is outside of it (record that with --include"), "{said}");
            break;
        }
    }
}
