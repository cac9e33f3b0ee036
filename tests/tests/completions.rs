//! Completions of shells, the manual's pages, and `connie --version --json`.

use std::path::Path;
use std::process::Command;

use connie_tests::{Project, connie, text};
use serde_json::Value;

fn script(shell: &str) -> String {
    let output = Project::new("").connie(&["completions", shell]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn bash_completes_commands_and_options() {
    let complete = |words: &[&str]| {
        let program = format!(
            "{}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_connie connie \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script("bash"),
            words.join(" "),
            words.len() - 1
        );
        let output = Command::new("bash").args(["--norc", "-c", &program]).output().expect("bash");
        let printed = text(&output.stdout);
        printed.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["connie", "repl"]), ["replay"]);
    assert_eq!(complete(&["connie", "list", "--form"]), ["--format"]);
    assert_eq!(complete(&["connie", "threads", "--format", "j"]), ["json"]);
    // Commands for connie's own use are not offered.
    assert!(!complete(&["connie", ""]).iter().any(|word| word == "attend" || word == "manual"));
}

#[test]
fn zsh_and_fish_accept_their_scripts() {
    for (shell, check) in [("zsh", "-n"), ("fish", "--no-execute")] {
        let written = script(shell);
        assert!(written.contains("connie"));
        let project = Project::new("");
        project.write("script", &written);
        // `cargo xtask test` says that a shell is missing.
        if let Ok(output) = Command::new(shell).arg(check).arg(project.path("script")).output() {
            assert!(output.status.success(), "{shell}: {}", text(&output.stderr));
        }
    }
    assert_eq!(Project::new("").connie(&["completions", "csh"]).status.code(), Some(64));
}

#[test]
fn each_command_has_a_page_in_the_manual() {
    let project = Project::new("");
    let output = project.connie(&["manual", "pages"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let help = text(&project.connie(&["--help"]).stdout);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 20, "{help}");
    for command in commands {
        let page = std::fs::read_to_string(project.path(&format!("pages/connie-{command}.1"))).unwrap_or_default();
        assert!(page.contains(".TH"), "no page of {command}");
    }
    assert!(!project.path("pages/connie-attend.1").exists());
    assert!(!Path::new(&project.path("pages/connie-manual.1")).exists());
}

#[test]
fn the_version_is_json_on_request() {
    for arguments in [["--version", "--json"], ["--json", "--version"]] {
        let output = Command::new(connie()).args(arguments).output().expect("connie");
        let version: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let plain = Command::new(connie()).arg("--version").output().expect("connie");
        assert_eq!(text(&plain.stdout).trim(), format!("connie {}", version["version"].as_str().expect("a text")));
        assert!(version["recordingFormat"].as_i64() > Some(7));
    }
    let output = Command::new(connie()).args(["--json", "list"]).output().expect("connie");
    assert_eq!(output.status.code(), Some(64));
}
