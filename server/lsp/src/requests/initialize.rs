//! The capabilities of this server.

use gen_lsp_types::{
    CodeLensOptions, ExecuteCommandOptions, InitializeResult, InlayHintOptions, PositionEncodingKind,
    ServerCapabilities, ServerInfo, TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceOptions,
};

use super::command::COMMANDS;
use crate::documents::Encoding;

/// The answer to `initialize`.
pub fn capabilities(encoding: Encoding) -> InitializeResult {
    let encoding = match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(true.into()) };
    let capabilities = ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(sync.into()),
        inlay_hint_provider: Some(
            InlayHintOptions { resolve_provider: Some(true), ..InlayHintOptions::default() }.into(),
        ),
        hover_provider: Some(true.into()),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(true), ..CodeLensOptions::default() }),
        inline_value_provider: Some(true.into()),
        document_highlight_provider: Some(true.into()),
        code_action_provider: Some(true.into()),
        references_provider: Some(true.into()),
        call_hierarchy_provider: Some(true.into()),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: COMMANDS.map(str::to_owned).to_vec(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions { workspace_folders: Some(folders), ..WorkspaceOptions::default() }),
        ..ServerCapabilities::default()
    };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    InitializeResult { capabilities, server_info: Some(ServerInfo { name: "connie".to_owned(), version }) }
}
