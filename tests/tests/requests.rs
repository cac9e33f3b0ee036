//! Requests of debug clients, in all the forms that they use, are understood, or refused with a reason.

use connie_tests::console::Console;
use connie_tests::{Project, pythons};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

const PROGRAM: &str = "def add(a, b):
    total = a + b
    return total
box = [add(1, 2), 'x']
try:
    add(box, 1)
except TypeError:
    box.append(b'bytes')
print(box)
";

/// A session at the first line of a recording.
fn opened() -> (Project, Console) {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["--output", "r.connie", "main.py"]).status.success());
    let mut console = Console::open_with(&project, json!({"recording": project.path("r.connie"), "stopAt": "entry"}));
    console.start();
    console.say(":start");
    (project, console)
}

/// Sends a request with these arguments and returns its answer.
fn answer(console: &mut Console, command: &str, arguments: &Value) -> Result<Value, String> {
    let answer = console.ask(command, arguments.clone());
    let why = answer["message"].as_str().unwrap_or_default().to_owned();
    assert!(!why.contains("internal error"), "{command} {arguments}: {why}");
    match answer["success"] == true {
        true => Ok(answer["body"].clone()),
        false => Err(why),
    }
}

/// Unusual forms of requests that clients send, each with the plain form that means the same.
#[test]
fn odd_forms_are_understood() {
    let (project, mut console) = opened();
    let main = project.path("main.py");
    let frame = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["id"].clone();
    let scopes = console.request("scopes", json!({"frameId": frame}));
    let variables = scopes["scopes"][0]["variablesReference"].clone();
    let float = |number: &Value| json!(number.as_f64().expect("a number"));
    #[rustfmt::skip]
    let cases: &[(&str, &str, Value, Value)] = &[
        // Helix sends null for missing values.
        ("Helix", "threads", Value::Null, json!({})),
        ("Helix", "stackTrace", json!({"threadId": 1, "startFrame": null, "levels": null, "format": null}), json!({"threadId": 1})),
        ("Helix", "variables", json!({"variablesReference": variables, "filter": null, "start": null, "count": null}), json!({"variablesReference": variables})),
        ("Helix", "evaluate", json!({"expression": "1 + 1", "frameId": null, "context": null, "format": null}), json!({"expression": "1 + 1"})),
        ("Helix", "setExceptionBreakpoints", json!({"filters": ["raised"], "filterOptions": null}), json!({"filters": ["raised"]})),
        ("Helix", "setBreakpoints", json!({"source": {"path": main, "sourceReference": null, "checksums": null}, "breakpoints": [{"line": 2, "column": null, "condition": null, "hitCondition": null, "logMessage": null}]}), json!({"source": {"path": main}, "breakpoints": [{"line": 2}]})),
        // Lua's empty table is a list, and its numbers may be floats.
        ("nvim-dap", "threads", json!([]), json!({})),
        ("nvim-dap", "setBreakpoints", json!({"source": {"path": main, "name": "main.py"}, "sourceModified": false, "lines": [], "breakpoints": []}), json!({"source": {"path": main}})),
        ("nvim-dap", "evaluate", json!({"expression": "1 + 1", "frameId": float(&frame), "format": []}), json!({"expression": "1 + 1", "frameId": frame})),
        ("nvim-dap", "scopes", json!({"frameId": float(&frame)}), json!({"frameId": frame})),
        ("nvim-dap", "completions", json!({"frameId": frame, "text": "bo", "column": 3.0}), json!({"frameId": frame, "text": "bo", "column": 3})),
        // nil of Emacs is an empty object.
        ("dap-mode", "setFunctionBreakpoints", json!({"breakpoints": {}}), json!({"breakpoints": []})),
        ("dap-mode", "setExceptionBreakpoints", json!({"filters": {}}), json!({"filters": []})),
        ("dape", "setExceptionBreakpoints", json!({"filters": [], "filterOptions": {}, "exceptionOptions": {}}), json!({})),
        ("dape", "setDataBreakpoints", json!({"breakpoints": null}), json!({"breakpoints": []})),
        ("dape", "source", json!({"source": {"path": main, "sourceReference": 0}, "sourceReference": 0}), json!({"source": {"path": main}})),
        // Many clients send a hit count as a number.
        ("any", "setBreakpoints", json!({"source": {"path": main}, "breakpoints": [{"line": 2, "hitCondition": 2}]}), json!({"source": {"path": main}, "breakpoints": [{"line": 2, "hitCondition": "2"}]})),
        ("Lua", "setFunctionBreakpoints", json!({"breakpoints": [{"name": "f", "hitCondition": 2.0}]}), json!({"breakpoints": [{"name": "f", "hitCondition": "2"}]})),
        ("any", "setDataBreakpoints", json!({"breakpoints": [{"dataId": "1", "hitCondition": 2}]}), json!({"breakpoints": [{"dataId": "1", "hitCondition": "2"}]})),
        // VS Code sends fields that the adapter does not use, and fields of later versions of the protocol.
        ("VS Code", "setBreakpoints", json!({"source": {"name": "main.py", "path": main, "adapterData": {"x": [1]}, "presentationHint": "odd"}, "lines": [2], "breakpoints": [{"line": 2, "mode": "odd", "column": "odd"}], "sourceModified": 5}), json!({"source": {"path": main}, "breakpoints": [{"line": 2}]})),
        ("VS Code", "evaluate", json!({"expression": "1 + 1", "context": "newer", "line": 1, "column": 1, "source": {"path": 5}}), json!({"expression": "1 + 1"})),
        ("VS Code", "stackTrace", json!({"threadId": 1, "startFrame": 0, "levels": 0, "format": {"hex": 1}}), json!({"threadId": 1})),
        ("VS Code", "setExceptionBreakpoints", json!({"filters": [], "filterOptions": [{"filterId": "newer", "condition": ""}]}), json!({"filters": ["newer"]})),
        ("VS Code", "source", json!({"sourceReference": 1, "source": {"path": "gone", "sourceReference": 1}}), json!({"sourceReference": 1})),
        // Kate and Zed send signed numbers.
        ("Kate", "stackTrace", json!({"threadId": 1, "levels": 20, "startFrame": -1}), json!({"threadId": 1, "levels": 20})),
        ("Kate", "evaluate", json!({"expression": "1 + 1", "context": "repl", "frameId": -1}), json!({"expression": "1 + 1"})),
        ("Zed", "variables", json!({"variablesReference": variables, "start": null, "count": 0}), json!({"variablesReference": variables})),
        ("Zed", "breakpointLocations", json!({"source": {"path": main}, "line": 1, "endLine": null, "column": null}), json!({"source": {"path": main}, "line": 1})),
        ("Zed", "loadedSources", json!([]), json!({})),
    ];
    // Breakpoints get new numbers each time.
    let plain = |answer: Result<Value, String>| {
        answer.map(|mut body| {
            let all = body["breakpoints"].as_array_mut().into_iter().flatten();
            all.filter_map(Value::as_object_mut).for_each(|breakpoint| drop(breakpoint.remove("id")));
            body
        })
    };
    for (client, command, odd, usual) in cases {
        let found = plain(answer(&mut console, command, odd));
        assert!(found.is_ok(), "{client}: {command} {odd}: {found:?}");
        assert_eq!(found, plain(answer(&mut console, command, usual)), "{client}: {command} {odd}");
    }
}

