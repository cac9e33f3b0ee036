//! Scripts made by installers: the project is that of the working folder, the interpreter is the script's own.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use connie_tests::{Project, connie, pythons, text};

/// A project in `proj`, and an environment beside it with the console script `tool` in its `bin`. The code that it runs
/// imports `own` from the working folder.
struct Setting {
    project: Project,
    python: PathBuf,
}

impl Setting {
    fn new(python: &Path, environment: &str) -> Self {
        let project = Project::new("");
        project.write("proj/own.py", "def work(a):\n    return a + 1\n");
        project.write("proj/sub/x", "");
        let venv = project.path(environment);
        let made = project.command(python, &["-m", "venv", "--without-pip"]).arg(&venv).status();
        assert!(made.expect("python runs").success());
        let python = venv.join("bin/python");
        let lib = std::fs::read_dir(venv.join("lib")).expect("a folder").next().expect("one").expect("an entry").path();
        std::fs::create_dir_all(lib.join("site-packages/pkg")).expect("a folder");
        let main = "import sys, os\ndef main():\n    sys.path.insert(0, os.getcwd())\n    import own\n    \
                    print(own.work(1), sys.argv[1:], sys.prefix, sys.flags.isolated)\n    return 3\n";
        std::fs::write(lib.join("site-packages/pkg/__init__.py"), main).expect("a file");
        let setting = Self { project, python };
        setting.script(environment, "tool", &format!("#!{}", setting.python.display()));
        setting
    }

    /// Writes a script as installers do, after the given first lines.
    fn script(&self, environment: &str, name: &str, head: &str) {
        let path = format!("{environment}/bin/{name}");
        self.project.write(&path, &format!("{head}\nimport sys\nfrom pkg import main\nsys.exit(main())\n"));
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.project.path(&path), mode).expect("a file");
    }

    fn run(&self, cwd: &str, options: &[&str], script: &str) -> Output {
        let mut command = self.project.command(&connie(), &["run"]);
        command.args(options).arg(script).args(["a", "-b"]).current_dir(self.project.path(cwd));
        command.output().expect("connie runs")
    }

    /// The files with recorded lines, in the latest recording of a folder.
    fn recorded(&self, cwd: &str) -> String {
        let mut command = self.project.command(&connie(), &["replay", "latest", "--format", "jsonl"]);
        let output = command.current_dir(self.project.path(cwd)).output().expect("connie runs");
        text(&output.stdout)
    }

    /// Asserts that a script was recorded, and that it prints the same without connie.
    fn check(&self, cwd: &str, options: &[&str], script: &str) {
        let output = self.run(cwd, options, script);
        assert_eq!(output.status.code(), Some(3), "{script}: {}", text(&output.stderr));
        let expected =
            format!("2 ['a', '-b'] {} 0\n", self.python.parent().and_then(Path::parent).expect("it").display());
        assert_eq!(text(&output.stdout), expected, "{script}");
        let found = self.recorded(cwd);
        assert!(found.contains("\"function\":\"work\"") && !found.contains("/bin/"), "{script}: {found}");
        let kept = self.project.path("proj/.connie");
        assert!(kept.is_dir() && !self.python.with_file_name(".connie").exists(), "{script}");
    }
}

#[test]
fn a_console_script_is_part_of_the_project_it_is_used_in() {
    for (_, python) in pythons() {
        for marked in [false, true] {
            let setting = Setting::new(&python, "env");
            if marked {
                setting.project.write("proj/pyproject.toml", "");
            }
            let path = setting.project.path("env/bin/tool").display().to_string();
            setting.check("proj", &[], &path);
            setting.check("proj", &[], "../env/bin/tool");
            let named = setting.python.display().to_string();
            setting.check("proj", &["--python", &named], &path);
            // pipx makes a link to the script, in a folder without an interpreter.
            setting.project.write("local/x", "");
            symlink("../env/bin/tool", setting.project.path("local/tool")).expect("a link");
            setting.check("proj", &[], "../local/tool");
            // `--python` has precedence over the script's interpreter. The other one has no `pkg`.
            let other = python.display().to_string();
            let output = setting.run("proj", &["--python", &other], &path);
            assert!(text(&output.stderr).contains("No module named 'pkg'"), "{}", text(&output.stderr));
        }
    }
}

