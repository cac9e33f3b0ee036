//! The tables of workloads, and the text before them.

use std::fmt::Write;

use super::samples::Row;
use crate::shell::Result;

const HEADER: &str = "# What recording costs

`cargo xtask bench` makes the measurements on this page.

- *program*: CPU time of the program, divided by that of the same program untraced. It is measured in the program, around
  its main function.
- *recorder*: CPU time of the recorder, a process of its own, divided by the same time. What starting costs is subtracted.
- *both*: their sum. With a second core, the program does not wait for the recorder. With one core, it does.
- *wall, two cores* and *wall, one core*: how much longer the program takes when both have two cores or share one.
- *empty*: the CPU time with a C callback that does nothing on every event. No recorder of lines can be faster.
- *spread*: the difference between the slowest and the fastest untraced run, divided by the median. Differences smaller than this mean nothing.

Untraced, empty and recorded runs alternate, and the tables show medians. Each run calls the workload until it takes 0.12 s untraced.
The worst workload is first. Absolute times differ from machine to machine, so compare the ratios. On some machines recorded runs are slower by
half for a while, even in the median. In that case, measure again.
";

/// The rows of one version.
pub struct Version {
    pub minor: u32,
    pub rows: Vec<Row>,
}

/// The geometric mean of a quantity of each row.
fn mean(rows: &[Row], of: impl Fn(&Row) -> f64) -> f64 {
    let sum: f64 = rows.iter().map(|row| of(row).ln()).sum();
    (sum / rows.len().max(1) as f64).exp()
}

/// Writes the header, a table of all versions and a table of each.
///
/// # Errors
/// None occur: the text is in memory.
pub fn workloads(versions: &mut [Version], out: &mut String) -> Result<()> {
    out.push_str(HEADER);
    for version in &mut *versions {
        version.rows.sort_by(|a, b| b.program_ratio().total_cmp(&a.program_ratio()));
    }
    versions_table(versions, out)?;
    for version in &*versions {
        version_table(version, out)?;
    }
    Ok(())
}

fn versions_table(versions: &[Version], out: &mut String) -> Result<()> {
    writeln!(out, "\n## All versions\n\nGeometric means over the workloads below.\n")?;
    writeln!(out, "| Python | empty × | program × | both × | wall, two cores × | wall, one core × | worst workload |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|---|")?;
    for Version { minor, rows } in versions {
        let worst = rows.first().map_or_else(String::new, |row| format!("{} ({:.1})", row.name, row.program_ratio()));
        writeln!(
            out,
            "| 3.{minor} | {:.2} | **{:.2}** | **{:.2}** | {:.2} | {:.2} | {worst} |",
            mean(rows, |row| row.empty.cpu / row.base.cpu),
            mean(rows, Row::program_ratio),
            mean(rows, Row::total_ratio),
            mean(rows, |row| row.recorded.wall / row.base.wall),
            mean(rows, |row| row.one_core.wall / row.base.wall),
        )?;
    }
    Ok(())
}

fn version_table(Version { minor, rows }: &Version, out: &mut String) -> Result<()> {
    writeln!(out, "\n## Python 3.{minor}\n")?;
    writeln!(
        out,
        "| workload | untraced ms | spread | empty × | program × | recorder × | both × | wall, two cores × | \
         wall, one core × | ns a step, program | ns a step, recorder | bytes a step | waited, one core | MiB above |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for row in rows {
        writeln!(
            out,
            "| {} | {:.0} | {:.0} % | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} | {:.0} | {:.2} | {:.1} % | {:.0} |",
            row.name,
            row.base.cpu * 1e3,
            row.spread * 100.0,
            row.empty.cpu / row.base.cpu,
            row.program_ratio(),
            row.recorder / row.base.cpu,
            row.total_ratio(),
            row.recorded.wall / row.base.wall,
            row.one_core.wall / row.base.wall,
            (row.recorded.cpu - row.base.cpu) / row.left.steps * 1e9,
            row.recorder / row.left.steps * 1e9,
            row.left.size / row.left.steps,
            100.0 * row.left.waited / row.one_core.wall,
            (row.recorded.peak - row.base.peak) / 1024.0,
        )?;
    }
    Ok(())
}
