//! The texts of exceptions are those that Python prints, as of the moment of the raise.

use connie_recording::Recording;
use connie_recording::reader::Raised;
use connie_tests::{Project, pythons, text};
use serde_json::Value;

/// The newest recording.
fn recording(project: &Project) -> Recording {
    let files = std::fs::read_dir(project.path(".connie")).expect("a folder").filter_map(|file| {
        let path = file.ok()?.path();
        let is_one = path.extension().is_some_and(|extension| extension == "connie");
        is_one.then(|| (path.metadata().and_then(|known| known.modified()).expect("a time"), path))
    });
    Recording::open(&files.max().expect("a recording").1).expect("it opens")
}

fn raised(project: &Project) -> Vec<Raised> {
    recording(project).exceptions(1000).expect("exceptions")
}

/// Raises each of CASES once and prints its `str`.
const PROGRAM: &str = r#"
import json, sys, os, subprocess, pathlib, decimal, uuid, enum
class Plain(Exception): pass
class Outer:
    class Inner(ValueError): pass
class Reprs(Exception):
    def __repr__(self): return 'not used by str'
class Key(KeyError): pass
class File(FileNotFoundError): pass
class Bare(OSError):
    def __init__(self, *args): pass
class Both(KeyError, AttributeError): pass
class Text(str): pass
class Level(enum.IntEnum):
    LOW = 1
def syntax():
    error = SyntaxError('msg', ('dir/file.py', 3, 1, 'text'))
    raise error
def partial():
    error = SyntaxError('msg')
    error.lineno = 7
    raise error
def named():
    error = SyntaxError('msg')
    error.filename = 'a/b.py'
    raise error
def raising(error):
    def f(): raise error
    return f
def changed():
    error = OSError(2, 'No such', 'first')
    error.filename = 'second'
    error.filename2 = b'third'
    raise error
def decode():
    error = UnicodeDecodeError('utf-8', b'ab\xff', 2, 3, 'why')
    error.start, error.end, error.reason = 0, 2, 'because'
    raise error
def imported():
    import no_such_module_here
def imported_name():
    from os import no_such_name
def renamed():
    error = ImportError('first', name='n', path='p')
    error.msg = 'second'
    raise error
def noted():
    error = ValueError('x')
    if hasattr(error, 'add_note'):
        error.add_note('a note')
        error.add_note('two\nlines')
    raise error
def grouped(n):
    def f():
        raise ExceptionGroup('several', [ValueError(k) for k in range(n)])
    return f
CASES = [
    lambda: open('/no/such/file'), lambda: os.rename('/no/a', '/no/b'), lambda: os.listdir(b'/no/such'),
    lambda: open(pathlib.Path('/no/such/path')), lambda: os.stat('a\0b'), lambda: os.close(987654),
    raising(OSError()), raising(OSError('one')), raising(OSError(1, 'two')), raising(OSError(1, 'two', 'f')),
    raising(OSError(1, 'two', 'f', None, 'g')), raising(OSError(1, 2, 3, 4, 5, 6)), raising(OSError(None, None)),
    raising(File(2, 'gone', "it's")), raising(Bare(1, 'x')), changed, raising(BlockingIOError(11, 'later', 3)),
    lambda: b'ab\xff'.decode(), lambda: b'\xe9\xe9'.decode('ascii'), lambda: b'\xf0\x9f'.decode('utf-8'),
    lambda: 'é'.encode('ascii'), lambda: 'a€€'.encode('latin-1'), lambda: '\U0001f600'.encode('cp1252'),
    lambda: 'x\ud800'.encode(), lambda: 'Ωx'.encode('cp1252'), decode,
    raising(UnicodeTranslateError('aé', 1, 2, 'no')), raising(UnicodeTranslateError('abc', 0, 2, 'no')),
    raising(UnicodeDecodeError('c', b'', 5, 6, 'out of range')), raising(UnicodeEncodeError('c', '', 0, 1, 'empty')),
    syntax, partial, named, raising(SyntaxError()), raising(SyntaxError('only')), lambda: compile('1 +', 'n.py', 'exec'),
    lambda: compile('if 1:\nx', 'dir/n.py', 'exec'), lambda: eval('(', {}), lambda: exec('return'),
    raising(KeyError()), raising(KeyError('k')), raising(KeyError("it's")), raising(KeyError(1)),
    raising(KeyError(1, 2)), raising(Key('k')), lambda: {}['missing'], lambda: {}[(1, 'a')], raising(Both('b')),
    imported, imported_name, renamed, raising(ImportError()), raising(ImportError('a', 'b')),
    raising(ModuleNotFoundError('m')), raising(Exception()), raising(Exception('')), raising(Exception(None)),
    raising(Exception('a', 1)), raising(Exception(('t',))), raising(Exception(b'bytes')), raising(Exception(1.5)),
    raising(Plain('p')), raising(Outer.Inner('i')), raising(Reprs('r')), raising(Exception('two\nlines')),
    raising(RuntimeError(ValueError('inner'))), raising(RuntimeError(KeyError('k'))), raising(RuntimeError(Exception())),
    raising(RuntimeError(OSError(2, 'deep', 'file'))), raising(RuntimeError(RuntimeError(OSError(2, 'deep', 'file')))),
    raising(Exception(['list', {'a': 1}])), raising(Exception(ValueError('x'), 1)),
    raising(SystemExit()), raising(SystemExit(3)), raising(SystemExit('bye')), raising(StopIteration(5)),
    raising(KeyboardInterrupt()), raising(AssertionError('no')), raising(subprocess.SubprocessError('s')),
    raising(json.JSONDecodeError('m', 'doc', 1)), lambda: json.loads('{'), lambda: int('x'), lambda: 1 / 0,
    raising(Exception(pathlib.PurePosixPath('/a/b'))), raising(Exception(decimal.Decimal('1.50'))),
    raising(Exception(uuid.UUID(int=5))), noted, lambda: undefined_name, lambda: None.missing, lambda: 'a' + 1,
    raising(Exception('é\ud800')),
]
if sys.version_info >= (3, 11):
    CASES += [grouped(1), grouped(3)]
