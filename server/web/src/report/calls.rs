//! The calls: as bars of a flame chart in several levels of detail, and by function.

use std::collections::BTreeMap;

use connie_history::calls::{Flow, Happening};
use connie_history::flame::{self, Bar, Flame, Function, Index, NamedLane, Window};
use connie_history::loaded::Loaded;
use connie_recording::reader::Recording;
use serde::Serialize;

use super::folder::{Failed, Folder, give};
use crate::api::functions::Profile;

/// The number of columns of a file. A column of the first level is a step, and one of the next level four.
const COLUMNS: u64 = 4096;
const FACTOR: u32 = 4;
/// The maximum number of rows.
const ROWS: usize = 400;
/// The maximum number of calls listed for a function.
const CALLS: usize = 100;

/// The lanes of the flame chart, and the list of its data: for each level the numbers of its first and its last file.
#[derive(Default, Serialize)]
pub struct Levels {
    lanes: Vec<NamedLane>,
    functions: BTreeMap<u32, Function>,
    columns: u64,
    files: Vec<(u64, u64)>,
}

/// A row of bars, five numbers each: the steps after the one before, the length, the code, the number of calls, and 1 if
/// they are of several functions.
#[derive(Serialize)]
struct Row(usize, Vec<u64>);

/// The bars of some columns, and the marks: steps, rows of lanes, and 1 for what nothing caught.
#[derive(Serialize)]
struct Part {
    rows: Vec<Row>,
    exceptions: Vec<(u64, usize, u8)>,
    output: Vec<(u64, usize, u8)>,
}

impl Part {
    fn of(flame: &Flame) -> Self {
        let row = |row: &flame::Row| {
            let mut before = 0;
            let numbers = row.bars.iter().flat_map(|bar: &Bar| {
                let ahead = bar.first - std::mem::replace(&mut before, bar.first);
                [ahead, bar.last - bar.first, bar.code.into(), bar.calls.into(), bar.is_mixed.into()]
            });
            Row(row.row, numbers.collect())
        };
        let marks =
            |all: &[flame::Mark]| all.iter().map(|mark| (mark.step, mark.row, u8::from(mark.is_uncaught))).collect();
        Self {
            rows: flame.rows.iter().map(row).collect(),
            exceptions: marks(&flame.exceptions),
            output: marks(&flame.output),
        }
    }
}

/// Writes the flame chart of some steps.
///
/// # Errors
/// If the recording cannot be read, or a file cannot be written.
pub fn write(loaded: &mut Loaded, (first, last): (u64, u64), folder: &mut dyn Folder) -> Result<Levels, Failed> {
    let (index, recording) = loaded.calls_of_run(|| false);
    let mut levels = Levels { lanes: flame::named(recording, &index.lanes())?, columns: COLUMNS, ..Levels::default() };
    let mut codes = Vec::new();
    let mut column = 1;
    loop {
        let span = COLUMNS * column;
        let files = (first / span, last / span);
        for file in files.0..=files.1 {
            let part = part(index, recording, (file * span, span))?;
            codes.extend(part.rows.iter().flat_map(|row| row.bars.iter().map(|bar| bar.code)));
            give(folder, &format!("flame-{}-{file}", levels.files.len()), &Part::of(&part))?;
        }
        codes.sort_unstable();
        codes.dedup();
        levels.files.push(files);
        if files.0 == files.1 {
            break;
        }
        column *= u64::from(FACTOR);
    }
    levels.functions = flame::functions(recording, codes.into_iter());
    Ok(levels)
}

/// The bars of the columns of a file.
fn part(index: &Index, recording: &Recording, (from, span): (u64, u64)) -> Result<Flame, connie_recording::Error> {
    let from = from.max(1);
    index.window(recording, &Window { from, to: from.max(from + span - 1), width: COLUMNS, rows: 0..ROWS })
}

/// All functions that were called.
#[derive(Serialize)]
struct Functions {
    #[serde(flatten)]
    profile: Profile,
    /// Whether callers are told: not for a part of a run.
    edges: bool,
}

/// Who called whom, and the first calls of each function.
#[derive(Serialize)]
struct Edges {
    /// Caller, line, callee, number of calls, nanoseconds.
    edges: Vec<(u32, u32, u32, u64, u64)>,
    /// By code: the number of calls in the report, and the steps of the first ones.
    calls: BTreeMap<u32, (u64, Vec<u64>)>,
}

/// Writes the calls by function.
///
/// # Errors
/// If the recording cannot be read, or a file cannot be written.
pub fn functions(loaded: &mut Loaded, (first, last): (u64, u64), folder: &mut dyn Folder) -> Result<(), Failed> {
    let is_whole = first <= 1 && last >= loaded.recording.last_step();
    let edges = if is_whole { loaded.edges().to_vec() } else { Vec::new() };
    let edges = edges.iter().filter(|edge| edge.times > 0);
    let edges = edges.map(|edge| (edge.caller, edge.line, edge.callee, edge.times, edge.time)).collect();
    let recording = &loaded.recording;
    give(folder, "functions", &Functions { profile: Profile::of(recording)?, edges: is_whole })?;
    let mut calls: BTreeMap<u32, (u64, Vec<u64>)> = BTreeMap::new();
    let mut flow = Flow::new(recording);
    let chunks = recording.chunk_of(first.max(1)).unwrap_or(0)..recording.chunks.len();
    for index in chunks.take_while(|index| recording.chunks[*index].first_step <= last) {
        flow.chunk(recording, index, |happening| {
            if let Happening::Begins { code, step, resumes: false, .. } = happening
                && (first..=last).contains(&step)
            {
                let (count, steps) = calls.entry(code).or_default();
                *count += 1;
                if steps.len() < CALLS {
                    steps.push(step);
                }
            }
            true
        });
    }
    give(folder, "edges", &Edges { edges, calls })
}
