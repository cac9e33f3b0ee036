//! Files are identified by what they are, not by how they are named: dots, symbolic links, relative names.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use connie_tests::{Project, connie, pythons, rows, text};
use serde_json::Value;

const PROGRAM: &str = "import sys\nx = 1\ny = x + 1\nprint(y, __file__, sys.argv)\n";

/// Records in a folder. Asserts that the program behaves the same.
fn record(project: &Project, python: &Path, cwd: &str, arguments: &[&str]) -> Output {
    let at = project.path(cwd);
    let script: Vec<&str> =
        arguments.iter().skip_while(|word| word.starts_with('-') || word.contains('=')).copied().collect();
    let plain = project.command(python, &script).current_dir(&at).output().expect("python runs");
    let recorded = run(project, python, cwd, arguments);
    assert_eq!(text(&plain.stdout), text(&recorded.stdout), "stdout of {arguments:?}");
    assert_eq!(plain.status.code(), recorded.status.code(), "{}", text(&recorded.stderr));
    recorded
}

fn run(project: &Project, python: &Path, cwd: &str, arguments: &[&str]) -> Output {
    let mut command = project.command(&connie(), &["run", "--output"]);
    let file = project.path("latest.connie");
    let _ = std::fs::remove_file(&file);
    command.arg(&file).arg("--python").arg(python).args(arguments).current_dir(project.path(cwd));
    command.output().expect("connie runs")
}

