//! A report: one recording as pages that need no server.
//!
//! The page has the viewer's panes, styles and scripts. The scripts are put together into one classic script
//! ([`bundle`]), and what the server would answer is in data files ([`script`]) that the page loads when it needs them:
//! the story ([`story`]) and the steps ([`steps`]) in chunks, sources, calls ([`calls`]), output and exceptions
//! ([`happened`]).

mod bundle;
mod calls;
mod folder;
mod happened;
mod script;
mod steps;
mod story;
mod texts;

use std::collections::VecDeque;

use connie_history::loaded::Loaded;
use connie_history::story::{Line, Locals, Teller};
use connie_recording::Error;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::Bounds;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::api::beside::SourceValues;
use crate::api::run::Summary;
use crate::api::source::Source;
use crate::api::story::Actors;
use crate::assets;
use folder::give;
pub use folder::{DATA, Failed, Folder};
use happened::{Exception, Marks, Pages};
use steps::Steps;

/// The number of steps of a chunk.
const STEPS: usize = 4000;
/// Limits of the texts of values in the story, as in the viewer.
const BOUNDS: Bounds = Bounds { string: 80, items: 12, depth: 3 };
/// The maximum number of lines of output that are told of a step.
const MAX_OUTPUT: usize = 100;
/// The file of the page.
pub const PAGE: &str = "index.html";
/// What only pages of reports have.
pub const SIGN: &str = "<meta name=\"generator\" content=\"connie report\">";
/// The page's script.
const SCRIPT: &str = "report.js";

/// The names in the folder of a report.
pub const NAMES: [&str; 5] = [PAGE, SCRIPT, "style.css", "icon.svg", DATA];

/// What a report is about.
#[derive(Debug, Default)]
pub struct Asked {
    /// The first step and the last one.
    pub steps: (u64, u64),
    /// The step at which the page opens.
    pub moment: u64,
    /// Facts of the run: name and value.
    pub about: Vec<(String, String)>,
    /// A sentence that says which part of the run this is, if it is not the whole.
    pub part: Option<String>,
}

/// The facts of the run, and the list of the data.
#[derive(Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    summary: Summary,
    about: &'a [(String, String)],
    part: Option<&'a str>,
    moment: u64,
    chunks: Vec<story::Contents>,
    /// Names, sources and first lines.
    functions: Vec<(&'a str, u32, u32)>,
    #[serde(flatten)]
    actors: Actors,
    pages: Pages,
    marks: Marks,
    uncaught: Vec<Exception>,
    flame: calls::Levels,
}

/// A source, with the values beside its lines at the moment of the report.
#[derive(Serialize)]
struct WithValues {
    #[serde(flatten)]
    source: Source,
    beside: Option<SourceValues>,
}

/// Writes a report. Returns the errors of chunks that could not be read: their steps are left out.
///
/// # Errors
/// If the recording cannot be read, or a file cannot be written.
pub fn write(loaded: &mut Loaded, asked: &Asked, folder: &mut dyn Folder) -> Result<Vec<Error>, Failed> {
    folder.write("style.css", &["style.css", "flame.css"].map(assets::text).concat())?;
    folder.write("icon.svg", assets::text("icon.svg"))?;
    folder.write(SCRIPT, &page_script()?)?;
    sources(loaded, asked.moment, folder)?;
    calls::functions(loaded, asked.steps, folder)?;
    let flame = calls::write(loaded, asked.steps, folder)?;
    let pages = happened::write(&loaded.recording, asked.steps, folder)?;
    let (chunks, damaged) = chunks(&loaded.recording, asked.steps, folder)?;
    let recording = &loaded.recording;
    let run = Run {
        summary: Summary::of(recording)?.without_path(),
        about: &asked.about,
        part: asked.part.as_deref(),
        moment: asked.moment,
        chunks,
        functions: recording.functions.iter().map(|one| (one.name.as_str(), one.source, one.line)).collect(),
        actors: Actors::of(recording)?,
        pages,
        marks: Marks::of(recording, asked.steps)?,
        uncaught: happened::uncaught(recording, asked.steps)?,
        flame,
    };
    give(folder, "run", &run)?;
    // It comes last: a folder without it is no report.
    folder.write(PAGE, assets::text("report.html"))?;
    Ok(damaged)
}

fn page_script() -> Result<String, Failed> {
    let made = bundle::bundle(&assets::REPORT, SCRIPT, &[("ask.js", "report_ask.js")]);
    made.map_err(|error| Failed::Folder(std::io::Error::other(error)))
}

