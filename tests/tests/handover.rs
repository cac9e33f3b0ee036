//! A thread is interrupted between two lines: changes that other threads see are recorded before they see them.

use connie_tests::{Project, pythons};

const PROGRAM: &str = "\
import sys
import threading


class Shared:
    def __init__(self):
        self.n = 0


def write(shared):
    for _ in range(20_000):
        shared.n += 1
        if shared.n < 0:
            return


def read(shared):
    last = 0
    while last < 20_000:
        seen = shared.n
        last = seen


sys.setswitchinterval(1e-6)
shared = Shared()
threads = [threading.Thread(target=write, args=[shared]), threading.Thread(target=read, args=[shared])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
";

#[test]
fn what_a_thread_sees_of_another_ones_work_has_been_told() {
    for (_, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["main.py"]);
        let steps = project.replay(&["--function", "read", "--locals", "all"]);
        let mut compared = 0;
        for step in steps.iter().filter(|step| step["event"] == "line") {
            let locals = &step["locals"];
            let number = |text: &str| text.parse::<u64>().ok();
            let shown = locals["shared"].as_str().and_then(|text| text.strip_prefix("<Shared n="));
            // A marked value ends with a question mark.
            let shown = shown.and_then(|text| number(text.strip_suffix('>')?));
            let (Some(seen), Some(shown)) = (locals["seen"].as_str().and_then(number), shown) else { continue };
            assert!(seen <= shown, "{}: {step}", python.display());
            compared += u64::from(seen > 0);
        }
        assert!(compared > 0, "{}: {} steps", python.display(), steps.len());
    }
}
