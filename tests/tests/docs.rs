//! Tests the documentation: links are valid, examples run, commands and words exist.

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/console.rs"]
mod console;
#[path = "docs/metadata.rs"]
mod metadata;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/texts.rs"]
mod texts;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use connie_tests::Project;
use connie_tests::console::Console;
use pages::{Page, pages, root};
use serde_json::json;

/// Fails with all errors that were found.
fn nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(parts.pop(), "{} leads out of the repository", path.display()),
            part => parts.push(part),
        }
    }
    parts
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for page in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.path.clone(),
                path => normal(&page.path.parent().expect("a folder").join(path)),
            };
            let has = |other: &&Page| other.path == target;
            let is_there = match pages.iter().find(has) {
                Some(other) => place.is_empty() || other.anchors.contains(place),
                None => place.is_empty() && root().join(&target).exists(),
            };
            if !is_there {
                wrong.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    nothing(&wrong);
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let pages = pages();
    let contents = pages.iter().find(|page| page.path == Path::new("docs/SUMMARY.md")).expect("a table of contents");
    let named: BTreeSet<_> = contents.links.iter().map(|link| normal(&Path::new("docs").join(link))).collect();
    let all: BTreeSet<_> = pages.iter().map(|page| page.path.clone()).filter(|path| *path != contents.path).collect();
    assert_eq!(named, all);
}

#[test]
fn commands_of_the_pages_run() {
    let pages = pages();
    let wrong = std::thread::scope(|scope| {
        let runs: Vec<_> = pages
            .iter()
            .filter(|page| page.blocks.iter().any(pages::Block::runs))
            .map(|page| scope.spawn(|| console::run(page)))
            .collect();
        runs.into_iter().flat_map(|run| run.join().expect("a page")).collect::<Vec<_>>()
    });
    nothing(&wrong);
}

#[test]
fn blocks_of_the_pages_are_what_they_say() {
    nothing(&texts::wrong(&pages()));
}

#[test]
fn commands_and_options_of_the_pages_exist() {
    nothing(&commands::wrong(&pages()));
}

/// Words of editors' own command lines.
const OF_EDITORS: [&str; 4] = ["checkhealth", "debug-start", "debug-eval", "help"];

#[test]
fn words_of_the_pages_exist() {
    let project = Project::new("a = 1\n");
    let mut console = Console::unopened(&project);
    let (_, python) = connie_tests::usual_python();
    project.record(&python, &["main.py"]);
    console.request("attach", json!({"recording": "latest"}));
    console.start();
    let help = console.say(":help");
    let words: BTreeSet<_> =
        help.lines().filter_map(|line| line.strip_prefix(':')?.split_whitespace().next()).collect();
    assert!(words.contains("why"), "{help}");
    let mut wrong = Vec::new();
    for page in pages() {
        let lines = page.blocks.iter().filter(|block| block.language == "text").flat_map(|block| block.text.lines());
        let lines = lines.map(|line| line.trim_start_matches("> ")).filter(|line| line.starts_with(':'));
        for code in page.codes.iter().map(String::as_str).chain(lines) {
            let used = code.split(' ').filter_map(|word| word.strip_prefix(':')).map(|word| word.trim_matches('"'));
            for word in used.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) {
                if !words.contains(word) && !OF_EDITORS.contains(&word) {
                    wrong.push(format!("{}: :{word} in `{code}` is not a word", page.path.display()));
                }
            }
        }
    }
    nothing(&wrong);
}
