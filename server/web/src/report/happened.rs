//! What happened: output and exceptions, in pages, and the marks along the run.

use connie_history::happened::{self, Piece};
use connie_recording::Error;
use connie_recording::reader::{Raised, Recording};
use serde::Serialize;

use super::folder::{Failed, Folder, give};

/// The number of pieces of output, and of exceptions, of a page.
const PAGE: usize = 1000;
/// The maximum number of bytes of output of a page, if it has several pieces.
const BYTES: usize = 1 << 19;
/// The maximum number of bytes of a piece of output.
const PIECE: usize = 1 << 16;
/// The maximum numbers of pages.
const PAGES: usize = 20;
/// The maximum number of marks of a kind along the run.
const MARKS: u64 = 1000;

/// The first and the last step of each page.
#[derive(Default, Serialize)]
pub struct Pages {
    output: Vec<(u64, u64)>,
    exceptions: Vec<(u64, u64)>,
}

/// An exception with the lines that it came through, the outermost first.
#[derive(Serialize)]
pub struct Exception {
    #[serde(flatten)]
    exception: happened::Exception,
    traceback: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    function: String,
    file: String,
    source: u32,
    line: u32,
}

impl Exception {
    fn of(recording: &Recording, raised: &Raised) -> Self {
        let place = |(code, line): &(u32, u32)| {
            let function = recording.function(*code)?;
            let (source, file) = (function.source, recording.short(function.source).to_owned());
            Some(Place { function: function.name.clone(), file, source, line: *line })
        };
        let traceback = raised.traceback.iter().filter_map(place).collect();
        Self { exception: happened::Exception::of(recording, raised), traceback }
    }
}

/// Writes the output and the exceptions of some steps.
///
/// # Errors
/// If the tables cannot be read, or a file cannot be written.
pub fn write(recording: &Recording, (first, last): (u64, u64), folder: &mut dyn Folder) -> Result<Pages, Failed> {
    let mut pages = Pages::default();
    let mut after = first.saturating_sub(1);
    while pages.output.len() < PAGES {
        let mut bytes = 0;
        let mut some = recording.output_after(after, PAGE)?;
        some.retain(|written| written.step <= last);
        some.iter_mut().for_each(|written| shorten(&mut written.text));
        let fits = some.iter().take_while(|written| {
            let is_first = bytes == 0;
            bytes += written.text.len();
            is_first || bytes <= BYTES
        });
        let fits = fits.count();
        some.truncate(fits);
        let (Some(begin), Some(end)) = (some.first(), some.last()) else { break };
        after = end.step;
        pages.output.push((begin.step, end.step));
        let page: Vec<Piece> = some.into_iter().map(Piece::from).collect();
        give(folder, &format!("output-{}", pages.output.len()), &page)?;
    }
    let mut after = first.saturating_sub(1);
    while pages.exceptions.len() < PAGES {
        let mut some = recording.exceptions_after(after, PAGE)?;
        some.retain(|raised| raised.step <= last);
        let (Some(begin), Some(end)) = (some.first(), some.last()) else { break };
        after = end.step;
        pages.exceptions.push((begin.step, end.step));
        let page: Vec<Exception> = some.iter().map(|raised| Exception::of(recording, raised)).collect();
        give(folder, &format!("exceptions-{}", pages.exceptions.len()), &page)?;
    }
    Ok(pages)
}

/// Cuts a piece of output that is too long.
fn shorten(text: &mut String) {
    let more = text.len().saturating_sub(PIECE);
    if more > 0 {
        let end = (0..=PIECE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str(&format!("… and {} more\n", connie_recording::amounts::size(more as u64)));
    }
}

/// The first exceptions of some steps that nothing caught, and the one that ended the run.
///
/// # Errors
/// If the tables cannot be read.
pub fn uncaught(recording: &Recording, (first, last): (u64, u64)) -> Result<Vec<Exception>, Error> {
    let found = happened::uncaught(recording)?;
    let own = found.iter().filter(|raised| (first..=last).contains(&raised.step));
    Ok(own.map(|raised| Exception::of(recording, raised)).collect())
}

/// Marks along the run, of those that lie together only the first.
#[derive(Serialize)]
pub struct Marks {
    exceptions: Vec<Mark>,
    output: Vec<Written>,
}

#[derive(Serialize)]
struct Mark {
    step: u64,
    text: String,
    uncaught: bool,
}

#[derive(Serialize)]
struct Written {
    step: u64,
}

impl Marks {
    /// The marks of some steps.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn of(recording: &Recording, (first, last): (u64, u64)) -> Result<Self, Error> {
        let far = ((last.saturating_sub(first)) / MARKS).max(1);
        let mut marks = Self { exceptions: Vec::new(), output: Vec::new() };
        let mut after = first.saturating_sub(1);
        while let Some((step, _)) = recording.output_step_after(after)?.filter(|(step, _)| *step <= last) {
            marks.output.push(Written { step });
            after = step + far - 1;
        }
        let mut after = first.saturating_sub(1);
        while let Some(raised) = recording.exceptions_after(after, 1)?.pop().filter(|raised| raised.step <= last) {
            after = raised.step + far - 1;
            marks.exceptions.push(Mark::of(&raised));
        }
        for raised in happened::uncaught(recording)?.iter().filter(|raised| (first..=last).contains(&raised.step)) {
            marks.exceptions.retain(|mark| mark.step != raised.step);
            marks.exceptions.push(Mark::of(raised));
        }
        Ok(marks)
    }
}

impl Mark {
    fn of(raised: &Raised) -> Self {
        Self { step: raised.step, text: raised.to_string(), uncaught: raised.uncaught }
    }
}
