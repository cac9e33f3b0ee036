//! Copies scripts of the viewer that VS Code's extension uses too.

use crate::shell::{Result, root};

/// A script of the viewer, with a note for the copy.
pub fn script(name: &str) -> Result<String> {
    let text = std::fs::read_to_string(root().join("server/web/assets").join(name))?;
    Ok(format!("// Copied by cargo xtask codegen from server/web/assets/{name}: change it there.\n{text}"))
}
