//! Checks that the commands in the pages exist with these options, even if they are not run.

use std::collections::BTreeMap;

use connie_tests::{Project, text};

use super::pages::{Page, root};

/// An option that connie uses to start itself; help does not list it.
const HIDDEN: &str = "--live";

/// Commands and options in the pages that do not exist.
pub fn wrong(pages: &[Page]) -> Vec<String> {
    let project = Project::new("");
    let help = |arguments: &[&str]| text(&project.connie(arguments).stdout);
    let names = listed(&help(&["help"]));
    let helps: BTreeMap<_, _> = names.iter().map(|name| (name.as_str(), help(&["help", name]))).collect();
    let tasks = std::fs::read_to_string(root().join("xtask/src/main.rs")).expect("the tasks");
    let alias = |name: &str| {
        let output = project.connie(&[name, "--help"]);
        output.status.success().then(|| text(&output.stdout))
    };
    let mut wrong = Vec::new();
    for page in pages {
        let blocks = page.blocks.iter().filter(|block| ["console", "sh"].contains(&block.language.as_str()));
        let lines = blocks.flat_map(|block| block.text.lines()).map(|line| line.trim_start_matches("$ "));
        for line in page.codes.iter().map(String::as_str).chain(lines) {
            // Without a comment, and what other programs do with the output.
            let line = line.split(" #").next().and_then(|line| line.split(" | ").next()).unwrap_or_default();
            let found = match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["connie", ref arguments @ ..] => command(&helps, &alias, arguments),
                ["cargo", "xtask", name, ..] => task(&tasks, name),
                _ => Ok(()),
            };
            wrong.extend(found.err().map(|why| format!("{}: `{line}`: {why}", page.path.display())));
        }
    }
    wrong
}

/// The subcommands that `connie help` lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    lines.map_while(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn command(
    helps: &BTreeMap<&str, String>,
    alias: &dyn Fn(&str) -> Option<String>,
    arguments: &[&str],
) -> Result<(), String> {
    let Some((name, rest)) = arguments.split_first() else { return Ok(()) };
    if name.starts_with(['-', '…']) || name.chars().all(|c| c.is_ascii_uppercase()) {
        return Ok(());
    }
    // Help lists neither aliases nor internal commands.
    let help = helps.get(name).cloned().or_else(|| alias(name)).ok_or_else(|| format!("there is no command {name}"))?;
    let words: Vec<_> = help.split([' ', '\n', ',']).filter(|word| word.starts_with('-')).collect();
    let mut rest = rest.iter().peekable();
    while let Some(argument) = rest.next() {
        let option = argument.trim_matches(['[', ']', '…']).split('=').next().unwrap_or_default();
        if option == "--" || ["-m", "-c"].contains(&option) && *name == "run" {
            break;
        }
        if !option.starts_with('-') || option == "-" {
            // What follows a program is the program's.
            if ["run", "pytest"].contains(name) {
                break;
            }
            continue;
        }
        if *name == "pytest" && !words.contains(&option) {
            break;
        }
        if !words.contains(&option) && option != HIDDEN {
            return Err(format!("connie {name} has no option {option}"));
        }
        if help.contains(&format!("{option} <")) {
            rest.next();
        }
    }
    Ok(())
}

/// Checks a task of `cargo xtask`. clap derives its name from the variant's.
fn task(source: &str, name: &str) -> Result<(), String> {
    let variant = name[..1].to_uppercase() + &name[1..];
    let is_variant = |line: &str| {
        line.strip_prefix("    ")
            .is_some_and(|line| line.strip_prefix(&variant).is_some_and(|rest| rest.starts_with([',', '(', ' '])))
    };
    let is_placeholder = name.starts_with(|c: char| !c.is_ascii_lowercase());
    if is_placeholder || source.lines().any(is_variant) { Ok(()) } else { Err(format!("there is no task {name}")) }
}
