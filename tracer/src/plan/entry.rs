//! The line with which a code object's frames begin: nothing can happen between their start and it.

use super::CodeView;
use crate::opcodes::Opcode as O;

/// Where frames of a code object run their first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index of the instruction's code unit.
    pub unit: u32,
    /// Its line.
    pub line: u32,
}

/// Finds it; `None` where the code comes there again later, so that reaching it tells nothing. Up to 3.11 a call is
/// told of a generator, too, that begins with an exception, and there is no event to be saved.
pub fn entry(view: &CodeView<'_>) -> Option<Entry> {
    if view.minor < 12 {
        return None;
    }
    // From 3.15 on a generator expression has one before its frame is that of a generator, too.
    let made = units(view).position(|(op, _)| op == O::ReturnGenerator).unwrap_or(0);
    let is_start = |&(unit, (op, arg)): &(usize, (O, u32))| unit >= made && op == O::Resume && arg & 3 == 0;
    let resume = units(view).enumerate().find(is_start)?.0 as u32;
    let offset = 2 * (resume + 1 + caches(view, O::Resume));
    let range = view.lines.iter().find(|range| range.0 <= offset && offset < range.1)?;
    let entry = Entry { unit: offset / 2, line: range.2? };
    let mut extended = 0;
    for (unit, (op, arg)) in units(view).enumerate() {
        let arg = extended << 8 | arg;
        extended = if op == O::ExtendedArg { arg } else { 0 };
        if is_back_to(view, entry.unit, unit as u32, op, arg) {
            return None;
        }
    }
    Some(entry)
}

/// Whether an instruction at `unit` jumps back to `target`. Caches of instructions are looked at too: they are 0.
fn is_back_to(view: &CodeView<'_>, target: u32, unit: u32, op: O, arg: u32) -> bool {
    // Counted from behind the instruction and its caches.
    matches!(op, O::JumpBackward | O::JumpBackwardNoInterrupt) && unit + 1 + caches(view, op) == target + arg
}

/// How many code units behind an instruction are its cache.
fn caches(view: &CodeView<'_>, op: O) -> u32 {
    view.table.iter().find(|(known, _)| *known == op).map_or(0, |(_, caches)| u32::from(*caches))
}

fn units<'a>(view: &'a CodeView<'_>) -> impl Iterator<Item = (O, u32)> + 'a {
    view.bytes.chunks_exact(2).map(|unit| (view.table[usize::from(unit[0])].0, u32::from(unit[1])))
}
