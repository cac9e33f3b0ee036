//! The table of the variables of all frames at a step.

use connie_recording::Error;
use connie_recording::player::{Player, Step};
use connie_recording::render::{Renderer, World};

use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::{BOUNDS, Run};
use crate::table::{Once, RUN, Table, integer, text};

const STEP: usize = 1;
const LEVEL: usize = 2;
const NAME: usize = 6;

/// The maximum number of steps whose variables a query reads from a recording, unless it names each step.
const MAX_STEPS: u64 = 100_000;

/// The variables.
pub const VALUES: Table = Table {
    name: "values_at",
    about: "A variable of a frame at a step; the query must name the step, or a range of steps",
    columns: &[
        RUN,
        integer("step", "the step").narrowing(),
        integer("level", "the frame: 0 is the running frame, 1 its caller, …").narrowing(),
        integer("frame", "the frame's number"),
        text("function", "the qualified name of the frame's function"),
        integer("line", "the current line of the frame"),
        text("name", "the variable").narrowing(),
        text("value", "its value, as Python writes it; ? marks what is not known for sure"),
        text("type", "the name of its class"),
    ],
    size: |_| 1_000_000_000,
    scan: |_, _| Box::new(Once(read as fn(&Run, &Filter, &mut Vec<Row>) -> Result<(), Error>)),
};

fn read(run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<(), Error> {
    let (least, most) = filter.range(STEP);
    let (first, last) = (least.max(1), most.min(run.recording.last_step()));
    if first > last {
        return Ok(());
    }
    if last - first >= MAX_STEPS {
        let why = format!("values_at needs a step (WHERE step = 12), or a range of at most {MAX_STEPS} steps");
        return Err(Error::Io { path: run.recording.path().into(), source: std::io::Error::other(why) });
    }
    let (mut player, mut step) = Player::at(&run.recording, first)?;
    loop {
        variables(run, filter, &player, &step, rows);
        match player.next_step() {
            Some(next) if next.number <= last => step = next,
            _ => return player.damaged.pop().map_or(Ok(()), Err),
        }
    }
}

fn variables(run: &Run, filter: &Filter, player: &Player<'_>, step: &Step, rows: &mut Vec<Row>) {
    for (level, frame) in player.stack().iter().rev().enumerate() {
        if !filter.allows_number(LEVEL, level as u64) {
            continue;
        }
        let function = run.function(frame.code).map(|(name, _, _)| name);
        for (name, value) in player.locals(frame) {
            if !filter.allows_text(NAME, &name) {
                continue;
            }
            let text = Renderer::new(player, BOUNDS).text(&value);
            let ty = connie_history::beside::type_of(player as &dyn World, &value);
            rows.push(row![step.number, level as u64, frame.frame, function, frame.line, name, text, ty]);
        }
    }
}
