//! A flame graph as SVG: the functions on the stack from top to bottom, as wide as the time of their calls.
//!
//! `inferno`, the library for such pictures, is under the CDDL, which is not one of the licences in `deny.toml`.

use std::io::Write;

use askama::Template;
use connie_history::call_tree::CallTree;
use connie_history::profile::sum;
use connie_recording::Recording;
use connie_recording::amounts::{counted, duration};
use connie_recording::plain::one_line;

use super::labels::Labels;
use crate::failure::Failure;

/// The height of a row, and of the heading, in pixels.
const ROW: usize = 18;
const HEADING: usize = 48;
/// The least share of the picture for which a call is drawn, in percent.
const LEAST: f64 = 0.05;

#[derive(Template)]
#[template(path = "flame.svg", escape = "html")]
struct Picture {
    title: String,
    subtitle: String,
    height: usize,
    bars: Vec<Bar>,
}

/// A rectangle. Positions and widths are in percent of the picture.
struct Bar {
    left: String,
    width: String,
    y: usize,
    name: String,
    title: String,
    fill: String,
}

/// Writes the picture.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let (labels, tree) = (Labels::of(recording)?, CallTree::of(recording));
    let mut drawn =
        Drawn { labels: &labels, tree: &tree, callees: tree.callees(), bars: Vec::new(), narrow: 0, rows: 0 };
    let all = drawn.draw();
    let mut subtitle = vec![duration(all), "width: time".to_owned(), "colour: file".to_owned()];
    if drawn.narrow > 0 {
        subtitle.push(format!("{} too narrow to draw", counted(drawn.narrow, "stack")));
    }
    if tree.is_cut {
        subtitle.push("the deepest calls count for their callers".to_owned());
    }
    let picture = Picture {
        title: one_line(&recording.info.program).into_owned(),
        subtitle: subtitle.join(" · "),
        height: HEADING + drawn.rows * ROW + 8,
        bars: drawn.bars,
    };
    picture.write_into(out)?;
    Ok(out.flush()?)
}

struct Drawn<'t> {
    labels: &'t Labels,
    tree: &'t CallTree,
    callees: Vec<Vec<usize>>,
    bars: Vec<Bar>,
    /// The number of nodes that are too narrow.
    narrow: u64,
    rows: usize,
}

impl Drawn<'_> {
    /// Draws all calls, and returns the time of all of them.
    fn draw(&mut self) -> u64 {
        let outermost = self.callees.last().cloned().unwrap_or_default();
        let all = sum(outermost.iter().map(|node| self.tree.nodes[*node].total));
        let mut threads: Vec<u32> = Vec::new();
        for node in &outermost {
            let thread = self.tree.nodes[*node].thread;
            if !threads.contains(&thread) {
                threads.push(thread);
            }
        }
        let mut left = 0.0;
        for thread in threads {
            let own = |node: &&usize| self.tree.nodes[**node].thread == thread;
            let nodes: Vec<usize> = outermost.iter().filter(own).copied().collect();
            let total = sum(nodes.iter().map(|node| self.tree.nodes[*node].total));
            let mut row = 0;
            if let Some(name) = self.labels.thread(self.tree, thread) {
                let title = format!("{name}\n{}", time(total, all));
                self.bar(left, total, all, row, name, title, "#cfcfcf".to_owned());
                row = 1;
            }
            self.nodes(&nodes, left, all, row);
            left += share(total, all);
        }
        all
    }

    /// Draws nodes side by side, with everything below them.
    fn nodes(&mut self, nodes: &[usize], left: f64, all: u64, row: usize) {
        let mut open: Vec<(Vec<usize>, f64, usize)> = vec![(nodes.to_vec(), left, row)];
        while let Some((nodes, mut left, row)) = open.pop() {
            for index in nodes {
                let node = &self.tree.nodes[index];
                let width = share(node.total, all);
                if width < LEAST {
                    self.narrow += 1;
                    continue;
                }
                let (name, place) = (self.labels.name(node.code), self.labels.place(node.code));
                let calls = counted(node.calls, "call");
                let title =
                    format!("{name} ({place})\n{}\n{} in itself\n{calls}", time(node.total, all), duration(node.own));
                let fill = colour(self.labels.file(node.code).0);
                self.bar(left, node.total, all, row, name.to_owned(), title, fill);
                open.push((self.callees[index].clone(), left, row + 1));
                left += width;
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn bar(&mut self, left: f64, total: u64, all: u64, row: usize, name: String, title: String, fill: String) {
        self.rows = self.rows.max(row + 1);
        let (left, width) = (format!("{left:.4}"), format!("{:.4}", share(total, all)));
        self.bars.push(Bar { left, width, y: HEADING + row * ROW, name, title, fill });
    }
}

fn share(time: u64, all: u64) -> f64 {
    100.0 * time as f64 / all.max(1) as f64
}

fn time(total: u64, all: u64) -> String {
    format!("{}, {:.1} %", duration(total), share(total, all))
}

/// A light colour for each file.
fn colour(file: &str) -> String {
    let hash = file.bytes().fold(2_166_136_261u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    format!("hsl({}, {}%, {}%)", hash % 360, 55 + hash / 360 % 20, 68 + hash / 7200 % 12)
}
