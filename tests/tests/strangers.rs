//! Anybody who can send bytes to connie but is not its user: pages in a browser, other users and programs of the
//! machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use connie_tests::dap::{Server, ask, next, send, try_ask};
use connie_tests::{Project, connie, pythons, text, until};
use serde_json::{Value, json};

fn python() -> String {
    pythons().pop().expect("an interpreter").1.to_string_lossy().into_owned()
}

fn listening(project: &Project, arguments: &[&str]) -> Server {
    Server::start(project.command(&connie(), &["dap", "--listen"]).args(arguments).env_remove("CONNIE_DAP_TOKEN"))
}

fn connected(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// Whether the other side has closed the connection.
fn is_over(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn frame(message: &Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

/// Messages in the body of a request that would run code which creates a file.
fn harmful(project: &Project) -> String {
    let code = format!("open({:?}, 'w')", project.path("harm").to_string_lossy());
    let request = |seq: u32, command: &str, arguments: Value| {
        frame(&json!({"seq": seq, "type": "request", "command": command, "arguments": arguments}))
    };
    let launch = json!({"code": code, "python": python(), "noDebug": true});
    request(1, "initialize", json!({})) + &request(2, "launch", launch) + &request(3, "configurationDone", json!({}))
}

/// Requests that a page can make a browser send, with a body that the page chooses.
fn of_browsers(port: u16, body: &str) -> Vec<Vec<u8>> {
    let length = body.len();
    let head = format!("Host: 127.0.0.1:{port}\r\nContent-Length: {length}\r\nContent-Type: text/plain\r\n");
    let long = format!("Cookie: {}Content-Length:{length}", "x".repeat(65_536 - 8));
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n".to_vec();
    vec![
        format!("POST / HTTP/1.1\r\n{head}\r\n{body}").into_bytes(),
        format!("POST / HTTP/1.1\r\n{head}{long}\r\n\r\n{body}").into_bytes(),
        format!("GET / HTTP/1.1\r\n{head}Upgrade: websocket\r\n\r\n{body}").into_bytes(),
        format!("OPTIONS / HTTP/1.1\r\n\r\n{body}").into_bytes(),
        format!("Content-Type: {}{body}", "x".repeat(65_536)).into_bytes(),
        format!("Content-Length: 2\r\nOrigin: x\r\n\r\n{{}}{body}").into_bytes(),
        [hello, body.as_bytes().to_vec()].concat(),
    ]
}

/// A client that was not admitted gets no second try, whether it sends nonsense or requests that need admission.
#[test]
fn strangers_are_heard_shortly() {
    let project = Project::new("pass\n");
    let server = listening(&project, &["127.0.0.1:0"]);
    let evaluate = frame(&json!({"seq": 1, "type": "request", "command": "evaluate", "arguments": {}}));
    let large = format!("Content-Length: {}\r\n\r\n", 40 << 20);
    for bytes in ["Content-Length: 3\r\n\r\n{x}", &frame(&json!([])), &evaluate.repeat(20), &large] {
        let mut stranger = connected(&server);
        let _ = stranger.write_all(bytes.as_bytes());
        assert!(is_over(&mut stranger), "{bytes}");
    }
}

#[test]
fn a_page_in_a_browser_runs_nothing() {
    let project = Project::new("pass\n");
    for arguments in [&["127.0.0.1:0"][..], &["127.0.0.1:0", "--no-token"]] {
        let mut server = listening(&project, arguments);
        for bytes in of_browsers(server.port(), &harmful(&project)) {
            let mut page = connected(&server);
            // The connection may be closed while this is sent.
            let _ = page.write_all(&bytes);
            assert!(is_over(&mut page), "{arguments:?}: {:?}", String::from_utf8_lossy(&bytes[..60]));
        }
        assert!(server.said("is not a header of a message").contains("does not speak the Debug Adapter Protocol"));
        // The client can still connect after this.
        let mut client = connected(&server);
        assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
        assert!(server.process.try_wait().expect("a status").is_none());
    }
    assert!(!project.path("harm").exists());
}

#[test]
fn what_is_no_message_ends_servers_on_stdio() {
    let project = Project::new("pass\n");
    for server in ["dap", "lsp"] {
        for bytes in of_browsers(1, &harmful(&project)) {
            let mut command = project.command(&connie(), &[server]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut process = command.spawn().expect("connie starts");
            // The input stays open, but nothing more is read.
            let mut input = process.stdin.take().expect("stdin");
            let _ = input.write_all(&bytes);
            let output = process.wait_with_output().expect("it ends");
            let said = text(&output.stderr);
            assert_eq!((output.status.code(), said.lines().count()), (Some(76), 1), "{server}: {said}");
            assert!(said.starts_with("connie: the client does not speak the "), "{server}: {said}");
            assert!(output.stdout.is_empty(), "{server}: {}", text(&output.stdout));
        }
    }
    assert!(!project.path("harm").exists());
}

#[test]
fn a_port_wants_its_token() {
    let project = Project::new("import os\nprint(os.environ.get('CONNIE_DAP_TOKEN'), len(os.environ))\n");
    let mut server = listening(&project, &["127.0.0.1:0", "--log-to", "messages.jsonl"]);
    let token = server.token();
    let launch = |token: Value| {
        let program = project.path("main.py");
        json!({"program": program, "python": python(), "cwd": project.path(""), "stopAt": "end", "token": token})
    };
    // A wrong token, none, half of it, and one that is not text.
    for given in [json!("0123456789abcdef0123456789abcdef"), json!(null), json!(token[..31]), json!([token])] {
        for command in ["launch", "attach"] {
            let mut client = connected(&server);
            assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
            let refused = ask(&mut client, 2, command, launch(given.clone()));
            let why = refused["message"].as_str().unwrap_or_default();
            assert!(refused["success"] == false && why.contains("token"), "{given}: {refused}");
            assert!(is_over(&mut client), "{given}");
        }
    }
    let mut client = connected(&server);
    // Nothing is answered before admission.
    for (seq, command) in
        ["evaluate", "configurationDone", "restart", "connie/timeline", "loadedSources"].iter().enumerate()
    {
        let arguments = json!({"expression": "1", "token": token});
        assert_eq!(ask(&mut client, 10 + seq as i64, command, arguments)["success"], false, "{command}");
    }
    assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
    let mut other = connected(&server);
    assert_eq!(ask(&mut other, 1, "initialize", json!({}))["success"], true);
    assert_eq!(ask(&mut client, 2, "launch", launch(json!(token)))["success"], true);
    // The server takes one client: other connections are closed, and no more are accepted.
    assert!(try_ask(&mut other, 2, "launch", launch(json!(token))).is_none_or(|answer| answer["success"] == false));
    until("nobody else comes in", || TcpStream::connect(("127.0.0.1", server.port())).is_err());
    assert_eq!(ask(&mut client, 3, "configurationDone", json!({}))["success"], true);
    while next(&mut client).expect("a stop")["event"] != "stopped" {}
    assert_eq!(ask(&mut client, 4, "disconnect", json!({}))["success"], true);
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
    // The token is in no log.
    let log = std::fs::read_to_string(project.path("messages.jsonl")).expect("a log");
    assert!(log.contains("\"token\":\"…\"") && !log.contains(&token), "{log}");
}

/// The output of a program that a client launches with a token.
fn prints(project: &Project, server: &mut Server, token: &str) -> String {
    let mut client = connected(server);
    assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
    let launch = json!({"program": project.path("main.py"), "python": python(), "stopAt": "end", "token": token});
    assert_eq!(ask(&mut client, 2, "launch", launch)["success"], true);
    assert_eq!(ask(&mut client, 3, "configurationDone", json!({}))["success"], true);
    let mut printed = String::new();
    loop {
        let message = next(&mut client).expect("a message");
        if message["event"] == "output" && message["body"]["category"] == "stdout" {
            printed += message["body"]["output"].as_str().unwrap_or_default();
        }
        if message["event"] == "stopped" {
            return printed;
        }
    }
}

#[test]
fn an_editor_can_know_the_token_beforehand() {
    let project = Project::new("import os\nprint([name for name in os.environ if 'DAP' in name])\n");
    let mut command = project.command(&connie(), &["dap", "--listen", "127.0.0.1:0"]);
    let mut server = Server::start(command.env("CONNIE_DAP_TOKEN", "chosen-by-hand"));
    assert!(!server.said("CONNIE_DAP_TOKEN").contains("chosen-by-hand"));
    assert_eq!(prints(&project, &mut server, "chosen-by-hand"), "[]\n");
    // The file is readable by its user only, and is used again.
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut server = listening(&project, &["127.0.0.1:0", "--token-file", "token"]);
        server.said("token of token");
        tokens.push(std::fs::read_to_string(project.path("token")).expect("a token"));
        prints(&project, &mut server, tokens[0].trim());
    }
    let mode = project.path("token").metadata().expect("the file").mode();
    assert_eq!((mode & 0o777, &tokens[0]), (0o600, &tokens[1]));
    let refused = |set_up: &dyn Fn(&Path), why: &str| {
        set_up(&project.path("token"));
        let output = project.connie(&["dap", "--listen", "127.0.0.1:0", "--token-file", "token"]);
        assert_eq!(output.status.code(), Some(64));
        assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    };
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    refused(&open, "other users can read it");
    let shut = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    refused(
        &|path| {
            shut(path);
            std::fs::write(path, "short\n").expect("a file")
        },
        "at least 8 characters",
    );
    let fifo = |path: &Path| {
        std::fs::remove_file(path).expect("it was there");
        assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().expect("mkfifo").success());
    };
    refused(&fifo, "it is not a file");
}

#[test]
fn a_socket_is_its_users_alone() {
    let project = Project::new("pass\n");
    let path = project.path("socket");
    let mut server = listening(&project, &["unix:socket"]);
    assert_eq!(server.address, "unix:socket");
    assert_eq!(path.metadata().expect("a socket").mode() & 0o777, 0o600);
    let busy = project.connie(&["dap", "--listen", "unix:socket"]);
    assert!(
        busy.status.code() == Some(73) && text(&busy.stderr).contains("another process is listening there"),
        "{}",
        text(&busy.stderr)
    );
    let mut client = UnixStream::connect(&path).expect("somebody listens");
    assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
    let launch = json!({"program": project.path("main.py"), "python": python(), "stopAt": "end"});
    assert_eq!(ask(&mut client, 2, "launch", launch)["success"], true);
    until("one client, and nobody after it", || !path.exists());
    assert_eq!(ask(&mut client, 3, "disconnect", json!({}))["success"], true);
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
    // A signal leaves nothing behind; what a kill leaves is replaced.
    for (signal, stays) in [("-TERM", false), ("-KILL", true)] {
        let mut server = listening(&project, &["unix:socket"]);
        assert!(
            Command::new("kill").args([signal, &server.process.id().to_string()]).status().expect("kill").success()
        );
        server.process.wait().expect("it ends");
        assert_eq!(path.exists(), stays, "{signal}");
    }
    drop(listening(&project, &["unix:socket"]));
    project.write("file", "text");
    let taken = project.connie(&["dap", "--listen", "unix:file"]);
    assert_eq!(taken.status.code(), Some(73), "{}", text(&taken.stderr));
}

/// The peak memory of a process in bytes.
fn most_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

/// The program waits for a client that does not read, and so does the adapter, so that no queue grows. A test of the
/// queue checks that waiting ends after 20 s.
#[test]
fn a_client_that_does_not_read_fills_nothing() {
    let project = Project::new("while True:\n    print('x' * 100_000)\n");
    let mut server = listening(&project, &["127.0.0.1:0", "--no-token"]);
    let mut client = connected(&server);
    assert_eq!(ask(&mut client, 1, "initialize", json!({}))["success"], true);
    let launch = json!({"program": project.path("main.py"), "python": python()});
    assert_eq!(ask(&mut client, 2, "launch", launch)["success"], true);
    let _ = client.write_all(frame(&json!({"seq": 3, "type": "request", "command": "configurationDone"})).as_bytes());
    // Nothing must happen, so that there is no condition to wait for.
    let start = Instant::now();
    let mut most = 0;
    while start.elapsed() < Duration::from_secs(3) {
        most = most_memory(server.process.id());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(most < 250 << 20, "{most} bytes");
    drop(client);
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
}

/// A program that opens files in a browser. It only writes down its arguments.
struct Opener<'a>(&'a Project);

impl Opener<'_> {
    fn of(project: &Project) -> Opener<'_> {
        // It runs until its command line was read, or the project is gone.
        let note = "for a in \"$@\"; do echo \"$a\"; done > asked.new\nmv asked.new asked\n\
                    while [ -e asked ] && [ ! -e read ]; do sleep 0.02; done\n";
        project.write("bin/xdg-open", &format!("#!/bin/sh\ncd {}\n{note}", project.path("").display()));
        project.write("own/x", "");
        for (path, mode) in [("bin/xdg-open", 0o755), ("own", 0o700)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(project.path(path), mode).expect("a mode");
        }
        Opener(project)
    }

    /// Makes a command use it.
    fn offer<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = format!("{}:{}", self.0.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        command.env("PATH", path).env("XDG_RUNTIME_DIR", self.0.path("own"))
    }

    /// The page that it was asked to open, and the command lines of all processes at that time.
    fn asked(&self) -> (PathBuf, String) {
        until("a browser is started", || self.0.path("asked").exists());
        let all = Command::new("sh").args(["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null"]).output();
        self.0.write("read", "");
        let asked = std::fs::read_to_string(self.0.path("asked")).expect("arguments");
        let file = PathBuf::from(asked.trim());
        assert!(file.starts_with(self.0.path("own")), "{asked}");
        let mode = |path: &Path| path.metadata().expect("it is there").mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().expect("a folder"))), (0o600, 0o700));
        (file, text(&all.expect("command lines").stdout))
    }
}

