//! `connie run --arm`: code that is running when recording begins is recorded correctly from there on, and costs
//! nothing before.

use connie_tests::{Project, pythons, rows, text};
use serde_json::Value;

/// Reports what it knows at each call of `seen`, and arms itself from a thread, a generator, a task and a child.
const PROGRAM: &str = "\
import asyncio
import json
import os
import signal
import sys
import threading

truth = []


class Box:
    def __init__(self):
        self.items = []


def seen(who, n, items, total):
    truth.append([who, n, repr(items), total])


def numbers(box):
    total = 0
    for n in range(60):
        total += n
        box.items.append(n)
        seen('generator', n, box.items, total)
        yield total


def side(box, go, gone):
    total = 0
    for n in range(60):
        go.acquire()
        total += n
        box.items.append(n)
        seen('thread', n, box.items, total)
        gone.release()


async def task(box, other):
    total = 0
    for n in range(60):
        total += n
        box.items.append(n)
        seen('task', n, box.items, total)
        await asyncio.sleep(0)
        other.items.append(-n)


async def main():
    boxes = [Box() for _ in range(4)]
    go, gone = threading.Semaphore(0), threading.Semaphore(0)
    thread = threading.Thread(target=side, args=(boxes[0], go, gone), name='side')
    thread.start()
    generator = numbers(boxes[1])
    running = asyncio.ensure_future(task(boxes[2], boxes[3]))
    for n in range(60):
        if n in (20, 30, 45):
            signal.raise_signal(signal.SIGUSR1)
        go.release()
        gone.acquire()
        total = next(generator)
        await asyncio.sleep(0)
        seen('main', n, boxes[3].items, total)
        if n == 30 and hasattr(os, 'fork'):
            child = os.fork()
            if child == 0:
                truth.clear()
                seen('child', 0, boxes[0].items, 0)
                signal.raise_signal(signal.SIGUSR1)
                seen('child', 1, boxes[0].items, 1)
                signal.raise_signal(signal.SIGUSR1)
                seen('child', 2, boxes[0].items, 2)
                os._exit(7)
            assert os.waitpid(child, 0)[1] == 7 << 8
    await running
    thread.join()


asyncio.run(main())
print(json.dumps(truth))
sys.exit(3)
";

/// The recorded arguments of the calls of `seen`.
fn calls(project: &Project, id: &str) -> Vec<(String, i64, String, String)> {
    let steps = project.connie(&["replay", id, "--format", "jsonl", "--locals", "all"]);
    let steps = rows(&steps.stdout);
    let calls = steps.iter().filter(|step| step["event"] == "call" && step["function"] == "seen");
    calls
        .map(|call| {
            let local = |name: &str| call["locals"][name].as_str().unwrap_or_default().to_owned();
            (local("who"), local("n").parse().unwrap_or(-1), local("items"), local("total"))
        })
        .collect()
}

#[test]
fn what_runs_already_is_recorded_truly() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        let run = project.record(&python, &["--arm", "USR1", "main.py"]);
        assert_eq!(run.status.code(), Some(3), "3.{minor}: {}", text(&run.stderr));
        let truth: Vec<Value> = serde_json::from_slice(&run.stdout).expect("JSON");
        let list: Value = serde_json::from_slice(&project.connie(&["list", "--format", "json"]).stdout).expect("JSON");
        let mut ids: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|run| run["id"].as_str()).collect();
        ids.sort_by_key(|id| (id.matches('-').count(), id.to_string()));
        assert_eq!(ids.len(), 3, "3.{minor}: {list}");
        // The second recording continues to the program's end, and has the program's result.
        let results: Vec<_> = list.as_array().into_iter().flatten().map(|run| run["result"].clone()).collect();
        assert_eq!(results.iter().filter(|result| **result == "stopped").count(), 2, "3.{minor}: {results:?}");
        assert!(results.contains(&"exit 3".into()), "3.{minor}: {results:?}");
        for (id, within) in [(ids[0], 20..30), (ids[1], 45..60)] {
            let told = calls(&project, id);
            let expected: Vec<_> = truth
                .iter()
                .map(|row| {
                    let text = |n: usize| row[n].as_str().unwrap_or_default().to_owned();
                    let quoted = format!("'{}'", text(0));
                    (quoted, row[1].as_i64().unwrap_or(-1), text(2), row[3].to_string())
                })
                .skip_while(|(who, n, ..)| !(who == "'thread'" && *n == within.start))
                .take_while(|(who, n, ..)| !(who == "'thread'" && *n == within.end))
                .collect();
            assert!(expected.len() >= 40, "{}", expected.len());
            assert_eq!(told, expected, "3.{minor}");
        }
        // The recording of a child that was between segments when it began has only the child's steps.
        let items: Vec<i64> = (0..31).collect();
        let items = format!("{items:?}");
        assert_eq!(calls(&project, ids[2]), [("'child'".into(), 1, items, "1".into())], "3.{minor}");
    }
}

#[test]
fn a_program_that_is_never_told_leaves_nothing() {
    for (minor, python) in pythons() {
        let project = Project::new(
            "import sys\nprint(sys.gettrace(), getattr(sys, 'monitoring', None) and sys.monitoring.get_events(4))\n",
        );
        let run = project.record(&python, &["--arm", "SIGUSR2", "main.py"]);
        assert!(run.status.success(), "3.{minor}");
        assert_eq!(text(&run.stdout).trim(), if minor < 12 { "None None" } else { "None 0" }, "3.{minor}");
        assert!(project.connie(&["list"]).stdout.is_empty(), "3.{minor}");
    }
}

#[test]
fn a_signal_that_is_none_is_refused() {
    let project = Project::new("");
    for wrong in ["KILL", "9", "x"] {
        let run = project.connie(&["run", "--arm", wrong, "main.py"]);
        assert_eq!(run.status.code(), Some(64));
        assert!(text(&run.stderr).contains("real-time signal"), "{}", text(&run.stderr));
    }
}
