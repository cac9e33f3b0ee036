//! What the server guarantees while a query takes its time: edits and cancellations do not wait, and each request has one answer.

use std::io::{BufReader, PipeReader, PipeWriter};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use connie_framing::Incoming;
use connie_lsp::Host;
use serde_json::{Value, json};

/// A host that says when it is asked for recordings, and waits until it may answer.
struct Slow {
    asked: Sender<()>,
    may_answer: Receiver<()>,
}

impl Host for Slow {
    fn recordings(&self, _: &Path) -> Vec<PathBuf> {
        let _ = self.asked.send(());
        let _ = self.may_answer.recv();
        Vec::new()
    }

    fn latest(&self, folder: &Path) -> Option<PathBuf> {
        self.recordings(folder).pop()
    }

    fn view(&mut self, _: &Path, _: Option<u64>) -> Result<String, String> {
        Err("nothing is shown".to_owned())
    }

    fn browse(&self, _: &str) -> bool {
        false
    }
}

struct Client {
    to_server: PipeWriter,
    from_server: BufReader<PipeReader>,
    serving: JoinHandle<i32>,
}

impl Client {
    fn new(host: impl Host + 'static) -> Self {
        let (input, to_server) = std::io::pipe().unwrap();
        let (from_server, output) = std::io::pipe().unwrap();
        let serve = move || connie_lsp::serve(BufReader::new(input), output, Box::new(host)).unwrap();
        Self { to_server, from_server: BufReader::new(from_server), serving: std::thread::spawn(serve) }
    }

    fn send(&mut self, message: Value) {
        connie_framing::write(&mut self.to_server, &message).unwrap();
    }

    fn next(&mut self) -> Value {
        match connie_framing::read(&mut self.from_server, connie_framing::LARGEST).unwrap() {
            Some(Incoming::Message(message)) => message,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_cancelled_request_is_answered_while_another_runs() {
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir(project.path().join(".connie")).unwrap();
    let uri = format!("file://{}/a.py", project.path().display());
    let (asked, is_asked) = channel();
    let (answer, may_answer) = channel();
    let mut client = Client::new(Slow { asked, may_answer });
    client.send(json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}));
    assert_eq!(client.next()["id"], 1);
    let about = json!({"textDocument": {"uri": uri, "text": "x = 1\n"}, "position": {"line": 0, "character": 0}});
    client.send(json!({"method": "textDocument/didOpen", "params": about}));
    // The worker is busy from here on.
    is_asked.recv().unwrap();
    for id in [json!(2), json!("two"), json!(1u64 << 40), json!(2)] {
        client.send(json!({"id": id, "method": "textDocument/hover", "params": about}));
    }
    let reused = client.next();
    assert_eq!((&reused["id"], &reused["error"]["code"]), (&json!(2), &json!(-32600)));
    for id in [json!("two"), json!("unknown"), json!(1u64 << 40), json!("two")] {
        client.send(json!({"method": "$/cancelRequest", "params": {"id": id}}));
    }
    for id in [json!("two"), json!(1u64 << 40)] {
        let cancelled = client.next();
        assert_eq!((&cancelled["id"], &cancelled["error"]["code"]), (&id, &json!(-32800)));
    }
    // Edits and the rest of the conversation go on as well.
    client.send(json!({"method": "textDocument/didChange", "params": about}));
    client.send(json!({"id": 3, "method": "shutdown"}));
    assert_eq!(client.next(), json!({"jsonrpc": "2.0", "id": 3, "result": null}));
    client.send(json!({"method": "exit"}));
    drop(answer);
    // The request that was not cancelled has its answer, and the others have no second one.
    let rest: Vec<Value> = (0..3).map(|_| client.next()).filter(|said| said["method"].is_null()).collect();
    assert_eq!(rest, [json!({"jsonrpc": "2.0", "id": 2, "result": null})]);
    assert_eq!(client.serving.join().unwrap(), 0);
    assert!(connie_framing::read(&mut client.from_server, connie_framing::LARGEST).unwrap().is_none());
}
