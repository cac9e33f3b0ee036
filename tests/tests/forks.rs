//! Forked processes, at any depth, keep nothing of the processes above them.

use connie_tests::{Project, pythons, text};

/// Each generation prints which of connie's files are mapped or open in it.
const PROGRAM: &str = "\
import os, sys, threading
def held():
    maps = [line.split(maxsplit=5)[-1].strip() for line in open('/proc/self/maps') if '/connie-' in line]
    rings = {path for path in maps if '/ring' in path and 'tracer' not in path}
    opened = []
    for fd in os.listdir('/proc/self/fd'):
        try:
            path = os.readlink('/proc/self/fd/' + fd)
        except OSError:
            continue
        if 'connie-' in path and not path.startswith('pipe:'):
            opened.append(path)
    size = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmSize'))
    return len(rings), len(opened), size
def generation(n, how):
    print(n, *held(), flush=True)
    if n == 5:
        return
    if how == 'fork':
        pid = os.fork()
        if pid == 0:
            generation(n + 1, how)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    elif how == 'thread':
        def start():
            pid = os.fork()
            if pid == 0:
                generation(n + 1, how)
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        thread = threading.Thread(target=start)
        thread.start()
        thread.join()
    else:
        import multiprocessing
        process = multiprocessing.get_context('fork').Process(target=generation, args=(n + 1, how))
        process.start()
        process.join()
        assert process.exitcode == 0
generation(0, sys.argv[1])
";

/// The numbers in each line.
fn rows(printed: &[u8]) -> Vec<Vec<u64>> {
    let numbers = |line: &str| line.split(' ').map(|n| n.parse().expect("a number")).collect();
    text(printed).lines().map(numbers).collect()
}

#[test]
fn generations_release_the_rings_above_them() {
    let all = pythons();
    for (n, (minor, python)) in all.iter().enumerate() {
        let project = Project::new(PROGRAM);
        // A fork does the same in all versions. The ways to fork are tried with one version only.
        let ways = if n + 1 == all.len() { &["fork", "thread", "multiprocessing"][..] } else { &["fork"] };
        for how in ways {
            let alone = rows(&project.command(python, &["main.py", how]).output().expect("it runs").stdout);
            for options in [&[][..], &["--no-children"]] {
                let line: Vec<&str> = options.iter().copied().chain(["main.py", *how]).collect();
                let output = project.record(python, &line);
                let name = format!("3.{minor}, {how} {options:?}: {}", text(&output.stderr));
                assert!(output.status.success(), "{name}");
                let told = rows(&output.stdout);
                assert_eq!(told.len(), 6, "{name}");
                // The first process has its ring. Each other process has its own ring and the header of the first.
                for row in &told {
                    let most = if options.is_empty() { 1 + u64::from(row[0] > 0) } else { u64::from(row[0] == 0) };
                    assert!(row[1] <= most && row[2] == 0, "{name}: {told:?}");
                }
                // Stacks of threads that a fork left behind grow without connie too. A ring takes 4 MiB of addresses.
                let grown = |told: &[Vec<u64>]| told[5][3] as i64 - told[1][3] as i64;
                assert!(grown(&told) < grown(&alone) + 2 * 4096, "{name}: {told:?}, alone {alone:?}");
            }
        }
    }
}

/// A forked child reads instances in full, even if the collector ran before the fork.
#[test]
fn children_know_classes_after_a_collection() {
    let program = r#"
import gc
import os
from typing import NamedTuple


class Plain:
    def __init__(self):
        self.x = 1


class Login(NamedTuple):
    user: str
    password: str


def child():
    plain = Plain()
    login = Login("me", "Tr0ub4dor&3")
    return plain, login


gc.collect()
junk = [b"\xff" * n for n in range(600, 2400, 8) for _ in range(8)]
if os.fork() == 0:
    child()
    os._exit(0)
os.wait()
"#;
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        let query = "SELECT name || ' ' || new AS shown FROM writes WHERE function = 'child' ORDER BY step";
        let output = project.connie(&["sql", "--format", "csv", query]);
        let shown = "shown\nplain <Plain x=1>\n\"login Login(user='me', password=<redacted str>)\"\n";
        assert_eq!(text(&output.stdout), shown, "3.{minor}");
    }
}
