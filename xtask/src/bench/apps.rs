//! Measures programs that use libraries, threads, tasks and processes, with default filters, by wall time.

use std::fmt::Write;
use std::path::Path;

use super::samples::measure;
use crate::packages;
use crate::shell::{Result, root};

const APPS: [&str; 6] = ["soup", "graph", "web", "threads", "tasks", "processes"];

const HEADER: &str = "
## Programs that mostly run library code, Python 3.{minor}

These programs are recorded with the default filters: the program's own files, not those of libraries. Values that a library may have changed are read
again, within limits (see `--recheck`). *soup* scrapes a page with BeautifulSoup, *graph* walks a graph of networkx, *web* sends requests to a Flask
application with a database; *threads*, *tasks* and *processes* use several threads, tasks or processes. Times are wall time, because child processes do most of the work in one of them.

| program | untraced ms | empty × | recorded × | steps |
|---|--:|--:|--:|--:|
";

/// The table for one Python.
///
/// # Errors
/// If the packages cannot be installed, or a program fails.
pub fn table(minor: u32, python: &Path, runs: usize, out: &mut String) -> Result<()> {
    let python = packages::venv(python, "bench-apps", &format!("bench-apps-{minor}"))?.join("bin/python");
    let folder = root().join("xtask/bench/apps");
    out.push_str(&HEADER.replace("{minor}", &minor.to_string()));
    for name in APPS {
        let row = measure(&python, &folder, false, name, runs)?;
        eprintln!("3.{minor} {name}: {:.2}x", row.recorded.wall / row.base.wall);
        writeln!(
            out,
            "| {name} | {:.0} | {:.2} | {:.2} | {} |",
            row.base.wall * 1e3,
            row.empty.wall / row.base.wall,
            row.recorded.wall / row.base.wall,
            row.left.steps
        )?;
    }
    Ok(())
}
