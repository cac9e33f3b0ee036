//! Compares the text of `connie replay` with a stored copy.
//!
//! `UPDATE_SNAPSHOTS=1` writes new copies.

use std::path::Path;

use connie_tests::{Project, connie, pythons, text};

const PROGRAM: &str = "\
# The shop sells what it has.
class Shop:
    def __init__(self, stock):
        self.stock = stock

    def sell(self, name, count=1):
        # Nobody may take more than there is.
        if self.stock[name] < count:
            raise ValueError(f'no {name}')
        self.stock[name] -= count
        return count


def counted(names):
    for name in names:
        yield name, len(name)


shop = Shop({'tea': 2, 'jam': 1})
sold = 0
for n in range(3):
    sold += shop.sell('tea') if n < 2 else 0
try:
    shop.sell('jam', 5)
except ValueError as error:
    print('sorry:', error)
lengths = dict(counted(['a', 'bc']))
shop.sell('milk')
";

fn compare(name: &str, shown: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, shown).expect("a snapshot");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, stored, "{} differs: UPDATE_SNAPSHOTS=1 writes it anew", path.display());
}

#[test]
fn replay_tells_the_same_story_as_before() {
    for (_, python) in pythons() {
        tell(&python);
    }
}

fn tell(python: &Path) {
    let project = Project::new(PROGRAM);
    project.record(python, &["main.py"]);
    for (name, arguments) in [
        ("replay.txt", &["--locals", "changed"][..]),
        ("replay-sell.txt", &["--function", "Shop.sell", "--locals", "all"]),
        ("replay-part.txt", &["--from", "20", "--to", "30", "--locals", "none"]),
    ] {
        let mut replay = project.command(&connie(), &["replay", "latest"]);
        let output = replay.args(arguments).output().expect("connie replays");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let folder = project.path("").display().to_string();
        let shown = text(&output.stdout).replace(&folder, "/project/");
        // The interpreter's own traceback differs between versions.
        let lines = shown.lines().filter(|line| !line.contains("stderr│"));
        compare(name, &lines.map(|line| format!("{line}\n")).collect::<String>());
    }
}

#[test]
fn one_task_alone_is_shown_on_request() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(
        "import asyncio
async def count(name, n):
    for i in range(n):
        await asyncio.sleep(0)
    return name
async def main():
    first = asyncio.create_task(count('a', 2), name='first')
    second = asyncio.create_task(count('b', 1), name='second')
    return [await first, await second]
asyncio.run(main())
",
    );
    assert!(project.record(&python, &["main.py"]).status.success());
    let results = |task: &str| {
        let steps = project.replay(&["--task", task]);
        assert!(steps.iter().all(|step| step["task"] == steps[0]["task"]), "{steps:?}");
        steps.iter().filter(|step| step["event"] == "return").map(|step| step["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(results("first"), ["'a'"]);
    assert_eq!(results("second"), ["'b'"]);
    assert_eq!(results("2"), ["'a'"]);
    let missing = project.connie(&["replay", "--task", "third"]);
    let said = String::from_utf8_lossy(&missing.stderr);
    assert!(!missing.status.success() && said.contains("there is no task third: there are 1 (Task-1) to 3"), "{said}");
}
