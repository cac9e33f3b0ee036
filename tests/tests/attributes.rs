//! Attributes of classes, functions and modules: in variables, expressions, histories, breakpoints, replay and compare.

use std::io::{Read, Write};
use std::process::{Child, Stdio};

use connie_tests::{Project, connie, pythons, text};
use serde_json::{Value, json};

const PLAYERS: &str = "\
class Player:
    badges = []
    limit = 10
    def award(self, b):
        self.badges.append(b)
        Player.limit = Player.limit - 1
    @property
    def loud(self):
        raise AssertionError('nobody may call this')
a = Player()
b = Player()
a.award('gold')
b.award('iron')
def look(p):
    assert len(p.badges) == 1, p.badges
look(b)
";

/// A debug adapter on pipes, attached to the recording `run.connie` of a project.
struct Adapter {
    process: Child,
    seq: i64,
    stopped: Value,
}

impl Adapter {
    fn attach(project: &Project, at: &str) -> Self {
        let mut command = project.command(&connie(), &["dap"]);
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the adapter starts");
        let mut adapter = Self { process, seq: 0, stopped: Value::Null };
        adapter.ask("initialize", json!({"adapterID": "connie", "supportsVariableType": true}));
        let recording = project.path("run.connie");
        adapter.send("attach", &json!({"recording": recording, "stopAt": at}));
        adapter.ask("configurationDone", json!({}));
        while adapter.stopped.is_null() {
            adapter.next();
        }
        adapter
    }

