//! `connie run` behaves as Python does, and nothing is lost when the program dies.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use connie_tests::{Project, connie, oracle_folder, pythons, rows, text, until, usual_python};

/// Runs with and without recording. Asserts that the program behaves the same.
fn same(project: &Project, python: &Path, arguments: &[&str]) -> Output {
    let plain = project.command(python, arguments).output().expect("python runs");
    let recorded = project.record(python, arguments);
    assert_eq!(text(&plain.stdout), text(&recorded.stdout), "stdout of {arguments:?}");
    assert_eq!(text(&plain.stderr), text(&recorded.stderr), "stderr of {arguments:?}");
    assert_eq!(plain.status.code(), recorded.status.code(), "exit code of {arguments:?}");
    assert_eq!(plain.status.signal(), recorded.status.signal(), "signal of {arguments:?}");
    recorded
}

#[test]
fn scripts_modules_and_code_run_as_under_python() {
    let looks = "import sys, os\n\
        print(__name__, __file__, sys.argv, sys.path[0], sys.flags, __spec__ and __spec__.name)\n\
        print(sorted(name for name in sys.modules if 'connie' in name), [k for k in os.environ if 'CONNIE' in k or k == 'PYTHONPATH'])\n\
        print(sys.path, sys.stdin.read(), sys.gettrace(), sys.getprofile())\n\
        print(sorted(globals()))\n\
        class C:\n    def __del__(self): print('gone')\n\
        c = C(); c = None; print('after')\n\
        keep = C()\n";
    let project = Project::new(looks);
    project.write("pkg/__init__.py", "");
    project.write("pkg/__main__.py", "import sys; print('pkg', sys.argv, sys.path[0]); sys.exit(3)");
    project.write("app/__main__.py", "print(__file__); raise KeyError('x')");
    for (_, python) in pythons() {
        same(&project, &python, &["main.py", "a", "--b", "-c"]);
        same(&project, &python, &["-m", "pkg", "x"]);
        same(&project, &python, &["app"]);
        same(&project, &python, &["-c", "import sys; print(sys.argv, __name__); x = 1", "y"]);
        let steps = project.replay(&["--locals", "all"]);
        assert!(steps.iter().any(|step| step["file"] == "<string>" && step["locals"]["x"] == "1"), "-c is recorded");
    }
}

/// Also in its order: starting a process with an added variable would sort them.
#[test]
fn the_environment_is_as_it_was() {
    let project = Project::new(
        "import os, subprocess\nprint(dict(os.environ))\nprint(subprocess.run(['env'], capture_output=True).stdout)\n",
    );
    let path = std::env::var("PATH").expect("a PATH");
    for (_, python) in pythons() {
        // Without a locale, Python itself adds LC_CTYPE.
        for own in [
            &["LC_ALL=C.UTF-8", "Z=1", "A=2", "M="][..],
            &["Z=1", "A=2"],
            &["Z=1", "PYTHONPATH=", "A=2"],
            &["Z=1", "PYTHONPATH=/nowhere", "A=2"],
        ] {
            let run = |program: &[&str]| {
                let mut env = Command::new("env");
                env.args(["-i", &format!("PATH={path}"), "HOME=/nonexistent"]).args(own);
                env.args(program).current_dir(project.folder.path());
                let output = env.output().expect("env runs");
                assert!(output.status.success(), "{}", text(&output.stderr));
                text(&output.stdout)
            };
            let (connie, python) = (connie(), python.to_str().expect("a path"));
            let recorded = project.path("environment.connie");
            let _ = std::fs::remove_file(&recorded);
            let (connie, recorded) = (connie.to_str().expect("a path"), recorded.to_str().expect("a path"));
            let ours = run(&[connie, "run", "--quiet", "--output", recorded, "--python", python, "main.py"]);
            assert_eq!(run(&[python, "main.py"]), ours, "{own:?}");
        }
    }
}