/// pip, uv and conda write a second line if the path of the interpreter is long or has blanks.
#[test]
fn interpreters_behind_a_shell_are_found() {
    for (_, python) in pythons() {
        let setting = Setting::new(&python, "an env");
        let python = setting.python.display();
        let heads = [
            ("pip", format!("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''")),
            ("uv", format!("#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''")),
            ("conda", format!("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\" #'''")),
            (
                "moved",
                "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''".into(),
            ),
        ];
        for (name, head) in heads {
            setting.script("an env", name, &head);
            setting.check("proj", &[], &format!("../an env/bin/{name}"));
        }
    }
}

#[test]
fn env_in_the_first_line_looks_at_the_path() {
    for (_, python) in pythons().into_iter().take(1) {
        let setting = Setting::new(&python, "env");
        setting.script("env", "enved", "#!/usr/bin/env python");
        let path = format!("{}:{}", setting.project.path("env/bin").display(), std::env::var("PATH").expect("a PATH"));
        let mut command = setting.project.command(&connie(), &["run", "../env/bin/enved"]);
        let output = command.current_dir(setting.project.path("proj")).env("PATH", path).output().expect("connie runs");
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        assert!(setting.recorded("proj").contains("\"function\":\"work\""));
    }
}

/// Fedora's scripts have options in their first lines. Options that keep connie out are dropped, with a message.
#[test]
fn options_of_the_first_line_are_passed_on() {
    for (_, python) in pythons() {
        let setting = Setting::new(&python, "env");
        for (name, options, warned) in [("plain", "-sB", false), ("isolated", "-I", true), ("both", "-Es", true)] {
            setting.script("env", name, &format!("#!{} {options}", setting.python.display()));
            let output = setting.run("proj", &[], &format!("../env/bin/{name}"));
            assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
            let said = text(&output.stderr).contains("connie leaves this out, since nothing can be recorded with it");
            assert_eq!(said, warned, "{options}: {}", text(&output.stderr));
            assert!(setting.recorded("proj").contains("\"function\":\"work\""));
        }
    }
}

/// An environment within the project, and commands run from its folders.
#[test]
fn an_environment_within_the_project() {
    for (_, python) in pythons().into_iter().take(1) {
        let setting = Setting::new(&python, "proj/.venv");
        setting.project.write("proj/pyproject.toml", "");
        setting.check("proj", &[], ".venv/bin/tool");
        // From another folder that has no project.
        let elsewhere = tempfile::tempdir().expect("a folder");
        let tool = setting.project.path("proj/.venv/bin/tool");
        let mut command = setting.project.command(&connie(), &["run", "--quiet"]);
        let at = command.arg(&tool).current_dir(elsewhere.path()).env("PYTHONPATH", setting.project.path("proj"));
        let output = at.output().expect("connie runs");
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        assert!(!elsewhere.path().join(".connie").exists());
        assert!(setting.recorded("proj").contains("\"function\":\"work\""));
    }
}

#[test]
fn what_is_no_python_script_is_refused() {
    let project = Project::new("x = 1\n");
    let shell = std::fs::canonicalize("/bin/sh").expect("a shell").display().to_string();
    for (name, text) in [
        ("bashed", "#!/usr/bin/env bash\necho hi\n"),
        ("noded", "#!/usr/bin/node\nx\n"),
        ("shelled", "#!/bin/sh\nexec python x\n"),
    ] {
        project.write(name, text);
    }
    for (script, why) in [
        ("bashed", "bashed is not a Python script: its first line is #!/usr/bin/env bash"),
        ("noded", "noded is not a Python script: its first line is #!/usr/bin/node"),
        ("shelled", "shelled is not a Python script: its first line is #!/bin/sh"),
        (shell.as_str(), "is not a Python script: it is a native executable"),
        ("nowhere.py", "there is no script nowhere.py"),
    ] {
        let output = project.connie(&["run", script]);
        let said = text(&output.stderr);
        assert!(said.contains(why) && said.lines().count() == 1, "{script}: {said}");
        assert!(matches!(output.status.code(), Some(64 | 66)), "{script}");
    }
    // Python ignores a first line.
    project.write("main.py", "#!/bin/sh\nx = 1\n");
    project.write("plain", "x = 1\n");
    for (_, python) in pythons().into_iter().take(1) {
        for script in ["main.py", "plain"] {
            let output = project.record(&python, &[script]);
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert!(project.replay(&[]).len() > 2);
        }
    }
}