    fn send(&mut self, command: &str, arguments: &Value) {
        self.seq += 1;
        let body = json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments}).to_string();
        let pipe = self.process.stdin.as_mut().expect("a pipe");
        write!(pipe, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("it is written");
        pipe.flush().expect("it is written");
    }

    fn next(&mut self) -> Value {
        let pipe = self.process.stdout.as_mut().expect("a pipe");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            pipe.read_exact(&mut byte).expect("a message");
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let length = head.trim().rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        pipe.read_exact(&mut body).expect("a body");
        let message: Value = serde_json::from_slice(&body).expect("JSON");
        if message["event"] == "stopped" {
            self.stopped = message["body"].clone();
        }
        message
    }

    /// Sends a request. Returns the body of the answer, or the message of an error.
    fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.send(command, &arguments);
        let seq = self.seq;
        loop {
            let message = self.next();
            if message["request_seq"] == seq {
                return if message["success"] == true { message["body"].clone() } else { message["message"].clone() };
            }
        }
    }

    fn top(&mut self) -> Value {
        self.ask("stackTrace", json!({"threadId": 1, "levels": 1}))["stackFrames"][0].clone()
    }

    /// The value of an expression in the top frame, or the output of a console word.
    fn say(&mut self, expression: &str) -> String {
        let frame = self.top()["id"].clone();
        let answer = self.ask("evaluate", json!({"expression": expression, "frameId": frame, "context": "repl"}));
        let text = if answer.is_string() { &answer } else { &answer["result"] };
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The children of a variable, as (name, value).
    fn children(&mut self, reference: &Value) -> Vec<(String, Value)> {
        let found = self.ask("variables", json!({"variablesReference": reference}));
        let each = found["variables"].as_array().cloned().unwrap_or_default();
        each.into_iter().map(|one| (format!("{} = {}", one["name"], one["value"]).replace('"', ""), one)).collect()
    }

    fn locals(&mut self) -> Vec<(String, Value)> {
        let frame = self.top()["id"].clone();
        let scopes = self.ask("scopes", json!({"frameId": frame}));
        self.children(&scopes["scopes"][0]["variablesReference"])
    }

    fn line_after(&mut self, command: &str) -> Value {
        self.stopped = Value::Null;
        self.ask(command, json!({"threadId": 1}));
        while self.stopped.is_null() {
            self.next();
        }
        self.top()["line"].clone()
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn recorded(python: &std::path::Path, program: &str) -> Project {
    let project = Project::new(program);
    project.record(python, &["--output", "run.connie", "main.py"]);
    project
}

/// The lines of a history: (line, value), the latest first.
fn history(adapter: &mut Adapter, of: &str) -> Vec<(u32, String)> {
    let said = adapter.say(&format!(":history {of}"));
    let line = |text: &str| {
        let (_, rest) = text.split_once("line")?;
        let (number, value) = rest.trim_start().split_once("  ")?;
        // What changed, and where, comes after the value.
        let value = value.split("   ").next()?;
        Some((number.parse().ok()?, value.to_owned()))
    };
    said.lines().filter_map(line).collect()
}

fn pairs(all: &[(u32, &str)]) -> Vec<(u32, String)> {
    all.iter().map(|(line, value)| (*line, (*value).to_owned())).collect()
}

#[test]
fn class_attributes_are_evaluated_and_followed() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        let mut adapter = Adapter::attach(&project, "exception");
        let place = format!("on 3.{minor}");
        assert_eq!(adapter.say("p.badges"), "['gold', 'iron']", "{place}");
        assert_eq!(adapter.say("len(p.badges) == 2 and p.limit"), "8", "{place}");
        assert_eq!(adapter.say("Player.limit"), "8", "{place}");
        assert_eq!(adapter.say("type(p).limit"), "8", "{place}");
        assert_eq!(adapter.say("isinstance(p, Player), type(p) is Player"), "(True, True)", "{place}");
        assert!(adapter.say("p.loud").contains("computed"), "{place}: {}", adapter.say("p.loud"));
        assert!(adapter.say("p.award").contains("method"), "{place}: {}", adapter.say("p.award"));
        assert_eq!(adapter.say("Player.award"), "<function Player.award>", "{place}");
        assert!(adapter.say("p.none").contains("AttributeError"), "{place}: {}", adapter.say("p.none"));
        let why = adapter.say(":why p.badges");
        assert!(why.contains("line 2"), "{place}: {why}");
        assert_eq!(
            history(&mut adapter, "p.badges"),
            pairs(&[(5, "['gold', 'iron']"), (5, "['gold']"), (2, "[]")]),
            "{place}"
        );
        assert_eq!(history(&mut adapter, "p.badges[0]"), pairs(&[(5, "'gold'")]), "{place}");
        assert_eq!(history(&mut adapter, "p.badges[1]"), pairs(&[(5, "'iron'")]), "{place}");
        assert_eq!(history(&mut adapter, "Player.limit"), pairs(&[(6, "8"), (6, "9"), (3, "10")]), "{place}");
        assert_eq!(history(&mut adapter, "p.limit"), history(&mut adapter, "Player.limit"), "{place}");
    }
}

#[test]
fn variables_have_a_group_for_the_class() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        let mut adapter = Adapter::attach(&project, "exception");
        let locals = adapter.locals();
        let (_, p) = locals.iter().find(|(text, _)| text.starts_with("p = ")).expect("p").clone();
        let groups = adapter.children(&p["variablesReference"]);
        let names: Vec<&str> = groups.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(names, ["Class = <class Player>"], "on 3.{minor}");
        let members = adapter.children(&groups[0].1["variablesReference"]);
        let names: Vec<&str> = members.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(names, ["badges = ['gold', 'iron']", "limit = 8"], "on 3.{minor}");
        assert_eq!(members[1].1["evaluateName"], "p.limit", "on 3.{minor}");
    }
}

