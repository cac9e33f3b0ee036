//! Replay shows the names of asyncio tasks as it shows those of threads.

use connie_tests::{Project, pythons, text};

const TASKS: &str = "\
import asyncio
async def step(n):
    await asyncio.sleep(0)
    return n
async def work(n):
    return await step(n)
async def main():
    first = asyncio.create_task(work(1), name='first')
    second = asyncio.create_task(work(2), name='second')
    return [await first, await second]
asyncio.run(main())
done = 1
";

fn headers(story: &str) -> Vec<&str> {
    story.lines().filter_map(|line| line.strip_prefix("── ")).collect()
}

#[test]
fn tasks_are_named_where_they_go_on() {
    for (minor, python) in pythons() {
        let project = Project::new(TASKS);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        let wanted = [
            "task 1 Task-1",
            "task 2 first",
            "task 3 second",
            "task 2 first",
            "task 3 second",
            "task 1 Task-1",
            "no task",
        ];
        assert_eq!(headers(&story), wanted, "3.{minor}: {story}");
        let lines: Vec<&str> = story.lines().collect();
        let second = lines.iter().position(|line| *line == "── task 3 second").expect("the header");
        assert!(lines[second + 1].contains("▶ work(n=2)"), "3.{minor}: {story}");
        let out = lines.iter().position(|line| *line == "── no task").expect("the header");
        assert!(lines[out + 1].contains("done = 1"), "3.{minor}: {story}");
        // In the replay of one task, its name occurs once.
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager", "--task", "first"]).stdout);
        assert_eq!(headers(&story), ["task 2 first"], "3.{minor}: {story}");
    }
}

#[test]
fn one_task_needs_no_name() {
    for (minor, python) in pythons() {
        let project =
            Project::new("import asyncio\nasync def main():\n    await asyncio.sleep(0)\nasyncio.run(main())\n");
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        assert!(headers(&story).is_empty(), "3.{minor}: {story}");
    }
}

#[test]
fn threads_and_tasks_are_told_apart() {
    let program = "\
import asyncio, threading
async def work(n):
    await asyncio.sleep(0)
async def main():
    await asyncio.gather(work(1), work(2))
def run():
    asyncio.run(main())
run()
t = threading.Thread(target=run, name='other'); t.start(); t.join()
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let story = text(&project.connie(&["replay", "run.connie", "--no-pager"]).stdout);
        let found = headers(&story);
        let thread = found.iter().position(|header| *header == "thread 2 other").expect("the thread");
        assert_eq!(found[thread - 1], "no task", "3.{minor}: {found:?}");
        assert!(found[thread + 1].starts_with("task 4 "), "3.{minor}: {found:?}");
    }
}