/// Requests that begin and end a session are accepted even if parts of them are invalid.
#[test]
fn sessions_begin_and_end_whatever_clients_say_of_themselves() {
    let (project, mut console) = opened();
    let odd = json!({"adapterID": 5, "clientID": ["x"], "linesStartAt1": false, "supportsInvalidatedEvent": "yes"});
    assert!(answer(&mut console, "initialize", &odd).is_ok());
    let source = json!({"path": project.path("main.py")});
    let set = console.request("setBreakpoints", json!({"source": source, "breakpoints": [{"line": 1}]}));
    assert_eq!(set["breakpoints"][0]["line"], 1, "lines count from 0");
    assert!(answer(&mut console, "disconnect", &json!({"terminateDebuggee": "odd"})).is_ok());
}

/// Invalid requests are refused with a message that names the field.
#[test]
fn what_is_wrong_is_named() {
    let (_project, mut console) = opened();
    let cases = [
        ("evaluate", json!(5), "the arguments of evaluate must be an object, not 5"),
        ("scopes", json!(["x"]), "the arguments of scopes must be an object, not [\"x\"]"),
        ("evaluate", json!({}), "evaluate needs an expression"),
        ("evaluate", json!({"expression": 5}), "evaluate: \"expression\" must be a string, not 5"),
        ("evaluate", json!({"expression": "1", "frameId": "7"}), "\"frameId\" must be a whole number, not \"7\""),
        ("evaluate", json!({"expression": "1", "frameId": 1.5}), "\"frameId\" must be a whole number, not 1.5"),
        ("evaluate", json!({"expression": "1", "format": {"hex": 1}}), "\"format.hex\" must be true or false, not 1"),
        ("evaluate", json!({"expression": "1", "format": "hex"}), "\"format\" must be an object, not \"hex\""),
        ("variables", json!({"variablesReference": "1"}), "\"variablesReference\" must be a whole number"),
        ("variables", Value::Null, "variables needs a variablesReference"),
        (
            "setBreakpoints",
            json!({"source": {"path": "a.py"}, "breakpoints": 5}),
            "\"breakpoints\" must be a list of objects, not 5",
        ),
        (
            "setBreakpoints",
            json!({"source": {"path": "a.py"}, "breakpoints": [{"line": 1}, {"line": 2, "hitCondition": [5]}]}),
            "\"breakpoints[1].hitCondition\" must be a string or a number, not [5]",
        ),
        ("setBreakpoints", json!({"source": ["a.py"]}), "\"source\" must be an object, not [\"a.py\"]"),
        ("setBreakpoints", json!({"breakpoints": []}), "the source has no path"),
        (
            "setBreakpoints",
            json!({"source": {"path": "a"}, "breakpoints": [[1]]}),
            "\"breakpoints[0]\" must be an object, not [1]",
        ),
        ("setExceptionBreakpoints", json!({"filters": [5]}), "\"filters[0]\" must be a string, not 5"),
        (
            "setExceptionBreakpoints",
            json!({"filters": {"raised": true}}),
            "\"filters\" must be a list of strings, not {",
        ),
        ("connie/seek", json!({"step": "5"}), "\"step\" must be a whole number, not \"5\""),
        ("connie/seek", json!([]), "connie/seek needs a step"),
        ("goto", json!({"targetId": true}), "\"targetId\" must be a whole number, not true"),
        ("next", json!({"threadId": {}}), "\"threadId\" must be a whole number, not {}"),
        ("restart", json!({"arguments": 5}), "\"arguments\" must be an object, not 5"),
        ("restart", json!({"arguments": {"pathMappings": 5}}), "\"pathMappings\" must be a list of objects, not 5"),
        ("attach", json!(5), "attach needs a configuration"),
        ("attach", json!({"recording": 5}), "\"recording\" must be a string, not 5"),
        ("attach", json!({"processId": true}), "\"processId\" must be the number of a process, not true"),
        ("launch", json!({"program": ["a.py"]}), "\"program\" must be a string, not [\"a.py\"]"),
        ("launch", json!({"program": "a.py", "stopOnEntry": 1}), "\"stopOnEntry\" must be true or false, not 1"),
        ("launch", json!({"program": "a.py", "env": "A=1"}), "\"env\" must be an object, not \"A=1\""),
        ("launch", json!({"program": "a.py", "args": [1]}), "\"args\" must be a list of strings, not [1]"),
        ("launch", json!({"program": "a.py", "locals": "some"}), "\"locals\" must be named or all, not \"some\""),
        ("launch", json!({"program": "a.py", "python": 5}), "\"python\" must be a string or a list of strings, not 5"),
        ("launch", json!({"pythonPath": [5]}), "\"pythonPath\" must be a string or a list of strings, not [5]"),
        ("launch", json!({"code": {"a": 1}}), "\"code\" must be a string or a list of strings, not {"),
        ("launch", json!({"onTerminate": "x"}), "\"onTerminate\" must be kill or KeyboardInterrupt, not \"x\""),
        ("attach", json!({"sources": "files"}), "\"sources\" must be recorded, not \"files\""),
        ("launch", json!({"include": {"a": 1}}), "\"include\" must be a list of strings, not {"),
        ("launch", json!({"limits": [1]}), "\"limits\" must be an object, not [1]"),
    ];
    for (command, arguments, words) in cases {
        let why = answer(&mut console, command, &arguments).expect_err(words);
        assert!(why.contains(words), "{command} {arguments}: {why}");
    }
    assert!(answer(&mut console, "threads", &Value::Null).is_ok());
}