#[test]
fn data_breakpoints_stop_at_class_attributes() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        let mut adapter = Adapter::attach(&project, "exception");
        let frame = adapter.top()["id"].clone();
        let info = adapter.ask("dataBreakpointInfo", json!({"name": "p.limit", "frameId": frame}));
        assert!(info["dataId"].is_string(), "on 3.{minor}: {info}");
        let wanted = json!([{"dataId": info["dataId"], "accessType": "write"}]);
        adapter.ask("setDataBreakpoints", json!({"breakpoints": wanted}));
        let lines: Vec<Value> = (0..3).map(|_| adapter.line_after("reverseContinue")).collect();
        assert_eq!(lines, [6, 6, 3], "on 3.{minor}");
        let lines: Vec<Value> = (0..2).map(|_| adapter.line_after("continue")).collect();
        assert_eq!(lines, [6, 6], "on 3.{minor}");
    }
}

const MODULE: &str = "LEVEL = 1\nNAMES = []\ndef level():\n    return LEVEL\n";
const OTHERS: &str = "\
import conf
class Meta(type):
    table = {}
class Base(metaclass=Meta):
    __slots__ = ('x',)
    n = 1
class Sub(Base):
    rows = {}
def f(k):
    f.calls += 1
    f.seen[k] = f.calls
f.calls, f.seen = 0, {}
conf.LEVEL = 3
conf.NAMES.append('a')
f('a')
f('b')
s = Sub()
s.rows['k'] = s
Meta.table['s'] = 1
Sub.n = 2
del Sub.n
Base.n = 5
setattr(conf, 'LEVEL', 4)
raise SystemExit(1) if conf.level() != 4 else ValueError(s)
";

#[test]
fn functions_modules_and_metaclasses_are_evaluated_and_followed() {
    for (minor, python) in pythons() {
        let project = Project::new(OTHERS);
        project.write("conf.py", MODULE);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut adapter = Adapter::attach(&project, "exception");
        let place = format!("on 3.{minor}");
        for (asked, known) in [
            ("f.calls", "2"),
            ("f.seen", "{'a': 1, 'b': 2}"),
            ("conf.LEVEL", "4"),
            ("conf.NAMES", "['a']"),
            ("s.n", "5"),
            ("Sub.n", "5"),
            ("Base.table", "{'s': 1}"),
            ("Sub.rows['k'] is s", "True"),
        ] {
            assert_eq!(adapter.say(asked), known, "{place}: {asked}");
        }
        // A metaclass is not a class of the instance.
        assert!(adapter.say("s.table").contains("AttributeError"), "{place}: {}", adapter.say("s.table"));
        assert!(adapter.say("s.x").contains("AttributeError"), "{place}: {}", adapter.say("s.x"));
        assert_eq!(history(&mut adapter, "f.calls"), pairs(&[(10, "2"), (10, "1"), (12, "0")]), "{place}");
        let levels = history(&mut adapter, "conf.LEVEL");
        assert_eq!(levels, pairs(&[(23, "4"), (13, "3"), (1, "1")]), "{place}");
        assert_eq!(history(&mut adapter, "s.n"), pairs(&[(22, "5"), (6, "1")]), "{place}");
        assert_eq!(history(&mut adapter, "Base.table['s']"), pairs(&[(19, "1")]), "{place}");
        let story = project.connie(&["replay", "run.connie", "--no-pager"]);
        let story = text(&story.stdout);
        for told in ["f.calls=1", "f.seen={'a': 1}", "conf.LEVEL=3", "conf.NAMES=['a']", "Meta.table={'s': 1}"] {
            assert!(story.contains(told), "{place}: {told}\n{story}");
        }
        for told in ["Sub.n=2", "Sub.n=<deleted>", "Base.n=5", "conf.LEVEL=4"] {
            assert!(story.contains(told), "{place}: {told}\n{story}");
        }
    }
}

#[test]
fn the_story_tells_class_attributes_at_their_lines() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        let has = |line: &str, told: &str| story.lines().any(|row| row.contains(line) && row.contains(told));
        assert!(has("self.badges.append(b)", "Player.badges=['gold']"), "on 3.{minor}: {story}");
        assert!(has("self.badges.append(b)", "Player.badges=['gold', 'iron']"), "on 3.{minor}: {story}");
        assert!(has("Player.limit = Player.limit - 1", "Player.limit=9"), "on 3.{minor}: {story}");
        assert!(has("Player.limit = Player.limit - 1", "Player.limit=8"), "on 3.{minor}: {story}");
    }
}

