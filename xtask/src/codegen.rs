//! `cargo xtask codegen`: what is defined once, in Rust, is written wherever else it stands.

mod arguments;
mod dap;
mod json;
mod options;
mod outcomes;
mod settings;
mod sql;
mod text;

use std::path::PathBuf;

use crate::shell::{Result, root};

/// What to do.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// Change nothing; fail where a file is stale
    #[arg(long)]
    pub check: bool,
}

/// A file, relative to the root, and what it has to be. The old text is given.
type Generated = (&'static str, fn(&str) -> Result<String>);

const FILES: &[Generated] = &[
    ("adapter/src/protocol.rs", dap::types),
    ("adapter/src/arguments.rs", arguments::types),
    ("editors/vscode/package.json", |text| settings::manifest(&options::manifest(text)?)),
    ("docs/options.md", options::reference),
    ("docs/language-server.md", settings::reference),
    ("docs/sql.md", sql::reference),
    ("server/web/assets/dom.js", outcomes::moods),
    ("editors/vscode/src/wording.ts", outcomes::words),
];

/// Writes the files, or checks them.
pub fn run(arguments: &Arguments) -> Result<()> {
    let mut stale = Vec::new();
    for (name, generate) in FILES.iter().copied() {
        let path: PathBuf = root().join(name);
        let old = std::fs::read_to_string(&path)?;
        let new = generate(&old)?;
        if new == old {
            continue;
        }
        if !arguments.check {
            std::fs::write(&path, new)?;
        }
        stale.push(name);
    }
    match arguments.check && !stale.is_empty() {
        true => Err(format!("stale: {}; cargo xtask codegen writes what is generated", stale.join(", ")).into()),
        false => Ok(()),
    }
}