/// Asserts that a page leads to an address whose token is on no command line.
fn leads_secretly(page: &str, address: &str, command_lines: &str) {
    let token = address.split("#token=").nth(1).expect(address).split('&').next().expect("a token");
    assert!(token.len() == 32 && page.contains(&address.replace('&', "&amp;")), "{page}");
    assert!(!command_lines.contains(token));
}

#[test]
fn the_browser_gets_a_file_that_only_its_user_reads() {
    let project = Project::new("x = 1\n");
    assert!(project.record(Path::new(&python()), &["main.py"]).status.success());
    let opener = Opener::of(&project);
    let mut command = project.command(&connie(), &["view", "latest", "--step", "1"]);
    let mut viewer = opener.offer(&mut command).stdout(Stdio::piped()).spawn().expect("connie starts");
    let (file, command_lines) = opener.asked();
    let page = std::fs::read_to_string(&file).expect("a page");
    assert!(Command::new("kill").args(["-INT", &viewer.id().to_string()]).status().expect("kill").success());
    let mut printed = String::new();
    viewer.stdout.take().expect("stdout").read_to_string(&mut printed).expect("an address");
    viewer.wait().expect("it ends");
    assert!(printed.trim().ends_with("&step=1"), "{printed}");
    leads_secretly(&page, printed.trim(), &command_lines);
    assert!(!file.parent().expect("a folder").exists(), "it is removed at the end");
}

