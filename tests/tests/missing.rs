//! What is not recorded is reported with a reason: processes that connie cannot follow, programs without code of the
//! project. Scripts on stdin are recorded.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use connie_tests::{Project, connie, pythons, text};

/// Records a program and returns connie's own output too.
fn run(project: &Project, python: &Path, arguments: &[&str]) -> Output {
    let mut command = project.command(&connie(), &["run", "--python"]);
    command.arg(python).args(arguments).output().expect("connie runs")
}

/// connie's final messages, without the line that is always there.
fn said(output: &Output) -> String {
    let lines = text(&output.stderr);
    lines
        .lines()
        .filter(|line| line.starts_with("connie: ") && !line.contains("· see it with"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The reported trouble of the newest recording. `latest` would skip recordings without steps.
fn trouble(project: &Project) -> String {
    let all = std::fs::read_dir(project.path(".connie")).expect("a folder").flatten().map(|entry| entry.path());
    let newest = all.filter(|path| path.extension().is_some_and(|end| end == "connie")).max().expect("a recording");
    let output = project.connie(&["show", &newest.display().to_string(), "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    shown["trouble"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_script_on_stdin_is_recorded() {
    let program = "import os, sys\ndef f(a):\n    return a + 1\nprint(f(1), sys.argv, __name__, sys.stdin.read())\n\
                   if not os.fork():\n    f(2)\n    os._exit(0)\nos.wait()\nexec(compile('z = 1', '<stdin>', 'exec'))\n";
    let project = Project::new(program);
    let file = || std::fs::File::open(project.path("main.py")).expect("the file");
    for (minor, python) in pythons() {
        let plain = project.command(&python, &["-", "a", "-b"]).stdin(file()).output().expect("python runs");
        for piped in [false, true] {
            let mut command = project.command(&connie(), &["run", "--quiet", "--python"]);
            command.arg(&python).args(["-", "a", "-b"]).stdout(Stdio::piped()).stderr(Stdio::piped());
            let output = if piped {
                let mut child = command.stdin(Stdio::piped()).spawn().expect("connie runs");
                child.stdin.take().expect("a pipe").write_all(program.as_bytes()).expect("it reads");
                child.wait_with_output().expect("it ends")
            } else {
                command.stdin(file()).output().expect("connie runs")
            };
            assert_eq!(text(&plain.stdout), text(&output.stdout), "3.{minor}: {}", text(&output.stderr));
            let steps = project.replay(&[]);
            let calls = steps.iter().filter(|step| step["event"] == "call" && step["function"] == "f");
            assert_eq!(calls.count(), 2, "3.{minor}: the program's and the forked child's");
            assert!(steps.iter().all(|step| step["file"] == "<stdin>"), "3.{minor}");
            let modules = steps.iter().filter(|step| step["event"] == "call" && step["function"] == "<module>");
            assert_eq!(modules.count(), 2, "3.{minor}: not what is only called so");
            // The text of the script is stored.
            let story = text(&project.connie(&["replay", "latest"]).stdout);
            assert!(story.contains("return a + 1"), "3.{minor}: {story}");
        }
    }
}

#[test]
fn children_may_read_their_scripts_from_stdin() {
    let project = Project::new(
        "import subprocess, sys\nfor n in (1, 2):\n    subprocess.run([sys.executable, '-'], input=f'x = {n}\\n' * n, text=True)\n",
    );
    for (minor, python) in pythons() {
        let output = run(&project, &python, &["main.py"]);
        assert_eq!(said(&output), "", "3.{minor}");
        let steps = project.replay(&[]);
        let mut of = std::collections::BTreeMap::<String, usize>::new();
        for step in steps.iter().filter(|step| step["event"] == "line" && !step["process"].is_null()) {
            *of.entry(step["file"].to_string()).or_default() += 1;
        }
        let mut found: Vec<usize> = of.into_values().collect();
        found.sort_unstable();
        assert_eq!(found, [1, 2], "3.{minor}");
    }
}

#[test]
fn a_pipe_is_no_part_of_a_project() {
    let project = Project::new("x = 1\ny = 2\n");
    for (minor, python) in pythons() {
        let shell = format!("{} run --quiet --python {} <(cat main.py)", connie().display(), python.display());
        let output = project.command(Path::new("bash"), &["-c", &shell]).output().expect("bash runs");
        assert!(output.status.success(), "3.{minor}: {}", text(&output.stderr));
        let steps = project.replay(&[]);
        assert_eq!(steps.iter().filter(|step| step["event"] == "line").count(), 2, "3.{minor}");
    }
}

#[test]
fn isolated_children_are_said_to_be_missing() {
    let project = Project::new(
        "import os, subprocess, sys\nmode = sys.argv[1]\npython = sys.executable\n\
         if mode == 'spawn':\n    os.waitpid(os.posix_spawn(python, [python, '-S', 'x.py'], os.environ), 0)\n\
         elif mode == 'shell':\n    subprocess.run(f'{python} -E x.py', shell=True)\n\
         elif mode == 'system':\n    os.system(f'{python} -I x.py')\n\
         elif mode == 'exec':\n    os.execv(python, [python, '-I', 'x.py'])\n\
         elif mode == 'fork':\n    if not os.fork():\n        os.execv(python, [python, '-I', 'x.py'])\n    os.wait()\n\
         elif mode == 'none':\n    subprocess.run([python, '--version'], stdout=subprocess.DEVNULL)\n    \
         subprocess.run([python, 'x.py', '-I'])\n    subprocess.run(['echo', 'python', '-I'], stdout=subprocess.DEVNULL)\n    \
         subprocess.run(f'{python} x.py -I', shell=True)\n    \
         import multiprocessing\n    multiprocessing.get_context('spawn').Process(target=print).start()\n    \
         try:\n        subprocess.run(['/nowhere/python', '-I'])\n    except OSError:\n        pass\n    \
         try:\n        os.execv('/nowhere/python', ['python', '-I'])\n    except OSError:\n        pass\n\
         else:\n    subprocess.run([python, mode, 'x.py'])\n",
    );
    project.write("x.py", "x = 1\n");
    project.write("tool", "#!/usr/bin/env -S python3 -I\nx = 1\n");
    for (minor, python) in pythons() {
        for (mode, option) in [
            ("-I", 'I'),
            ("-S", 'S'),
            ("-E", 'E'),
            ("-BsE", 'E'),
            ("spawn", 'S'),
            ("shell", 'E'),
            ("system", 'I'),
            ("exec", 'I'),
            ("fork", 'I'),
        ] {
            let output = run(&project, &python, &["main.py", mode]);
            let expected = format!("is not recorded: python -{option} keeps connie from loading");
            assert!(said(&output).contains(&expected), "3.{minor} {mode}: {}", text(&output.stderr));
            assert!(trouble(&project).contains(&expected), "3.{minor} {mode}");
            assert_eq!(output.status.code(), Some(0), "3.{minor} {mode}");
        }
        let output = run(&project, &python, &["main.py", "none"]);
        assert_eq!((said(&output), trouble(&project)), (String::new(), String::new()), "3.{minor}");
        let output = run(&project, &python, &["--no-children", "main.py", "-I"]);
        assert_eq!(said(&output), "", "3.{minor}: nobody expects it");
    }
}

#[test]
fn children_that_cannot_reach_the_recording_are_said_to_be_missing() {
    let user = Command::new("id").arg("-u").output().expect("id runs");
    if text(&user.stdout).trim() != "0" {
        return println!("skipped: changing users and roots takes root");
    }
    let project = Project::new(
        "import os, resource, subprocess, sys\nmode, how = sys.argv[1].split('-')\n\
         def change():\n    if mode == 'user':\n        os.setgid(65534)\n        os.setuid(65534)\n    \
         elif mode == 'root':\n        os.chroot('jail')\n        os.chdir('/')\n    \
         elif mode == 'files':\n        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))\n\
         def work():\n    return 1\n\
         if how == 'fork':\n    if not os.fork():\n        sys.settrace(None)\n        change()\n        work()\n        os._exit(0)\n    os.wait()\n\
         elif how == 'before':\n    pid = os.fork()\n    if not pid:\n        change()\n        work()\n        os._exit(0)\n    os.wait()\n\
         elif how == 'itself':\n    change()\n    work()\n    if not os.fork():\n        work()\n        os._exit(0)\n    os.wait()\n\
         else:\n    try:\n        subprocess.run([sys.executable, '-c', 'x = 1'], preexec_fn=change, close_fds=False)\n    \
         except PermissionError:\n        print('unreachable')\n",
    );
    std::fs::create_dir(project.path("jail")).expect("a folder");
    for (minor, python) in pythons() {
        let reasons =
            [("user", "changed to a user"), ("root", "changed its root folder"), ("files", "no free file descriptors")];
        for (mode, reason) in reasons {
            let output = run(&project, &python, &["main.py", &format!("{mode}-itself")]);
            let said = said(&output);
            assert!(
                said.contains("1 forked process is not recorded") && said.contains(reason),
                "3.{minor} {mode}: {said}"
            );
            assert_eq!(output.status.code(), Some(0), "3.{minor} {mode}: {}", text(&output.stderr));
            // What came before, and the process itself, is recorded.
            let steps = project.replay(&[]);
            assert!(steps.iter().any(|step| step["event"] == "call" && step["function"] == "work"), "3.{minor} {mode}");
        }
        // A process that has reported once continues to do so.
        for mode in ["user", "root", "files"] {
            let output = run(&project, &python, &["main.py", &format!("{mode}-fork")]);
            assert_eq!(said(&output), "", "3.{minor} {mode}");
            let steps = project.replay(&[]);
            let work = steps.iter().find(|step| step["event"] == "call" && step["function"] == "work");
            assert!(work.expect("the call")["process"].is_u64(), "3.{minor} {mode}");
        }
        let output = run(&project, &python, &["main.py", "user-new"]);
        if text(&output.stdout).contains("unreachable") {
            println!("skipped: another user cannot run {}", python.display());
            continue;
        }
        let said = said(&output);
        assert!(!text(&output.stderr).contains("sitecustomize"), "3.{minor}: {}", text(&output.stderr));
        assert!(
            said.contains("-c x = 1) is not recorded: it did not load connie"),
            "3.{minor}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn who_records_nothing_is_told_why() {
    let project = Project::new("x = 1\n");
    project.write("pyproject.toml", "");
    project.write("venv/pyvenv.cfg", "");
    project.write("venv/tool.py", "raise SystemExit(3)\n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let other = elsewhere.path().canonicalize().expect("the folder").join("other");
    std::fs::create_dir_all(other.join("site-packages/pkg")).expect("a folder");
    for name in ["out.py", "site-packages/pkg/__main__.py", "site-packages/pkg/__init__.py"] {
        std::fs::write(other.join(name), "x = 1\n").expect("a file");
    }
    let out = other.join("out.py").display().to_string();
    for (minor, python) in pythons() {
        let check = |arguments: &[&str], folder: &str, code: i32, expected: &str| {
            let mut command = project.command(&connie(), &["run", "--python"]);
            command.arg(&python).args(arguments).env("PYTHONPATH", &other).current_dir(project.path(folder));
            let output = command.env("PYTHONPATH", format!("{0}:{0}/site-packages", other.display())).output();
            let output = output.expect("connie runs");
            let said = said(&output);
            assert!(
                said.contains("no line of the project") && said.contains(expected),
                "3.{minor} {arguments:?}: {}",
                text(&output.stderr)
            );
            assert_eq!(output.status.code(), Some(code), "3.{minor} {arguments:?}");
            assert!(trouble(&project).contains(expected), "3.{minor} {arguments:?}");
        };
        check(&["-m", "out"], "", 0, &format!("{out} is outside of it (record that with --include {out})"));
        check(&["--exclude", "main.py", "main.py"], "", 0, "main.py is excluded by a pattern");
        check(&["venv/tool.py"], "", 3, "venv/tool.py is in a virtual environment (record that with --include");
        check(&["-m", "pkg"], "", 0, "or one with --include package:pkg)");
        // Modules imported by a Python's own .pth files may run again at its end.
        let own = project.command(&python, &["-c", "import sys; print(*sys.modules)"]).output().expect("python runs");
        if !text(&own.stdout).contains("certifi") {
            let expected = "only the standard library ran (record it with --include-stdlib)";
            check(&["-m", "tokenize", "main.py"], "", 0, expected);
        }
        // The suggested option works.
        let mut command = project.command(&connie(), &["run", "--python"]);
        command.arg(&python).args(["--include", &out, "-m", "out"]).env("PYTHONPATH", &other);
        let output = command.output().expect("connie runs");
        assert_eq!(said(&output), "", "3.{minor}");
        assert_eq!(project.replay(&[]).iter().filter(|step| step["event"] == "line").count(), 1, "3.{minor}");
        // Quiet mode prints nothing. A run with recorded steps does not say that nothing was recorded.
        let output = project.record(&python, &["--exclude", "main.py", "main.py"]);
        assert_eq!(text(&output.stderr), "", "3.{minor}");
        let output = run(&project, &python, &["main.py"]);
        assert_eq!((said(&output), trouble(&project)), (String::new(), String::new()), "3.{minor}");
    }
}

#[test]
fn programs_that_fail_before_their_first_line_get_no_advice() {
    let project = Project::new("x = (\n");
    project.write("empty/x.py", "");
    for (minor, python) in pythons() {
        for arguments in [&["main.py"][..], &["-m", "nosuch.mod"], &["-m", "main"], &["empty"]] {
            let plain = project.command(&python, arguments).output().expect("python runs");
            let output = run(&project, &python, arguments);
            assert_eq!(output.status.code(), plain.status.code(), "3.{minor} {arguments:?}");
            let message = text(&plain.stderr).lines().last().unwrap_or_default().trim().to_owned();
            let expected = format!("nothing was recorded: the program ended before its first line: {message}");
            assert_eq!(said(&output), format!("connie: {expected}"), "3.{minor} {arguments:?}");
            // The folder is a project of its own.
            if arguments != ["empty"] {
                assert_eq!(trouble(&project), expected, "3.{minor} {arguments:?}");
            }
        }
        let output = run(&project, &python, &["-m", "json.tool", "nowhere"]);
        assert!(!said(&output).contains("before its first line"), "3.{minor}: {}", text(&output.stderr));
    }
}

#[test]
fn files_left_over_by_a_removed_recording_do_no_harm() {
    let project = Project::new("x = 1\ny = 2\n");
    let slow = "import os, signal, time\nfor n in range(3000):\n    x = n\n\
                while not os.path.getsize('x.connie-wal'):\n    time.sleep(0.01)\n\
                os.kill(os.getppid(), signal.SIGKILL)\n";
    project.write("slow.py", slow);
    for (minor, python) in pythons() {
        assert!(!run(&project, &python, &["-o", "x.connie", "slow.py"]).status.success(), "3.{minor}");
        assert!(project.path("x.connie-wal").is_file(), "3.{minor}: it was killed");
        std::fs::remove_file(project.path("x.connie")).expect("the recording");
        project.write("x.connie-other", "kept");
        let output = run(&project, &python, &["-o", "x.connie", "main.py"]);
        assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()), "3.{minor}");
        let story = text(&project.connie(&["replay", "./x.connie"]).stdout);
        assert!(story.contains("y = 2"), "3.{minor}: {story}");
        assert!(project.path("x.connie-other").is_file(), "3.{minor}");
        std::fs::remove_file(project.path("x.connie")).expect("the recording");
    }
}

#[test]
fn a_child_whose_files_may_not_grow_is_said_to_be_missing_with_the_reason() {
    let project = Project::new(
        "import resource, subprocess, sys\nlimit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n\
         subprocess.run([sys.executable, 'kid.py'], preexec_fn=limit)\n",
    );
    project.write("kid.py", "x = 1\n");
    for (minor, python) in pythons() {
        let output = run(&project, &python, &["main.py"]);
        let said = said(&output);
        assert!(
            said.contains("kid.py) is not recorded: ") && said.contains("its limit for file sizes is too low"),
            "3.{minor}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn python_2_is_said_not_to_be_supported() {
    let found = Command::new("sh")
        .args(["-c", "ls -d ~/.pyenv/versions/2.7*/bin/python2.7 | tail -1 | grep . || command -v python2.7"])
        .output()
        .expect("sh runs");
    // A shim of pyenv is not an interpreter.
    let path = text(&found.stdout).trim().to_owned();
    let works = Command::new(&path).arg("--version").output().is_ok_and(|output| output.status.success());
    if !works {
        return println!("skipped: there is no Python 2.7");
    }
    let project = Project::new("x = 1\n");
    let output = run(&project, Path::new(&path), &["main.py"]);
    let expected = "Python 2.7 is not supported: connie records CPython 3.10 to 3.15";
    assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
}

/// A missing child does not change how the program ended.
#[test]
fn a_missing_child_is_no_disorder() {
    let project = Project::new("import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-c', 'x = 1'])\n");
    for (minor, python) in pythons() {
        run(&project, &python, &["main.py"]);
        let shown = text(&project.connie(&["show", "latest"]).stdout);
        assert!(shown.contains("-I keeps connie from loading"), "3.{minor}: {shown}");
        assert!(shown.contains("result      ok\n"), "3.{minor}: {shown}");
    }
}

/// If nothing was recorded, no steps are mentioned.
#[test]
fn a_recording_of_nothing_is_not_advertised() {
    let project = Project::new("def f(:\n");
    let (minor, python) = pythons().remove(0);
    let output = run(&project, &python, &["main.py"]);
    let lines = text(&output.stderr);
    assert!(!lines.contains("steps"), "3.{minor}: {lines}");
    assert!(lines.contains("ended before its first line: SyntaxError"), "3.{minor}: {lines}");
}

/// Recordings of parts report missing processes, as whole recordings do.
#[test]
fn children_are_missing_from_parts() {
    let program = "import os, signal, subprocess, sys\nos.kill(os.getpid(), signal.SIGUSR1)\nx = 1\n\
                   subprocess.run([sys.executable, '-I', '-c', 'x = 1'])\n\
                   subprocess.run([sys.executable, '-c', 'import os; os.kill(os.getpid(), 10)\\nx = 1'])\ny = 2\n";
    let project = Project::new(program);
    for (minor, python) in pythons() {
        let output = run(&project, &python, &["--arm", "USR1", "main.py"]);
        let lines = text(&output.stderr);
        assert_eq!(lines.matches("-I keeps connie from loading").count(), 1, "3.{minor}: {lines}");
        assert!(!lines.contains("did not load"), "3.{minor}: {lines}");
    }
    let tests = Project::new("");
    tests.write(
        "test_it.py",
        "import subprocess, sys\ndef test_it():\n    subprocess.run([sys.executable, '-c', 'x = 1'])\n    \
         subprocess.run([sys.executable, '-I', '-c', 'x = 1'])\n    assert 0\n",
    );
    let Ok(packages) = std::env::var("CONNIE_TEST_PYTEST") else {
        println!("skipped: CONNIE_TEST_PYTEST names no folder with pytest (cargo xtask test fetches it)");
        return;
    };
    let (minor, python) = connie_tests::usual_python();
    let mut command = tests.command(&connie(), &["pytest", "--python"]);
    command.arg(&python).args(["-q", "test_it.py"]).env("PYTHONPATH", packages);
    let lines = text(&command.output().expect("connie runs").stderr);
    assert_eq!(lines.matches("not the processes that they start").count(), 1, "3.{minor}: {lines}");
    assert!(lines.contains("and 1 more process"), "3.{minor}: {lines}");
    let shown = text(&tests.connie(&["show", "latest"]).stdout);
    assert!(shown.contains("not the processes that they start"), "3.{minor}: {shown}");
}
