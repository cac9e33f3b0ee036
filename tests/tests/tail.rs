//! `connie run --last`: the kept end of a run equals the end of a whole recording.

use connie_tests::{Project, outermost_pythons, pythons, rows, text};
use serde_json::Value;

/// Long enough for several keyframes, with old frames, suspended generators, objects of all ages, exceptions, output.
const PROGRAM: &str = "\
import sys


class Shop:
    def __init__(self):
        self.sold = []
        self.first = {'never': ['changed', 1]}
        self.log = {}


def numbers():
    total = 0
    while True:
        total += 1
        yield total


def sell(shop, n):
    shop.sold.append(n)
    del shop.sold[:-3]
    if n % 1000 == 0:
        raise ValueError(n)
    return len(shop.sold)


def main(count):
    shop = Shop()
    alias = shop.sold
    source = numbers()
    old = next(source)
    for n in range(count):
        m = next(source)
        try:
            sell(shop, m)
        except ValueError as error:
            shop.log[m % 3000] = str(error)
            if m % 5000 == 0:
                print('sold', m)
    return alias, old


main(int(sys.argv[1]))
raise KeyError('the end')
";

/// Steps without their numbers and times.
fn steps(project: &Project, file: &str) -> Vec<Value> {
    let mut steps = rows(&project.connie(&["replay", file, "--format", "jsonl", "--locals", "all"]).stdout);
    for step in &mut steps {
        let step = step.as_object_mut().expect("an object");
        step.retain(|key, _| !matches!(key.as_str(), "step" | "time" | "changed" | "frame"));
    }
    steps
}

fn show(project: &Project, file: &str) -> Value {
    serde_json::from_slice(&project.connie(&["show", file, "--json"]).stdout).expect("JSON")
}

#[test]
fn the_end_is_as_in_a_whole_recording() {
    for (minor, python) in outermost_pythons() {
        let project = Project::new(PROGRAM);
        let run = |more: &[&str], file: &str, count: &str| {
            let run = project.record(&python, &[more, &["--recheck", "full", "-o", file, "main.py", count]].concat());
            assert_eq!(run.status.code(), Some(1), "3.{minor}: {}", text(&run.stderr));
        };
        run(&[], "whole.connie", "20000");
        run(&["--last", "50k"], "last.connie", "20000");
        let (whole, last) = (steps(&project, "whole.connie"), steps(&project, "last.connie"));
        assert!((50_000..90_000).contains(&last.len()), "3.{minor}: {} of {}", last.len(), whole.len());
        // The frames that run at its beginning.
        let told: Vec<_> = last[..2].iter().map(|step| (&step["event"], &step["function"])).collect();
        assert_eq!(told, [(&"call".into(), &"<module>".into()), (&"call".into(), &"main".into())], "3.{minor}");
        assert_eq!(last[1]["locals"]["shop"].as_str().map(|shop| shop.contains("never")), Some(true), "3.{minor}");
        let dropped = show(&project, "last.connie")["dropped"].as_u64().unwrap_or(0) as usize;
        let same = whole.len() - dropped;
        let began = last.len() - same;
        assert!((2..=3).contains(&began) && last[..began].iter().all(|step| step["event"] == "call"), "3.{minor}");
        for (n, (expected, found)) in whole[whole.len() - same..].iter().zip(&last[began..]).enumerate() {
            assert_eq!(found, expected, "3.{minor}: step {} of the last", n + began + 1);
        }
        let (whole, last) = (show(&project, "whole.connie"), show(&project, "last.connie"));
        assert_eq!(last["result"], "exception", "3.{minor}");
        let steps = |info: &Value, name: &str| info[name].as_u64().unwrap_or(0);
        let after = |info: &Value| steps(info, "steps") - steps(info, "exception");
        assert_eq!(after(&last), after(&whole), "3.{minor}");
        let all = steps(&last, "steps") - began as u64 + steps(&last, "dropped");
        assert_eq!(all, steps(&whole, "steps"), "3.{minor}");
        assert!(last["trouble"].is_null() && last["complete"] == true, "3.{minor}: {last}");
        // The file of an endless program does not grow without end.
        let size = |name: &str| std::fs::metadata(project.path(name)).map_or(0, |metadata| metadata.len());
        run(&["--last", "50k"], "longer.connie", "80000");
        assert!(size("longer.connie") < size("last.connie") * 5 / 4, "3.{minor}");
        // Counts match the kept steps.
        let hits = |file: &str| {
            let path = project.path(file);
            let sql = "SELECT (SELECT sum(hits) FROM lines), (SELECT sum(calls) FROM functions), (SELECT count(*) FROM output)";
            let connection = rusqlite::Connection::open(path).expect("a recording");
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("numbers")
        };
        let events = |name: &str| -> i64 {
            let steps = rows(&project.connie(&["replay", "last.connie", "--format", "jsonl"]).stdout);
            steps[began..].iter().filter(|step| step["event"] == name).count() as i64
        };
        let (lines, calls, output): (i64, i64, i64) = hits("last.connie");
        assert_eq!((lines, calls, output), (events("line"), events("call"), events("output")), "3.{minor}");
    }
}

