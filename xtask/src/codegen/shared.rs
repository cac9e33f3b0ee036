//! Copies scripts and styles of the viewer that VS Code's extension uses too.

use crate::shell::{Result, root};

/// A script of the viewer, with a note for the copy.
pub fn script(name: &str) -> Result<String> {
    Ok(format!("// {}\n{}", note(name), text(name)?))
}

/// A style of the viewer, with a note for the copy.
pub fn style(name: &str) -> Result<String> {
    Ok(format!("/* {} */\n{}", note(name), text(name)?))
}

fn note(name: &str) -> String {
    format!("Copied by cargo xtask codegen from server/web/assets/{name}: change it there.")
}

fn text(name: &str) -> Result<String> {
    Ok(std::fs::read_to_string(root().join("server/web/assets").join(name))?)
}
