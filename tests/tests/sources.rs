//! Sources that are not plain files: those in linecache, doctests, members of zip files, and encodings other than
//! UTF-8.

use std::path::Path;
use std::process::Command;

use connie_recording::Recording;
use connie_tests::{Project, connie, pythons, text};

/// Records a run and opens the recording.
fn record(project: &Project, python: &Path, arguments: &[&str]) -> Recording {
    let _ = std::fs::remove_file(project.path("r.connie"));
    let output = project.record(python, &[&["--output", "r.connie"], arguments].concat());
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    Recording::open(&project.path("r.connie")).expect("a recording")
}

/// The source of a function, and its path.
fn source_of<'a>(recording: &'a Recording, function: &str) -> Option<(&'a str, Option<&'a str>)> {
    let found = recording.functions.iter().find(|known| known.name == function)?;
    let source = &recording.sources[found.source as usize];
    Some((source.path.as_str(), source.text.as_deref()))
}

const CELL: &str = "def f(a):\n    b = a + 1\n    return b\n";

#[test]
fn what_linecache_has_is_the_source() {
    let program = format!(
        "import linecache, os\nS = {CELL:?}\n\
         def run(name, lines, ns):\n    linecache.cache[name] = (len(S), None, lines, name)\n    \
             exec(compile(S, name, 'exec'), ns)\n    ns['f'](1)\n\
         run(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'cell-1'), S.splitlines(True), {{}})\n"
    );
    for (minor, python) in pythons() {
        for name in ["'<mine-1>'", "'<ipython-input-1-0123456789ab>'", "'relative-cell'", "'<décor>'"] {
            for lines in ["S.splitlines(True)", "S.splitlines()", "tuple(S.splitlines(True))"] {
                let project = Project::new(&program.replace(
                    "os.path.join(os.path.dirname(os.path.abspath(__file__)), 'cell-1'), S.splitlines(True)",
                    &format!("{name}, {lines}"),
                ));
                let recording = record(&project, &python, &["main.py"]);
                let (path, text) =
                    source_of(&recording, "f").unwrap_or_else(|| panic!("3.{minor}: {name} is left out"));
                assert_eq!(text.map(str::trim_end), Some(CELL.trim_end()), "3.{minor} {name} {lines}");
                assert!(path.ends_with(name.trim_matches('\'')), "3.{minor}: {path}");
            }
        }
        let project = Project::new(&program);
        let recording = record(&project, &python, &["main.py"]);
        let (path, text) = source_of(&recording, "f").expect("it is recorded");
        assert_eq!((path, text), (project.path("cell-1").to_str().expect("a path"), Some(CELL)), "3.{minor}");
        let story = connie_tests::text(&project.connie(&["replay", "./r.connie"]).stdout);
        assert!(story.contains("b = a + 1") && !story.contains("source unknown"), "3.{minor}: {story}");
    }
}

/// Several cells may have the same name and different texts.
#[test]
fn sources_of_one_name_are_told_apart() {
    let project = Project::new(
        "import linecache\nkept = []\nfor n in range(3):\n    S = f'def f{n}():\\n    # {n}\\n    return {n}\\nf{n}()\\n'\n    \
             for name in ['<cell>', 'cell']:\n        linecache.cache[name] = (len(S), None, S.splitlines(True), name)\n        \
                 ns = {}\n        exec(compile(S, name, 'exec'), ns)\n        kept.append(ns[f'f{n}'])\nfor f in kept:\n    f()\n",
    );
    for (minor, python) in pythons() {
        let recording = record(&project, &python, &["main.py"]);
        for n in 0..3 {
            let name = format!("f{n}");
            let all: Vec<_> = recording.functions.iter().filter(|function| function.name == name).collect();
            assert_eq!(all.len(), 2, "3.{minor}");
            for function in all {
                let text = recording.sources[function.source as usize].text.as_deref().expect("a text");
                assert!(text.starts_with(&format!("def f{n}():\n    # {n}\n")), "3.{minor}: {text}");
            }
        }
    }
}

