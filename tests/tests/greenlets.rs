//! Greenlets: several stacks in one OS thread. Each is a thread of the recording.

use connie_tests::{Project, text, usual_python};

const PROGRAM: &str = "import greenlet\n\n\ndef inner(n, other):\n    got = other.switch(n)\n    double = got * 2\n    return double\n\n\n\
    def worker(n):\n    seen = []\n    for turn in range(3):\n        seen.append(inner(n + turn, main))\n    return seen\n\n\n\
    main = greenlet.getcurrent()\na, b = greenlet.greenlet(worker), greenlet.greenlet(worker)\nout = [a.switch(1), b.switch(10)]\n\
    for turn in range(2):\n    out.append(a.switch(turn))\n    out.append(b.switch(turn * 100))\n\
    done = [a.switch(7), b.switch(8)]\nprint(out, done)\n";

#[test]
fn each_greenlet_has_its_own_stack() {
    let Some(folder) = std::env::var_os("CONNIE_TEST_FRAMES") else {
        println!("skipped: CONNIE_TEST_FRAMES names no folder with greenlet (cargo xtask test fetches it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    };
    // The library was fetched for this Python only.
    let (_, python) = usual_python();
    let project = Project::new(PROGRAM);
    let run = |program: &std::path::Path, arguments: &[&str]| {
        project.command(program, arguments).env("PYTHONPATH", &folder).output().expect("it runs")
    };
    let plain = run(&python, &["main.py"]);
    assert!(plain.status.success(), "{}", text(&plain.stderr));
    let own = ["run", "--quiet", "--python", python.to_str().expect("a path"), "main.py"];
    let recorded = run(&connie_tests::connie(), &own);
    assert_eq!(text(&plain.stdout), text(&recorded.stdout), "{}", text(&recorded.stderr));
    let steps = project.replay(&["--locals", "all"]);
    for (thread, values) in [("Greenlet-2", "[0, 2, 14]"), ("Greenlet-3", "[0, 200, 16]")] {
        let of = |function: &str, event: &str| -> Vec<_> {
            let is_it =
                |s: &&serde_json::Value| s["thread"] == thread && s["function"] == function && s["event"] == event;
            steps.iter().filter(is_it).collect()
        };
        // The worker is called once, and it makes three calls; each line of those runs once.
        assert_eq!(
            (of("worker", "call").len(), of("inner", "call").len(), of("inner", "line").len()),
            (1, 3, 9),
            "{thread}"
        );
        assert_eq!(of("worker", "return")[0]["value"], values, "{thread}");
        assert!(of("inner", "line").iter().all(|step| step["depth"] == 2), "{thread}");
    }
    let last = steps.iter().rfind(|s| s["function"] == "<module>" && s["event"] == "return").expect("the end");
    assert_eq!(last["locals"]["done"], "[[0, 2, 14], [0, 200, 16]]");
    assert_eq!(last["depth"], 1);
}
