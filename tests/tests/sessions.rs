//! Debug sessions from start to end: who set a breakpoint, the state after a restart, long output.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use connie_tests::console::Console;
use connie_tests::{Project, connie, pythons};
use serde_json::{Value, json};

fn opened(program: &str) -> (Project, Console) {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(program);
    assert!(project.record(&python, &["--output", "r.connie", "main.py"]).status.success());
    let mut console = Console::open(&project, "r.connie");
    console.start();
    console.say(":start");
    (project, console)
}

/// The line of the top frame.
fn line(console: &mut Console) -> u64 {
    console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["line"].as_u64().expect("a line")
}

/// The lines at which the view stops on the way to the end.
fn stops(console: &mut Console) -> Vec<u64> {
    console.say(":start");
    let mut found = Vec::new();
    while console.go("continue")["reason"] != "pause" {
        found.push(line(console));
    }
    found
}

/// Reads messages until one matches, or too much time has passed.
fn until(console: &mut Console, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
    let start = Instant::now();
    let mut seen = Vec::new();
    while !seen.iter().any(&is_it) {
        assert!(start.elapsed() < Duration::from_secs(30), "it did not come: {seen:#?}");
        seen.extend(console.events());
        std::thread::sleep(Duration::from_millis(20));
    }
    seen
}

fn says(event: &Value, words: &str) -> bool {
    event["event"] == "output" && event["body"]["output"].as_str().is_some_and(|text| text.contains(words))
}

const TWO: &str = "def one():
    return 1
def two():
    return 2
one()
two()
x = 3
y = 4
";

#[test]
fn words_of_the_console_add_to_the_clients_breakpoints() {
    let (_project, mut console) = opened(TWO);
    console.request("setFunctionBreakpoints", json!({"breakpoints": [{"name": "one"}]}));
    assert_eq!(console.say(":break two"), "");
    assert_eq!(stops(&mut console), [1, 3]);
    assert!(console.say(":break three").contains("no function three was called"));
    assert_eq!(stops(&mut console), [1, 3]);
    // The client sets all of its own breakpoints at once, and does not affect others.
    console.request("setFunctionBreakpoints", json!({"breakpoints": []}));
    assert_eq!(stops(&mut console), [3]);
    console.request("setFunctionBreakpoints", json!({"breakpoints": [{"name": "one"}]}));
    console.say(":break");
    assert_eq!(stops(&mut console), [1]);
    console.request("setFunctionBreakpoints", json!({"breakpoints": []}));

    let set = |console: &mut Console, names: &[&str]| {
        let offered =
            names.iter().map(|name| console.request("dataBreakpointInfo", json!({"name": name}))["dataId"].clone());
        let wanted: Vec<Value> = offered.map(|id| json!({"dataId": id, "accessType": "write"})).collect();
        console.request("setDataBreakpoints", json!({"breakpoints": wanted}))
    };
    console.say(":end");
    set(&mut console, &["x"]);
    assert!(console.say(":watch y").contains("writes to y"));
    assert_eq!(stops(&mut console), [7, 8]);
    set(&mut console, &[]);
    assert_eq!(stops(&mut console), [8]);
    set(&mut console, &["x"]);
    console.say(":watch");
    assert_eq!(stops(&mut console), [7]);
}

#[test]
fn a_restart_says_which_breakpoints_are_gone() {
    let (project, mut console) = opened(TWO);
    console.say(":end");
    let offered = console.request("dataBreakpointInfo", json!({"name": "x"}))["dataId"].clone();
    let set = console.request("setDataBreakpoints", json!({"breakpoints": [{"dataId": offered}]}));
    let id = set["breakpoints"][0]["id"].clone();
    console.say(":watch y");
    console.events();
    console.request("restart", json!({"arguments": {"recording": project.path("r.connie")}}));
    let events = console.events();
    let changed = events.iter().find(|event| event["event"] == "breakpoint").expect("an event");
    assert_eq!(changed["body"]["reason"], "changed");
    let breakpoint = &changed["body"]["breakpoint"];
    assert_eq!((&breakpoint["id"], &breakpoint["verified"]), (&id, &json!(false)));
    assert!(breakpoint["message"].as_str().is_some_and(|why| why.contains("earlier recording")), "{breakpoint}");
    assert!(events.iter().any(|event| says(event, "The stops of :watch were removed")), "{events:#?}");
    // This is reported once.
    console.request("restart", json!({"arguments": {"recording": project.path("r.connie")}}));
    assert!(console.events().iter().all(|event| event["event"] != "breakpoint"));
}

