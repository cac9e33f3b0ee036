//! The calls as a tree: those of a lane, or inside of a call, page by page.

use connie_recording::reader::Recording;

use super::bar::Bar;
use super::index::Index;
use super::{Lane, Window};

/// Steps between two merged bars up to which they are read together.
const NEAR: u64 = 1 << 13;

/// A call of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The first step.
    pub first: u64,
    /// The last step.
    pub last: u64,
    /// The code.
    pub code: u32,
    /// Whether it made calls.
    pub has_inside: bool,
}

/// Calls that are next to each other in the tree: those of a lane at a depth, which begin in a range of steps.
#[derive(Clone, Copy, Debug)]
pub struct Siblings {
    /// The lane.
    pub lane: Lane,
    /// The depth.
    pub depth: usize,
    /// The first step after which they begin; 0 for the outermost calls.
    pub after: u64,
    /// The last step at which they begin.
    pub to: u64,
}

/// Part of the siblings.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Those that begin after a step.
    After(u64),
    /// Those that begin before a step.
    Before(u64),
    /// Those around a step.
    Around(u64),
}

/// Some siblings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// The calls, in order of time.
    pub nodes: Vec<Node>,
    /// The number of siblings before them, and after them.
    pub earlier: u64,
    /// The number of siblings after them.
    pub later: u64,
}

impl Index {
    /// Some of the siblings, at most `most`. They are known as far as the recording was read.
    #[must_use]
    pub fn siblings(&self, recording: &Recording, all: &Siblings, which: Part, most: usize) -> Nodes {
        let row = self.row(&all.lane, all.depth, all.after, all.to);
        let most = most.max(1);
        let enough = |bars: &mut dyn Iterator<Item = &Bar>, wanted: usize| {
            let mut calls = 0;
            let is_wanted = |bar: &&Bar| {
                let before = calls;
                calls += bar.calls as usize;
                before < wanted
            };
            bars.take_while(is_wanted).count()
        };
        let (from, to) = match which {
            Part::After(step) => {
                let from = row.partition_point(|bar| bar.last <= step);
                (from, from + 1 + enough(&mut row[from..].iter().skip(1), most))
            }
            Part::Before(step) => {
                let to = row.partition_point(|bar| bar.first < step);
                (to.saturating_sub(1 + enough(&mut row[..to].iter().rev().skip(1), most)), to)
            }
            Part::Around(step) => {
                let at = row.partition_point(|bar| bar.first <= step).saturating_sub(1);
                let from = at - enough(&mut row[..at].iter().rev(), most / 2);
                (from, at + 1 + enough(&mut row[(at + 1).min(row.len())..].iter(), most / 2))
            }
        };
        let to = to.min(row.len());
        let mut nodes = self.nodes(recording, all, &row[from.min(to)..to]);
        nodes.retain(|node| node.first > all.after && node.first <= all.to);
        match which {
            Part::After(step) => {
                nodes.retain(|node| node.first > step);
                nodes.truncate(most);
            }
            Part::Before(step) => {
                nodes.retain(|node| node.first < step);
                nodes.drain(..nodes.len().saturating_sub(most));
            }
            Part::Around(_) => {}
        }
        let ends = nodes.first().zip(nodes.last()).map(|(first, last)| (first.first, last.first));
        let count = |after, before| self.count(recording, all, &row, after, before);
        let (earlier, later) =
            ends.map_or((0, 0), |(first, last)| (count(all.after, first), count(last, all.to.saturating_add(1))));
        Nodes { nodes, earlier, later }
    }

    /// The calls of a lane that are active at a step, the outermost first.
    #[must_use]
    pub fn path(&self, recording: &Recording, lane: &Lane, step: u64) -> Vec<Node> {
        let mut path: Vec<Node> = Vec::new();
        for depth in 0..lane.depth {
            let all = Siblings { lane: *lane, depth, after: path.last().map_or(0, |node| node.first), to: step };
            let row = self.row(lane, depth, all.after, step);
            let row = &row[row.partition_point(|bar| bar.last < step)..];
            let found = self.nodes(recording, &all, row);
            match found.into_iter().find(|node| node.first > all.after && node.first <= step && node.last >= step) {
                Some(node) => path.push(node),
                None => break,
            }
        }
        path
    }

