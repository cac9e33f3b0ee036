//! Shows where two recordings differ, and travels through both at once.
//!
//! [`connie_history::compare`] answers. Two recordings that are compared have a thread, as each open recording has: it
//! compares them once, and answers questions about places.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, Query, State};
use connie_history::compare::{self, Block, Comparison, Options, Place, Repeat};
use connie_history::timeline::{Direction, Reach};
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};
use serde::{Deserialize, Serialize};

use super::Answer;
use super::recordings::Row;
use crate::Shared;
use crate::failure::Failure;
use crate::recording_threads::Desk;

/// The time limit of a comparison. The differences found by then are the answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The maximum number of values, and of places where control flow differs. Differences that are alike count once.
const MAX_DIFFERENCES: usize = 500;
/// How much of values is compared; the same as in `connie compare`.
const BOUNDS: Bounds = Bounds { string: 4096, items: 100, depth: 3 };
/// The maximum number of characters of a value in a list.
const LENGTH: usize = 400;
/// The number of repetitions of a difference in an answer.
const PAGE: usize = 100;

/// Two recordings that are compared.
pub struct Comparing {
    paths: [PathBuf; 2],
    compared: Option<compare::Compared>,
    unwanted: Arc<AtomicBool>,
}

impl Desk for Comparing {
    type Key = [PathBuf; 2];
    const MAX: usize = 2;

    fn open(paths: &[PathBuf; 2]) -> Result<Self, Error> {
        Ok(Self { paths: paths.clone(), compared: None, unwanted: Arc::default() })
    }

    fn prepare(&mut self) {
        if self.compared.as_mut().is_some_and(compare::Compared::refresh) {
            self.compared = None;
        }
    }

    fn interrupt_by(&mut self, unwanted: Arc<AtomicBool>) {
        self.unwanted = unwanted;
    }
}

impl Comparing {
    /// Compares them, once.
    fn compared(&mut self) -> Result<&compare::Compared, Failure> {
        if self.compared.is_none() {
            let (left, right) = (Recording::open(&self.paths[0])?, Recording::open(&self.paths[1])?);
            let begun = Instant::now();
            let is_wanted = || !self.unwanted.load(Ordering::Relaxed);
            let progress = |_| begun.elapsed() < PATIENCE && is_wanted();
            let options = Options { most: MAX_DIFFERENCES, ignored: &|_| false, bounds: BOUNDS, progress: &progress };
            let compared = compare::Compared::new(left, right, &options)?;
            if !is_wanted() {
                return Err(Failure::Closed);
            }
            self.compared = Some(compared);
        }
        self.compared.as_ref().ok_or(Failure::Closed)
    }
}

/// Asks the thread of two recordings.
async fn asked<T: Send + 'static>(
    shared: &Arc<Shared>,
    (left, right): &(String, String),
    question: impl FnOnce(&compare::Compared) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    let paths = [shared.find(left)?, shared.find(right)?];
    shared.comparing.ask_long(&paths, |comparing| question(comparing.compared()?)).await.map(Json)
}

/// Two recordings, and their differences.
#[derive(Serialize)]
pub struct Compared {
    runs: [Row; 2],
    same: bool,
    /// The steps to look at first.
    first: Option<[u64; 2]>,
    found: Comparison,
}

/// `GET /api/compare/{left}/{right}`
pub async fn parted(State(shared): State<Arc<Shared>>, Path(ids): Path<(String, String)>) -> Answer<Compared> {
    asked(&shared, &ids, |compared| {
        let runs = compared.recordings().each_ref().map(|one| Row::new(one.path(), &one.info));
        let (first, same) = (compared.first()?, compared.found.is_same());
        Ok(Compared { runs, same, first, found: compared.found.shortened(LENGTH) })
    })
    .await
}

/// A step of each run.
#[derive(Deserialize)]
pub struct Steps {
    left: u64,
    right: u64,
}