/// Code that libraries generate is not recorded unless a pattern names it. Nothing of the program is called.
#[test]
fn generated_code_of_libraries_is_left_out() {
    let library = format!(
        "import linecache\nS = {CELL:?}\nname = '<attrs generated init lib.Made>'\n\
         linecache.cache[name] = (len(S), None, S.splitlines(True), name)\nns = {{}}\nexec(compile(S, name, 'exec'), ns)\nf = ns['f']\n"
    );
    let program = "import lib, linecache\nclass Evil(str):\n    def __eq__(self, other): print('ran')\n    \
         def __hash__(self): return hash('<attrs generated init lib.Made>')\n\
         class Lines(list):\n    def __iter__(self): print('ran')\n\
         linecache.cache[Evil('x')] = (1, None, [], 'x')\nlinecache.cache['<odd>'] = (1, None, Lines(), 'odd')\n\
         linecache.cache['<lazy>'] = (lambda: print('ran'),)\n\
         exec(compile('odd = 1', '<odd>', 'exec'))\nexec(compile('lazy = 1', '<lazy>', 'exec'))\nlib.f(1)\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.write("site-packages/lib.py", &library);
        let run = |more: &[&str]| {
            let _ = std::fs::remove_file(project.path("r.connie"));
            let mut command = project.command(&connie(), &["run", "--quiet", "--output", "r.connie", "--python"]);
            command.arg(&python).args(more).arg("main.py").env("PYTHONPATH", project.path("site-packages"));
            let output = command.output().expect("connie runs");
            assert!(output.status.success(), "{}", text(&output.stderr));
            let mut plain = project.command(&python, &["main.py"]);
            let plain = plain.env("PYTHONPATH", project.path("site-packages")).output().expect("python runs");
            assert_eq!(text(&output.stdout), text(&plain.stdout), "3.{minor}");
            Recording::open(&project.path("r.connie")).expect("a recording")
        };
        assert!(source_of(&run(&[]), "f").is_none(), "3.{minor}");
        let found = run(&["--include", "<attrs generated*"]);
        assert_eq!(source_of(&found, "f").and_then(|found| found.1), Some(CELL), "3.{minor}");
    }
}

#[test]
fn doctests_of_the_project_are_recorded() {
    let project = Project::new(
        "def double(n):\n    \"\"\"\n    >>> x = 20\n    >>> def inner(k):\n    ...     return k + 1\n    \
         >>> double(inner(x))\n    42\n    \"\"\"\n    return 2 * n\n\n\
         if __name__ == '__main__':\n    import doctest, sys\n    failed = doctest.testmod().failed\n    \
             failed += doctest.testfile('text.txt').failed\n    sys.exit(failed)\n",
    );
    project.write("text.txt", "Some text.\n\n    >>> def outer():\n    ...     return 'é'\n    >>> outer()\n    'é'\n");
    for (minor, python) in pythons() {
        let recording = record(&project, &python, &["main.py"]);
        let (path, text) = source_of(&recording, "inner").expect("it is recorded");
        assert_eq!(
            (path, text),
            ("<doctest __main__.double[1]>", Some("def inner(k):\n    return k + 1\n")),
            "3.{minor}"
        );
        let (path, text) = source_of(&recording, "outer").expect("it is recorded");
        assert_eq!((path, text), ("<doctest text.txt[0]>", Some("def outer():\n    return 'é'\n")), "3.{minor}");
        // The doctests of a library belong to the library.
        let other =
            record(&project, &python, &["-c", "import doctest, textwrap, bisect, difflib\ndoctest.testmod(difflib)\n"]);
        assert!(other.sources.iter().all(|source| !source.path.starts_with("<doctest")), "3.{minor}");
    }
}

#[test]
fn zip_files_have_sources() {
    let project = Project::new("import sys\nsys.path.insert(0, 'lib.zip')\nimport inside.deep\ninside.deep.f(1)\n");
    project.write("app/__main__.py", "def start():\n    return 'é'\nstart()\n");
    for (minor, python) in pythons() {
        let pack = "import zipfile, zipapp\nwith zipfile.ZipFile('lib.zip', 'w', zipfile.ZIP_DEFLATED) as z:\n    \
             z.writestr('inside/__init__.py', '')\n    z.writestr('inside/deep.py', 'def f(a):\\n    b = a + 1\\n    return b\\n')\n\
             zipapp.create_archive('app', 'app.pyz', interpreter='/usr/bin/env python3')\n";
        let packed = Command::new(&python).args(["-c", pack]).current_dir(project.folder.path()).status();
        assert!(packed.expect("python runs").success());
        let recording = record(&project, &python, &["main.py"]);
        assert_eq!(source_of(&recording, "f").and_then(|found| found.1), Some(CELL), "3.{minor}");
        let recording = record(&project, &python, &["app.pyz"]);
        let (path, text) = source_of(&recording, "start").expect("it is recorded");
        assert_eq!(text, Some("def start():\n    return 'é'\nstart()\n"), "3.{minor}");
        assert!(path.ends_with("/app.pyz/__main__.py"), "3.{minor}: {path}");
    }
}