held = []
for case in CASES:
    try:
        case()
    except BaseException as error:
        held.append(error)
        notes = ''.join('\n' + note for note in getattr(error, '__notes__', []))
        name = type(error).__qualname__
        if type(error).__module__ not in ('builtins', '__main__'):
            name = type(error).__module__ + '.' + name
        # A lone surrogate has no place in UTF-8; what is recorded is shown as U+FFFD.
        print(json.dumps([name, (str(error) + notes).replace('\ud800', '\ufffd' * 3)]))
"#;

#[test]
fn texts_are_what_python_prints() {
    let project = Project::new(PROGRAM);
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let expected: Vec<(String, String)> = text(&output.stdout)
            .lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).expect("JSON");
                (line[0].as_str().expect("a type").into(), line[1].as_str().expect("a text").into())
            })
            .collect();
        let found: Vec<_> = raised(&project).into_iter().map(|raised| (raised.ty, raised.text)).collect();
        assert!(expected.len() > 90);
        let wrong = expected.iter().zip(&found).find(|(a, b)| a != b);
        assert!(wrong.is_none(), "3.{minor}: expected, found:\n{wrong:#?}");
        assert_eq!(expected.len(), found.len(), "3.{minor}");
    }
}

/// Code of the program is not run during capture, so that the result of its own `__str__` is not known.
#[test]
fn texts_that_code_of_the_program_makes_are_not_guessed() {
    let project = Project::new(
        "import subprocess\n\
         class Own(Exception):\n    def __str__(self):\n        print('ran')\n        return 'own'\n\
         class Below(Own): pass\n\
         class Key(KeyError):\n    def __str__(self): return 'own'\n\
         class Back(Own):\n    __str__ = Exception.__str__\n\
         for error in [Own('x'), Below('x', 1), Key('x'), Own(), subprocess.CalledProcessError(3, ['false']), Back('x')]:\n    \
             try:\n        raise error\n    except Exception:\n        pass\n\
         class Late(Exception): pass\n\
         try:\n    raise Late('x')\nexcept Late: pass\n\
         Late.__str__ = lambda self: 'late'\n\
         try:\n    raise Late('x')\nexcept Late: pass\n",
    );
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert_eq!(text(&output.stdout), "", "{}", text(&output.stderr));
        let found: Vec<_> = raised(&project).into_iter().map(|raised| raised.to_string()).collect();
        let expected = [
            "Own: <args ('x',), __str__ not run>",
            "Below: <args ('x', 1), __str__ not run>",
            "Key: <args ('x',), __str__ not run>",
            "Own: <args (), __str__ not run>",
            match minor {
                15.. => "subprocess.CalledProcessError: Command ['false'] returned non-zero exit status 3.",
                _ => "subprocess.CalledProcessError: Command '['false']' returned non-zero exit status 3.",
            },
            "Back: x",
            "Late: x",
            "Late: <args ('x',), __str__ not run>",
        ];
        assert_eq!(found, expected, "3.{minor}");
    }
}

