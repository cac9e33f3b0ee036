//! Collapsed stacks, which flamegraph.pl, inferno and speedscope read: a line for each stack, with nanoseconds.

use std::io::Write;

use connie_history::call_tree::CallTree;
use connie_recording::Recording;

use super::labels::Labels;
use crate::failure::Failure;

/// Writes the time of each stack.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let (labels, tree) = (Labels::of(recording)?, CallTree::of(recording));
    // Semicolons separate functions.
    let clean = |text: &str| text.replace(';', ":");
    let frames: Vec<String> = (0..recording.functions.len())
        .map(|code| clean(&format!("{} ({})", labels.plain_name(code as u32), labels.place(code as u32))))
        .collect();
    for (index, node) in tree.nodes.iter().enumerate().filter(|(_, node)| node.own > 0) {
        let stack = tree.stack(index);
        let thread = stack.first().and_then(|outermost| labels.thread(&tree, tree.nodes[*outermost].thread));
        let functions = stack.iter().map(|index| tree.nodes[*index].code as usize);
        let names = functions.map(|code| frames.get(code).map_or("?", String::as_str).to_owned());
        let stack: Vec<String> = thread.iter().map(|name| clean(name)).chain(names).collect();
        writeln!(out, "{} {}", stack.join(";"), node.own)?;
    }
    Ok(out.flush()?)
}
