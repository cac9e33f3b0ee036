//! Measures programs that use libraries, threads, tasks and processes, with default filters, by wall time.

use std::fmt::Write;
use std::path::Path;

use super::samples::Bench;
use crate::packages;
use crate::shell::{Result, root};

const APPS: [&str; 10] = ["web", "files", "parse", "client", "tests", "soup", "graph", "threads", "tasks", "processes"];

const HEADER: &str = "
## Programs that mostly run library code, Python 3.{minor}

These programs are recorded with the default filters: the program's own files, not those of libraries. Values that a library may have changed are read
again, within limits (see `--recheck`). *web* sends requests to a Flask application with a database, *files* is a command that reads the standard
library's files, *parse* reads a large XML and a large JSON file, *client* is an asyncio client with its server, *tests* runs a package's tests with
pytest, *soup* scrapes a page with BeautifulSoup, *graph* walks a graph of networkx; *threads*, *tasks* and *processes* use several threads, tasks or processes, and do
little else. The worst one is first. Times are wall time, because child processes do most of the work in one of them.

| program | untraced ms | spread | empty × | recorded × | one core × | steps |
|---|--:|--:|--:|--:|--:|--:|
";

/// The table for one Python.
///
/// # Errors
/// If the packages cannot be installed, or a program fails.
pub fn table(minor: u32, python: &Path, runs: usize, out: &mut String) -> Result<()> {
    let python = packages::venv(python, "bench-apps", &format!("bench-apps-{minor}"))?.join("bin/python");
    let folder = root().join("xtask/bench/apps");
    out.push_str(&HEADER.replace("{minor}", &minor.to_string()));
    let bench = Bench::new(&python, &folder, false, &[], runs)?;
    let mut rows = Vec::new();
    for name in APPS {
        let row = bench.measure(name)?;
        eprintln!("3.{minor} {name}: {:.2}x", row.recorded.wall / row.base.wall);
        rows.push(row);
    }
    rows.sort_by(|a, b| (b.recorded.wall / b.base.wall).total_cmp(&(a.recorded.wall / a.base.wall)));
    for row in rows {
        writeln!(
            out,
            "| {} | {:.0} | {:.0} % | {:.2} | {:.2} | {:.2} | {} |",
            row.name,
            row.base.wall * 1e3,
            row.spread * 100.0,
            row.empty.wall / row.base.wall,
            row.recorded.wall / row.base.wall,
            row.one_core.wall / row.base.wall,
            row.left.steps
        )?;
    }
    Ok(())
}