fn ending(project: &Project) -> String {
    let story = text(&project.connie(&["replay", "latest"]).stdout);
    story.rsplit("Traceback (most recent call last):").next().expect("an end").to_owned()
}

#[test]
fn what_changes_after_the_raise_does_not_change_the_text() {
    let project = Project::new(
        "import atexit\nstate = {'items': [1]}\nclass Failed(Exception): pass\n\
         atexit.register(lambda: state['items'].append('exit'))\nraise Failed(state)\n",
    );
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert!(text(&output.stderr).ends_with("Failed: {'items': [1]}\n"), "{}", text(&output.stderr));
        let list = text(&project.connie(&["list"]).stdout);
        for shown in [ending(&project), text(&project.connie(&["show", "latest"]).stdout), list] {
            assert!(shown.contains("Failed: {'items': [1]}"), "3.{minor}: {shown}");
            assert!(!shown.contains("'exit'"), "3.{minor}: {shown}");
        }
    }
}

/// At the step of the raise, the text is as it was there. The result of the run has the text that Python printed.
#[test]
fn what_changes_on_the_way_out_is_in_the_last_text() {
    let programs = [
        (
            "args",
            "def f():\n    try:\n        raise ValueError('a')\n    except ValueError as e:\n        e.args = (e.args[0] + ' b',)\n        raise\nf()\n",
        ),
        (
            "file",
            "def f():\n    try:\n        open('/no/such')\n    except OSError as e:\n        e.filename = 'other'\n        raise\nf()\n",
        ),
        (
            "held",
            "held = [1]\ndef f():\n    try:\n        raise ValueError(held)\n    finally:\n        held.append(2)\nf()\n",
        ),
    ];
    for (minor, python) in pythons() {
        for (what, program) in programs {
            let project = Project::new(program);
            let output = project.record(&python, &["main.py"]);
            let printed = text(&output.stderr).lines().last().expect("a line").to_owned();
            assert!(ending(&project).contains(&printed), "3.{minor} {what}: {printed} in {}", ending(&project));
            assert!(text(&project.connie(&["show", "latest"]).stdout).contains(&printed), "3.{minor} {what}");
            let first = &raised(&project)[0];
            let expected = match what {
                "args" => "a",
                "file" => "[Errno 2] No such file or directory: '/no/such'",
                _ => "[1]",
            };
            assert_eq!(first.text, expected, "3.{minor} {what}");
        }
        if minor >= 11 {
            let project = Project::new(
                "def f():\n    try:\n        1 / 0\n    except Exception as e:\n        e.add_note('hint')\n        raise\nf()\n",
            );
            project.record(&python, &["main.py"]);
            assert!(
                ending(&project).contains("ZeroDivisionError: division by zero\nhint (step"),
                "{}",
                ending(&project)
            );
        }
    }
}

/// Causes and contexts that recorded code did not see are read too, to the end of the chain.
#[test]
fn chains_have_the_texts_of_all_their_exceptions() {
    let project = Project::new(
        "import lib\ndef f():\n    lib.call()\ntry:\n    f()\nexcept Exception as e:\n    raise LookupError('top') from e\n",
    );
    let library = "def call():\n    try:\n        try:\n            open('/no/such/file')\n        except OSError as e:\n            raise KeyError('k') from e\n    except KeyError:\n        b'\\xff'.decode()\n";
    project.write("site-packages/lib.py", library);
    for (minor, python) in pythons() {
        let mut command = project.command(&connie_tests::connie(), &["run", "--quiet", "--python"]);
        let output = command.arg(&python).arg("main.py").env("PYTHONPATH", project.path("site-packages")).output();
        let output = output.expect("connie runs");
        assert!(text(&output.stderr).contains("LookupError: top"), "{}", text(&output.stderr));
        let found = raised(&project);
        let decode = "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte";
        assert_eq!(found.iter().map(|raised| raised.text.as_str()).collect::<Vec<_>>(), [decode, "top"], "3.{minor}");
        let link = found[0].chain.as_ref().expect("a context");
        assert_eq!(
            (link.how.as_str(), link.ty.as_str(), link.text.as_str()),
            ("context", "KeyError", "'k'"),
            "3.{minor}"
        );
        let next = link.chain.as_ref().expect("its cause");
        assert_eq!((next.how.as_str(), next.ty.as_str()), ("cause", "FileNotFoundError"), "3.{minor}");
        assert_eq!(next.text, "[Errno 2] No such file or directory: '/no/such/file'", "3.{minor}");
        let link = found[1].chain.as_ref().expect("a cause");
        assert_eq!((link.how.as_str(), link.step), ("cause", Some(found[0].step)), "3.{minor}");
    }
}

