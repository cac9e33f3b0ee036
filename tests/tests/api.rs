//! `import connie`: programs that record parts of themselves.

use std::path::{Path, PathBuf};
use std::process::Output;

use connie_tests::{Project, connie, pythons, rows, text};
use serde_json::Value;

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../python")
}

fn run(project: &Project, python: &Path, arguments: &[&str]) -> Output {
    let mut path = package().into_os_string();
    if let Some(library) = std::env::var_os("CONNIE_TEST_PYTEST") {
        path.push(":");
        path.push(library);
    }
    let mut command = project.command(python, arguments);
    command.env("PYTHONPATH", path).env("CONNIE_BIN", connie()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.output().expect("it runs")
}

/// The recordings, in the order in which they were made: (name, result, id).
fn recordings(project: &Project) -> Vec<(String, String, String)> {
    let mut found = project.recordings();
    let number = |id: &str| id.rsplit('-').next().and_then(|n| n.parse::<u32>().ok());
    found.sort_by_key(|(_, _, id)| number(id));
    found
}

/// Calls of functions that a recording has, with their arguments called n.
fn calls(project: &Project, id: &str) -> Vec<(String, String)> {
    let steps = rows(&project.connie(&["replay", id, "--format", "jsonl", "--locals", "all"]).stdout);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let calls = steps.iter().filter(|step| step["event"] == "call" && step["function"] != "<module>");
    calls.map(|call| (text(&call["function"]), text(&call["locals"]["n"]))).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()
}

const PROGRAM: &str = "\
import asyncio, inspect, os, sys, threading
import connie


def work(n):
    return n + 1


@connie.recording
def plain(n):
    return work(n)


@connie.recording('coroutine')
async def coroutine(n):
    await asyncio.sleep(0)
    return work(n)


@connie.recording()
def generator(n):
    yield work(n)
    yield work(n + 1)


class Shop:
    @connie.recording(keep='failed')
    def sell(self, n):
        work(n)
        if n > 1:
            raise ValueError(n)


work(100)
first = connie.start('by hand')
assert connie.start() is None, 'one goes on'
work(1)
assert connie.stop() is first and first.wait() and os.path.exists(first.path)
assert connie.stop() is None
work(101)
assert plain(2) == 3 and plain.__name__ == 'plain'
assert inspect.iscoroutinefunction(coroutine) and asyncio.run(coroutine(3)) == 4
assert list(generator(4)) == [5, 6]
Shop().sell(1)
try:
    Shop().sell(2)
except ValueError:
    pass
with connie.recording('outer') as outer:
    with connie.recording('inner') as inner:
        work(5)
assert outer is not None and inner is None
thread = threading.Thread(target=plain, args=(6,))
thread.start()
thread.join()
try:
    connie.configure(max_string=5)
except RuntimeError as error:
    assert 'before the first' in str(error)
connie.start('to the end')
work(7)
print('done')
sys.exit(4)
";

#[test]
fn parts_of_a_program_are_recordings() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let output = run(&project, &python, &["main.py"]);
        assert_eq!(output.status.code(), Some(4), "3.{minor}: {}", text(&output.stderr));
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("done\n", ""), "3.{minor}");
        let found = recordings(&project);
        let told: Vec<_> = found.iter().map(|(name, result, _)| (name.as_str(), result.as_str())).collect();
        let expected = [
            ("by hand", "stopped"),
            ("plain", "ok"),
            ("coroutine", "ok"),
            ("generator", "ok"),
            ("Shop.sell", "failed"),
            ("outer", "ok"),
            ("plain", "ok"),
            ("to the end", "stopped"),
        ];
        assert_eq!(told, expected, "3.{minor}");
        let calls: Vec<_> = found.iter().map(|(_, _, id)| calls(&project, id)).collect();
        assert_eq!(calls[0], pairs(&[("work", "1")]), "3.{minor}");
        assert_eq!(calls[1], pairs(&[("plain", "2"), ("work", "2")]), "3.{minor}");
        assert_eq!(calls[2], pairs(&[("coroutine", "3"), ("work", "3")]), "3.{minor}");
        assert_eq!(calls[3], pairs(&[("generator", "4"), ("work", "4"), ("work", "5")]), "3.{minor}");
        let sell = "Shop.sell";
        assert_eq!(calls[4], pairs(&[(sell, "2"), ("work", "2")]), "3.{minor}");
        assert_eq!(calls[6], pairs(&[("plain", "6"), ("work", "6")]), "3.{minor}");
        assert_eq!(calls[7], pairs(&[("work", "7")]), "3.{minor}");
        // Where everything is recorded anyway, these functions make no recordings.
        let project = Project::new(&PROGRAM[..PROGRAM.find("work(100)").expect("a mark")]);
        project.write(
            "more.py",
            "from main import plain\nimport connie\nconnie.start()\nprint(plain(2), connie.stop())\n",
        );
        let arguments = ["run", "-q", "--python", python.to_str().expect("a path"), "more.py"];
        let mut command = project.command(&connie(), &arguments);
        let output = command.env("PYTHONPATH", package()).output().expect("it runs");
        assert_eq!((text(&output.stdout).as_str(), text(&output.stderr).as_str()), ("3 None\n", ""), "3.{minor}");
        assert_eq!(recordings(&project).len(), 1, "3.{minor}");
    }
}