#[test]
fn chains_longer_than_the_stack_do_no_harm() {
    let project = Project::new(
        "class Node:\n    def __init__(self, next):\n        self.next = next\n\n\n\
         chain = node = None\nerror = TypeError(1)\n\
         for n in range(30000):\n    chain = [chain]\n    node = Node(node)\n    error = ValueError(error)\n\
         print('built')\nprint(len(chain), node.next is None, type(error))\n",
    );
    for (_, python) in pythons() {
        let started = std::time::Instant::now();
        same(&project, &python, &["main.py"]);
        // This is not a measurement: quadratic code took minutes.
        assert!(started.elapsed().as_secs() < 60, "a chain of 30,000 took {:?}", started.elapsed());
    }
}

#[test]
fn budgets_end_the_recording_and_not_the_program() {
    let project = Project::new("total = 0\nfor n in range(20000):\n    total += n\nprint(total)\n");
    for (_, python) in pythons() {
        let ended = project.record(&python, &["--max-steps", "1000", "--output", "some.connie", "main.py"]);
        assert_eq!((text(&ended.stdout).trim(), ended.status.code()), ("199990000", Some(0)));
        let known: serde_json::Value =
            serde_json::from_slice(&project.connie(&["show", "--json", "./some.connie"]).stdout).expect("JSON");
        assert_eq!(known["steps"], 1000);
        assert!(known["trouble"].as_str().is_some_and(|why| why.contains("--max-steps")), "{known}");
        std::fs::remove_file(project.path("some.connie")).expect("a recording");
    }
}

#[test]
fn attributes_without_names_do_no_harm() {
    let project = Project::new(
        "class Evil:\n    def __hash__(self): return hash('attr')\n    def __eq__(self, other): raise ValueError\n\
         class Bag:\n    pass\n\
         bag = Bag()\nbag.__dict__[1] = 'no name'\nbag.__dict__[Evil()] = 2\nbag.named = 3\n\
         print(len(bag.__dict__))\n",
    );
    for (_, python) in pythons() {
        same(&project, &python, &["main.py"]);
        let steps = project.replay(&["--locals", "all"]);
        let bag = steps.last().expect("there are steps")["locals"]["bag"].to_string();
        assert!(bag.contains("named=3") && bag.contains('…'), "{bag}");
    }
}

#[test]
fn every_way_to_end_is_passed_on() {
    let endings = [
        "raise SystemExit(7)",
        "raise SystemExit('message')",
        "import sys; sys.exit()",
        "raise ValueError('bad')",
        "1 +",
        "def f():\n    g()\ndef g():\n    {}['x']\nf()",
        "import os; os._exit(9)",
        "import os; os.abort()",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "import ctypes; ctypes.string_at(0)",
        "raise KeyboardInterrupt",
        "import threading; threading.Thread(target=lambda: 1/0).start()",
        "import atexit; atexit.register(print, 'bye')",
    ];
    for (_, python) in pythons() {
        for ending in endings {
            let project = Project::new(&format!("before = [1]\nbefore.append(2)\n{ending}\n"));
            let output = same(&project, &python, &["main.py"]);
            if ending == "1 +" {
                continue;
            }
            // Everything written before the end is recorded.
            let steps = project.replay(&["--locals", "all"]);
            assert!(steps.iter().any(|step| step["locals"]["before"] == "[1, 2]"), "{ending}");
            let info = project.show();
            // An interrupt ends the interpreter in an orderly way before the signal ends the process.
            let interrupted = ending.contains("KeyboardInterrupt");
            let orderly = (output.status.code().is_some() || interrupted) && !ending.contains("_exit");
            assert_eq!(info["complete"], orderly, "{ending}");
            assert_eq!(info["exit_code"].as_i64(), output.status.code().map(i64::from), "{ending}");
            assert_eq!(info["signal"].as_i64(), output.status.signal().map(i64::from), "{ending}");
        }
    }
}