/// The requests, and after the name of each one the fields that it reads, including those of nested objects and lists.
const REQUESTS: [&str; 46] = [
    "initialize",
    "launch",
    "attach",
    "configurationDone",
    "restart",
    "cancel",
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "breakpointLocations",
    "dataBreakpointInfo",
    "setDataBreakpoints",
    "threads",
    "stackTrace",
    "scopes",
    "exceptionInfo",
    "readMemory",
    "variables",
    "evaluate",
    "completions",
    "setVariable",
    "setExpression",
    "locations",
    "source",
    "loadedSources",
    "modules",
    "connie/timeline",
    "connie/flame",
    "connie/call",
    "gotoTargets",
    "next",
    "stepIn",
    "stepInTargets",
    "stepOut",
    "stepBack",
    "connie/stepBackInto",
    "connie/stepBackOut",
    "continue",
    "reverseContinue",
    "pause",
    "goto",
    "connie/seek",
    "restartFrame",
    "connie/lastWrite",
    "connie/history",
    "connie/occurrences",
];

/// Fields of arguments, without those that would run a program or record a process.
const FIELDS: [&str; 51] = [
    "source",
    "path",
    "sourceReference",
    "breakpoints",
    "line",
    "endLine",
    "condition",
    "hitCondition",
    "logMessage",
    "name",
    "filters",
    "filterOptions",
    "filterId",
    "variablesReference",
    "frameId",
    "dataId",
    "accessType",
    "threadId",
    "startFrame",
    "levels",
    "filter",
    "start",
    "count",
    "format",
    "hex",
    "expression",
    "context",
    "text",
    "column",
    "locationReference",
    "memoryReference",
    "offset",
    "targetId",
    "granularity",
    "step",
    "later",
    "after",
    "requestId",
    "progressId",
    "arguments",
    "pathMappings",
    "console",
    "limits",
    "linesStartAt1",
    "from",
    "to",
    "width",
    "row",
    "rows",
    "first",
    "last",
];

