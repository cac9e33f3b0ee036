//! The tools of `connie mcp`, in the page about them.

use super::text::between;
use crate::shell::Result;

/// The tools of docs/how-to/mcp.md.
pub fn reference(text: &str) -> Result<String> {
    let mut rows = String::from("\n| tool | description that models receive |\n|---|---|\n");
    for tool in connie_mcp::tools() {
        rows += &format!("| `{}` | {} |\n", tool.name, tool.description);
    }
    between(text, "tools", &format!("{rows}\n"))
}