    /// The path to the innermost call of a thread at a step, with its lane.
    #[must_use]
    pub fn innermost(&self, recording: &Recording, thread: u32, step: u64) -> Option<(Lane, Vec<Node>)> {
        let lanes = self.lanes().into_iter().filter(|lane| lane.thread == thread);
        let paths = lanes.map(|lane| (lane, self.path(recording, &lane, step)));
        paths.filter(|(_, path)| !path.is_empty()).max_by_key(|(_, path)| path.last().map(|node| node.first))
    }

    /// The bars of a row that may have calls that begin in a range, in order of time.
    fn row(&self, lane: &Lane, depth: usize, after: u64, to: u64) -> Vec<Bar> {
        let mut row = self.bars(lane, depth, after, to.saturating_add(1), |_| true);
        row.extend(self.open(lane, depth).filter(|bar| bar.first <= to));
        row
    }

    /// The number of siblings that begin after a step and before another.
    fn count(&self, recording: &Recording, all: &Siblings, row: &[Bar], after: u64, before: u64) -> u64 {
        let is_inside = |step| step > after && step < before;
        let mut count = 0;
        for bar in row.iter().filter(|bar| bar.last > after && bar.first < before) {
            count += if bar.calls == 1 {
                u64::from(is_inside(bar.first))
            } else if is_inside(bar.first) && is_inside(bar.last) {
                bar.calls.into()
            } else {
                self.nodes(recording, all, &[*bar]).iter().filter(|node| is_inside(node.first)).count() as u64
            };
        }
        count
    }

    /// The calls of neighbouring bars.
    fn nodes(&self, recording: &Recording, of: &Siblings, bars: &[Bar]) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut at = 0;
        while let Some(bar) = bars.get(at) {
            let mut end = at + 1;
            if bar.calls == 1 {
                nodes.push(self.node(recording, of, bar));
            } else {
                let is_near = |bar: &Bar, before: &Bar| bar.calls > 1 && bar.first - before.last < NEAR;
                while end < bars.len() && is_near(&bars[end], &bars[end - 1]) {
                    end += 1;
                }
                nodes.extend(self.merged(recording, of, bar.first, bars[end - 1].last));
            }
            at = end;
        }
        nodes
    }

    /// A call that is not merged.
    fn node(&self, recording: &Recording, of: &Siblings, bar: &Bar) -> Node {
        let depth = of.depth + 1;
        let inside = self.row(&of.lane, depth, bar.first, bar.last);
        let has_inside = inside.iter().any(|one| one.first > bar.first)
            || inside.iter().filter(|one| one.calls > 1).any(|one| {
                let short = self.short(recording, &Window { from: one.first, to: one.last, width: 1, rows: 0..1 });
                !short.bars(&of.lane, depth, bar.first, bar.last + 1, |one| one.first > bar.first).is_empty()
            });
        Node { first: bar.first, last: bar.last, code: bar.code, has_inside }
    }

    /// Reads the calls of merged bars, which begin and end between two steps.
    fn merged(&self, recording: &Recording, of: &Siblings, from: u64, to: u64) -> Vec<Node> {
        let short = self.short(recording, &Window { from, to, width: 1, rows: 0..1 });
        let is_it = |bar: &Bar| bar.first >= from && bar.is_short(self.base);
        let node = |bar: &Bar| {
            let inside = short.bars(&of.lane, of.depth + 1, bar.first, bar.last + 1, |one| one.first > bar.first);
            Node { first: bar.first, last: bar.last, code: bar.code, has_inside: !inside.is_empty() }
        };
        short.bars(&of.lane, of.depth, from, to.saturating_add(1), is_it).iter().map(node).collect()
    }
}
