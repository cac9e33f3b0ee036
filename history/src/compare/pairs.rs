//! Pairs the sources, lines, functions and threads of two recordings.

use rustc_hash::FxHashMap;
use serde::Serialize;
use similar::{DiffOp, DiffTag, TextDiff};

use connie_recording::error::Error;
use connie_recording::reader::Recording;

/// Maps lines of the right text to lines of the left text.
#[derive(Debug, PartialEq)]
pub enum Lines {
    /// The texts are equal.
    Same,
    /// The left line for each right line, from 1; 0 if there is none.
    Moved(Vec<u32>),
}

impl Lines {
    /// Maps lines by a diff. An edited line corresponds to the line at its position.
    pub fn between(left: &str, right: &str) -> Self {
        if left == right {
            return Lines::Same;
        }
        let mut lines = vec![0; right.lines().count() + 2];
        for op in TextDiff::from_lines(left, right).ops() {
            let (old, new, length) = match *op {
                DiffOp::Equal { old_index, new_index, len } => (old_index, new_index, len),
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    (old_index, new_index, old_len.min(new_len))
                }
                DiffOp::Insert { .. } | DiffOp::Delete { .. } => continue,
            };
            for n in 0..length {
                if let Some(line) = lines.get_mut(new + n + 1) {
                    *line = (old + n + 1) as u32;
                }
            }
        }
        Lines::Moved(lines)
    }

    /// The left line that a right one corresponds to.
    pub fn left(&self, right: u32) -> Option<u32> {
        match self {
            Lines::Same => Some(right),
            Lines::Moved(lines) => lines.get(right as usize).copied().filter(|line| *line != 0),
        }
    }
}

/// Lines of two texts that stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Whether the lines are the same.
    pub same: bool,
    /// The first line of each text, from 1.
    pub first: [usize; 2],
    /// The number of lines of each.
    pub count: [usize; 2],
}

/// The lines of two texts, side by side. They correspond as in [`Lines::between`].
pub fn blocks(left: &str, right: &str) -> Vec<Block> {
    let block = |op: &DiffOp| {
        let (old, new) = (op.old_range(), op.new_range());
        Block { same: op.tag() == DiffTag::Equal, first: [old.start + 1, new.start + 1], count: [old.len(), new.len()] }
    };
    TextDiff::from_lines(left, right).ops().iter().map(block).collect()
}

/// The corresponding sources and functions.
pub struct Pairs {
    /// For each right source, the corresponding left source and the mapping of lines.
    pub sources: Vec<Option<(u32, Lines)>>,
    /// For each right function, the corresponding left function.
    pub functions: Vec<Option<u32>>,
}

impl Pairs {
    /// Pairs two recordings, whose projects may be in different folders.
    pub fn of(left: &Recording, right: &Recording) -> Self {
        let by_path: FxHashMap<&str, u32> =
            (0..left.sources.len() as u32).map(|source| (left.short(source), source)).collect();
        let paired = |source: u32| {
            let left_one = *by_path.get(right.short(source))?;
            let text = |recording: &Recording, source: u32| {
                recording.sources.get(source as usize).and_then(|source| source.text.clone()).unwrap_or_default()
            };
            Some((left_one, Lines::between(&text(left, left_one), &text(right, source))))
        };
        let sources: Vec<_> = (0..right.sources.len() as u32).map(paired).collect();
        let functions = functions(left, right, &sources);
        Self { sources, functions }
    }

    /// Whether all common sources are identical, and the functions have the same numbers.
    pub fn are_same(&self) -> bool {
        self.sources.iter().enumerate().all(|(n, pair)| *pair == Some((n as u32, Lines::Same)))
            && self.functions.iter().enumerate().all(|(n, pair)| pair.is_none_or(|left| left == n as u32))
    }

    /// The left function that a right one corresponds to.
    pub fn function(&self, right: u32) -> Option<u32> {
        self.functions.get(right as usize).copied().flatten()
    }

    /// The left line that a line of a right source corresponds to.
    pub fn line(&self, source: u32, line: u32) -> Option<u32> {
        self.sources.get(source as usize)?.as_ref()?.1.left(line)
    }
}

/// Functions with the same name and file correspond by their lines, or else by their order.
fn functions(left: &Recording, right: &Recording, sources: &[Option<(u32, Lines)>]) -> Vec<Option<u32>> {
    let mut by_name: FxHashMap<(u32, &str), Vec<u32>> = FxHashMap::default();
    for (code, function) in left.functions.iter().enumerate() {
        by_name.entry((function.source, function.name.as_str())).or_default().push(code as u32);
    }
    let mut pairs = vec![None; right.functions.len()];
    for exactly in [true, false] {
        for (code, function) in
            right.functions.iter().enumerate().filter(|(code, _)| pairs[*code].is_none()).collect::<Vec<_>>()
        {
            let Some(Some((source, lines))) = sources.get(function.source as usize) else { continue };
            let Some(free) = by_name.get_mut(&(*source, function.name.as_str())) else { continue };
            let line = lines.left(function.line);
            let fits = |left_one: &u32| !exactly || left.function(*left_one).map(|one| one.line) == line;
            if let Some(at) = free.iter().position(fits) {
                pairs[code] = Some(free.remove(at));
            }
        }
    }
    pairs
}

/// The threads of two recordings.
#[derive(Default)]
pub struct Threads {
    /// The numbers of threads with the same name and process.
    pub pairs: Vec<[u32; 2]>,
    /// The names of threads that exist in only one recording.
    pub alone: [Vec<String>; 2],
    /// Numbers that the operating system assigned to corresponding threads and processes.
    pub identities: Vec<[i64; 2]>,
}

impl Threads {
    /// Pairs the threads of two recordings.
    pub fn of(left: &Recording, right: &Recording) -> Result<Self, Error> {
        let mut threads = Threads::default();
        let mut free = left.threads()?;
        for thread in right.threads()? {
            match free.iter().position(|one| one.process == thread.process && one.name == thread.name) {
                Some(at) => {
                    let one = free.remove(at);
                    threads.pairs.push([one.id, thread.id]);
                    threads.identities.push([one.ident, thread.ident]);
                }
                None => threads.alone[1].push(thread.name),
            }
        }
        threads.alone[0] = free.into_iter().map(|thread| thread.name).collect();
        let processes = left.processes()?.into_iter().zip(right.processes()?);
        threads.identities.extend(processes.map(|(one, other)| [i64::from(one.pid), i64::from(other.pid)]));
        Ok(threads)
    }
}