/// An editor would put the address on the command line of the browser.
#[test]
fn the_language_server_starts_the_browser_itself_where_its_user_sits() {
    let project = Project::new("x = 1\n");
    assert!(project.record(Path::new(&python()), &["main.py"]).status.success());
    let opener = Opener::of(&project);
    let mut command = project.command(&connie(), &["lsp"]);
    opener.offer(&mut command).env("DISPLAY", ":9").env_remove("SSH_CONNECTION");
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("connie starts");
    let mut input = server.stdin.take().expect("stdin");
    let mut output = server.stdout.take().expect("stdout");
    let mut ask = |id: u32, method: &str, params: Value| {
        send(&mut input, &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).expect("sent");
        loop {
            let message = next(&mut output).expect("an answer");
            assert_ne!(message["method"], "window/showDocument");
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{message}");
                return message["result"].clone();
            }
        }
    };
    ask(1, "initialize", json!({"capabilities": {"window": {"showDocument": {"support": true}}}}));
    let given = json!([format!("file://{}", project.path("main.py").display()), 1, null]);
    let address = ask(2, "workspace/executeCommand", json!({"command": "connie.openInViewer", "arguments": given}));
    let (file, command_lines) = opener.asked();
    let page = std::fs::read_to_string(&file).expect("a page");
    leads_secretly(&page, address.as_str().expect("an address"), &command_lines);
    ask(3, "shutdown", json!(null));
    send(&mut input, &json!({"jsonrpc": "2.0", "method": "exit"})).expect("sent");
    assert_eq!(server.wait().expect("it ends").code(), Some(0));
    assert!(!file.exists(), "it is removed at the end");
}
