//! `cargo xtask codegen`: writes what is defined in Rust to all other files that contain it.

mod arguments;
mod dap;
mod json;
mod keys;
mod mcp;
mod neovim;
mod options;
mod outcomes;
mod settings;
mod shared;
mod sql;
mod text;
mod words;

use std::path::PathBuf;

use crate::shell::{Result, cargo, root, shell};

/// What to do.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// Change nothing; fail if a file is stale
    #[arg(long)]
    pub check: bool,
}

/// A file, relative to the root, and the function that computes its text from the old text.
type Generated = (&'static str, fn(&str) -> Result<String>);

const FILES: &[Generated] = &[
    ("adapter/src/protocol.rs", dap::types),
    ("adapter/src/arguments.rs", arguments::types),
    ("editors/vscode/package.json", |text| settings::manifest(&keys::manifest(text)?)),
    ("docs/options.md", options::reference),
    ("docs/debug-adapter.md", |text| words::reference(&keys::reference(text)?)),
    ("docs/debugpy.md", keys::compared),
    ("editors/neovim/lua/connie/words.lua", words::lua),
    ("editors/neovim/lua/connie/init.lua", neovim::annotations),
    ("editors/neovim/doc/connie.txt", |_| neovim::help()),
    ("docs/language-server.md", settings::reference),
    ("docs/sql.md", sql::reference),
    ("docs/how-to/mcp.md", mcp::reference),
    ("server/web/assets/dom.js", outcomes::moods),
    ("editors/vscode/src/wording.ts", outcomes::words),
    ("editors/vscode/media/amounts.js", |_| shared::script("amounts.js")),
    ("editors/vscode/media/texts.js", |_| shared::script("texts.js")),
    ("editors/vscode/media/drawing.js", |_| shared::script("drawing.js")),
    ("editors/vscode/media/dom.js", |_| shared::script("dom.js")),
    ("editors/vscode/media/bars.js", |_| shared::script("bars.js")),
    ("editors/vscode/media/flame.js", |_| shared::script("flame.js")),
    ("editors/vscode/media/flame.css", |_| shared::style("flame.css")),
];

/// Writes the files, or checks them.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut stale = Vec::new();
    for (name, generate) in FILES.iter().copied() {
        let path: PathBuf = root().join(name);
        // A file that is generated entirely may not exist yet.
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let new = generate(&old)?;
        if new == old {
            continue;
        }
        if !arguments.check {
            std::fs::write(&path, new)?;
        }
        stale.push(name);
    }
    if !arguments.check {
        // Only the program knows the command line and what it prints as JSON, so tests of the program write these pages.
        // `cargo xtask test` runs those tests.
        let shell = shell(root())?;
        let arguments = ["test", "--quiet", "--package", "connie", "--bin", "connie", "reference::"];
        cargo(&shell, &arguments).env("CONNIE_WRITE_REFERENCE", "1").run()?;
    }
    match arguments.check && !stale.is_empty() {
        true => Err(format!("stale: {}; cargo xtask codegen writes what is generated", stale.join(", ")).into()),
        false => Ok(()),
    }
}