/// A chain may lead back to where it began.
#[test]
fn chains_that_are_circles_end() {
    let project = Project::new(
        "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\n\
         c = RuntimeError()\nc.args = (c,)\n\
         for error in [a, c]:\n    try:\n        raise error\n    except Exception: pass\nprint('done')\n",
    );
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert_eq!(text(&output.stdout), "done\n", "3.{minor} {}", text(&output.stderr));
        assert_eq!(raised(&project).len(), 2, "3.{minor}");
    }
}

/// An exception that was caught, and is raised later by another frame, is a new one there. `finally`, `with` and
/// `raise` continue the old one.
#[test]
fn an_exception_that_was_caught_is_new_when_it_is_raised_again() {
    let again = Project::new(
        "class F(Exception): pass\nsaved = None\ndef first(): raise F('one')\n\
         try: first()\nexcept F as ex: saved = ex\n\
         saved.args = ('two', 2)\ndef second(f): raise f\nsecond(saved)\n",
    );
    let through = Project::new(
        "import contextlib\n@contextlib.contextmanager\ndef context():\n    try:\n        yield\n    finally:\n        str(1)\n\
         class Guard:\n    def __enter__(self): pass\n    def __exit__(self, *args):\n        return False\n\
         def agen():\n    try:\n        yield from inner()\n    finally:\n        str(2)\n\
         def inner():\n    try:\n        yield 1\n    except ValueError:\n        raise\n\
         def f():\n    with Guard():\n        with context():\n            try:\n                raise ValueError('x')\n            \
             finally:\n                str(3)\n\
         def g():\n    made = agen()\n    next(made)\n    try:\n        f()\n    except ValueError as error:\n        made.throw(error)\n\
         try:\n    g()\nexcept ValueError:\n    str(4)\n    raise\n",
    );
    for (minor, python) in pythons() {
        again.record(&python, &["main.py"]);
        let found = raised(&again);
        let texts: Vec<_> = found.iter().map(|raised| raised.to_string()).collect();
        assert_eq!(texts, ["F: one", "F: ('two', 2)"], "3.{minor}");
        let shown = text(&again.connie(&["show", "latest"]).stdout);
        assert!(shown.contains(&format!("F: ('two', 2) (step {})", found[1].step)), "3.{minor}: {shown}");
        let end = ending(&again);
        assert!(end.contains("second") && !end.contains("first"), "3.{minor}: {end}");
        through.record(&python, &["main.py"]);
        let texts: Vec<_> = raised(&through).into_iter().map(|raised| raised.to_string()).collect();
        assert_eq!(texts, ["ValueError: x"], "3.{minor}");
    }
}

/// Code that runs after the end of the program, such as `__str__` of its exception, raises other exceptions.
#[test]
fn what_ended_the_program_stays_when_its_text_raises() {
    let project = Project::new(
        "import atexit\ndef last(): raise ValueError('late')\natexit.register(last)\n\
         class E4(Exception):\n    def __str__(self): raise RuntimeError('x')\nraise E4(1)\n",
    );
    for (minor, python) in pythons() {
        project.record(&python, &["main.py"]);
        let shown = text(&project.connie(&["show", "latest"]).stdout);
        for shown in [ending(&project), shown] {
            assert!(shown.contains("E4: <args (1,), __str__ not run>"), "3.{minor}: {shown}");
        }
        let end = ending(&project);
        assert!(!end.contains("RuntimeError") && !end.contains("late"), "3.{minor}: {end}");
    }
}

const LIBRARY: &str = r#"
import argparse, concurrent.futures.process, configparser, email.errors, getopt, http.client, importlib.metadata, json
import multiprocessing.pool, optparse, socket, ssl, subprocess, sys, urllib.error, xml.sax, xmlrpc.client, zipfile
def raising(error):
    def case(): raise error
    return case
class Mine(subprocess.CalledProcessError): pass
class Forbidden(urllib.error.HTTPError): pass
def parse(text):
    return lambda: configparser.ConfigParser().read_string(text)
