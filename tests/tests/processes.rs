//! Processes that a program starts are recorded with it: forked ones, new ones, and those made by `exec`.

use std::collections::BTreeMap;
use std::path::Path;

use connie_tests::{Project, pythons, text};
use serde_json::Value;

/// Records. Asserts that the program behaves the same.
fn same(project: &Project, python: &Path, arguments: &[&str]) {
    let plain = project.command(python, arguments).output().expect("python runs");
    let recorded = project.record(python, arguments);
    assert_eq!(text(&plain.stdout), text(&recorded.stdout), "stdout of {arguments:?}");
    assert_eq!(text(&plain.stderr), text(&recorded.stderr), "stderr of {arguments:?}");
    assert_eq!(plain.status.code(), recorded.status.code(), "exit code of {arguments:?}");
}

/// The number of calls of a function, by process; 0 is the program.
fn calls(steps: &[Value], function: &str) -> BTreeMap<u64, usize> {
    let mut found = BTreeMap::new();
    for step in steps.iter().filter(|step| step["event"] == "call" && step["function"] == function) {
        *found.entry(step["process"].as_u64().unwrap_or(0)).or_default() += 1;
    }
    found
}

/// The number of the first step that matches.
fn find(steps: &[Value], what: impl Fn(&Value) -> bool) -> u64 {
    steps.iter().find(|step| what(step)).expect("such a step")["step"].as_u64().expect("a number")
}

#[test]
fn a_forked_child_goes_on_where_its_parent_was() {
    let project = Project::new(
        "import os\n\nshared = [1]\n\n\ndef work(n):\n    shared.append(n)\n    total = sum(shared)\n    return total\n\n\n\
         def split(n):\n    mine = 'before'\n    r, w = os.pipe()\n    pid = os.fork()\n    if not pid:\n        mine = 'child'\n        \
         os.write(w, b'%d' % work(n))\n        os._exit(0)\n    os.waitpid(pid, 0)\n    answer = int(os.read(r, 10))\n    \
         mine = 'parent'\n    shared.append(answer)\n    return answer\n\n\nprint(split(5), shared)\n",
    );
    for (minor, python) in pythons() {
        same(&project, &python, &["main.py"]);
        let steps = project.replay(&["--locals", "all"]);
        let child: Vec<&Value> = steps.iter().filter(|step| !step["process"].is_null()).collect();
        // Its two frames are recorded as calls at their lines, the outermost first.
        let first: Vec<_> = child[..2].iter().map(|s| (s["event"].as_str(), s["depth"].as_u64(), &s["line"])).collect();
        assert_eq!(first[0].0.zip(first[0].1), Some(("call", 1)), "3.{minor}");
        assert_eq!(first[1].0.zip(first[1].1), Some(("call", 2)), "3.{minor}");
        assert!(first[1].2.as_u64().is_some_and(|line| line == 15 || line == 16), "3.{minor}: {first:?}");
        // Neither process sees the values of the other.
        let locals = |step: &Value| step["locals"]["mine"].as_str().map(str::to_owned);
        assert!(child.iter().any(|step| locals(step).as_deref() == Some("'child'")), "3.{minor}");
        assert!(child.iter().all(|step| locals(step).as_deref() != Some("'parent'")), "3.{minor}");
        let returned = child.iter().find(|step| step["event"] == "return" && step["function"] == "work");
        assert_eq!(returned.expect("the child's call")["value"], "6");
        let last = steps
            .iter()
            .rfind(|step| step["function"] == "<module>" && step["process"].is_null() && step["event"] == "return");
        assert_eq!(last.expect("the end")["locals"]["shared"], "[1, 6]", "3.{minor}");
        // The parent waits: its next line comes after all steps of the child.
        let waited = find(&steps, |s| s["process"].is_null() && s["line"] == 21 && s["event"] == "line");
        assert!(child.iter().all(|step| step["step"].as_u64() < Some(waited)), "3.{minor}");
        assert_eq!(
            calls(&steps, "split").values().sum::<usize>(),
            2,
            "3.{minor}: one real call, one that was inherited"
        );
    }
}

#[test]
fn every_way_to_start_a_python_is_followed() {
    let project = Project::new(
        "import multiprocessing, os, subprocess, sys\nfrom concurrent.futures import ProcessPoolExecutor\nfrom jobs import job\n\n\
         if __name__ == '__main__':\n    for method in ('fork', 'spawn', 'forkserver'):\n        \
         context = multiprocessing.get_context(method)\n        process = context.Process(target=job, args=(method,))\n        \
         process.start()\n        process.join()\n    with ProcessPoolExecutor(1) as pool:\n        \
         print(pool.submit(job, 'pool').result())\n    \
         subprocess.run([sys.executable, '-c', 'import jobs; jobs.job(\"code\")'], check=True)\n    \
         subprocess.run([sys.executable, 'jobs.py', 'script'], env={'PATH': ''}, check=True)\n    \
         subprocess.run(f'{sys.executable} jobs.py shell', shell=True, check=True)\n    \
         os.system(f'{sys.executable} jobs.py system')\n    \
         os.waitpid(os.posix_spawn(sys.executable, [sys.executable, 'jobs.py', 'spawned'], os.environ), 0)\n    \
         print(subprocess.run('env', capture_output=True, text=True).stdout.count('CONNIE'))\n    \
         sys.stdout.flush()\n    os.execve(sys.executable, [sys.executable, 'jobs.py', 'exec'], dict(os.environ, A='1'))\n",
    );
    project.write(
        "jobs.py",
        "import os, sys\n\n\ndef job(name):\n    seen = sorted(k for k in os.environ if 'CONNIE' in k or k == 'PYTHONPATH')\n    \
         print(name, seen, flush=True)\n    return name\n\n\nif __name__ == '__main__':\n    job(sys.argv[1])\n",
    );
    for (minor, python) in pythons() {
        same(&project, &python, &["main.py"]);
        let steps = project.replay(&[]);
        let names: Vec<_> = steps.iter().filter(|s| s["event"] == "call" && s["function"] == "job").collect();
        let mut names: Vec<_> = names.iter().map(|step| step["locals"]["name"].as_str().unwrap_or_default()).collect();
        names.sort_unstable();
        let mut all = ["fork", "spawn", "forkserver", "pool", "code", "script", "shell", "system", "spawned", "exec"]
            .map(|n| format!("'{n}'"));
        all.sort_unstable();
        assert_eq!(names, all, "3.{minor}");
        assert_eq!(calls(&steps, "job").len(), 10, "3.{minor}: each in a process of its own");
        assert_eq!(project.show()["result"], "ok");
        let threads = text(&project.connie(&["threads", "latest"]).stdout);
        assert!(threads.contains("PROCESS") && threads.contains("jobs.py script"), "{threads}");
        // The code given with -c is stored in the recording.
        assert!(steps.iter().any(|step| step["file"] == "<string>"), "3.{minor}");

        let _ = project.record(&python, &["--no-children", "main.py"]);
        assert!(project.replay(&[]).iter().all(|step| step["process"].is_null()), "3.{minor}: --no-children");
    }
}

