//! `cargo xtask fuzz`: searches for new cases of damaged input for a given time. `cargo xtask test` tests known cases.

use crate::shell::{self, Result, cargo, root, shell};
use crate::{pythons, test};

/// How long, and what.
#[derive(clap::Args)]
pub struct Arguments {
    /// Minutes for each test of a format
    #[arg(default_value_t = 5.0)]
    minutes: f64,
    /// Only formats whose name contains this: wire, chunk, recording, framing, dap, lsp, http, expression
    #[arg(long)]
    only: Option<String>,
}

/// Searches for failing cases, which are then in `tests/corpus`.
pub fn run(arguments: &Arguments) -> Result<()> {
    shell::build()?;
    let shell = shell(root())?;
    let tests = cargo(&shell, &["test", "--release", "--locked", "-p", "connie-tests", "--test", "fuzz"]);
    let tests = test::prepare(&pythons::all()?, tests.args(&arguments.only))?;
    Ok(tests.env("CONNIE_FUZZ_MINUTES", arguments.minutes.to_string()).run()?)
}