fn json_value() -> impl Strategy<Value = Value> {
    let words = ["", "x", "box", "total", "raised", ":where", "5", "% 2", "main.py", "read", "named", "\u{0}é", "1 +"];
    let number = prop_oneof![
        -2i64..12,
        prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 32, (1 << 32) + 1, i64::from(u32::MAX)]),
    ];
    let leaf = prop_oneof![
        2 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        6 => number.prop_map(Value::from),
        1 => prop::sample::select(vec![json!(u64::MAX), json!(1e300), json!(-0.5), json!(3.0)]),
        6 => prop::sample::select(words.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let fields = (prop::sample::select(FIELDS.to_vec()), inner.clone());
        let object = prop::collection::vec(fields, 0..6)
            .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>());
        prop_oneof![1 => prop::collection::vec(inner, 0..4).prop_map(Value::from), 3 => object.prop_map(Value::from)]
    })
}

/// Whatever its arguments are, a request has one answer, and the session continues.
#[test]
fn anything_has_an_answer() {
    let (_project, mut console) = opened();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let console = std::cell::RefCell::new(&mut console);
    for command in REQUESTS {
        runner
            .run(&json_value(), |arguments| {
                let mut console = console.borrow_mut();
                let _ = answer(&mut console, command, &arguments);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        let mut console = console.borrow_mut();
        assert!(answer(&mut console, "threads", &Value::Null).is_ok(), "after {command}");
    }
    let mut console = console.borrow_mut();
    console.ask("initialize", json!({"adapterID": "connie"}));
    assert!(console.say(":where").starts_with("step "), "{}", console.say(":where"));
}
