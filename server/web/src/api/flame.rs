//! The calls of a run: as a flame chart, and as a tree.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use connie_history::flame::{self, Called, Chart, Function, NamedLane, Node, Part, Siblings};
use serde::{Deserialize, Serialize};

use super::{Answer, ask, ask_long};
use crate::Shared;

/// The time for which a question reads on. The page asks again until everything was read.
const BUDGET: Duration = Duration::from_millis(150);
/// The number of calls on a page of the tree, and the most that can be asked for.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1000;

/// A window of a run.
#[derive(Deserialize)]
pub struct Asked {
    from: u64,
    to: u64,
    /// Pixels.
    width: u64,
    /// The first row, and the number of rows.
    row: usize,
    rows: usize,
}

/// `GET /api/run/{id}/flame?from=…&to=…&width=…&row=…&rows=…`: the calls in a range of steps, for so many pixels.
pub async fn flame(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Chart> {
    ask(&shared, &id, move |loaded| {
        let begun = Instant::now();
        let window = flame::window([asked.from, asked.to, asked.width], asked.row, asked.rows);
        let flame = loaded.flame(&window, || begun.elapsed() >= BUDGET)?;
        Ok(Chart::of(&loaded.recording, &flame)?)
    })
    .await
}

/// A call, from its first step to its last.
#[derive(Deserialize)]
pub struct Spanned {
    first: u64,
    last: u64,
}

/// `GET /api/run/{id}/call?first=…&last=…`: the arguments of a call, and its result.
pub async fn call(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Spanned>,
) -> Answer<Option<Called>> {
    ask(&shared, &id, move |loaded| Ok(flame::call(&loaded.recording, asked.first, asked.last)?.map(Called::from)))
        .await
}

/// Calls of the tree. Without `depth`: the path to the innermost call of `thread` at the step `at`.
#[derive(Deserialize)]
pub struct Branch {
    thread: Option<u32>,
    #[serde(default)]
    task: u32,
    depth: Option<usize>,
    /// The calls begin after this step, and at the latest at `to`.
    #[serde(default)]
    inside: u64,
    to: Option<u64>,
    /// Which of them: after a step, before one, or around one.
    after: Option<u64>,
    before: Option<u64>,
    at: Option<u64>,
    count: Option<usize>,
}

/// A call: first step, last step, code, and 1 if it made calls.
#[derive(Serialize)]
struct Listed(u64, u64, u32, u8);

/// `GET /api/run/{id}/tree`
#[derive(Default, Serialize)]
pub struct Tree {
    lanes: Vec<NamedLane>,
    /// The lane of the calls, by its index.
    lane: Option<usize>,
    calls: Vec<Listed>,
    /// The number of calls before them and after them.
    earlier: u64,
    later: u64,
    functions: BTreeMap<u32, Function>,
    steps: u64,
    /// The last step that was read, and whether everything was read. Until then, there are no calls.
    read: u64,
    whole: bool,
}

/// `GET /api/run/{id}/tree`: the lanes, and some calls of one of them.
pub async fn tree(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Branch>,
) -> Answer<Tree> {
    ask_long(&shared, &id, move |loaded| {
        let begun = Instant::now();
        let (index, recording) = loaded.calls_of_run(|| begun.elapsed() >= BUDGET);
        let lanes = index.lanes();
        let mut tree = Tree {
            lanes: flame::named(recording, &lanes)?,
            steps: recording.last_step(),
            read: index.read(),
            whole: index.is_whole(recording),
            ..Tree::default()
        };
        if !tree.whole && !recording.info.is_going_on() {
            return Ok(tree);
        }
        let mut nodes = Vec::new();
        if let (Some(thread), Some(depth)) = (asked.thread, asked.depth) {
            tree.lane = lanes.iter().position(|lane| (lane.thread, lane.task) == (thread, asked.task));
            if let Some(lane) = tree.lane.map(|at| lanes[at]) {
                let all = Siblings { lane, depth, after: asked.inside, to: asked.to.unwrap_or(tree.steps) };
                let which = match (asked.before, asked.at) {
                    (Some(step), _) => Part::Before(step),
                    (None, Some(step)) => Part::Around(step),
                    (None, None) => Part::After(asked.after.unwrap_or(asked.inside)),
                };
                let most = asked.count.unwrap_or(PAGE).clamp(1, MAX_PAGE);
                let found = index.siblings(recording, &all, which, most);
                (nodes, tree.earlier, tree.later) = (found.nodes, found.earlier, found.later);
            }
        } else if let (Some(thread), Some(step)) = (asked.thread, asked.at)
            && let Some((lane, path)) = index.innermost(recording, thread, step)
        {
            tree.lane = lanes.iter().position(|one| *one == lane);
            nodes = path;
        }
        tree.functions = flame::functions(recording, nodes.iter().map(|node| node.code));
        let listed = |node: &Node| Listed(node.first, node.last, node.code, u8::from(node.has_inside));
        tree.calls = nodes.iter().map(listed).collect();
        Ok(tree)
    })
    .await
}

/// Calls, as `FIRST-LAST`, separated by commas.
#[derive(Deserialize)]
pub struct Spans {
    of: String,
}

/// `GET /api/run/{id}/calls?of=FIRST-LAST,…`: what the calls were given and how they ended; as many as there is time for.
pub async fn calls(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Spans>,
) -> Answer<Vec<Option<Called>>> {
    ask(&shared, &id, move |loaded| {
        let begun = Instant::now();
        let mut found = Vec::new();
        for span in asked.of.split(',').take(MAX_PAGE) {
            let ends = span.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            found.push(match ends {
                Some((first, last)) => flame::call(&loaded.recording, first, last)?.map(Called::from),
                None => None,
            });
            if begun.elapsed() >= BUDGET {
                break;
            }
        }
        Ok(found)
    })
    .await
}