#[test]
fn a_restart_prints_the_logpoints_of_another_recording() {
    let (project, mut console) = opened(TWO);
    let (_, python) = pythons().pop().expect("a python");
    assert!(project.record(&python, &["--output", "s.connie", "main.py"]).status.success());
    let source = json!({"path": project.path("main.py")});
    let breakpoints = json!([{"line": 4, "logMessage": "in two"}, {"line": 7, "hitCondition": 1}]);
    console.request("setBreakpoints", json!({"source": source, "breakpoints": breakpoints}));
    assert!(console.events().iter().any(|event| says(event, "in two")));
    console.request("restart", json!({"arguments": {"recording": project.path("s.connie")}}));
    let events = console.events();
    assert_eq!(events.iter().filter(|event| says(event, "in two")).count(), 1, "{events:#?}");
    assert_eq!(line(&mut console), 7);
    console.request("restart", json!({}));
    assert!(!console.events().iter().any(|event| says(event, "in two")));
}

/// Only the answer to the request that runs the current program has an effect.
#[test]
fn answers_to_other_requests_change_nothing() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(TWO);
    let mut console = Console::unopened(&project);
    console.request("initialize", json!({"adapterID": "connie", "supportsRunInTerminalRequest": true}));
    let program = json!({"program": project.path("main.py"), "python": python, "console": "integratedTerminal"});
    console.request("launch", program);
    console.request("configurationDone", json!({}));
    let asked = |console: &mut Console| {
        let events = console.events();
        events.iter().find(|event| event["command"] == "runInTerminal").expect("a request")["seq"].clone()
    };
    let earlier = asked(&mut console);
    console.request("restart", json!({}));
    let current = asked(&mut console);
    assert_ne!(earlier, current);
    let ends = |event: &Value| event["event"] == "terminated" || says(event, "in its terminal");
    for (request, command) in
        [(earlier, "runInTerminal"), (json!(null), "runInTerminal"), (json!(9999), "runInTerminal")]
    {
        console.refuse(&request, command, "too late");
        assert!(!console.events().iter().any(ends), "{request}");
    }
    console.refuse(&current, "runInTerminal", "no pty");
    assert!(console.events().iter().any(ends));
    // Only one answer counts.
    console.refuse(&current, "runInTerminal", "no pty");
    assert!(!console.events().iter().any(ends));

    let (_project, mut attached) = opened(TWO);
    attached.events();
    for request in [json!(null), json!(1), json!(3)] {
        attached.refuse(&request, "runInTerminal", "nobody asked");
        assert!(!attached.events().iter().any(ends), "{request}");
    }
    assert!(attached.say(":where").contains("line"));
}

#[test]
fn a_restart_starts_no_recording_of_a_process() {
    let (_project, mut console) = opened(TWO);
    console.say(":end");
    let refused = console.ask("restart", json!({"arguments": {"processId": std::process::id()}}));
    assert_eq!(refused["success"], false, "{refused}");
    let why = refused["message"].as_str().unwrap_or_default();
    assert!(why.contains("to record a process, start the session again"), "{refused}");
    assert!(console.say(":where").contains("line 8"));
}

/// A word that needs an expression asks for it.
#[test]
fn words_say_what_they_need() {
    let (_project, mut console) = opened(TWO);
    for word in ["why", "origin", "seen", "changed", "history", "watch --every"] {
        let answer = console.ask("evaluate", json!({"expression": format!(":{word}"), "context": "repl"}));
        let said = answer.to_string();
        assert!(said.contains(&format!(": :{word} EXPR")) && said.contains("needs an "), "{word}: {answer}");
    }
    assert!(!console.say(":watch").contains("say what"));
}

/// Variables that no source can name have no data breakpoints, and cause no error.
#[test]
fn hidden_variables_have_no_data_breakpoint() {
    // From 3.12 on, comprehensions have no frame of their own.
    let Some((_, python)) = pythons().into_iter().rfind(|(minor, _)| *minor < 12) else { return };
    let project = Project::new("def f():\n    return [n for n in range(3)]\n\n\nf()\n");
    assert!(project.record(&python, &["--output", "r.connie", "main.py"]).status.success());
    let mut console = Console::open_with(&project, json!({"recording": "r.connie", "locals": "all"}));
    console.start();
    console.say(":start");
    for _ in 0..3 {
        console.go("stepIn");
    }
    let top = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["id"].clone();
    let scopes = console.request("scopes", json!({"frameId": top}));
    let locals = scopes["scopes"][0]["variablesReference"].clone();
    let variables = console.request("variables", json!({"variablesReference": locals}));
    let names: Vec<_> = variables["variables"].as_array().into_iter().flatten().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!(".0")), "{names:?}");
    let info = console.request("dataBreakpointInfo", json!({"name": ".0", "variablesReference": locals}));
    assert!(info["description"].as_str().is_some_and(|why| why.contains(".0")), "{info}");
    assert!(info["dataId"].is_null() && info.get("dataId").is_some(), "{info}");
}

