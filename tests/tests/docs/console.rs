//! Runs the console blocks of pages, each page in its own folder.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use connie_tests::console::Console;
use connie_tests::{Project, connie, text, usual_python};
use serde_json::json;

use super::pages::{Block, Page, root};

/// Runs all blocks of a page in order. Returns the differences from the page.
pub fn run(page: &Page) -> Vec<String> {
    let project = Project::new("");
    let programs = programs();
    let mut wrong = Vec::new();
    for block in &page.blocks {
        if let Some(name) = block.note("file") {
            project.write(name, &block.text);
        }
        if !block.runs() || lacks_pytest(block) {
            continue;
        }
        if let Some(example) = block.note("with") {
            copy(&root().join("examples").join(example), &project);
        }
        let found = if block.note("words").is_some() {
            words(&project, block)
        } else {
            commands(&project, programs.path(), block)
        };
        wrong.extend(found.into_iter().map(|what| format!("{}:{}: {what}", page.path.display(), block.line)));
    }
    wrong
}

/// Whether a block needs pytest, but pytest was not fetched.
fn lacks_pytest(block: &Block) -> bool {
    let lacks = block.note("needs") == Some("pytest") && std::env::var_os("CONNIE_TEST_PYTEST").is_none();
    if lacks {
        println!("skipped: CONNIE_TEST_PYTEST names no folder with pytest (cargo xtask test fetches it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
    }
    lacks
}

/// Makes a folder with the programs that the pages use.
fn programs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    symlink(connie(), folder.path().join("connie")).expect("a link");
    let python = usual_python().1;
    for name in ["python", "python3"] {
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", python.display());
        std::fs::write(folder.path().join(name), script).expect("a script");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path().join(name), mode).expect("a script");
    }
    folder
}

fn copy(example: &Path, project: &Project) {
    for entry in std::fs::read_dir(example).expect("an example").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "py") {
            let name = entry.file_name().to_string_lossy().into_owned();
            project.write(&name, &std::fs::read_to_string(entry.path()).expect("a file"));
        }
    }
}

/// The lines that begin with a prompt, each with the lines below it. In a script, every line is a command.
fn parts<'a>(block: &'a Block, prompt: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix(prompt), parts.last_mut()) {
            (Some(command), _) => parts.push((command, Vec::new())),
            (None, _) if block.language == "sh" => parts.push((line, vec!["…"])),
            (None, Some((_, output))) => output.push(line),
            (None, None) => parts.push(("false # no command", Vec::new())),
        }
    }
    parts
}

fn commands(project: &Project, programs: &Path, block: &Block) -> Vec<String> {
    let status = block.note("status").map_or(0, |status| status.parse().expect("a number"));
    let mut wrong = Vec::new();
    for (line, expected) in parts(block, "$ ") {
        let mut command = command(project, programs, block, line);
        let output = command.output().expect("a shell");
        let code = output.status.code();
        if ![Some(0), Some(status)].contains(&code) {
            wrong.push(format!("`{line}` exits with {code:?}:\n{}", text(&output.stdout)));
        }
        let printed = text(&output.stdout);
        // A command without output in the page may print anything.
        if !expected.is_empty() && !is_like(&printed, &expected) {
            wrong.push(format!("`{line}` prints\n{printed}\nand not\n{}", expected.join("\n")));
        }
    }
    wrong
}

fn command(project: &Project, programs: &Path, block: &Block, line: &str) -> Command {
    let mut command = project.command(Path::new("sh"), &["-c", &format!("{{ {line}\n}} 2>&1")]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [PathBuf::from(programs)].into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("a path"));
    // Output and errors are in the order in which a terminal shows them.
    command.env("PYTHONUNBUFFERED", "1").env("TERM", "dumb").env("COLUMNS", "200").env_remove("PYTHONPATH");
    // pytest prints more in CI.
    for name in ["CI", "BUILD_NUMBER", "PYTEST_ADDOPTS"] {
        command.env_remove(name);
    }
    if block.note("needs") == Some("pytest") {
        command.env("PYTHONPATH", std::env::var_os("CONNIE_TEST_PYTEST").unwrap_or_default());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
    }
    command
}

/// Runs words of the debug console in one session with the latest recording. Returns the differences from the page.
fn words(project: &Project, block: &Block) -> Vec<String> {
    let mut console = Console::open_with(project, json!({"recording": "latest"}));
    console.start();
    let mut wrong = Vec::new();
    for (line, expected) in parts(block, "> ") {
        let said = console.say(line);
        if !is_like(&said, &expected) {
            wrong.push(format!("`{line}` says\n{said}\nand not\n{}", expected.join("\n")));
        }
    }
    wrong
}

/// Whether a text has these lines in a row. `…` matches any words; on a line of its own, it matches any lines. The
/// number of spaces between words is ignored.
fn is_like(found: &str, expected: &[&str]) -> bool {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = found.trim_end().lines().map(words).filter(|line| !line.is_empty()).collect();
    let expected: Vec<_> = expected.iter().map(|line| words(line)).filter(|line| !line.is_empty()).collect();
    matches(&lines, &expected)
}

fn matches(lines: &[String], expected: &[String]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "…" => (0..=lines.len()).any(|skipped| matches(&lines[skipped..], rest)),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, others)| is_line(line, first) && matches(others, rest))
        }
    }
}

fn is_line(line: &str, expected: &str) -> bool {
    let Some((first, rest)) = expected.split_once('…') else { return line == expected };
    let (Some(mut line), mut parts) = (line.strip_prefix(first.trim()), rest.split('…').map(str::trim)) else {
        return false;
    };
    let last = parts.next_back().unwrap_or_default();
    for part in parts {
        let Some(at) = line.find(part) else { return false };
        line = &line[at + part.len()..];
    }
    line.ends_with(last)
}

#[test]
fn elisions_stand_for_words_and_lines() {
    let found = "one two  three\nfour\nfive\n";
    for expected in [
        &["one two three", "four", "five"][..],
        &["…", "five"],
        &["one … three", "…"],
        &["…"],
        &["… three", "fo…", "five"],
    ] {
        assert!(is_like(found, expected), "{expected:?}");
    }
    for expected in [&["one two three", "five"][..], &["…", "four"], &["two … three", "…"], &["one"], &[]] {
        assert!(!is_like(found, expected), "{expected:?}");
    }
}
