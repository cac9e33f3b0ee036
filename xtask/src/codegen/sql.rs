//! Generates the list of tables for `connie sql` in their page.

use connie_sql::TABLES;

use super::text::between;
use crate::shell::Result;

/// The tables of docs/sql.md.
pub fn reference(text: &str) -> Result<String> {
    let mut tables = String::new();
    for table in TABLES {
        tables += &format!("\n### {}\n\n{}.\n\n| column | type | | |\n|---|---|---|---|\n", table.name, table.about);
        for column in table.columns {
            let narrows = if column.narrows { "●" } else { "" };
            tables += &format!("| `{}` | {} | {narrows} | {} |\n", column.name, column.kind, column.about);
        }
    }
    between(text, "tables", &format!("{tables}\n"))
}
