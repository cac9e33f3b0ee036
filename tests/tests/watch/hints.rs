//! Values beside the code follow what a watch records, without a restart of the editor.

use std::io::BufReader;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use connie_framing::{Incoming, read, write};
use connie_tests::{Project, connie, usual_python};
use serde_json::{Value, json};

use super::Watch;

/// An editor with one open file.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    uri: String,
    asked: i64,
}

impl Editor {
    fn open(project: &Project, name: &str) -> Self {
        let mut command = project.command(&connie(), &["lsp"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("it starts");
        let (input, output) = (server.stdin.take().expect("a pipe"), server.stdout.take().expect("a pipe"));
        let uri = format!("file://{}", project.path(name).display());
        let mut editor = Self { server, input, output: BufReader::new(output), uri, asked: 0 };
        editor.request("initialize", json!({"capabilities": {}, "rootUri": null}));
        editor.notify("initialized", json!({}));
        editor.opened(project, name, 1);
        editor
    }

    /// The buffer is as the file.
    fn opened(&mut self, project: &Project, name: &str, version: u32) {
        let text = std::fs::read_to_string(project.path(name)).expect("a file");
        let document = json!({"uri": self.uri, "languageId": "python", "version": version, "text": text});
        if version > 1 {
            self.notify("textDocument/didClose", json!({"textDocument": {"uri": self.uri}}));
        }
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn notify(&mut self, method: &str, params: Value) {
        write(&mut self.input, &json!({"jsonrpc": "2.0", "method": method, "params": params})).expect("it is sent");
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params});
        write(&mut self.input, &message).expect("it is sent");
        loop {
            match read(&mut self.output, 1 << 24).expect("a message").expect("an answer") {
                Incoming::Message(message) if message["id"] == self.asked && message.get("method").is_none() => {
                    return message["result"].clone();
                }
                _ => {}
            }
        }
    }

    /// Waits until a hint is shown.
    fn shows(&mut self, label: &str) {
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
        let params = json!({"textDocument": {"uri": self.uri}, "range": range});
        let start = std::time::Instant::now();
        loop {
            let hints = self.request("textDocument/inlayHint", params.clone());
            if hints.to_string().contains(label) {
                return;
            }
            assert!(start.elapsed().as_secs() < 30, "no hint {label}: {hints}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn hints_are_those_of_the_new_recording() {
    let (_, python) = usual_python();
    let project = Project::new("total = 1 + 1\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.waits(1);
    let mut editor = Editor::open(&project, "main.py");
    editor.shows("total = 2");
    project.write("main.py", "total = 2 + 2\n");
    editor.opened(&project, "main.py", 2);
    editor.shows("total = 4");
    watch.waits(2);
    // What was selected is replaced: the newest is shown.
    let id = project.list()[0]["id"].as_str().expect("a text").to_owned();
    let path = project.path(&format!(".connie/{id}.connie"));
    let arguments = json!([editor.uri, path]);
    editor.request("workspace/executeCommand", json!({"command": "connie.selectRecording", "arguments": arguments}));
    editor.shows("total = 4");
    project.write("main.py", "total = 3 + 3\n");
    editor.opened(&project, "main.py", 3);
    editor.shows("total = 6");
    // A save that is no Python takes nothing away.
    project.write("main.py", "total = 3 + 3\ndef (:\n");
    editor.opened(&project, "main.py", 4);
    watch.waits(4);
    editor.shows("total = 6");
}