#[test]
fn a_signal_to_connie_ends_the_program() {
    // The program prints within the `try`, as the signal may come at once.
    let project = Project::new(
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(30)\nfinally:\n    print('cleaned')\n",
    );
    for (_, python) in pythons() {
        let mut command = project.command(&connie(), &["run", "--quiet", "--python"]);
        command.arg(&python).arg("main.py").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("connie runs");
        let mut first = [0u8; 6];
        std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut first).expect("ready");
        let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
        assert!(kill.success());
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.signal(), Some(2), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "cleaned\n");
        assert!(text(&output.stderr).ends_with("KeyboardInterrupt\n"));
        let info = project.show();
        assert_eq!(info["signal"], 2);
        assert!(info["steps"].as_u64() >= Some(5));
    }
}

/// Editors ask a program to end more than once. The later signals come while the recording is completed.
#[test]
fn a_signal_that_comes_again_loses_nothing() {
    let project = Project::new("import time\nprint('ready', flush=True)\ntime.sleep(30)\n");
    for _ in 0..4 {
        let mut command = project.command(&connie(), &["run", "--quiet", "--python"]);
        command.arg(usual_python().1).arg("main.py").stdout(Stdio::piped());
        let mut child = command.spawn().expect("connie runs");
        let mut first = [0u8; 6];
        std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut first).expect("ready");
        // The shell's own `kill` is fast, and fails when the process has ended and was waited for.
        let again = format!("while kill -TERM {}; do :; done 2>/dev/null", child.id());
        let mut signals = std::process::Command::new("sh").args(["-c", &again]).spawn().expect("a shell");
        child.wait().expect("an end");
        signals.wait().expect("an end");
        let info = project.show();
        assert_eq!(info["signal"], 15, "{info}");
        assert!(info["steps"].as_u64() >= Some(3), "{info}");
    }
}

#[test]
fn output_is_tied_to_the_step_that_wrote_it() {
    let project = Project::new("import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.stdout.write('é\\n')\n");
    for (_, python) in pythons() {
        project.record(&python, &["main.py"]);
        let steps = project.replay(&[]);
        let written: Vec<_> = steps
            .iter()
            .filter(|step| step["event"] == "output" && step["text"] != "\n")
            .map(|step| {
                (step["stream"].as_str().unwrap_or(""), step["text"].as_str().unwrap_or(""), step["line"].as_u64())
            })
            .collect();
        assert_eq!(written, [("stdout", "one", Some(2)), ("stderr", "two", Some(3)), ("stdout", "é\n", Some(4))]);
    }
}

#[test]
fn only_the_project_is_recorded_unless_asked() {
    let project = Project::new("import json, helper, other.deep\nhelper.f()\njson.dumps([1])\n");
    project.write("pyproject.toml", "[project]\nname = 'x'\n");
    project.write("helper.py", "def f():\n    return 1\n");
    project.write("other/deep.py", "x = 1\n");
    project.write("venv/pyvenv.cfg", "");
    project.write("venv/inside.py", "x = 1\n");
    let files = |arguments: &[&str], python: &Path| {
        let all: Vec<&str> = arguments.iter().copied().chain(["main.py"]).collect();
        let output = project.record(python, &all);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let steps = project.replay(&["--locals", "none"]);
        let mut files: Vec<String> = steps
            .iter()
            .filter_map(|step| step["file"].as_str())
            .map(|file| file.rsplit('/').next().unwrap_or("").into())
            .collect();
        files.sort();
        files.dedup();
        files
    };
    for (_, python) in pythons() {
        assert_eq!(files(&[], &python), ["deep.py", "helper.py", "main.py"]);
        assert_eq!(files(&["--exclude", "helper.py", "--exclude", "other"], &python), ["main.py"]);
        assert!(files(&["--include", "package:json"], &python).contains(&"encoder.py".into()));
        assert!(files(&["--include-stdlib"], &python).contains(&"encoder.py".into()));
    }
}