#[test]
fn sources_are_decoded_by_their_cookies() {
    let project = Project::new("import latin, cyrillic, marked\nprint(latin.f(), cyrillic.f(), marked.f())\n");
    let write = |name: &str, bytes: &[u8]| std::fs::write(project.path(name), bytes).expect("a file");
    write("latin.py", b"# -*- coding: latin-1 -*-\ndef f():\n    return '\xe9t\xe9'\n");
    write("cyrillic.py", b"#!/usr/bin/python\n# vim: set fileencoding=koi8-r :\ndef f():\n    return '\xc1\xc2'\n");
    write("marked.py", b"\xef\xbb\xbfdef f():\n    return '\xc3\xa9'\n");
    for (minor, python) in pythons() {
        let recording = record(&project, &python, &["main.py"]);
        for (file, line) in
            [("latin.py", "    return 'été'"), ("cyrillic.py", "    return 'аб'"), ("marked.py", "    return 'é'")]
        {
            let source = recording.sources.iter().find(|source| source.path.ends_with(file)).expect("a source");
            let text = source.text.as_deref().expect("a text");
            assert_eq!(text.trim_end().lines().last(), Some(line), "3.{minor} {file}");
            assert!(!text.starts_with('\u{feff}'), "3.{minor} {file}");
        }
        let command = "# coding: latin-1\ndef f():\n    return 'é'\nf()";
        let recording = record(&project, &python, &["-c", command]);
        assert_eq!(source_of(&recording, "f").and_then(|found| found.1), Some(command), "3.{minor}");
    }
}

/// A forked process has the sources of its parent.
#[test]
fn forked_processes_have_the_sources() {
    let project = Project::new(&format!(
        "import linecache, os\nS = {CELL:?}\nlinecache.cache['<mine>'] = (len(S), None, S.splitlines(True), '<mine>')\n\
         ns = {{}}\nexec(compile(S, '<mine>', 'exec'), ns)\nif os.fork() == 0:\n    ns['f'](1)\n    os._exit(0)\nos.wait()\n"
    ));
    for (minor, python) in pythons() {
        let recording = record(&project, &python, &["main.py"]);
        assert_eq!(source_of(&recording, "f"), Some(("<mine>", Some(CELL))), "3.{minor}");
        assert_eq!(recording.sources.iter().filter(|source| source.path == "<mine>").count(), 1, "3.{minor}");
    }
}

/// The text of each source with a function of this name, in order of appearance.
fn texts_of(recording: &Recording, function: &str) -> Vec<String> {
    let all = recording.functions.iter().filter(|known| known.name == function);
    all.map(|known| recording.sources[known.source as usize].text.clone().unwrap_or_default()).collect()
}

/// Each code object has the text that it was compiled from, even if its file has changed since.
#[test]
fn files_that_are_rewritten() {
    let program = "\
import importlib, os, sys
sys.dont_write_bytecode = True
def write(name, text):
    with open(name, 'w', encoding='latin-1') as file: file.write(text)
def text(n, head=''): return head + f'def f():\\n    return {n}\\ndef late():\\n    return -{n}\\n'
write('mod.py', text(1)); sys.path.insert(0, '')
import mod
kept = mod.late
mod.f()
write('mod.py', text(2)); importlib.reload(mod); mod.f()
kept()
write('mod.py', text(1)); importlib.reload(mod); mod.f(); mod.late()
write('mod.py', text(3)); importlib.reload(mod); mod.late()
for n in (4, 5, 5):
    write('code.py', text(n)); ns = {}
    exec(compile(open('code.py').read(), os.path.abspath('code.py'), 'exec'), ns); ns['f']()
for n in ('é', 'è'):
    write('latin.py', text(repr(n), '# coding: latin-1\\n')); ns = {}
    exec(compile(open('latin.py', 'rb').read(), os.path.abspath('latin.py'), 'exec'), ns); ns['f']()
write('code.py', text(6))
if os.fork() == 0:
    mod.f(); ns = {}
    exec(compile(open('code.py').read(), os.path.abspath('code.py'), 'exec'), ns); ns['late']()
    os._exit(0)
os.wait()
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let recording = record(&project, &python, &["main.py"]);
        let first = |text: &String| text.lines().find(|line| line.contains("return")).unwrap_or("?").trim().to_owned();
        let found: Vec<String> = texts_of(&recording, "f").iter().map(first).collect();
        let wanted = "return 1,return 2,return 1,return 4,return 5,return 5,return 'é',return 'è',return 3";
        assert_eq!(found.join(","), wanted, "3.{minor}");
        let found: Vec<String> = texts_of(&recording, "late").iter().map(first).collect();
        assert_eq!(found.join(","), "return 1,return 1,return 3,return 6", "3.{minor}");
        // Equal texts are one source.
        assert_eq!(recording.sources.iter().filter(|source| source.path.ends_with("/mod.py")).count(), 3, "3.{minor}");
        let plain = recording.sources.iter().filter(|source| source.path.ends_with("/code.py")).count();
        assert_eq!(plain, 3, "3.{minor}");
    }
}