#[test]
fn values_beside_the_code_are_those_of_the_class() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        let said = project.connie(&["export", "run.connie", "--output", "page.html"]);
        assert!(said.status.success(), "on 3.{minor}: {}", text(&said.stderr));
        let page = std::fs::read_to_string(project.path("page.html")).expect("a page");
        assert!(page.contains("<i>Player.limit</i> 8"), "on 3.{minor}: {page}");
    }
}

/// A new class at the address of a dead one has its own attributes, and so has a library's class.
#[test]
fn classes_that_die_leave_nothing_to_others() {
    let program = "\
import gc
def make(n):
    class Local:
        v = [n]
    Local.v.append(n + 1)
    return Local.v
for i in range(8):
    make(i)
    gc.collect()
import logging, argparse
parser = argparse.ArgumentParser()
done = 1
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        let told: Vec<&str> = story.lines().filter(|row| row.contains("Local.v.append")).collect();
        assert_eq!(told.len(), 8, "on 3.{minor}: {story}");
        for (n, row) in told.iter().enumerate() {
            assert!(row.contains(&format!("Local.v=[{n}, {}]", n + 1)), "on 3.{minor}: {row}");
        }
        for row in story.lines().filter(|row| row.contains("import logging") || row.contains("parser =")) {
            assert!(!row.contains("deleted") && !row.contains("Style"), "on 3.{minor}: {row}");
        }
    }
}

#[test]
fn compare_tells_class_attributes_that_differ() {
    for (minor, python) in pythons() {
        let project = recorded(&python, PLAYERS);
        project.write("main.py", &PLAYERS.replace("limit = 10", "limit = 20"));
        project.record(&python, &["--output", "other.connie", "main.py"]);
        let said = text(&project.connie(&["compare", "run.connie", "other.connie"]).stdout);
        assert!(said.contains("Player.limit"), "on 3.{minor}: {said}");
    }
}

const SUBCLASSES: &str = "\
import enum, collections
class Rows(list):
    count = 0
    names = []
    def add(self, x):
        self.append(x)
        self.count += 1
        self.names.append(x)
        assert self.count < 2, self
class Wrong(Exception):
    code = 1
    def __init__(self, text, code):
        super().__init__(text)
        self.code = code
class Planet(enum.Enum):
    EARTH = (5.97, 6.37)
    def __init__(self, mass, radius):
        self.mass = mass
class Pair(tuple):
    __slots__ = ()
    kind = 'pair'
class Point(collections.namedtuple('Point', 'x y')):
    origin = 0
class Named(str):
    level = 1
class Mixin:
    kept = 1
class Before(list, Mixin):
    x = 1
error = Wrong('text', 7)
error.code = 8
earth = Planet.EARTH
pair = Pair((1, 2))
point = Point(1, 2)
point.origin = 5
named = Named('n')
Named.level = 2
before = Before([1])
rows = Rows()
rows.add('a')
rows.mark = [1]
rows.mark.append(2)
rows.add('b')
";

