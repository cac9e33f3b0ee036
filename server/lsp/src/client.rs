//! What the client can do.

/// The command of clients that copy a text, which they name below `experimental.commands` of their capabilities.
pub const COPY: &str = "connie.copyValue";

/// The command of clients that record a test and open it, which they name in the same place: a uri, and a line from 1.
pub const DEBUG_TEST: &str = "connie.debugTest";

/// The abilities of the client.
#[derive(Clone, Copy, Default)]
pub struct Support {
    /// Can be made to ask for inlay hints again.
    pub hints: bool,
    /// Can be made to ask for code lenses again.
    pub lenses: bool,
    /// Can be made to ask for inline values again.
    pub values: bool,
    /// Can be asked for its settings.
    pub settings: bool,
    /// Has the command [`COPY`].
    pub copies: bool,
    /// Has the command [`DEBUG_TEST`].
    pub tests: bool,
    /// Can show an address.
    pub documents: bool,
}