/// PYTHONPATH may contain names that are not valid text.
#[test]
fn children_find_modules_below_names_that_are_no_text() {
    let project = Project::new(
        "import os, subprocess, sys\n\nfolder = os.fsencode(os.getcwd()) + b'/sub\\xff'\nos.makedirs(folder, exist_ok=True)\n\
         with open(folder + b'/odd.py', 'w') as file:\n    file.write('x = 1\\n')\n\
         env = dict(os.environ, PYTHONPATH=os.fsdecode(folder))\ncode = 'import odd, os; print(ascii(os.environ[\"PYTHONPATH\"]))'\n\
         subprocess.run([sys.executable, '-c', code], env=env)\n\
         os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', code], env), 0)\n\
         os.execve(sys.executable, [sys.executable, '-c', code], env)\n",
    );
    for (_, python) in pythons() {
        same(&project, &python, &["main.py"]);
    }
}

/// Processes exchange messages. A cause comes before its effect, whatever processes they are in.
#[test]
fn the_order_of_steps_is_that_of_time() {
    let project = Project::new(
        "import os\n\nROUNDS = 300\n\n\ndef one(r, w, first):\n    for n in range(ROUNDS):\n        if first:\n            \
         sent = n\n            os.write(w, b'x')\n        got = os.read(r, 1)\n        if not first:\n            \
         sent = n\n            os.write(w, b'x')\n    return n\n\n\na, b = os.pipe()\nc, d = os.pipe()\n\
         if os.fork():\n    one(a, d, True)\n    os.wait()\nelse:\n    one(c, b, False)\n    os._exit(0)\n",
    );
    for (minor, python) in pythons() {
        same(&project, &python, &["main.py"]);
        let steps = project.replay(&[]);
        let mut turns = Vec::new();
        for step in steps.iter().filter(|step| step["event"] == "line" && step["function"] == "one") {
            if let Some(sent) = step["locals"]["sent"].as_str() {
                turns.push((sent.parse::<u64>().expect("a number"), !step["process"].is_null()));
            }
        }
        let expected: Vec<_> = (0..300).flat_map(|n| [(n, false), (n, true)]).collect();
        assert_eq!(turns, expected, "3.{minor}");
    }
}

#[test]
fn many_processes_at_once_lose_nothing() {
    let project = Project::new(
        "import os\n\n\nclass Box:\n    def __init__(self, n):\n        self.n = n\n        self.items = []\n\n\n\
         def fill(box, rounds):\n    for i in range(rounds):\n        box.items.append(i * box.n)\n    return sum(box.items)\n\n\n\
         box = Box(0)\npids = []\nfor n in range(1, 13):\n    pid = os.fork()\n    if not pid:\n        box.n = n\n        \
         result = fill(box, 2000)\n        done = result == n * 1999000\n        os._exit(0 if done else 1)\n    pids.append(pid)\n\
         for pid in pids:\n    assert os.waitpid(pid, 0)[1] == 0\nprint(fill(box, 10), len(box.items))\n",
    );
    for (minor, python) in pythons() {
        same(&project, &python, &["main.py"]);
        let steps = project.replay(&["--function", "fill"]);
        let mut by_process: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
        for step in &steps {
            by_process.entry(step["process"].as_u64().unwrap_or(0)).or_default().push(step);
        }
        assert_eq!(by_process.len(), 13, "3.{minor}");
        let mut values: Vec<u64> = Vec::new();
        for (pid, own) in &by_process {
            let lines = own.iter().filter(|step| step["event"] == "line").count();
            let rounds = if *pid == 0 { 10 } else { 2000 };
            assert_eq!(lines, 2 * rounds + 2, "3.{minor}: lines of process {pid}");
            let value = own.last().expect("a return")["value"].as_str().expect("a value").parse::<u64>();
            values.push(value.expect("a number"));
        }
        values.sort_unstable();
        let expected: Vec<u64> = (0..13).map(|n| n * 1_999_000).collect();
        assert_eq!(values, expected, "3.{minor}");
        // The contents of each process's objects are known at its end.
        let all = project.replay(&["--function", "<module>", "--locals", "all"]);
        for n in 1..13 {
            let shown = format!("<Box n={n} items=[0, {n}, {}", 2 * n);
            let seen = all.iter().any(|s| s["locals"]["box"].as_str().is_some_and(|text| text.starts_with(&shown)));
            assert!(seen, "3.{minor}: {shown}");
        }
    }
}
