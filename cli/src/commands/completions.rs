//! `connie completions`: what a shell needs to complete connie's commands and options; and the manual's pages.

use std::io::Write;
use std::path::PathBuf;

use clap_complete::Shell;

use crate::failure::Failure;

/// Print completions for a shell.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  connie completions bash > ~/.local/share/bash-completion/completions/connie
  connie completions zsh > ~/.zfunc/_connie    # with fpath+=~/.zfunc before compinit in ~/.zshrc
  connie completions fish > ~/.config/fish/completions/connie.fish")]
pub struct Arguments {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = shells())]
    shell: Shell,
}

/// The shells whose completions are tested.
fn shells() -> impl clap::builder::TypedValueParser<Value = Shell> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(["bash", "zsh", "fish"]).map(|name| match name.as_str() {
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => Shell::Bash,
    })
}

/// Runs the command.
///
/// # Errors
/// If stdout cannot be written to.
pub fn run(arguments: &Arguments, whole: &clap::Command) -> Result<i32, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut shown(whole), "connie", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(0)
}

/// The command line without the commands that are for connie itself, which completions would offer.
fn shown(whole: &clap::Command) -> clap::Command {
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let empty = clap::Command::new("connie").version(env!("CARGO_PKG_VERSION")).propagate_version(true);
    empty.args(whole.get_arguments().cloned()).subcommands(shown)
}

/// Write the pages of the manual into a folder. Packages contain them.
#[derive(clap::Args)]
pub struct Manual {
    /// The folder; it is created
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes `connie.1` and a page for each command, such as `connie-run.1`.
///
/// # Errors
/// If the folder cannot be written.
pub fn manual(arguments: &Manual, whole: clap::Command) -> Result<i32, Failure> {
    std::fs::create_dir_all(&arguments.folder)?;
    clap_mangen::generate_to(whole, &arguments.folder)?;
    Ok(0)
}
