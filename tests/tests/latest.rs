//! `latest` is the latest recording that has something to show.

use std::process::{Command, Stdio};

use connie_tests::{Project, connie, pythons, rows, text, until};

fn latest(project: &Project) -> String {
    let shown = project.connie(&["show", "latest"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    text(&shown.stdout)
}

#[test]
fn empty_recordings_are_not_the_latest() {
    for (minor, python) in pythons() {
        let project = Project::new("a = 1\nb = 2\n");
        project.write("broken.py", "a = (\n");
        project.record(&python, &["main.py"]);
        let python = python.to_string_lossy();
        let failed = project.connie(&["run", "--quiet", "--python", &python, "broken.py"]);
        assert_eq!(failed.status.code(), Some(1));
        project.connie(&["run", "--quiet", "--python", &python, "-m", "nosuch.module"]);
        project.connie(&["run", "--quiet", "--python", &python, "-m", "platform"]);
        assert!(latest(&project).contains("main.py"), "3.{minor}: {}", latest(&project));
        // If `latest` skips later recordings, it says so.
        for command in
            [&["replay"][..], &["replay", "latest", "--format", "jsonl"], &["show"], &["threads"], &["profile"]]
        {
            let said = text(&project.connie(command).stderr);
            assert!(said.contains("3 later recordings have no step of recorded code"), "3.{minor} {command:?}: {said}");
        }
        let first = project.connie(&["list", "--format", "json"]);
        let first: Vec<serde_json::Value> = serde_json::from_slice(&first.stdout).expect("a list");
        let id = first.iter().find(|row| row["program"] == "main.py").expect("it is there")["id"].clone();
        let said = text(&project.connie(&["replay", id.as_str().expect("a text")]).stderr);
        assert!(!said.contains("later"), "3.{minor}: {said}");
        // The skipped recordings are listed, with the reason why they are empty.
        let list = project.connie(&["list", "--format", "json"]);
        let all: Vec<serde_json::Value> = serde_json::from_slice(&list.stdout).expect("a list");
        assert_eq!(all.len(), 4, "3.{minor}");
        let compared = project.connie(&["compare"]);
        assert!(text(&compared.stderr).contains("there is no earlier run"), "{}", text(&compared.stderr));
    }
}

/// Names of files and recorded names may have line breaks. A line break in a name must not start a new line of output.
#[test]
fn names_forge_no_lines() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("a = 1\n");
    project.write("broken.py", "a = (\n");
    project.write("odd\nconnie: forged.py", "def f():\n    return 1\n\n\nf()\n");
    project.record(&python, &["main.py"]);
    let forged = "99999999\nconnie: forged\r";
    project.record(&python, &["--output", &format!(".connie/{forged}.connie"), "broken.py"]);
    let is_forged =
        |out: &[u8]| text(out).split(['\n', '\r']).any(|line| line.trim_start().starts_with("connie: forged"));
    for command in [&["replay"][..], &["show"], &["list"]] {
        let done = project.connie(command);
        let said = text(&done.stderr) + &text(&done.stdout);
        assert!(said.contains("99999999\u{fffd}connie: forged\u{fffd}") || command == ["list"], "{command:?}: {said}");
        assert!(!is_forged(said.as_bytes()), "{command:?}: {said}");
    }
    let made = project.record(&python, &["--output", "odd.connie", "odd\nconnie: forged.py"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    project.write("no\nconnie: forged.connie", "not SQLite");
    for command in [
        &["replay", "odd.connie"][..],
        &["show", "odd.connie"],
        &["profile", "odd.connie"],
        &["search", "odd.connie", "f"],
        &["replay", "no\nconnie: forged.connie"],
    ] {
        let done = project.connie(command);
        let said = text(&done.stderr) + &text(&done.stdout);
        assert!(!is_forged(said.as_bytes()), "{command:?}: {said}");
    }
}

#[test]
fn where_all_are_empty_the_latest_tells_why() {
    let project = Project::new("a = (\n");
    let (_, python) = pythons().pop().expect("an interpreter");
    project.connie(&["run", "--quiet", "--python", &python.to_string_lossy(), "main.py"]);
    assert!(latest(&project).contains("the program ended before its first line"), "{}", latest(&project));
}

#[test]
fn a_recorder_that_was_killed_at_once_leaves_no_latest() {
    let project = Project::new("a = 1\n");
    project.write(
        "later.py",
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\nos.rename('pid', 'begun')\ntime.sleep(20)\n",
    );
    let (_, python) = pythons().pop().expect("an interpreter");
    project.record(&python, &["main.py"]);
    let mut command =
        project.command(&connie(), &["run", "--quiet", "--python", &python.to_string_lossy(), "later.py"]);
    let mut run = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    until("the program runs", || project.path("begun").exists());
    // A recording that is being made is the latest.
    assert!(latest(&project).contains("later.py"));
    let _ = run.kill();
    let _ = run.wait();
    let list = project.connie(&["list", "--format", "json"]);
    let all: Vec<serde_json::Value> = serde_json::from_slice(&list.stdout).expect("a list");
    if all[0]["steps"] == 0 {
        assert!(latest(&project).contains("main.py"), "{}", latest(&project));
        let said = text(&project.connie(&["replay"]).stderr);
        let id = all[0]["id"].as_str().expect("a text");
        assert!(
            said.contains(&format!("the later recording {id} (interrupted) has no step of recorded code")),
            "{said}"
        );
    } else {
        // The recording already had steps.
        assert!(latest(&project).contains("later.py"), "{}", latest(&project));
    }
    // The program continues without its recorder.
    let pid = std::fs::read_to_string(project.path("begun")).expect("a process");
    let _ = Command::new("kill").arg(pid).status();
    assert!(rows(&project.connie(&["replay", "latest", "--format", "jsonl"]).stdout).len() > 1);
}
