//! Requests to the debug adapter. After each, an ordinary request must be answered.

use connie_tests::{Project, pythons};
use serde_json::json;

use crate::edits::{edit_keeps_session, fuzz};
use crate::peer::Peer;
use crate::program::PROGRAM;

/// A session with a recording.
fn session(project: &Project) -> Peer {
    let mut peer = Peer::start(project, &["dap"]);
    for (seq, (command, arguments)) in [
        ("initialize", json!({"adapterID": "fuzz"})),
        ("attach", json!({"recording": project.path("whole.connie")})),
        ("configurationDone", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let seq = seq + 1;
        let request = json!({"seq": seq, "type": "request", "command": command, "arguments": arguments});
        assert!(peer.send(request.to_string().as_bytes()));
        assert!(peer.wait_for(|said| said["type"] == "response" && said["request_seq"] == seq));
    }
    peer
}

#[test]
fn requests_have_answers() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let mut peer = session(&project);
    let mut seq = 1_000_000;
    fuzz("dap", 150, Vec::new(), |body| {
        if !edit_keeps_session(body) {
            return;
        }
        seq += 1;
        let probe = json!({"seq": seq, "type": "request", "command": "threads"}).to_string();
        let lives = peer.send(body) && peer.send(probe.as_bytes());
        if !lives || !peer.wait_for(|said| said["request_seq"] == seq) {
            peer = session(&project);
        }
    });
}

#[test]
fn a_lone_surrogate_gets_an_answer() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let mut peer = session(&project);
    let bodies: [&[u8]; 4] = [
        br#"{"seq": 50, "type": "request", "command": "evaluate", "arguments": {"expression": "'\ud800'"}}"#,
        br#"{"seq": 50, "type": "request", "command": "\udc00"}"#,
        br#"{"seq": 50, "type": "request", "command": "source", "arguments": {"source": {"path": "\ud800\ud800"}}}"#,
        b"{\"seq\": 50, \"type\": \"request\", \"command\": \"a\xed\xa0\x80\"}",
    ];
    for body in bodies {
        assert!(peer.send(body));
        let answered = peer.wait_for(|said| said["type"] == "response" && said["request_seq"] == 50);
        assert!(answered, "{}", String::from_utf8_lossy(body));
    }
}
