//! The table of changes of variables.

use connie_history::variables::Variables;
use connie_recording::Error;
use connie_recording::player::{Event, Player, Step};
use rustc_hash::{FxHashMap, FxHashSet};

use super::steps;
use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::{BOUNDS, Run};
use crate::table::{RUN, Scan, Table, integer, text};

const STEP: usize = 1;
const FUNCTION: usize = 4;
const FILE: usize = 5;
const NAME: usize = 8;

/// Changes of variables.
pub const WRITES: Table = Table {
    name: "writes",
    about: "A change of a variable: it was bound, or its contents changed",
    columns: &[
        RUN,
        integer("step", "the step at which the change was seen").narrowing(),
        text("thread", "the thread"),
        integer("frame", "the frame whose variable it is"),
        text("function", "the qualified name of the frame's function").narrowing(),
        text("file", "its file, relative to the project's root").narrowing(),
        integer("line", "the line of that frame that ran last before the change; NULL for arguments"),
        integer("line_step", "the step of that line"),
        text("name", "the variable").narrowing(),
        text("old", "its old value, as Python writes it; NULL if it had none"),
        text("new", "its new value, as Python writes it"),
    ],
    size: |run| run.recording.last_step(),
    scan: |run, filter| Box::new(Writes::new(run, filter)),
};

struct Writes {
    codes: Option<FxHashSet<u32>>,
    next: usize,
    variables: Variables,
    /// For each running frame: the text of each variable, the running line, and its step.
    known: FxHashMap<u64, Known>,
}

#[derive(Default)]
struct Known {
    texts: FxHashMap<String, String>,
    line: Option<(u32, u64)>,
}

impl Writes {
    fn new(run: &Run, filter: &Filter) -> Self {
        let codes = steps::codes(run, filter, FUNCTION, FILE);
        Self { codes, next: 0, variables: Variables::new(BOUNDS), known: FxHashMap::default() }
    }

    fn see(&mut self, run: &Run, filter: &Filter, player: &Player<'_>, step: &Step, rows: &mut Vec<Row>) {
        let Some(frame) =
            step.frame.filter(|frame| self.codes.as_ref().is_none_or(|codes| codes.contains(&frame.code)))
        else {
            return;
        };
        let changed = self.variables.changed(player, &frame);
        let known = self.known.entry(frame.frame).or_default();
        let line = known.line;
        for (name, new) in changed {
            let old = known.texts.insert(name.clone(), new.clone());
            if !filter.allows_text(NAME, &name) || !filter.allows_number(STEP, step.number) {
                continue;
            }
            let function = run.function(frame.code);
            rows.push(row![
                step.number,
                run.thread(step.thread),
                frame.frame,
                function.map(|(name, _, _)| name),
                function.map(|(_, file, _)| file),
                line.map(|(line, _)| line),
                line.map(|(_, step)| step),
                name,
                old,
                new,
            ]);
        }
        match step.event {
            Event::Line => known.line = Some((frame.line, step.number)),
            Event::Return(_) => {
                self.known.remove(&frame.frame);
                self.variables.forget(frame.frame);
            }
            _ => {}
        }
    }
}

impl Scan for Writes {
    fn page(&mut self, run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<bool, Error> {
        let Some(chunk) = run.recording.chunks.get(self.next) else { return Ok(false) };
        let end = chunk.first_step + chunk.steps;
        let (_, most) = filter.range(STEP);
        if chunk.first_step > most {
            return Ok(false);
        }
        self.next += 1;
        let (mut player, mut step) = Player::at(&run.recording, chunk.first_step)?;
        loop {
            self.see(run, filter, &player, &step, rows);
            if step.number + 1 >= end {
                break;
            }
            match player.next_step() {
                Some(next) => step = next,
                None => break,
            }
        }
        Ok(self.next < run.recording.chunks.len())
    }
}