#[test]
fn a_restart_that_fails_leaves_the_session_as_it_was() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new("x = 1\nprint(input())\ny = 2\n");
    let mut command = project.command(&connie(), &["run", "--live", "--quiet", "--python"]);
    command.arg(&python).args(["-o", "r.connie", "main.py"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut running = command.spawn().expect("connie run");
    while !project.path("r.connie").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut console = Console::open(&project, "r.connie");
    console.request("configurationDone", json!({}));
    let refused = console.ask("restart", json!({"arguments": {"recording": project.path("missing.connie")}}));
    assert_eq!(refused["success"], false, "{refused}");
    running.stdin.take().expect("a pipe").write_all(b"go\n").expect("a line");
    let events = until(&mut console, |event| says(event, "The program has ended"));
    assert!(events.iter().any(|event| event["event"] == "stopped"), "{events:#?}");
    assert!(running.wait().expect("it ends").success());
}

const LINES: usize = 40_000;

fn long_output() -> String {
    format!("import sys\nfor n in range({LINES}):\n    sys.stdout.write('line %d\\n' % n)\n")
}

/// The number of printed lines, and the last event with output.
fn printed(events: &[Value]) -> (usize, Value) {
    let mut of_program = events.iter().filter(|event| event["body"]["category"] == "stdout");
    let text: String = of_program.clone().filter_map(|event| event["body"]["output"].as_str()).collect();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().enumerate().all(|(n, line)| *line == format!("line {n}")), "lines are missing");
    (lines.len(), of_program.next_back().cloned().unwrap_or_default())
}

#[test]
fn long_output_arrives_with_its_lines() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(&long_output());
    for terminal in [false, true] {
        let mut console = Console::unopened(&project);
        console.request("initialize", json!({"adapterID": "connie", "supportsRunInTerminalRequest": terminal}));
        let kind = if terminal { "integratedTerminal" } else { "internalConsole" };
        let keys = json!({"program": "main.py", "cwd": project.path(""), "python": python, "console": kind, "redirectOutput": true});
        console.request("launch", keys);
        console.request("configurationDone", json!({}));
        let mut events = Vec::new();
        if terminal {
            events = until(&mut console, |event| event["command"] == "runInTerminal");
            let asked = &events.iter().find(|event| event["command"] == "runInTerminal").expect("it")["arguments"];
            let words: Vec<&str> = asked["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let folder = asked["cwd"].as_str().expect("a folder");
            let mut command = Command::new(words[0]);
            command.args(&words[1..]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
            assert!(command.status().expect("it runs").success());
        }
        events.extend(until(&mut console, |event| says(event, "The program has ended")));
        let (lines, last) = printed(&events);
        assert_eq!(lines, LINES, "terminal: {terminal}");
        // Output that arrives long before its recording is shown without a line.
        if terminal {
            assert_eq!(last["body"]["line"], 3, "{}", last["body"]["output"]);
        }
    }
}

#[test]
fn hits_of_data_breakpoints_are_counted_once() {
    let (_project, mut console) = opened("n = 0\nwhile n < 2000:\n    n += 1\nprint(n)\n");
    console.say(":end");
    let offered = console.request("dataBreakpointInfo", json!({"name": "n"}))["dataId"].clone();
    let wanted = json!({"dataId": offered, "accessType": "write", "hitCondition": "% 500"});
    console.request("setDataBreakpoints", json!({"breakpoints": [wanted]}));
    let start = Instant::now();
    let mut found = Vec::new();
    while console.go("reverseContinue")["reason"] == "data breakpoint" {
        found.push(console.say("n"));
    }
    // The first write is that of line 1.
    assert_eq!(found, ["1998", "1498", "998", "498"]);
    found.clear();
    while console.go("continue")["reason"] == "data breakpoint" {
        found.push(console.say("n"));
    }
    assert_eq!(found, ["498", "998", "1498", "1998"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
