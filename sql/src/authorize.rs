//! Restricts queries to reading the tables of this crate: they can open no file, and load or change nothing.

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Functions of SQLite with effects outside the query.
const REFUSED: [&str; 4] = ["load_extension", "readfile", "writefile", "edit"];

/// Allows only reading.
pub fn read_only(connection: &Connection) {
    connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if !REFUSED.contains(&function_name) => Authorization::Allow,
        _ => Authorization::Deny,
    }));
}
