//! `connie doctor` says whether connie can record here, and what to do where it cannot.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use connie_tests::{Project, connie, every_python, text, usual_python};
use serde_json::Value;

fn doctor(project: &Project, python: &Path) -> (Output, Value) {
    let python = python.to_str().expect("a path in UTF-8");
    let output = project.connie(&["doctor", "--format", "json", "--python", python]);
    let report = serde_json::from_slice(&output.stdout).expect("JSON");
    (output, report)
}

fn check<'r>(report: &'r Value, name: &str) -> &'r Value {
    let checks = report["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {report}"))
}

#[test]
fn every_interpreter_that_can_be_recorded_is_good() {
    for (minor, python) in every_python() {
        let (output, report) = doctor(&Project::new(""), &python);
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert_eq!(report["works"], true);
        let found = check(&report, "Python")["found"].as_str().expect("a text");
        assert!(found.starts_with(&format!("3.{minor}.")), "{found}");
        assert_eq!(check(&report, "Recording")["state"], "good", "{report}");
    }
}

#[test]
fn a_text_says_the_same() {
    let (_, python) = usual_python();
    let output = Project::new("").connie(&["doctor", "--python", python.to_str().expect("a path")]);
    let printed = text(&output.stdout);
    assert!(printed.starts_with("connie "), "{printed}");
    assert!(printed.contains("✓ Recording") && printed.ends_with("connie can record here.\n"), "{printed}");
    assert!(!printed.contains('\x1b'), "{printed}");
}

#[test]
fn what_is_no_interpreter_is_bad_and_said_to_be() {
    let project = Project::new("");
    for (name, script, why) in [
        ("ends", "exit 3", "does not work"),
        ("speaks", "echo hello", "is not a Python interpreter"),
        ("fakes", "printf 'cpython\\n3.12.1\\n\\n\\n\\n'", "connie's tracer"),
    ] {
        project.write(name, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let (output, report) = doctor(&project, &project.path(name));
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert_eq!(report["works"], false);
        assert!(report.to_string().contains(why), "{name}: {report}");
    }
    let (output, report) = doctor(&project, Path::new("/nowhere/python"));
    assert_eq!(output.status.code(), Some(1));
    assert!(check(&report, "Python")["advice"].as_str().is_some_and(|advice| advice.contains("--python")), "{report}");
}

#[test]
fn settings_that_cannot_be_read_are_named() {
    let project = Project::new("");
    project.write("pyproject.toml", "[tool.connie]\nnonsense = 1\n");
    let (output, report) = doctor(&project, &usual_python().1);
    assert_eq!(output.status.code(), Some(1));
    let found = check(&report, "Recording")["found"].as_str().expect("a text");
    assert!(found.contains("pyproject.toml") && found.contains("nonsense"), "{found}");
    // Another interpreter would not help.
    assert!(!check(&report, "Recording")["advice"].to_string().contains("interpreter"), "{report}");
}

#[test]
fn limits_are_said() {
    let project = Project::new("");
    let (_, python) = usual_python();
    let arguments = ["doctor", "--format", "json", "--python", python.to_str().expect("a path")];
    let limited = format!("ulimit -f 100000; exec \"$0\" {}", arguments.join(" "));
    let mut shell = project.command(Path::new("sh"), &["-c", &limited]);
    let output = shell.arg(connie()).output().expect("a shell");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(check(&report, "Limits")["state"], "note", "{report}");
}

#[test]
fn it_leaves_nothing_behind() {
    let project = Project::new("");
    doctor(&project, &usual_python().1);
    assert!(!project.path(".connie").exists());
}
