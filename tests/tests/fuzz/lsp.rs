//! Requests to the language server. After each, an ordinary request must be answered.

use connie_tests::{Project, pythons};
use serde_json::json;

use crate::edits::{edit_keeps_session, fuzz};
use crate::peer::Peer;
use crate::program::PROGRAM;

fn session(project: &Project) -> Peer {
    let mut peer = Peer::start(project, &["lsp"]);
    let root = format!("file://{}", project.path("").display());
    let uri = format!("{}main.py", root);
    let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": PROGRAM});
    let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"processId": null, "rootUri": root, "capabilities": {}}});
    assert!(peer.send(begin.to_string().as_bytes()));
    assert!(peer.wait_for(|said| said["id"] == 1));
    for (method, params) in [("initialized", json!({})), ("textDocument/didOpen", json!({"textDocument": document}))] {
        assert!(peer.send(json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string().as_bytes()));
    }
    peer
}

#[test]
fn requests_have_answers() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["main.py"]).status.code() == Some(1));
    let root = format!("file://{}", project.path("").display());
    let mut peer = session(&project);
    let mut id = 1_000_000;
    fuzz("lsp", 150, Vec::new(), |body| {
        if !edit_keeps_session(body) {
            return;
        }
        // Seeds name the document by a placeholder, as its folder differs each time.
        let body = String::from_utf8_lossy(body).replace("file:///ROOT/", &root);
        id += 1;
        let probe = json!({"jsonrpc": "2.0", "id": id, "method": "connie/no such method"}).to_string();
        let lives = peer.send(body.as_bytes()) && peer.send(probe.as_bytes());
        if !lives || !peer.wait_for(|said| said["id"] == id) {
            peer = session(&project);
        }
    });
}

#[test]
fn a_lone_surrogate_gets_an_answer() {
    let project = Project::new(PROGRAM);
    let mut peer = session(&project);
    let bodies: [&[u8]; 2] = [
        br#"{"jsonrpc": "2.0", "id": 50, "method": "\ud800"}"#,
        br#"{"jsonrpc": "2.0", "id": 50, "method": "textDocument/hover", "params": {"textDocument": {"uri": "\udfff"}}}"#,
    ];
    for body in bodies {
        assert!(peer.send(body));
        assert!(peer.wait_for(|said| said["id"] == 50), "{}", String::from_utf8_lossy(body));
    }
}
