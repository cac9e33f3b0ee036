//! The story on an exported page: the lines around the moment. Calls, and blocks of lines that change nothing, can be
//! folded without a script.

use connie_history::loaded::Loaded;
use connie_history::story::{self, Asked, Change, Filter, Folds, Line, What};
use connie_history::timeline::Direction;

use super::page::{anchor, place};
use crate::failure::Failure;
use crate::style;

/// The maximum number of lines before the moment, and after it. Without a moment, the first lines are told.
const BEFORE: usize = 800;
const AFTER: usize = 200;
/// Lines of code in a row that change nothing are folded if they are at least so many.
const BLOCK: usize = 3;
/// The maximum number of characters of a text, and of changes of a line.
const LENGTH: usize = 300;
const MAX_CHANGES: usize = 20;
/// The number of calls around a line that are shown by indentation.
const DEEPEST: usize = 24;

/// The story on the page.
pub struct Story {
    /// Which lines these are.
    pub about: String,
    pub rows: Vec<Row>,
    /// The number of parts that are still open after the last row.
    pub open: usize,
}

/// A line.
pub struct Row {
    /// The number of parts that end before it.
    pub closes: usize,
    /// Whether it is the head of a part that can be folded; such a part is open if it is a call.
    pub is_head: bool,
    pub is_call: bool,
    /// Whether the part ends after it.
    pub is_last: bool,
    pub is_here: bool,
    pub step: String,
    pub indent: usize,
    /// The class of the text.
    pub class: &'static str,
    /// The line of code, with its place in the sources.
    pub number: Option<(u32, String)>,
    /// What is before the text.
    pub sign: &'static str,
    pub text: String,
    /// Whether the changes are arguments.
    pub is_given: bool,
    pub changes: Vec<(String, String)>,
    /// What is after the changes.
    pub after: String,
    /// Where the function is; empty if it is no call.
    pub place: String,
}

/// The story around a step.
///
/// # Errors
/// If the recording cannot be read.
pub fn story(loaded: &Loaded, moment: Option<u64>) -> Result<Story, Failure> {
    let ask = |step, direction, most| {
        let (filter, folds) = (Filter::default(), Folds::default());
        let asked = Asked { step, direction, most, filter, folds, text: String::new(), only_changes: false };
        story::page(&loaded.history(), &loaded.story, &asked, &|| false)
    };
    let last = loaded.recording.last_step();
    let (lines, first, end) = match moment {
        Some(step) => {
            let before = ask(step, Direction::Backward, BEFORE)?;
            let after = ask(step, Direction::Forward, AFTER)?;
            let first = before.reached;
            ([before.lines, after.lines].concat(), first, after.reached)
        }
        None => {
            let page = ask(1, Direction::Forward, BEFORE + AFTER)?;
            (page.lines, 1, page.reached)
        }
    };
    let grouped = style::grouped;
    let about = if first <= 1 && end >= last {
        "What each step did.".to_owned()
    } else {
        format!(
            "What each step did, from step {} to {} of {}. The whole story is in connie view and connie replay.",
            grouped(first),
            grouped(end),
            grouped(last)
        )
    };
    let here = moment.and_then(|moment| lines.iter().rposition(|line| line.step <= moment));
    let (rows, open) = rows(loaded, &lines, here);
    Ok(Story { about, rows, open })
}

/// A part that is open.
struct Open {
    depth: usize,
    frame: u64,
}

fn rows(loaded: &Loaded, lines: &[Line], here: Option<usize>) -> (Vec<Row>, usize) {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // The number of lines of the current block that are left.
    let mut left = 0;
    for (at, line) in lines.iter().enumerate() {
        let mut row = row(loaded, line);
        row.is_here = here == Some(at);
        if matches!(line.what, What::Thread { .. } | What::Task { .. }) {
            row.closes = std::mem::take(&mut open).len();
        }
        row.is_last = matches!(line.what, What::Return(_) | What::Yield(_))
            && open.last().is_some_and(|top| top.frame == line.frame && top.depth == line.depth);
        if !row.is_last {
            while open.pop_if(|top| top.depth >= line.depth).is_some() {
                row.closes += 1;
            }
        }
        if left > 0 {
            left -= 1;
            row.is_last = left == 0;
        } else if let block @ BLOCK.. = block(&lines[at..]) {
            left = block - 1;
            row.is_head = true;
            row.after = format!("… {left} more lines that change nothing");
        } else if matches!(line.what, What::Call { .. } | What::Resume { .. }) {
            (row.is_head, row.is_call) = (true, true);
            open.push(Open { depth: line.depth, frame: line.frame });
        } else if row.is_last {
            open.pop();
        }
        rows.push(row);
    }
    (rows, open.len())
}

/// The number of lines at the beginning that are a block: code of one call that changes nothing, downwards.
fn block(lines: &[Line]) -> usize {
    let is_idle = |line: &Line| matches!(&line.what, What::Code { changes, .. } if changes.is_empty());
    let goes_on = |line: &&Line| matches!(line.what, What::Code { goes_on: true, .. }) && is_idle(line);
    match lines {
        [first, rest @ ..] if is_idle(first) => 1 + rest.iter().take_while(goes_on).count(),
        _ => 0,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn row(loaded: &Loaded, line: &Line) -> Row {
    let recording = &loaded.recording;
    let none: &[Change] = &[];
    let (class, sign, text, changes) = match &line.what {
        What::Thread { name } => ("name", "", format!("── thread {} {name}", line.thread), none),
        What::Task { name: Some(name) } => ("name", "", format!("── task {} {name}", line.task), none),
        What::Task { name: None } => ("name", "", "── no task".into(), none),
        What::Comment { text } => ("comment", "", text.clone(), none),
        What::Code { text, changes, .. } => ("", "", text.clone(), &changes[..]),
        What::Changes(changes) => ("dim", "⤷ ", String::new(), &changes[..]),
        What::Call { name, arguments, .. } => ("called", "", name.clone(), &arguments[..]),
        What::Resume { name, .. } => ("called", "", format!("{name} goes on"), none),
        What::Return(text) => ("", "◀ ", text.clone(), none),
        What::Yield(text) => ("", "◁ yields ", text.clone(), none),
        What::Raise(text) => ("bad", "✗ ", text.clone(), none),
        What::Closed => ("dim", "", "⨯ closed".into(), none),
        What::Output { stream: 2, text } => ("bad", "stderr│ ", text.clone(), none),
        What::Output { text, .. } => ("good", "stdout│ ", text.clone(), none),
        What::MoreOutput(lines) => ("dim", "", format!("… {} more lines", style::grouped(*lines as u64)), none),
    };
    let (number, place) = match &line.what {
        What::Code { source, line, .. } => (Some((*line, anchor(*source, *line))), String::new()),
        What::Call { source, line, .. } => (None, place(recording, *source, *line)),
        _ => (None, String::new()),
    };
    let more = changes.len().saturating_sub(MAX_CHANGES);
    Row {
        closes: 0,
        is_head: false,
        is_call: false,
        is_last: false,
        is_here: false,
        step: style::grouped(line.step),
        indent: line.depth.min(DEEPEST),
        class,
        number,
        sign,
        text: cut(&text),
        is_given: matches!(line.what, What::Call { .. }),
        changes: changes.iter().take(MAX_CHANGES).map(|(name, value)| (cut(name), cut(value))).collect(),
        after: if more > 0 { format!("… and {more} more") } else { String::new() },
        place,
    }
}