#[test]
fn limits_cut_and_say_so() {
    let project = Project::new("xs = list(range(50))\ns = 'a' * 100\nd = [[[[1]]]]\npass\n");
    for (_, python) in pythons() {
        let limits = ["--max-items", "3", "--max-string", "5", "--max-depth", "2", "main.py"];
        assert!(project.record(&python, &limits).status.success());
        let steps = project.replay(&["--locals", "all"]);
        let last = &steps.iter().rfind(|step| step["line"] == 4).expect("line 4")["locals"];
        assert_eq!(last["xs"], "[0, 1, 2, …]");
        assert_eq!(last["s"], "'aaaaa'…");
        assert_eq!(last["d"], "[[…]]");
        // A shown value can be cut again, without recording again.
        assert!(project.record(&python, &["main.py"]).status.success());
        let steps = project.replay(&["--locals", "all", "--max-items", "2", "--max-string", "1", "--max-depth", "1"]);
        let last = &steps.iter().rfind(|step| step["line"] == 4).expect("line 4")["locals"];
        assert_eq!((&last["xs"], &last["s"], &last["d"]), (&"[0, 1, …]".into(), &"'a'…".into(), &"[…]".into()));
    }
}

#[test]
fn threads_are_recorded_from_their_first_line() {
    let project = Project::new(
        "import threading\nseen = []\ndef work(n):\n    local = n * 2\n    seen.append(local)\n\
         ts = [threading.Thread(target=work, args=(i,), name=f'worker{i}') for i in range(4)]\n\
         [t.start() for t in ts]\n[t.join() for t in ts]\nseen.sort()\npass\n",
    );
    for (_, python) in pythons() {
        assert!(project.record(&python, &["main.py"]).status.success());
        let steps = project.replay(&["--locals", "all"]);
        for n in 0..4 {
            let name = format!("worker{n}");
            let own: Vec<_> = steps.iter().filter(|step| step["thread"] == name.as_str()).collect();
            let events: Vec<_> = own.iter().map(|step| step["event"].as_str().unwrap_or("")).collect();
            assert_eq!(events, ["call", "line", "line", "return"], "{name}");
            assert_eq!(own[2]["locals"]["local"], (n * 2).to_string().as_str());
        }
        let last = steps.iter().rfind(|step| step["line"] == 10).expect("line 10");
        assert_eq!(last["locals"]["seen"], "[0, 2, 4, 6]");
    }
}

/// No event is lost, and values of shared objects that a thread sees while it holds the lock are its own.
#[test]
fn a_hundred_threads_change_shared_objects() {
    const ROUNDS: usize = 20;
    let project = Project::new(&format!(
        "import threading\n\n\nclass Shop:\n    def __init__(self):\n        self.sold = 0\n\n\n\
         shop, by, log, lock = Shop(), {{}}, [], threading.Lock()\n\n\ndef work(n):\n    for _ in range({ROUNDS}):\n        \
         with lock:\n            shop.sold += 1\n            by[n] = by.get(n, 0) + 1\n            log.append(n)\n            \
         state = shop, by[n], log\n            seen = len(log)\n    return seen\n\n\n\
         threads = [threading.Thread(target=work, args=(n,), name=f'own{{n}}') for n in range(100)]\n\
         for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()\n"
    ));
    let (_, python) = pythons().pop().expect("an interpreter");
    assert!(project.record(&python, &["main.py"]).status.success());
    let steps = project.replay(&["--locals", "all", "--max-items", "3"]);
    let mut totals = Vec::new();
    for n in 0..100 {
        let own: Vec<_> = steps.iter().filter(|step| step["thread"] == format!("own{n}").as_str()).collect();
        let at = |line: u64| own.iter().filter(move |step| step["line"] == line && step["event"] == "line");
        for line in 15..=19 {
            assert_eq!(at(line).count(), ROUNDS, "line {line} of thread {n}");
        }
        for (round, step) in at(19).enumerate() {
            let state = step["locals"]["state"].as_str().expect("a text");
            let sold: usize =
                state["(<Shop sold=".len()..].split('>').next().and_then(|n| n.parse().ok()).expect(state);
            assert!(state.contains(&format!(">, {}, [", round + 1)), "thread {n}: {state}");
            totals.push(sold);
        }
    }
    totals.sort_unstable();
    assert_eq!(totals, (1..=100 * ROUNDS).collect::<Vec<_>>());
}

