//! The format of Callgrind, which KCachegrind and QCachegrind read
//! (<https://valgrind.org/docs/manual/cl-format.html>). Times of functions stand at their first lines, those of calls at
//! the lines that made them.

use std::io::Write;

use connie_history::call_tree::{CallTree, Totals};
use connie_history::calls::edges;
use connie_recording::Recording;
use connie_recording::plain::one_line;

use super::labels::Labels;
use crate::failure::Failure;

/// Writes the calls and times of all functions, in nanoseconds.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let labels = Labels::of(recording)?;
    let sums = CallTree::of(recording).sums();
    let edges = edges(recording);
    writeln!(out, "# callgrind format\nversion: 1\ncreator: connie {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "cmd: {}", one_line(&recording.info.program))?;
    writeln!(out, "positions: line\nevent: ns : Nanoseconds\nevents: ns")?;
    let mut functions: Vec<(&u32, &Totals)> = sums.functions.iter().collect();
    functions.sort_unstable_by_key(|(code, _)| **code);
    for (code, totals) in functions {
        let (file, line) = labels.file(*code);
        writeln!(out, "\nfl={file}\nfn={}", labels.plain_name(*code))?;
        writeln!(out, "{line} {}", totals.own)?;
        let first = edges.partition_point(|edge| edge.caller < *code);
        for edge in edges[first..].iter().take_while(|edge| edge.caller == *code) {
            let (file, line) = labels.file(edge.callee);
            writeln!(out, "cfi={file}\ncfn={}", labels.plain_name(edge.callee))?;
            // A line that only resumes a generator made no call.
            writeln!(out, "calls={} {line}\n{} {}", edge.times, edge.line, edge.time)?;
        }
    }
    Ok(out.flush()?)
}
