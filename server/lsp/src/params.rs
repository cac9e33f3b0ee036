//! The parameters of clients. Reading is lenient: a field with a wrong type counts as missing, because clients deviate
//! from the protocol.

use std::ops::Deref;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

/// Reads parameters.
pub fn read<T: DeserializeOwned + Default>(params: Value) -> T {
    if params.is_array() { T::default() } else { T::deserialize(params).unwrap_or_default() }
}

/// Reads a field; the default if it has a wrong type.
#[derive(Clone, Debug, Default)]
pub struct Lenient<T>(pub T);

impl<T> Deref for Lenient<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self(read(value)))
    }
}

/// Reads a list, each item leniently; an empty list if it has a wrong type.
#[derive(Clone, Debug, Default)]
pub struct List<T>(pub Vec<T>);

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        Ok(Self(items.into_iter().map(read).collect()))
    }
}

/// Declares parameters whose fields are all lenient.
macro_rules! params {
    ($($(#[$of:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$of])*
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($field), "`, as in the protocol.")]
                pub $field: $type,
            )*
        }
    )*};
}

params! {
    /// A document, by its URI; with its text when it is opened.
    TextDocument { uri: Lenient<Option<String>>, version: Lenient<Option<i64>>, text: Lenient<Option<String>>, }
    /// A position in a text.
    Position { line: Lenient<Option<usize>>, character: Lenient<Option<usize>>, }
    /// The range between two positions.
    Range { start: Lenient<Position>, end: Lenient<Position>, }
    /// Parameters of requests about a document.
    About { text_document: Lenient<TextDocument>, }
    /// Parameters of requests about a position in a document.
    AtPosition { text_document: Lenient<TextDocument>, position: Lenient<Position>, }
    /// Parameters of requests about a range of a document.
    InRange { text_document: Lenient<TextDocument>, range: Lenient<Range>, context: Lenient<Context>, }
    /// The context of such a range.
    Context { diagnostics: List<Diagnostic>, stopped_location: Lenient<Range>, }
    /// A diagnostic of this server that the client sends back.
    Diagnostic { data: Lenient<Exception>, }
    /// The exception of a diagnostic.
    Exception { step: Lenient<Option<u64>>, }
    /// An edit; without a range it replaces the whole text.
    Change { range: Lenient<Option<Range>>, text: Lenient<Option<String>>, }
    /// `textDocument/didChange`
    DidChange { text_document: Lenient<TextDocument>, content_changes: List<Change>, }
    /// `workspace/didChangeConfiguration`
    DidChangeConfiguration { settings: Value, }
    /// A folder of the workspace.
    Folder { uri: Lenient<Option<String>>, }
    /// Added and removed folders.
    FoldersEvent { added: List<Folder>, removed: List<Folder>, }
    /// `workspace/didChangeWorkspaceFolders`
    DidChangeFolders { event: Lenient<FoldersEvent>, }
    /// `$/cancelRequest`
    Cancel { id: Value, }
    /// `workspace/executeCommand`
    ExecuteCommand { command: Lenient<Option<String>>, arguments: List<Value>, }
    /// `initialize`
    Initialize {
        capabilities: Lenient<Capabilities>,
        workspace_folders: List<Folder>,
        root_uri: Lenient<Option<String>>,
        initialization_options: Value,
    }
    /// The client's capabilities.
    Capabilities {
        general: Lenient<General>,
        workspace: Lenient<Workspace>,
        window: Lenient<Window>,
        experimental: Lenient<Experimental>,
    }
    /// General capabilities.
    General { position_encodings: List<Option<String>>, }
    /// Capabilities of the workspace.
    Workspace {
        inlay_hint: Lenient<Refresh>,
        code_lens: Lenient<Refresh>,
        inline_value: Lenient<Refresh>,
        configuration: Lenient<bool>,
        apply_edit: Lenient<bool>,
        workspace_edit: Lenient<Edits>,
    }
    /// The kinds of edits that the client applies.
    Edits { document_changes: Lenient<bool>, }
    /// Whether the client can be asked to request again.
    Refresh { refresh_support: Lenient<bool>, }
    /// Capabilities of the window.
    Window { show_document: Lenient<ShowDocument>, }
    /// Whether the client can open addresses.
    ShowDocument { support: Lenient<bool>, }
    /// Capabilities that the protocol does not define.
    Experimental { commands: Lenient<Commands>, }
    /// The commands that the client has.
    Commands { commands: List<Option<String>>, }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_of_another_type_was_not_sent() {
        let range = json!({"start": {"line": 3, "character": -1}, "end": [1, 2]});
        let given = json!({"textDocument": {"uri": 7, "more": []}, "range": range, "context": "none"});
        let read_so: InRange = read(given);
        assert_eq!(*read_so.text_document.uri, None);
        let (start, end) = (&read_so.range.start, &read_so.range.end);
        assert_eq!((*start.line, *start.character, *end.line), (Some(3), None, None));
        assert!(read_so.context.diagnostics.is_empty());
        for other in [Value::Null, json!([{"uri": "x"}]), json!("x"), json!({"textDocument": ["file:///x"]})] {
            assert_eq!(*read::<About>(other).text_document.uri, None);
        }
    }

    #[test]
    fn items_are_read_one_by_one() {
        let given = json!({"contentChanges": [7, {"text": "x", "range": {}}, {"text": null, "range": null}]});
        let changes = read::<DidChange>(given).content_changes;
        let texts: Vec<_> = changes.iter().map(|change| (change.text.as_deref(), change.range.is_some())).collect();
        assert_eq!(texts, [(None, false), (Some("x"), true), (None, false)]);
        let numbers: General = read(json!({"positionEncodings": ["utf-8", 1]}));
        assert_eq!(*numbers.position_encodings, [Some("utf-8".to_owned()), None]);
        assert!(read::<General>(json!({"positionEncodings": "utf-8"})).position_encodings.is_empty());
    }
}