#[test]
fn a_forked_child_records_itself() {
    let program = "import connie, os\n\n\ndef work(n):\n    return n\n\n\nconnie.start('parent')\nwork(1)\nchild = os.fork()\n\
        if child == 0:\n    work(2)\n    with connie.recording('child') as own:\n        work(3)\n    own.wait()\n    \
        os._exit(0)\nos.waitpid(child, 0)\nwork(4)\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let output = run(&project, &python, &["main.py"]);
        assert!(output.status.success(), "3.{minor}: {}", text(&output.stderr));
        let mut found = recordings(&project);
        found.sort();
        assert_eq!(found.len(), 2, "3.{minor}: {found:?}");
        assert_eq!(calls(&project, &found[0].2), pairs(&[("work", "3")]), "3.{minor}");
        assert_eq!(calls(&project, &found[1].2), pairs(&[("work", "1"), ("work", "4")]), "3.{minor}");
    }
}

#[test]
fn where_nothing_can_be_recorded_the_program_goes_on() {
    let program = "import connie\nwith connie.recording() as made:\n    print(made)\nprint(connie.start())\n";
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(program);
    let mut command = project.command(&python, &["main.py"]);
    let output = command.env("PYTHONPATH", package()).env("CONNIE_BIN", "/nowhere/connie").output().expect("it runs");
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "None\nNone\n");
    assert_eq!(text(&output.stderr).matches("RuntimeWarning: connie does not record").count(), 1);
    if let Some(library) = std::env::var_os("CONNIE_TEST_PYTEST") {
        let mut command = project.command(&python, &["-m", "pytest", "-p", "connie.pytest_plugin", "--connie"]);
        let mut path = package().into_os_string();
        path.push(":");
        path.push(library);
        let output = command.env("PYTHONPATH", path).env("CONNIE_BIN", "/nowhere/connie").output().expect("it runs");
        assert_eq!(output.status.code(), Some(4));
        assert!(text(&output.stderr).contains("tests cannot be recorded"), "{}", text(&output.stderr));
    }
    // An unknown setting is reported by a message, without a traceback.
    project.write("pyproject.toml", "[tool.connie]\nnonsense = 1\n");
    let output = run(&project, &python, &["main.py"]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("unknown field `nonsense`"), "{}", text(&output.stderr));
}

const SERVERS: &str = "\
import asyncio, threading, urllib.error, urllib.request
from wsgiref.simple_server import make_server, WSGIRequestHandler
import connie.asgi, connie.wsgi