/// An object that is shown by its contents can have attributes too, its own and those of its class.
#[test]
fn attributes_of_instances_of_builtin_subclasses_are_evaluated_and_followed() {
    for (minor, python) in pythons() {
        let project = recorded(&python, SUBCLASSES);
        let mut adapter = Adapter::attach(&project, "exception");
        let place = format!("on 3.{minor}");
        for (asked, known) in [
            ("self.count", "2"),
            ("self.names", "['a', 'b']"),
            ("self.mark", "[1, 2]"),
            ("Rows.count", "0"),
            ("rows.count + len(rows)", "4"),
            ("error.code", "8"),
            ("Wrong.code", "1"),
            ("error.args", "('text',)"),
            ("earth.mass", "5.97"),
            ("earth.value", "(5.97, 6.37)"),
            ("earth.name", "'EARTH'"),
            ("pair.kind", "'pair'"),
            ("point.origin", "5"),
            ("point.x", "1"),
            ("Point.origin", "0"),
            ("named.level", "2"),
            ("before.kept", "1"),
        ] {
            assert_eq!(adapter.say(asked), known, "{place}: {asked}");
        }
        for (asked, error) in [
            ("self.none", "'Rows' object has no attribute 'none'"),
            ("pair.none", "'Pair' object has no attribute 'none'"),
            ("named.code", "'Named' object has no attribute 'code'"),
            ("Rows.none", "type object 'Rows' has no attribute 'none'"),
            ("self.append", "not recorded"),
            ("self.add", "method"),
        ] {
            let said = adapter.say(asked);
            assert!(said.contains(error), "{place}: {asked}: {said}");
        }
        let why = adapter.say(":why self.count");
        assert!(why.contains("line 7"), "{place}: {why}");
        assert_eq!(history(&mut adapter, "self.count"), pairs(&[(7, "2"), (7, "1")]), "{place}");
        assert_eq!(history(&mut adapter, "self.mark[1]"), pairs(&[(42, "2")]), "{place}");
        assert_eq!(history(&mut adapter, "error.code"), pairs(&[(31, "8"), (14, "7")]), "{place}");
        assert_eq!(history(&mut adapter, "named.level"), pairs(&[(37, "2"), (25, "1")]), "{place}");
        let locals = adapter.locals();
        let (_, rows) = locals.iter().find(|(text, _)| text.starts_with("self = ")).expect("self").clone();
        let groups = adapter.children(&rows["variablesReference"]);
        let names: Vec<&str> = groups.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(names, ["0 = 'a'", "1 = 'b'", "count = 2", "mark = [1, 2]", "Class = <class Rows>"], "{place}");
        assert_eq!(groups[2].1["evaluateName"], "self.count", "{place}");
        let members = adapter.children(&groups[4].1["variablesReference"]);
        let names: Vec<&str> = members.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(names, ["count = 0", "names = ['a', 'b']"], "{place}");
        assert_eq!(members[1].1["evaluateName"], "self.names", "{place}");
        assert!(members[0].1["evaluateName"].is_null(), "{place}: {}", members[0].1);
        let info = adapter
            .ask("dataBreakpointInfo", json!({"name": "count", "variablesReference": rows["variablesReference"]}));
        let wanted = json!([{"dataId": info["dataId"], "accessType": "write"}]);
        adapter.ask("setDataBreakpoints", json!({"breakpoints": wanted}));
        let lines: Vec<Value> = (0..2).map(|_| adapter.line_after("reverseContinue")).collect();
        assert_eq!(lines, [7, 7], "{place}");
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        let has = |line: &str, told: &str| story.lines().any(|row| row.contains(line) && row.contains(told));
        assert!(has("self.count += 1", "self.count=1"), "{place}: {story}");
        assert!(has("rows.mark.append(2)", "rows.mark=[1, 2]"), "{place}: {story}");
    }
}

const CALLABLES: &str = "\
import functools, json, sys
class Service:
    x = [1]
    def meth(self):
        return 1
    meth.flag = 1
@functools.lru_cache
def cached(n):
    return n
part = functools.partial(cached, 1)
s = Service()
Service.meth.flag = 2
cached.names = ['a']
cached.names.append('b')
part.label = 'p'
json.JSONEncoder.registry = {}
json.JSONEncoder.registry['k'] = 1
sys.modules[__name__].direct = 1
sys.modules[__name__].direct = 2
globals()['made'] = 1
setattr(Service, 'later', 5)
type.__setattr__(Service, 'later', 6)
view = Service.__dict__
del Service.later
Service.x = [2]
del Service.x
class Fields:
    pass
