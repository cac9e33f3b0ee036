//! Queries read the tables of this crate, and nothing else: no file is opened, nothing is loaded or changed.

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Functions of SQLite that reach beyond the query.
const REFUSED: [&str; 4] = ["load_extension", "readfile", "writefile", "edit"];

/// Refuses everything but reading.
pub fn read_only(connection: &Connection) {
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if !REFUSED.contains(&function_name) => Authorization::Allow,
        _ => Authorization::Deny,
    }));
}
