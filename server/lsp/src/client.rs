//! What the client can do.

/// The command of clients that copy a text, which they name below `experimental.commands` of their capabilities.
pub const COPY: &str = "connie.copyValue";

/// The command of clients that record a test and open it, which they name in the same place: a uri, and a line from 1.
pub const DEBUG_TEST: &str = "connie.debugTest";

/// What the client can be asked for.
#[derive(Clone, Copy, Default)]
pub struct Support {
    /// To ask for inlay hints again.
    pub hints: bool,
    /// To ask for code lenses again.
    pub lenses: bool,
    /// To ask for inline values again.
    pub values: bool,
    /// To tell its settings.
    pub settings: bool,
    /// The command [`COPY`].
    pub copies: bool,
    /// The command [`DEBUG_TEST`].
    pub tests: bool,
    /// To show an address.
    pub documents: bool,
}