/// Each thread ends before the next begins, and no recorded code runs in between: their thread states share an address.
#[test]
fn threads_one_after_the_other_are_not_one() {
    let project = Project::new("import start\n\n\ndef work(n):\n    return n\n\n\nstart.one_by_one(work, 40)\n");
    project.write(
        "lib/site-packages/start.py",
        "import threading\n\n\ndef one_by_one(work, count):\n    for n in range(count):\n        \
         thread = threading.Thread(target=work, args=(n,), name=f'own{n}')\n        thread.start()\n        \
         thread.join()\n",
    );
    for (minor, python) in pythons() {
        let mut run = project.command(&connie(), &["run", "-q", "--python"]);
        run.arg(&python).arg("main.py").env("PYTHONPATH", project.path("lib/site-packages"));
        assert!(run.status().expect("connie runs").success());
        let steps = project.replay(&["--locals", "all"]);
        for n in 0..40 {
            let own = steps.iter().filter(|step| step["thread"] == format!("own{n}").as_str());
            let events: Vec<_> = own.map(|step| (step["event"].clone(), step["locals"]["n"].clone())).collect();
            let of = |event: &str| (event.into(), n.to_string().into());
            assert_eq!(events, [of("call"), of("line"), of("return")], "3.{minor}, thread {n}");
        }
    }
}

#[test]
fn a_recording_whose_recorder_was_killed_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("long.py");
    std::fs::write(&script, "import time\nprint('ready', flush=True)\nfor n in range(600):\n    time.sleep(0.1)\n")
        .expect("a script");
    let mut run = Command::new(connie());
    run.args(["run", "--quiet"]).arg(&script).current_dir(folder.path()).stdout(Stdio::piped());
    let mut child = run.spawn().expect("connie runs");
    let mut ready = [0u8; 6];
    std::io::Read::read_exact(&mut child.stdout.take().expect("its stdout"), &mut ready).expect("a line");
    let results = || {
        let mut list = Command::new(connie());
        let output = list.args(["list", "--format", "json"]).current_dir(folder.path()).output().expect("a list");
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (rows[0]["result"].as_str().map(str::to_owned), rows[0]["steps"].as_u64().unwrap_or(0))
    };
    assert_eq!(results().0.as_deref(), Some("recording"));
    until("a slow program's steps are written", || results().1 >= 10);
    let processes = Command::new("pgrep").args(["-P", &child.id().to_string()]).output().expect("pgrep");
    child.kill().expect("connie is killed");
    child.wait().expect("connie ends");
    let (result, steps) = results();
    assert_eq!(result.as_deref(), Some("cut"));
    assert!(steps >= 10, "{steps} steps of those that were written");
    let story = Command::new(connie()).arg("replay").current_dir(folder.path()).output().expect("a replay");
    let last = text(&story.stdout).lines().last().map(str::to_owned);
    assert_eq!(last.as_deref(), Some("the recording is incomplete: connie ended before the program did"));
    let program = String::from_utf8_lossy(&processes.stdout).trim().to_owned();
    Command::new("kill").arg(program).status().expect("the program is ended too");
}