/// Commands on the PATH that start Python themselves: native ones, shell scripts, and Python scripts such as poetry.
#[test]
fn what_a_launcher_starts_is_recorded() {
    let program = "import os, sys\ndef work(n):\n    return n + 1\nprint(work(1), sys.argv[1:])\n\
                   print([name for name in os.environ if name in ('CONNIE_CONFIG', 'CONNIE_CHILD', 'CONNIE_LAUNCHER', 'CONNIE_NAMES', 'CONNIE_PYTHONPATH')], os.environ.get('PYTHONPATH'))\nsys.exit(3)\n";
    for (_, python) in pythons() {
        let project = Project::new(program);
        let name = python.display();
        let launchers = [
            ("go", format!("#!/bin/sh\n{name} -c 'print(\"first\")'\n{name} \"$@\"\n")),
            ("poetry", format!("#!{name}\nimport os, sys\nos.execvp('{name}', ['{name}', *sys.argv[1:]])\n")),
            (
                "hatch",
                format!(
                    "#!{name}\nimport subprocess, sys\ndef work(own):\n    pass\nwork(1)\n\
                     sys.exit(subprocess.call(['sh', '-c', '{name} \"$@\"', 'x', *sys.argv[1:]]))\n"
                ),
            ),
            ("python3.99", format!("#!/bin/sh\nexec {name} \"$@\"\n")),
        ];
        for (launcher, text) in &launchers {
            project.write(&format!("bin/{launcher}"), text);
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(project.path(&format!("bin/{launcher}")), mode).expect("a file");
        }
        let path = format!("{}:{}", project.path("bin").display(), std::env::var("PATH").expect("a PATH"));
        for (launcher, _) in &launchers {
            let mut command = project.command(&connie(), &["run", "--", launcher, "main.py", "a"]);
            let output = command.env("PATH", &path).output().expect("connie runs");
            assert_eq!(output.status.code(), Some(3), "{launcher}: {}", text(&output.stderr));
            let said = text(&output.stdout);
            assert!(said.ends_with("2 ['a']\n[] None\n"), "{launcher}: {said}");
            let steps = project.replay(&["--locals", "all"]);
            let calls: Vec<_> =
                steps.iter().filter(|step| step["event"] == "call" && step["function"] == "work").collect();
            assert_eq!(calls.len(), 1, "{launcher}: the launcher's own functions are not recorded: {calls:?}");
            assert_eq!(calls[0]["locals"]["n"], "1", "{launcher}");
        }
        // A script of the project comes before a command of the same name.
        project.write("go", "x = 1\n");
        let mut command = project.command(&connie(), &["run", "--python", &name.to_string(), "go"]);
        let output = command.env("PATH", &path).output().expect("connie runs");
        assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    }
}

/// The program runs all the same.
#[test]
fn a_command_that_starts_no_python_says_so() {
    let project = Project::new("x = 1\n");
    let output = project.connie(&["run", "sh", "-c", "echo out; exit 7"]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(7), "out\n"));
    let said = text(&output.stderr);
    assert!(said.contains("nothing was recorded: sh started no Python that connie can record"), "{said}");
    assert!(project.recordings().is_empty());
    for (option, why) in
        [("--python=python3", "--python is not for sh"), ("--python-arg=-O", "--python-arg is not for sh")]
    {
        let output = project.connie(&["run", option, "sh"]);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(64) && said.contains(why), "{said}");
    }
}
