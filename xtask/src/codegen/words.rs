//! Words of the console: the table of the reference, and what Neovim's command completes.

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
        "--- The debugger's words: name, what comes after it, what it does.\n\
         -- Written by cargo xtask codegen from adapter/src/view/words.rs: change it there.\n-- stylua: ignore\nreturn {\n",
    );
    for (name, after, about) in WORDS {
        // Texts of ours have nothing that Lua would write in another way than Rust.
        lines += &format!("  {{ {name:?}, {after:?}, {about:?} }},\n");
    }
    Ok(lines + "}\n")
}
