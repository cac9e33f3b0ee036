//! Instruction events in place of line events, for long code of 3.12 and 3.13.
//!
//! These versions store the line of each instruction as a distance in 8 bits: from the first line of the code, plus one
//! line for each 16 code units before it. Lines further away are searched for from the start of the code's table, twice
//! an event, before a tool is called. In a function of 1,600 lines that takes a hundred times as long as all else. 3.14
//! has wider distances.
//!
//! Instruction events need no lines. All but a few are switched off when they first occur. The rest tell which line
//! runs: those at which CPython would look for a line event (see [`super::told`]), and those at which the line changes
//! in another way. A line event occurs if the instruction that ran before has another line. So no such event may be left
//! out, and lines of such code are not elided.
//!
//! One difference remains. In 3.12, a call that returns to a place where branches meet makes its line have an event
//! again, if the callee is written in Python. Here the line goes on.

use super::flow::Flow;
use super::view::CodeView;
use crate::opcodes::Opcode as O;

/// What an instruction event says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// The line that runs goes on: no event is needed.
    #[default]
    Within,
    /// Instructions of this line run from here on (0 for none), without a line event.
    Leads(u32),
    /// A suspended frame goes on: the next instruction begins a line, if it can.
    Resumes,
    /// A line begins, unless it was running.
    Begins(u32),
    /// Not the start of an instruction: the rest of the one before.
    Rest,
}

/// The distances that CPython stores (`compute_line_delta` in instrumentation.c).
const DISTANCES: std::ops::RangeInclusive<i64> = -126..=127;

/// For each code unit, what an instruction event there says; empty if the code needs no such events.
pub fn positions(view: &CodeView<'_>, first_line: u32) -> Box<[Position]> {
    let is_far = |&(start, end, line): &(u32, u32, Option<u32>)| {
        let distance = |offset: u32, line: u32| i64::from(line) - i64::from(first_line) - i64::from(offset >> 5);
        line.is_some_and(|line| {
            let last = end.saturating_sub(2).max(start);
            !DISTANCES.contains(&distance(start, line)) || !DISTANCES.contains(&distance(last, line))
        })
    };
    if !(12..=13).contains(&view.minor) || !view.lines.iter().any(is_far) {
        return Box::default();
    }
    let Some(flow) = Flow::of(view) else { return Box::default() };
    let mut positions = vec![Position::Rest; view.bytes.len() / 2];
    let mut before = None;
    for instruction in &flow.instructions {
        let line = instruction.line.unwrap_or(0);
        let position = match instruction.op {
            O::Resume => Position::Resumes,
            _ if instruction.begins => Position::Begins(line),
            _ if before == Some(line) => Position::Within,
            _ => Position::Leads(line),
        };
        positions[instruction.unit as usize] = position;
        before = (position != Position::Resumes).then_some(line);
    }
    for unit in targets(view, &flow) {
        if let Some(position @ Position::Within) = positions.get_mut(unit as usize)
            && let Ok(n) = flow.instructions.binary_search_by_key(&unit, |instruction| instruction.unit)
        {
            *position = Position::Leads(flow.instructions[n].line.unwrap_or(0));
        }
    }
    positions.into()
}

/// The code units to which jumps and exceptions lead.
fn targets(view: &CodeView<'_>, flow: &Flow) -> impl Iterator<Item = u32> {
    let jumps = flow.instructions.iter().flat_map(|instruction| {
        let next = instruction.next;
        instruction.successors().into_iter().flatten().filter(move |unit| *unit != next)
    });
    let handlers: Vec<u32> = view.handlers.iter().map(|offset| offset / 2).collect();
    jumps.chain(handlers)
}