a, b = Fields(), Fields()
b.__dict__ = a.__dict__
a.v = 1
b.v = 2
done = 1
raise ValueError(s)
";

/// Attributes of methods, of function wrappers, of a library's class, and of modules by other ways; and their deletion.
#[test]
fn attributes_of_callables_and_by_other_ways_are_evaluated_and_followed() {
    for (minor, python) in pythons() {
        let project = recorded(&python, CALLABLES);
        let mut adapter = Adapter::attach(&project, "exception");
        let place = format!("on 3.{minor}");
        for (asked, known) in [
            ("s.meth.flag", "2"),
            ("s.meth.__func__.flag", "2"),
            ("Service.meth.flag", "2"),
            ("cached.names", "['a', 'b']"),
            ("part.label", "'p'"),
            ("json.JSONEncoder.registry", "{'k': 1}"),
            ("direct", "2"),
            ("made", "1"),
            ("a.v", "2"),
        ] {
            assert_eq!(adapter.say(asked), known, "{place}: {asked}");
        }
        for (asked, error) in [
            ("s.x", "'Service' object has no attribute 'x'"),
            ("Service.x", "type object 'Service' has no attribute 'x'"),
            ("Service.later", "type object 'Service' has no attribute 'later'"),
            ("s.meth.none", "no attribute 'none'"),
        ] {
            let said = adapter.say(asked);
            assert!(said.contains("AttributeError") && said.contains(error), "{place}: {asked}: {said}");
        }
        assert!(!adapter.say("view").contains("'later'"), "{place}: {}", adapter.say("view"));
        assert_eq!(history(&mut adapter, "s.meth.flag"), pairs(&[(12, "2"), (6, "1")]), "{place}");
        assert_eq!(history(&mut adapter, "cached.names[1]"), pairs(&[(14, "'b'")]), "{place}");
        let gone = history(&mut adapter, "Service.x");
        assert_eq!(gone, pairs(&[(26, "<deleted>"), (25, "[2]"), (3, "[1]")]), "{place}");
        assert_eq!(history(&mut adapter, "s.x"), gone, "{place}");
        let why = adapter.say(":why Service.later");
        assert!(why.contains("line 24") && why.contains("delete"), "{place}: {why}");
    }
}

const OTHER_GLOBALS: &str = "\
import runpy, types, sys
COUNT = 100
log = []
def count():
    global COUNT
    COUNT = COUNT + 1
    log.append(COUNT)
    assert COUNT < 7, log
own = {'COUNT': 5, 'log': ['own'], 'only': 1}
other = types.FunctionType(count.__code__, own)
count() if len(sys.argv) > 1 else other()
if len(sys.argv) == 1:
    other()
";

const RUN_TWICE: &str = "\
import runpy, lib
lib.LEVEL = 5
names = runpy.run_path(lib.__file__, {'seed': 1})
names['bad'].__globals__['LEVEL'] = 8
lib.good()
names['bad']()
";

const WITH_LOCALS: &str = "\
import lib
code = compile(open(lib.__file__).read() + 'bad()', lib.__file__, 'exec')
exec(code, {'LEVEL': 3, 'seed': 4, 'bad': lib.bad}, {'__name__': 'other', 'LEVEL': 2})
";

