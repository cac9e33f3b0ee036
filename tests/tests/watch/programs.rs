//! Scripts and modules.

use std::path::Path;

use connie_tests::{Project, connie, outermost_pythons, text, until, usual_python};

use super::{Watch, is_alive, pid, rename_over};

/// The recordings of a project: (result, what `total` was last).
fn shown(project: &Project) -> Vec<(String, String)> {
    let of = |id: &str| {
        let steps = project.connie(&["replay", id, "--format", "jsonl", "--locals", "all"]);
        let steps = connie_tests::rows(&steps.stdout);
        let last = steps.iter().rev().find_map(|step| step["locals"]["total"].as_str().map(str::to_owned));
        last.unwrap_or_default()
    };
    project
        .list()
        .iter()
        .map(|run| (run["result"].as_str().expect("a text").to_owned(), of(run["id"].as_str().expect("a text"))))
        .collect()
}

fn saw(total: &str) -> Vec<(String, String)> {
    vec![("ok".into(), total.into())]
}

#[test]
fn each_way_to_save_records_anew_and_replaces_the_recording() {
    for (minor, python) in outermost_pythons() {
        let project = Project::new("import shop\ntotal = shop.price() * 2\nprint(total)\n");
        project.write("shop.py", "def price():\n    return 1\n");
        project.write("other.py", "total = 0\nprint(total)\n");
        project.record(&python, &["other.py"]);
        let others = project.list();
        let watch = Watch::start(&project, &python, &["main.py"]);
        watch.waits(1);
        let is = |total: &str| {
            let all = shown(&project);
            assert_eq!(all[0], ("ok".into(), "0".into()), "3.{minor}: another recording was touched");
            assert_eq!(all[1..], saw(total), "3.{minor}: {}", watch.said());
        };
        is("2");
        // In place.
        project.write("shop.py", "def price():\n    return 2\n");
        watch.says("connie: shop.py changed: running main.py", 1);
        watch.waits(2);
        is("4");
        // By rename.
        rename_over(&project, "shop.py", "def price():\n    return 3\n");
        watch.waits(3);
        is("6");
        // With a backup.
        std::fs::rename(project.path("shop.py"), project.path("shop.py~")).expect("a file");
        project.write("shop.py", "def price():\n    return 4\n");
        watch.waits(4);
        is("8");
        // A save that changes nothing, and files that did not run, are no reason; nor is a new file.
        project.write("shop.py", "def price():\n    return 4\n");
        project.write("other.py", "total = 7\n");
        project.write("new.py", "total = 7\n");
        project.write("main.py", "import shop\ntotal = shop.price() * 3\nprint(total)\n");
        watch.waits(5);
        is("12");
        assert_eq!(watch.count("running main.py"), 5, "3.{minor}: {}", watch.said());
        assert_eq!(project.list()[0], others[0]);
        assert_eq!(watch.end("INT").code(), Some(130), "3.{minor}: {}", watch.said());
        is("12");
    }
}

