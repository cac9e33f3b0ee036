//! Generates the reference of the command line, docs/reference/command-line.md, from clap's definitions.
//!
//! A test compares the page with the file. `cargo xtask codegen` makes that test write the file.

mod json;

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, Command};

/// Set to write the page.
const WRITE: &str = "CONNIE_WRITE_REFERENCE";

const HEAD: &str = "\
# The command line

All commands, with their arguments and options. `connie COMMAND --help` prints the same text.

<!-- Written by cargo xtask codegen from the commands in cli/src. -->
";

/// The page of a command and its subcommands, without hidden ones.
fn page(whole: &mut Command) -> String {
    whole.build();
    let mut out = String::from(HEAD);
    for command in whole.get_subcommands_mut().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        section(command, &mut out);
    }
    out
}

fn section(command: &mut Command, out: &mut String) {
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let usage = usage.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = write!(out, "\n## connie {}\n\n{}\n\n```text\n{usage}\n```\n", command.get_name(), sentence(&about));
    let names: Vec<String> = command.get_all_aliases().map(|name| format!("`connie {name}`")).collect();
    if !names.is_empty() {
        let _ = write!(out, "\nAlso {}.\n", names.join(", "));
    }
    // Options that all commands have are left out.
    let is_own = |argument: &&Arg| !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version");
    let rows: Vec<String> = command.get_arguments().filter(is_own).map(row).collect();
    if !rows.is_empty() {
        let _ = write!(out, "\n| | |\n|---|---|\n{}", rows.concat());
    }
    if let Some(after) = command.get_after_long_help().or(command.get_after_help()) {
        let _ = write!(out, "\n{}\n", paragraphs(&after.to_string()));
    }
}

/// The text below a command's options, with its examples as a code block.
fn paragraphs(text: &str) -> String {
    let paragraph = |text: &str| match text.strip_prefix("Examples:\n") {
        Some(examples) => {
            let lines: Vec<_> = examples.lines().map(str::trim).collect();
            format!("Examples:\n\n```sh norun=examples-only\n{}\n```", lines.join("\n"))
        }
        None => text.to_owned(),
    };
    text.split("\n\n").map(paragraph).collect::<Vec<_>>().join("\n\n")
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// The table row of an argument: its name, and what it does.
fn row(argument: &Arg) -> String {
    let values = argument.get_value_names().unwrap_or_default().join("> <");
    let takes = argument.get_action().takes_values();
    let value = if takes { format!(" <{values}>") } else { String::new() };
    let name = match (argument.get_short(), argument.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{value}`"),
        (None, Some(long)) => format!("`--{long}{value}`"),
        (Some(short), None) => format!("`-{short}{value}`"),
        (None, None) => format!("`{}`", value.trim_matches([' ', '<', '>'])),
    };
    let mut about = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| {
            let help = value.get_help().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("`{}`{help}", value.get_name())
        })
        .collect();
    if !possible.is_empty() {
        let before = if about.is_empty() { "" } else { ": " };
        let _ = write!(about, "{before}{}", possible.join("; "));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if takes && !defaults.is_empty() && !argument.is_hide_default_value_set() {
        let _ = write!(about, " [default: {}]", defaults.join(", "));
    }
    let cell = |text: &str| text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ");
    format!("| {} | {} |\n", cell(&name), cell(&about))
}

#[test]
fn the_page_is_what_clap_knows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/command-line.md");
    let wanted = page(&mut <crate::Arguments as clap::CommandFactory>::command());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &wanted).expect("the page is written");
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(is == wanted, "{} is stale: cargo xtask codegen writes it", path.display());
    assert!(["run", "replay", "compare"].iter().all(|name| is.contains(&format!("## connie {name}\n"))));
    assert!(!is.contains("## connie attend") && !is.contains("--empty-hooks"), "what is hidden is not told");
}
