//! What this server can do.

use serde_json::{Value, json};

use super::command::COMMANDS;
use crate::documents::Encoding;

/// The answer to `initialize`.
pub fn capabilities(encoding: Encoding) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": encoding.name(),
            "textDocumentSync": {"openClose": true, "change": 2},
            "inlayHintProvider": {"resolveProvider": true},
            "hoverProvider": true,
            "codeLensProvider": {"resolveProvider": true},
            "inlineValueProvider": true,
            "documentHighlightProvider": true,
            "codeActionProvider": true,
            "referencesProvider": true,
            "callHierarchyProvider": true,
            "executeCommandProvider": {"commands": COMMANDS},
            "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
        },
        "serverInfo": {"name": "connie", "version": env!("CARGO_PKG_VERSION")},
    })
}