#[test]
fn exceptions_are_named_with_their_line_and_syntax_errors_keep_the_former_recording() {
    let (minor, python) = usual_python();
    let project = Project::new("import shop\ntotal = shop.price()\n");
    project.write("shop.py", "def price():\n    return 1\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.says("connie: main.py succeeded", 1);
    watch.waits(1);
    // In the script: nothing runs. In a module: a part of the program does.
    for (name, good) in
        [("main.py", "import shop\ntotal = shop.price()\n"), ("shop.py", "def price():\n    return 1\n")]
    {
        let times = watch.count("waiting for changes");
        project.write(name, &format!("{good}def (:\n"));
        watch.waits(times + 1);
        let line = good.lines().count() + 1;
        watch.says(&format!("connie: SyntaxError · {name}:{line}: "), 1);
        assert_eq!(shown(&project), saw("1"), "3.{minor} {name}: {}", watch.said());
        project.write(name, good);
        watch.waits(times + 2);
        assert_eq!(shown(&project), saw("1"), "3.{minor} {name}: {}", watch.said());
    }
    project.write("shop.py", "def price():\n    return 1 / 0\n");
    watch.says("connie: ZeroDivisionError: division by zero · shop.py:2 · exit code 1 · ", 1);
    watch.waits(6);
    let all = project.list();
    assert_eq!((all.len(), &all[0]["result"]), (1, &"exception".into()), "3.{minor}: {}", watch.said());
    let id = all[0]["id"].as_str().expect("a text");
    watch.says(&format!("see it with: connie replay {id}"), 1);
    assert_eq!(watch.end("TERM").code(), Some(143));
}

#[test]
fn a_program_that_cannot_begin_is_run_again_when_what_it_lacks_is_saved() {
    let (_, python) = usual_python();
    let project = Project::new("import shop\ntotal = shop.price()\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.says("connie: ModuleNotFoundError: No module named 'shop' · main.py:1", 1);
    watch.waits(1);
    project.write("shop.py", "def price(:\n");
    watch.waits(2);
    project.write("shop.py", "def price():\n    return 5\n");
    watch.waits(3);
    assert_eq!(shown(&project), saw("5"), "{}", watch.said());
}

/// Ignores the signals of Ctrl-C and of `kill`, as does its child.
const STUBBORN: &str = "import os, signal, subprocess, sys, time
for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
with open('pids.new', 'w') as file:
    file.write('%d %d\\n' % (os.getpid(), child.pid))
os.rename('pids.new', 'pids')
total = 1
while True:
    time.sleep(0.01)
";

#[test]
fn a_run_that_hangs_is_stopped_with_its_processes_and_replaced() {
    let (_, python) = usual_python();
    let project = Project::new(STUBBORN);
    let watch = Watch::start(&project, &python, &["--grace", "0", "main.py"]);
    let first = pid(&project, "pids");
    std::fs::remove_file(project.path("pids")).expect("a file");
    project.write("main.py", &STUBBORN.replace("total = 1", "total = 2"));
    let second = pid(&project, "pids");
    for pid in first.split(' ') {
        until("the first run has ended", || !is_alive(pid));
    }
    watch.says("connie: the run was stopped", 1);
    // As soon as the new recording has steps, it is the only one.
    until("the first recording is replaced", || project.list().len() == 1);
    assert!(second.split(' ').all(is_alive), "{}", watch.said());
    assert_eq!(watch.end("INT").code(), Some(130));
    assert!(!second.split(' ').any(is_alive), "{}", watch.said());
    assert_eq!(project.list().len(), 1);
}

#[test]
fn a_run_is_stopped_as_ctrl_c_stops_it() {
    let (_, python) = usual_python();
    let body = "import time\nprint('begun', flush=True)\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    \
        print('cleaned up', flush=True)\n    raise\n";
    let project = Project::new(body);
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.says("begun", 1);
    project.write("main.py", &format!("{body}# more\n"));
    watch.says("begun", 2);
    assert_eq!(watch.count("cleaned up"), 1, "{}", watch.said());
    assert_eq!(watch.end("HUP").code(), Some(129));
    assert_eq!(watch.count("cleaned up"), 2, "{}", watch.said());
}

#[test]
fn processes_that_outlive_a_run_end_with_the_watch() {
    let (_, python) = usual_python();
    let text = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n\
        open('pid', 'w').write('%d\\n' % child.pid)\n";
    let project = Project::new(text);
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.waits(1);
    let first = pid(&project, "pid");
    assert!(is_alive(&first), "the program's own process ends with the program");
    project.write("main.py", &format!("{text}# more\n"));
    watch.waits(2);
    assert!(!is_alive(&first));
    let second = pid(&project, "pid");
    assert_eq!(watch.end("INT").code(), Some(130));
    assert!(!is_alive(&second));
}

#[test]
fn a_flood_of_saves_is_one_run() {
    let (_, python) = usual_python();
    let project = Project::new("import shop\ntotal = shop.A\n");
    project.write("shop.py", "A = 0\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.waits(1);
    for n in 1..=60 {
        project.write("shop.py", &format!("A = {n}\n"));
        rename_over(&project, "main.py", &format!("import shop\ntotal = shop.A\n# {n}\n"));
        // A pace, not a condition: a tool that saves many files takes its time.
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    watch.waits(2);
    assert_eq!(shown(&project), saw("60"), "{}", watch.said());
    assert_eq!(watch.count("running main.py"), 2, "{}", watch.said());
}

#[test]
fn modules_folders_and_stdin() {
    let (_, python) = usual_python();
    let project = Project::new("");
    project.write(
        "shop/__main__.py",
        "import sys\nsold = open('data/prices.txt').read().strip()\n\
        total = int(sold) + len(sys.stdin.read()) + len(sys.argv)\n",
    );
    project.write("data/prices.txt", "10\n");
    project.write("given.txt", "four");
    let arguments = ["--poll", "--folder", "data", "--input", "given.txt", "-m", "shop", "-x", "--all"];
    let watch = Watch::start(&project, &python, &arguments);
    watch.waits(1);
    assert_eq!(shown(&project), saw("17"), "{}", watch.said());
    project.write("data/prices.txt", "20\n");
    watch.waits(2);
    assert_eq!(shown(&project), saw("27"), "{}", watch.said());
}

#[test]
fn an_open_recording_stays_readable_and_one_in_a_debugger_is_not_removed() {
    let (_, python) = usual_python();
    let project = Project::new("total = 1\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.waits(1);
    let id = project.list()[0]["id"].as_str().expect("a text").to_owned();
    let path = project.path(&format!(".connie/{id}.connie"));
    let open = connie_recording::Recording::open(&path).expect("a recording");
    // As a debug adapter publishes where it stands.
    let cursor =
        connie_history::cursor::Cursor { pid: std::process::id(), recording: path.clone(), step: 1, thread: 1 };
    connie_history::cursor::publish(&project.path(".connie"), &cursor);
    project.write("main.py", "total = 2\n");
    watch.waits(2);
    assert_eq!(project.list().len(), 2, "{}", watch.said());
    connie_history::cursor::withdraw(&project.path(".connie"));
    until("the recording is removed", || !path.exists());
    assert_eq!(shown(&project), saw("2"));
    assert!(open.chunk(0).is_ok());
}

#[test]
fn links_are_followed() {
    let (_, python) = usual_python();
    let project = Project::new("");
    project.write("pyproject.toml", "");
    project.write("real/shop.py", "A = 1\n");
    project.write("app/main.py", "import shop\ntotal = shop.A\n");
    std::os::unix::fs::symlink("../real/shop.py", project.path("app/shop.py")).expect("a link");
    let watch = Watch::start(&project, &python, &["app/main.py"]);
    watch.waits(1);
    project.write("real/shop.py", "A = 2\n");
    watch.waits(2);
    assert_eq!(shown(&project), saw("2"), "{}", watch.said());
}

#[test]
fn without_inotify_files_are_read_every_second() {
    let (_, python) = usual_python();
    let project = Project::new("total = 1\n");
    let script = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\"";
    let given = ["-Ur", "sh", "-c", script, "sh"];
    let works = project.command(Path::new("unshare"), &given).arg("true").output();
    if !works.is_ok_and(|output| output.status.success()) {
        println!("skipped: user namespaces are not allowed here");
        return;
    }
    let mut command = project.command(Path::new("unshare"), &given);
    command.arg(connie()).args(["watch", "--python"]).arg(&python).arg("main.py");
    let watch = Watch::spawn(&project, command);
    watch.waits(1);
    watch.says("connie: the limit fs.inotify.max_user_instances is reached: files are read every second instead", 1);
    project.write("main.py", "total = 2\n");
    watch.waits(2);
    assert_eq!(shown(&project), saw("2"), "{}", watch.said());
}

#[test]
fn what_cannot_be_watched_is_refused_at_once() {
    let project = Project::new("");
    for (arguments, code, said) in [
        (&["watch"][..], 64, "say what to run"),
        (&["watch", "missing.py"], 66, "missing.py"),
        (&["watch", "-"], 64, "a script on stdin cannot be watched"),
        (&["watch", "--python", "/nowhere/python", "main.py"], 69, "there is no interpreter /nowhere/python"),
        (&["watch", "--folder", "missing", "main.py"], 66, "there is no folder missing"),
        (&["watch", "--first-only", "main.py"], 64, "are for tests"),
        (&["watch", "--max-steps", "7", "pytest"], 64, "--max-steps limits a whole program, not tests"),
    ] {
        let output = project.connie(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_replaced_recording_of_a_run_that_passed_is_told() {
    let (_, python) = usual_python();
    let project = Project::new("total = 1\nprint(total)\n");
    let watch = Watch::start(&project, &python, &["main.py"]);
    watch.waits(1);
    project.write("main.py", "total = 2\nprint(total)\n");
    watch.waits(2);
    assert_eq!(watch.count("the run that passed"), 0, "{}", watch.said());
    project.write("main.py", "total = 3\nprint(total)\n1 / 0\n");
    watch.waits(3);
    assert_eq!(watch.count(", which replaces the recording of the run that passed\n"), 1, "{}", watch.said());
    project.write("main.py", "total = 4\nprint(total)\n1 / 0\n");
    watch.waits(4);
    assert_eq!(watch.count("the run that passed"), 1, "{}", watch.said());
}