fn steps(project: &Project) -> Vec<Value> {
    let output = project.connie(&["replay", "latest.connie", "--format", "jsonl"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    rows(&output.stdout)
}

/// The files with lines that ran, and their numbers of hits.
fn lines(project: &Project) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for step in steps(project).iter().filter(|step| step["event"] == "line") {
        let file = step["file"].as_str().unwrap_or_default().to_owned();
        match found.iter_mut().find(|(known, _)| *known == file) {
            Some((_, n)) => *n += 1,
            None => found.push((file, 1)),
        }
    }
    found
}

/// A project with a script in `dir`, a link `link` to `dir`, and a link `far` to `deep/inner`.
fn project() -> Project {
    let project = Project::new("");
    for name in ["dir/prog.py", "deep/prog.py"] {
        project.write(name, PROGRAM);
    }
    project.write("other/x", "");
    project.write("deep/inner/x", "");
    symlink("dir", project.path("link")).expect("a link");
    symlink("deep/inner", project.path("far")).expect("a link");
    project
}

#[test]
fn a_script_is_recorded_whatever_its_path_looks_like() {
    for marked in ["", "dir/pyproject.toml", "pyproject.toml"] {
        let project = project();
        if !marked.is_empty() {
            project.write(marked, "");
        }
        let absolute = project.path("link/prog.py").to_string_lossy().into_owned();
        for (minor, python) in pythons() {
            for (cwd, script) in [
                ("", "dir/prog.py"),
                ("", "./dir/prog.py"),
                ("", "dir/../dir/./prog.py"),
                ("", ".//dir//prog.py"),
                ("other", "../dir/prog.py"),
                ("", "link/prog.py"),
                ("other", "../link/prog.py"),
                ("link", "prog.py"),
                ("dir", "./prog.py"),
                ("other", absolute.as_str()),
                // Not the folder that contains `far`.
                ("", "far/../prog.py"),
            ] {
                record(&project, &python, cwd, &[script, "a"]);
                let found = lines(&project);
                let [(_, 4)] = found.as_slice() else { panic!("3.{minor} {marked} {cwd} {script}: {found:?}") };
            }
        }
    }
}

#[test]
fn modules_are_found_by_every_name_of_their_folder() {
    let project = project();
    project.write("pyproject.toml", "");
    project.write("src/helper.py", "def f(a):\n    return a + 1\n");
    project.write("src/other.py", "def g(a):\n    return a + 1\n");
    symlink("src", project.path("lib")).expect("a link");
    let top = project.path("");
    let outside = tempfile::tempdir().expect("a folder");
    // Links to the project, to a folder outside it, and to a file outside it.
    let alias = outside.path().canonicalize().expect("the folder");
    symlink(&top, alias.join("alias")).expect("a link");
    std::fs::create_dir(alias.join("vendor")).expect("a folder");
    std::fs::write(alias.join("vendor/vendored.py"), "def h(a):\n    return a + 1\n").expect("a file");
    std::fs::write(alias.join("single.py"), "def s(a):\n    return a + 1\n").expect("a file");
    symlink(alias.join("vendor"), project.path("vendor")).expect("a link");
    symlink(alias.join("single.py"), project.path("src/single.py")).expect("a link");
    project.write(
        "main.py",
        &format!(
            "import sys\nsys.path[:0] = [{:?}, {:?}, './/lib/', 'other/../vendor', {:?}]\nimport helper, other, vendored, single\n\
             helper.f(1)\nother.g(1)\nvendored.h(1)\nsingle.s(1)\n",
            format!("{}/alias/./lib/", alias.display()),
            format!("{}//src", top.display()),
            format!("{}/alias/src", alias.display()),
        ),
    );
    for (minor, python) in pythons() {
        record(&project, &python, "", &["main.py"]);
        let steps = steps(&project);
        for function in ["f", "g", "h", "s"] {
            let calls = steps.iter().filter(|step| step["event"] == "call" && step["function"] == function).count();
            assert_eq!(calls, 1, "3.{minor}: {function}");
        }
        // The project itself, opened by its other name.
        let script = alias.join("alias/main.py").to_string_lossy().into_owned();
        record(&project, &python, "", &[&script]);
        assert_eq!(lines(&project).iter().map(|(_, n)| n).sum::<usize>(), 7 + 8, "3.{minor}: {:?}", lines(&project));
    }
}

/// Two modules of one file are one file: a breakpoint in it applies to both.
#[test]
fn one_file_under_two_names_is_one_source() {
    let project = project();
    project.write("pyproject.toml", "");
    project.write("dir/twice.py", "def f(a):\n    return a + 1\n");
    project.write("main.py", "from dir import twice as one\nfrom link import twice as two\none.f(1)\ntwo.f(2)\n");
    for (minor, python) in pythons() {
        record(&project, &python, "", &["main.py"]);
        let found = lines(&project);
        let ours: Vec<_> = found.iter().filter(|(file, _)| file.ends_with("twice.py")).collect();
        assert_eq!(ours.len(), 1, "3.{minor}: {found:?}");
    }
}

#[test]
fn relative_names_are_those_of_files_that_are_there() {
    let project = project();
    project.write("pyproject.toml", "");
    project.write("sub/job.py", "a = 1\nb = 2\n");
    project.write("job.py", "c = 1\n");
    project.write(
        "main.py",
        "import os, runpy\ndef run(name):\n    with open(name) as file:\n        exec(compile(file.read(), name, 'exec'), {})\n\
         run('job.py')\ncode = compile(open('job.py').read(), 'main.py', 'exec')\nos.chdir('sub')\nrun('job.py')\nexec(code, {})\n\
         exec(compile('d = 1\\n', 'pkg/mod.pyx', 'exec'), {})\nrunpy.run_path('./job.py')\n",
    );
    for (minor, python) in pythons() {
        record(&project, &python, "", &["main.py"]);
        let found = lines(&project);
        let of = |name: &str| found.iter().find(|(file, _)| file.ends_with(name)).map_or(0, |(_, n)| *n);
        assert_eq!(of("sub/job.py"), 4, "3.{minor}: {found:?}");
        assert_eq!(found.iter().filter(|(file, _)| !file.contains("sub/") && file.ends_with("job.py")).count(), 1);
        assert!(!found.iter().any(|(file, _)| file.contains("pyx")), "3.{minor}: {found:?}");
        // Files that are requested are recorded.
        for option in ["--all", "--include=pkg/mod.pyx"] {
            record(&project, &python, "", &[option, "main.py"]);
            assert!(lines(&project).iter().any(|(file, _)| file.ends_with("pkg/mod.pyx")), "3.{minor}: {option}");
        }
    }
}

#[test]
fn patterns_may_name_files_by_links() {
    let project = project();
    project.write("p/pyproject.toml", "");
    project.write("p/main.py", "import sys\nsys.path[:0] = ['../dir', '../deep']\nimport one, two\none.f()\ntwo.f()\n");
    project.write("dir/one.py", "def f():\n    return 1\n");
    project.write("deep/two.py", "def f():\n    return 2\n");
    symlink("../dir", project.path("p/linked")).expect("a link");
    let absolute = format!("--include={}", project.path("link").display());
    let glob = format!("--include={}/link/*.py", project.path("").display());
    for (minor, python) in pythons() {
        for (option, expected) in [
            ("--quiet", 0),
            (absolute.as_str(), 1),
            (&glob, 1),
            ("--include=../dir", 1),
            ("--include=../dir/../link/one.py", 1),
            ("--include=linked", 1),
            ("--include=../*/*.py", 2),
        ] {
            record(&project, &python, "p", &[option, "main.py"]);
            let found = lines(&project);
            let calls = found.iter().filter(|(file, _)| file.ends_with("one.py") || file.ends_with("two.py")).count();
            assert_eq!(calls, expected, "3.{minor} {option}: {found:?}");
        }
        let excluded = format!("--exclude={}", project.path("p/linked").display());
        record(&project, &python, "p", &["--include=../dir", &excluded, "main.py"]);
        assert_eq!(lines(&project).len(), 1, "3.{minor}");
    }
}

/// A file that an installer links into an environment from the project belongs to the project. A file that a project
/// links in from an environment, or keeps in a store outside of it, does not.
#[test]
fn links_between_projects_and_environments_are_followed() {
    let project = project();
    project.write("pyproject.toml", "");
    project.write("src/mine/__init__.py", "def f():\n    return 1\n");
    project.write("venv/pyvenv.cfg", "");
    project.write("venv/lib/python3/site-packages/theirs/__init__.py", "def f():\n    return 1\n");
    project.write(".cache/store/stored/__init__.py", "def f():\n    return 1\n");
    let packages = project.path("venv/lib/python3/site-packages");
    symlink(project.path("src/mine"), packages.join("mine")).expect("a link");
    symlink(project.path(".cache/store/stored"), packages.join("stored")).expect("a link");
    symlink(packages.join("theirs"), project.path("linked")).expect("a link");
    project.write(
        "main.py",
        "import sys\nsys.path.append('venv/lib/python3/site-packages')\nimport mine, stored, linked, theirs\n\
         mine.f()\nstored.f()\nlinked.f()\ntheirs.f()\n",
    );
    for (minor, python) in pythons() {
        record(&project, &python, "", &["main.py"]);
        let mut found: Vec<String> = lines(&project).into_iter().map(|(file, _)| file).collect();
        found.sort();
        let [main, mine] = found.as_slice() else { panic!("3.{minor}: {found:?}") };
        assert!(main.ends_with("main.py") && mine.contains("mine"), "3.{minor}: {found:?}");
    }
}

#[test]
fn archives_and_code_compiled_elsewhere() {
    let project = project();
    project.write("pyproject.toml", "");
    project.write("app/__main__.py", "from helper import f\nprint(f(1))\n");
    project.write("app/helper.py", "def f(a):\n    return a + 1\n");
    symlink("app.pyz", project.path("linked.pyz")).expect("a link");
    project.write("elsewhere/moved.py", "def f(a):\n    return a + 1\n");
    for (minor, python) in pythons() {
        let zip = project.command(&python, &["-m", "zipapp", "app", "-o", "app.pyz"]).status();
        assert!(zip.expect("python runs").success());
        for script in ["app.pyz", "./app.pyz", "linked.pyz", "app", "./dir/../app"] {
            record(&project, &python, "", &[script]);
            assert_eq!(lines(&project).iter().map(|(_, n)| n).sum::<usize>(), 4, "3.{minor} {script}");
        }
        // A module and its compiled file are moved together. Python knows the new place.
        let compile = "import py_compile; py_compile.compile('elsewhere/moved.py')";
        assert!(project.command(&python, &["-c", compile]).status().expect("python runs").success());
        let _ = std::fs::remove_dir_all(project.path("here"));
        let copied = project.command(Path::new("cp"), &["-a", "elsewhere", "here"]).status();
        assert!(copied.expect("cp runs").success());
        project.write("main.py", "from here import moved\nmoved.f(1)\n");
        record(&project, &python, "", &["main.py"]);
        assert!(lines(&project).iter().any(|(file, _)| file.ends_with("here/moved.py")), "3.{minor}");
    }
}

/// The recording and its folder are found by both names of the project.
#[test]
fn a_linked_project_has_one_folder_of_recordings() {
    let project = project();
    project.write("dir/pyproject.toml", "");
    for (_, python) in pythons().into_iter().take(1) {
        let mut command = project.command(&connie(), &["run", "--python"]);
        let output =
            command.arg(&python).arg("prog.py").current_dir(project.path("link")).output().expect("connie runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        for cwd in ["dir", "link"] {
            let mut command = project.command(&connie(), &["list", "--format", "json"]);
            let output = command.current_dir(project.path(cwd)).output().expect("connie runs");
            assert!(
                text(&output.stdout).contains("prog.py"),
                "{cwd}: {} {}",
                text(&output.stdout),
                text(&output.stderr)
            );
        }
    }
}