def argument():
    argparse.ArgumentParser(exit_on_error=False).add_argument('--n', type=int).container.parse_args(['--n', 'x'])
option = optparse.Option('-x')
CASES = [
    raising(subprocess.CalledProcessError(3, ['false', "it's"])), raising(subprocess.CalledProcessError(1, 'false')),
    raising(subprocess.CalledProcessError(-9, 'x')), raising(subprocess.CalledProcessError(-6, ['x'])),
    raising(subprocess.CalledProcessError(-40, 'x')), raising(Mine(2, ['a'])), raising(subprocess.CalledProcessError(0, ())),
    raising(subprocess.TimeoutExpired(['sleep', '9'], 1.5)), raising(subprocess.TimeoutExpired('sleep', 2)),
    lambda: subprocess.run(['/bin/false'], check=True),
    raising(urllib.error.URLError('no host')), raising(urllib.error.URLError(OSError(2, 'gone'))),
    raising(urllib.error.HTTPError('http://x', 404, 'Not Found', {}, None)),
    raising(Forbidden('http://x', 403, 'Forbidden', {}, None)),
    raising(http.client.IncompleteRead(b'abc', 5)), raising(http.client.IncompleteRead(b'abc')),
    raising(http.client.BadStatusLine('x')), raising(http.client.RemoteDisconnected('closed')),
    raising(http.client.InvalidURL('url')), raising(http.client.LineTooLong('header')),
    parse('x = 1'), parse('[a]\n[a]'), parse('[a]\nx'), lambda: configparser.ConfigParser()['none'],
    lambda: configparser.ConfigParser().get('a', 'b'), raising(configparser.NoOptionError('o', 's')),
    raising(email.errors.HeaderParseError('h')), raising(email.errors.NonPrintableDefect(['\x01'])),
    lambda: getopt.getopt(['-z'], 'a'), argument, raising(argparse.ArgumentError(None, 'only')),
    raising(optparse.OptionValueError('value')), raising(optparse.BadOptionError('--no')),
    raising(optparse.OptionError('wrong', '-x')), raising(optparse.OptionError('wrong', '')),
    lambda: importlib.metadata.version('there-is-no-such-package'),
    raising(multiprocessing.pool.MaybeEncodingError('e', 'v')),
    raising(multiprocessing.pool.RemoteTraceback('the\ntext')),
    raising(concurrent.futures.process._RemoteTraceback('the text')),
    raising(ssl.SSLError('one')), raising(ssl.SSLError(1, 'two')), raising(ssl.SSLError(1)),
    raising(ssl.SSLCertVerificationError(1, 'expired')), raising(ssl.SSLZeroReturnError(6, 'closed')),
    raising(socket.gaierror(-2, 'Name or service not known')), raising(socket.timeout('timed out')),
    lambda: json.loads('[1,'), raising(zipfile.BadZipFile('File is not a zip file')),
    lambda: xml.sax.parseString(b'<a>', xml.sax.handler.ContentHandler()), raising(xml.sax.SAXException('sax')),
    raising(xmlrpc.client.Fault(1, 'fault')), raising(xmlrpc.client.ProtocolError('url', 500, 'why', {})),
]
for case in CASES:
    try:
        case()
    except BaseException as error:
        name = type(error).__qualname__
        if type(error).__module__ not in ('builtins', '__main__'):
            name = type(error).__module__ + '.' + name
        print(json.dumps([name, str(error)]))
"#;

#[test]
fn texts_of_the_standard_library_are_made_without_running_it() {
    let project = Project::new(LIBRARY);
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let expected: Vec<(String, String)> =
            text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a type and a text")).collect();
        let found: Vec<_> = raised(&project).into_iter().map(|raised| (raised.ty, raised.text)).collect();
        assert!(expected.len() > 45);
        let wrong: Vec<_> = expected.iter().zip(&found).filter(|(a, b)| a != b).collect();
        assert!(wrong.is_empty(), "3.{minor}: expected, found:\n{wrong:#?}");
        assert_eq!(expected.len(), found.len(), "3.{minor}");
    }
}