#[test]
fn what_a_killed_recorder_left_in_memory_is_removed() {
    let Ok(memory) = Path::new("/dev/shm").canonicalize() else { return println!("skipped: no memory file system") };
    let old = std::fs::FileTimes::new().set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(90));
    let make = || {
        let folder = tempfile::Builder::new().prefix("connie-").tempdir_in(&memory).expect("a folder");
        let lock = std::fs::File::create(folder.path().join("lock")).expect("a lock");
        lock.set_times(old).expect("an old file");
        (folder, lock)
    };
    let (abandoned, used) = (make(), make());
    used.1.lock().expect("a lock");
    let project = Project::new("x = 1\n");
    let (_, python) = pythons().pop().expect("a Python");
    same(&project, &python, &["main.py"]);
    assert!(!abandoned.0.path().exists(), "what nobody uses is removed");
    assert!(used.0.path().exists(), "what is used stays");
}

/// Code knows its qualified name from 3.11 on. Before, the name is computed from the source.
#[test]
fn names_are_qualified_on_all_versions() {
    let names = |python: &Path, program: &str| -> BTreeSet<String> {
        let text = std::fs::read_to_string(oracle_folder().join("programs").join(program)).expect("a program");
        let project = Project::new(&text);
        project.record(python, &["--output", "r.connie", "main.py"]);
        let output = project.connie(&["replay", "r.connie", "--format=jsonl", "--locals=none"]);
        rows(&output.stdout).iter().map(|row| row["function"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let pythons = pythons();
    let version = |wanted: u32| pythons.iter().find(|(minor, _)| *minor == wanted).map(|(_, python)| python);
    let (Some(older), Some(newer)) = (version(10), version(11)) else {
        return println!("skipped: it takes Python 3.10 and 3.11");
    };
    for program in ["classes.py", "closures.py", "generators.py", "members.py", "inheritance.py"] {
        let (older, newer) = (names(older, program), names(newer, program));
        assert!(newer.iter().any(|name| name.contains('.')), "{program}");
        assert_eq!(older, newer, "{program}");
    }
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    let program = "\
import os, signal
os.kill(os.getppid() if os.environ.get('BESIDE') else os.getpid(), signal.SIGHUP)
print([signal.getsignal(n) for n in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)])
";
    for (_, python) in pythons() {
        let project = Project::new(program);
        let python = python.to_string_lossy();
        let alone = ["-c", "trap '' INT HUP; exec \"$@\"", "sh", &python, "main.py"];
        let alone = project.command(Path::new("sh"), &alone).output().expect("it runs");
        let connie = connie();
        let beside = ["-c", "trap '' INT HUP; BESIDE=1 exec \"$@\"", "sh", &connie.to_string_lossy(), "run", "--quiet"];
        let beside = [beside.as_slice(), &["--python", &python, "main.py"]].concat();
        let beside = project.command(Path::new("sh"), &beside).output().expect("it runs");
        assert!(text(&alone.stdout).contains("SIG_IGN"), "{python}: {}", text(&alone.stderr));
        assert_eq!(text(&beside.stdout), text(&alone.stdout), "{python}: {}", text(&beside.stderr));
        assert_eq!(beside.status.code(), Some(0), "{python}");
    }
}

#[test]
fn an_include_that_matches_nothing_is_told() {
    let (_, python) = usual_python();
    let project = Project::new("import json\nx = json.dumps(1)\n");
    let said = |arguments: &[&str]| {
        let mut command = project.command(&connie(), &["run", "--python"]);
        let output = command.arg(&python).args(arguments).arg("main.py").output().expect("connie runs");
        text(&output.stderr)
    };
    let told =
        "connie: --include requests matched no file that ran (an installed package is --include package:requests)";
    assert!(said(&["--include", "requests"]).contains(told), "{}", said(&["--include", "requests"]));
    assert!(!said(&["--include", "package:json"]).contains("matched no file"));
    assert!(!said(&["--quiet", "--include", "requests"]).contains("matched no file"));
}