fn sources(loaded: &mut Loaded, moment: u64, folder: &mut dyn Folder) -> Result<(), Failed> {
    loaded.go_to(Some(moment));
    for number in 0..loaded.recording.sources.len() as u32 {
        let source = Source::of(loaded, number);
        let beside = (moment > 0).then(|| SourceValues::of(loaded, number, moment));
        // A part that cannot be read has no values; the page says what is damaged at its steps.
        loaded.trouble.take();
        give(folder, &format!("source-{number}"), &WithValues { source, beside })?;
    }
    Ok(())
}

/// Writes the steps and the story.
fn chunks(
    recording: &Recording,
    (first, last): (u64, u64),
    folder: &mut dyn Folder,
) -> Result<(Vec<story::Contents>, Vec<Error>), Failed> {
    let mut player = Player::before(recording, first)?;
    let mut teller = Teller::new(recording, &player, Locals::Changed, BOUNDS)?.with_output(MAX_OUTPUT);
    teller.learn(&player);
    let mut steps = Steps::new(&player, first);
    let mut stories = Stories { recording, lines: Vec::new(), waiting: VecDeque::new(), made: Vec::new() };
    let mut written = 0;
    let mut add = |folder: &mut dyn Folder, chunk: &steps::Chunk| {
        written += 1;
        give(folder, &format!("steps-{written}"), chunk)
    };
    while let Some(step) = player.next_step() {
        if step.number > last {
            break;
        }
        let (size, next) = steps.size();
        // Steps that cannot be read are left out.
        if size > 0 && (size == STEPS || next != step.number) {
            let chunk = steps.next_chunk(step.number);
            add(folder, &chunk)?;
            stories.waiting.push_back((chunk.first, chunk.last()));
            folder.reached(chunk.last() - first + 1);
        } else if size == 0 && next != step.number {
            steps.next_chunk(step.number);
        }
        teller.note(&player);
        teller.step(&player, &step)?;
        stories.lines.extend(teller.take());
        steps.add(&player, &step);
        let told = teller.open_step().unwrap_or(step.number).min(step.number) - 1;
        stories.write(told, &steps.codes, folder)?;
    }
    teller.finish();
    stories.lines.extend(teller.take());
    let codes = std::mem::take(&mut steps.codes);
    let (chunk, calls) = steps.finish();
    if chunk.len() > 0 {
        add(folder, &chunk)?;
        stories.waiting.push_back((chunk.first, chunk.last()));
    }
    stories.write(u64::MAX, &codes, folder)?;
    give(folder, "calls", &calls)?;
    Ok((stories.made, player.damaged))
}

/// The story, whose lines are told later than the steps are known.
struct Stories<'a> {
    recording: &'a Recording,
    lines: Vec<Line>,
    /// The first and the last step of the chunks that are not told yet.
    waiting: VecDeque<(u64, u64)>,
    made: Vec<story::Contents>,
}

impl Stories<'_> {
    /// Writes the chunks that are told up to a step.
    fn write(&mut self, told: u64, codes: &FxHashMap<u64, u32>, folder: &mut dyn Folder) -> Result<(), Failed> {
        while let Some((first, last)) = self.waiting.front().copied().filter(|(_, last)| *last <= told) {
            self.waiting.pop_front();
            let (mut own, later): (Vec<Line>, Vec<Line>) =
                std::mem::take(&mut self.lines).into_iter().partition(|line| line.step <= last);
            self.lines = later;
            own.sort_by_key(|line| line.step);
            let (chunk, contents) = story::Chunk::new(self.recording, (first, last), own.into_iter(), codes);
            self.made.push(contents);
            give(folder, &format!("story-{}", self.made.len()), &chunk)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_classic_script() {
        let script = page_script().unwrap();
        for line in script.lines() {
            assert!(!line.starts_with("import") && !line.starts_with("export"), "{line}");
        }
        assert!(script.contains("modules[\"story.js\"]"));
        assert!(!script.contains("modules[\"ask.js\"]") && !script.contains("token.js"), "a report asks no server");
        // Nothing needs what the page's policy forbids.
        assert!(!script.contains("eval(") && !script.contains("new Function") && !script.contains("innerHTML"));
    }

    #[test]
    fn the_page_is_known_by_its_sign_and_has_no_script_of_its_own() {
        let page = assets::text("report.html");
        assert!(page.contains(SIGN));
        assert!(!page.contains("unsafe") && !page.contains("http:") && !page.contains("https:"), "{page}");
        assert_eq!(page.matches("<script").count(), 1);
    }
}