#[test]
fn scripts_that_rewrite_themselves() {
    let program = "open(__file__, 'w').write('# nothing\\n' * 9)\ndef f():\n    return 1\nf()\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let recording = record(&project, &python, &["main.py"]);
        assert_eq!(texts_of(&recording, "f"), [program], "3.{minor}");
        // Removing a file has no effect either.
        let project = Project::new(
            &program.replace("open(__file__, 'w').write('# nothing\\n' * 9)", "import os; os.remove(__file__)"),
        );
        let recording = record(&project, &python, &["main.py"]);
        assert!(texts_of(&recording, "f")[0].contains("os.remove"), "3.{minor}");
    }
}

#[test]
fn empty_files_are_empty() {
    let project = Project::new("import one, two\nimport one.three\n");
    project.write("one/__init__.py", "");
    project.write("one/three.py", "\n\n");
    project.write("two.py", "# A comment.\n");
    for (minor, python) in pythons() {
        let recording = record(&project, &python, &["main.py"]);
        let source = recording.sources.iter().find(|source| source.path.ends_with("one/__init__.py"));
        assert_eq!(source.and_then(|source| source.text.as_deref()), Some(""), "3.{minor}");
        let story = text(&project.connie(&["replay", "./r.connie"]).stdout);
        assert!(!story.contains("source unknown"), "3.{minor}: {story}");
        assert_eq!(story.matches("(empty file)").count(), 2, "3.{minor}: {story}");
    }
}

/// A loader of the program is not asked for sources, as its code would run.
#[test]
fn loaders_of_the_program_are_not_called() {
    let program = "\
import importlib.abc, importlib.util, os, sys
HERE = os.path.dirname(os.path.abspath(__file__))
class Loader(importlib.abc.InspectLoader):
    def get_source(self, name):
        print('asked for', name)
        return 'def f(a):\\n    b = a + 1\\n    return b\\n'
    def get_code(self, name):
        return compile(self.get_source(name), os.path.join(HERE, 'virtual', name + '.py'), 'exec')
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == 'made': return importlib.util.spec_from_loader(name, Loader())
sys.meta_path.append(Finder())
import made
made.f(1)
if len(sys.argv) > 1:
    import linecache
    linecache.getlines(os.path.join(HERE, 'virtual', 'made.py'), vars(made))
    exec(made.__loader__.get_code('made'), vars(made))
    made.f(2)
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let recording = record(&project, &python, &["main.py"]);
        assert_eq!(source_of(&recording, "f").and_then(|found| found.1), None, "3.{minor}");
        let output = project.record(&python, &["main.py"]);
        assert_eq!(text(&output.stdout), "asked for made\n", "3.{minor}");
        let story = text(&project.connie(&["replay", "./r.connie"]).stdout);
        assert!(story.contains("(source unknown)"), "3.{minor}: {story}");
        // The text that linecache has by then is the source.
        let recording = record(&project, &python, &["main.py", "again"]);
        assert_eq!(texts_of(&recording, "f"), ["", CELL], "3.{minor}");
    }
}

/// A breakpoint in a file applies to each text that the file had.
#[test]
fn breakpoints_are_hit_in_every_text_of_a_file() {
    let program = "\
import importlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, '')
def write(head):
    with open('mod.py', 'w') as file: file.write(head + 'def f(a):\\n    return a\\n')
write('')
import mod
mod.f(1)
write('x = 1\\n'); importlib.reload(mod); mod.f(2)
write('x = 22\\ny = 2\\n'); importlib.reload(mod); mod.f(3)
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        record(&project, &python, &["main.py"]);
        let mut console = connie_tests::console::Console::open(&project, "r.connie");
        let path = project.path("mod.py");
        let wanted = serde_json::json!({"source": {"path": path}, "breakpoints": [{"line": 4}]});
        let set = console.request("setBreakpoints", wanted);
        assert_eq!(set["breakpoints"][0]["line"], 4, "3.{minor}: {set}");
        console.start();
        console.say(":start");
        let mut places = Vec::new();
        while console.go("continue")["reason"] == "breakpoint" && places.len() < 9 {
            places.push(console.say("a"));
        }
        assert_eq!(places, ["1", "2", "3"], "3.{minor}");
    }
}