def answer(n):
    return b'%d' % (10 // n)


def app(environ, start_response):
    n = int(environ['PATH_INFO'][1:])
    body = answer(n)
    start_response('200 OK' if n < 5 else '503 Busy', [])
    return [body]


async def later(scope, receive, send):
    n = int(scope['path'][1:])
    await asyncio.sleep(0)
    body = answer(n)
    await send({'type': 'http.response.start', 'status': 200 if n < 5 else 503, 'headers': []})
    await send({'type': 'http.response.body', 'body': body})


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


with make_server('127.0.0.1', 0, connie.wsgi.Middleware(app), handler_class=Quiet) as server:
    server.base_environ['wsgi.errors'] = None
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    for n in (1, 2, 0, 6):
        try:
            urllib.request.urlopen('http://127.0.0.1:%d/%d' % (server.server_port, n), timeout=10).read()
        except (urllib.error.HTTPError, ConnectionError):
            pass
    server.shutdown()


async def main():
    async def send(message):
        sent.append(message)
    sent = []
    every = connie.asgi.Middleware(later, keep='all')
    for wrapped, n in (every, 3), (connie.asgi.Middleware(later), 2), (every, 0), (every, 7):
        try:
            await wrapped({'type': 'http', 'method': 'PUT', 'path': '/%d' % n}, None, send)
        except ZeroDivisionError:
            sent.append('raised')
    await connie.asgi.Middleware(later, sample=0)({'type': 'http', 'path': '/1'}, None, send)
    print(len(sent))


asyncio.run(main())
";

#[test]
fn requests_are_recordings() {
    for (minor, python) in pythons() {
        let project = Project::new(SERVERS);
        let output = run(&project, &python, &["main.py"]);
        assert!(output.status.success(), "3.{minor}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "9\n", "3.{minor}");
        let found = recordings(&project);
        let told: Vec<_> = found.iter().map(|(name, result, _)| (name.as_str(), result.as_str())).collect();
        let expected = [
            ("GET /0", "exception"),
            ("GET /6", "failed"),
            ("PUT /3", "ok"),
            ("PUT /0", "failed"),
            ("PUT /7", "failed"),
        ];
        assert_eq!(told, expected, "3.{minor}: {}", text(&output.stderr));
        for (name, _, id) in &found {
            let n = &name[5..];
            assert!(calls(&project, id).contains(&("answer".into(), n.into())), "3.{minor}: {name}");
        }
    }
}

#[test]
fn pytest_has_an_option() {
    if std::env::var_os("CONNIE_TEST_PYTEST").is_none() {
        println!("skipped: CONNIE_TEST_PYTEST names no folder with pytest (cargo xtask test fetches it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    }
    let tests = "def work(n):\n    return n\n\n\ndef test_right():\n    assert work(1) == 1\n\n\ndef test_wrong():\n    \
        assert work(2) == 3\n";
    for (minor, python) in pythons() {
        for (options, expected) in [(["--connie"].as_slice(), 1), (&["--connie=all"], 2), (&[], 0)] {
            let project = Project::new("");
            project.write("pyproject.toml", "");
            project.write("test_it.py", tests);
            let given = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "connie.pytest_plugin"];
            let output = run(&project, &python, &[&given, options].concat());
            assert_eq!(output.status.code(), Some(1), "3.{minor}: {}", text(&output.stdout));
            let found = recordings(&project);
            assert_eq!(found.len(), expected, "3.{minor} {options:?}: {}", text(&output.stdout));
            let said = text(&output.stdout).contains("connie: 1 failed test recorded");
            assert_eq!(said, expected > 0, "3.{minor}: {}", text(&output.stdout));
            if let Some((name, _, id)) = found.last() {
                assert_eq!(name, "test_it.py::test_wrong", "3.{minor}");
                assert_eq!(calls(&project, id), pairs(&[("test_wrong", ""), ("work", "2")]), "3.{minor}");
            }
        }
    }
}
