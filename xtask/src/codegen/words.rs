//! Generates the lists of console words in the reference and for Neovim's completion.

use connie_adapter::WORDS;

use super::text::between;
use crate::shell::Result;

/// The table of docs/debug-adapter.md.
pub fn reference(text: &str) -> Result<String> {
    let mut rows = String::from("| word | |\n|---|---|\n");
    for (name, after, about) in WORDS {
        let word = format!(":{name} {after}");
        rows += &format!("| `{}` | {about} |\n", word.trim_end());
    }
    between(text, "words", &rows)
}

/// The module of Neovim's plugin.
pub fn lua(_: &str) -> Result<String> {
    let mut lines = String::from(
        "--- The debugger's words: name, arguments, description.\n\
         -- Written by cargo xtask codegen from adapter/src/view/words.rs: change it there.\n-- stylua: ignore\nreturn {\n",
    );
    for (name, after, about) in WORDS {
        // Rust and Lua write these texts in the same way.
        lines += &format!("  {{ {name:?}, {after:?}, {about:?} }},\n");
    }
    Ok(lines + "}\n")
}
