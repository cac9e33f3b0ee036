//! Options of a recording are checked in the same way on the command line, in pyproject.toml, in launch configurations
//! and in attach configurations.

use std::path::PathBuf;

use connie_recording::options::{Known, LaunchKey, OPTIONS, Takes};
use connie_tests::console::{Console, speak};
use connie_tests::{Project, pythons, text};
use serde_json::{Value, json};

fn python() -> PathBuf {
    pythons().pop().expect("an interpreter").1
}

/// The key of an option in a configuration, with a value.
fn configured(known: &Known, value: &Value) -> Option<Value> {
    match (known.launch, value) {
        (LaunchKey::None, _) => None,
        (LaunchKey::Opposite(key), Value::Bool(value)) => Some(json!({key: !value})),
        (LaunchKey::Key(key) | LaunchKey::Opposite(key), _) => Some(json!({key: value})),
        (LaunchKey::Limit(key), _) => Some(json!({"limits": {key: value}})),
    }
}

/// Values that an option refuses.
fn bad(known: &Known) -> Vec<Value> {
    match &known.takes {
        Takes::Switch(_) => vec![json!(1), json!("yes")],
        Takes::Patterns(_) => vec![json!(1), json!([1]), json!({"a": 1})],
        Takes::Levels(_) => vec![json!(1), json!("call"), json!(["lines", "calls:"])],
        Takes::Number { range, .. } => {
            let below = range.start().checked_sub(1).map(|n| json!(n));
            let above = range.end().checked_add(1).map(|n| json!(n));
            below.into_iter().chain(above).chain([json!(-1), json!("x"), json!(1.5), json!(true)]).collect()
        }
        Takes::Recheck(_) => vec![json!(1), json!("half")],
        Takes::Last(_) => vec![json!(5), json!("1x"), json!("0")],
    }
}

/// A value that an option accepts, and that has no effect on the tests.
fn good(known: &Known) -> Value {
    match &known.takes {
        Takes::Switch(_) if known.name == "no-redact" => json!(false),
        Takes::Switch(_) => json!(true),
        Takes::Patterns(_) => json!(["nothing-of-that-name", "nor-this"]),
        Takes::Levels(_) => json!(["lines", "calls:nothing-of-that-name"]),
        Takes::Number { range, .. } if *range.end() == u64::MAX => json!(i64::MAX),
        Takes::Number { range, .. } => json!(range.end()),
        Takes::Recheck(_) => json!("full"),
        Takes::Last(_) => json!("200k"),
    }
}

/// The settings that are stored in the only recording of a project.
fn settings(project: &Project) -> Value {
    let folder = std::fs::read_dir(project.path(".connie")).expect("a folder");
    let mut paths = folder.map(|entry| entry.expect("a file").path());
    let path = paths.find(|path| path.extension().is_some_and(|ending| ending == "connie")).expect("a recording");
    let file = rusqlite::Connection::open(path).expect("SQLite");
    let text: String = file.query_row("SELECT settings FROM recording", [], |row| row.get(0)).expect("a row");
    serde_json::from_str(&text).expect("JSON")
}

/// A value as an argument of a command.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn the_command_line_says_what_is_expected() {
    let project = Project::new("x = 1\n");
    for known in &OPTIONS {
        let words: Vec<Value> = match &known.takes {
            Takes::Switch(_) | Takes::Patterns(_) => continue,
            Takes::Recheck(_) => vec![json!("half")],
            _ => bad(known),
        };
        let option = format!("--{}", known.name);
        for value in words.iter().filter(|value| !matches!(known.takes, Takes::Last(_)) || value.is_string()) {
            for command in [["run", "main.py"], ["attach", "1"]] {
                if command[0] == "attach" && matches!(known.name, "max-size" | "last") {
                    continue;
                }
                let output = project.connie(&[command[0], &option, &word(value), command[1]]);
                let said = text(&output.stderr);
                assert_eq!(output.status.code(), Some(64), "{option} {value}: {said}");
                assert!(said.contains(&option) && said.contains(&known.expected()), "{option} {value}: {said}");
            }
        }
    }
    for (command, words) in [
        (&["run", "--memory", "x", "main.py"][..], "a number of MiB from 8 to 65536"),
        (&["run", "--memory", "7", "main.py"], "a number of MiB from 8 to 65536"),
        (&["attach", "0"], "the number of a process"),
        (&["attach", "x"], "the number of a process"),
        (&["replay", "--from", "x"], "the number of a step"),
        (&["replay", "--to", "-1"], "the number of a step"),
        (&["replay", "--process", "x"], "the number of a process"),
        (&["replay", "--max-string", "x"], "a number of characters, 0 or more"),
        (&["replay", "--max-items", "-1"], "a number of items, 0 or more"),
        (&["replay", "--max-depth", "1.5"], "a number of containers, 0 or more"),
        (&["compare", "--most", "x"], "a number of differences, 0 or more"),
        (&["compare", "--max-items", "x"], "a number of items, 0 or more"),
        (&["compare", "--max-depth", "x"], "a number of containers, 0 or more"),
        (&["search", "--most", "x", "y"], "a number of finds, 0 or more"),
        (&["profile", "--top", "-1"], "a number of functions, 0 or more"),
        (&["view", "--port", "65536"], "the number of a port, 0 to 65535"),
        (&["view", "--step", "x", "latest"], "the number of a step"),
        (&["export", "--step", "x"], "the number of a step"),
    ] {
        let output = project.connie(command);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{command:?}: {said}");
        assert!(said.contains(&format!("it must be {words}")), "{command:?}: {said}");
    }
}