/// Chunks that are not keyframes: contents that they do not change are found in an earlier chunk.
#[test]
fn the_end_is_the_same_wherever_it_is_entered() {
    for (minor, python) in outermost_pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["--last", "200k", "--recheck", "full", "-o", "last.connie", "main.py", "60000"]);
        assert!(show(&project, "last.connie")["dropped"].as_u64().unwrap_or(0) > 0, "3.{minor}");
        let all = steps(&project, "last.connie");
        for at in (1..all.len()).step_by(all.len() / 13) {
            let (from, to) = ((at + 1).to_string(), (at + 9).to_string());
            let part = ["replay", "last.connie", "--format=jsonl", "--locals=all", "--from", &from, "--to", &to];
            for (found, expected) in rows(&project.connie(&part).stdout).iter().zip(&all[at..]) {
                assert_eq!(found["locals"], expected["locals"], "3.{minor}: {found}");
            }
        }
    }
}

#[test]
fn a_short_run_is_kept_whole() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    for last in ["50k", "1h", "5min", "2M", "100000"] {
        let file = format!("{last}.connie");
        let run = project.record(&python, &["--last", last, "-o", &file, "main.py", "10"]);
        assert_eq!(run.status.code(), Some(1), "{}", text(&run.stderr));
        let shown = show(&project, &file);
        assert_eq!((&shown["dropped"], &shown["result"]), (&0.into(), &"exception".into()), "{last}");
    }
    for wrong in ["5m", "0", "-1", "s", "9999999999999999999k", "1.5s"] {
        let run = project.connie(&["run", &format!("--last={wrong}"), "main.py"]);
        assert_eq!(run.status.code(), Some(64), "{wrong}");
        assert!(text(&run.stderr).contains("30s, 5min, 1h"), "{}", text(&run.stderr));
    }
}

#[test]
fn seconds_are_kept_of_a_program_that_is_killed() {
    let program = "import time\n\n\ndef work(n, seen):\n    seen[n % 10] = n\n    return n\n\n\ndef main():\n    seen = {}\n    \
        n = 0\n    while True:\n        n += 1\n        work(n, seen)\n        time.sleep(0.002)\n        if n == 2000:\n            \
        import os, signal\n            os.kill(os.getpid(), signal.SIGKILL)\n\n\nmain()\n";
    let (minor, python) = pythons().pop().expect("a python");
    let project = Project::new(program);
    project.record(&python, &["--last", "1s", "-o", "last.connie", "main.py"]);
    let shown = show(&project, "last.connie");
    assert_eq!((&shown["result"], &shown["signal"]), (&"signal".into(), &9.into()), "3.{minor}");
    assert!(shown["dropped"].as_u64().unwrap_or(0) > 0, "{shown}");
    let steps = steps(&project, "last.connie");
    let last = steps.iter().rfind(|step| step["event"] == "call").expect("a call");
    assert_eq!(last["locals"]["n"], "2000");
    let seen: Vec<String> = (0..10).map(|n| format!("{n}: {}", if n == 0 { 1990 } else { 1990 + n })).collect();
    for item in seen.iter().skip(1) {
        assert!(
            last["locals"]["seen"].as_str().is_some_and(|text| text.contains(item)),
            "{item}: {}",
            last["locals"]["seen"]
        );
    }
}