/// If the program replaces a function that makes the text, the text is not known.
#[test]
fn texts_of_the_standard_library_that_are_replaced_are_not_guessed() {
    let project = Project::new(
        "import subprocess\nclass Own(subprocess.TimeoutExpired):\n    def __str__(self): return 'own'\n\
         subprocess.CalledProcessError.__str__ = lambda self: 'mine'\n\
         class CalledProcessError(Exception):\n    def __str__(self): return 'mine'\n\
         bare = subprocess.TimeoutExpired('x', 1); del bare.timeout\n\
         for error in [Own('x', 1), subprocess.CalledProcessError(1, 'x'), CalledProcessError(1), bare]:\n    \
             try:\n        raise error\n    except Exception: pass\n",
    );
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found = raised(&project);
        assert_eq!(found.len(), 4, "3.{minor}");
        assert!(found.iter().all(|raised| raised.text.ends_with("__str__ not run>")), "3.{minor}: {found:?}");
    }
}

/// An exception that is raised again in a frame that it passed is shown at the line that raises it. A handler continues
/// it.
#[test]
fn an_exception_that_a_frame_has_passed_is_raised_at_a_later_line() {
    let program = "\
import concurrent.futures
def fail(): raise ValueError('x')
def saved():
    kept = None
    try:
        fail()
    except ValueError as e:
        kept = e
    raise kept
def retry():
    for n in range(2):
        try:
            fail()
        except ValueError as e:
            last = e
    raise last
def future():
    made = concurrent.futures.Future()
    made.set_exception(KeyError('k'))
    try:
        made.result()
    except KeyError: pass
    made.result()
def named():
    try:
        fail()
    except ValueError as e:
        n = 1
        raise e
def bare():
    try:
        fail()
    except ValueError:
        try: n = 1
        finally: n = 2
        raise
for case in (saved, retry, future, named, bare):
    try: case()
    except Exception: pass
kept = None
try: fail()
except ValueError as e: kept = e
raise kept
";
    let project = Project::new(program);
    for (minor, python) in pythons() {
        project.record(&python, &["main.py"]);
        let lines: Vec<u32> =
            raised(&project).iter().map(|raised| raised.traceback.last().expect("a place").1).collect();
        assert_eq!(lines, [2, 9, 2, 2, 16, 21, 23, 2, 2, 2, 43], "3.{minor}");
        let end = ending(&project);
        assert!(end.contains("line 43, in <module>") && !end.contains("in fail"), "3.{minor}: {end}");
    }
}

/// The exception that ended the program is shown in the list and by `show`, even without a traceback, or before the
/// program's first line.
#[test]
fn what_the_program_ended_with_is_told() {
    let project = Project::new("");
    project.write("broken.py", "def f(:\n    pass\n");
    for (minor, python) in pythons() {
        for (program, outcome, wanted) in [
            ("import sys; sys.exit('some text')\n", "exit 1", "SystemExit: some text"),
            ("raise SystemExit(3)\n", "exit 3", "SystemExit: 3"),
            ("import sys\ndef f(): sys.exit((1, 2))\nf()\n", "exit 1", "SystemExit: (1, 2)"),
            ("raise KeyboardInterrupt\n", "signal 2", "KeyboardInterrupt"),
            ("import sys; sys.exit()\n", "ok", ""),
            ("try: raise SystemExit(4)\nexcept SystemExit: pass\n", "ok", ""),
            ("import os\ntry: raise SystemExit(4)\nexcept SystemExit: os._exit(5)\n", "exit 5", ""),
            ("def f(:\n    pass\n", "exit 1", "SyntaxError: invalid syntax"),
            ("x = 1\n  y = 2\n", "exit 1", "IndentationError: unexpected indent"),
            ("import broken\n", "exception", "SyntaxError: invalid syntax (broken.py, line 1)"),
            ("exec('x = = 1')\n", "exception", "SyntaxError: invalid syntax (<string>, line 1)"),
        ] {
            let _ = std::fs::remove_dir_all(project.path(".connie"));
            project.write("main.py", program);
            project.record(&python, &["main.py"]);
            let list = text(&project.connie(&["list"]).stdout);
            let shown = text(&project.connie(&["show", "latest"]).stdout);
            let result = shown.lines().find(|line| line.starts_with("result")).unwrap_or_default();
            let is_killed = outcome == "exit 5";
            let rest = if is_killed { " (ended without shutting down)" } else { "" };
            assert_eq!(result, format!("result      {outcome}{rest}"), "3.{minor}: {program}{shown}");
            assert!(list.contains(outcome), "3.{minor}: {program}{list}");
            assert!(list.contains(wanted) && shown.contains(wanted), "3.{minor}: {program}{list}{shown}");
            assert_eq!(shown.contains("SystemExit"), wanted.contains("SystemExit"), "3.{minor}: {program}{shown}");
        }
    }
}