#[test]
fn projects_say_what_is_expected() {
    let project = Project::new("x = 1\n");
    let fails = |text_of: String, words: &str| {
        project.write("pyproject.toml", &format!("[tool.connie]\n{text_of}\n"));
        let output = project.connie(&["run", "main.py"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{text_of}: {said}");
        assert!(said.contains("pyproject.toml") && said.contains(words), "{text_of}: {said}");
    };
    for known in &OPTIONS {
        // TOML's integers end at 2**63.
        for value in bad(known).iter().filter(|value| !value.is_object()) {
            fails(format!("{} = {value}", known.name), &format!("{} must be {}", known.name, known.expected()));
        }
    }
    fails("redact = ['ssn']\nno-redact = true".into(), "give only one of \"redact\" and \"no-redact\"");
}

#[test]
fn configurations_say_what_is_expected() {
    let project = Project::new("x = 1\n");
    let mut requests =
        vec![json!({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "x"}})];
    let mut expected = vec![String::new()];
    let mut request = |command: &str, keys: Value, words: &str| {
        let mut arguments = match command {
            "launch" => json!({"program": "main.py", "cwd": project.path(""), "python": python()}),
            _ => json!({"processId": std::process::id()}),
        };
        arguments.as_object_mut().expect("an object").extend(keys.as_object().expect("keys").clone());
        let seq = requests.len() + 1;
        requests.push(json!({"seq": seq, "type": "request", "command": command, "arguments": arguments}));
        expected.push(words.to_owned());
    };
    for command in ["launch", "attach"] {
        for known in &OPTIONS {
            for keys in bad(known).iter().filter_map(|value| configured(known, value)) {
                request(command, keys, &format!("must be {}", known.expected()));
            }
        }
        request(command, json!({"limits": 5}), "\"limits\" must be an object, not 5");
        request(command, json!({"limits": {"width": 5}}), "there is no limit \"width\": string, items, depth");
        request(command, json!({"redact": ["ssn"], "noRedact": true}), "give only one of \"redact\" and \"noRedact\"");
    }
    let seq = requests.len() + 1;
    requests.push(json!({"seq": seq, "type": "request", "command": "disconnect"}));
    let heard = speak(&project, &["dap"], &requests);
    for (n, (asked, words)) in requests.iter().zip(&expected).enumerate().skip(1) {
        let answer = heard.iter().find(|message| message["type"] == "response" && message["request_seq"] == n + 1);
        let answer = answer.unwrap_or_else(|| panic!("no answer to {asked}"));
        let said = answer["body"]["error"]["format"].as_str().or(answer["message"].as_str()).unwrap_or_default();
        assert!(answer["success"] == false && said.contains(words), "{asked}: {answer}");
    }
}

/// All options at once, with valid values, in each of the ways.
#[test]
fn what_options_take_is_taken() {
    let project = Project::new("x = 1\n");
    let python = python();
    let shown = |words: &str| {
        let settings = settings(&project);
        assert_eq!(settings["max_depth"], 100, "{words}: {settings}");
        assert_eq!(settings["exclude"], json!(["nothing-of-that-name", "nor-this"]), "{words}");
        assert!(project.connie(&["delete", "--yes", "latest"]).status.success());
    };
    let mut arguments = Vec::new();
    let (mut lines, mut keys) = (String::from("[tool.connie]\n"), json!({}));
    for known in &OPTIONS {
        let value = good(known);
        lines += &format!("{} = {value}\n", known.name);
        match (&known.takes, &value) {
            (Takes::Switch(_), value) => arguments.extend((*value == true).then(|| format!("--{}", known.name))),
            (Takes::Patterns(_) | Takes::Levels(_), Value::Array(all)) => {
                arguments.extend(all.iter().map(|one| format!("--{}={}", known.name, word(one))));
            }
            _ => arguments.push(format!("--{}={}", known.name, word(&value))),
        }
        if let Some(Value::Object(own)) = configured(known, &value) {
            for (key, value) in own {
                match (keys.get_mut(&key).and_then(Value::as_object_mut), &value) {
                    (Some(limits), Value::Object(more)) => limits.extend(more.clone()),
                    _ => keys[key] = value,
                }
            }
        }
    }
    let mut line: Vec<&str> = arguments.iter().map(String::as_str).collect();
    line.push("main.py");
    let output = project.record(&python, &line);
    assert!(output.status.success(), "{}", text(&output.stderr));
    shown("command line");

    project.write("pyproject.toml", &lines);
    let output = project.record(&python, &["main.py"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    shown("pyproject.toml");
    project.write("pyproject.toml", "");

    keys.as_object_mut().expect("keys").extend([
        ("program".to_owned(), json!("main.py")),
        ("cwd".to_owned(), json!(project.path(""))),
        ("python".to_owned(), json!(python)),
        ("console".to_owned(), json!("internalConsole")),
    ]);
    let mut console = Console::unopened(&project);
    let answer = console.ask("launch", keys);
    assert_eq!(answer["success"], true, "{answer}");
    console.start();
    shown("launch");
}
