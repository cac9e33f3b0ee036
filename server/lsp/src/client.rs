//! The capabilities of the client.

/// The command of clients that can copy a text. They list it under `experimental.commands` of their capabilities.
pub const COPY: &str = "connie.copyValue";

/// The command of clients that can record a test and open it, listed in the same place. Its arguments are a uri, and a
/// line from 1.
pub const DEBUG_TEST: &str = "connie.debugTest";

/// The abilities of the client.
#[derive(Clone, Copy, Default)]
pub struct Support {
    /// Whether it can be asked to request inlay hints again.
    pub hints: bool,
    /// Whether it can be asked to request code lenses again.
    pub lenses: bool,
    /// Whether it can be asked to request inline values again.
    pub values: bool,
    /// Whether it can be asked for its settings.
    pub settings: bool,
    /// Whether it has the command [`COPY`].
    pub copies: bool,
    /// Whether it applies edits of the server.
    pub applies_edits: bool,
    /// Whether it applies edits to a version of a document only.
    pub checks_versions: bool,
    /// Whether it has the command [`DEBUG_TEST`].
    pub tests: bool,
    /// Whether it can open an address.
    pub documents: bool,
}
