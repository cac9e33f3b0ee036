//! Code that is in no file of the project: cells of notebooks, which belong to the program, and frames that extension
//! modules make up, which do not.

use std::path::PathBuf;
use std::process::Command;

use connie_tests::{Project, connie, text};

/// The interpreter of an environment made by `cargo xtask test`.
pub fn environment(variable: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(variable) else {
        println!("skipped: {variable} names no environment (cargo xtask test makes it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return None;
    };
    Some(PathBuf::from(folder).join("bin/python"))
}

/// A notebook with these cells.
pub fn notebook(cells: &[&str]) -> String {
    let cell = |text: &&str| serde_json::json!({"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": text});
    let kernel = serde_json::json!({"display_name": "Python 3", "language": "python", "name": "python3"});
    let cells: Vec<_> = cells.iter().map(cell).collect();
    serde_json::json!({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})
        .to_string()
}

#[test]
fn cells_of_notebooks_are_recorded() {
    let Some(python) = environment("CONNIE_TEST_NOTEBOOKS") else { return };
    let project = Project::new("");
    project.write("helper.py", "def g(a):\n    return a * 2\n");
    project.write(
        "nb.ipynb",
        &notebook(&["def f(a):\n    b = a + 1\n    return b\n", "import helper\nx = f(1)\ny = helper.g(x)\n"]),
    );
    let convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "nb.ipynb", "--output", "out.ipynb"];
    let recorded = project.record(&python, &convert);
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    assert!(project.path("out.ipynb").is_file());
    let steps = project.replay(&["--locals", "all"]);
    let cell = |step: &&serde_json::Value| step["file"].as_str().is_some_and(|file| file.contains("/ipykernel_"));
    let lines = steps.iter().filter(cell).filter(|step| step["event"] == "line").count();
    assert_eq!(lines, 1 + 3 + 2, "the lines of both cells, and of f");
    let given = steps.iter().find(|step| step["event"] == "return" && step["function"] == "f").expect("the call of f");
    assert_eq!((given["value"].as_str(), given["locals"]["b"].as_str()), (Some("2"), Some("2")));
    assert!(steps.iter().any(|step| step["event"] == "call" && step["function"] == "g"));
    // The recording has the text of the cells, which is in no file.
    let shown = text(&project.connie(&["replay", "latest", "--no-pager"]).stdout);
    assert!(shown.contains("y = helper.g(x)") && !shown.contains("source unknown"), "{shown}");
    // No code of the kernel is recorded.
    let is_ours = |step: &serde_json::Value| {
        let file = step["file"].as_str().unwrap_or_default();
        file.is_empty() || file.contains("/ipykernel_") || file.ends_with("helper.py")
    };
    assert!(steps.iter().all(is_ours));
    // A pattern can exclude cells.
    let recorded = project.record(&python, &[&["--exclude", "**/ipykernel_*/*"], convert.as_slice()].concat());
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    assert!(!project.replay(&[]).iter().any(|step| cell(&step)));
}

#[test]
fn cells_of_a_session_are_recorded() {
    let Some(python) = environment("CONNIE_TEST_NOTEBOOKS") else { return };
    let project = Project::new("");
    project.write("session.ipy", "def f(a):\n    return a + 1\nx = f(1)\n");
    let ipython = "from IPython.core.interactiveshell import InteractiveShell as S\nfrom traitlets.config import Config\n\
                   shell = S.instance(config=Config(HistoryManager=dict(enabled=False)))\nshell.run_cell('def f(a):\\n    return a + 1')\nshell.run_cell('x = f(1)')\n";
    let recorded = project.record(&python, &["-c", ipython]);
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    let steps = project.replay(&[]);
    let call = steps.iter().find(|step| step["event"] == "call" && step["function"] == "f");
    let call = call.unwrap_or_else(|| panic!("{steps:?}"));
    assert!(
        call["file"].as_str().is_some_and(|file| file.contains("ipython-input") || file.contains("ipykernel_")),
        "{call}"
    );
}

const MODULE: &str = "# cython: profile=True, linetrace=True\n# distutils: define_macros=CYTHON_TRACE=1\n\n\
    def twice(f, n):\n    a = f(n)\n    b = f(n + 1)\n    return a + b\n\ndef bad(n):\n    raise ValueError(n)\n\n\
    class Thing:\n    def go(self, n):\n        return [self.one(k) for k in range(n)]\n    def one(self, k):\n        return k * 2\n\n\
    def gen(n):\n    for k in range(n):\n        yield k\n\nasync def co(n):\n    return n\n";

/// Made-up frames have no frame of the interpreter: reading one would read memory of something else.
#[test]
fn frames_that_extension_modules_make_up_are_none() {
    let Some(python) = environment("CONNIE_TEST_CYTHON") else { return };
    if Command::new("cc").arg("--version").output().is_err() {
        return println!("skipped: there is no C compiler");
    }
    let project = Project::new(
        "import asyncio, sys\nfrom pkg import mod\ndef f(x):\n    return x * 2\nprint(mod.twice(f, 3))\n\
         try:\n    mod.bad(4)\nexcept ValueError as e:\n    msg = str(e)\n\
         print(mod.Thing().go(3), list(mod.gen(3)), asyncio.run(mod.co(5)))\n\
         async def wait():\n    return await mod.co(3)\nprint(asyncio.run(wait()))\n\
         if sys.argv[1:]:\n    sys.settrace(lambda *_: None)\n    print(mod.twice(f, 3))\n    sys.settrace(None)\n",
    );
    project.write("pkg/__init__.py", "");
    project.write("pkg/mod.pyx", MODULE);
    project.write(
        "setup.py",
        "from setuptools import setup\nfrom Cython.Build import cythonize\nsetup(name='x', ext_modules=cythonize('pkg/mod.pyx'))\n",
    );
    let mut build = project.command(&python, &["setup.py", "-q", "build_ext", "--inplace"]);
    let built = build.env("CFLAGS", "-O0").output().expect("python runs");
    assert!(built.status.success(), "{}", text(&built.stderr));
    // With the source at the place that the code names, and without.
    for is_there in [true, false] {
        if !is_there {
            std::fs::remove_file(project.path("pkg/mod.pyx")).expect("the file");
        }
        for arguments in [&["main.py"][..], &["main.py", "traced"], &["--all", "main.py"]] {
            let script: Vec<&str> = arguments.iter().copied().filter(|word| !word.starts_with('-')).collect();
            let plain = project.command(&python, &script).output().expect("python runs");
            let recorded =
                project.command(&connie(), &["run", "--quiet", "--python"]).arg(&python).args(arguments).output();
            let recorded = recorded.expect("connie runs");
            assert_eq!(text(&plain.stdout), text(&recorded.stdout), "{}", text(&recorded.stderr));
            let steps = project.replay(&[]);
            let made_up = steps.iter().find(|step| step["file"].as_str().is_some_and(|file| file.ends_with(".pyx")));
            assert!(made_up.is_none(), "{arguments:?} {is_there}: {made_up:?}");
            // The functions that it calls are recorded with their values.
            let given: Vec<_> =
                steps.iter().filter(|step| step["event"] == "return" && step["function"] == "f").collect();
            assert!(given.len() >= 2 && given[0]["value"] == "6" && given[1]["value"] == "8", "{given:?}");
        }
    }
}