/// `GET /api/compare/{left}/{right}/place?left=…&right=…`: what is known at a step of each run.
pub async fn place(
    State(shared): State<Arc<Shared>>,
    Path(ids): Path<(String, String)>,
    Query(Steps { left, right }): Query<Steps>,
) -> Answer<Place> {
    asked(&shared, &ids, move |compared| Ok(compared.place([left, right])?)).await
}

/// Where to go from a step of each run.
#[derive(Deserialize)]
pub struct Wanted {
    left: u64,
    right: u64,
    way: Way,
}

/// A way to travel.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Way {
    In,
    Over,
    Out,
    BackIn,
    BackOver,
    BackOut,
    Start,
    End,
}

/// `GET /api/compare/{left}/{right}/step?left=…&right=…&way=…`: steps both runs, and tells what is known there.
pub async fn step(
    State(shared): State<Arc<Shared>>,
    Path(ids): Path<(String, String)>,
    Query(Wanted { left, right, way }): Query<Wanted>,
) -> Answer<Place> {
    asked(&shared, &ids, move |compared| {
        let from = [left, right];
        let to = |reach, direction| compared.step(from, reach, direction);
        let steps = match way {
            Way::In => to(Reach::In, Direction::Forward)?,
            Way::Over => to(Reach::Over, Direction::Forward)?,
            Way::Out => to(Reach::Out, Direction::Forward)?,
            Way::BackIn => to(Reach::In, Direction::Backward)?,
            Way::BackOver => to(Reach::Over, Direction::Backward)?,
            Way::BackOut => to(Reach::Out, Direction::Backward)?,
            Way::Start => compared.end(Direction::Backward)?.unwrap_or(from),
            Way::End => compared.end(Direction::Forward)?.unwrap_or(from),
        };
        Ok(compared.place(steps)?)
    })
    .await
}

/// A source of each run, by number.
#[derive(Deserialize)]
pub struct Sources {
    left: u32,
    right: u32,
}

/// The lines of two sources side by side.
#[derive(Serialize)]
pub struct Lines {
    /// `None` if the sources do not correspond.
    blocks: Option<Vec<Block>>,
}

/// `GET /api/compare/{left}/{right}/lines?left=…&right=…`: which lines of two sources stand side by side.
pub async fn lines(
    State(shared): State<Arc<Shared>>,
    Path(ids): Path<(String, String)>,
    Query(Sources { left, right }): Query<Sources>,
) -> Answer<Lines> {
    asked(&shared, &ids, move |compared| Ok(Lines { blocks: compared.lines([left, right]) })).await
}

/// The list that has a difference.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum List {
    Values,
    Ways,
}

/// A difference, and the first of its repetitions to tell.
#[derive(Deserialize)]
pub struct Repeated {
    list: List,
    row: usize,
    from: usize,
}

/// Repetitions of a difference.
#[derive(Serialize)]
pub struct Repeats {
    repeats: Vec<Repeat>,
    /// The number of those after these that are known.
    known: usize,
    /// The number of all that follow.
    more: u64,
}

/// `GET /api/compare/{left}/{right}/repeats?list=…&row=…&from=…`: differences that are like the one in a row of a list.
pub async fn repeats(
    State(shared): State<Arc<Shared>>,
    Path(ids): Path<(String, String)>,
    Query(Repeated { list, row, from }): Query<Repeated>,
) -> Answer<Repeats> {
    asked(&shared, &ids, move |compared| {
        let (all, total) = match list {
            List::Values => compared.found.values.get(row).map(|one| (&one.repeats, one.times + one.alike)),
            List::Ways => compared.found.ways.get(row).map(|one| (&one.repeats, one.times)),
        }
        .ok_or_else(|| Failure::Question(format!("there is no difference {row}")))?;
        let repeats: Vec<Repeat> = all.iter().skip(from).take(PAGE).cloned().collect();
        let told = from + repeats.len();
        Ok(Repeats { known: all.len().saturating_sub(told), more: total.saturating_sub(told as u64), repeats })
    })
    .await
}