/// A function that runs with other globals than its module's shows those.
#[test]
fn globals_are_those_that_the_frame_runs_with() {
    for (minor, python) in pythons() {
        let place = format!("on 3.{minor}");
        let project = recorded(&python, OTHER_GLOBALS);
        let mut adapter = Adapter::attach(&project, "exception");
        for (asked, known) in [("COUNT", "7"), ("log", "['own', 6, 7]"), ("only", "1")] {
            assert_eq!(adapter.say(asked), known, "{place}: {asked}");
        }
        assert!(adapter.say("types").contains("not known"), "{place}: {}", adapter.say("types"));
        assert_eq!(history(&mut adapter, "COUNT"), pairs(&[(6, "7"), (6, "6"), (9, "5")]), "{place}");
        let frame = adapter.top()["id"].clone();
        let scopes = adapter.ask("scopes", json!({"frameId": frame}));
        let all = scopes["scopes"].as_array().cloned().unwrap_or_default();
        let globals = all.iter().find(|scope| scope["name"] == "Globals").expect("globals");
        let names: Vec<String> =
            adapter.children(&globals["variablesReference"]).into_iter().map(|(text, _)| text).collect();
        assert!(
            names.contains(&"COUNT = 7".to_owned()) && names.contains(&"only = 1".to_owned()),
            "{place}: {names:?}"
        );
        let lib = "LEVEL = 1\ndef good():\n    return LEVEL\ndef bad():\n    assert LEVEL == 99, LEVEL\n";
        for (program, level, seed) in [(RUN_TWICE, "8", "1"), (WITH_LOCALS, "3", "4")] {
            let project = Project::new(program);
            project.write("lib.py", lib);
            project.record(&python, &["--output", "run.connie", "main.py"]);
            let mut adapter = Adapter::attach(&project, "exception");
            assert_eq!(adapter.say("LEVEL"), level, "{place}");
            assert_eq!(adapter.say("seed"), seed, "{place}");
        }
    }
}

/// Instances show the current name of their class, and keep their identity when their class is assigned.
#[test]
fn classes_that_are_assigned_or_renamed_are_shown_at_once() {
    let program = "\
class A:
    level = 1
class B:
    level = 2
class Rows(list):
    level = 3
a = A()
rows = Rows([a])
rows.mark = 1
def change(one):
    one.__class__ = B
    A.__qualname__ = 'Renamed'
    Rows.__qualname__ = 'Table'
    return one
change(a)
old = A()
raise ValueError(a)
";
    for (minor, python) in pythons() {
        let project = recorded(&python, program);
        let mut adapter = Adapter::attach(&project, "exception");
        let place = format!("on 3.{minor}");
        let said = ["a", "old", "A", "a.level", "rows[0] is a", "rows.mark"].map(|asked| adapter.say(asked));
        assert_eq!(said, ["<B>", "<Renamed>", "<class Renamed>", "2", "True", "1"], "{place}");
        assert_eq!(history(&mut adapter, "a").len(), 1, "{place}: {:?}", history(&mut adapter, "a"));
    }
}

/// The recorded attributes of a module are up to date also when the code that runs does not name it.
#[test]
fn scalars_of_unrecorded_modules_are_those_of_the_moment() {
    let program = "import lib\n\n\ndef f():\n    return lib.N\n\n\ndef h():\n    lib.bump()\n    q = 1\n    return q\n\n\nf()\nh()\nf()\nsetattr(lib, 'N', 9)\nf()\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.write("lib.py", "N = 0\n\n\ndef bump():\n    global N\n    N += 1\n");
        assert!(
            project.record(&python, &["--exclude", "lib.py", "--output", "run.connie", "main.py"]).status.success()
        );
        let mut console = connie_tests::console::Console::open(&project, "run.connie");
        let lines = serde_json::json!([{"line": 9}, {"line": 10}, {"line": 18}]);
        let source = serde_json::json!({"path": project.path("main.py")});
        console.request("setBreakpoints", serde_json::json!({"source": source, "breakpoints": lines}));
        console.start();
        for (line, wanted) in [(9, "0"), (10, "1"), (18, "9")] {
            let frame = &console.request("stackTrace", serde_json::json!({"threadId": 1}))["stackFrames"][0];
            assert_eq!(frame["line"], line, "3.{minor}");
            let said = console.say("lib.N");
            assert!(said == wanted || said.ends_with('?'), "3.{minor} line {line}: {said}");
            console.go("continue");
        }
        assert!(console.say(":history lib.N").contains("9"), "3.{minor}");
    }
}
