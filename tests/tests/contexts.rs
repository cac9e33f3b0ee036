//! What context variables hold, and what proxies stand for, at each moment and in each frame: never what another task,
//! thread or context has.

#[path = "contexts/generated.rs"]
mod generated;

use std::path::PathBuf;
use std::process::Command;

use connie_history::answers::{Asked, Version};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{Direction, Timeline};
use connie_recording::Recording;
use connie_recording::player::Event;
use connie_recording::render::{Bounds, Renderer};
use connie_tests::console::Console;
use connie_tests::{Project, connie, pythons, text};
use serde_json::{Value, json};

/// Versions with different events, and with tagged references.
const MINORS: [u32; 3] = [10, 12, 14];

fn some_pythons() -> Vec<(u32, PathBuf)> {
    let all = pythons();
    let some: Vec<_> = all.iter().filter(|(minor, _)| MINORS.contains(minor)).cloned().collect();
    if some.is_empty() { all } else { some }
}

fn recorded(python: &std::path::Path, program: &str, libraries: &str) -> (Project, Recording) {
    let project = Project::new(program);
    let mut command = project.command(&connie_tests::connie(), &["run", "--quiet", "--output", "r.connie", "--python"]);
    let output = command.arg(python).arg("main.py").env("PYTHONPATH", libraries).output().expect("connie runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let recording = Recording::open(&project.path("r.connie")).expect("a recording");
    (project, recording)
}

/// The value of an expression in the frame of each line step at a line, or the reason why there is none.
fn at_line(recording: &Recording, line: u32, expression: &str) -> Vec<String> {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let parsed = connie_expression::Expression::parse(expression).expect("an expression");
    let mut found = Vec::new();
    for step in 1..=recording.last_step() {
        let moment = Moment::at(recording, step).expect("a step");
        let Some(frame) = moment.step.frame.filter(|frame| frame.line == line && moment.step.event == Event::Line)
        else {
            continue;
        };
        let source = recording.function(frame.code).map_or(0, |function| function.source);
        let globals = modules.namespace(recording, &timeline, source, frame.frame);
        let scope = moment.scope(frame, globals);
        found.push(match parsed.eval(&scope) {
            Ok(connie_expression::Got::Value(value)) => Renderer::new(&moment.player, Bounds::default()).text(&value),
            Ok(made) => connie_expression::text(&moment.player, &made, Bounds::default()),
            Err(problem) => problem.to_string(),
        });
    }
    found
}

/// Asserts the comments of a program: `#? EXPRESSION = VALUE | VALUE …`, with a value for each time the line is about to
/// run.
fn check(program: &str, libraries: &str) {
    check_on(&some_pythons(), program, libraries);
}

fn check_on(pythons: &[(u32, PathBuf)], program: &str, libraries: &str) {
    for (minor, python) in pythons {
        let (_project, recording) = recorded(python, program, libraries);
        for (n, line) in program.lines().enumerate() {
            let Some((_, questions)) = line.split_once("#? ") else { continue };
            for question in questions.split("; ") {
                let (expression, wanted) = question.split_once(" = ").expect("a value");
                let found = at_line(&recording, n as u32 + 1, expression).join(" | ");
                assert_eq!(found, wanted, "3.{minor}, line {}: {expression}", n + 1);
            }
        }
    }
}

const TASKS: &str = r#"import asyncio
from contextvars import ContextVar, copy_context
import threading

user = ContextVar("user", default="nobody")
other = ContextVar("other")


def show():
    seen = user.get()
    return seen  #? user.get() = 'ann' | 'bob' | 'inner' | 'nobody'


async def task(name):
    user.set(name)  #? user.get() = 'nobody' | 'nobody'
    await asyncio.sleep(0)  #? user.get() = 'ann' | 'bob'
    seen = user.get()  #? user.get() = 'ann' | 'bob'; user = <ContextVar name='user' default='nobody' value='ann'> | <ContextVar name='user' default='nobody' value='bob'>
    token = other.set([name])  #? other.get() = LookupError: this context variable is not set | LookupError: this context variable is not set; other.get(3) = 3 | 3; other = <ContextVar name='other' unset> | <ContextVar name='other' unset>
    await asyncio.sleep(0)  #? other.get() = ['ann'] | ['bob']; token = <Token var=<ContextVar name='other' value=['ann']>> | <Token var=<ContextVar name='other' value=['bob']>>
    other.get().append(1)
    here = show()  #? other.get() = ['ann', 1] | ['bob', 1]; other.get()[0] == name = True | True
    other.reset(token)
    return seen, here  #? other.get(None) = None | None


async def main():
    return await asyncio.gather(task("ann"), task("bob"))


asyncio.run(main())
user.set("top"); copy_context().run(user.set, "inner")
inner = copy_context()  #? user.get() = 'top'
inner.run(user.set, "inner")
inner.run(show)  #? user.get() = 'top'
t = threading.Thread(target=show)
if hasattr(threading.Thread, "_ctx"): pass
import sys
if sys.version_info < (3, 14) or not sys.flags.thread_inherit_context:
    t.start(); t.join()  #? user.get() = 'top'
x = user.get()
"#;

#[test]
fn each_context_has_its_own_values() {
    check(TASKS, "");
}

const GENERATORS: &str = r#"from contextvars import ContextVar, copy_context, Context

var = ContextVar("var")


class Holder:
    def __init__(self):
        self.own = ContextVar("own", default=0)


holder = Holder()


def numbers():
    while True:
        yield var.get()  #? var.get() = 1 | 2 | 1


def deep(n):
    if n:
        deep(n - 1)
        return  #? var.get() = 13
    var.set(13)
    holder.own.set(7)  #? var.get() = 13; holder.own.get() = 0
    n = 5  #? holder.own.get() = 7; holder.own.name = 'own'


var.set(1)
it = numbers()
next(it)
other = copy_context()
other.run(var.set, 2)
other.run(next, it)
next(it)  #? var.get() = 1
copy_context().run(deep, 1)
Context().run(print)  #? var.get() = 1; holder.own.get() = 0
var.set(var.get() + 1)
token = var.set(30)  #? var.get() = 2
var.reset(token)  #? var.get() = 30; token.old_value = not evaluated: the attribute old_value of Token was not recorded
x = 1  #? var.get() = 2
"#;

#[test]
fn a_frame_that_goes_on_in_another_context_sees_its_values() {
    check(GENERATORS, "");
}

/// Variables that code outside of the recording set before recorded code saw them.
const EARLIER: &str = r#"import hidden
from contextvars import copy_context
from hidden import other, user


def look():
    here = user.get()  #? user.get() = 'kim'; other.get() = 5
    there = other.get()
    hidden.put(6)  #? there = 5; other.get() = 5
    return here, there  #? other.get() = 6


def first_seen(var):
    before = var  #? var.get() = 'outer' | 'inner'
    hidden.made("later")  #? var.get() = 'outer' | 'inner'
    return before  #? var.get() = 'later' | 'later'


def within():
    return first_seen(hidden.made("inner"))


look()
kept = first_seen(hidden.made("outer"))
copy_context().run(within)  #? kept.get() = 'later'
hidden.made("end")
done = 1  #? kept.get() = 'end'; user.get() = 'kim'; other.get() = 6
"#;

const HIDDEN: &str = "from contextvars import ContextVar\nuser = ContextVar('user')\n\
                      other = ContextVar('other', default=3)\n_made = ContextVar('made')\nuser.set('kim')\nother.set(5)\n\
                      def put(n): other.set(n)\ndef made(value):\n    _made.set(value)\n    return _made\n";

#[test]
fn values_set_before_the_first_sight_are_shown() {
    let libraries = tempfile::tempdir().expect("a folder");
    std::fs::write(libraries.path().join("hidden.py"), HIDDEN).expect("a module");
    check(EARLIER, &libraries.path().to_string_lossy());
}

const PROXIES: &str = r#"from contextvars import ContextVar
from werkzeug.local import Local, LocalProxy, LocalStack


class Row(dict):
    pass


class AppContext:
    def __init__(self, name):
        self.g = Globals()
        self.name = name
        self.deep = self

    @property
    def made(self):
        return self.name


class Globals:
    pass


context = ContextVar("app")
app = LocalProxy(context)
g = LocalProxy(context, "g", unbound_message="outside")
far = LocalProxy(context, "deep.g")
made = LocalProxy(context, "made")
called = LocalProxy(lambda: context.get().g)
local = Local()
name = local("name")
stack = LocalStack()
top = stack()
over = stack("g")


def view(n):
    context.set(AppContext("app"))  #? type(g) is LocalProxy = True | True
    g.user = {"id": n}  #? app.name = 'app' | 'app'
    g.method = "GET"  #? g.user["id"] = 1 | 2; isinstance(g, Globals) = True | True; far.user = {'id': 1} | {'id': 2}
    local.name = n  #? g.method == "GET" and g.user["id"] == n = True | True; g.missing = AttributeError: 'Globals' object has no attribute 'missing' | AttributeError: 'Globals' object has no attribute 'missing'
    stack.push(app._get_current_object())  #? name + 1 = 2 | 3
    context.get().g = Globals()  #? top.name = 'app' | 'app'; over.method = 'GET' | 'GET'; g is None = False | False
    g.user = None  #? len(vars(g)) = 0 | 0; made.x = not evaluated: what this proxy stands for was not recorded here | not evaluated: what this proxy stands for was not recorded here
    own = context.get(); own.g = own
    own.more = [n]  #? g.name = 'app' | 'app'; called.user = not evaluated: what this proxy stands for was not recorded here | not evaluated: what this proxy stands for was not recorded here
    stack.pop()  #? g.more = [1] | [2]
    return g  #? top.name = RuntimeError: this proxy is not bound to an object here | RuntimeError: this proxy is not bound to an object here


def all_that_are_read():
    return app, g, far, made, called, name, top, over


all_that_are_read()
for n in 1, 2:
    view(n)
"#;

#[test]
fn proxies_show_what_they_stand_for() {
    let Some(libraries) = std::env::var_os("CONNIE_TEST_LIBRARIES") else { return };
    check(PROXIES, &libraries.to_string_lossy());
}

/// Flask 2.0 and 2.1 make their proxies in another way than later versions.
#[test]
fn proxies_of_old_flask_show_what_they_stand_for() {
    let program = include_str!("contexts/flask_app.py");
    for variable in ["CONNIE_TEST_FLASK20", "CONNIE_TEST_FLASK21"] {
        let Some(libraries) = std::env::var_os(variable) else {
            println!("skipped: {variable} names no folder with Flask (cargo xtask test fetches it)");
            assert!(std::env::var_os("CI").is_none(), "a test was skipped");
            continue;
        };
        for (minor, python) in some_pythons() {
            let mut import = Command::new(&python);
            import.args(["-W", "ignore", "-c", "import flask; flask.Flask('shop')"]).env("PYTHONPATH", &libraries);
            if !import.output().is_ok_and(|output| output.status.success()) {
                println!("skipped: Python 3.{minor} cannot run the Flask of {variable}");
                continue;
            }
            check_on(&[(minor, python)], program, &libraries.to_string_lossy());
        }
    }
}

/// Variables, children and watches of a debugger.
#[test]
fn a_debugger_shows_what_a_proxy_stands_for() {
    let Some(libraries) = std::env::var_os("CONNIE_TEST_LIBRARIES") else { return };
    let (_, python) = connie_tests::usual_python();
    let (project, _) = recorded(&python, PROXIES, &libraries.to_string_lossy());
    let mut console = Console::open(&project, "r.connie");
    let line = PROXIES.lines().position(|line| line.contains("local.name = n")).expect("a line") + 1;
    let here = json!({
        "source": {"path": project.path("main.py")},
        "breakpoints": [{"line": line, "condition": "g.user['id'] == 2"}],
    });
    console.request("setBreakpoints", here);
    console.start();
    assert_eq!(console.say("n, g.user"), "(2, {'id': 2})");
    assert!(
        console.say("context").starts_with("<ContextVar name='app' value=<AppContext "),
        "{}",
        console.say("context")
    );
    let top = console.request("stackTrace", json!({"threadId": 1}))["stackFrames"][0]["id"].clone();
    let scopes = console.request("scopes", json!({"frameId": top}))["scopes"].clone();
    let globals =
        scopes.as_array().and_then(|all| all.iter().find(|scope| scope["name"] == "Globals")).expect("globals");
    let children = |console: &mut Console, of: &Value| -> Vec<Value> {
        let body = console.request("variables", json!({"variablesReference": of}));
        body["variables"].as_array().cloned().unwrap_or_default()
    };
    let all = children(&mut console, &globals["variablesReference"]);
    let one = |name: &str| all.iter().find(|variable| variable["name"] == name).expect("a variable").clone();
    assert_eq!(one("g")["value"], "<Globals user={'id': 2} method='GET'>");
    let inner = children(&mut console, &one("g")["variablesReference"]);
    assert_eq!((&inner[0]["name"], &inner[0]["value"]), (&json!("user"), &json!("{'id': 2}")));
}

/// A program without context variables is recorded as before, and a variable that no code names is not read.
#[test]
fn what_no_code_names_is_not_read() {
    let program = "from contextvars import ContextVar, copy_context\nvar = ContextVar('var')\n\
                   def f():\n    copy_context()\n    return 1\nx = f()\n";
    for (minor, python) in some_pythons() {
        let (_project, recording) = recorded(&python, program, "");
        let found = at_line(&recording, 5, "var.get(1)");
        assert_eq!(found, ["not evaluated: what this context variable holds was not recorded here"], "3.{minor}");
    }
}

#[test]
fn values_are_those_that_the_program_reads() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (minor, python) in some_pythons() {
        for seed in 0..3 {
            let program = generated::program(seed + u64::from(minor) * 100);
            let found = generated::judge(&python, &program);
            asked += found.0;
            wrong.extend(found.1.into_iter().map(|wrong| format!("3.{minor}, {seed}: {wrong}")));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    assert!(asked > 1000, "{asked}");
}

/// The versions of what a context variable holds at each line step at a line, the latest first: line and value.
fn versions_at(recording: &Recording, line: u32, name: &str) -> Vec<Vec<(u32, String)>> {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = connie_history::History { recording, timeline: &timeline, modules: &modules };
    let mut found = Vec::new();
    for step in 1..=recording.last_step() {
        let moment = Moment::at(recording, step).expect("a step");
        if moment.step.event != Event::Line {
            continue;
        }
        let Some(frame) = moment.step.frame.filter(|frame| frame.line == line) else { continue };
        let of = Asked { text: name.to_owned(), step, frame: frame.frame };
        let versions = history.versions(&of, step, Direction::Backward, 10).expect("versions");
        let one = |version: &Version| {
            let first = if version.changed.is_empty() { "" } else { ", first seen" };
            (version.at.line, format!("{}{first}", version.value.as_deref().unwrap_or("unset")))
        };
        found.push(versions.iter().map(one).collect());
    }
    found
}

#[test]
fn the_history_of_a_context_variable_lists_its_sets() {
    let program = "import asyncio\nfrom contextvars import ContextVar, copy_context\n\nuser = ContextVar('user', default='nobody')\n\n\n\
                   async def task(name):\n    token = user.set(name)\n    await asyncio.sleep(0)\n    user.set(name * 2)\n    \
                   await asyncio.sleep(0)\n    user.reset(token)\n    return user.get()\n\n\n\
                   async def main():\n    await asyncio.gather(task('a'), task('b'))\n\n\n\
                   user.set('top')\nasyncio.run(main())\nlast = user.get()\nprint(last)\n";
    for (minor, python) in some_pythons() {
        let (_project, recording) = recorded(&python, program, "");
        let lines = |versions: &[(u32, String)]| {
            versions.iter().map(|(line, value)| format!("{line}: {value}")).collect::<Vec<_>>()
        };
        let in_tasks = versions_at(&recording, 13, "user");
        assert_eq!(in_tasks.len(), 2, "3.{minor}");
        for (versions, name) in in_tasks.iter().zip(["a", "b"]) {
            let found = lines(versions);
            let wanted = ["12: 'top'".to_owned(), format!("10: '{name}{name}'"), format!("8: '{name}'")];
            assert_eq!(found[..3], wanted, "3.{minor}: {found:?}");
            assert!(found[3..].iter().any(|one| one.ends_with("'top', first seen")), "3.{minor}: {found:?}");
            assert!(found.last().is_some_and(|last| last.starts_with("4: <ContextVar")), "3.{minor}: {found:?}");
        }
        let at_the_end = lines(&versions_at(&recording, 23, "user")[0]);
        assert!(at_the_end[0].starts_with("20: 'top'"), "3.{minor}: {at_the_end:?}");
    }
}

/// The memory of dead objects is filled with a pattern here, so that reading one does not go unnoticed.
#[test]
fn variables_and_proxies_that_died_are_not_read() {
    let program = "import contextvars, threading\n\n\ndef used(n):\n    v = contextvars.ContextVar('v', default=[n])\n    \
                   v.get().append(n)\n    return v.get()\n\n\ndef after(n):\n    return n + 1\n\n\nfor i in range(30):\n    x = used(i)\n    \
                   y = contextvars.copy_context().run(after, i)\n    t = threading.Thread(target=after, args=(i,))\n    t.start()\n    t.join()\n\
                   kept = contextvars.ContextVar('kept', default=5)\nz = after(kept.get())\nprint(x, y, z)\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let mut command = project.command(&connie(), &["run", "--quiet", "--recheck", "full", "--python"]);
        let output = command.arg(&python).arg("main.py").env("PYTHONMALLOC", "debug").output().expect("connie runs");
        let said = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert_eq!(said, (Some(0), "[29, 29] 30 6\n".to_owned(), String::new()), "3.{minor}: {}", output.status);
        let steps = project.replay(&["--locals", "all"]);
        assert!(steps.iter().any(|step| step["function"] == "used"), "3.{minor}");
    }
}
